package dev.henge.storage.type;

import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.row.Sibling;
import dev.henge.storage.type.ListCursor.Stretch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a list's part derives: where its first and its last element stand, and gaps near them; and on how many levels
 * its ranks stand.
 *
 * <pre>
 * derived : empty | levels u8 | flags u8 | first block | last block | (left block | right block)…
 * flags   : 1 first is a bound, 2 last is a bound, 4 first is ragged, 8 last is ragged
 * </pre>
 *
 * <p>A queue is popped at one end, a stack pushed and popped at one end: the places of what went would be walked over
 * by every later pop until a compaction. So the ends are kept, where they outlive a restart and cost no read of their
 * own. An end whose element was removed is a bound until the next one is found: nothing lives up to {@code first},
 * nothing from {@code last} on. An end that was popped is ragged: what is pushed beyond it leaves a gap behind, from
 * itself to the old end, in which nothing lives. The gaps that are known are jumped over.
 */
final class ListEnds {

  /** So many gaps are remembered; then the one farthest from both ends is forgotten, and walked over if need be. */
  static final int GAPS_MAX = 8;

  private static final int FIRST_IS_BOUND = 1;
  private static final int LAST_IS_BOUND = 2;
  private static final int FIRST_IS_RAGGED = 4;
  private static final int LAST_IS_RAGGED = 8;

  /** Nothing lives behind {@code left} and before {@code right}. */
  private record Gap(byte[] left, byte[] right) {

    boolean contains(byte[] position) {
      return Arrays.compareUnsigned(left, position) < 0 && Arrays.compareUnsigned(position, right) < 0;
    }
  }

  private final Part part;
  private int levels;
  private int flags = FIRST_IS_BOUND | LAST_IS_BOUND;

  /** Empty for unknown: before the first element. */
  private byte[] first = Sibling.NOTHING;

  private byte[] last = Sibling.NOTHING;
  private final List<Gap> gaps = new ArrayList<>(2);
  private boolean stored = true;

  /** What was read ahead at the beginning; never on disk. */
  private final ReadAhead fromFirst = new ReadAhead(false);

  private final ReadAhead fromLast = new ReadAhead(true);

  private final KeptRange kept = new KeptRange();

  private ListEnds(Part part) {
    this.part = part;
    if (part.derived.length > 0) {
      ByteReader in = new ByteReader(part.derived);
      levels = in.u8();
      flags = in.u8();
      first = in.block();
      last = in.block();
      while (in.remaining() > 0) {
        gaps.add(new Gap(in.block(), in.block()));
      }
    }
  }

  /** The ends of a list; the same ones as long as the head that the part is of is kept. */
  static ListEnds of(Part part) {
    if (part.ends == null) {
      part.ends = new ListEnds(part);
    }
    return part.ends;
  }

  /** Brings what has changed into the part. */
  void store() {
    if (stored) {
      return;
    }
    stored = true;
    Bytes out = new Bytes(8 + first.length + last.length);
    out.u8(levels).u8(flags).block(first).block(last);
    gaps.forEach(gap -> out.block(gap.left).block(gap.right));
    part.derived = out.copy();
  }

  int levels() {
    return levels;
  }

  void levels(int now) {
    levels = now;
    stored = false;
  }

  private boolean is(int flag) {
    return (flags & flag) != 0;
  }

  private void set(int flag, boolean value) {
    flags = value ? flags | flag : flags & ~flag;
    stored = false;
  }

  // ---------------------------------------------------------------- changes

  /** What was read ahead from an end. */
  ReadAhead ahead(boolean ofLast) {
    return ofLast ? fromLast : fromFirst;
  }

  /** What a reader was answered lately. */
  KeptRange kept() {
    return kept;
  }

  /** An element was given another value. */
  void written(byte[] position) {
    kept.forget();
    fromFirst.touched(position);
    fromLast.touched(position);
  }

  void added(byte[] position) {
    stored = false;
    kept.forget();
    fromFirst.added(position);
    fromLast.added(position);
    if (part.live == 1) {
      gaps.clear();
      flags = 0;
      first = position;
      last = position;
      return;
    }
    gaps.removeIf(gap -> gap.contains(position));
    int beforeFirst = first.length == 0 ? 1 : Arrays.compareUnsigned(position, first);
    if (beforeFirst < 0 && is(FIRST_IS_RAGGED)) {
      remember(0, new Gap(position, first));
      set(FIRST_IS_RAGGED, false);
    }
    if (beforeFirst <= 0) {
      first = position;
      set(FIRST_IS_BOUND, false);
    }
    int behindLast = last.length == 0 ? -1 : Arrays.compareUnsigned(position, last);
    if (behindLast > 0 && is(LAST_IS_RAGGED)) {
      remember(gaps.size(), new Gap(last, position));
      set(LAST_IS_RAGGED, false);
    }
    if (behindLast >= 0) {
      last = position;
      set(LAST_IS_BOUND, false);
    }
  }

  private void remember(int index, Gap gap) {
    gaps.add(index, gap);
    if (gaps.size() > GAPS_MAX) {
      gaps.remove(GAPS_MAX / 2);
    }
  }

  void removed(byte[] position) {
    kept.forget();
    boolean wasFirst = Arrays.equals(position, first);
    boolean wasLast = Arrays.equals(position, last);
    if (wasFirst) {
      set(FIRST_IS_BOUND | FIRST_IS_RAGGED, true);
    }
    if (wasLast) {
      set(LAST_IS_BOUND | LAST_IS_RAGGED, true);
    }
    byte[] nextFirst = fromFirst.removed(position);
    byte[] nextLast = fromLast.removed(position);
    if (wasFirst && nextFirst != null) {
      found(nextFirst, false);
    }
    if (wasLast && nextLast != null) {
      found(nextLast, true);
    }
  }

  /** Nothing lives up to {@code position}, or, from the other end, from it on: somebody has walked there. */
  void emptied(byte[] position, boolean ofLast) {
    ahead(ofLast).forget();
    if (ofLast) {
      last = position;
      set(LAST_IS_BOUND | LAST_IS_RAGGED, true);
    } else {
      first = position;
      set(FIRST_IS_BOUND | FIRST_IS_RAGGED, true);
    }
  }

  // ---------------------------------------------------------------- questions

  /** The end, or null if no more than a bound is known. */
  byte[] known(boolean ofLast) {
    return is(ofLast ? LAST_IS_BOUND : FIRST_IS_BOUND) ? null : ofLast ? last : first;
  }

  /** Takes note of the end where it was a bound; gaps that lie outside are forgotten. */
  void found(byte[] end, boolean ofLast) {
    stored = false;
    if (ofLast) {
      last = end;
      set(LAST_IS_BOUND, false);
      gaps.removeIf(gap -> Arrays.compareUnsigned(gap.right, end) > 0);
    } else {
      first = end;
      set(FIRST_IS_BOUND, false);
      gaps.removeIf(gap -> Arrays.compareUnsigned(gap.left, end) < 0);
    }
  }

  /** No element stands before; null for unknown. */
  byte[] low() {
    return first.length == 0 ? null : is(FIRST_IS_BOUND) ? OrderEnds.after(first) : first;
  }

  /** All elements stand before; null for unknown. */
  private byte[] high() {
    return last.length == 0 ? null : is(LAST_IS_BOUND) ? last : OrderEnds.after(last);
  }

  /**
   * The stretches from {@code from} (inclusive) to {@code to} (exclusive) that elements may stand in; null is an open
   * end.
   */
  List<Stretch> stretches(byte[] from, byte[] to) {
    byte[] low = low();
    byte[] high = high();
    low = from != null && (low == null || Arrays.compareUnsigned(from, low) > 0) ? from : low;
    high = to != null && (high == null || Arrays.compareUnsigned(to, high) < 0) ? to : high;
    List<Stretch> stretches = new ArrayList<>(1 + gaps.size());
    for (Gap gap : gaps) {
      byte[] left = OrderEnds.after(gap.left);
      add(stretches, low, high == null || Arrays.compareUnsigned(left, high) < 0 ? left : high);
      low = low == null || Arrays.compareUnsigned(low, gap.right) < 0 ? gap.right : low;
    }
    add(stretches, low, high);
    return stretches;
  }

  private static void add(List<Stretch> stretches, byte[] from, byte[] to) {
    if (from == null || to == null || Arrays.compareUnsigned(from, to) < 0) {
      stretches.add(new Stretch(from, to));
    }
  }
}
