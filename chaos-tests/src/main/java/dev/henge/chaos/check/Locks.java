package dev.henge.chaos.check;

import java.util.List;

/**
 * Judges locks that are taken by SET NX PX and given back by DEL: while one client must have it, nobody else is given
 * it.
 *
 * <p>A client must have it from the reply of its SET until it asks for the DEL, or until the time of the lock is over,
 * counted from when the SET was asked. Somebody else's DEL may take it away where it is in doubt, at any time after it
 * was asked, or came so late that the lock may have been somebody else's by then: that is no fault of the server.
 * Deadlines are by wall clocks: where one was wrong, nothing is known.
 */
final class Locks {

  /** By so much servers may be off with deadlines without being called wrong. */
  private static final long SLACK_NANOS = 300_000_000L;

  private Locks() {}

  static void check(Judge judge, String key, List<Op> ops) {
    List<Op> exclusive = judge.unique(key, ops);
    List<Op> taken = exclusive.stream().filter(op -> op.is("SET") && op.done() && op.text() != null).toList();
    for (Op mine : taken) {
      long until = heldUntilNanos(mine, exclusive);
      for (Op other : taken) {
        if (other != mine && mine.before(other) && other.endNanos < until && !mayBeGone(mine, other, exclusive)
            && judge.clocksSteady(mine.startNanos, other.endNanos)) {
          throw judge.fail(key, "has two holders: " + mine + " and " + other);
        }
      }
    }
  }

  private static long heldUntilNanos(Op mine, List<Op> ops) {
    long until = endsNanos(mine);
    for (Op op : ops) {
      if (op.is("DEL") && op.may() && op.client == mine.client && op.startNanos >= mine.endNanos) {
        until = Math.min(until, op.startNanos);
      }
    }
    return until;
  }

  private static boolean mayBeGone(Op mine, Op other, List<Op> ops) {
    return ops.stream().anyMatch(op -> op.is("DEL") && op.may() && op.startNanos < other.endNanos
        && op.latestNanos() > mine.startNanos && (op.end == Op.End.IN_DOUBT || late(op, ops)));
  }

  /** Whether it may have been executed when the time of the lock that it was to give back was over. */
  private static boolean late(Op delete, List<Op> ops) {
    Op taken = null;
    for (Op op : ops) {
      if (op.is("SET") && op.done() && op.text() != null && op.client == delete.client && op.before(delete)) {
        taken = op;
      }
    }
    return taken == null || delete.endNanos > endsNanos(taken);
  }

  private static long endsNanos(Op taken) {
    return taken.startNanos + Long.parseLong(taken.arg(5)) * 1_000_000 - SLACK_NANOS;
  }
}
