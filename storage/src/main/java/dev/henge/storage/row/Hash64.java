package dev.henge.storage.row;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * A 64-bit hash of bytes: fast, well mixed, the same on every machine; no defence against somebody who looks for
 * collisions.
 *
 * <p>It works as wyhash does (Wang Yi, 2019): 16 bytes a step, folded by one multiplication of 64 by 64 bits whose
 * two halves are combined. The product here is signed, and the constants are its own, so the numbers are no other
 * function's. They are kept on disk and compared between nodes: a change of this class is a change of {@code
 * docs/formats/merkle.md}.
 */
public final class Hash64 {

  private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  // fractions of the square roots of 2, 3, 5, 7, made odd
  private static final long K0 = 0x6A09E667F3BCC909L;
  private static final long K1 = 0xBB67AE8584CAA73BL;
  private static final long K2 = 0x3C6EF372FE94F82BL;
  private static final long K3 = 0xA54FF53A5F1D36F1L;

  private static final int STEP = 16;

  private Hash64() {}

  /** Two numbers as one, in an order that matters. */
  public static long mix(long a, long b) {
    return fold(a ^ K0, b ^ K1);
  }

  private static long fold(long a, long b) {
    return a * b ^ Math.multiplyHigh(a, b);
  }

  public static long of(long seed, byte[] bytes) {
    return of(seed, bytes, 0, bytes.length);
  }

  /** The hash of a range of bytes; other seeds give unrelated hashes. */
  public static long of(long seed, byte[] bytes, int offset, int length) {
    int at = offset;
    int end = offset + length;
    long h = seed;
    if (length > 2 * STEP) {
      long g = seed ^ K3; // a second lane, for the processor to work on meanwhile
      for (; end - at > 2 * STEP; at += 2 * STEP) {
        h = fold((long) LONGS.get(bytes, at) ^ K1, (long) LONGS.get(bytes, at + 8) ^ h);
        g = fold((long) LONGS.get(bytes, at + 16) ^ K2, (long) LONGS.get(bytes, at + 24) ^ g);
      }
      h ^= g;
    }
    if (end - at > STEP) {
      h = fold((long) LONGS.get(bytes, at) ^ K1, (long) LONGS.get(bytes, at + 8) ^ h);
      at += STEP;
    }
    int left = end - at;
    long a;
    long b;
    if (left >= Long.BYTES) {
      a = (long) LONGS.get(bytes, at);
      b = (long) LONGS.get(bytes, end - Long.BYTES);
    } else if (left >= Integer.BYTES) {
      a = (int) INTS.get(bytes, at);
      b = (int) INTS.get(bytes, end - Integer.BYTES);
    } else {
      a = left == 0 ? 0 : (bytes[at] & 0xFF) << 16 | (bytes[at + (left >> 1)] & 0xFF) << 8 | bytes[end - 1] & 0xFF;
      b = 0;
    }
    return fold(fold(a ^ K3, b ^ h) ^ length ^ K0, h ^ K2);
  }
}
