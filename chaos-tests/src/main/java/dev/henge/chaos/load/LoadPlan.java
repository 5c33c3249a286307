package dev.henge.chaos.load;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/**
 * What clients are to do.
 *
 * @param nodes where they reach the nodes, in the order of their numbers
 * @param kinds of clients; they take turns
 * @param clients how many, a thread each
 * @param perSecond how many commands are due in a second, of all clients together
 * @param timeout after which a client gives a command up
 * @param keys of each workload that are in use at a time
 */
public record LoadPlan(List<InetSocketAddress> nodes, List<Workload> workloads, List<ClientKind> kinds, int clients,
    int perSecond, long seed, Duration timeout, int keys) {

  public static final Duration TIMEOUT = Duration.ofSeconds(2);
  public static final int KEYS = 3;

  public LoadPlan {
    nodes = List.copyOf(nodes);
    workloads = List.copyOf(workloads);
    kinds = List.copyOf(kinds);
    if (nodes.isEmpty() || workloads.isEmpty() || kinds.isEmpty() || clients < 1 || perSecond < 1 || keys < 1) {
      throw new IllegalArgumentException("a load of nothing");
    }
  }

  /** All workloads, with the usual patience. */
  public static LoadPlan of(List<InetSocketAddress> nodes, int clients, int perSecond, long seed) {
    return new LoadPlan(nodes, Workload.of("all"), ClientKind.of("all"), clients, perSecond, seed, TIMEOUT, KEYS);
  }

  public LoadPlan with(List<Workload> others) {
    return new LoadPlan(nodes, others, kinds, clients, perSecond, seed, timeout, keys);
  }

  public LoadPlan by(List<ClientKind> others) {
    return new LoadPlan(nodes, workloads, others, clients, perSecond, seed, timeout, keys);
  }
}
