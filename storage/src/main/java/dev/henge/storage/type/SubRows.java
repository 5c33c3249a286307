package dev.henge.storage.type;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.lsm.ByteStore;
import dev.henge.storage.row.Row;
import dev.henge.storage.row.RowMerge;
import dev.henge.storage.version.VersionVector;

/** All sub-rows of a key, under a clear. */
final class SubRows {

  /** A DEL removes up to so many sub-rows at once itself; beyond that they are left to compaction. */
  static final int SWEEP_ROWS_MAX = 256;

  private final Keyspace keyspace;
  private final ByteStore store;
  private final Head head;

  SubRows(Keyspace keyspace, ByteStore store, Head head) {
    this.keyspace = keyspace;
    this.store = store;
    this.head = head;
  }

  /** Removes them all, or, where they are many, notes that compaction has to. */
  void sweep() {
    long rows = 0;
    boolean derived = false;
    for (Part part : head.parts) {
      rows += part.live + part.dead;
      DerivedRows kept = keyspace.cells.derived(part.kind);
      derived |= kept != null && kept.outlive(part);
    }
    if (rows == 0 && !derived) {
      return; // a queue that has run dry: only what tables still have of it would be walked over
    }
    if (rows > SWEEP_ROWS_MAX) {
      head.orphans = true;
      return;
    }
    byte[] from = DiskKeys.generationPrefix(head);
    try (ByteCursor cursor = store.scan(from, DiskKeys.after(from), false)) {
      while (cursor.next()) {
        store.delete(cursor.key());
      }
    }
  }

  /** For a clear that has not seen everything: every row must be asked. Only after concurrent writes. */
  void prune(VersionVector under) {
    for (Part part : head.parts) {
      prune(part, part.kind, under);
      prune(part, part.kind | DiskKeys.DEAD, under);
    }
  }

  private void prune(Part part, int area, VersionVector under) {
    byte[] from = DiskKeys.areaPrefix(head, area);
    try (RowCursor rows = new RowCursor(store.scan(from, DiskKeys.after(from), false), from.length)) {
      while (rows.next()) {
        Cell cell = cell(head, part, rows);
        Row left = RowMerge.prune(cell.row, under, false);
        if (left != cell.row) {
          keyspace.cells.replace(cell, left);
        }
      }
    }
  }

  /** The sub-row at which a walk stands. */
  static Cell cell(Head head, Part part, RowCursor rows) {
    byte[] sub = rows.sub();
    Cell cell = new Cell(head, part, sub, DiskKeys.subKey(head, part.kind, sub), rows.row());
    cell.stored(rows.value());
    return cell;
  }
}
