package dev.henge.chaos.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.chaos.check.Op;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * How long commands take while a ring grows and shrinks, in simulated time: what the protocol has them wait for, without
 * what the processors of one machine are short of.
 */
class ChangeDelaysTest {

  private static final int NODES = 3;
  private static final int SPARES = 3;
  private static final int VNODES = 32;
  private static final int CLIENTS = 8;
  private static final long LEASE_MILLIS = 1_500;
  private static final long STEP_MILLIS_MAX = 60_000;

  private final Simulation sim = new Simulation(new Plan(1, NODES, SPARES, VNODES, Plan.Durability.PROCESSES_DIE, false, 0,
      LEASE_MILLIS, 0, 0, CLIENTS, 10, 0, new ArrayList<>(), null), false);
  private int counted;

  /** Of some commands, in ms. */
  private record Delays(double p50, double p99, double p999) {}

  @Test
  void aChangeKeepsNoCommandWaiting() {
    sim.nodes.subList(0, NODES).forEach(SimulatedNode::start);
    sim.gossip.begin();
    sim.time.runMillis(5_000);
    sim.nodes.subList(NODES, NODES + SPARES).forEach(SimulatedNode::start);
    sim.time.runMillis(2_000);
    for (int i = 1; i <= CLIENTS; i++) {
      new SimulatedClient(sim, i).begin();
    }
    sim.time.runMillis(1_000);
    delays("at first");
    sim.time.runMillis(10_000);
    Delays before = delays("before");
    change("3 to 4 nodes", before, List.of(join(3)));
    change("4 to 6 nodes", before, List.of(join(4), join(5)));
    change("6 to 5 nodes", before, List.of(leave(0)));
    change("5 to 3 nodes", before, List.of(leave(3), leave(4)));
  }

  private List<String> join(int node) {
    return List.of("JOIN", sim.nodes.get(node).id);
  }

  private List<String> leave(int node) {
    return List.of("LEAVE", sim.nodes.get(node).id);
  }

  private void change(String name, Delays before, List<List<String>> commands) {
    List<List<String>> script = new ArrayList<>(commands);
    script.add(List.of("COMMIT"));
    long fingerprint = target();
    long end = sim.time.nowMillis() + STEP_MILLIS_MAX;
    sim.operator.order(script);
    while (target() == fingerprint || !settled()) {
      assertTrue(sim.time.nowMillis() < end, name + ": not done within " + STEP_MILLIS_MAX + " ms");
      sim.time.runMillis(50);
    }
    Delays delays = delays(name);
    assertTrue(delays.p99() <= 2 * before.p99(), name + ": " + delays + ", before " + before);
    assertTrue(delays.p999() <= LEASE_MILLIS / 4.0, name + ": " + delays + ", before " + before);
  }

  private long target() {
    return sim.nodes.get(1).core.shard().target().fingerprint();
  }

  private boolean settled() {
    return sim.nodes.stream().allMatch(node -> node.core.shard().target().fingerprint() == target()
        && node.core.shard().transfers().standing().isDone());
  }

  private Delays delays(String name) {
    List<Op> all = sim.history.all();
    List<Double> millis = new ArrayList<>();
    int under = 0;
    for (Op op : all.subList(counted, all.size())) {
      if (op.endNanos == Op.NEVER) {
        under++;
      } else {
        assertEquals(Op.End.DONE, op.end, op.toString());
        millis.add((op.endNanos - op.startNanos) / 1e6);
      }
    }
    counted = all.size();
    Collections.sort(millis);
    Delays delays = new Delays(at(millis, 0.5), at(millis, 0.99), at(millis, 0.999));
    System.out.printf("%s: %d commands, %d under way; %s, longest %.0f ms%n", name, millis.size(), under, delays, at(millis, 1));
    assertTrue(under <= 8 * CLIENTS, under + " commands have no reply");
    return delays;
  }

  private static double at(List<Double> sorted, double part) {
    return sorted.get((int) Math.min(sorted.size() - 1, part * sorted.size()));
  }
}
