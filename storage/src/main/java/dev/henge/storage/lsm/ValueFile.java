package dev.henge.storage.lsm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A file of large values, which tables point into. Written once, at a flush or a compaction, and synced before any
 * table that points into it is named. Several tables may hold it; it goes with the last of them.
 *
 * <pre>
 * header: magic u64 "HENGEVAL" | version u32 | file number u64 | CRC-32C u32
 * value : length u32 | CRC-32C u32 | bytes          (a pointer's offset is that of the bytes)
 * </pre>
 */
final class ValueFile {

    static final int HEADER_BYTES = 24;
    static final int VALUE_HEAD_BYTES = 8;
    static final int VERSION = 1;
    private static final long MAGIC = 0x48454E474556414CL;

    final long number;
    final Path path;
    private final Disk disk;
    /** Of a file in the making its writer's; after {@link #sync} opened to read. */
    private volatile Disk.DiskFile file;
    private final AtomicInteger holders = new AtomicInteger();
    private volatile long bytes;
    private volatile boolean obsolete;

    private ValueFile(long number, Path path, Disk disk, Disk.DiskFile file, long bytes) {
        this.number = number;
        this.path = path;
        this.disk = disk;
        this.file = file;
        this.bytes = bytes;
    }

    static String nameOf(long number) {
        return String.format("values-%016x.hval", number);
    }

    static ByteBuffer header(long number) {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).putLong(MAGIC).putInt(VERSION).putLong(number);
        return header.putInt(LogSegment.crc(header.array(), 0, 20)).flip();
    }

    static ValueFile create(Path directory, Disk disk, long number) throws IOException {
        Path path = directory.resolve(nameOf(number));
        Disk.DiskFile file = disk.open(path);
        ValueFile created = new ValueFile(number, path, disk, file, HEADER_BYTES);
        try {
            file.append(header(number));
        } catch (IOException e) {
            file.close();
            disk.delete(path);
            throw e;
        }
        return created;
    }

    static ValueFile open(Path directory, Disk disk, long number) throws IOException {
        Path path = directory.resolve(nameOf(number));
        Disk.DiskFile file = disk.openToRead(path);
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        file.read(header, 0);
        if (header.hasRemaining() || header.getLong(0) != MAGIC || header.getInt(8) != VERSION
                || header.getLong(12) != number || header.getInt(20) != LogSegment.crc(header.array(), 0, 20)) {
            file.close();
            throw new CorruptTableException(path,
                "its header is not that of value file " + number + ", version " + VERSION);
        }
        return new ValueFile(number, path, disk, file, file.size());
    }

    StoredValue.Pointer append(byte[] value) throws IOException {
        int check = LogSegment.crc(value, 0, value.length);
        ByteBuffer head = ByteBuffer.allocate(VALUE_HEAD_BYTES).putInt(value.length).putInt(check).flip();
        file.append(head);
        file.append(ByteBuffer.wrap(value));
        long offset = bytes + VALUE_HEAD_BYTES;
        bytes = offset + value.length;
        return new StoredValue.Pointer(number, offset, value.length, check);
    }

    /** Ends the writing. */
    void sync() throws IOException {
        file.force();
        file.close();
        file = disk.openToRead(path);
    }

    byte[] read(StoredValue.Pointer pointer) {
        byte[] value = new byte[pointer.length()];
        try {
            int read = file.read(ByteBuffer.wrap(value), pointer.offset());
            if (read != value.length || LogSegment.crc(value, 0, value.length) != pointer.check()) {
                throw new CorruptTableException(path, pointer.offset(), null, null,
                    "the checksum of the value at offset " + pointer.offset() + " does not match");
            }
            return value;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + path, e);
        }
    }

    long bytes() {
        return bytes;
    }

    /** What a value of this length takes of the file. */
    static long footprint(int length) {
        return length + (long) VALUE_HEAD_BYTES;
    }

    void hold() {
        holders.incrementAndGet();
    }

    /** No table that the manifest names holds it any more: the last holder deletes it. */
    void retire() {
        obsolete = true;
    }

    void release() throws IOException {
        if (holders.decrementAndGet() == 0) {
            file.close();
            if (obsolete) {
                disk.delete(path);
            }
        }
    }
}
