package dev.henge.storage.type;

import dev.henge.storage.row.FormatException;
import dev.henge.storage.row.Row;
import java.math.BigDecimal;

/**
 * The score of a sorted set's member: its bytes in rows, its place in the score order, and the sum that a row with
 * increments shows.
 *
 * <pre>
 * payload   : IEEE 754 binary64 bits, u64; never NaN, never -0.0
 * ordered   : u64 that sorts as the score does: bits with the sign turned, or all bits turned where it is set
 * order key : ordered u64 | member
 * </pre>
 *
 * <p>-0.0 is stored as 0.0, as Redis does in a small sorted set; a large one there would keep the sign.
 */
final class Score {

  /** What an order key spends on the score. */
  static final int BYTES = 8;

  static final byte[] ZERO = payload(0.0);

  /** Up to here every whole double is a long of the same value, and small in decimal. */
  private static final double WHOLE_MAX = 9007199254740992.0;

  private Score() {}

  static byte[] payload(double score) {
    return u64(Double.doubleToRawLongBits(unsignedZero(score)));
  }

  static double ofPayload(byte[] payload, int at) {
    if (payload.length - at != BYTES) {
      throw new FormatException("score of " + (payload.length - at) + " bytes");
    }
    return Double.longBitsToDouble(readU64(payload, at));
  }

  /** A score of which only increments are left, concurrent with a delete, has no base. */
  private static double base(Row row) {
    return row.payload().length == 0 ? 0 : ofPayload(row.payload(), 0);
  }

  /**
   * What a reader sees of a live row: base and increments added exactly and rounded once; an infinite base stays
   * infinite.
   */
  static double shown(Row row) {
    double base = base(row);
    if (!row.counts() || Double.isInfinite(base)) {
      return base;
    }
    return exact(base).add(row.increments()).doubleValue();
  }

  /** A base moved by {@code delta}; the base must be finite. */
  static byte[] moved(byte[] base, BigDecimal delta) {
    return payload(exact(ofPayload(base, 0)).add(delta).doubleValue());
  }

  /** The sum that {@link #shown} rounds; the base must be finite. */
  static BigDecimal exact(Row row) {
    BigDecimal base = exact(base(row));
    return row.counts() ? base.add(row.increments()) : base;
  }

  /** The number that a finite double is. */
  static BigDecimal exact(double score) {
    long whole = (long) score;
    return whole == score && Math.abs(score) <= WHOLE_MAX ? BigDecimal.valueOf(whole) : new BigDecimal(score);
  }

  private static double unsignedZero(double score) {
    return score == 0 ? 0.0 : score;
  }

  static long ordered(double score) {
    long bits = Double.doubleToRawLongBits(unsignedZero(score));
    return bits < 0 ? ~bits : bits ^ Long.MIN_VALUE;
  }

  static double ofOrdered(long ordered) {
    return Double.longBitsToDouble(ordered < 0 ? ordered ^ Long.MIN_VALUE : ~ordered);
  }

  /** The order key of a member; with {@code length} 0 the first key that a score can have. */
  static byte[] key(double score, byte[] member, int offset, int length) {
    byte[] key = new byte[BYTES + length];
    write(ordered(score), key);
    System.arraycopy(member, offset, key, BYTES, length);
    return key;
  }

  /** The first order key of this score. */
  static byte[] first(double score) {
    return u64(ordered(score));
  }

  /** The first order key of any score above. */
  static byte[] firstAbove(double score) {
    return u64(ordered(score) + 1);
  }

  static double ofKey(byte[] key) {
    return ofOrdered(readU64(key, 0));
  }

  private static byte[] u64(long value) {
    byte[] bytes = new byte[BYTES];
    write(value, bytes);
    return bytes;
  }

  private static void write(long value, byte[] to) {
    for (int i = 0; i < BYTES; i++) {
      to[i] = (byte) (value >>> 8 * (BYTES - 1 - i));
    }
  }

  private static long readU64(byte[] from, int at) {
    long value = 0;
    for (int i = at; i < at + BYTES; i++) {
      value = value << 8 | from[i] & 0xFF;
    }
    return value;
  }
}
