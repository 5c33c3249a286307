package dev.henge.storage.lsm;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** The disk, as the store sees it: the seam at which tests break it. */
interface Disk {

    /** Opens a file to read and to append; creates it if it is not there. */
    DiskFile open(Path file) throws IOException;

    /** Opens a file that is there, only to read it. */
    default DiskFile openToRead(Path file) throws IOException {
        return open(file);
    }

    /** A read-only view of a part of a file. Let go of it by {@link #unmap}. */
    default MappedByteBuffer map(Path file, long offset, long length) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, offset, length);
        }
    }

    /** Ends a mapping now and not when the collector finds it; nobody may read it any more. */
    default void unmap(MappedByteBuffer mapping) {
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

    /** The disk of this machine. */
    static Disk real() {
        return new RealDisk();
    }

    /** One open file. Appends come from one thread; reads and syncs from any. */
    interface DiskFile extends AutoCloseable {

        /** Appends all that remains in the buffer. */
        void append(ByteBuffer bytes) throws IOException;

        /** Writes over bytes that were appended before. */
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
            return new ChannelFile(channel);
        }

        @Override
        public void syncDirectory(Path directory) throws IOException {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    /** A file through a FileChannel: cheaper than a mapping for appends, see the notes in the log's format page. */
    record ChannelFile(FileChannel channel) implements DiskFile {
        @Override
        public void append(ByteBuffer bytes) throws IOException {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }

        @Override
        public void writeAt(ByteBuffer bytes, long offset) throws IOException {
            long at = offset;
            while (bytes.hasRemaining()) {
                at += channel.write(bytes, at);
            }
        }

        @Override
        public int read(ByteBuffer into, long offset) throws IOException {
            int start = into.position();
            while (into.hasRemaining()) {
                if (channel.read(into, offset + into.position() - start) < 0) {
                    break;
                }
            }
            return into.position() - start;
        }

        @Override
        public void force() throws IOException {
            channel.force(false);
        }

        @Override
        public long size() throws IOException {
            return channel.size();
        }

        @Override
        public void truncate(long size) throws IOException {
            channel.truncate(size);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
