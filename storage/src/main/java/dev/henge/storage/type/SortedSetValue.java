package dev.henge.storage.type;

import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.RowCodec;
import java.util.Arrays;

/**
 * A sorted set: one shipped row a member, kind 'Z', {@code h32(member) | member → score}; a view of an open head, for
 * one command.
 *
 * <p>A score is a base and the increments above it. A ZADD puts a base; a ZINCRBY adds the difference between the
 * double that Redis would show and what the row shows, exactly, so that the sum rounds to that double, and so that
 * ZINCRBYs on both sides of a partition add up. Order and ranks are derived: see {@link ScoreOrder} and {@link
 * RankIndex}.
 */
public final class SortedSetValue {

  /**
   * Up to so many rows are walked to count or to find a place, rather than asking ranks; a set no larger never has an
   * index.
   */
  static final int WALK_ROWS_MAX = 128;

  private static final int KIND = ValueType.ZSET.kind();

  private final Keyspace keyspace;
  private final Head head;
  private final ScoreOrder order;

  public SortedSetValue(Keyspace keyspace, Head head) {
    this.keyspace = keyspace;
    this.head = head;
    this.order = (ScoreOrder) keyspace.cells.derived(KIND);
  }

  static void register(Keyspace keyspace) {
    keyspace.cells.derive(KIND, new ScoreOrder());
  }

  /** Whether the key shows as a sorted set. */
  public boolean exists() {
    return head.type() == ValueType.ZSET;
  }

  /** The number of members; 0 if the key does not show as a sorted set. */
  public long size() {
    return exists() ? head.part(KIND).live : 0;
  }

  // ---------------------------------------------------------------- one member

  /** The member's score, or NaN if it is not there. */
  public double score(byte[] member) {
    byte[] stored = exists() ? keyspace.cells.live(head, KIND, MemberHash.subKey(member)) : null;
    return stored == null ? Double.NaN : shown(stored);
  }

  private static double score(Cell cell) {
    return cell.live() ? Score.shown(cell.row) : Double.NaN;
  }

  /** Looks a member up for writing. */
  public Member member(byte[] member) {
    keyspace.touch(head);
    return new Member(keyspace.cells.cell(head, KIND, MemberHash.subKey(member)));
  }

  /** A member, there or not, that a command is about to change. */
  public final class Member {

    private final Cell cell;

    private Member(Cell cell) {
      this.cell = cell;
    }

    /** The score, or NaN if it is not there. */
    public double score() {
      return SortedSetValue.score(cell);
    }

    /** Gives it this score, whatever else it had; of two at once the newer stands. -0.0 becomes 0.0. */
    public void put(double score) {
      keyspace.cells.put(cell, KIND, Score.payload(score));
    }

    /** Says again that it has the score that it has, so that it stands against a remove elsewhere. */
    public void renew() {
      keyspace.cells.renew(cell, KIND, Score.payload(score()));
    }

    /** Moves it to this score by an increment, from 0 if it is not there, which adds up with increments elsewhere. */
    public void incrementTo(double score) {
      double before = score();
      if (Double.isInfinite(score) || Double.isInfinite(before)) {
        put(score);
      } else if (Double.isNaN(before)) {
        keyspace.cells.increment(cell, KIND, Score.exact(score), Score.ZERO);
      } else {
        keyspace.cells.increment(cell, KIND, Score.exact(score).subtract(Score.exact(cell.row)), Score.ZERO);
      }
    }

    /** Removes it if it is there. Returns whether it was. */
    public boolean remove() {
      boolean there = cell.live();
      if (there) {
        keyspace.cells.remove(cell);
      }
      return there;
    }
  }

  /**
   * How many members lie before this one, from the lowest score up or from the highest down; -1 if it is not there.
   */
  public long rank(byte[] member, boolean reverse) {
    double score = score(member);
    if (Double.isNaN(score)) {
      return -1;
    }
    long rank = before(Score.key(score, member, 0, member.length));
    return reverse ? size() - 1 - rank : rank;
  }

  // ---------------------------------------------------------------- stretches

  /** From {@code from} (inclusive) to {@code to} (exclusive) in order keys; null is an open end. */
  private record Span(byte[] from, byte[] to) {

    boolean whole() {
      return from == null && to == null;
    }
  }

  /** The range in order keys; null if nothing lies in it. */
  private Span span(MemberRange range) {
    if (!exists()) {
      return null;
    }
    Span span = range instanceof MemberRange.ByScore s ? span(s) : span((MemberRange.ByLex) range);
    boolean nothing = span == null
        || span.from != null && span.to != null && Arrays.compareUnsigned(span.from, span.to) >= 0;
    return nothing ? null : span;
  }

  private static Span span(MemberRange.ByScore range) {
    boolean fromLowest = range.min() == Double.NEGATIVE_INFINITY && !range.minOpen();
    boolean toHighest = range.max() == Double.POSITIVE_INFINITY && !range.maxOpen();
    return new Span(
        fromLowest ? null : range.minOpen() ? Score.firstAbove(range.min()) : Score.first(range.min()),
        toHighest ? null : range.maxOpen() ? Score.first(range.max()) : Score.firstAbove(range.max()));
  }

  private Span span(MemberRange.ByLex range) {
    byte[] from = range.min() == null ? null : lexKey(range.min(), range.minOpen(), false);
    byte[] to = range.max() == null ? null : lexKey(range.max(), !range.maxOpen(), true);
    return new Span(from, to);
  }

  /** The member is looked for among those of the lowest score, or of the highest. */
  private byte[] lexKey(byte[] member, boolean behind, boolean highest) {
    try (OrderCursor end = order.scan(keyspace, head, null, null, highest)) {
      if (!end.next()) {
        throw new IllegalStateException("no order of the members of " + head.key);
      }
      byte[] key = Score.key(Score.ofKey(end.key()), member, 0, member.length);
      return behind ? OrderEnds.after(key) : key;
    }
  }

  /** How many members lie in the range. */
  public long count(MemberRange range) {
    Span span = span(range);
    if (span == null) {
      return 0;
    }
    if (span.whole()) {
      return size();
    }
    long near = 0;
    try (OrderCursor members = order.scan(keyspace, head, span.from, span.to, false)) {
      while (near <= WALK_ROWS_MAX && members.next()) {
        near++;
      }
    }
    if (near <= WALK_ROWS_MAX) {
      return near;
    }
    return (span.to == null ? size() : ranks().rank(span.to)) - (span.from == null ? 0 : ranks().rank(span.from));
  }

  /**
   * Walks the members in the range, from its low end or in reverse, after {@code offset} of them, {@code limit} at
   * most; a negative limit is none.
   */
  public void range(MemberRange range, boolean reverse, long offset, long limit, MemberVisitor visitor) {
    Span span = span(range);
    if (span == null || limit == 0 || offset < 0) {
      return;
    }
    long skip = offset;
    if (offset > WALK_ROWS_MAX) {
      span = behind(span, reverse, offset);
      skip = 0;
    }
    if (span != null) {
      walk(span, reverse, skip, limit < 0 ? Long.MAX_VALUE : limit, visitor);
    }
  }

  /** What is left of a span after so many members. */
  private Span behind(Span span, boolean reverse, long offset) {
    long low = span.from == null ? 0 : before(span.from);
    long high = span.to == null ? size() : before(span.to);
    if (offset >= high - low) {
      return null;
    }
    return reverse
        ? new Span(span.from, OrderEnds.after(keyAt(high - 1 - offset)))
        : new Span(keyAt(low + offset), span.to);
  }

  /** Walks {@code count} members from rank {@code start} on, ranks counted from the lowest score up or in reverse. */
  public void byRank(long start, long count, boolean reverse, MemberVisitor visitor) {
    if (start >= size() || count <= 0) {
      return;
    }
    if (start <= WALK_ROWS_MAX) {
      walk(new Span(null, null), reverse, start, count, visitor);
    } else if (reverse) {
      walk(new Span(null, OrderEnds.after(keyAt(size() - 1 - start))), true, 0, count, visitor);
    } else {
      walk(new Span(keyAt(start), null), false, 0, count, visitor);
    }
  }

  private void walk(Span span, boolean reverse, long skip, long limit, MemberVisitor visitor) {
    try (OrderCursor members = order.scan(keyspace, head, span.from, span.to, reverse)) {
      members.skip(skip);
      boolean more = true;
      for (long i = 0; more && i < limit && members.next(); i++) {
        byte[] key = members.key();
        more = visitor.visit(key, Score.BYTES, key.length - Score.BYTES, members.score());
      }
    }
  }

  // ---------------------------------------------------------------- removing stretches

  /** Removes the members in the range. Returns how many. */
  public long remove(MemberRange range) {
    keyspace.touch(head);
    Span span = span(range);
    return span == null ? 0 : remove(span, false, Long.MAX_VALUE, null);
  }

  /** Removes {@code count} members from rank {@code start} on. Returns how many. */
  public long removeByRank(long start, long count) {
    keyspace.touch(head);
    long size = size();
    if (start >= size || count <= 0) {
      return 0;
    }
    if (start > 0 && count >= size - start) {
      return remove(new Span(null, null), true, size - start, null);
    }
    return remove(new Span(start == 0 ? null : keyAt(start), null), false, count, null);
  }

  /** Removes up to {@code count} members from the low end or from the high one, and shows them. Returns how many. */
  public long pop(boolean highest, long count, MemberVisitor visitor) {
    keyspace.touch(head);
    return exists() ? remove(new Span(null, null), highest, count, visitor) : 0;
  }

  private long remove(Span span, boolean reverse, long limit, MemberVisitor visitor) {
    if (span.whole() && limit >= size()) {
      long size = size();
      if (visitor != null) {
        walk(span, reverse, 0, size, visitor);
      }
      keyspace.clear(head);
      return size;
    }
    long removed = 0;
    try (OrderCursor members = order.scan(keyspace, head, span.from, span.to, reverse)) {
      while (removed < limit && members.next()) {
        byte[] key = members.key();
        if (visitor != null) {
          visitor.visit(key, Score.BYTES, key.length - Score.BYTES, members.score());
        }
        byte[] sub = MemberHash.subKey(Arrays.copyOfRange(key, Score.BYTES, key.length));
        keyspace.cells.remove(keyspace.cells.cell(head, KIND, sub));
        members.removed();
        removed++;
      }
    }
    return removed;
  }

  // ---------------------------------------------------------------- ranks

  private RankIndex ranks() {
    return order.ranks(keyspace, head, head.part(KIND)).built();
  }

  /** How many members lie before the order key. */
  private long before(byte[] key) {
    if (size() > WALK_ROWS_MAX) {
      return ranks().rank(key);
    }
    long count = 0;
    try (OrderCursor members = order.scan(keyspace, head, null, key, false)) {
      while (members.next()) {
        count++;
      }
    }
    return count;
  }

  /** The order key of a rank below the size. */
  private byte[] keyAt(long rank) {
    long fromEnd = size() - 1 - rank;
    long near = Math.min(rank, fromEnd);
    if (near > WALK_ROWS_MAX) {
      return ranks().select(rank);
    }
    try (OrderCursor members = order.scan(keyspace, head, null, null, fromEnd < rank)) {
      members.skip(near + 1);
      return members.key();
    }
  }

  // ---------------------------------------------------------------- ZSCAN

  /**
   * Walks on from a cursor, 0 at first: at least {@code count} members if there are so many, whole hash buckets. A
   * set of up to {@link #WALK_ROWS_MAX} members is given at once, in score order.
   *
   * @return the cursor to go on from, 0 at the end
   */
  public long scan(long cursor, long count, MemberVisitor visitor) {
    if (cursor == 0 && size() <= WALK_ROWS_MAX) {
      byRank(0, size(), false, visitor);
      return 0;
    }
    if (!exists() || cursor < 0 || cursor > 0xFFFF_FFFFL) {
      return 0;
    }
    long seen = 0;
    int last = 0;
    try (RowCursor rows = keyspace.cells.rows(head, KIND, MemberHash.bucket((int) cursor), null, false)) {
      while (rows.next()) {
        byte[] sub = rows.sub();
        int hash = MemberHash.ofSubKey(sub);
        if (seen >= count && hash != last) {
          return (last & 0xFFFF_FFFFL) + 1;
        }
        last = hash;
        seen++;
        visitor.visit(sub, MemberHash.BYTES, sub.length - MemberHash.BYTES, shown(rows.value()));
      }
    }
    return 0;
  }

  private static double shown(byte[] stored) {
    int at = RowCodec.plainPayloadAt(stored, 0);
    return at >= 0 ? Score.ofPayload(stored, at) : Score.shown(RowCodec.decode(new ByteReader(stored)));
  }
}
