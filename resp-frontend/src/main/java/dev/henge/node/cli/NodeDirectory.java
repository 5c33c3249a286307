package dev.henge.node.cli;

import dev.henge.node.Ballast;
import dev.henge.node.DurableFiles;
import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The directory of one node: a marker that says that it is ours, a lock that the running node holds and that
 * carries its process id, the log that {@code henge up} catches, and the node's data.
 *
 * <p>The lock is the truth about who runs: the system gives it back however the process ends, so that a process id
 * left behind by a crash is never believed.
 */
final class NodeDirectory {
    private static final String MARKER = "henge-node";
    private static final String MARKER_TEXT = "Henge node directory, format 1. henge up --fresh deletes it.\n";
    private static final Set<String> KEPT = Set.of(MARKER, "pid", "log", "launch");
    private static final int PID_DIGITS_MAX = 20;
    private static final int TAIL_BYTES_MAX = 64 << 10;

    private final Path dir;

    NodeDirectory(Path dir) {
        this.dir = dir;
    }

    Path path() {
        return dir;
    }

    Path log() {
        return dir.resolve("log");
    }

    /** The node's id, once it has started for the first time. */
    Optional<String> id() {
        Properties identity = new Properties();
        try (var in = Files.newBufferedReader(dir.resolve("identity"))) {
            identity.load(in);
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty();
        }
        return Optional.ofNullable(identity.getProperty("id"));
    }

    Ballast ballast() {
        return Ballast.of(dir);
    }

    private Path lockFile() {
        return dir.resolve("pid");
    }

    /** A node's hold on its directory; given back by closing it or by the end of the process. */
    record Claim(FileChannel channel) implements Closeable {
        /** Empties the file and leaves it: two processes that lock two files of one name would both hold it. */
        @Override
        public void close() throws IOException {
            if (channel.isOpen()) {
                channel.truncate(0);
                channel.close();
            }
        }
    }

    /** Makes the directory if it is absent, marks it as ours and takes its lock for this process. */
    Claim claim() throws IOException, InterruptedException {
        prepare();
        FileChannel channel = FileChannel.open(lockFile(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (!locked(channel)) {
            channel.close();
            throw new Failure(dir + " is in use by another node"
                    + (runningPid().isPresent() ? ", process " + runningPid().getAsLong() : ""));
        }
        Ballast ballast = ballast();
        ballast.makeRoom();
        byte[] pid = (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII);
        ballast.insist(() -> channel.truncate(0).write(ByteBuffer.wrap(pid)));
        return new Claim(channel);
    }

    private static boolean locked(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException heldByThisProcess) {
            return false;
        }
    }

    /** Makes the directory and its marker. */
    void prepare() throws IOException {
        DurableFiles.createDirectories(dir);
        if (!isOurs()) {
            Files.writeString(dir.resolve(MARKER), MARKER_TEXT);
        }
    }

    boolean isOurs() {
        return Files.isRegularFile(dir.resolve(MARKER));
    }

    /** Whether something lies here that is not ours. */
    boolean isForeign() throws IOException {
        if (!Files.exists(dir) || isOurs()) {
            return false;
        }
        if (!Files.isDirectory(dir)) {
            return true;
        }
        try (Stream<Path> files = Files.list(dir)) {
            return files.findAny().isPresent();
        }
    }

    /** Whether a process holds the directory's lock. */
    boolean isHeld() {
        if (!Files.exists(lockFile())) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(lockFile(), StandardOpenOption.WRITE)) {
            return !locked(channel);
        } catch (IOException e) {
            return false;
        }
    }

    /** The process that holds the directory, if its id is known here and the process is really that node's. */
    OptionalLong runningPid() {
        if (!isHeld()) {
            return OptionalLong.empty();
        }
        try {
            String text = Files.readString(lockFile()).trim();
            if (text.isEmpty() || text.length() > PID_DIGITS_MAX || !text.chars().allMatch(Character::isDigit)) {
                return OptionalLong.empty();
            }
            long pid = Long.parseLong(text);
            return isNode(pid) ? OptionalLong.of(pid) : OptionalLong.empty();
        } catch (IOException | NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    /**
     * Whether the process is the one that holds the lock. A node in a container writes the id that it has there,
     * which is another process's here: so the process must have the lock file open, or name the directory.
     */
    private boolean isNode(long pid) throws IOException {
        Path descriptors = Path.of("/proc", Long.toString(pid), "fd");
        if (!Files.isDirectory(Path.of("/proc/self"))) {
            return ProcessHandle.of(pid).flatMap(process -> process.info().commandLine())
                    .filter(line -> line.contains(dir.toString())).isPresent();
        }
        Path lock = lockFile().toRealPath();
        try (DirectoryStream<Path> open = Files.newDirectoryStream(descriptors)) {
            for (Path descriptor : open) {
                if (pointsTo(descriptor, lock)) {
                    return true;
                }
            }
        } catch (IOException notOursToLookAt) {
            return false;
        }
        return false;
    }

    private static boolean pointsTo(Path link, Path target) {
        try {
            return Files.readSymbolicLink(link).equals(target);
        } catch (IOException closedMeanwhile) {
            return false;
        }
    }

    /** Deletes the node's data and keeps what a running process has open. */
    void flush() throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(dir)) {
            for (Path entry : entries) {
                if (!KEPT.contains(entry.getFileName().toString())) {
                    delete(entry);
                }
            }
        }
    }

    /** Deletes the whole directory; the caller has made sure that it is ours and not held. */
    void delete() throws IOException {
        delete(dir);
    }

    private static void delete(Path root) throws IOException {
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException failure) throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    long logBytes() {
        try {
            return Files.exists(log()) ? Files.size(log()) : 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The last lines that were written to the log after it had {@code fromBytes}. */
    List<String> logTail(long fromBytes, int linesMax) {
        try (RandomAccessFile file = new RandomAccessFile(log().toFile(), "r")) {
            long from = Math.max(fromBytes, file.length() - TAIL_BYTES_MAX);
            byte[] bytes = new byte[(int) Math.max(0, file.length() - from)];
            file.seek(from);
            file.readFully(bytes);
            Deque<String> lines = new ArrayDeque<>();
            new String(bytes, StandardCharsets.UTF_8).lines().forEach(line -> {
                if (lines.size() == linesMax) {
                    lines.removeFirst();
                }
                lines.addLast(line);
            });
            return List.copyOf(lines);
        } catch (IOException e) {
            return List.of("(its log cannot be read: " + e + ")");
        }
    }
}
