package dev.henge.node.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code henge down}: stops the nodes of a directory and waits until they have stopped. */
@Command(name = "down", sortOptions = false, description = "Stop the ring of a directory; its data stays.")
final class DownCommand implements Callable<Integer> {
    private final Context context;

    @Option(names = "--dir", paramLabel = "DIR", defaultValue = "./henge-data",
            description = "Directory of the ring (default: ${DEFAULT-VALUE}).")
    private Path dir;

    @Option(names = "--timeout", paramLabel = "SECONDS", defaultValue = "30",
            description = "How long to wait for a node to stop (default: ${DEFAULT-VALUE}).")
    private int timeoutSeconds;

    @Option(names = "--kill", description = "Kill a node that has not stopped by then.")
    private boolean kill;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
    private boolean help;

    DownCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        RingDirectory ring = new RingDirectory(dir);
        List<Integer> numbers = ring.nodeNumbers();
        if (numbers.isEmpty()) {
            throw new Failure("no ring in " + dir);
        }
        // All are asked first, then all are waited for: nodes stop side by side.
        List<OptionalLong> pids = numbers.stream().map(number -> ring.node(number).runningPid()).toList();
        pids.forEach(pid -> pid.ifPresent(id -> ProcessHandle.of(id).ifPresent(ProcessHandle::destroy)));
        boolean allDown = true;
        for (int i = 0; i < numbers.size(); i++) {
            String node = "node " + numbers.get(i);
            if (pids.get(i).isPresent()) {
                allDown &= await(node, pids.get(i).getAsLong());
            } else if (ring.node(numbers.get(i)).isHeld()) {
                context.out().println(node + "  runs where it cannot be stopped from here (another machine, "
                        + "container or user)");
                allDown = false;
            } else {
                context.out().println(node + "  was not running");
            }
        }
        return allDown ? 0 : Shell.STATUS_FAILED;
    }

    private boolean await(String node, long pid) throws InterruptedException {
        ProcessHandle process = ProcessHandle.of(pid).orElse(null);
        if (process == null || ended(process, timeoutSeconds)) {
            context.out().println(node + "  stopped (process " + pid + ")");
            return true;
        }
        if (kill && process.destroyForcibly() && ended(process, timeoutSeconds)) {
            context.out().println(node + "  did not stop in " + timeoutSeconds + " s and was killed (process " + pid
                    + ")");
            return true;
        }
        context.out().println(node + "  still runs after " + timeoutSeconds + " s (process " + pid
                + "); henge down --kill ends it");
        return false;
    }

    private static boolean ended(ProcessHandle process, int seconds) throws InterruptedException {
        try {
            process.onExit().get(seconds, TimeUnit.SECONDS);
            return true;
        } catch (TimeoutException | ExecutionException e) {
            return !process.isAlive();
        }
    }
}
