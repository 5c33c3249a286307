package dev.henge.chaos.run;

import java.util.Set;

/**
 * A fault as it befell a cluster.
 *
 * @param startNanos when it began, by the clock of the run's history
 * @param endNanos when it was undone; {@link Long#MAX_VALUE} while it is in force
 * @param kind such as {@code cut}; one lane of the timeline
 * @param what for a person: "cut {0,1} from {2,3,4}"
 * @param nodes that it befell
 */
public record Event(long startNanos, long endNanos, String kind, String what, Set<Integer> nodes) {

  public Event {
    nodes = Set.copyOf(nodes);
  }
}
