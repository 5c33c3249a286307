package dev.henge.storage.type;

import dev.henge.storage.row.Row;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A string, which is a counter too: one row in the key's head. A view of an open head, for one command. */
public final class StringValue {

  private static final BigInteger LONG_MAX = BigInteger.valueOf(Long.MAX_VALUE);
  private static final BigInteger LONG_MIN = BigInteger.valueOf(Long.MIN_VALUE);
  private static final byte[] ZERO = {'0'};

  private final Keyspace keyspace;
  private final Head head;

  public StringValue(Keyspace keyspace, Head head) {
    this.keyspace = keyspace;
    this.head = head;
  }

  /** Whether the key shows as a string. */
  public boolean exists() {
    return head.type() == ValueType.STRING;
  }

  /** The value, or null if the key does not show as a string. Not to be changed. */
  public byte[] get() {
    byte[] plain = head.plain();
    if (plain != null) {
      return Arrays.copyOfRange(plain, Head.plainPayloadAt(plain), plain.length);
    }
    return exists() ? shown(head.string()) : null;
  }

  /** Gives the value to {@code sink} without a copy where it can. Returns false if the key does not show as a string. */
  public boolean read(BytesSink sink) {
    byte[] plain = head.plain();
    if (plain != null) {
      int at = Head.plainPayloadAt(plain);
      sink.accept(plain, at, plain.length - at);
      return true;
    }
    byte[] value = get();
    if (value != null) {
      sink.accept(value, 0, value.length);
    }
    return value != null;
  }

  /** Takes a range of bytes; must not keep the array. */
  @FunctionalInterface
  public interface BytesSink {
    void accept(byte[] bytes, int offset, int length);
  }

  /** Puts a value over whatever the key held, of any type. {@code deadlineMillis} 0: it never expires. */
  public void set(byte[] value, long deadlineMillis) {
    keyspace.setString(head, value, deadlineMillis);
  }

  /** Moves the number by {@code delta}; an absent key starts from 0. The caller has checked that it is one, and the bounds. */
  public void increment(BigDecimal delta) {
    keyspace.incrementString(head, delta, ZERO);
  }

  /** What a row of numbers or bytes shows: the base, or base and increments added up; integers stay within 64 bits. */
  static byte[] shown(Row row) {
    byte[] base = row.payload();
    if (!row.counts()) {
      return base;
    }
    BigDecimal sum = number(base).add(row.increments());
    return decimal(sum).getBytes(StandardCharsets.ISO_8859_1);
  }

  /** A base that a concurrent SET made no number counts as 0 beside the increments. */
  static BigDecimal number(byte[] base) {
    try {
      return new BigDecimal(new String(base, StandardCharsets.ISO_8859_1));
    } catch (NumberFormatException e) {
      return BigDecimal.ZERO;
    }
  }

  private static String decimal(BigDecimal sum) {
    BigDecimal bare = sum.signum() == 0 ? BigDecimal.ZERO : sum.stripTrailingZeros();
    if (bare.scale() <= 0) {
      return bare.toBigInteger().min(LONG_MAX).max(LONG_MIN).toString();
    }
    return bare.toPlainString();
  }
}
