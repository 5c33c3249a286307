package dev.henge.storage.type;

import dev.henge.storage.row.ChunkRoot;
import dev.henge.storage.row.Row;
import dev.henge.storage.row.Sibling;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A string, which is a counter too: one row in the key's head, and {@link Chunks} if it is large. A view of an open
 * head, for one command.
 */
public final class StringValue {

  private static final BigInteger LONG_MAX = BigInteger.valueOf(Long.MAX_VALUE);
  private static final BigInteger LONG_MIN = BigInteger.valueOf(Long.MIN_VALUE);
  private static final byte[] ZERO = {'0'};

  /**
   * No longer text is read as a number, and none of so many decimals or zeros: adding to it would cost what its
   * exponent says.
   */
  private static final int NUMBER_BYTES_MAX = 5 * 1024;

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
    if (!exists()) {
      return null;
    }
    ChunkRoot root = Chunks.root(head);
    return root == null ? shown(head.string()) : new Chunks(keyspace, head).read(root, 0, root.length());
  }

  /**
   * Gives the value to {@code sink} without a copy where it can. Returns false if the key does not show as a string.
   */
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

  /** The number of bytes; 0 if the key does not show as a string. */
  public int length() {
    byte[] plain = head.plain();
    if (plain != null) {
      return plain.length - Head.plainPayloadAt(plain);
    }
    if (!exists()) {
      return 0;
    }
    ChunkRoot root = Chunks.root(head);
    return root == null ? shown(head.string()).length : root.length();
  }

  /** Gives bytes from {@code from} on, which the string has, to {@code sink}; of a large one it reads no others. */
  public void range(int from, int count, BytesSink sink) {
    byte[] plain = head.plain();
    if (plain != null) {
      sink.accept(plain, Head.plainPayloadAt(plain) + from, count);
      return;
    }
    ChunkRoot root = exists() ? Chunks.root(head) : null;
    if (root != null) {
      sink.accept(new Chunks(keyspace, head).read(root, from, count), 0, count);
    } else {
      sink.accept(get(), from, count);
    }
  }

  /** Takes a range of bytes; must not keep the array. */
  @FunctionalInterface
  public interface BytesSink {
    void accept(byte[] bytes, int offset, int length);
  }

  /** Puts a value over whatever the key held, of any type. {@code deadlineMillis} 0: it never expires. */
  public void set(byte[] value, long deadlineMillis) {
    keyspace.strings.set(head, value, deadlineMillis);
  }

  /** Puts a value over what the key holds, with the key's deadline, if it has one. */
  public void replace(byte[] value) {
    keyspace.strings.set(head, value, head.expired() ? 0 : head.deadlineMillis());
  }

  /**
   * Writes bytes into the value at {@code offset}, behind zeros if it ends before, with the key's deadline; of a large
   * string it writes the chunks concerned only.
   *
   * @return the length of the string
   */
  public int write(int offset, byte[] from, int at, int count) {
    ChunkRoot root = exists() ? Chunks.root(head) : null;
    if (root != null) {
      return new Chunks(keyspace, head).write(root, offset, from, at, count).length();
    }
    byte[] shown = get();
    byte[] old = shown == null ? Sibling.NOTHING : shown;
    int length = Math.max(old.length, offset + count);
    if (length <= keyspace.strings.plainBytesMax()) {
      byte[] changed = Arrays.copyOf(old, length);
      System.arraycopy(from, at, changed, offset, count);
      replace(changed);
      return length;
    }
    Chunks chunks = keyspace.strings.setLarge(head, length, head.expired() ? 0 : head.deadlineMillis());
    ChunkRoot made = Chunks.root(head);
    chunks.put(made, 0, old, 0, old.length);
    chunks.put(made, offset, from, at, count);
    return length;
  }

  /**
   * Moves the number to {@code target}, as an increment by the difference: those of others that have not been seen
   * here add to it. An
   * absent key starts from 0. Whole numbers beyond 64 bits cannot be counted: they are set. The caller has checked
   * that it is a number.
   */
  public void moveTo(BigDecimal target) {
    BigDecimal bare = target.signum() == 0 ? BigDecimal.ZERO : target.stripTrailingZeros();
    if (bare.scale() <= 0 && bare.toBigInteger().bitLength() >= Long.SIZE) {
      replace(bare.toPlainString().getBytes(StandardCharsets.ISO_8859_1));
      return;
    }
    keyspace.strings.increment(head, target.subtract(exact()), ZERO);
  }

  /** As {@link #moveTo(BigDecimal)} where the number is known to show as {@code from}. */
  public void move(long from, long by) {
    Row row = head.string();
    boolean counts = row != null && row.counts();
    // A sum beyond 64 bits shows as their bound: then the way from it is not the way from what shows.
    BigDecimal delta = counts ? BigDecimal.valueOf(from + by).subtract(exact()) : BigDecimal.valueOf(by);
    keyspace.strings.increment(head, delta, ZERO);
  }

  /** What the row adds up to; unlike what it shows, without bounds. */
  private BigDecimal exact() {
    return exists() ? number(head.string().payload()).add(head.string().increments()) : BigDecimal.ZERO;
  }

  /**
   * Moves the number by {@code delta}; an absent key starts from 0. The caller has checked that it is one, and the
   * bounds.
   */
  public void increment(BigDecimal delta) {
    keyspace.strings.increment(head, delta, ZERO);
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

  /** A base moved by {@code delta}. */
  static byte[] moved(byte[] base, BigDecimal delta) {
    return decimal(number(base).add(delta)).getBytes(StandardCharsets.ISO_8859_1);
  }

  /** A base that a concurrent SET made no number, or one that no counter reaches, counts as 0 beside the increments. */
  static BigDecimal number(byte[] base) {
    if (base.length > NUMBER_BYTES_MAX) {
      return BigDecimal.ZERO;
    }
    try {
      BigDecimal number = new BigDecimal(new String(base, StandardCharsets.ISO_8859_1));
      return Math.abs((long) number.scale()) > NUMBER_BYTES_MAX ? BigDecimal.ZERO : number;
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
