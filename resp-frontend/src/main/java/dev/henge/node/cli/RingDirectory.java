package dev.henge.node.cli;

import dev.henge.node.DurableFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The directory of a ring on this machine: {@code node-1} to {@code node-N}, the file {@code ring} that says how many
 * nodes it has and where they listen, and {@code ring.lock}, held by a {@code henge up} that is at work.
 */
final class RingDirectory {
    private static final String NODE = "node-";
    private static final int RING_FILE_FORMAT = 1;

    private final Path dir;
    private final Path shown;

    /** What the file {@code ring} says. */
    record Shape(int nodes, String host, int port) {
    }

    RingDirectory(Path given) {
        this.shown = given;
        this.dir = given.toAbsolutePath().normalize();
    }

    /** The directory as the operator wrote it. */
    Path shown() {
        return shown;
    }

    NodeDirectory node(int number) {
        return new NodeDirectory(dir.resolve(NODE + number));
    }

    /** The numbers of the node directories that exist, ascending. */
    List<Integer> nodeNumbers() throws IOException {
        if (!Files.isDirectory(dir)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(dir)) {
            return entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> name.matches(NODE + "[1-9]\\d{0,4}"))
                    .map(name -> Integer.valueOf(name.substring(NODE.length())))
                    .sorted(Comparator.naturalOrder())
                    .collect(Collectors.toList());
        }
    }

    /** Takes the directory for this process; closing the channel gives it back. */
    FileChannel lock() throws IOException {
        DurableFiles.createDirectories(dir);
        FileChannel channel = FileChannel.open(
                dir.resolve("ring.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() != null) {
                return channel;
            }
        } catch (OverlappingFileLockException heldByThisProcess) {
            // The same refusal as for another process.
        }
        channel.close();
        throw new Failure(shown + " is in use: another henge up runs a ring there; stop it, or give another --dir");
    }

    /** Refuses if a node of this directory runs, whoever started it. */
    void refuseIfRunning() throws IOException {
        List<String> running = new ArrayList<>();
        for (int number : nodeNumbers()) {
            if (node(number).isHeld()) {
                running.add("node " + number + (node(number).runningPid().isPresent()
                        ? " (process " + node(number).runningPid().getAsLong() + ")" : ""));
            }
        }
        if (!running.isEmpty()) {
            throw new Failure(shown + " is in use: " + String.join(", ", running)
                    + " runs; henge down --dir " + shown + " stops it, or give another --dir");
        }
    }

    /** Refuses to go on with the data of a ring of another size, or among files that are not ours. */
    void refuseIfOtherRing(int nodes, boolean fresh) throws IOException {
        for (int number : nodeNumbers()) {
            if (node(number).isForeign()) {
                throw new Failure(shown.resolve(NODE + number) + " holds something that is not a node's data; "
                        + "move it away, or give another --dir");
            }
        }
        Optional<Shape> shape = shape();
        if (!fresh && shape.isPresent() && shape.get().nodes() != nodes) {
            throw new Failure(shown + " holds a ring of " + shape.get().nodes() + " nodes, not " + nodes
                    + "; use --nodes " + shape.get().nodes() + ", another --dir, or --fresh to delete its data");
        }
    }

    /** Deletes all nodes' data. */
    void deleteNodes() throws IOException {
        for (int number : nodeNumbers()) {
            if (node(number).isOurs()) {
                node(number).delete();
            }
        }
        Files.deleteIfExists(dir.resolve("ring"));
    }

    Optional<Shape> shape() throws IOException {
        Path file = dir.resolve("ring");
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        Properties properties = new Properties();
        try (var in = Files.newBufferedReader(file)) {
            properties.load(in);
            return Optional.of(new Shape(Integer.parseInt(properties.getProperty("nodes")),
                    properties.getProperty("host"), Integer.parseInt(properties.getProperty("port"))));
        } catch (IllegalArgumentException e) {
            throw new Failure(file + " cannot be read as a ring's description: " + e.getMessage());
        }
    }

    void write(Shape shape) throws IOException {
        String text = "# The ring in this directory, written by henge up.\nformat=" + RING_FILE_FORMAT + "\nnodes="
                + shape.nodes() + "\nhost=" + shape.host() + "\nport=" + shape.port() + "\n";
        Path next = dir.resolve("ring.next");
        Files.writeString(next, text);
        Files.move(next, dir.resolve("ring"), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
