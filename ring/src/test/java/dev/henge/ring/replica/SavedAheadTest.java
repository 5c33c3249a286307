package dev.henge.ring.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** What a freeze saves in one turn is saved a little at a time before it. */
class SavedAheadTest {

  private static final long SEED = 3;
  private static final int VNODES = 16;

  private static long stale(SimulatedNode node) {
    return Arrays.stream(node.shard.replicas).filter(r -> r != null && r.recordStale).count();
  }

  @Test
  void looksLeaveLittleToTheFirstFreeze() {
    Simulation sim = new Simulation(SEED, new Simulation.Options(3, VNODES, true, false, false, 0, 0, false));
    sim.startAll(true);
    SimulatedNode first = sim.node("n1");
    sim.untilServed(1_000);
    for (SimulatedNode node : sim.nodes.values()) {
      node.shard.beginTurn();
      for (int v = 0; v < VNODES; v++) {
        if (Simulation.servesAlone(node, v)) {
          String key = (char) ('A' + v) + "k";
          node.shard.execute(v, rows -> Workload.put(rows, key, "v"));
        }
      }
      node.shard.endTurn();
    }
    for (int v = 0; v < VNODES; v++) {
      first.shard.views.record(v);
    }
    assertTrue(stale(first) > 0, "what was written is not in the records");
    assertEquals(VNODES, first.shard.views.unsaved());
    sim.run(Housekeeping.BUSY_NANOS / 1_000_000);
    assertTrue(first.shard.views.unsaved() > 0, "one look saves a few");
    sim.run(1_000);
    assertEquals(0, first.shard.views.unsaved());
    assertEquals(0, stale(first));
  }
}
