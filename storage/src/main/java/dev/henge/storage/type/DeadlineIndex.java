package dev.henge.storage.type;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.lsm.ByteStore;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.row.Sibling;
import java.util.Arrays;

/** The keys of each vnode that have a deadline, by deadline: local records, derived from the heads. */
final class DeadlineIndex {

  private static final int PREFIX_BYTES = Short.BYTES + Long.BYTES;

  /** So many records that no head stands behind are taken out in one look-up; the next goes on. */
  private static final int STALE_MAX = 64;

  private final ByteStore store;
  private final DamagedRanges damaged;

  DeadlineIndex(ByteStore store, DamagedRanges damaged) {
    this.store = store;
    this.damaged = damaged;
  }

  void put(int vnode, long deadlineMillis, KeyRef key) {
    store.put(record(vnode, deadlineMillis, key), Sibling.NOTHING);
  }

  void remove(int vnode, long deadlineMillis, KeyRef key) {
    store.delete(record(vnode, deadlineMillis, key));
  }

  private static byte[] record(int vnode, long deadlineMillis, KeyRef key) {
    Bytes out = new Bytes(PREFIX_BYTES + (key == null ? 0 : key.disk().length));
    out.u16(Keyspace.LOCAL_PREFIX + vnode).i64(deadlineMillis);
    return key == null ? out.copy() : out.raw(key.disk()).copy();
  }

  /**
   * The next key of the vnode whose deadline has passed by {@code nowMillis}, or null. A record that is not its head's (the head was
   * fetched again after damage) goes; one whose key cannot be read waits.
   */
  KeyRef due(int vnode, long nowMillis) {
    int stale = 0;
    try (ByteCursor cursor = store.scan(record(vnode, 0, null), record(vnode, nowMillis + 1, null), false)) {
      while (cursor.next()) {
        byte[] record = cursor.key();
        KeyRef key = KeyRef.ofDisk(Arrays.copyOfRange(record, PREFIX_BYTES, record.length));
        if (damaged.hides(key)) {
          continue;
        }
        byte[] stored = store.get(key.disk());
        long deadlineMillis = new ByteReader(record, Short.BYTES, Long.BYTES).i64();
        if (stored != null && new Head(key, nowMillis, stored).indexedDeadline == deadlineMillis) {
          return key;
        }
        store.delete(record.clone());
        if (++stale == STALE_MAX) {
          return null;
        }
      }
    }
    return null;
  }
}
