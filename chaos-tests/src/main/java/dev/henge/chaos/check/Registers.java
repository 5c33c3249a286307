package dev.henge.chaos.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Judges values of which each is written once: while the vnode is exclusive they must be linearizable, later at least
 * one of those written last must show.
 *
 * <p>With unique values linearizability needs no search (Gibbons and Korach, "Testing Shared Memories", 1997): of
 * each value its zone is looked at, from the first end of an operation with it to the last beginning of one. A zone
 * that runs forward must not overlap another such, nor have one that runs backward inside.
 */
final class Registers {

  private final Judge judge;
  private final String key;

  /** A value that was read or written, from one moment to another. */
  private record Use(String value, boolean write, Op op) {}

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
    Map<String, long[]> zones = new TreeMap<>();
    zones.put("", new long[] {-1, -1});
    for (Use use : uses) {
      long end = use.op().done() ? use.op().endNanos : Op.NEVER;
      boolean seen = !use.write() || use.op().done();
      if (seen) {
        long[] zone = zones.computeIfAbsent(use.value(), v -> new long[] {Op.NEVER, -1});
        zone[0] = Math.min(zone[0], end);
        zone[1] = Math.max(zone[1], use.op().startNanos);
      }
    }
    List<Map.Entry<String, long[]>> all = new ArrayList<>(zones.entrySet());
    for (int i = 0; i < all.size(); i++) {
      for (int j = i + 1; j < all.size(); j++) {
        if (contradict(all.get(i).getValue(), all.get(j).getValue())) {
          throw judge.fail(key, "not linearizable: " + all.get(i).getKey() + " and " + all.get(j).getKey());
        }
      }
    }
  }

  private static boolean contradict(long[] a, long[] b) {
    boolean aForward = a[0] < a[1];
    boolean bForward = b[0] < b[1];
    if (aForward && bForward) {
      return Math.max(a[0], b[0]) < Math.min(a[1], b[1]);
    }
    return aForward && a[0] < b[1] && b[0] < a[1] || bForward && b[0] < a[1] && a[0] < b[1];
  }
}
