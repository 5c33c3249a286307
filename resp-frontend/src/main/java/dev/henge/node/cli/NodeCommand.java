package dev.henge.node.cli;

import dev.henge.node.Ballast;
import dev.henge.node.NodeConfig;
import dev.henge.node.RunningNode;
import dev.henge.node.Setting;
import dev.henge.node.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.ISetter;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

/** {@code henge node}: one node in the foreground, until SIGTERM, Ctrl-C or SHUTDOWN. */
@Command(name = "node", sortOptions = false,
        description = "Run one node in the foreground. Settings: --help, docs/configuration.md.",
        footer = {"", "Every setting of docs/configuration.md is also a flag: --lease-millis 2000."})
final class NodeCommand implements Callable<Integer> {
    private final Context context;
    private final Map<String, String> flags = new LinkedHashMap<>();

    @Option(names = "--config", paramLabel = "FILE", description = "Read settings from this file.")
    private Path file;

    @Option(names = "--set", paramLabel = "NAME=VALUE", description = "Set a setting; may be given again.")
    private Map<String, String> sets = new LinkedHashMap<>();

    @Option(names = "--check", description = "Check the configuration and stop.")
    private boolean check;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
    private boolean help;

    private NodeCommand(Context context) {
        this.context = context;
    }

    /** The command with a flag for every setting; help shows the common ones. */
    static CommandSpec spec(Context context) {
        NodeCommand command = new NodeCommand(context);
        CommandSpec spec = CommandSpec.forAnnotatedObject(command);
        for (Setting setting : Settings.ALL) {
            spec.addOption(flag(setting, command.flags));
        }
        return spec;
    }

    private static OptionSpec flag(Setting setting, Map<String, String> flags) {
        OptionSpec.Builder flag = OptionSpec.builder("--" + setting.name())
                .type(String.class)
                .paramLabel(setting.kind().words().toUpperCase(Locale.ROOT).replace(' ', '-'))
                .description(setting.doc() + " (default: "
                        + (setting.isDerived() ? setting.derivation() : setting.defaultText()) + ")")
                .hidden(!setting.common())
                .setter(new ISetter() {
                    @Override
                    public <T> T set(T value) {
                        if (value != null) {
                            flags.put(setting.name(), value.toString());
                        }
                        return null;
                    }
                });
        if (setting.kind() == Setting.Kind.SWITCH) {
            flag.arity("0..1").fallbackValue("yes");
        }
        return flag.build();
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Map<String, String> all = new LinkedHashMap<>(sets);
        all.putAll(flags);
        NodeConfig config = NodeConfig.load(file, context.environment(), all);
        if (check) {
            context.out().println("The configuration is good.");
            return 0;
        }
        Logging.configure(config.debug());
        NodeDirectory directory = new NodeDirectory(config.dir());
        NodeDirectory.Claim claim = directory.claim();
        if (config.flushAtStart()) {
            directory.flush();
        }
        return serve(config, claim, directory.ballast());
    }

    private int serve(NodeConfig config, NodeDirectory.Claim claim, Ballast ballast)
            throws IOException, InterruptedException {
        Logger log = LoggerFactory.getLogger(NodeCommand.class);
        RunningNode node;
        try {
            node = ballast.insist(() -> context.nodes().start(config));
        } catch (Exception e) {
            log.error("The node did not start", e);
            claim.close();
            throw new Failure("the node cannot start: " + (e.getMessage() == null ? e : e.getMessage()));
        }
        log.info("Henge {} listens on {}:{}, data in {}", VersionCommand.version(), config.host(), config.port(),
                config.dir());
        ballast.take();
        AtomicInteger status = new AtomicInteger();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(node, claim, ballast, log, status), "stop"));
        try {
            node.awaitStopped();
        } catch (RuntimeException e) {
            log.error("The node failed", e);
            status.set(Shell.STATUS_FAILED);
        }
        // The process ends in the hook, whether the node stopped by itself or the hook is what stopped it.
        return status.get();
    }

    /** Runs once, as the process's last act: a clean stop is exit status 0, whichever signal asked for it. */
    private static void stop(RunningNode node, NodeDirectory.Claim claim, Ballast ballast, Logger log,
            AtomicInteger status) {
        try {
            log.info("Stopping");
            node.close();
            ballast.take();
            claim.close();
            log.info("Stopped");
        } catch (IOException | RuntimeException e) {
            log.error("The stop was not clean", e);
            status.set(Shell.STATUS_FAILED);
        }
        Runtime.getRuntime().halt(status.get());
    }
}
