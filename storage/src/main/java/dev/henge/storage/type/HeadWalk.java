package dev.henge.storage.type;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.lsm.ByteStore;
import dev.henge.storage.row.ByteReader;

/** A walk over the existing keys of one database, in the order of (slot, hash). */
final class HeadWalk {

  /** A walk steps over so many sub-rows of a key; from there it jumps behind the key. */
  private static final int STEP_ROWS_MAX = 16;

  private final ByteStore store;
  private final int db;
  private final long nowMillis;
  private final Keyspace.HeadVisitor visitor;
  private long lastBucket = -1;
  private boolean more = true;
  private long stoppedAt = -1;

  HeadWalk(ByteStore store, int db, long nowMillis, Keyspace.HeadVisitor visitor) {
    this.store = store;
    this.db = db;
    this.nowMillis = nowMillis;
    this.visitor = visitor;
  }

  /** Walks between two disk keys; returns where to go on, {@code slot << 32 | hash}, or -1 at the end. */
  long walk(byte[] from, byte[] to) {
    byte[] start = from;
    while (start != null && stoppedAt < 0) {
      start = walkUpToLargeKey(start, to);
    }
    return stoppedAt;
  }

  /** Returns the place behind a key with many rows, where the walk goes on; null if it has ended. */
  private byte[] walkUpToLargeKey(byte[] from, byte[] to) {
    int subRows = 0;
    try (ByteCursor cursor = store.scan(from, to, false)) {
      while (cursor.next()) {
        byte[] disk = cursor.key();
        long bucket = new ByteReader(disk).i48();
        if (bucket != lastBucket && !more) {
          stoppedAt = bucket;
          return null;
        }
        if (!KeyRef.isHead(disk)) {
          if (++subRows > STEP_ROWS_MAX) {
            return KeyRef.ofDisk(disk).behind();
          }
          continue;
        }
        subRows = 0;
        if (disk[6] == db) {
          lastBucket = bucket;
          visit(disk, cursor.value());
        }
      }
    }
    return null;
  }

  private void visit(byte[] disk, byte[] value) {
    Head head = new Head(KeyRef.ofDisk(disk), nowMillis, value);
    if (head.exists()) {
      more = visitor.visit(head) && more;
    }
  }
}
