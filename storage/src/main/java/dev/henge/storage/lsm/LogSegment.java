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
 * record: length u32 | CRC-32C u32 of (position u64, length u32) | CRC-32C u32 of the payload | payload
 * </pre>
 *
 * <p>A record's position counts records' bytes since the store was made, headers of files left out: byte
 * {@code position - start + HEADER_BYTES} of the file. The check of its head holds the position, so that log bytes that
 * lie inside a payload, or in an old block of the disk, never look like a record.
 */
final class LogSegment {

    static final int HEADER_BYTES = 24;
    static final int RECORD_HEAD_BYTES = 12;
    static final int RECORD_BYTES_MAX = 1 << 30;
    static final int VERSION = 1;
    private static final long MAGIC = 0x48454E47454C4F47L;

    final Path path;
    final long start;
    final Disk.DiskFile file;
    /** Where the written records end. Written by the owner, read by the syncer. */
    volatile long end;
    /** When the last record came in, by the wall clock; known once the segment takes no more. */
    volatile long closedMillis = Long.MAX_VALUE;
    /** True until the directory's entry of this file is on the disk. Guarded by the log's sync lock. */
    boolean newborn;

    LogSegment(Path path, long start, Disk.DiskFile file, long end) {
        this.path = path;
        this.start = start;
        this.file = file;
        this.end = end;
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
        if (header.getInt(8) != VERSION) {
            return "it has format version " + header.getInt(8) + ", this release reads " + VERSION;
        }
        return header.getLong(12) == start ? null : "its header says that it starts at " + header.getLong(12);
    }

    long offsetOf(long position) {
        return position - start + HEADER_BYTES;
    }

    long fileBytes() {
        return end - start + HEADER_BYTES;
    }

    static int headCheck(long position, int length) {
        byte[] head = new byte[12];
        ByteBuffer.wrap(head).putLong(position).putInt(length);
        return crc(head, 0, 12);
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
