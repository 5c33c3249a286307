package dev.henge.node.cli;

import dev.henge.resp.session.RingAdmin;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code henge down}: stops the nodes of a directory and waits until they have stopped. */
@Command(name = "down", sortOptions = false, description = {
    "Stop the ring of a directory, or some nodes of it; the data stays.",
    "With --delete a node that has left the ring, or waits, is forgotten for good, with its data."})
final class DownCommand implements Callable<Integer> {
    private final Context context;

    @Parameters(arity = "0..*", paramLabel = "NODE", description = "Number of a node in DIR (default: all).")
    private List<String> named = List.of();

    @Option(names = "--dir", paramLabel = "DIR", defaultValue = "./henge-data",
            description = "Directory of the ring (default: ${DEFAULT-VALUE}).")
    private Path dir;

    @Option(names = "--timeout", paramLabel = "SECONDS", defaultValue = "30",
            description = "How long to wait for a node to stop (default: ${DEFAULT-VALUE}).")
    private int timeoutSeconds;

    @Option(names = "--kill", description = "Kill a node that has not stopped by then.")
    private boolean kill;

    @Option(names = "--delete", description = "Then delete the named nodes' data; refused while they own vnodes.")
    private boolean delete;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
    private boolean help;

    DownCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        RingDirectory ring = new RingDirectory(dir);
        if (ring.nodeNumbers().isEmpty()) {
            throw new Failure("no ring in " + dir);
        }
        List<Integer> numbers = numbers(ring);
        if (!delete) {
            return stop(ring, numbers) ? 0 : Shell.STATUS_FAILED;
        }
        if (named.isEmpty()) {
            throw new Failure(Shell.STATUS_USAGE, "--delete takes the nodes by name; henge up --fresh deletes all");
        }
        try (FileChannel lock = ring.lockMembers()) {
            refuseIfOwner(ring, numbers);
            if (!stop(ring, numbers)) {
                return Shell.STATUS_FAILED;
            }
            for (int number : numbers) {
                delete(ring, number);
            }
        }
        return 0;
    }

    private List<Integer> numbers(RingDirectory ring) throws IOException {
        if (named.isEmpty()) {
            return ring.nodeNumbers();
        }
        List<Integer> numbers = new ArrayList<>();
        for (String word : named) {
            String bare = word.replaceFirst("^node-", "");
            if (!bare.matches("[1-9]\\d{0,4}") || !ring.nodeNumbers().contains(Integer.valueOf(bare))) {
                throw new Failure(Shell.STATUS_USAGE, "'" + word + "' is no node of " + dir + ": it has "
                        + ring.nodeNumbers().stream().map(String::valueOf).collect(Collectors.joining(", ")));
            }
            numbers.add(Integer.valueOf(bare));
        }
        return numbers;
    }

    private boolean stop(RingDirectory ring, List<Integer> numbers) throws InterruptedException {
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
        return allDown;
    }

    /** Only the ring knows who is free to go; so some node must answer that is not to be deleted. */
    private void refuseIfOwner(RingDirectory ring, List<Integer> numbers) throws IOException {
        try (RingContact contact = RingContact.open(context, ring, (String) null)) {
            List<RingAdmin.KnownNode> known = contact.nodes();
            for (int number : numbers) {
                Optional<String> id = ring.node(number).id();
                Optional<RingAdmin.KnownNode> node = known.stream().filter(one -> id.equals(Optional.of(one.id())))
                        .findAny();
                if (node.isPresent() && (node.get().owned() > 0 || node.get().due() > 0
                        || !node.get().standing().equals("waiting"))) {
                    throw new Failure("node " + number + " is " + node.get().standing() + ", with " + node.get().owned()
                            + " vnodes: henge leave or henge remove comes first");
                }
            }
        }
    }

    /** What the ring still knows of the node it forgets; if nobody else answers any more, there is nobody to forget. */
    private void delete(RingDirectory ring, int number) throws IOException {
        NodeDirectory node = ring.node(number);
        Optional<String> id = node.id();
        Optional<RingDirectory.Shape> shape = ring.shape();
        if (shape.isPresent()) {
            ring.write(shape.get().without(number));
        }
        if (node.isOurs()) {
            node.delete();
        }
        context.out().println("node " + number + "  deleted");
        if (id.isPresent() && ring.shape().isPresent()) {
            try (RingContact contact = RingContact.open(context, ring, (String) null)) {
                if (contact.nodes().stream().anyMatch(one -> one.id().equals(id.get()))) {
                    contact.call("CLUSTER", "FORGET", id.get());
                }
            } catch (Failure e) {
                context.err().println("henge down: the ring still lists node " + number + ": " + e.getMessage());
            }
        }
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
