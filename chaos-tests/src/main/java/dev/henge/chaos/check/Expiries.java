package dev.henge.chaos.check;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Judges keys that are SET with a time to live: a value is not read past its end; and while the vnode is exclusive it
 * is there until then, unless another SET has come. Where a wall clock was wrong, nothing is known.
 */
final class Expiries {

  /** By so much servers may be off with deadlines without being called wrong. */
  private static final long SLACK_NANOS = 300_000_000L;

  private Expiries() {}

  static void check(Judge judge, String key, List<Op> ops) {
    Map<String, Op> sets = sets(ops);
    for (Op get : ops) {
      if (get.is("GET") && get.done() && get.text() != null) {
        Op set = sets.get(get.text());
        if (set == null || set.startNanos > get.endNanos) {
          throw judge.fail(key, "a value was read that nobody had written: " + get);
        }
        if (set.done() && get.startNanos > set.endNanos + livesNanos(set) + SLACK_NANOS
            && judge.clocksSteady(set.startNanos, get.endNanos)) {
          throw judge.fail(key, "was read past its end: " + get + ", set by " + set);
        }
      }
    }
    List<Op> exclusive = judge.exclusive(key, ops);
    Map<String, Op> known = sets(exclusive);
    for (Op get : exclusive) {
      if (get.is("GET") && get.done()) {
        if (get.text() == null) {
          gone(judge, key, get, known);
        } else {
          overwritten(judge, key, get, known);
        }
      }
    }
  }

  private static Map<String, Op> sets(List<Op> ops) {
    Map<String, Op> sets = new HashMap<>();
    ops.stream().filter(op -> op.is("SET") && op.may()).forEach(op -> sets.put(op.arg(2), op));
    return sets;
  }

  private static long livesNanos(Op set) {
    return Long.parseLong(set.arg(4)) * 1_000_000;
  }

  /** Nothing was there: then there is no SET whose end is yet to come, with none beside or behind it that has ended. */
  private static void gone(Judge judge, String key, Op get, Map<String, Op> sets) {
    for (Op set : sets.values()) {
      if (set.before(get) && get.endNanos < set.startNanos + livesNanos(set) - SLACK_NANOS
          && sets.values().stream().noneMatch(other -> other != set && !other.before(set)
              && other.startNanos < get.endNanos && other.startNanos + livesNanos(other) - SLACK_NANOS <= get.endNanos)
          && judge.clocksSteady(set.startNanos, get.endNanos)) {
        throw judge.fail(key, "is gone before its end: set by " + set + ", as seen by " + get);
      }
    }
  }

  private static void overwritten(Judge judge, String key, Op get, Map<String, Op> sets) {
    Op set = sets.get(get.text());
    for (Op other : sets.values()) {
      if (set != null && set.before(other) && other.before(get)) {
        throw judge.fail(key, "shows what had been overwritten: " + get + ", set by " + set + ", after " + other);
      }
    }
  }
}
