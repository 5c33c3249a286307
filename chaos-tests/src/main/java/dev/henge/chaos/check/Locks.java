package dev.henge.chaos.check;

import java.util.List;

/**
 * Judges locks that are taken by SET NX PX and given back by DEL: while one client must have it, nobody else is given
 * it.
 *
 * <p>A client must have it from the reply of its SET until it asks for the DEL, or until the time of the lock is over,
 * counted from when the SET was asked. Somebody else's DEL that is in doubt may take it away at any time after it was
 * asked. Deadlines are by wall clocks: where one was wrong, nothing is known.
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
        if (other != mine && mine.before(other) && other.endNanos < until && !mayBeGone(other, exclusive)
            && judge.clocksSteady(mine.startNanos, other.endNanos)) {
          throw judge.fail(key, "has two holders: " + mine + " and " + other);
        }
      }
    }
  }

  private static long heldUntilNanos(Op mine, List<Op> ops) {
    long until = mine.startNanos + Long.parseLong(mine.arg(5)) * 1_000_000 - SLACK_NANOS;
    for (Op op : ops) {
      if (op.is("DEL") && op.may() && op.client == mine.client && op.startNanos >= mine.endNanos) {
        until = Math.min(until, op.startNanos);
      }
    }
    return until;
  }

  private static boolean mayBeGone(Op other, List<Op> ops) {
    return ops.stream().anyMatch(op -> op.is("DEL") && op.end == Op.End.IN_DOUBT && op.startNanos < other.endNanos);
  }
}
