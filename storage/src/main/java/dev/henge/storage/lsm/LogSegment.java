package dev.henge.storage.lsm;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * One file of the commit log: a header and then records, from position {@code start} on.
 *
 * <pre>
 * header: magic u64 "HENGELOG" | version u32 | start u64 | CRC-32C u32 of the 20 bytes before
 * record: word u32 | headCrc u32 | bodyCrc u32 | mark u64 | payload; the checks are CRC-32C of
 *         (position u64, word u32, mark u64), and of the payload
 * word:   the payload's length; plus 2^31 if the record has a mark, which otherwise is left out, of the check too
 * mark:   up to this position the disk had the log when the record was made
 * </pre>
 *
 * <p>A record's position counts records' bytes since the store was made, headers of files left out: byte
 * {@code position - start + HEADER_BYTES} of the file. The check of its head holds the position, so that log bytes that
 * lie inside a payload, or in an old block of the disk, never look like a record.
 */
final class LogSegment {

    static final int HEADER_BYTES = 24;
    static final int RECORD_HEAD_BYTES = 12;
    static final int MARK_BYTES = 8;
    /** In a record's first word: that it has a mark. */
    static final int MARKED = 1 << 31;
    static final int RECORD_BYTES_MAX = 1 << 30;
    /** The first version has no marks. */
    static final int VERSION_WITHOUT_MARKS = 1;
    static final int VERSION = 2;
    private static final long MAGIC = 0x48454E47454C4F47L;

    final Path path;
    final long start;
    final Disk.DiskFile file;
    final int version;
    /** Where the written records end. Written by the owner, read by the syncer. */
    volatile long end;
    /** When the last record came in, by the wall clock; known once the segment takes no more. */
    volatile long closedMillis = Long.MAX_VALUE;
    /** True until the directory's entry of this file is on the disk. Guarded by the log's sync lock. */
    boolean newborn;

    LogSegment(Path path, long start, Disk.DiskFile file, int version, long end) {
        this.path = path;
        this.start = start;
        this.file = file;
        this.version = version;
        this.end = end;
    }

    /** A segment's file as it is found; the version is the latest where the header does not tell. */
    static LogSegment opened(Path path, long start, Disk.DiskFile file, ByteBuffer header, long size) {
        boolean old = !header.hasRemaining() && versionOf(header) == VERSION_WITHOUT_MARKS;
        return new LogSegment(path, start, file, old ? VERSION_WITHOUT_MARKS : VERSION,
            start + Math.max(0, size - HEADER_BYTES));
    }

    static String nameOf(long start) {
        return String.format("log-%016x.hlog", start);
    }

    /** The start position in a segment's name, or -1 if it is no segment's name. */
    static long startOf(Path path) {
        String name = path.getFileName().toString();
        if (!name.matches("log-[0-9a-f]{16}\\.hlog")) {
            return -1;
        }
        return Long.parseUnsignedLong(name.substring(4, 20), 16);
    }

    static ByteBuffer header(long start) {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        header.putLong(MAGIC).putInt(VERSION).putLong(start);
        header.putInt(crc(header.array(), 0, 20)).flip();
        return header;
    }

    /** Says what is wrong with a header, or null. */
    static String faultOfHeader(ByteBuffer header, long start) {
        if (header.getLong(0) != MAGIC) {
            return "it does not begin with HENGELOG";
        }
        if (header.getInt(20) != crc(header.array(), 0, 20)) {
            return "its header's checksum does not match";
        }
        int version = versionOf(header);
        if (version < VERSION_WITHOUT_MARKS || version > VERSION) {
            return "it has format version " + version + ", this release reads " + VERSION_WITHOUT_MARKS + " to "
                + VERSION;
        }
        return header.getLong(12) == start ? null : "its header says that it starts at " + header.getLong(12);
    }

    static int versionOf(ByteBuffer header) {
        return header.getInt(8);
    }

    /** Whether its records may have marks. */
    boolean takesMarks() {
        return version > VERSION_WITHOUT_MARKS;
    }

    /** The length in a record's first word, which is below 1 if no record of this segment begins with it. */
    int lengthOf(int word) {
        int length = takesMarks() ? word & ~MARKED : word;
        return length > RECORD_BYTES_MAX ? -1 : length;
    }

    /** What comes before the payload of a record with this first word. */
    static int headBytesOf(int word) {
        return word < 0 ? RECORD_HEAD_BYTES + MARK_BYTES : RECORD_HEAD_BYTES;
    }

    long offsetOf(long position) {
        return position - start + HEADER_BYTES;
    }

    long fileBytes() {
        return end - start + HEADER_BYTES;
    }

    /** The check of a record's head; the mark counts only if the word says that there is one. */
    static int headCheck(long position, int word, long mark) {
        byte[] head = new byte[12 + MARK_BYTES];
        ByteBuffer.wrap(head).putLong(position).putInt(word).putLong(mark);
        return crc(head, 0, word < 0 ? head.length : 12);
    }

    static int crc(byte[] bytes, int offset, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, length);
        return (int) crc.getValue();
    }

    void close() throws IOException {
        file.close();
    }
}
