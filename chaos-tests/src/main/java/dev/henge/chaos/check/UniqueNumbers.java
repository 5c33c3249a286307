package dev.henge.chaos.check;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Judges numbers that INCR hands out: a counter as others, and no number is given twice, nor a lower one later. */
final class UniqueNumbers {

  private UniqueNumbers() {}

  static void check(Judge judge, String key, List<Op> ops, Op last) {
    Counters.check(judge, key, ops, last);
    List<Op> given = new ArrayList<>(judge.unique(key, ops).stream().filter(op -> op.is("INCR") && op.done()).toList());
    Map<Long, Op> by = new HashMap<>();
    for (Op op : given) {
      Op earlier = by.put(op.number(), op);
      if (earlier != null) {
        throw judge.fail(key, op.number() + " was given twice: " + earlier + " and " + op);
      }
    }
    List<Op> ended = new ArrayList<>(given);
    ended.sort(Comparator.comparingLong(op -> op.endNanos));
    given.sort(Comparator.comparingLong(op -> op.startNanos));
    int next = 0;
    Op highest = null;
    for (Op op : given) {
      for (; next < ended.size() && ended.get(next).before(op); next++) {
        highest = highest == null || ended.get(next).number() > highest.number() ? ended.get(next) : highest;
      }
      if (highest != null && op.number() < highest.number()) {
        throw judge.fail(key, "a lower number was given later: " + highest + " and " + op);
      }
    }
  }
}
