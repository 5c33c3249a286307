package dev.henge.ring.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.storage.version.HybridClock;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * How far wall clocks differ is told with the doubt that the network leaves, and stamps from far ahead are not
 * followed.
 */
class ClockSkewTest {

  private static final long MILLI = 1_000_000;

  @Test
  void whatTheNetworkLeavesInDoubtRaisesNoAlarm() {
    assertEquals(0, ClockSkew.atLeastMillis(0, 0, 1_000, 1_000));
    assertEquals(599, ClockSkew.atLeastMillis(0, 0, 1_000, 1_600));
    assertEquals(599, ClockSkew.atLeastMillis(0, 0, 1_600, 1_000));
    // two seconds on the way: read right after the question, or right before the answer, by a clock that is right
    assertEquals(0, ClockSkew.atLeastMillis(0, 2_000 * MILLI, 10_000, 8_000));
    assertEquals(0, ClockSkew.atLeastMillis(0, 2_000 * MILLI, 10_000, 10_000));
    assertEquals(1_999, ClockSkew.atLeastMillis(0, 2_000 * MILLI, 10_000, 12_000));
    assertEquals(1_999, ClockSkew.atLeastMillis(0, 2_000 * MILLI, 10_000, 6_000));
  }

  @Test
  void everyNodeTellsOfThoseThatDiffer() {
    Simulation sim = new Simulation(5, new Simulation.Options(4, 8, false, false, false, 0, 0, false));
    sim.startAll(true);
    sim.nodes.values().forEach(n -> n.shard.skew.set(500, 0));
    sim.run(3_000);
    for (SimulatedNode n : sim.nodes.values()) {
      long furthest = 0;
      int beyond = 0;
      for (SimulatedNode other : sim.nodes.values()) {
        long skew = Math.abs(other.wallMillis() - n.wallMillis());
        furthest = Math.max(furthest, skew);
        beyond += skew > 520 ? 1 : 0;
      }
      ClockSkew.Standing standing = n.shard.skew().standing();
      assertTrue(standing.millisMax() <= furthest && standing.millisMax() >= furthest - 20,
          n.id + " tells " + standing + ", it is " + furthest);
      assertEquals(beyond, standing.alarms(), n.id);
    }
    sim.crash("n1", true, false);
    sim.crash("n2", true, false);
    sim.crash("n3", true, false);
    sim.run(200);
    assertEquals(new ClockSkew.Standing(0, 0, 0), sim.node("n4").shard.skew().standing(), "nobody is left");
  }

  @Test
  void aStampFromFarAheadDoesNotDragTheClock() {
    long[] wall = {1_800_000_000_000L};
    HybridClock clock = new HybridClock(() -> wall[0]);
    clock.aheadMillisMax(60_000);
    clock.observe(wall[0] + 59_000 << 16);
    assertEquals(wall[0] + 59_000, HybridClock.millis(clock.next()), "within the bound it is followed");
    clock.observe(wall[0] + 61_000 << 16);
    clock.observe(wall[0] + 9_000_000_000L << 16);
    assertEquals(wall[0] + 59_000, HybridClock.millis(clock.next()));
    assertEquals(2, clock.refused());
    wall[0] += 120_000;
    assertEquals(wall[0], HybridClock.millis(clock.next()));
    clock.aheadMillisMax(0);
    clock.observe(wall[0] + 9_000_000_000L << 16);
    assertEquals(wall[0] + 9_000_000_000L, HybridClock.millis(clock.next()), "without a bound it is");
    List<Long> rising = List.of(clock.next(), clock.next());
    assertTrue(rising.get(0) < rising.get(1));
  }
}
