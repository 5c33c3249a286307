package dev.henge.storage.lsm;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * The end of a {@link BlockTable}'s file: what is known of the table, and where its parts lie.
 *
 * @param chunkChecks      a CRC-32C for each chunk from the filter to the separators' end
 * @param liveValueBytes   value file number → bytes of it that the table points at
 * @param filterOffset     the blocks end here
 * @param groups           runs of blocks of one fence
 * @param propertiesOffset the separators end here
 */
record BlockProperties(
        long number,
        long entries,
        long tombstones,
        int keyBytesMax,
        int storedBytesMax,
        byte[] firstKey,
        byte[] lastKey,
        Map<Long, Long> liveValueBytes,
        int[] chunkChecks,
        int blocks,
        int groups,
        int filterOffset,
        int fencesOffset,
        int groupsOffset,
        int separatorsOffset,
        int propertiesOffset) {

    private static final int FIXED_BYTES = 3 * 8 + 2 * 4;

    byte[] encode() {
        ByteBuffer out = ByteBuffer.allocate(FIXED_BYTES + 4 + firstKey.length + 4 + lastKey.length
            + 4 + 16 * liveValueBytes.size() + 4 + 4 * chunkChecks.length + BlockFormat.FOOTER_BYTES);
        out.putLong(number).putLong(entries).putLong(tombstones).putInt(keyBytesMax).putInt(storedBytesMax);
        out.putInt(firstKey.length).put(firstKey).putInt(lastKey.length).put(lastKey);
        out.putInt(liveValueBytes.size());
        liveValueBytes.forEach((file, bytes) -> out.putLong(file).putLong(bytes));
        out.putInt(chunkChecks.length);
        for (int check : chunkChecks) {
            out.putInt(check);
        }
        out.putInt(blocks).putInt(groups).putInt(filterOffset).putInt(fencesOffset).putInt(groupsOffset)
            .putInt(separatorsOffset).putInt(propertiesOffset).putInt(BlockFormat.VERSION);
        out.putInt(LogSegment.crc(out.array(), 0, out.position())).putLong(BlockFormat.MAGIC);
        return out.array();
    }

    /** How many bytes the properties and the footer take, as the footer at the end of a file of this length says. */
    static int tailBytes(Path path, byte[] footer, long fileBytes) {
        ByteBuffer in = ByteBuffer.wrap(footer);
        if (in.getLong(BlockFormat.FOOTER_BYTES - 8) != BlockFormat.MAGIC) {
            throw new CorruptTableException(path, "it does not end with HENGEBLK");
        }
        int properties = in.getInt(24);
        long bytes = fileBytes - properties;
        if (properties < 0 || bytes < FIXED_BYTES + BlockFormat.FOOTER_BYTES || bytes > Integer.MAX_VALUE) {
            throw new CorruptTableException(path, "its footer says that the properties begin at " + properties);
        }
        return (int) bytes;
    }

    static BlockProperties decode(Path path, long number, byte[] tail) {
        ByteBuffer in = ByteBuffer.wrap(tail);
        int check = tail.length - 12;
        if (in.getInt(check) != LogSegment.crc(tail, 0, check)) {
            throw new CorruptTableException(path, "the checksum of its properties does not match");
        }
        int version = in.getInt(check - 4);
        if (version != BlockFormat.VERSION) {
            throw CorruptTableException.foreign(path,
                "it has format version " + version + ", this release reads " + BlockFormat.VERSION);
        }
        try {
            BlockProperties properties = parse(in);
            if (properties.number != number) {
                throw CorruptTableException.foreign(path, "it says that it is table " + properties.number);
            }
            return properties;
        } catch (BufferUnderflowException | NegativeArraySizeException e) {
            throw new CorruptTableException(path, "it is too short");
        }
    }

    private static BlockProperties parse(ByteBuffer in) {
        long number = in.getLong();
        long entries = in.getLong();
        long tombstones = in.getLong();
        int keyBytesMax = in.getInt();
        int storedBytesMax = in.getInt();
        byte[] firstKey = bytes(in);
        byte[] lastKey = bytes(in);
        Map<Long, Long> live = new TreeMap<>();
        for (int i = in.getInt(); i > 0; i--) {
            live.put(in.getLong(), in.getLong());
        }
        int[] checks = new int[in.getInt()];
        for (int i = 0; i < checks.length; i++) {
            checks[i] = in.getInt();
        }
        return new BlockProperties(number, entries, tombstones, keyBytesMax, storedBytesMax, firstKey, lastKey, live,
            checks, in.getInt(), in.getInt(), in.getInt(), in.getInt(), in.getInt(), in.getInt(), in.getInt());
    }

    private static byte[] bytes(ByteBuffer in) {
        byte[] bytes = new byte[in.getInt()];
        in.get(bytes);
        return bytes;
    }
}
