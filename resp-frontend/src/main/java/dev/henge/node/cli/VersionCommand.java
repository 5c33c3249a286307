package dev.henge.node.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code henge version}: what this is and what it runs on. */
@Command(name = "version", description = "Show the version of Henge and of the JVM.")
final class VersionCommand implements Callable<Integer> {
    private static final String UNPACKAGED = "development";
    private final Context context;

    VersionCommand(Context context) {
        this.context = context;
    }

    /** The version in the jar's manifest. */
    static String version() {
        String version = VersionCommand.class.getPackage().getImplementationVersion();
        return version == null ? UNPACKAGED : version;
    }

    /** All of it in a line; {@code henge --version} shows it as well. */
    static String line() {
        return "henge " + version() + " (" + System.getProperty("java.vm.name") + " "
                + System.getProperty("java.version") + ", " + System.getProperty("os.name") + " "
                + System.getProperty("os.arch") + ")";
    }

    @Override
    public Integer call() {
        context.out().println(line());
        return 0;
    }
}
