package dev.henge.storage.type;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;

/** One part of a vnode's rows, written as bundle operations for another replica. */
final class RowExport {

  private static final byte[] END = {};

  private final Keyspace keyspace;
  private final int maxBytes;
  private final RowsBody out;

  RowExport(Keyspace keyspace, int maxBytes, Bytes out) {
    this.keyspace = keyspace;
    this.maxBytes = maxBytes;
    this.out = new RowsBody(out);
  }

  /** Writes what the cursor walks, closes it, and returns the key to go on from; empty at the end. */
  byte[] rows(ByteCursor records) {
    try (ByteCursor cursor = records) {
      Head head = null;
      while (cursor.next()) {
        byte[] disk = cursor.key();
        if (out.length() >= maxBytes) {
          return disk.clone();
        }
        if (KeyRef.isHead(disk)) {
          head = new Head(KeyRef.ofDisk(disk), keyspace.nowMillis(), cursor.value());
          head(head);
        } else {
          if (head == null || !head.key.equals(KeyRef.ofDisk(disk))) {
            head = keyspace.load(KeyRef.ofDisk(disk));
            out.key(head.key);
          }
          row(head, disk, cursor.value());
        }
      }
    }
    return END;
  }

  private void head(Head head) {
    out.key(head.key);
    out.cleared(head.clear, head.clearedBy);
    out.headRows(head);
  }

  /** Shipped rows of the present generation only; the rest is derived, or left behind by a DEL. */
  private void row(Head head, byte[] disk, byte[] value) {
    int kindAt = head.key.disk().length + DiskKeys.GENERATION_BYTES;
    int kind = disk[kindAt] & 0xFF & ~DiskKeys.DEAD;
    ByteReader in = new ByteReader(disk, head.key.disk().length, DiskKeys.GENERATION_BYTES);
    if (in.i48() == head.generation && head.generation != 0 && head.part(kind) != null) {
      out.row(kind, disk, kindAt + 1, value);
    }
  }
}
