package dev.henge.storage.type;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.lsm.ByteStore;
import dev.henge.storage.lsm.FoundBytes;
import dev.henge.storage.lsm.KeyHash;
import dev.henge.storage.row.Bytes;
import java.util.Arrays;

/**
 * A store to which puts can be left for later: they are done together before anything is read or changed by another
 * way, so nobody who comes through here sees the difference.
 *
 * <p>Elements pushed to a list have keys that nobody has looked for before. Each put would wait for memory, for the
 * place in the hash table where the key belongs; together their waits overlap ({@link ByteStore#warm}).
 */
final class LatePuts implements ByteStore {

  /** So many are left at most. */
  static final int PUTS_MAX = 32;

  /** A longer key, or a longer value, is put at once. */
  static final int BYTES_MAX = 1024;

  static {
    assert PUTS_MAX <= WARM_MAX;
  }

  private final ByteStore store;
  private final byte[][] keys = new byte[PUTS_MAX][];
  private final long[] hashes = new long[PUTS_MAX];
  private final int[] ends = new int[PUTS_MAX];
  private final Bytes values = new Bytes(PUTS_MAX * 256);
  private int count;

  /** What warming returned: there lest the compiler leave it out. */
  private long warmed;

  LatePuts(ByteStore store) {
    this.store = store;
  }

  /** Binds the key, which is not copied, to the value, which is: later, but as if it were now. */
  void later(byte[] key, byte[] value, int offset, int length) {
    if (key.length > BYTES_MAX || length > BYTES_MAX) {
      put(key, key.length, value, offset, length);
      return;
    }
    if (count == PUTS_MAX) {
      flush();
    }
    values.raw(value, offset, length);
    keys[count] = key;
    hashes[count] = KeyHash.of(key, 0, key.length);
    ends[count++] = values.length();
  }

  /** Does what was left for later. */
  void flush() {
    int left = count;
    if (left == 0) {
      return;
    }
    count = 0;
    if (left > 1) {
      warmed += store.warm(hashes, left);
    }
    int from = 0;
    for (int i = 0; i < left; i++) {
      store.put(keys[i], keys[i].length, values.array(), from, ends[i] - from);
      from = ends[i];
    }
    Arrays.fill(keys, 0, left, null);
    values.truncate(0);
  }

  @Override
  public byte[] get(byte[] key, int keyLength) {
    flush();
    return store.get(key, keyLength);
  }

  @Override
  public void find(byte[] key, int keyLength, FoundBytes found) {
    flush();
    store.find(key, keyLength, found);
  }

  @Override
  public void put(byte[] key, int keyLength, byte[] value, int valueOffset, int valueLength) {
    flush();
    store.put(key, keyLength, value, valueOffset, valueLength);
  }

  @Override
  public void put(byte[] key, int keyLength, FoundBytes found, byte[] value, int valueOffset, int valueLength) {
    flush();
    store.put(key, keyLength, found, value, valueOffset, valueLength);
  }

  @Override
  public void merge(byte[] key, int keyLength, byte[] operand) {
    flush();
    store.merge(key, keyLength, operand);
  }

  @Override
  public void delete(byte[] key, int keyLength) {
    flush();
    store.delete(key, keyLength);
  }

  @Override
  public int warm(long[] keyHashes, int hashCount) {
    return store.warm(keyHashes, hashCount);
  }

  @Override
  public ByteCursor scan(byte[] from, byte[] to, boolean reverse) {
    flush();
    return store.scan(from, to, reverse);
  }
}
