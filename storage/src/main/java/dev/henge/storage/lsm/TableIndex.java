package dev.henge.storage.lsm;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * What is known of a table besides its pages; a file of its own beside them, checked as a whole when it is read.
 *
 * @param openingCheck   the checksum of all that MapDB reads to open the table
 * @param pageChecks     a CRC-32C a page
 * @param liveValueBytes value file number → bytes of it that the table points at
 */
record TableIndex(
        long number,
        long entries,
        long tombstones,
        int pageBytes,
        int keyBytesMax,
        int storedBytesMax,
        int openingCheck,
        byte[] firstKey,
        byte[] lastKey,
        Map<Long, Long> liveValueBytes,
        int[] pageChecks,
        BloomFilter bloom) {

    static final int VERSION = 1;
    private static final long MAGIC = 0x48454E4745544142L;
    private static final int FIXED_BYTES = 8 + 4 + 8 * 3 + 4 * 4;

    static String nameOf(long number) {
        return String.format("table-%016x.hidx", number);
    }

    void write(Path path, Disk disk) throws IOException {
        ByteBuffer bloomBytes = bloom.bytes();
        bloomBytes.clear();
        ByteBuffer out = ByteBuffer.allocate(FIXED_BYTES + 4 + firstKey.length + 4 + lastKey.length
            + 4 + 16 * liveValueBytes.size() + 4 + 4 * pageChecks.length + 4 + bloomBytes.remaining() + 4);
        out.putLong(MAGIC).putInt(VERSION).putLong(number).putLong(entries).putLong(tombstones);
        out.putInt(pageBytes).putInt(keyBytesMax).putInt(storedBytesMax).putInt(openingCheck);
        out.putInt(firstKey.length).put(firstKey).putInt(lastKey.length).put(lastKey);
        out.putInt(liveValueBytes.size());
        liveValueBytes.forEach((file, bytes) -> out.putLong(file).putLong(bytes));
        out.putInt(pageChecks.length);
        for (int check : pageChecks) {
            out.putInt(check);
        }
        out.putInt(bloomBytes.remaining()).put(bloomBytes);
        out.putInt(LogSegment.crc(out.array(), 0, out.position())).flip();
        try (Disk.DiskFile file = disk.open(path)) {
            file.truncate(0);
            file.append(out);
            file.force();
        }
    }

    static TableIndex read(Path path, Disk disk) throws IOException {
        ByteBuffer in;
        try (Disk.DiskFile file = disk.open(path)) {
            in = ByteBuffer.allocate((int) file.size());
            file.read(in, 0);
        }
        in.flip();
        int end = in.limit() - 4;
        if (end < FIXED_BYTES || in.getLong(0) != MAGIC || in.getInt(end) != LogSegment.crc(in.array(), 0, end)) {
            throw new CorruptTableException(path, "its checksum does not match");
        }
        if (in.getInt(8) != VERSION) {
            throw CorruptTableException.foreign(path,
                "it has format version " + in.getInt(8) + ", this release reads " + VERSION);
        }
        try {
            return parse(in.position(12));
        } catch (BufferUnderflowException e) {
            throw new CorruptTableException(path, "it is too short");
        }
    }

    private static TableIndex parse(ByteBuffer in) {
        long number = in.getLong();
        long entries = in.getLong();
        long tombstones = in.getLong();
        int pageBytes = in.getInt();
        int keyBytesMax = in.getInt();
        int storedBytesMax = in.getInt();
        int openingCheck = in.getInt();
        byte[] firstKey = bytes(in);
        byte[] lastKey = bytes(in);
        Map<Long, Long> live = new TreeMap<>();
        for (int i = in.getInt(); i > 0; i--) {
            live.put(in.getLong(), in.getLong());
        }
        int[] pageChecks = new int[in.getInt()];
        for (int i = 0; i < pageChecks.length; i++) {
            pageChecks[i] = in.getInt();
        }
        // Off the heap: a filter lives long and is large.
        ByteBuffer bloom = ByteBuffer.allocateDirect(in.getInt());
        bloom.put(in.slice().limit(bloom.capacity())).flip();
        return new TableIndex(number, entries, tombstones, pageBytes, keyBytesMax, storedBytesMax, openingCheck,
            firstKey, lastKey, live, pageChecks, new BloomFilter(bloom));
    }

    private static byte[] bytes(ByteBuffer in) {
        byte[] bytes = new byte[in.getInt()];
        in.get(bytes);
        return bytes;
    }
}
