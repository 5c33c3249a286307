package dev.henge.storage.lsm;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** The numbers of the block table's format; {@link BlockTable} explains it, docs/formats/table.md has the grammar. */
final class BlockFormat {

    static final int VERSION = 1;
    static final long MAGIC = 0x48454E4745424C4BL;
    /** A block of small entries keeps within one page of the machine. */
    static final int PAGE_BYTES = 4096;
    /** A block is closed before it grows above this, unless a single entry does. */
    static final int BLOCK_BYTES = 4096;
    /** A block is closed early for a page's edge only when it leaves at most this much of the page empty. */
    static final int WASTE_BYTES_MAX = 256;
    /** The entries' end u32, their count u16, the prefix's length u16. */
    static final int BLOCK_HEAD_BYTES = 8;
    static final int CRC_BYTES = 4;
    /** A fence u64, the block's offset u32, the separator's offset u32. */
    static final int FENCE_BYTES = 16;
    /** Neighbours of one fence are a group, with tails, from this number on. */
    static final int GROUP_BLOCKS_MIN = 4;
    /** Its first block u32, the count of its blocks u32, the tails' depth u32, the number of its first tail u32. */
    static final int GROUP_BYTES = 16;
    static final int TAIL_BYTES = 8;
    /** The filter, the fences and the separators are checked in pieces of this size. */
    static final int CHUNK_SHIFT = 16;
    static final int CHUNK_BYTES = 1 << CHUNK_SHIFT;
    /** The part between the blocks and the properties starts at a multiple of it: a cache line. */
    static final int META_ALIGNMENT = 64;
    /** Counts of blocks and groups, five offsets, the version, the checksum, the magic number. */
    static final int FOOTER_BYTES = 4 * 9 + 8;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private BlockFormat() {
    }

    /**
     * The eight bytes from {@code from} on, zeros where the key ends before: orders keys that are equal up to there,
     * but for those of equal fences.
     */
    static long fenceOf(byte[] key, int from, int keyLength) {
        if (keyLength - from >= 8) {
            return (long) LONGS.get(key, from);
        }
        long fence = 0;
        for (int i = from; i < keyLength; i++) {
            fence |= (key[i] & 0xFFL) << (56 - 8 * (i - from));
        }
        return fence;
    }

    static long longAt(byte[] bytes, int offset) {
        return (long) LONGS.get(bytes, offset);
    }

    /** The bytes that a length takes: seven bits each, the lowest first, the last with its top bit clear. */
    static int varintBytes(int value) {
        return value < 1 << 7 ? 1 : value < 1 << 14 ? 2 : value < 1 << 21 ? 3 : value < 1 << 28 ? 4 : 5;
    }

    static int putVarint(byte[] into, int offset, int value) {
        int at = offset;
        int rest = value;
        for (; rest >= 1 << 7; rest >>>= 7) {
            into[at++] = (byte) (rest | 0x80);
        }
        into[at++] = (byte) rest;
        return at;
    }

    static int intAt(byte[] bytes, int offset) {
        return (int) INTS.get(bytes, offset);
    }

    static void putShort(byte[] into, int offset, int value) {
        into[offset] = (byte) (value >>> 8);
        into[offset + 1] = (byte) value;
    }

    static void putInt(byte[] into, int offset, int value) {
        INTS.set(into, offset, value);
    }

    static void putLong(byte[] into, int offset, long value) {
        LONGS.set(into, offset, value);
    }

    static int commonPrefix(byte[] x, int xLength, byte[] y, int yLength) {
        int at = Arrays.mismatch(x, 0, xLength, y, 0, yLength);
        return at < 0 ? xLength : at;
    }

    static int roundUp(int value, int powerOfTwo) {
        return value + powerOfTwo - 1 & -powerOfTwo;
    }

    /** The least key above this one. */
    static byte[] after(byte[] key, int keyLength) {
        return Arrays.copyOf(Arrays.copyOf(key, keyLength), keyLength + 1);
    }
}
