package dev.henge.node.cli;

import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** What every command about a running ring takes: which node to ask, and how to tell the answer. */
final class RingOptions {
    @Option(names = "--dir", paramLabel = "DIR", defaultValue = "./henge-data",
            description = "Directory of the ring on this machine (default: ${DEFAULT-VALUE}).")
    Path dir;

    @Option(names = "--node", paramLabel = "HOST:PORT",
            description = "Ask this node, by its client port (default: one of DIR that answers).")
    String node;

    @Option(names = "--json", description = "Print one JSON object.")
    boolean json;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
    boolean help;

    RingDirectory directory() {
        return new RingDirectory(dir);
    }

    RingContact contact(Context context) throws IOException {
        return RingContact.open(context, directory(), node);
    }
}
