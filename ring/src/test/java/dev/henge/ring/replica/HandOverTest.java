package dev.henge.ring.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What becomes of writes that wait when their vnode goes into other hands. */
class HandOverTest {

  private static final long SEED = 5;
  private static final int OWNERS = 3;

  @Test
  void aWriteThatWaitsForMoreOwnersThanAreThereIsInDoubtAsSoonAsNoneCanBeCountedAnyMore() {
    Simulation sim = new Simulation(SEED, new Simulation.Options(OWNERS, 1, true, false, false, 0, 0, false));
    sim.startAll(true);
    sim.untilServed(1_000);
    SimulatedNode executor = sim.nodes.values().stream().filter(n -> Simulation.servesAlone(n, 0)).findFirst()
        .orElseThrow();
    String absent = sim.ids().stream().filter(id -> !id.equals(executor.id)).findFirst().orElseThrow();
    sim.crash(absent, true, false);
    List<Outcome> outcomes = new ArrayList<>();
    executor.shard.beginTurn();
    executor.shard.execute(0, rows -> Workload.put(rows, "Ak", "v"), OWNERS).await(new Hold.Waiter() {
      @Override
      protected void released(Outcome outcome) {
        outcomes.add(outcome);
      }
    });
    executor.shard.endTurn();
    sim.run(200);
    assertEquals(List.of(), outcomes, "all three are asked for, and two are there");
    executor.shard.drain();
    long from = sim.nowMillis();
    while (outcomes.isEmpty() && sim.nowMillis() < from + executor.shard.config.commandTimeoutNanos() / 1_000_000) {
      sim.step();
    }
    assertEquals(List.of(Outcome.IN_DOUBT), outcomes);
    assertFalse(executor.shard.serves(0));
    assertTrue(sim.nowMillis() - from < 200, "after " + (sim.nowMillis() - from) + " ms");
  }
}
