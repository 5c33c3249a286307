package dev.henge.storage.lsm;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The disk, as the store sees it: the seam at which tests break it. */
interface Disk {

    /** Opens a file to read and to append; creates it if it is not there. */
    DiskFile open(Path file) throws IOException;

    /** Opens a file that is there, only to read it. */
    default DiskFile openToRead(Path file) throws IOException {
        return open(file);
    }

    /** A read-only view of a part of a file. Let go of it by {@link #unmap}. */
    default ByteBuffer map(Path file, long offset, long length) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, offset, length);
        }
    }

    /**
     * The first bytes of a file, to be written in memory. What was stored the system has at once, should this process
     * end; the disk has it when the system likes.
     */
    default ByteBuffer mapToWrite(Path file, int bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes);
        }
    }

    /**
     * A part of a file that is on the disk is not going to be read soon: the system need not keep it in memory. Only
     * advice, and nothing is said of a file that is not there.
     */
    default void uncache(Path file, long offset, long length) {
    }

    /** What differs each time the machine is started, or null where nobody knows. */
    default String bootId() {
        return BootId.OF_THIS_MACHINE;
    }

    /** Ends a mapping now and not when the collector finds it; nobody may read it any more. */
    default void unmap(ByteBuffer mapping) {
        Unmapper.unmap(mapping);
    }

    /** Makes what was created, renamed or deleted in the directory last. */
    void syncDirectory(Path directory) throws IOException;

    default void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    default void delete(Path file) throws IOException {
        Files.deleteIfExists(file);
    }

    default boolean exists(Path file) {
        return Files.exists(file);
    }

    /** The files of a directory, in no order. */
    default List<Path> list(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.collect(Collectors.toList());
        }
    }

    /** When a file was written to last, by the wall clock. */
    default long modifiedMillis(Path file) throws IOException {
        return Files.getLastModifiedTime(file).toMillis();
    }

    /** Makes a directory and the parents that it lacks, and makes them last. */
    default void createDirectories(Path directory) throws IOException {
        List<Path> made = new ArrayList<>();
        for (Path at = directory.toAbsolutePath().normalize(); at != null && !Files.exists(at); at = at.getParent()) {
            made.add(at);
        }
        Files.createDirectories(directory);
        for (Path each : made) {
            syncDirectory(each.getParent());
        }
    }

    /** Claims a directory that exists for this process. */
    default DirectoryLock lock(Path directory) throws IOException {
        return DirectoryLock.take(directory);
    }

    /** How much can still be written where the directory lies, and how large that disk is. */
    default Space space(Path directory) throws IOException {
        FileStore store = Files.getFileStore(directory);
        return new Space(store.getUsableSpace(), store.getTotalSpace());
    }

    /** The room on a disk. */
    record Space(long usableBytes, long totalBytes) {
    }

    /** Gives an existing file a second name; both must be on one file system. */
    default void link(Path name, Path existing) throws IOException {
        Files.createLink(name, existing);
    }

    /** The disk of this machine. */
    static Disk real() {
        return new RealDisk();
    }

    /** One open file. Appends come from one thread; reads and syncs from any. */
    interface DiskFile extends AutoCloseable {

        /** Appends all that remains in the buffer. */
        void append(ByteBuffer bytes) throws IOException;

        /** Writes at an offset, over what is there or right behind it. */
        void writeAt(ByteBuffer bytes, long offset) throws IOException;

        /**
         * Reads at an offset up to the buffer's limit; returns the bytes read, less than asked only at the file's
         * end.
         */
        int read(ByteBuffer into, long offset) throws IOException;

        /** Returns when all that was appended before the call is on the disk. */
        void force() throws IOException;

        long size() throws IOException;

        void truncate(long size) throws IOException;

        @Override
        void close() throws IOException;
    }

    /** The disk of this machine. */
    final class RealDisk implements Disk {
        @Override
        public DiskFile open(Path file) throws IOException {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ,
                StandardOpenOption.WRITE);
            channel.position(channel.size());
            return new ChannelFile(file, channel);
        }

        @Override
        public void uncache(Path file, long offset, long length) {
            FileAdvice.dontNeed(file, offset, length);
        }

        @Override
        public void syncDirectory(Path directory) throws IOException {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            } catch (IOException e) {
                throw new IOException(directory + ": " + e.getMessage(), e);
            }
        }
    }

    /**
     * A file through a FileChannel: cheaper than a mapping for appends, see the notes in the log's format page. The
     * system's errors do not say which file; ours do.
     */
    record ChannelFile(Path path, FileChannel channel) implements DiskFile {
        private IOException named(IOException e) {
            return new IOException(path + ": " + e.getMessage(), e);
        }

        @Override
        public void append(ByteBuffer bytes) throws IOException {
            try {
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
            } catch (IOException e) {
                throw named(e);
            }
        }

        @Override
        public void writeAt(ByteBuffer bytes, long offset) throws IOException {
            try {
                long at = offset;
                while (bytes.hasRemaining()) {
                    at += channel.write(bytes, at);
                }
            } catch (IOException e) {
                throw named(e);
            }
        }

        @Override
        public int read(ByteBuffer into, long offset) throws IOException {
            int start = into.position();
            try {
                while (into.hasRemaining()) {
                    if (channel.read(into, offset + into.position() - start) < 0) {
                        break;
                    }
                }
            } catch (IOException e) {
                throw named(e);
            }
            return into.position() - start;
        }

        @Override
        public void force() throws IOException {
            try {
                channel.force(false);
            } catch (IOException e) {
                throw named(e);
            }
        }

        @Override
        public long size() throws IOException {
            return channel.size();
        }

        @Override
        public void truncate(long size) throws IOException {
            try {
                channel.truncate(size);
            } catch (IOException e) {
                throw named(e);
            }
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
