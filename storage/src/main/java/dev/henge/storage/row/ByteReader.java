package dev.henge.storage.row;

import dev.henge.storage.version.VersionVector;
import java.util.Arrays;

/** Reads what {@link Bytes} wrote; whatever does not fit the bytes at hand is a {@link FormatException}. */
public final class ByteReader {

  private byte[] array;
  private int at;
  private int end;

  public ByteReader(byte[] array) {
    this(array, 0, array.length);
  }

  public ByteReader(byte[] array, int offset, int length) {
    this.array = array;
    this.at = offset;
    this.end = offset + length;
  }

  /** Reads from here on. */
  void reset(byte[] from, int offset, int length) {
    array = from;
    at = offset;
    end = offset + length;
  }

  public int position() {
    return at;
  }

  public int remaining() {
    return end - at;
  }

  public byte[] array() {
    return array;
  }

  private void need(int n) {
    if (n < 0 || end - at < n) {
      throw new FormatException("needs " + n + " bytes at " + at + ", has " + (end - at));
    }
  }

  public int u8() {
    need(1);
    return array[at++] & 0xFF;
  }

  public int u16() {
    need(Short.BYTES);
    at += Short.BYTES;
    return (short) Bytes.SHORTS.get(array, at - Short.BYTES) & 0xFFFF;
  }

  public int i32() {
    need(Integer.BYTES);
    at += Integer.BYTES;
    return (int) Bytes.INTS.get(array, at - Integer.BYTES);
  }

  public long i48() {
    if (end - at >= Long.BYTES) {
      at += 6;
      return (long) Bytes.LONGS.get(array, at - 6) >>> 16;
    }
    return (long) u16() << 32 | i32() & 0xFFFF_FFFFL;
  }

  public long i64() {
    need(Long.BYTES);
    at += Long.BYTES;
    return (long) Bytes.LONGS.get(array, at - Long.BYTES);
  }

  public long varint() {
    long v = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      int b = u8();
      v |= (long) (b & 0x7F) << shift;
      if (b < 0x80) {
        return v;
      }
    }
    throw new FormatException("varint too long at " + at);
  }

  /** A length or count that the remaining bytes must bear. */
  public int length() {
    long n = varint();
    if (n < 0 || n > end - at) {
      throw new FormatException("length " + n + " at " + at + ", has " + (end - at));
    }
    return (int) n;
  }

  public byte[] raw(int n) {
    need(n);
    at += n;
    return Arrays.copyOfRange(array, at - n, at);
  }

  public void skip(int n) {
    need(n);
    at += n;
  }

  public byte[] block() {
    return raw(length());
  }

  public byte[] rest() {
    return raw(end - at);
  }

  public VersionVector vector() {
    VersionVector v = VersionVector.EMPTY;
    for (int n = length(); n > 0; n--) {
      long actor = i48();
      v = v.with(actor, varint());
    }
    return v;
  }
}
