package dev.henge.storage.type;

import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;

/** How many keys, and how many keys with a deadline, each vnode has in each database. */
final class KeyCounts {

  private final int dbs;
  private final long[] keys;
  private final long[] deadlines;

  KeyCounts(int vnodes, int dbs) {
    this.dbs = dbs;
    this.keys = new long[vnodes * dbs];
    this.deadlines = new long[vnodes * dbs];
  }

  void key(int vnode, int db, int more) {
    keys[vnode * dbs + db] += more;
  }

  void deadline(int vnode, int db, int more) {
    deadlines[vnode * dbs + db] += more;
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
}
