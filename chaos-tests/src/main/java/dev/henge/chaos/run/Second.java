package dev.henge.chaos.run;

import java.util.List;

/**
 * What clients saw in one second of a run. Latencies are counted from when a command was due, so that waiting behind
 * another counts.
 *
 * @param at which second, from the beginning of the run
 * @param okOfNode how many commands each node answered
 */
public record Second(int at, long ok, long refused, long inDoubt, double p50Millis, double p99Millis, double maxMillis,
    List<Long> okOfNode) {

  public Second {
    okOfNode = List.copyOf(okOfNode);
  }
}
