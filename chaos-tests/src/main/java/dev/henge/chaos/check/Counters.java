package dev.henge.chaos.check;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Judges numbers that only grow: never less than what was acknowledged, never more than what was tried; and while the
 * vnode is exclusive no two increments are given the same.
 */
final class Counters {

  private Counters() {}

  /** How much a command adds; 0 for a read. */
  static long adds(Op op) {
    return switch (op.name()) {
      case "INCR" -> 1;
      case "INCRBY" -> Long.parseLong(op.arg(2));
      case "HINCRBY" -> Long.parseLong(op.arg(3));
      case "ZINCRBY" -> Long.parseLong(op.arg(2));
      default -> 0;
    };
  }

  private static long shown(Op op) {
    return op.text() == null ? 0 : Long.parseLong(op.text());
  }

  /** @param what names the counter; its key is the ops' */
  static void check(Judge judge, String what, List<Op> ops, Op last) {
    long acknowledged = ops.stream().filter(Op::done).mapToLong(Counters::adds).sum();
    long tried = ops.stream().filter(Op::may).mapToLong(Counters::adds).sum();
    long value = shown(last);
    if (value > tried || judge.lasts() && value < acknowledged) {
      throw judge.fail(last.key(), what + " is " + value + ", acknowledged " + acknowledged + ", tried " + tried);
    }
    List<Op> exclusive = judge.exclusive(last.key(), ops);
    List<Op> counted = new ArrayList<>();
    for (Op op : exclusive) {
      if (op.done()) {
        inBounds(judge, what, op, exclusive);
        if (adds(op) > 0) {
          counted.add(op);
        }
      }
    }
    counted.sort(Comparator.comparingLong(Counters::shown));
    for (int i = 1; i < counted.size(); i++) {
      if (shown(counted.get(i)) - adds(counted.get(i)) < shown(counted.get(i - 1))) {
        throw judge.fail(last.key(), what + ": two increments were given the same: " + counted.get(i - 1) + " and " + counted.get(i));
      }
    }
  }

  private static void inBounds(Judge judge, String what, Op op, List<Op> ops) {
    long least = adds(op);
    long most = adds(op);
    for (Op other : ops) {
      if (other != op) {
        least += other.before(op) ? adds(other) : 0;
        most += other.may() && other.startNanos < op.endNanos ? adds(other) : 0;
      }
    }
    if (shown(op) < least || shown(op) > most) {
      throw judge.fail(op.key(), what + ": " + op + " shows " + shown(op) + ", not from " + least + " to " + most);
    }
  }
}
