package dev.henge.node.cli;

import dev.henge.node.NodeConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** One node of {@code henge up} as a process: how it is started, what it says, how it ended. */
final class NodeProcess {
    private static final int SIGNAL_STATUS_BASE = 128;
    private static final int SIGINT_STATUS = 130;
    private static final int SIGTERM_STATUS = 143;

    private final int number;
    private final NodeDirectory directory;
    private final Path shownLog;
    private final NodeConfig config;
    private final List<String> command;
    private final Map<String, String> environment;
    private Process process;
    private long logBytesBefore;

    NodeProcess(int number, NodeDirectory directory, Path shownLog, NodeConfig config, List<String> command,
            Map<String, String> environment) {
        this.number = number;
        this.directory = directory;
        this.shownLog = shownLog;
        this.config = config;
        this.command = command;
        this.environment = environment;
    }

    void start() throws IOException {
        logBytesBefore = directory.logBytes();
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectInput(UpCommand.nothing())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.log().toFile()));
        builder.environment().clear();
        builder.environment().putAll(environment);
        // A session of its own: Ctrl-C in the terminal reaches us alone, and we stop the nodes in order.
        builder.environment().put("HENGE_OWN_SESSION", "1");
        process = builder.start();
    }

    int number() {
        return number;
    }

    String line() {
        return "node " + number + "  " + config.host() + ":" + config.port() + "  pid " + process.pid() + "  log "
                + shownLog;
    }

    long pid() {
        return process.pid();
    }

    String address() {
        return config.host() + ":" + config.port();
    }

    boolean isAlive() {
        return process != null && process.isAlive();
    }

    CompletableFuture<Process> onExit() {
        return process.onExit();
    }

    NodeView look() {
        return NodeView.ofRing(config.host(), config.port(), config.requirepass());
    }

    void askToStop() {
        process.destroy();
    }

    void kill() {
        process.destroyForcibly();
    }

    boolean awaitEnd(long millis) throws InterruptedException {
        return process.waitFor(millis, TimeUnit.MILLISECONDS);
    }

    /** Whether the process ended as one that was asked to. */
    boolean endedCleanly() {
        int status = process.exitValue();
        return status == 0 || status == SIGINT_STATUS || status == SIGTERM_STATUS;
    }

    /** How the process ended, in words. */
    String end() {
        int status = process.exitValue();
        if (endedCleanly()) {
            return "stopped";
        }
        return "died with exit status " + status
                + (status > SIGNAL_STATUS_BASE ? " (signal " + (status - SIGNAL_STATUS_BASE) + ")" : "")
                + "; its log: " + shownLog;
    }

    List<String> logTail(int linesMax) {
        return directory.logTail(logBytesBefore, linesMax);
    }
}
