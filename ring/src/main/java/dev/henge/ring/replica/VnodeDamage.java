package dev.henge.ring.replica;

import dev.henge.storage.type.DamagedRanges.Range;
import dev.henge.storage.type.VnodeRepair;
import dev.henge.storage.version.VersionVector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The damaged rows of one vnode's replica, and how far their repair has come; {@link DamageRepair} has the way of it.
 */
final class VnodeDamage {

  /** More ranges than this in one vnode become one that holds them all. */
  static final int RANGES_MAX = 64;

  enum Phase {
    /** Asks the owners whether one can read the rows and has all that this replica ever had of them. */
    WAITING,
    /** Removes what is left of the rows. */
    PURGING,
    /** Takes the rows from an owner. */
    FETCHING,
    /** Counts the vnode's keys anew. */
    COUNTING
  }

  final VnodeReplica replica;

  /** Sorted, without overlap. */
  final List<Range> ranges = new ArrayList<>();

  /**
   * What may have touched the rows: all that the replica had seen when they were found damaged, and the bundles that
   * passed them by since.
   */
  VersionVector need = VersionVector.EMPTY;

  Phase phase = Phase.WAITING;

  /** The range in hand, and up to where it is done. */
  int at;

  byte[] place;

  /** The owner whose answer is awaited, or {@link VnodeReplica#NOT_AN_OWNER}. */
  int asked = VnodeReplica.NOT_AN_OWNER;

  long answerByNanos;
  long askAgainNanos;
  int attempts;

  /** A flush of everything covers all that the rows may have said: nothing is to be fetched. */
  boolean flushed;

  /** What each owner had seen when it last said that it can read the rows, and since when none of them has moved. */
  VersionVector[] answered;

  long stillSinceNanos;

  VnodeRepair counting;

  VnodeDamage(VnodeReplica replica) {
    this.replica = replica;
    this.answered = new VersionVector[replica.members.size()];
  }

  /** The replica's members are others: who is to give the rows is asked anew. */
  void reshaped(long nowNanos) {
    answered = new VersionVector[replica.members.size()];
    asked = VnodeReplica.NOT_AN_OWNER;
    askAgainNanos = nowNanos;
    stillSinceNanos = nowNanos;
  }

  /** Takes a range up and starts from the beginning. */
  void add(Range range, long nowNanos) {
    byte[] from = range.from();
    byte[] to = range.to();
    for (Range r : List.copyOf(ranges)) {
      boolean apart = Arrays.compareUnsigned(r.to(), from) < 0 || Arrays.compareUnsigned(to, r.from()) < 0;
      if (!apart) {
        from = Arrays.compareUnsigned(from, r.from()) <= 0 ? from : r.from();
        to = Arrays.compareUnsigned(to, r.to()) >= 0 ? to : r.to();
        ranges.remove(r);
      }
    }
    ranges.add(new Range(from, to, true, range.where()));
    ranges.sort((a, b) -> Arrays.compareUnsigned(a.from(), b.from()));
    if (ranges.size() > RANGES_MAX) {
      Range all = new Range(ranges.get(0).from(), ranges.get(ranges.size() - 1).to(), true, range.where());
      ranges.clear();
      ranges.add(all);
    }
    restart(nowNanos);
  }

  /**
   * Back to the first phase: the ranges are closed, and whoever gives the rows must have all that the replica has
   * seen.
   */
  void restart(long nowNanos) {
    phase = Phase.WAITING;
    need = need.join(replica.clock);
    flushed = false;
    begin(nowNanos);
  }

  void next(Phase following, long nowNanos) {
    phase = following;
    begin(nowNanos);
  }

  private void begin(long nowNanos) {
    at = 0;
    place = ranges.isEmpty() ? null : ranges.get(0).from();
    asked = VnodeReplica.NOT_AN_OWNER;
    askAgainNanos = nowNanos;
    stillSinceNanos = nowNanos;
    Arrays.fill(answered, null);
    counting = null;
  }

  /** Goes on to the next range; false if that was the last. */
  boolean nextRange() {
    if (++at == ranges.size()) {
      return false;
    }
    place = ranges.get(at).from();
    return true;
  }

  boolean closed() {
    return phase == Phase.WAITING || phase == Phase.PURGING;
  }

  /** The ranges as the keyspace must see them now. */
  List<Range> shown() {
    return ranges.stream().map(r -> r.close(closed())).toList();
  }

  /** An owner can read the rows, but has not seen enough. */
  void behind(int owner, VersionVector clock, long nowNanos) {
    if (!clock.equals(answered[owner])) {
      answered[owner] = clock;
      stillSinceNanos = nowNanos;
    }
  }

  /** Whether every other owner has answered so. */
  boolean allBehind() {
    for (int i = 0; i < answered.length; i++) {
      if (i != replica.selfIndex && answered[i] == null) {
        return false;
      }
    }
    return answered.length > 1;
  }
}
