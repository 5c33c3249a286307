package dev.henge.node.cli;

import dev.henge.node.NodeCheck;
import dev.henge.node.NodeRestore;
import dev.henge.node.Settings;
import dev.henge.ring.placement.NodeAddress;
import dev.henge.ring.placement.RingState;
import dev.henge.storage.lsm.BackupFile;
import dev.henge.storage.lsm.CorruptBackupException;
import dev.henge.storage.lsm.StoreBackup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code henge restore}: a node's directory, or a ring's, of a backup. */
@Command(name = "restore", sortOptions = false, description = {
    "Make a node's directory, or a whole ring's, of a backup.",
    "All files of the backup are checked first. Each node keeps its id, its ring and its peers and gets a new actor."
        + " A ring goes into DIR/node-1 and so on, as henge up --dir DIR wants it. The nodes that the backup is of"
        + " must not run any more, unless --new-ring is given."})
final class RestoreCommand implements Callable<Integer> {
    private static final long MILLIS_A_SECOND = 1_000;

    private final Context context;

    @Parameters(index = "0", paramLabel = "BACKUP", description = "What henge backup has written.")
    private Path from;

    @Parameters(index = "1", paramLabel = "DIR", description = "Where to restore to; must be empty or absent.")
    private Path dir;

    @Option(names = "--node", paramLabel = "ID", description = "Only this node of a ring's backup, as DIR itself.")
    private String node;

    @Option(names = "--new-ring", paramLabel = "NAME",
            description = "Give the ring another name, so that it can run beside the old one; start its nodes with"
                + " --set cluster-name=NAME.")
    private String newRing;

    @Option(names = "--link", description = "Hard links instead of copies, where the file system allows.")
    private boolean link;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
    private boolean help;

    private long damaged;

    RestoreCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException {
        try {
            StoreBackup.refuseIfNotEmpty(dir);
            List<NodeRestore> nodes = chosen();
            verify(nodes);
            boolean single = node != null || BackupFile.isIn(from);
            for (int i = 0; i < nodes.size(); i++) {
                restore(nodes.get(i), single ? dir : dir.resolve("node-" + (i + 1)));
            }
            if (!single) {
                describe(nodes);
            }
            if (damaged > 0) {
                throw new Failure("restored, but with " + damaged + " faults that were there when the backup was made");
            }
            return 0;
        } catch (CorruptBackupException | RingState.FormatException e) {
            throw new Failure(e.getMessage());
        }
    }

    /** The nodes to restore; of a ring, all of them, in the order of their addresses. */
    private List<NodeRestore> chosen() throws IOException {
        if (BackupFile.isIn(from) || !Files.isDirectory(from)) {
            NodeRestore only = NodeRestore.open(from);
            if (node != null && !node.equals(only.nodeId())) {
                throw new Failure(from + " is the backup of node " + only.nodeId());
            }
            return List.of(only);
        }
        List<Path> parts;
        try (Stream<Path> entries = Files.list(from)) {
            parts = entries.filter(Files::isDirectory).sorted().collect(Collectors.toList());
        }
        List<NodeRestore> found = new ArrayList<>();
        for (Path part : parts) {
            if (node == null || part.getFileName().toString().equals(node)) {
                found.add(NodeRestore.open(part));
            }
        }
        if (found.isEmpty()) {
            throw new Failure(node == null ? from + " has no backup in it" : from + " has no backup of node " + node);
        }
        if (node == null) {
            refuseIfSomeAreMissing(found);
            Optional<RingState> ring = found.get(0).ring();
            found.sort(Comparator.comparing(one -> addressIn(ring, one)));
        }
        return found;
    }

    private static void refuseIfSomeAreMissing(List<NodeRestore> found) throws IOException {
        Optional<RingState> ring = found.get(0).ring();
        if (ring.isEmpty()) {
            return;
        }
        List<String> missing = new ArrayList<>(ring.get().nodes().keySet());
        found.forEach(one -> missing.remove(one.nodeId()));
        if (!missing.isEmpty()) {
            throw new Failure("the backup lacks " + missing.size() + " of the ring's " + ring.get().nodes().size()
                    + " nodes: " + String.join(", ", missing) + "; --node restores one");
        }
    }

    private static String addressIn(Optional<RingState> ring, NodeRestore one) {
        return ring.flatMap(state -> state.node(one.nodeId())).map(state -> state.address())
                .map(address -> String.format("%s %05d", address.host(), address.clientPort())).orElse("")
                + " " + one.nodeId();
    }

    private void verify(List<NodeRestore> nodes) throws IOException {
        long total = nodes.stream().mapToLong(NodeRestore::bytes).sum();
        ProgressLine progress = new ProgressLine(context.err(), "checked");
        long[] done = {0};
        List<String> faults = new ArrayList<>();
        for (NodeRestore one : nodes) {
            faults.addAll(one.faults(bytes -> progress.at(done[0] += bytes, total)));
        }
        progress.end();
        faults.forEach(fault -> context.err().println("damaged " + fault));
        if (!faults.isEmpty()) {
            throw new Failure("the backup is damaged in " + faults.size() + (faults.size() == 1 ? " file" : " files")
                    + "; nothing was restored");
        }
    }

    private void restore(NodeRestore one, Path into) throws IOException {
        ProgressLine progress = new ProgressLine(context.err(), "restored");
        long[] done = {0};
        new NodeDirectory(into).prepare();
        one.into(into, link, newRing, System.currentTimeMillis() / MILLIS_A_SECOND,
                bytes -> progress.at(done[0] += bytes, one.bytes()));
        progress.end();
        NodeCheck check = new NodeCheck(false);
        check.check(into);
        check.faults().forEach(fault -> context.err().println("damaged  " + fault));
        damaged += check.faultCount();
        context.out().println("node " + one.nodeId() + "  " + ProgressLine.size(one.bytes()) + "  " + into);
    }

    /** Says in the directory how many nodes the ring has, for henge up. */
    private void describe(List<NodeRestore> nodes) throws IOException {
        Optional<NodeAddress> first = nodes.get(0).ring().flatMap(ring -> ring.node(nodes.get(0).nodeId()))
                .map(state -> state.address());
        if (first.isPresent()) {
            new RingDirectory(dir).write(
                    new RingDirectory.Shape(nodes.size(), first.get().host(), first.get().clientPort()));
        }
        String name = newRing != null ? newRing : nodes.get(0).ring().map(RingState::cluster).orElse("");
        boolean named = !name.isEmpty() && !name.equals(Settings.named("cluster-name").defaultText());
        context.out().println("restored " + nodes.size() + " nodes: henge up --nodes " + nodes.size() + " --dir " + dir
                + (named ? " --set cluster-name=" + name : ""));
    }
}
