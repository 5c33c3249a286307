package dev.henge.chaos.check;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Judges strings whose values repeat, under SET, SETNX, GETSET, GETDEL, DEL and GET: while the vnode is exclusive a
 * {@link Search} must find an order in which one server would have given these replies.
 */
final class Swaps {

  private Swaps() {}

  static void check(Judge judge, String key, List<Op> ops) {
    Set<String> written = new HashSet<>();
    ops.stream().filter(op -> op.may() && (op.is("SET") || op.is("SETNX") || op.is("GETSET")))
        .forEach(op -> written.add(op.arg(2)));
    for (Op op : ops) {
      if (op.done() && (op.is("GET") || op.is("GETSET") || op.is("GETDEL")) && op.text() != null
          && !written.contains(op.text())) {
        throw judge.fail(key, "a value was read that nobody had written: " + op);
      }
    }
    List<Op> exclusive = judge.exclusive(key, ops);
    Search search = new Search(exclusive);
    switch (search.run(Search.STEPS_MAX)) {
      case SOUND -> { }
      case UNDECIDED -> judge.undecided(key);
      case CONTRADICTION -> throw judge.fail(key, "not linearizable: of " + exclusive.size()
          + " commands no order explains more than " + search.farthest());
    }
  }
}
