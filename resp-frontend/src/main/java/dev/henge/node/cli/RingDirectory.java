package dev.henge.node.cli;

import dev.henge.node.DurableFiles;
import dev.henge.node.NodeConfig;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The directory of a ring on this machine: {@code node-1}, {@code node-2} and so on, the file {@code ring} that says
 * how many nodes formed it, which are in it now and where they listen, and {@code ring.lock}, held by a
 * {@code henge up} that is at work.
 */
final class RingDirectory {
    private static final String NODE = "node-";
    private static final int RING_FILE_FORMAT = 1;

    private final Path dir;
    private final Path shown;

    /**
     * What the file {@code ring} says.
     *
     * @param nodes   how many nodes formed the ring here; 0 if all nodes of the directory joined a ring
     * @param port    client port of node 1; node K has this + K - 1, if what it was started with does not say another
     * @param members the numbers of the nodes that are here now, ascending
     */
    record Shape(int nodes, String host, int port, List<Integer> members) {
        Shape {
            members = members.stream().sorted().distinct().toList();
        }

        Shape(int nodes, String host, int port) {
            this(nodes, host, port, IntStream.rangeClosed(1, nodes).boxed().toList());
        }

        Shape with(int member) {
            return new Shape(nodes, host, port, Stream.concat(members.stream(), Stream.of(member)).toList());
        }

        Shape without(int member) {
            return new Shape(nodes, host, port, members.stream().filter(other -> other != member).toList());
        }
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
        return lock("ring.lock",
                "another henge up runs a ring there; stop it, or give another --dir");
    }

    /** Takes the right to add and drop nodes, also beside a {@code henge up} that stays. */
    FileChannel lockMembers() throws IOException {
        return lock("members.lock", "another henge join, down or restart is at work there; wait for it");
    }

    private FileChannel lock(String name, String otherwise) throws IOException {
        DurableFiles.createDirectories(dir);
        FileChannel channel = FileChannel.open(
                dir.resolve(name), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() != null) {
                return channel;
            }
        } catch (OverlappingFileLockException heldByThisProcess) {
            // The same refusal as for another process.
        }
        channel.close();
        throw new Failure(shown + " is in use: " + otherwise);
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
        if (!fresh && shape.isPresent() && shape.get().nodes() != nodes && shape.get().members().size() != nodes) {
            int here = shape.get().members().size();
            throw new Failure(shown + " holds a ring of " + here + " nodes, not " + nodes
                    + "; use --nodes " + here + ", another --dir, or --fresh to delete its data");
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
            Shape formed = new Shape(Integer.parseInt(properties.getProperty("nodes")),
                    properties.getProperty("host"), Integer.parseInt(properties.getProperty("port")));
            String members = properties.getProperty("members");
            return Optional.of(members == null ? formed : new Shape(formed.nodes, formed.host, formed.port,
                    Arrays.stream(members.split(",")).filter(word -> !word.isBlank())
                            .map(word -> Integer.valueOf(word.trim())).toList()));
        } catch (IllegalArgumentException e) {
            throw new Failure(file + " cannot be read as a ring's description: " + e.getMessage());
        }
    }

    /** The client port of a node here: what it was started with, else by its number. */
    int port(Shape shape, int number) throws IOException {
        return Launch.of(node(number)).map(launch -> launch.settings().get("port"))
                .filter(port -> port.matches("\\d{1,5}")).map(Integer::parseInt).orElse(shape.port() + number - 1);
    }

    /** The host of a node here, as a client of this machine reaches it. */
    String host(Shape shape, int number) throws IOException {
        String host = Launch.of(node(number)).map(launch -> launch.settings().get("host")).orElse(shape.host());
        return NodeConfig.isWildcard(host) ? "127.0.0.1" : host;
    }

    /**
     * What a node is started with, and as seeds all the others that are here now. One that joined goes on with those
     * that it joined by too: the rest of its ring may be elsewhere.
     */
    Launch amongAll(Launch launch, Shape shape, int number) throws IOException {
        Set<String> seeds = new LinkedHashSet<>();
        for (int other : shape.members()) {
            if (other != number) {
                String host = host(shape, other);
                seeds.add((host.contains(":") ? "[" + host + "]" : host) + ":" + port(shape, other));
            }
        }
        String joinedBy = launch.settings().containsKey("join") ? launch.settings().getOrDefault("seeds", "") : "";
        for (String before : joinedBy.split(",")) {
            if (!before.isBlank() && !seeds.contains(before.replaceAll("@.*", ""))) {
                seeds.add(before);
            }
        }
        Map<String, String> settings = new LinkedHashMap<>(launch.settings());
        settings.put("seeds", String.join(",", seeds));
        return new Launch(launch.heap(), settings);
    }

    /** Notes what is here; a directory without nodes has no ring. */
    void write(Shape shape) throws IOException {
        if (shape.members().isEmpty()) {
            Files.deleteIfExists(dir.resolve("ring"));
            return;
        }
        String text = "# The ring in this directory, written by henge.\nformat=" + RING_FILE_FORMAT + "\nnodes="
                + shape.nodes() + "\nhost=" + shape.host() + "\nport=" + shape.port() + "\nmembers="
                + shape.members().stream().map(String::valueOf).collect(Collectors.joining(",")) + "\n";
        Path next = dir.resolve("ring.next");
        Files.writeString(next, text);
        Files.move(next, dir.resolve("ring"), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
