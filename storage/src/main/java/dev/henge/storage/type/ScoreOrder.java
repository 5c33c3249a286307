package dev.henge.storage.type;

import dev.henge.storage.row.Row;
import dev.henge.storage.row.Sibling;
import java.util.Arrays;

/**
 * The derived rows of sorted sets: the score order, one local row a member, and the ranks above it ({@link
 * RankIndex}).
 *
 * <pre>
 * z row : ordered score u64 | member → empty
 * </pre>
 *
 * <p>A queue is popped at one end: the places of what went would be walked over by every later pop until a
 * compaction. So the ends are remembered in memory ({@link OrderEnds}) and every walk from an end starts there.
 */
final class ScoreOrder implements DerivedRows, RankedOrder {

  static final int KIND = 'z';
  static final int RANK_KIND = 'r';

  private final OrderEnds ends = new OrderEnds();

  @Override
  public void changed(Keyspace keyspace, Head head, Part part, byte[] sub, Row before, Row after) {
    byte[] oldKey = before == null ? null : orderKey(before, sub);
    byte[] newKey = after == null ? null : orderKey(after, sub);
    if (Arrays.equals(oldKey, newKey)) {
      return;
    }
    if (oldKey != null) {
      keyspace.cells.deleteLocal(head, KIND, oldKey);
    }
    if (newKey != null) {
      keyspace.cells.putLocal(head, KIND, newKey, Sibling.NOTHING);
      ends.added(head, newKey);
    }
    if (levels(part) > 0) {
      ranks(keyspace, head, part).moved(oldKey, newKey, MemberHash.ofSubKey(sub));
    }
  }

  /**
   * One row whose key has the score in the place of the hash; the ranks' rows, one for every 15 of them, are
   * left out.
   */
  @Override
  public int bytes(int liveKeyBytes) {
    return liveKeyBytes - MemberHash.BYTES + Score.BYTES + Cells.ROW_OVERHEAD_BYTES;
  }

  RankIndex ranks(Keyspace keyspace, Head head, Part part) {
    return new RankIndex(this, keyspace, head, part, ends.clampLow(head, null));
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
    return MemberHash.of(Arrays.copyOfRange(orderKey, Score.BYTES, orderKey.length));
  }

  @Override
  public int levels(Part part) {
    return part.derived.length == 0 ? 0 : part.derived[0];
  }

  @Override
  public void levels(Part part, int levels) {
    part.derived = new byte[] {(byte) levels};
  }

  private static byte[] orderKey(Row row, byte[] sub) {
    return Score.key(Score.shown(row), sub, MemberHash.BYTES, sub.length - MemberHash.BYTES);
  }

  /**
   * Walks the members with order keys from {@code from} (inclusive) to {@code to} (exclusive); null is an open end.
   */
  OrderCursor scan(Keyspace keyspace, Head head, byte[] from, byte[] to, boolean reverse) {
    byte[] low = ends.clampLow(head, from);
    byte[] high = ends.clampHigh(head, to);
    boolean fromEnd = reverse ? ends.atHigh(head, to) : ends.atLow(head, from);
    if (low != null && high != null && Arrays.compareUnsigned(low, high) >= 0) {
      return new OrderCursor(null, head, reverse, fromEnd ? ends : null, reverse ? low : high);
    }
    RowCursor rows = keyspace.cells.rows(head, KIND, low, high, reverse);
    return new OrderCursor(rows, head, reverse, fromEnd ? ends : null, reverse ? low : high);
  }
}
