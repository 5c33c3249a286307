package dev.henge.storage.lsm;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log's records that are not in its segments yet, in memory that outlives the process: a file that is mapped, and
 * never synced. The bytes of the log lie in it at their positions, modulo its size.
 *
 * <p>Only where syncs have an interval. A write to a file that is being synced waits for the disk, now and then for as
 * long as the sync takes, and the owner would wait with it, readers and all. A store to mapped memory does not. So the
 * owner leaves its records here, and who syncs the log writes them to the segment first ({@link CommitLog#sync}).
 *
 * <p>What the process had stored when it was killed the system has, until the machine itself stops: a ring counts only
 * while the machine runs that it was made on, which its boot's id tells. {@link LogRecovery} takes from it what the
 * last segment lacks. A record's head holds its position, so that an earlier one is not taken for it.
 *
 * <pre>
 * ring  : header | zeros up to 4096 | the byte of position p at 4096 + p mod size | as many zeros
 * header: magic u64 "HENGERNG" | version u32 | size u32, a power of two | boot: 48 bytes, zeros behind the id
 *         | CRC-32C u32 of the 64 bytes before
 * </pre>
 *
 * <p>The zeros at the end are room on the disk, for a start that finds it full and has to bring what is in the ring
 * into the log: {@link #giveUpRoom}.
 *
 * <p>The owner's, but for {@link #part}, {@link #recordsEnd} and {@link #warm}, which are for who writes to the
 * segments.
 */
final class LogRing {

    static final String NAME = "LOG-RING";
    static final int VERSION = 1;
    static final int HEADER_BYTES = 68;
    /** Records from here on: a page is not shared with the header. */
    static final int BEGIN = 4096;
    /** A second and more of ten thousand writes a second; as a part of the memory of a node it is little. */
    static final int BYTES_MAX = 8 << 20;
    /** About how many writes bring a full one into the segments: some milliseconds each where the disk is slow. */
    private static final int STEPS = 8;
    private static final int STEP_BYTES_MIN = 512;
    /** A segment is passed by at most a ring. */
    private static final int SEGMENT_PARTS = 2;
    /** What is left of a disk is left to those who need it: a ring takes at most one such part. */
    private static final int DISK_PARTS = 8;
    private static final String NEW_NAME = "LOG-RING.new";
    private static final long MAGIC = 0x48454E4745524E47L;
    private static final int BOOT_BYTES = 48;
    private static final int ZEROS_BYTES = 1 << 20;
    private static final int PAGE_BYTES = 4096;
    private static final VarHandle LONGS =
        MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final Logger LOG = LoggerFactory.getLogger(LogRing.class);

    private final Path directory;
    private final Disk disk;
    private final int size;
    private final int stepBytes;
    private final ByteBuffer memory;
    private final ByteBuffer head = ByteBuffer.allocate(LogSegment.RECORD_HEAD_BYTES + LogSegment.MARK_BYTES);

    private LogRing(Path directory, Disk disk, int size, ByteBuffer memory) {
        this.directory = directory;
        this.disk = disk;
        this.size = size;
        this.stepBytes = Math.max(STEP_BYTES_MIN, size / STEPS);
        this.memory = memory;
    }

    /** Makes one in place of what was there; null, and none made, where the disk cannot have one, or is nearly full. */
    static LogRing create(Path directory, Disk disk, long segmentBytes) throws IOException {
        delete(directory, disk);
        String boot = disk.bootId();
        if (boot == null || boot.length() > BOOT_BYTES) {
            return null;
        }
        int size = (int) Math.min(BYTES_MAX, Long.highestOneBit(segmentBytes / SEGMENT_PARTS));
        if (disk.space(directory).usableBytes() < (long) DISK_PARTS * size) {
            return null;
        }
        Path fresh = directory.resolve(NEW_NAME);
        try {
            fill(disk, fresh, size, boot);
            disk.rename(fresh, directory.resolve(NAME));
            ByteBuffer memory = map(directory.resolve(NAME), disk, size);
            if (memory != null) {
                return new LogRing(directory, disk, size, memory);
            }
        } catch (IOException e) {
            if (!DiskFull.is(e)) {
                throw e;
            }
            LOG.warn("no room for {}: the commit log does without", fresh);
        }
        delete(directory, disk);
        return null;
    }

    /** Null where the file system maps no files to be written, as some do that come over a network. */
    private static ByteBuffer map(Path path, Disk disk, int size) {
        try {
            return disk.mapToWrite(path, BEGIN + size);
        } catch (IOException e) {
            LOG.warn("cannot map {}: the commit log does without", path, e);
            return null;
        }
    }

    /** All of it is written once, so that a store to it never finds the disk full. */
    private static void fill(Disk disk, Path fresh, int size, String boot) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        header.putLong(MAGIC).putInt(VERSION).putInt(size).put(boot.getBytes(StandardCharsets.US_ASCII));
        header.putInt(HEADER_BYTES - 4, LogSegment.crc(header.array(), 0, HEADER_BYTES - 4));
        ByteBuffer zeros = ByteBuffer.allocateDirect(Math.min(ZEROS_BYTES, size + BEGIN));
        try (Disk.DiskFile file = disk.open(fresh)) {
            file.truncate(0);
            file.writeAt(header.rewind(), 0);
            long end = BEGIN + 2L * size;
            for (long at = HEADER_BYTES; at < end; at += zeros.limit()) {
                zeros.clear().limit((int) Math.min(zeros.capacity(), end - at));
                file.writeAt(zeros.duplicate(), at);
            }
        }
    }

    static void delete(Path directory, Disk disk) throws IOException {
        for (String name : new String[] {NEW_NAME, NAME}) {
            if (disk.exists(directory.resolve(name))) {
                disk.delete(directory.resolve(name));
            }
        }
    }

    // ---- the owner's

    /** How many bytes of the log it has room for. */
    int size() {
        return size;
    }

    /** Puts a record; what is overwritten is in the segments. */
    void put(long position, int word, int headCheck, int check, long mark, byte[] record, int offset, int length) {
        head.clear().putInt(word).putInt(headCheck).putInt(check);
        if (word < 0) {
            head.putLong(mark);
        }
        put(position, head.array(), 0, head.position());
        put(position + head.position(), record, offset, length);
    }

    private void put(long position, byte[] bytes, int offset, int length) {
        int at = at(position);
        int first = Math.min(length, size - at);
        memory.put(BEGIN + at, bytes, offset, first);
        if (first < length) {
            memory.put(BEGIN, bytes, offset + first, length - first);
        }
    }

    private int at(long position) {
        return (int) (position & size - 1);
    }

    /** The bytes from a position on, up to an end that is not behind those that were put. */
    byte[] bytes(long position, long end) {
        byte[] bytes = new byte[(int) (end - position)];
        int first = Math.min(bytes.length, size - at(position));
        memory.get(BEGIN + at(position), bytes, 0, first);
        memory.get(BEGIN, bytes, first, bytes.length - first);
        return bytes;
    }

    /** As many of the bytes from a position up to an end as lie side by side. Who writes the segments. */
    ByteBuffer part(long position, long end) {
        int at = BEGIN + at(position);
        return memory.duplicate().limit((int) Math.min(BEGIN + size, at + end - position)).position(at);
    }

    /** Where the records end with which a step from a position on, where one begins, is full; at most this end. */
    long recordsEnd(long position, long end) {
        long at = position;
        while (at < end && at - position < stepBytes) {
            int word = word(at);
            at += LogSegment.headBytesOf(word) + (word & ~LogSegment.MARKED);
        }
        return Math.min(at, end);
    }

    private int word(long position) {
        int word = 0;
        for (int i = 0; i < Integer.BYTES; i++) {
            word = word << Byte.SIZE | memory.get(BEGIN + at(position + i)) & 0xFF;
        }
        return word;
    }

    /**
     * Touches the pages of the bytes from a position on, so that the owner's stores to them find them in memory: a page
     * that the system has written down takes a fault again, and one that it has let go of is read. Changes nothing,
     * whatever the owner stores meanwhile. Who writes the segments.
     */
    void warm(long position, int bytes) {
        if (!memory.isDirect()) {
            return;
        }
        for (long at = position; at < position + Math.min(bytes, size); at += PAGE_BYTES) {
            LONGS.getAndAdd(memory, BEGIN + at(at) / PAGE_BYTES * PAGE_BYTES, 0L);
        }
    }

    /** Nobody may use it any more. The file stays if there is something in it that the segments lack. */
    void close(boolean needed) throws IOException {
        disk.unmap(memory);
        if (!needed) {
            delete(directory, disk);
        }
    }

    // ---- after a crash

    /**
     * The records that a ring has from a position on, as they belong into a segment; nothing where there is no ring, or
     * it is of an earlier run of the machine.
     *
     * @throws CorruptLogException if one cannot tell
     */
    static byte[] recordsFrom(long position, Path directory, Disk disk) throws IOException {
        Path path = directory.resolve(NAME);
        if (!disk.exists(path) || disk.bootId() == null) {
            return new byte[0];
        }
        try (Disk.DiskFile file = disk.open(path)) {
            int size = sizeOf(path, file, disk.bootId());
            return size == 0 ? new byte[0] : soundRecords(position, unrolled(file, size, position));
        }
    }

    /** Gives back to the disk what was kept for {@link LogRecovery}; false if that was done before. */
    static boolean giveUpRoom(Path directory, Disk disk) throws IOException {
        Path path = directory.resolve(NAME);
        try (Disk.DiskFile file = disk.open(path)) {
            long end = BEGIN + (long) sizeOf(path, file, disk.bootId());
            if (file.size() <= end) {
                return false;
            }
            file.truncate(end);
            return true;
        }
    }

    /** The size of a ring that counts, or 0. */
    private static int sizeOf(Path path, Disk.DiskFile file, String boot) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        file.read(header, 0);
        byte[] bytes = header.array();
        if (header.hasRemaining() || Arrays.equals(bytes, new byte[HEADER_BYTES])) {
            return 0; // it was never synced: the machine lost its power
        }
        int size = header.getInt(12);
        String of = new String(bytes, 16, BOOT_BYTES, StandardCharsets.US_ASCII).trim();
        String fault = header.getLong(0) != MAGIC ? "it does not begin with HENGERNG"
            : header.getInt(HEADER_BYTES - 4) != LogSegment.crc(bytes, 0, HEADER_BYTES - 4)
                ? "its header's checksum does not match"
            : header.getInt(8) != VERSION ? "it has format version " + header.getInt(8) + ", this release reads "
                + VERSION
            : of.equals(boot) && file.size() < BEGIN + (long) size ? "it is cut" : null;
        if (fault != null) {
            throw new CorruptLogException(path, 0, fault + ". If the machine was started again since the store was "
                + "used, nothing in it counts: delete it");
        }
        return of.equals(boot) ? size : 0;
    }

    private static byte[] unrolled(Disk.DiskFile file, int size, long position) throws IOException {
        byte[] bytes = new byte[size];
        int at = (int) (position & size - 1);
        file.read(ByteBuffer.wrap(bytes, 0, size - at), BEGIN + (long) at);
        file.read(ByteBuffer.wrap(bytes, size - at, at), BEGIN);
        return bytes;
    }

    /** As many whole and sound records as follow each other from the first byte on, which has this position. */
    private static byte[] soundRecords(long position, byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        int end = 0;
        while (bytes.length - end >= LogSegment.RECORD_HEAD_BYTES) {
            int word = in.getInt(end);
            int body = end + LogSegment.headBytesOf(word);
            int length = word & ~LogSegment.MARKED;
            if (length < 1 || body > bytes.length || length > bytes.length - body) {
                break;
            }
            long mark = word < 0 ? in.getLong(body - LogSegment.MARK_BYTES) : 0;
            if (in.getInt(end + 4) != LogSegment.headCheck(position + end, word, mark)
                    || in.getInt(end + 8) != LogSegment.crc(bytes, body, length)) {
                break;
            }
            end = body + length;
        }
        return Arrays.copyOf(bytes, end);
    }
}
