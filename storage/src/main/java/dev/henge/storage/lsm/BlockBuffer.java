package dev.henge.storage.lsm;

import java.util.Arrays;

/**
 * One block of a {@link BlockTable} in the making. Entries wait with their whole keys, for how much of them is shared
 * is known only when the block is closed.
 */
final class BlockBuffer {

    private byte[] waiting = new byte[4 * BlockFormat.BLOCK_BYTES];
    private byte[] block = new byte[2 * BlockFormat.BLOCK_BYTES];
    /** Of each entry: where it ends in {@link #waiting}, and the length of its key. */
    private int[] ends = new int[256];
    private int[] keyLengths = new int[256];
    private byte[] tags = new byte[256];
    private int count;
    private int used;
    private int prefix;
    private int keyBytes;
    private int keyBytesMax;

    int count() {
        return count;
    }

    /** What the block would take at most if this entry were in it, its checksum included. */
    int sizeWith(byte[] key, int keyLength, int bodyLength) {
        return size(count + 1, prefixWith(key, keyLength), keyBytes + keyLength, Math.max(keyBytesMax, keyLength),
            used - keyBytes + 1 + bodyLength);
    }

    /** What the block takes at most. */
    int size() {
        return size(count, prefix, keyBytes, keyBytesMax, used - keyBytes);
    }

    private static int size(int entries, int shared, int keys, int keyMax, int bodies) {
        int perEntry = 1 + 2 + BlockFormat.varintBytes(keyMax - shared) - shared;
        return BlockFormat.BLOCK_HEAD_BYTES + shared + keys + bodies + entries * perEntry + BlockFormat.CRC_BYTES;
    }

    /** A block's only entry shares nothing, so that a long key needs no long prefix. */
    private int prefixWith(byte[] key, int keyLength) {
        if (count == 0) {
            return 0;
        }
        int most = count == 1 ? keyLengths[0] : prefix;
        return Math.min(0xFFFF, BlockFormat.commonPrefix(waiting, most, key, keyLength));
    }

    void add(byte[] key, int keyLength, byte tag, byte kind, byte[] body, int bodyOffset, int bodyLength) {
        prefix = prefixWith(key, keyLength);
        if (count == ends.length) {
            ends = Arrays.copyOf(ends, 2 * count);
            keyLengths = Arrays.copyOf(keyLengths, 2 * count);
            tags = Arrays.copyOf(tags, 2 * count);
        }
        int end = used + keyLength + 1 + bodyLength;
        if (end > waiting.length) {
            waiting = Arrays.copyOf(waiting, Math.max(end, 2 * waiting.length));
        }
        System.arraycopy(key, 0, waiting, used, keyLength);
        waiting[used + keyLength] = kind;
        System.arraycopy(body, bodyOffset, waiting, used + keyLength + 1, bodyLength);
        ends[count] = end;
        keyLengths[count] = keyLength;
        tags[count++] = tag;
        keyBytes += keyLength;
        keyBytesMax = Math.max(keyBytesMax, keyLength);
        used = end;
    }

    /** Assembles the block into {@link #bytes}, with zeros and its checksum at the end of {@code length} bytes. */
    void close(int length) {
        if (block.length < length) {
            block = new byte[length];
        }
        System.arraycopy(tags, 0, block, BlockFormat.BLOCK_HEAD_BYTES, count);
        int offsets = BlockFormat.BLOCK_HEAD_BYTES + count;
        int entries = offsets + 2 * count + prefix;
        System.arraycopy(waiting, 0, block, entries - prefix, prefix);
        int at = entries;
        int from = 0;
        for (int i = 0; i < count; i++) {
            BlockFormat.putShort(block, offsets + 2 * i, at - entries);
            at = BlockFormat.putVarint(block, at, keyLengths[i] - prefix);
            int bytes = ends[i] - from - prefix;
            System.arraycopy(waiting, from + prefix, block, at, bytes);
            at += bytes;
            from = ends[i];
        }
        BlockFormat.putInt(block, 0, at);
        BlockFormat.putShort(block, 4, count);
        BlockFormat.putShort(block, 6, prefix);
        int check = length - BlockFormat.CRC_BYTES;
        Arrays.fill(block, at, check, (byte) 0);
        BlockFormat.putInt(block, check, LogSegment.crc(block, 0, check));
    }

    /** The closed block. */
    byte[] bytes() {
        return block;
    }

    /** Begins the next one; what a huge entry took is given back. */
    void clear() {
        count = 0;
        used = 0;
        prefix = 0;
        keyBytes = 0;
        keyBytesMax = 0;
        if (waiting.length > 64 * BlockFormat.BLOCK_BYTES) {
            waiting = new byte[4 * BlockFormat.BLOCK_BYTES];
            block = new byte[2 * BlockFormat.BLOCK_BYTES];
        }
    }
}
