package dev.henge.storage.type;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.lsm.ByteStore;
import dev.henge.storage.lsm.MemoryByteStore;

/** A store in memory that counts what is asked of it: a step of a cursor counts as a look-up does. */
final class PlainCountingStore implements ByteStore {

  private final MemoryByteStore store = new MemoryByteStore();
  long operations;

  @Override
  public byte[] get(byte[] key, int keyLength) {
    operations++;
    return store.get(key, keyLength);
  }

  @Override
  public void put(byte[] key, int keyLength, byte[] value, int valueOffset, int valueLength) {
    operations++;
    store.put(key, keyLength, value, valueOffset, valueLength);
  }

  @Override
  public void delete(byte[] key, int keyLength) {
    operations++;
    store.delete(key, keyLength);
  }

  @Override
  public ByteCursor scan(byte[] from, byte[] to, boolean reverse) {
    operations++;
    ByteCursor cursor = store.scan(from, to, reverse);
    return new ByteCursor() {
      @Override
      public boolean next() {
        operations++;
        return cursor.next();
      }

      @Override
      public byte[] key() {
        return cursor.key();
      }

      @Override
      public byte[] value() {
        return cursor.value();
      }

      @Override
      public void close() {
        cursor.close();
      }
    };
  }
}
