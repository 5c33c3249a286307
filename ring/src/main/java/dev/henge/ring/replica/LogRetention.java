package dev.henge.ring.replica;

import dev.henge.storage.version.VersionVector;

/**
 * What tells the log which of its records no other owner lacks any more.
 *
 * <p>For each vnode a mark is set: its clock, and the log's end, at one moment. When all other owners have been heard
 * to hold what the clock covers, none of them lacks a record of the vnode before the mark, and the next mark is set.
 * The lowest of all vnodes' marks is what the log must reach back to. What an owner tells is what its own log is
 * durable up to; one that loses a tail later, or has been away for longer than the log is kept, gets rows.
 *
 * <p>A few vnodes are looked at a tick: all of them about once a second, and no write pays for it.
 */
final class LogRetention {

  /** The vnodes are gone through in so many parts, one each {@link #LOOK_NANOS}. */
  private static final int PARTS = 16;
  private static final long LOOK_NANOS = 60_000_000;

  private final Shard shard;
  private final Mark[] marks;

  /** Before these positions no owner lacks anything of the vnode. */
  private final long[] heldBefore;
  private int next;
  private long nextLookNanos;
  private long neededFrom;

  private record Mark(VersionVector clock, long end) {}

  LogRetention(Shard shard, int vnodes) {
    this.shard = shard;
    this.marks = new Mark[vnodes];
    this.heldBefore = new long[vnodes];
    shard.log.retainFrom(0); // left alone the log takes it that nobody lacks anything
  }

  void tick(long nowNanos) {
    if (nowNanos < nextLookNanos) {
      return;
    }
    nextLookNanos = nowNanos + LOOK_NANOS;
    int until = Math.min(marks.length, next + Math.max(1, (marks.length + PARTS - 1) / PARTS));
    for (int v = next; v < until; v++) {
      if (shard.replicas[v] != null) {
        look(shard.replicas[v]);
      }
    }
    next = until;
    if (next == marks.length) {
      next = 0;
      tell();
    }
  }

  private void look(VnodeReplica r) {
    long end = shard.log.appended();
    if (heldByAll(r, r.clock)) {
      heldBefore[r.vnode] = end;
      marks[r.vnode] = null;
      return;
    }
    Mark mark = marks[r.vnode];
    if (mark == null) {
      marks[r.vnode] = new Mark(r.clock, end);
    } else if (heldByAll(r, mark.clock)) {
      heldBefore[r.vnode] = mark.end;
      marks[r.vnode] = new Mark(r.clock, end);
    }
  }

  private static boolean heldByAll(VnodeReplica r, VersionVector clock) {
    for (int i = 0; i < r.fed; i++) {
      if (i != r.selfIndex && (r.heardClocks[i] == null || !r.heardClocks[i].covers(clock))) {
        return false;
      }
    }
    return true;
  }

  private void tell() {
    long lowest = Long.MAX_VALUE;
    for (VnodeReplica r : shard.replicas) {
      if (r != null) {
        lowest = Math.min(lowest, heldBefore[r.vnode]);
      }
    }
    if (lowest != Long.MAX_VALUE && lowest > neededFrom) {
      neededFrom = lowest;
      shard.log.retainFrom(lowest);
    }
  }
}
