package dev.henge.chaos.load;

import dev.henge.chaos.check.Op;
import dev.henge.chaos.run.Event;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * When each node has answered. A server that was taken away is back when it answers: to be started again takes a while
 * on a busy machine.
 */
final class Answered {

  /** Faults that end a server. */
  static final Set<String> DOWN = Set.of("kill", "stop", "wipe", "power", "ended", "roll", "replace");

  /** Of those, the ones that a server comes back from: one that another has taken the place of is missed by nobody. */
  static final Set<String> COMES_BACK = DOWN.stream().filter(kind -> !kind.equals("replace"))
      .collect(Collectors.toUnmodifiableSet());

  private final TreeMap<String, long[]> byNode = new TreeMap<>();

  Answered(HistoryFile.Recorded run) {
    TreeMap<String, long[]> counts = new TreeMap<>();
    for (Op op : run.history().all()) {
      if (op.done()) {
        counts.computeIfAbsent(op.node, node -> new long[1])[0]++;
      }
    }
    counts.forEach((node, count) -> byNode.put(node, new long[(int) count[0]]));
    for (Op op : run.history().all()) {
      if (op.done()) {
        byNode.get(op.node)[(int) --counts.get(op.node)[0]] = op.endNanos;
      }
    }
    byNode.values().forEach(Arrays::sort);
  }

  /** When a node has answered first after a moment; {@link Op#NEVER} if it has not. */
  long first(int node, long afterNanos) {
    long[] ends = byNode.getOrDefault("n" + node, new long[0]);
    int at = Arrays.binarySearch(ends, afterNanos);
    int first = at < 0 ? -at - 1 : at;
    return first < ends.length ? ends[first] : Op.NEVER;
  }

  /** When a node has got over a fault that befell it. */
  long back(int node, Event event) {
    return event.endNanos() == Op.NEVER ? Op.NEVER : COMES_BACK.contains(event.kind()) ? first(node, event.endNanos())
        : event.endNanos();
  }
}
