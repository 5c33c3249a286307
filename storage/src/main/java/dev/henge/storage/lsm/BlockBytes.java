package dev.henge.storage.lsm;

import java.nio.ByteBuffer;

/** Comparisons of keys with mapped bytes, eight at a time. Big-endian, so that words order as their bytes do. */
final class BlockBytes {

    private BlockBytes() {
    }

    /** Whether the mapped bytes are those of the key from {@code from} to {@code to}. */
    static boolean equal(ByteBuffer map, int offset, byte[] key, int from, int to) {
        int at = offset;
        int i = from;
        for (; i <= to - 8; i += 8, at += 8) {
            if (map.getLong(at) != BlockFormat.longAt(key, i)) {
                return false;
            }
        }
        for (; i < to; i++, at++) {
            if (map.get(at) != key[i]) {
                return false;
            }
        }
        return true;
    }

    /** Orders the mapped bytes against those of the key from {@code from} to {@code to}. */
    static int compare(ByteBuffer map, int offset, int length, byte[] key, int from, int to) {
        int common = Math.min(length, to - from);
        int i = 0;
        for (; i <= common - 8; i += 8) {
            long x = map.getLong(offset + i);
            long y = BlockFormat.longAt(key, from + i);
            if (x != y) {
                return Long.compareUnsigned(x, y);
            }
        }
        for (; i < common; i++) {
            int x = map.get(offset + i) & 0xFF;
            int y = key[from + i] & 0xFF;
            if (x != y) {
                return x - y;
            }
        }
        return length - (to - from);
    }
}
