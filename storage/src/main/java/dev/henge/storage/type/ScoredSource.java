package dev.henge.storage.type;

/** A sorted set or a set as an input of ZUNION and its kin: members with scores, those of a set 1 each. */
public final class ScoredSource {

  private static final int SET_KIND = ValueType.SET.kind();
  private static final double SET_SCORE = 1;

  private final Keyspace keyspace;
  private final Head head;
  private final SortedSetValue sorted;
  private final long size;

  /** @param head of a sorted set, a set, or an absent key */
  public ScoredSource(Keyspace keyspace, Head head) {
    this.keyspace = keyspace;
    this.head = head;
    ValueType type = head.type();
    sorted = type == ValueType.ZSET ? new SortedSetValue(keyspace, head) : null;
    size = sorted != null ? sorted.size() : type == ValueType.SET ? head.part(SET_KIND).live : 0;
  }

  public long size() {
    return size;
  }

  /** Whether both are the same key. */
  public boolean same(ScoredSource other) {
    return head.key.equals(other.head.key);
  }

  /** The member's score, or NaN if it is not there. */
  public double score(byte[] member) {
    if (sorted != null) {
      return sorted.score(member);
    }
    boolean there = size > 0 && keyspace.cells.cell(head, SET_KIND, MemberHash.subKey(member)).live();
    return there ? SET_SCORE : Double.NaN;
  }

  /** Walks all members, in no order that a caller may rely on. */
  public void each(MemberVisitor visitor) {
    if (sorted != null) {
      sorted.byRank(0, sorted.size(), false, visitor);
    } else if (size > 0) {
      eachOfSet(visitor);
    }
  }

  private void eachOfSet(MemberVisitor visitor) {
    try (RowCursor rows = keyspace.cells.rows(head, SET_KIND, null, null, false)) {
      boolean more = true;
      while (more && rows.next()) {
        byte[] sub = rows.sub();
        more = visitor.visit(sub, MemberHash.BYTES, sub.length - MemberHash.BYTES, SET_SCORE);
      }
    }
  }
}
