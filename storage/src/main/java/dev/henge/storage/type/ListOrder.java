package dev.henge.storage.type;

import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.row.Row;
import dev.henge.storage.row.Sibling;
import java.util.Arrays;

/**
 * What is derived of a list: where its first and its last element stand, and, for large lists that were asked for
 * elements deep inside, ranks ({@link RankIndex}). The rows themselves are in the list's order already.
 *
 * <pre>
 * derived : empty | flags u8 | first block | last block
 * flags   : levels of ranks, 0 for none; 0x80 first is a bound, 0x40 last is a bound
 * </pre>
 *
 * <p>A queue is popped at its ends, and what was popped would be walked over by every later pop until a compaction.
 * So the ends are kept, in the head, where they outlive a restart and cost no read of their own. While a bundle is at
 * work they may be bounds: nothing lives up to {@code first}, nothing from {@code last} on. When it is through
 * ({@link #settle}) they are the ends, found from the bounds in one step; so every gap that removals leave is walked
 * over once. All of it follows from the rows' changes, whoever made them.
 */
final class ListOrder implements DerivedRows, RankedOrder {

  static final int RANK_KIND = 'l';

  private static final int KIND = ValueType.LIST.kind();
  private static final int FIRST_IS_BOUND = 0x80;
  private static final int LAST_IS_BOUND = 0x40;
  private static final int LEVELS = 0x3F;

  /** What a part's derived block says. Empty positions are unknown ones: only before the first row. */
  private static final class Ends {

    int levels;
    boolean firstIsBound = true;
    boolean lastIsBound = true;
    byte[] first = Sibling.NOTHING;
    byte[] last = Sibling.NOTHING;

    Ends(Part part) {
      if (part.derived.length > 0) {
        ByteReader in = new ByteReader(part.derived);
        int flags = in.u8();
        levels = flags & LEVELS;
        firstIsBound = (flags & FIRST_IS_BOUND) != 0;
        lastIsBound = (flags & LAST_IS_BOUND) != 0;
        first = in.block();
        last = in.block();
      }
    }

    void store(Part part) {
      Bytes out = new Bytes(3 + first.length + last.length);
      out.u8(levels | (firstIsBound ? FIRST_IS_BOUND : 0) | (lastIsBound ? LAST_IS_BOUND : 0));
      part.derived = out.block(first).block(last).copy();
    }
  }

  @Override
  public void changed(Keyspace keyspace, Head head, Part part, byte[] sub, Row before, Row after) {
    if ((before == null) == (after == null)) {
      return;
    }
    Ends ends = new Ends(part);
    if (after == null) {
      removed(ends, sub);
    } else {
      added(ends, sub, part.live);
    }
    ends.store(part);
    if (ends.levels > 0) {
      ranks(keyspace, head, part)
          .moved(before == null ? null : sub, after == null ? null : sub, MemberHash.of(sub));
    }
  }

  private static void added(Ends ends, byte[] sub, long live) {
    if (live == 1) {
      ends.first = sub;
      ends.last = sub;
      ends.firstIsBound = false;
      ends.lastIsBound = false;
      return;
    }
    if (ends.first.length > 0 && Arrays.compareUnsigned(sub, ends.first) <= 0) {
      ends.first = sub;
      ends.firstIsBound = false;
    }
    if (ends.last.length > 0 && Arrays.compareUnsigned(sub, ends.last) >= 0) {
      ends.last = sub;
      ends.lastIsBound = false;
    }
  }

  private static void removed(Ends ends, byte[] sub) {
    ends.firstIsBound |= Arrays.equals(sub, ends.first);
    ends.lastIsBound |= Arrays.equals(sub, ends.last);
  }

  /** Nothing lives up to {@code position}, or, from the other end, from it on: the caller has walked there. */
  void emptied(Part part, byte[] position, boolean fromLast) {
    Ends ends = new Ends(part);
    if (fromLast) {
      ends.last = position;
      ends.lastIsBound = true;
    } else {
      ends.first = position;
      ends.firstIsBound = true;
    }
    ends.store(part);
  }

  @Override
  public void settle(Keyspace keyspace, Head head, Part part) {
    if (part.live == 0) {
      part.derived = Sibling.NOTHING;
      return;
    }
    Ends ends = new Ends(part);
    if (!ends.firstIsBound && !ends.lastIsBound) {
      return;
    }
    if (ends.firstIsBound) {
      ends.first = end(keyspace, head, ends, false);
      ends.firstIsBound = false;
    }
    if (ends.lastIsBound) {
      ends.last = end(keyspace, head, ends, true);
      ends.lastIsBound = false;
    }
    ends.store(part);
  }

  private static byte[] end(Keyspace keyspace, Head head, Ends ends, boolean last) {
    try (RowCursor rows = rows(keyspace, head, ends, last)) {
      if (!rows.next()) {
        throw new IllegalStateException("no elements in the list " + head.key);
      }
      return rows.sub();
    }
  }

  /** Where the list begins, or ends; there must be something in it. */
  byte[] end(Keyspace keyspace, Head head, Part part, boolean last) {
    Ends ends = new Ends(part);
    boolean known = last ? !ends.lastIsBound : !ends.firstIsBound;
    return known ? last ? ends.last : ends.first : end(keyspace, head, ends, last);
  }

  /** Walks the list from its first element on, or from its last one back. */
  RowCursor walk(Keyspace keyspace, Head head, Part part, boolean reverse) {
    return rows(keyspace, head, new Ends(part), reverse);
  }

  private static RowCursor rows(Keyspace keyspace, Head head, Ends ends, boolean reverse) {
    byte[] from = ends.first.length == 0 ? null : ends.firstIsBound ? OrderEnds.after(ends.first) : ends.first;
    byte[] to = ends.last.length == 0 || ends.lastIsBound ? ends.last : OrderEnds.after(ends.last);
    to = to.length == 0 ? null : to;
    return keyspace.rows(head, KIND, from, to, reverse);
  }

  RankIndex ranks(Keyspace keyspace, Head head, Part part) {
    byte[] first = new Ends(part).first;
    return new RankIndex(this, keyspace, head, part, first.length == 0 ? null : first);
  }

  /** Beside ranks, a row for every 15 elements, which are left out, a list has no derived rows. */
  @Override
  public int bytes(int liveKeyBytes) {
    return 0;
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
    return part.derived.length == 0 ? 0 : part.derived[0] & LEVELS;
  }

  @Override
  public void levels(Part part, int levels) {
    Ends ends = new Ends(part);
    ends.levels = levels;
    ends.store(part);
  }
}
