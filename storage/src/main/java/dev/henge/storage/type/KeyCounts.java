package dev.henge.storage.type;

import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;

/** How many keys, and keys with a deadline, each vnode has in each database; and what its rows take in the store. */
final class KeyCounts {

  private final int dbs;
  private final long[] keys;
  private final long[] deadlines;
  private final long[] vnodeBytes;
  private long bytes;

  KeyCounts(int vnodes, int dbs) {
    this.dbs = dbs;
    this.keys = new long[vnodes * dbs];
    this.deadlines = new long[vnodes * dbs];
    this.vnodeBytes = new long[vnodes];
  }

  void key(int vnode, int db, int more) {
    keys[vnode * dbs + db] += more;
  }

  void deadline(int vnode, int db, int more) {
    deadlines[vnode * dbs + db] += more;
  }

  void grow(int vnode, long by) {
    long before = vnodeBytes[vnode];
    vnodeBytes[vnode] = Math.max(0, before + by);
    bytes += vnodeBytes[vnode] - before;
  }

  /** What the rows of all vnodes take. */
  long bytes() {
    return bytes;
  }

  long keys(int vnode, int db) {
    return keys[vnode * dbs + db];
  }

  long deadlines(int vnode, int db) {
    return deadlines[vnode * dbs + db];
  }

  boolean anyDeadline(int vnode) {
    for (int i = vnode * dbs; i < (vnode + 1) * dbs; i++) {
      if (deadlines[i] != 0) {
        return true;
      }
    }
    return false;
  }

  void save(int vnode, Bytes out) {
    for (int i = vnode * dbs; i < (vnode + 1) * dbs; i++) {
      out.varint(keys[i]).varint(deadlines[i]);
    }
  }

  void load(int vnode, ByteReader in) {
    for (int i = vnode * dbs; i < (vnode + 1) * dbs; i++) {
      keys[i] = in.varint();
      deadlines[i] = in.varint();
    }
  }

  void saveBytes(int vnode, Bytes out) {
    out.varint(vnodeBytes[vnode]);
  }

  /** What the vnode's rows took when it was saved; a record of an older release does not say. */
  void loadBytes(int vnode, ByteReader in) {
    grow(vnode, (in.remaining() > 0 ? in.varint() : 0) - vnodeBytes[vnode]);
  }
}
