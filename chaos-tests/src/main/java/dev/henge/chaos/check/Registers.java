package dev.henge.chaos.check;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Judges values of which each is written once: while the vnode is exclusive they must be linearizable, later at least
 * one of those written last must show.
 *
 * <p>With unique values linearizability needs no search (Gibbons and Korach, "Testing Shared Memories", 1997): of
 * each value its zone is looked at, from the first end of an operation with it to the last beginning of one. A zone
 * that runs forward must not overlap another such, nor have one that runs backward inside. Sorted, that takes
 * O(n log n), however many commands run at a time.
 */
final class Registers {

  private final Judge judge;
  private final String key;

  /** A value that was read or written, from one moment to another. */
  private record Use(String value, boolean write, Op op) {}

  /**
   * Of a value, from the first end of a command with it to the last beginning of one: it was there at both, if they
   * stand in this order.
   */
  private record Zone(String value, long firstEnd, long lastStart) {

    boolean forward() {
      return firstEnd < lastStart;
    }

    Zone with(Zone other) {
      return new Zone(value, Math.min(firstEnd, other.firstEnd), Math.max(lastStart, other.lastStart));
    }

    String told() {
      return value.isEmpty() ? "nothing" : value;
    }
  }

  private Registers(Judge judge, String key) {
    this.judge = judge;
    this.key = key;
  }

  /**
   * @param valueAt where a writing command has its value
   * @param last the read after everything was over
   */
  static void check(Judge judge, String key, List<Op> ops, int valueAt, Op last) {
    Registers registers = new Registers(judge, key);
    List<Use> uses = uses(ops, valueAt);
    registers.written(uses);
    registers.kept(uses, last);
    registers.linearizable(uses(judge.exclusive(key, ops), valueAt));
  }

  static boolean writes(Op op) {
    return op.is("SET") || op.is("GETSET") || op.is("HSET");
  }

  private static List<Use> uses(List<Op> ops, int valueAt) {
    List<Use> uses = new ArrayList<>();
    for (Op op : ops) {
      if (writes(op) && op.may()) {
        uses.add(new Use(op.arg(valueAt), true, op));
      }
      if (!op.is("SET") && !op.is("HSET") && op.done()) {
        uses.add(new Use(op.text() == null ? "" : op.text(), false, op));
      }
    }
    return uses;
  }

  private void written(List<Use> uses) {
    Map<String, Op> writes = new TreeMap<>();
    uses.stream().filter(Use::write).forEach(use -> writes.put(use.value(), use.op()));
    for (Use use : uses) {
      if (!use.write() && !use.value().isEmpty()) {
        Op write = writes.get(use.value());
        if (write == null || write.startNanos > use.op().endNanos) {
          throw judge.fail(key, "a value was read that nobody had written: " + use.op());
        }
      }
    }
  }

  private void kept(List<Use> uses, Op last) {
    if (judge.lasts() && last.text() == null && uses.stream().anyMatch(use -> use.write() && use.op().done())) {
      throw judge.fail(key, "all that was written is lost");
    }
  }

  private void linearizable(List<Use> uses) {
    Map<String, Zone> zones = new TreeMap<>();
    Set<String> seen = new TreeSet<>();
    for (Use use : uses) {
      if (!use.write() || use.op().done()) {
        seen.add(use.value());
      }
    }
    zones.put("", new Zone("", -1, -1));
    for (Use use : uses) {
      // a write in doubt whose value was read has happened, and not before it was asked
      if (seen.contains(use.value())) {
        long end = use.op().done() ? use.op().endNanos : Op.NEVER;
        zones.merge(use.value(), new Zone(use.value(), end, use.op().startNanos), Zone::with);
      }
    }
    List<Zone> forward = new ArrayList<>(zones.values().stream().filter(Zone::forward).toList());
    forward.sort(Comparator.comparingLong(Zone::firstEnd));
    for (int i = 1; i < forward.size(); i++) {
      // if no two neighbours overlap, no two do
      if (forward.get(i).firstEnd() < forward.get(i - 1).lastStart()) {
        throw contradiction(forward.get(i - 1), forward.get(i));
      }
    }
    for (Zone zone : zones.values()) {
      Zone around = zone.forward() ? null : lastThatBeginsBefore(forward, zone.lastStart());
      if (around != null && zone.firstEnd() < around.lastStart()) {
        throw contradiction(around, zone);
      }
    }
  }

  private static Zone lastThatBeginsBefore(List<Zone> sorted, long nanos) {
    int low = 0;
    int high = sorted.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sorted.get(middle).firstEnd() < nanos) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low == 0 ? null : sorted.get(low - 1);
  }

  private Violation contradiction(Zone a, Zone b) {
    return judge.fail(key, "not linearizable: " + a.told() + " and " + b.told());
  }
}
