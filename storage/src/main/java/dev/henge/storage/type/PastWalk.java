package dev.henge.storage.type;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.lsm.ByteStore;
import dev.henge.storage.row.Row;
import dev.henge.storage.version.Mutant;
import dev.henge.storage.version.VersionVector;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One walk over a vnode's keys with a past: tombstones, clears, contexts, sums at rest. What is stable goes; the key
 * leaves the index when nothing is left.
 *
 * <p>A key has many sub-rows, so a step may end in the midst of one, at a sub-row. Only the dead are walked, and the
 * living if some of them have a past. Nothing that is let go of changes what a reader sees, so no bundle comes of it,
 * and every replica collects for itself.
 */
public final class PastWalk {

  private final Keyspace keyspace;
  private final ByteStore store;
  private final int vnode;
  private final VersionVector stable;
  private final VersionVector clock;

  /** Where the index is walked on; null at the beginning. */
  private byte[] place;

  /** Where in the rows of the key at {@link #place} the walk goes on; null for its beginning. */
  private byte[] rowPlace;

  private boolean left;
  private long collected;
  private long looked;

  PastWalk(Keyspace keyspace, ByteStore store, int vnode, VersionVector stable, VersionVector clock) {
    this.keyspace = keyspace;
    this.store = store;
    this.vnode = vnode;
    this.stable = stable;
    this.clock = clock;
  }

  /** Looks at about so many rows; true when the walk is over. */
  public boolean step(int rowsMax) {
    int budget = rowsMax;
    while (budget > 0) {
      looked++;
      byte[] row = nextKey();
      if (row == null) {
        if (!left && !keyspace.past().changed(vnode)) {
          keyspace.past().emptied(vnode);
        }
        return true;
      }
      place = row;
      int rows = collect(PastIndex.keyOf(row), budget);
      looked += rows;
      budget -= 1 + rows;
      if (rowPlace == null) {
        place = Arrays.copyOf(row, row.length + 1);
      }
    }
    return false;
  }

  /** How many keys and rows were looked at. */
  public long looked() {
    return looked;
  }

  /** How many rows, clears and contexts went. */
  public long collected() {
    return collected;
  }

  private byte[] nextKey() {
    if (keyspace.past().isEmpty(vnode)) {
      return null;
    }
    try (ByteCursor cursor = keyspace.past().scan(vnode, place)) {
      return cursor.next() ? cursor.key().clone() : null;
    }
  }

  /** Returns how many rows were looked at. */
  private int collect(KeyRef key, int budget) {
    Head head = keyspace.load(key);
    if (!head.hasPast()) {
      keyspace.past().remove(vnode, key); // the head is gone, by a way that leaves no trace
      return 0;
    }
    head.string(withoutPast(head.string()));
    head.deadline = withoutPast(head.deadline);
    if (!head.clear.isEmpty() && head.clearedBy.isEmpty()) {
      head.clearedBy = clock; // it came without: it is no newer than this
    }
    if (!head.clear.isEmpty() && stable.covers(head.clear) && stable.covers(head.clearedBy)) {
      head.clear = VersionVector.EMPTY;
      head.clearedBy = VersionVector.EMPTY;
      collected++;
    }
    int looked = 0;
    byte[] from = rowPlace;
    rowPlace = null;
    for (int area : areas(head)) {
      if (rowPlace == null) {
        looked += rows(head, head.part(area & ~DiskKeys.DEAD), area, from, budget - looked);
      }
    }
    dropEmptyParts(head);
    keyspace.store(head);
    left |= head.hasPast();
    return looked;
  }

  /** The areas of the key's rows that have something to collect, in the order of their disk keys. */
  private static int[] areas(Head head) {
    IntStream living = head.parts.stream().filter(part -> part.withPast > 0).mapToInt(part -> part.kind);
    IntStream dead = head.parts.stream().filter(part -> part.dead > 0).mapToInt(part -> part.kind | DiskKeys.DEAD);
    return IntStream.concat(living, dead).sorted().toArray();
  }

  private static void dropEmptyParts(Head head) {
    if (!head.parts.isEmpty() && head.parts.stream().allMatch(part -> part.live + part.dead == 0)) {
      head.parts = List.of();
      head.generation = 0;
      head.dots = VersionVector.EMPTY;
    }
  }

  private Row withoutPast(Row row) {
    if (row == null) {
      return null;
    }
    Row without = keyspace.rules.broken(Mutant.STRIP_WHEN_OVERWRITTEN_IS_STABLE) ? strippedTooSoon(row)
        : row.hasPast() ? row.withoutPast(stable) : row;
    collected += without == row ? 0 : 1;
    return without;
  }

  /** The wrong rule: what was overwritten is stable, and what overwrote it need not be. */
  private Row strippedTooSoon(Row row) {
    boolean overwrittenStable = true;
    for (int i = 0; i < row.context().size(); i++) {
      long actor = row.context().actor(i);
      long seq = row.context().seq(i);
      boolean live = row.siblings().stream().anyMatch(s -> s.actor() == actor && s.seq() == seq);
      overwrittenStable &= live || stable.covers(actor, seq);
    }
    return row.live() && overwrittenStable ? row.alive() : row.withoutPast(stable);
  }

  /** One area of a key's rows, from a place in it on, if the place is there. */
  private int rows(Head head, Part part, int area, byte[] from, int budget) {
    byte[] prefix = DiskKeys.areaPrefix(head, area);
    byte[] end = DiskKeys.after(prefix);
    byte[] start = from != null && Arrays.compareUnsigned(from, prefix) > 0 ? from : prefix;
    int looked = 0;
    if (Arrays.compareUnsigned(start, end) >= 0) {
      return 0;
    }
    try (RowCursor rows = new RowCursor(store.scan(start, end, false), prefix.length)) {
      while (rows.next()) {
        if (looked++ >= Math.max(1, budget)) {
          rowPlace = DiskKeys.concat(prefix, rows.sub());
          break;
        }
        Cell cell = SubRows.cell(head, part, rows);
        Row without = withoutPast(cell.row);
        if (without != cell.row) {
          keyspace.cells.replace(cell, without);
        }
      }
    }
    return looked;
  }
}
