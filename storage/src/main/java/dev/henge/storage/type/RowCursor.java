package dev.henge.storage.type;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.lsm.KeyHash;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Row;
import dev.henge.storage.row.RowCodec;
import java.util.Arrays;

/** Walks one kind of a key's records in the order of their sub-keys. */
final class RowCursor implements AutoCloseable {

  private final ByteCursor cursor;
  private final int subAt;

  RowCursor(ByteCursor cursor, int subAt) {
    this.cursor = cursor;
    this.subAt = subAt;
  }

  boolean next() {
    return cursor.next();
  }

  /** The disk key; not to be changed. */
  byte[] key() {
    return cursor.key();
  }

  /** The sub-key without the head's prefix. */
  byte[] sub() {
    byte[] key = cursor.key();
    return Arrays.copyOfRange(key, subAt, key.length);
  }

  /** The sub-key without its first {@code skip} bytes. */
  byte[] sub(int skip) {
    byte[] key = cursor.key();
    return Arrays.copyOfRange(key, subAt + skip, key.length);
  }

  /** The first four bytes of the sub-key: where members are kept, their {@link MemberHash}. */
  int hash() {
    byte[] key = cursor.key();
    return (key[subAt] & 0xFF) << 24 | (key[subAt + 1] & 0xFF) << 16 | (key[subAt + 2] & 0xFF) << 8 | key[subAt + 3] & 0xFF;
  }

  /** The {@link KeyHash} of the disk key. */
  long keyHash() {
    byte[] key = cursor.key();
    return KeyHash.of(key, 0, key.length);
  }

  byte[] value() {
    return cursor.value();
  }

  Row row() {
    return RowCodec.decode(new ByteReader(cursor.value()));
  }

  /** The winner's payload, without decoding the row where it is a plain one. */
  byte[] payload() {
    byte[] value = cursor.value();
    int at = RowCodec.plainPayloadAt(value, 0);
    return at >= 0 ? Arrays.copyOfRange(value, at, value.length) : row().payload();
  }

  /** Shows the winner's payload where it stands. */
  void payload(StringValue.BytesSink sink) {
    byte[] array = cursor.valueArray();
    int offset = cursor.valueOffset();
    int at = RowCodec.plainPayloadAt(array, offset);
    if (at >= 0) {
      sink.accept(array, at, offset + cursor.valueLength() - at);
    } else {
      byte[] payload = row().payload();
      sink.accept(payload, 0, payload.length);
    }
  }

  @Override
  public void close() {
    cursor.close();
  }
}
