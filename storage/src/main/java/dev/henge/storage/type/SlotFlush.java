package dev.henge.storage.type;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.lsm.ByteStore;
import dev.henge.storage.lsm.CorruptTableException;
import dev.henge.storage.version.VersionVector;
import java.util.List;

/** One flush of a database's rows: what the flusher had seen goes without a trace, the rest stays. */
final class SlotFlush {

  /** So many damaged blocks are gone around in one flush. */
  private static final int TRIES_MAX = 1_000;

  private final Keyspace keyspace;
  private final ByteStore store;
  private final DamagedRanges damaged;
  private final int db;
  private final VersionVector seen;

  SlotFlush(Keyspace keyspace, ByteStore store, DamagedRanges damaged, int db, VersionVector seen) {
    this.keyspace = keyspace;
    this.store = store;
    this.damaged = damaged;
    this.db = db;
    this.seen = seen;
  }

  /** Flushes between two disk keys; returns whether damaged keys were passed by. */
  boolean flush(byte[] from, byte[] to) {
    for (int n = 1; ; n++) {
      try {
        for (byte[][] range : damaged.between(from, to)) {
          flushRange(range[0], range[1]);
        }
        return damaged.anyClosed(from, to);
      } catch (CorruptTableException e) {
        damaged.met(e); // half a flush would be rows that are gone here, and nowhere else: go on around it
        if (n == TRIES_MAX) {
          throw e;
        }
      }
    }
  }

  private void flushRange(byte[] from, byte[] to) {
    boolean gone = false;
    try (ByteCursor cursor = store.scan(from, to, false)) {
      while (cursor.next()) {
        byte[] disk = cursor.key();
        if (db != Keyspace.ALL_DBS && disk[6] != db) {
          continue;
        }
        if (KeyRef.isHead(disk)) {
          gone = flushHead(new Head(KeyRef.ofDisk(disk), keyspace.nowMillis(), cursor.value()));
        } else if (gone) {
          store.delete(disk);
        }
      }
    }
  }

  /** Returns whether the key's rows go with its head. */
  private boolean flushHead(Head head) {
    boolean gone = seen.covers(head.seen()) && (head.string() == null || !head.string().hasFloor());
    if (gone) {
      head.string(null);
      head.deadline = null;
      head.clear = VersionVector.EMPTY;
      head.clearedBy = VersionVector.EMPTY;
      head.parts = List.of();
      head.orphans = false;
    } else {
      keyspace.dropSeen(head, VersionVector.EMPTY, seen);
    }
    keyspace.store(head);
    return gone;
  }
}
