package dev.henge.storage.row;

import dev.henge.storage.version.VersionVector;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A growing byte buffer with the number formats that rows, heads and bundles are written in. Big-endian; varints are
 * LEB128.
 */
public final class Bytes {

  /** A bundle or row never grows past this: 2^31 less what the JVM keeps of an array. */
  public static final int MAX_BYTES = Integer.MAX_VALUE - 64;

  private static final int DECIMAL_BYTES_MAX = 20;

  static final VarHandle SHORTS = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
  static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private byte[] array;
  private int length;

  public Bytes(int capacity) {
    array = new byte[capacity];
  }

  public byte[] array() {
    return array;
  }

  public int length() {
    return length;
  }

  /** Forgets the contents; a buffer grown past {@code keepCapacity} is let go. */
  public void reset(int keepCapacity) {
    length = 0;
    if (array.length > keepCapacity) {
      array = new byte[keepCapacity];
    }
  }

  public void truncate(int to) {
    length = to;
  }

  public byte[] copy() {
    return Arrays.copyOf(array, length);
  }

  private void need(int more) {
    if (array.length - length < more) {
      long wanted = Math.max((long) length + more, 2L * array.length);
      array = Arrays.copyOf(array, (int) Math.min(Math.max(wanted, 64), MAX_BYTES));
    }
  }

  public Bytes u8(int v) {
    need(1);
    array[length++] = (byte) v;
    return this;
  }

  public Bytes u16(int v) {
    need(Short.BYTES);
    SHORTS.set(array, length, (short) v);
    length += Short.BYTES;
    return this;
  }

  public Bytes i32(int v) {
    need(Integer.BYTES);
    INTS.set(array, length, v);
    length += Integer.BYTES;
    return this;
  }

  /** Six bytes, in one store of eight: two narrower ones would make whoever reads them at once wait for both. */
  public Bytes i48(long v) {
    need(Long.BYTES);
    LONGS.set(array, length, v << 16);
    length += 6;
    return this;
  }

  public Bytes i64(long v) {
    need(Long.BYTES);
    LONGS.set(array, length, v);
    length += Long.BYTES;
    return this;
  }

  /** How many bytes a number's varint has. */
  public static int varintBytes(long v) {
    return v == 0 ? 1 : (Long.SIZE - Long.numberOfLeadingZeros(v) + 6) / 7;
  }

  public Bytes varint(long v) {
    need(10);
    while ((v & ~0x7FL) != 0) {
      array[length++] = (byte) (v | 0x80);
      v >>>= 7;
    }
    array[length++] = (byte) v;
    return this;
  }

  public Bytes raw(byte[] b, int off, int len) {
    need(len);
    System.arraycopy(b, off, array, length, len);
    length += len;
    return this;
  }

  public Bytes raw(byte[] b) {
    return raw(b, 0, b.length);
  }

  /** A number in decimal digits, as {@link Long#toString(long)} writes it. */
  public Bytes decimal(long v) {
    need(DECIMAL_BYTES_MAX);
    int digits = 1;
    for (long rest = v / 10; rest != 0; rest /= 10) {
      digits++;
    }
    if (v < 0) {
      array[length++] = '-';
    }
    long rest = v;
    for (int at = length + digits - 1; at >= length; at--) {
      array[at] = (byte) ('0' + Math.abs(rest % 10));
      rest /= 10;
    }
    length += digits;
    return this;
  }

  /** Length and bytes. */
  public Bytes block(byte[] b, int off, int len) {
    return varint(len).raw(b, off, len);
  }

  public Bytes block(byte[] b) {
    return block(b, 0, b.length);
  }

  public Bytes vector(VersionVector v) {
    varint(v.size());
    for (int i = 0; i < v.size(); i++) {
      i48(v.actor(i)).varint(v.seq(i));
    }
    return this;
  }
}
