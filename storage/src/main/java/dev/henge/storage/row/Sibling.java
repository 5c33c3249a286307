package dev.henge.storage.row;

import java.util.Arrays;

/**
 * One value of a row that no other write known here had seen; a row has several only after concurrent writes.
 *
 * @param actor and {@code seq}: the dot of the write
 * @param hlc orders concurrent siblings: the highest wins; negative if the value is {@link #implied}
 * @param tombstone whether the write was a delete
 * @param deadlineMillis when the value expires, in milliseconds since 1970, or 0 for never
 * @param payload what the write stored; empty for a tombstone; never changed
 * @param chunked whether the payload is not the value but its {@link ChunkRoot}
 */
public record Sibling(
    long actor, long seq, long hlc, boolean tombstone, long deadlineMillis, byte[] payload, boolean chunked)
    implements Comparable<Sibling> {

  public static final byte[] NOTHING = new byte[0];

  private static final long IMPLIED = Long.MIN_VALUE;

  public Sibling(long actor, long seq, long hlc, boolean tombstone, long deadlineMillis, byte[] payload) {
    this(actor, seq, hlc, tombstone, deadlineMillis, payload, false);
  }

  /**
   * The base that an increment puts under itself where nothing was: a value that nobody wrote. It loses to every value
   * that somebody wrote, whatever the clocks say, for no order of the increment and a SET shows the increment alone
   * after the SET. Its {@code hlc} is the write's stamp with the highest bit set, which no clock's stamp has.
   */
  public static Sibling implied(long actor, long seq, long stamp, long deadlineMillis, byte[] payload) {
    return new Sibling(actor, seq, stamp | IMPLIED, false, deadlineMillis, payload);
  }

  /** Whether nobody wrote the value: an increment put it under itself. */
  public boolean implied() {
    return hlc < 0;
  }

  /** The stamp of the write. */
  public long stamp() {
    return hlc & ~IMPLIED;
  }

  /** Where the value's chunks are; null if it is its own payload. */
  public ChunkRoot root() {
    return chunked ? ChunkRoot.of(this) : null;
  }

  /**
   * The winner first: an ADD before any tombstone, what somebody wrote before an implied base, then the newer stamp,
   * then the higher dot. A large string competes by the stamp and dot of its root: whoever replaced it had seen that,
   * however late somebody wrote to a part of it.
   */
  @Override
  public int compareTo(Sibling other) {
    if (tombstone != other.tombstone) {
      return tombstone ? 1 : -1;
    }
    if (chunked || other.chunked) {
      ChunkRoot mine = ChunkRoot.of(this);
      ChunkRoot theirs = ChunkRoot.of(other);
      int byRoot = Long.compare(theirs.hlc(), mine.hlc());
      byRoot = byRoot != 0 ? byRoot : Long.compare(theirs.actor(), mine.actor());
      byRoot = byRoot != 0 ? byRoot : Long.compare(theirs.seq(), mine.seq());
      if (byRoot != 0) {
        return byRoot;
      }
    }
    int byStamp = Long.compare(other.hlc, hlc); // signed: implied bases come last
    if (byStamp != 0) {
      return byStamp;
    }
    int byActor = Long.compare(other.actor, actor);
    return byActor != 0 ? byActor : Long.compare(other.seq, seq);
  }

  boolean sameDot(Sibling other) {
    return actor == other.actor && seq == other.seq;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Sibling s
        && sameDot(s)
        && hlc == s.hlc
        && tombstone == s.tombstone
        && deadlineMillis == s.deadlineMillis
        && chunked == s.chunked
        && Arrays.equals(payload, s.payload);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(actor * 31 + seq);
  }

  @Override
  public String toString() {
    return (tombstone ? "-" : "+") + Long.toHexString(actor) + ":" + seq + "@" + stamp() + (implied() ? "~" : "")
        + (deadlineMillis == 0 ? "" : "!" + deadlineMillis) + (chunked ? root() : Arrays.toString(payload));
  }
}
