package dev.henge.storage.type;

import dev.henge.storage.lsm.CorruptTableException;
import dev.henge.storage.row.Row;
import dev.henge.storage.row.Sibling;

/**
 * What is derived of a list: where it begins and ends ({@link ListEnds}), and, for large lists that were asked for
 * elements deep inside, ranks ({@link RankIndex}). The rows themselves are in the list's order already.
 *
 * <p>All of it follows from the rows' changes, whoever made them. When a command or a bundle is through, the ends are
 * looked for where they are no more than bounds: so every gap that removals leave is walked over once.
 */
final class ListOrder implements DerivedRows, RankedOrder {

  static final int RANK_KIND = 'l';

  private static final int KIND = ValueType.LIST.kind();

  @Override
  public void changed(Keyspace keyspace, Head head, Part part, byte[] sub, Row before, Row after) {
    if ((before == null) == (after == null)) {
      ListEnds.of(part).written(sub);
    } else {
      moved(keyspace, head, part, sub, after != null);
    }
  }

  /** An element came to be there, or went. */
  void moved(Keyspace keyspace, Head head, Part part, byte[] sub, boolean there) {
    ListEnds ends = ListEnds.of(part);
    if (there) {
      ends.added(sub);
    } else {
      ends.removed(sub);
    }
    if (ends.levels() > 0) {
      ranks(keyspace, head, part).moved(there ? null : sub, there ? sub : null, MemberHash.of(sub));
    }
  }

  /**
   * Finds the ends. Where rows cannot be read they stay bounds: the command that has come to its end, and has its
   * reply, is not undone for that; whoever needs the rows next will meet the damage.
   */
  @Override
  public void settle(Keyspace keyspace, Head head, Part part) {
    if (part.live == 0) {
      part.derived = Sibling.NOTHING;
      part.ends = null;
      return;
    }
    ListEnds ends = ListEnds.of(part);
    settle(keyspace, head, ends, false);
    settle(keyspace, head, ends, true);
  }

  private static void settle(Keyspace keyspace, Head head, ListEnds ends, boolean last) {
    if (ends.known(last) != null) {
      return;
    }
    try {
      ends.found(search(keyspace, head, ends, last), last);
    } catch (CorruptTableException e) {
      ends.ahead(last).forget();
    }
  }

  /** Where the list begins, or ends; there must be something in it. */
  byte[] end(Keyspace keyspace, Head head, Part part, boolean last) {
    ListEnds ends = ListEnds.of(part);
    byte[] known = ends.known(last);
    return known == null ? search(keyspace, head, ends, last) : known;
  }

  /** The element at an end, to be written to. */
  Cell endCell(Keyspace keyspace, Head head, Part part, boolean last) {
    byte[] position = end(keyspace, head, part, last);
    return cell(keyspace, head, position, stored(part, position, last));
  }

  /** The element at a position; {@code stored} as {@link #stored} says. */
  Cell cell(Keyspace keyspace, Head head, byte[] position, byte[] stored) {
    return stored == null ? keyspace.cells.cell(head, KIND, position)
        : keyspace.cells.known(head, KIND, position, stored);
  }

  /** The stored row of the element at an end, if it was read ahead; else null. */
  byte[] stored(Part part, byte[] position, boolean last) {
    return ListEnds.of(part).ahead(last).row(position);
  }

  private static byte[] search(Keyspace keyspace, Head head, ListEnds ends, boolean last) {
    try (ListCursor rows = new ListCursor(keyspace, head, ends.stretches(null, null), last)) {
      byte[] end = ends.ahead(last).read(rows);
      if (end == null) {
        throw new IllegalStateException("no elements in the list " + head.key);
      }
      return end;
    }
  }

  /** Walks the list from its first element on, or from its last one back. */
  ListCursor walk(Keyspace keyspace, Head head, Part part, boolean reverse) {
    return walk(keyspace, head, part, null, null, reverse);
  }

  /** The same from {@code from} (inclusive) to {@code to} (exclusive); null is an open end. */
  ListCursor walk(Keyspace keyspace, Head head, Part part, byte[] from, byte[] to, boolean reverse) {
    return new ListCursor(keyspace, head, ListEnds.of(part).stretches(from, to), reverse);
  }

  /** Nothing lives up to {@code position}, or, from the other end, from it on: the caller has walked there. */
  void emptied(Part part, byte[] position, boolean fromLast) {
    ListEnds.of(part).emptied(position, fromLast);
  }

  RankIndex ranks(Keyspace keyspace, Head head, Part part) {
    return new RankIndex(this, keyspace, head, part, ListEnds.of(part).low());
  }

  /** Beside ranks, a row for every 15 elements, which are left out, a list has no derived rows. */
  @Override
  public int bytes(int liveKeyBytes) {
    return 0;
  }

  @Override
  public boolean outlive(Part part) {
    return levels(part) > 0;
  }

  @Override
  public int orderKind() {
    return KIND;
  }

  @Override
  public int rankKind() {
    return RANK_KIND;
  }

  @Override
  public int hash(byte[] orderKey) {
    return MemberHash.of(orderKey);
  }

  @Override
  public int levels(Part part) {
    return ListEnds.of(part).levels();
  }

  @Override
  public void levels(Part part, int levels) {
    ListEnds.of(part).levels(levels);
  }
}
