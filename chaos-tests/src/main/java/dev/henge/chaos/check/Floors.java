package dev.henge.chaos.check;

import java.util.List;

/**
 * Judges counters that are also set, each time to another multiple of a number that no counting reaches: what shows
 * tells which SET it is above and how many increments it has, and those that the SET had seen must not be among them.
 */
final class Floors {

  private static final long BASE = 1_000_000;

  private Floors() {}

  static void check(Judge judge, String key, List<Op> ops, Op last) {
    long all = ops.stream().filter(Op::may).mapToLong(Counters::adds).sum();
    long value = shown(last);
    if (value % BASE > all) {
      throw judge.fail(key, "has more increments than were tried, " + all + ": " + last);
    }
    if (value >= BASE && set(ops, value) == null) {
      throw judge.fail(key, "was never set to that: " + last);
    }
    List<Op> exclusive = judge.exclusive(key, ops);
    for (Op op : exclusive) {
      if (op.done() && !op.is("SET")) {
        look(judge, key, op, exclusive);
      }
    }
  }

  private static long shown(Op op) {
    return op.text() == null ? 0 : Long.parseLong(op.text());
  }

  private static Op set(List<Op> ops, long value) {
    String base = Long.toString(value - value % BASE);
    return ops.stream().filter(op -> op.is("SET") && op.may() && op.arg(2).equals(base)).findFirst().orElse(null);
  }

  private static void look(Judge judge, String key, Op op, List<Op> ops) {
    long value = shown(op);
    Op set = value >= BASE ? set(ops, value) : null;
    if (value >= BASE && (set == null || set.startNanos > op.endNanos)) {
      throw judge.fail(key, "shows a value that was not set: " + op);
    }
    long least = Counters.adds(op);
    long most = Counters.adds(op);
    for (Op other : ops) {
      if (other == op) {
        continue;
      }
      if (other.is("SET") && other != set && other.before(op) && (set == null || set.before(other))) {
        throw judge.fail(key, "shows what had been overwritten: " + op + " after " + other);
      }
      boolean afterSet = set == null || set.before(other);
      least += afterSet && other.before(op) ? Counters.adds(other) : 0;
      boolean beforeSet = set != null && other.before(set);
      most += other.may() && !beforeSet && other.startNanos < op.endNanos ? Counters.adds(other) : 0;
    }
    if (value % BASE < least || value % BASE > most) {
      throw judge.fail(key, op + " shows " + value % BASE + " increments, not from " + least + " to " + most);
    }
  }
}
