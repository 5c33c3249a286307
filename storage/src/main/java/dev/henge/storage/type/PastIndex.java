package dev.henge.storage.type;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.lsm.ByteStore;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.row.Sibling;
import java.util.Arrays;
import java.util.BitSet;

/**
 * The keys of which something is kept for other replicas' sake only, by vnode: local rows {@code 0x8000+vnode u16 |
 * 0xFF | a head's disk key → empty}, behind the vnode's deadlines. So what can be let go is found without a walk over
 * what cannot.
 */
final class PastIndex {

  /** A row's key has so many bytes before the head's disk key. */
  static final int KEY_BYTES = 3;

  private static final int BEHIND_DEADLINES = 0xFF;

  private final ByteStore store;

  /** Vnodes that certainly have none. */
  private final BitSet empty = new BitSet();

  /** Vnodes whose keys with a past changed since their last walk began. */
  private final BitSet stored = new BitSet();

  PastIndex(ByteStore store, int vnodes) {
    this.store = store;
    stored.set(0, vnodes); // what earlier runs left is not known
  }

  private static byte[] prefix(int vnode) {
    return new Bytes(KEY_BYTES).u16(Keyspace.LOCAL_PREFIX + vnode).u8(BEHIND_DEADLINES).copy();
  }

  private static byte[] rowKey(int vnode, KeyRef key) {
    return DiskKeys.concat(prefix(vnode), key.disk());
  }

  /** A head was stored; {@code indexed}: whether it is in the index. Returns whether it is now. */
  boolean stored(int vnode, KeyRef key, boolean indexed, boolean hasPast) {
    if (hasPast) {
      stored.set(vnode);
      empty.clear(vnode);
    }
    if (hasPast && !indexed) {
      add(vnode, key);
    } else if (indexed && !hasPast) {
      remove(vnode, key);
    }
    return hasPast;
  }

  void add(int vnode, KeyRef key) {
    store.put(rowKey(vnode, key), Sibling.NOTHING);
    stored.set(vnode);
    empty.clear(vnode);
  }

  void remove(int vnode, KeyRef key) {
    store.delete(rowKey(vnode, key));
    stored.set(vnode); // it may have been the last
  }

  /** Whether a key with a past was stored, or has lost its past, since the last walk began. */
  boolean changed(int vnode) {
    return stored.get(vnode);
  }

  void walked(int vnode) {
    stored.clear(vnode);
  }

  boolean isEmpty(int vnode) {
    return empty.get(vnode);
  }

  void emptied(int vnode) {
    empty.set(vnode);
  }

  /** The keys from a place on, which is a key of this index, or null for the first. */
  ByteCursor scan(int vnode, byte[] place) {
    byte[] prefix = prefix(vnode);
    return store.scan(place == null ? prefix : place, DiskKeys.after(prefix), false);
  }

  static KeyRef keyOf(byte[] row) {
    return KeyRef.ofDisk(Arrays.copyOfRange(row, KEY_BYTES, row.length));
  }
}
