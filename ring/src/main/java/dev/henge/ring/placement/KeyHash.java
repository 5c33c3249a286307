package dev.henge.ring.placement;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The 32-bit hash of a key that stands after the slot in every disk key; frozen, as it is part of the disk format.
 *
 * <p>It is MurmurHash3_x86_32 (Austin Appleby, public domain) with seed 0, over the whole key, hash tag or not: four
 * bytes a step, little-endian, each step multiply, rotate, multiply; then the length and a finaliser in which every
 * bit of the input reaches every bit of the output. Keys that differ in a few digits only, such as
 * {@code key:000000123456}, spread evenly. It is no defence against keys made to collide: whoever reads a bucket of
 * equal hashes must not assume that it is small.
 */
public final class KeyHash {
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int C1 = 0xcc9e2d51;
    private static final int C2 = 0x1b873593;

    private KeyHash() {
    }

    /** The hash of a key, as an int whose bits are to be read unsigned. */
    public static int of(byte[] key, int off, int len) {
        int h = 0;
        int at = off;
        int end = off + len;
        for (; end - at >= Integer.BYTES; at += Integer.BYTES) {
            h = Integer.rotateLeft(h ^ scramble((int) INT.get(key, at)), 13) * 5 + 0xe6546b64;
        }
        int tail = 0;
        for (int shift = 0; at < end; at++, shift += 8) {
            tail |= (key[at] & 0xff) << shift;
        }
        h ^= scramble(tail) ^ len; // scramble(0) is 0: no tail changes nothing
        h = (h ^ h >>> 16) * 0x85ebca6b;
        h = (h ^ h >>> 13) * 0xc2b2ae35;
        return h ^ h >>> 16;
    }

    private static int scramble(int word) {
        return Integer.rotateLeft(word * C1, 15) * C2;
    }
}
