package dev.henge.storage.type;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.lsm.ByteStore;
import dev.henge.storage.lsm.MemoryByteStore;
import java.util.Arrays;

/**
 * A store that counts what is asked of it, and that walks over deleted keys as an LSM does before a compaction: each
 * is a step too.
 */
final class CountingByteStore implements ByteStore {

  private static final byte[] DELETED = {0};
  private static final int LIVE = 1;

  private final MemoryByteStore marked = new MemoryByteStore();
  int gets;
  int puts;
  int deletes;
  int scans;
  int steps;

  void reset() {
    gets = 0;
    puts = 0;
    deletes = 0;
    scans = 0;
    steps = 0;
  }

  int all() {
    return gets + puts + deletes + scans + steps;
  }

  @Override
  public byte[] get(byte[] key, int keyLength) {
    gets++;
    return unmarked(marked.get(key, keyLength));
  }

  private static byte[] unmarked(byte[] value) {
    return value == null || value[0] != LIVE ? null : Arrays.copyOfRange(value, 1, value.length);
  }

  @Override
  public void put(byte[] key, int keyLength, byte[] value, int valueOffset, int valueLength) {
    puts++;
    byte[] with = new byte[1 + valueLength];
    with[0] = LIVE;
    System.arraycopy(value, valueOffset, with, 1, valueLength);
    marked.put(key, keyLength, with, 0, with.length);
  }

  @Override
  public void delete(byte[] key, int keyLength) {
    deletes++;
    marked.put(key, keyLength, DELETED, 0, 1);
  }

  @Override
  public ByteCursor scan(byte[] from, byte[] to, boolean reverse) {
    scans++;
    ByteCursor all = marked.scan(from, to, reverse);
    return new ByteCursor() {
      @Override
      public boolean next() {
        while (all.next()) {
          steps++;
          if (all.value()[0] == LIVE) {
            return true;
          }
        }
        return false;
      }

      @Override
      public byte[] key() {
        return all.key();
      }

      @Override
      public byte[] value() {
        return unmarked(all.value());
      }

      @Override
      public void close() {
        all.close();
      }
    };
  }

  @Override
  public String toString() {
    return "gets " + gets + ", puts " + puts + ", deletes " + deletes + ", scans " + scans + ", steps " + steps;
  }
}
