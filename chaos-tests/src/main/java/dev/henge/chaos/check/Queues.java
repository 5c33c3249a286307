package dev.henge.chaos.check;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Judges lists that are pushed to at one end and popped from at the other, each element once: nothing is popped or
 * seen that was not pushed, nothing acknowledged is lost, nothing popped comes back; and while the vnode is exclusive
 * nothing is popped twice, and what was pushed after another comes out after it.
 *
 * <p>A pop in doubt may have taken an element that nobody knows of, one each.
 */
final class Queues {

  private final Judge judge;
  private final String key;

  /** The pushes, by element. */
  private final Map<String, Op> pushes = new LinkedHashMap<>();

  /** The pops that gave an element, by element; of several the first. */
  private final Map<String, Op> pops = new HashMap<>();

  private final List<Op> allPops = new ArrayList<>();
  private final List<Op> reads = new ArrayList<>();

  private Queues(Judge judge, String key, List<Op> ops) {
    this.judge = judge;
    this.key = key;
    for (Op op : ops) {
      switch (op.name()) {
        case "RPUSH" -> {
          if (op.may()) {
            pushes.put(op.arg(2), op);
          }
        }
        case "LPOP" -> {
          if (op.may()) {
            allPops.add(op);
          }
          if (op.done() && op.text() != null) {
            pops.putIfAbsent(op.text(), op);
          }
        }
        default -> {
          if (op.done()) {
            reads.add(op);
          }
        }
      }
    }
  }

  static void check(Judge judge, String key, List<Op> ops, Op last) {
    Queues all = new Queues(judge, key, ops);
    all.known();
    if (judge.lasts()) {
      all.present(last);
      all.absent(last);
    }
    Queues exclusive = new Queues(judge, key, judge.exclusive(key, ops));
    for (Op read : exclusive.reads) {
      exclusive.present(read);
      exclusive.absent(read);
      exclusive.inOrder(read);
    }
    exclusive.poppedInOrder();
    exclusive.nothingThere();
    new Queues(judge, key, judge.unique(key, ops)).poppedOnce();
  }

  private void known() {
    for (Op read : reads) {
      read.texts().forEach(element -> known(element, read));
      if (new HashSet<>(read.texts()).size() < read.texts().size()) {
        throw judge.fail(key, "has an element twice: " + read);
      }
    }
    pops.forEach(this::known);
  }

  private void known(String element, Op op) {
    Op push = pushes.get(element);
    if (push == null || push.startNanos > op.endNanos) {
      throw judge.fail(key, "had an element that nobody had pushed, " + element + ": " + op);
    }
  }

  private long popsInDoubt(Op until) {
    return allPops.stream().filter(op -> op.end == Op.End.IN_DOUBT && op.startNanos < until.endNanos).count();
  }

  private boolean mayBePopped(String element, Op until) {
    Op pop = pops.get(element);
    return pop != null && pop.startNanos < until.endNanos;
  }

  /** What was pushed before the read, and not popped, is there. */
  private void present(Op read) {
    Set<String> there = new HashSet<>(read.texts());
    long doubts = popsInDoubt(read);
    for (var push : pushes.entrySet()) {
      String element = push.getKey();
      if (push.getValue().before(read) && !there.contains(element) && !mayBePopped(element, read) && --doubts < 0) {
        throw judge.fail(key, "has lost " + element + ", " + push.getValue() + ", as seen by " + read);
      }
    }
  }

  /** What was popped before the read is not there. */
  private void absent(Op read) {
    for (String element : read.texts()) {
      Op pop = pops.get(element);
      if (pop != null && pop.before(read)) {
        throw judge.fail(key, "has " + element + " again, which was popped by " + pop + ", as seen by " + read);
      }
    }
  }

  /** Of two elements the one that had been pushed before the other was pushed stands before it. */
  private void inOrder(Op read) {
    Op latest = null;
    for (String element : read.texts()) {
      Op push = pushes.get(element);
      if (latest != null && push.before(latest)) {
        throw judge.fail(key, "is not in the order of " + push + " and " + latest + ", as seen by " + read);
      }
      latest = latest == null || push.startNanos > latest.startNanos ? push : latest;
    }
  }

  private void poppedInOrder() {
    for (Op later : pops.values()) {
      Op push = pushes.get(later.text());
      for (Op earlier : pops.values()) {
        Op other = pushes.get(earlier.text());
        if (earlier.before(later) && push.before(other)) {
          throw judge.fail(key, "is not in order: " + push + " and " + other + " were popped by " + later + " and "
              + earlier);
        }
      }
    }
  }

  /** A pop that found nothing: all that had been pushed before it was popped before its end, or may have been. */
  private void nothingThere() {
    for (Op pop : allPops) {
      if (pop.done() && pop.text() == null) {
        long doubts = popsInDoubt(pop);
        for (var push : pushes.entrySet()) {
          if (push.getValue().before(pop) && !mayBePopped(push.getKey(), pop) && --doubts < 0) {
            throw judge.fail(key, "was found empty by " + pop + ", though there was " + push.getValue());
          }
        }
      }
    }
  }

  private void poppedOnce() {
    for (Op pop : allPops) {
      Op first = pop.done() && pop.text() != null ? pops.get(pop.text()) : null;
      if (first != null && first != pop) {
        throw judge.fail(key, pop.text() + " was popped twice: " + first + " and " + pop);
      }
    }
  }
}
