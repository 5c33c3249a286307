package dev.henge.node.cli;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code henge restart}: nodes of this machine stopped and started again as they were, one after the other. */
@Command(name = "restart", sortOptions = false, description = {
    "Stop and start nodes of a directory again, with what they were last started with.",
    "With --rolling one after the other, each drained first and waited for until it is ready: clients notice nothing."
        + " Else all named at once. They then run in the background."})
final class RestartCommand implements Callable<Integer> {
    private static final long LOOK_MILLIS = 100;
    private static final int TAIL_LINES_MAX = 20;

    private final Context context;

    @Parameters(arity = "0..*", paramLabel = "NODE", description = "Number of a node in DIR (default: all).")
    private List<String> named = List.of();

    @Option(names = "--rolling", description = "One after the other; stops at the first that does not come back.")
    private boolean rolling;

    @Option(names = "--dir", paramLabel = "DIR", defaultValue = "./henge-data",
            description = "Directory of the ring (default: ${DEFAULT-VALUE}).")
    private Path dir;

    @Option(names = "--timeout", paramLabel = "SECONDS", defaultValue = "120",
            description = "How long each step of a node may take (default: ${DEFAULT-VALUE}).")
    private int timeoutSeconds;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
    private boolean help;

    private RingDirectory ring;
    private RingDirectory.Shape shape;

    RestartCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        ring = new RingDirectory(dir);
        shape = ring.shape().orElseThrow(() -> new Failure("no ring in " + dir));
        List<Integer> numbers = numbers();
        long startNanos = System.nanoTime();
        try (FileChannel lock = ring.lockMembers()) {
            for (int number : numbers) {
                refuseIfItCannotBeStarted(number);
            }
            if (rolling) {
                refuseIfNotWhole();
                for (int number : numbers) {
                    restartAlone(number);
                }
            } else {
                restartTogether(numbers);
            }
        }
        long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startNanos);
        if (json) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("restarted", numbers);
            fields.put("seconds", seconds);
            context.out().println(Json.of(fields));
        } else {
            context.out().println("restarted " + numbers.size() + (numbers.size() == 1 ? " node" : " nodes") + " in "
                    + StatusCommand.uptime(seconds));
        }
        return 0;
    }

    private List<Integer> numbers() throws IOException {
        List<Integer> numbers = new ArrayList<>();
        for (String word : named) {
            numbers.add(RingContact.number(ring, word).orElseThrow(() ->
                    new Failure(Shell.STATUS_USAGE, "'" + word + "' is no node of " + dir)));
        }
        return numbers.isEmpty() ? shape.members() : numbers;
    }

    private void refuseIfItCannotBeStarted(int number) throws IOException {
        if (Launch.of(ring.node(number)).isEmpty()) {
            throw new Failure("what node " + number + " was started with is not known; henge down, then henge up");
        }
        if (ring.node(number).isHeld() && ring.node(number).runningPid().isEmpty()) {
            throw new Failure("node " + number + " runs where it cannot be stopped from here");
        }
    }

    /** To take a node out of a ring that has lost one already may be one too many. */
    private void refuseIfNotWhole() throws IOException {
        for (int number : shape.members()) {
            NodeView view = view(number);
            if (!view.answers() || !view.clusterOk()) {
                throw new Failure("node " + number + " " + view.lacks(view.knownNodes())
                        + ": a rolling restart begins with a ring that is whole");
            }
        }
    }

    private NodeView view(int number) throws IOException {
        return NodeView.ofRing(ring.host(shape, number), ring.port(shape, number), password());
    }

    private String password() {
        return context.environment().getOrDefault("HENGE_REQUIREPASS", "");
    }

    private void say(int number, String what) {
        if (!json) {
            context.out().println("node " + number + "  " + what);
        }
    }

    private void restartAlone(int number) throws IOException, InterruptedException {
        try (RingContact node = RingContact.open(context, ring, Integer.toString(number))) {
            boolean drained = DrainCommands.drain(node, timeoutSeconds);
            say(number, drained ? "drained" : "not all is handed over after " + timeoutSeconds + " s");
            if (!drained) {
                node.tell("UNDRAIN");
                throw new Failure("node " + number + " cannot be spared: it serves on, and nothing was stopped");
            }
        }
        Optional<ProcessHandle> running = running(number);
        running.ifPresent(ProcessHandle::destroy);
        awaitStopped(number, running);
        NodeProcess process = start(number);
        awaitReady(number, process);
        say(number, "ready");
    }

    private void restartTogether(List<Integer> numbers) throws IOException, InterruptedException {
        // All are asked first, then all are waited for: nodes stop side by side.
        List<Optional<ProcessHandle>> running = numbers.stream().map(this::running).toList();
        running.forEach(process -> process.ifPresent(ProcessHandle::destroy));
        for (int i = 0; i < numbers.size(); i++) {
            awaitStopped(numbers.get(i), running.get(i));
        }
        List<NodeProcess> processes = new ArrayList<>();
        for (int number : numbers) {
            processes.add(start(number));
        }
        for (int i = 0; i < numbers.size(); i++) {
            awaitReady(numbers.get(i), processes.get(i));
            say(numbers.get(i), "ready");
        }
    }

    private Optional<ProcessHandle> running(int number) {
        OptionalLong pid = ring.node(number).runningPid();
        return pid.isPresent() ? ProcessHandle.of(pid.getAsLong()) : Optional.empty();
    }

    private void awaitStopped(int number, Optional<ProcessHandle> process) throws InterruptedException {
        if (process.isEmpty()) {
            say(number, "was not running");
            return;
        }
        try {
            process.get().onExit().get(timeoutSeconds, TimeUnit.SECONDS);
        } catch (TimeoutException | ExecutionException e) {
            if (process.get().isAlive()) {
                throw new Failure("node " + number + " still runs after " + timeoutSeconds + " s (process "
                        + process.get().pid() + "); henge down " + number + " --kill ends it");
            }
        }
        say(number, "stopped (process " + process.get().pid() + ")");
    }

    private NodeProcess start(int number) throws IOException {
        NodeProcess process = ring.amongAll(Launch.of(ring.node(number)).orElseThrow(), shape, number)
                .process(number, ring, context);
        process.start();
        if (!json) {
            context.out().println(process.line());
        }
        return process;
    }

    /** Until the node has all its rows, and it and all the others that run see every vnode served. */
    private void awaitReady(int number, NodeProcess process) throws IOException, InterruptedException {
        long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(timeoutSeconds);
        while (process.isAlive()) {
            String lacks = lacks(number);
            if (lacks == null) {
                return;
            }
            if (System.nanoTime() - deadlineNanos > 0) {
                throw new Failure("node " + number + " is not ready after " + timeoutSeconds + " s: " + lacks);
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
        context.err().println("node " + number + "  " + process.end() + "; its last lines:");
        process.logTail(TAIL_LINES_MAX).forEach(line -> context.err().println("    " + line));
        throw new Failure("node " + number + " did not come back");
    }

    /** What the node, or the ring with it, lacks to be ready; null if nothing. */
    private String lacks(int number) throws IOException {
        List<NodeView> views = new ArrayList<>();
        for (int other : shape.members()) {
            if (other == number || ring.node(other).isHeld()) {
                NodeView view = view(other);
                if (!view.answers() || !view.clusterOk()) {
                    return "node " + other + " " + view.lacks(view.knownNodes());
                }
                views.add(view);
            }
        }
        if (!NodeView.agree(views, views.size())) {
            return "the nodes do not agree on the ring";
        }
        try (RingContact node = RingContact.open(context, ring, Integer.toString(number))) {
            return node.hasAllItsRows() ? null : "it has not all rows of its vnodes yet";
        } catch (Failure | IOException e) {
            return String.valueOf(e.getMessage());
        }
    }
}
