package dev.henge.storage.type;

import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;

/**
 * What is counted of each vnode in step with its rows: keys, keys with a deadline, bytes. Saved in the vnode's
 * record.
 */
final class VnodeCounts {

  private final int dbs;
  private final long[] keys;
  private final long[] deadlines;
  private final long[] bytes;
  private final long[] deadKeyBytes;
  private long bytesTotal;
  private long deadKeyBytesTotal;

  VnodeCounts(int vnodes, int dbs) {
    this.dbs = dbs;
    this.keys = new long[vnodes * dbs];
    this.deadlines = new long[vnodes * dbs];
    this.bytes = new long[vnodes];
    this.deadKeyBytes = new long[vnodes];
  }

  void addKeys(int vnode, int db, int by) {
    keys[vnode * dbs + db] += by;
  }

  void addDeadlines(int vnode, int db, int by) {
    deadlines[vnode * dbs + db] += by;
  }

  void addBytes(int vnode, long by) {
    long before = bytes[vnode];
    bytes[vnode] = Math.max(0, before + by);
    bytesTotal += bytes[vnode] - before;
  }

  /** Of one vnode. */
  long bytes(int vnode) {
    return bytes[vnode];
  }

  void addDeadKeyBytes(int vnode, long by) {
    long before = deadKeyBytes[vnode];
    deadKeyBytes[vnode] = Math.max(0, before + by);
    deadKeyBytesTotal += deadKeyBytes[vnode] - before;
  }

  long keys(int vnode, int db) {
    return keys[vnode * dbs + db];
  }

  /** Of all databases. */
  long keys(int vnode) {
    return sum(keys, vnode);
  }

  long deadlines(int vnode, int db) {
    return deadlines[vnode * dbs + db];
  }

  /** Of all databases. */
  long deadlines(int vnode) {
    return sum(deadlines, vnode);
  }

  private long sum(long[] counts, int vnode) {
    long sum = 0;
    for (int i = vnode * dbs; i < (vnode + 1) * dbs; i++) {
      sum += counts[i];
    }
    return sum;
  }

  /** Of all vnodes. */
  long bytes() {
    return bytesTotal;
  }

  /** Of all vnodes: the part of {@link #bytes} that is of keys which are no more. */
  long deadKeyBytes() {
    return deadKeyBytesTotal;
  }

  /** Takes over what was counted anew. */
  void set(int vnode, long[] keysByDb, long[] deadlinesByDb, long rowBytes, long deadBytes) {
    System.arraycopy(keysByDb, 0, keys, vnode * dbs, dbs);
    System.arraycopy(deadlinesByDb, 0, deadlines, vnode * dbs, dbs);
    addBytes(vnode, rowBytes - bytes[vnode]);
    addDeadKeyBytes(vnode, deadBytes - deadKeyBytes[vnode]);
  }

  /** Reads what {@link #saveKeys} wrote. */
  void loadKeys(int vnode, ByteReader in) {
    for (int i = vnode * dbs; i < (vnode + 1) * dbs; i++) {
      keys[i] = in.varint();
      deadlines[i] = in.varint();
    }
  }

  void saveKeys(int vnode, Bytes out) {
    for (int i = vnode * dbs; i < (vnode + 1) * dbs; i++) {
      out.varint(keys[i]).varint(deadlines[i]);
    }
  }

  /** Reads what {@link #saveBytes} wrote; a record from before they were counted ends here. */
  void loadBytes(int vnode, ByteReader in) {
    boolean counted = in.remaining() > 0;
    addBytes(vnode, (counted ? in.varint() : 0) - bytes[vnode]);
    addDeadKeyBytes(vnode, (counted ? in.varint() : 0) - deadKeyBytes[vnode]);
  }

  void saveBytes(int vnode, Bytes out) {
    out.varint(bytes[vnode]).varint(deadKeyBytes[vnode]);
  }
}
