package dev.henge.chaos.check;

import java.util.List;

/**
 * Judges values of which each is written once and that are taken away: what a command has taken away, or had seen
 * when it emptied the database, does not come back.
 */
final class Deleted {

  private Deleted() {}

  /** Keys of SET, GET and GETDEL. */
  static void taken(Judge judge, String key, List<Op> ops, Op last) {
    if (judge.lasts()) {
      for (Op op : ops) {
        if (op.is("GETDEL") && op.done() && op.text() != null && op.text().equals(last.text())) {
          throw judge.fail(key, "is back: deleted by " + op + ", seen by " + last);
        }
      }
      kept(judge, key, ops, ops, last, "GETDEL");
    }
    List<Op> exclusive = judge.exclusive(key, ops);
    for (Op taking : exclusive) {
      if (!taking.is("GETDEL") || !taking.done() || taking.text() == null) {
        continue;
      }
      for (Op op : exclusive) {
        boolean sees = !op.is("SET") && op.done() && taking.text().equals(op.text());
        if (sees && op != taking && (op.is("GETDEL") || taking.before(op))) {
          throw judge.fail(key, "is back: deleted by " + taking + ", seen by " + op);
        }
      }
    }
  }

  /** Keys of SET and GET in a database that is emptied. */
  static void flushed(Judge judge, String key, List<Op> ops, List<Op> flushes, Op last) {
    if (judge.lasts()) {
      kept(judge, key, ops, flushes, last, "FLUSHDB");
    }
    List<Op> exclusive = judge.exclusiveEverywhere(ops);
    for (Op flush : judge.exclusiveEverywhere(flushes)) {
      for (Op set : exclusive) {
        if (!set.is("SET") || !set.before(flush)) {
          continue;
        }
        for (Op get : exclusive) {
          if (get.is("GET") && get.done() && flush.before(get) && set.arg(2).equals(get.text())) {
            throw judge.fail(key, "is back: set by " + set + ", flushed by " + flush + ", seen by " + get);
          }
        }
      }
    }
  }

  /** If nothing is left, something may have taken the newest away. */
  private static void kept(Judge judge, String key, List<Op> ops, List<Op> takers, Op last, String taker) {
    if (last.text() != null) {
      return;
    }
    for (Op set : ops) {
      boolean excused = !set.is("SET") || !set.done() || takers.stream().anyMatch(op -> op.is(taker) && op.may()
          && op.latestNanos() >= set.startNanos && !(taker.equals("GETDEL") && op.done() && op.text() == null));
      if (!excused) {
        throw judge.fail(key, "is lost: " + set);
      }
    }
  }

  /** Keys of SET with a deadline, and GET. */
  static void expired(Judge judge, String key, List<Op> ops) {
    for (Op set : ops) {
      for (Op get : ops) {
        if (set.is("SET") && get.is("GET") && get.done() && !get.jumped && set.arg(2).equals(get.text())
            && get.earliestWallMillis > Long.parseLong(set.arg(4))) {
          throw judge.fail(key, "was read past its deadline: " + get + ", when every clock showed at least "
              + get.earliestWallMillis + ", set by " + set);
        }
      }
    }
  }
}
