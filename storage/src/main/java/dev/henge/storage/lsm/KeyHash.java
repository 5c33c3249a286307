package dev.henge.storage.lsm;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * A 64-bit hash of byte strings that mixes every input bit into every output bit.
 *
 * <p>Keys such as {@code key:000000123456} differ in few bits; a weak hash over them costs microseconds an operation.
 * Eight bytes a step are multiplied and folded, and the end goes through the finaliser of SplitMix64 (Steele, Lea,
 * Flood, "Fast splittable pseudorandom number generators", 2014). Bloom filters on the disk depend on it: never
 * change it without a new table version.
 */
public final class KeyHash {

    private static final VarHandle LONGS =
        MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long K1 = 0x9E3779B97F4A7C15L;
    private static final long K2 = 0xD6E8FEB86659FD93L;

    private KeyHash() {
    }

    public static long of(byte[] bytes, int offset, int length) {
        long h = length * K1;
        int i = offset;
        int end = offset + length;
        for (; i <= end - 8; i += 8) {
            h = fold(h ^ (long) LONGS.get(bytes, i));
        }
        long rest = 0;
        for (int shift = 0; i < end; i++, shift += 8) {
            rest |= (bytes[i] & 0xFFL) << shift;
        }
        return finish(fold(h ^ rest));
    }

    private static long fold(long x) {
        long product = x * K2;
        return (product ^ (product >>> 32)) * K1;
    }

    private static long finish(long x) {
        long h = (x ^ (x >>> 30)) * 0xBF58476D1CE4E5B9L;
        h = (h ^ (h >>> 27)) * 0x94D049BB133111EBL;
        return h ^ (h >>> 31);
    }
}
