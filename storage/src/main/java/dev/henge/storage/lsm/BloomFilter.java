package dev.henge.storage.lsm;

import java.nio.ByteBuffer;

/**
 * A set of key hashes that may say yes in error and never no: a blocked Bloom filter (Putze, Sanders, Singler,
 * "Cache-, hash- and space-efficient Bloom filters", 2007). All of a key's bits lie in one 64-byte block, so that a
 * look-up costs one cache miss.
 *
 * <p>Of the 64-bit {@link KeyHash} the upper half chooses the block, and six 9-bit pieces choose its bits.
 */
final class BloomFilter {

    static final int BLOCK_BYTES = 64;
    private static final int PROBES = 6;

    private final ByteBuffer bytes;
    private final int blocks;

    /** @param bytes from 0 to its limit, a multiple of the block's size */
    BloomFilter(ByteBuffer bytes) {
        this.bytes = bytes;
        this.blocks = bytes.limit() / BLOCK_BYTES;
    }

    /** A filter of the first {@code count} hashes. */
    static BloomFilter of(long[] hashes, int count, int bitsPerKey) {
        long bits = Math.max(1L, count) * bitsPerKey;
        long blocks = Math.min((bits + BLOCK_BYTES * 8 - 1) / (BLOCK_BYTES * 8), Integer.MAX_VALUE / BLOCK_BYTES);
        BloomFilter filter = new BloomFilter(ByteBuffer.allocate((int) blocks * BLOCK_BYTES));
        for (int i = 0; i < count; i++) {
            filter.add(hashes[i]);
        }
        return filter;
    }

    private void add(long hash) {
        int block = blockOf(hash);
        long pieces = piecesOf(hash);
        for (int i = 0; i < PROBES; i++, pieces >>>= 9) {
            int at = block + (int) (pieces >>> 3 & 63);
            bytes.put(at, (byte) (bytes.get(at) | 1 << (pieces & 7)));
        }
    }

    boolean mayContain(long hash) {
        return mayContain(hash, blockOf(hash));
    }

    /** As {@link #mayContain(long)}, where {@link #blockOf} is known. */
    boolean mayContain(long hash, int block) {
        long pieces = piecesOf(hash);
        for (int i = 0; i < PROBES; i++, pieces >>>= 9) {
            if ((bytes.get(block + (int) (pieces >>> 3 & 63)) & 1 << (pieces & 7)) == 0) {
                return false;
            }
        }
        return true;
    }

    /** Where the 64 bytes begin that the answer depends on. */
    int blockOf(long hash) {
        return (int) ((hash >>> 32) * blocks >>> 32) * BLOCK_BYTES;
    }

    /** 54 bits that do not depend on the block's choice alone. */
    private static long piecesOf(long hash) {
        return hash * 0x9E3779B97F4A7C15L >>> 10;
    }

    /** The array of a filter that was made by {@link #of}. */
    byte[] array() {
        return bytes.array();
    }

    ByteBuffer bytes() {
        return bytes.duplicate();
    }
}
