package dev.henge.ring.placement;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The Redis hash slot of a key: CRC16-XMODEM of the key, or of its {hash tag}, modulo 16384.
 *
 * <p>The hash tag is what stands between the first '{' and the first '}' after it, if anything stands there;
 * otherwise the whole key counts. Cluster-aware clients compute the same, so the rule can never change.
 *
 * <p>The CRC takes eight bytes a step (Kounavis and Berry, "A systematic approach to building high performance
 * software-based CRC generators", 2005): table k holds what a byte does to the remainder after k more zero bytes, so
 * the eight look-ups of a step do not wait for each other as they do byte by byte.
 */
public final class HashSlot {
    /** How many slots there are. */
    public static final int COUNT = 16384;

    private static final int POLYNOMIAL = 0x1021;
    private static final int STRIDE = 8;
    private static final char[] TABLES = tables();
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long EVERY_BYTE = 0x0101010101010101L;
    private static final long TOP_BITS = 0x8080808080808080L;

    private HashSlot() {
    }

    /** The slot of a key, by its hash tag where it has one. */
    public static int of(byte[] key, int off, int len) {
        int end = off + len;
        int open = indexOf(key, off, end, '{');
        if (open >= 0) {
            int close = indexOf(key, open + 1, end, '}');
            if (close > open + 1) {
                return ofWhole(key, open + 1, close - open - 1);
            }
        }
        return ofWhole(key, off, len);
    }

    /** The slot of a key, by its hash tag where it has one. */
    public static int of(byte[] key) {
        return of(key, 0, key.length);
    }

    /** The slot of the bytes as they stand, braces or not. */
    public static int ofWhole(byte[] bytes, int off, int len) {
        return crc16(bytes, off, len) & (COUNT - 1);
    }

    /** CRC16-XMODEM: polynomial 0x1021, initial value 0, most significant bit first. */
    static int crc16(byte[] bytes, int off, int len) {
        char[] t = TABLES;
        int crc = 0;
        int at = off;
        int end = off + len;
        for (; end - at >= STRIDE; at += STRIDE) {
            crc = t[7 * 256 + ((bytes[at] ^ crc >>> 8) & 0xff)]
                ^ t[6 * 256 + ((bytes[at + 1] ^ crc) & 0xff)]
                ^ t[5 * 256 + (bytes[at + 2] & 0xff)]
                ^ t[4 * 256 + (bytes[at + 3] & 0xff)]
                ^ t[3 * 256 + (bytes[at + 4] & 0xff)]
                ^ t[2 * 256 + (bytes[at + 5] & 0xff)]
                ^ t[256 + (bytes[at + 6] & 0xff)]
                ^ t[bytes[at + 7] & 0xff];
        }
        for (; at < end; at++) {
            crc = (crc << 8 & 0xffff) ^ t[(bytes[at] ^ crc >>> 8) & 0xff];
        }
        return crc;
    }

    /** Index of the first such byte in [from, end), or -1; eight bytes a step, since most keys have no brace. */
    private static int indexOf(byte[] bytes, int from, int end, char wanted) {
        int at = from;
        long pattern = wanted * EVERY_BYTE;
        for (; end - at >= Long.BYTES; at += Long.BYTES) {
            long x = (long) LONG.get(bytes, at) ^ pattern;
            long zeroBytes = (x - EVERY_BYTE) & ~x & TOP_BITS;
            if (zeroBytes != 0) {
                return at + (Long.numberOfTrailingZeros(zeroBytes) >>> 3); // the lowest mark is always a true one
            }
        }
        for (; at < end; at++) {
            if (bytes[at] == wanted) {
                return at;
            }
        }
        return -1;
    }

    private static char[] tables() {
        char[] t = new char[STRIDE * 256];
        for (int i = 0; i < 256; i++) {
            int crc = i << 8;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 0x8000) != 0 ? crc << 1 ^ POLYNOMIAL : crc << 1;
            }
            t[i] = (char) crc;
        }
        for (int i = 256; i < t.length; i++) {
            char before = t[i - 256];
            t[i] = (char) (before << 8 ^ t[before >>> 8]);
        }
        return t;
    }
}
