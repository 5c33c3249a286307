package dev.henge.storage.type;

import dev.henge.storage.lsm.ByteStore;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Row;
import dev.henge.storage.row.RowMerge;
import dev.henge.storage.version.Mutant;
import dev.henge.storage.version.VersionVector;

/**
 * The rows that a peer's bundle, or its copy of a range, brings: they meet, through {@link RowMerge}, what is stored.
 */
final class PeerRows {

  private final Keyspace keyspace;
  private final ByteStore store;
  private final BundleApply reading;
  private final OpenBundle bundle;
  private final Cells cells;
  private final MergedConflicts conflicts = new MergedConflicts();

  /** What the replica has seen whose rows are taken in place of those here; else null. */
  private VersionVector giverSeen;

  /** What has been collected, while a bundle is applied that may be from before; else empty. */
  private VersionVector horizon = VersionVector.EMPTY;

  PeerRows(Keyspace keyspace, ByteStore store, KeyLocator locator, OpenBundle bundle, Cells cells) {
    this.keyspace = keyspace;
    this.store = store;
    this.reading = new BundleApply(keyspace, this, bundle, locator);
    this.bundle = bundle;
    this.cells = cells;
  }

  /** Applies a body; {@code horizon}: what has been collected here, if its writer may not have seen all of that. */
  void apply(ByteReader in, VersionVector horizon) {
    this.horizon = horizon;
    try {
      reading.apply(in);
    } finally {
      this.horizon = VersionVector.EMPTY;
    }
  }

  /** Applies the rows of a replica that has seen {@code seen} in place of those that it had seen here. */
  boolean replace(byte[] from, byte[] to, VersionVector seen, ByteReader in) {
    RangeReplace replace = new RangeReplace(keyspace, store, keyspace.damaged(), seen);
    replace.given(new ByteReader(in.array(), in.position(), in.remaining()));
    replace.drop(from, to);
    giverSeen = seen;
    try {
      return keyspace.apply(0, 0, in);
    } finally {
      giverSeen = null;
    }
  }

  /** Whether a row that arrives needs to meet nothing but what is stored under its key. */
  boolean plainly() {
    return giverSeen == null && horizon.isEmpty() && keyspace.flushes.isEmpty();
  }

  /** A shipped row meets what is stored. */
  void meet(Head head, int kind, byte[] sub, Row row) {
    VersionVector clear = keyspace.cleared(head);
    if (kind == Keyspace.KIND_STRING) {
      head.string(meet(kind, head.string(), row, clear, true));
    } else if (kind == Keyspace.KIND_DEADLINE) {
      head.string(); // no plain string any more
      head.deadline = meet(kind, head.deadline, row, clear, false);
    } else {
      Cell cell = cells.place(cells.cell(head, kind, sub), kind);
      Row met = meet(kind, cell.row, row, clear, false);
      head.dots = head.dots.join(row.context());
      Row kept = met != null && !met.live() && keyspace.isAlone(head.key) ? null : met;
      if (kept != null || cell.row != null) {
        cells.replace(cell, kept);
      }
    }
    keyspace.markDirty(head);
  }

  private Row meet(int kind, Row stored, Row arriving, VersionVector clear, boolean keepFloor) {
    if (stored != null && keyspace.rules.broken(Mutant.CLOCK_BEFORE_CAUSALITY)) {
      return stored.newestStamp() > arriving.newestStamp() ? stored : arriving;
    }
    if (giverSeen != null && stored != null) {
      Row left = RowMerge.replaced(stored, arriving, giverSeen);
      return left == null ? null : RowMerge.prune(left, clear, keepFloor);
    }
    Row current = horizon.isEmpty() ? arriving
        : RowMerge.superseded(stored, arriving, horizon, bundle.actor(), bundle.seq());
    Row met = RowMerge.prune(stored == null ? current : RowMerge.merge(stored, current), clear, keepFloor);
    conflicts.met(kind, stored, current, met);
    return met;
  }

  /** How often rows have met that had not seen each other. */
  MergedConflicts conflicts() {
    return conflicts;
  }
}
