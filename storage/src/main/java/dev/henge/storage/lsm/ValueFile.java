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
    private static final int BUFFER_BYTES = 256 << 10;
    /** Pages are kept in mind as read by regions of 64 KiB. */
    private static final int REGION_SHIFT = 16;
    private static final long MAGIC = 0x48454E474556414CL;

    final long number;
    final Path path;
    private final Disk disk;
    /** Of a file in the making its writer's; after {@link #sync} opened to read. */
    private volatile Disk.DiskFile file;
    private final AtomicInteger holders = new AtomicInteger();
    private volatile long bytes;
    /** What of a file in the making is not yet written. */
    private ByteBuffer buffer;
    private volatile boolean obsolete;
    private volatile boolean written;
    /** Made at the first read of a value. */
    private volatile ByteBuffer map;
    /** A bit a region that was read before: its pages are mostly there. A bit that two threads lose costs a call. */
    private long[] warm;

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
        ValueFile opened = new ValueFile(number, path, disk, file, file.size());
        opened.written = true;
        return opened;
    }

    StoredValue.Pointer append(byte[] value) throws IOException {
        int check = LogSegment.crc(value, 0, value.length);
        if (buffer == null) {
            buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        }
        if (buffer.remaining() < VALUE_HEAD_BYTES + value.length) {
            writeBuffer();
        }
        buffer.putInt(value.length).putInt(check);
        if (value.length <= buffer.remaining()) {
            buffer.put(value);
        } else {
            writeBuffer();
            file.append(ByteBuffer.wrap(value));
        }
        long offset = bytes + VALUE_HEAD_BYTES;
        bytes = offset + value.length;
        return new StoredValue.Pointer(number, offset, value.length, check);
    }

    private void writeBuffer() throws IOException {
        file.append(buffer.flip());
        buffer.clear();
    }

    /** Ends the writing. */
    void sync() throws IOException {
        if (buffer != null) {
            writeBuffer();
            buffer = null;
        }
        file.force();
        file.close();
        file = disk.openToRead(path);
        written = true;
    }

    byte[] read(StoredValue.Pointer pointer) {
        byte[] value = new byte[pointer.length()];
        try {
            if (!copy(pointer.offset(), value) || LogSegment.crc(value, 0, value.length) != pointer.check()) {
                throw new CorruptTableException(path, pointer.offset(), null, null,
                    "the checksum of the value at offset " + pointer.offset() + " does not match");
            }
            return value;
        } catch (InternalError e) {
            throw new CorruptTableException(path, pointer.offset(), null, null,
                "the disk does not give the value at offset " + pointer.offset() + ": " + e.getMessage());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + path, e);
        }
    }

    /** False if the file ends before. */
    private boolean copy(long offset, byte[] value) throws IOException {
        ByteBuffer mapped = mapping();
        if (mapped == null) {
            return file.read(ByteBuffer.wrap(value), offset) == value.length;
        }
        int end = (int) Math.min(mapped.capacity(), offset + value.length);
        if (offset < 0 || end - offset < value.length) {
            return false;
        }
        int first = (int) (offset >>> REGION_SHIFT);
        int last = end - 1 >>> REGION_SHIFT;
        if (end > offset && !(isWarm(first) && isWarm(last))) {
            int from = (int) offset & -BlockFormat.PAGE_BYTES;
            PageAdvice.willNeed(mapped, from, end - from); // one read of the disk, not one a page
            warm[first >>> 6] |= 1L << first;
            warm[last >>> 6] |= 1L << last;
        }
        mapped.get((int) offset, value);
        return true;
    }

    private boolean isWarm(int region) {
        return (warm[region >>> 6] & 1L << region) != 0;
    }

    /** The whole file, or null if it is too large for one mapping, or still being written. */
    private ByteBuffer mapping() throws IOException {
        ByteBuffer mapped = map;
        if (mapped == null && written && bytes <= Integer.MAX_VALUE) {
            synchronized (this) {
                if (map == null) {
                    mapped = disk.map(path, 0, bytes);
                    PageAdvice.random(mapped);
                    warm = new long[(int) (bytes >>> REGION_SHIFT + 6) + 1];
                    map = mapped;
                }
                mapped = map;
            }
        }
        return mapped;
    }

    long bytes() {
        return bytes;
    }

    /** How much of it is mapped. */
    long mappedBytes() {
        ByteBuffer mapped = map;
        return mapped == null ? 0 : mapped.capacity();
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
            if (map != null) {
                disk.unmap(map);
                map = null;
            }
            if (obsolete) {
                disk.delete(path);
            }
        }
    }
}
