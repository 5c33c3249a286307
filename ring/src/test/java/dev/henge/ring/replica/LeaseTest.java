package dev.henge.ring.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** How long a vnode is without a server, case by case, in virtual time with the default lease of 1500 ms. */
class LeaseTest {

  private static final long SEED = 7;
  private static final int SEEDS_OF_HANDOVERS = 30;
  /** Two messages, and what they wait for in a node's turns. */
  private static final long HANDOVER_MILLIS_MAX = 30;

  private static Simulation ring(int nodes, boolean strict) {
    Simulation sim = new Simulation(SEED, new Simulation.Options(nodes, 8, strict, false, false, 0, 0, false));
    sim.startAll(true);
    sim.untilServed(1_000);
    sim.run(1_000);
    return sim;
  }

  /** The node that leads some vnode's preference list, with that vnode. */
  private static int vnodeOf(Simulation sim, String first) {
    for (int v = 0; v < sim.options.vnodes(); v++) {
      if (sim.placement.owners(v).get(0).equals(first)) {
        return v;
      }
    }
    throw new AssertionError("no vnode of " + first);
  }

  private static void report(String what, long millis) {
    System.out.println("lease: " + what + " " + millis + " ms");
  }

  /** Until all vnodes are served by others than the node; returns how long that took. */
  private static long untilOthersServe(Simulation sim, String gone, long limitMillis) {
    long start = sim.nowMillis();
    for (int v = 0; v < sim.options.vnodes(); v++) {
      while (sim.primary(v) == null || sim.primary(v) == sim.node(gone)) {
        assertTrue(sim.nowMillis() - start <= limitMillis, sim.standing());
        sim.step();
      }
    }
    return sim.nowMillis() - start;
  }

  @Test
  void aNewRingServesAtOnce() {
    Simulation sim = new Simulation(SEED, new Simulation.Options(3, 8, false, false, false, 0, 0, false));
    sim.startAll(true);
    long gap = sim.untilServed(1_000);
    report("new ring", gap);
    assertTrue(gap <= 500, "gap " + gap);
  }

  @Test
  void aColdStartWaitsForOneLease() {
    Simulation sim = new Simulation(SEED, new Simulation.Options(3, 8, false, false, false, 0, 0, false));
    sim.startAll(false);
    long gap = sim.untilServed(3_000);
    report("cold start", gap);
    assertTrue(gap <= Simulation.LEASE_MILLIS + 300, "gap " + gap);
  }

  @Test
  void aRefusedConnectionEndsALeaseAtOnce() {
    Simulation sim = ring(3, false);
    sim.crash("n1", true, false);
    long gap = sim.untilServed(2_000);
    report("primary killed, refused", gap);
    assertTrue(gap <= 200, "gap " + gap);
  }

  @Test
  void aSilentPrimaryIsReplacedWithinTwoSeconds() {
    Simulation sim = ring(3, false);
    sim.crash("n1", false, false);
    long gap = sim.untilServed(3_000);
    report("primary silent", gap);
    assertTrue(gap <= 2_000, "gap " + gap);
  }

  @Test
  void aBrokenConnectionDoesNotEndALeaseBeforeItsTime() {
    Simulation sim = ring(3, false);
    sim.partition(List.of("n1"), true);
    long gap = untilOthersServe(sim, "n1", 2_000);
    report("primary cut off", gap);
    assertTrue(gap <= 2_000, "gap " + gap);
  }

  @Test
  void theFirstOwnerTakesOverAgainWithoutALongGap() {
    Simulation sim = ring(3, false);
    int vnode = vnodeOf(sim, "n1");
    sim.crash("n1", true, false);
    sim.untilServed(2_000);
    sim.run(500);
    Workload work = new Workload(sim);
    for (int i = 0; i < 50; i++) {
      work.one();
    }
    sim.start("n1", false, false);
    long longest = 0;
    long without = 0;
    long start = sim.nowMillis();
    while (sim.primary(vnode) == null || sim.primary(vnode) != sim.node("n1")) {
      assertTrue(sim.nowMillis() - start < 5_000, sim.standing());
      sim.step();
      without = sim.primary(vnode) == null ? without + Simulation.STEP_MILLIS : 0;
      longest = Math.max(longest, without);
    }
    report("hand-back: longest gap", longest);
    report("hand-back: from the start of the process on", sim.nowMillis() - start);
    assertTrue(longest <= 150, "gap " + longest);
  }

  @Test
  void aVnodeIsHandedOverInTheTimeOfSomeMessages() {
    long longest = 0;
    for (long seed = 1; seed <= SEEDS_OF_HANDOVERS; seed++) {
      Simulation sim = new Simulation(seed, new Simulation.Options(3, 8, false, false, false, 0, 0, false));
      sim.startAll(true);
      sim.untilServed(1_000);
      sim.run(1_000);
      SimulatedNode n1 = sim.node("n1");
      n1.shard.beginTurn();
      n1.shard.drain();
      n1.shard.endTurn();
      longest = Math.max(longest, longestWithoutExecutor(sim, "n1"));
    }
    report("handed over: longest gap", longest);
    assertTrue(longest <= HANDOVER_MILLIS_MAX, "gap " + longest);
  }

  /** Until no vnode is served by the node; how long one of them was served by nobody. */
  private static long longestWithoutExecutor(Simulation sim, String leaves) {
    long start = sim.nowMillis();
    long[] without = new long[sim.options.vnodes()];
    long longest = 0;
    boolean over = false;
    while (!over) {
      assertTrue(sim.nowMillis() - start < 5_000, sim.standing());
      sim.step();
      over = true;
      for (int v = 0; v < without.length; v++) {
        SimulatedNode primary = sim.primary(v);
        without[v] = primary == null ? without[v] + Simulation.STEP_MILLIS : 0;
        longest = Math.max(longest, without[v]);
        over &= primary != null && primary != sim.node(leaves);
      }
    }
    return longest;
  }

  /** What the third owner does with its lease, when it is free after so long, for one who was refused it. */
  private static String holderAfter(long millis) {
    Simulation sim = ring(3, true);
    SimulatedNode holder = sim.primary(0);
    List<String> others = sim.ids().stream().filter(id -> !id.equals(holder.id)).toList();
    SimulatedNode owner = sim.node(others.get(0));
    BitSet vnode = new BitSet();
    vnode.set(0);
    owner.shard.beginTurn();
    owner.shard.received(others.get(1), new Message.LeaseRequest(1, vnode, vnode));
    owner.shard.endTurn();
    sim.run(millis);
    assertEquals(holder.id, owner.shard.replicas[0].leaseHolder, "it is lent as long as it is not given back");
    owner.shard.beginTurn();
    owner.shard.received(holder.id, new Message.LeaseRelease(vnode));
    String next = owner.shard.replicas[0].leaseHolder;
    owner.shard.endTurn();
    return others.get(1).equals(next) ? "who was refused" : next;
  }

  @Test
  void whoWasRefusedALeaseIsGivenItOnceItIsFree() {
    assertEquals("who was refused", holderAfter(20));
  }

  @Test
  void whoAskedLongAgoMayServeNoMoreAndMustAskAgain() {
    assertNotEquals("who was refused", holderAfter(Simulation.LEASE_MILLIS));
  }

  @Test
  void aSurvivorServesDegradedAndReturns() {
    Simulation sim = ring(3, false);
    sim.crash("n1", false, false);
    sim.run(700);
    sim.crash("n2", false, false);
    long start = sim.nowMillis();
    SimulatedNode n3 = sim.node("n3");
    while (n3.shard.standing().degraded() < sim.options.vnodes()) {
      assertTrue(sim.nowMillis() - start < 6_000, sim.standing());
      sim.step();
    }
    report("single survivor degraded", sim.nowMillis() - start);
    Workload work = new Workload(sim);
    work.execute(n3, 0, rows -> { }, () -> { });
    assertEquals(1, work.acknowledged);
    sim.start("n1", false, false);
    sim.start("n2", false, false);
    long gap = sim.untilServed(5_000);
    report("return from degraded", gap);
    assertTrue(gap <= 2_500, "gap " + gap);
    sim.run(500);
    assertEquals(0, n3.shard.standing().degraded());
  }

  @Test
  void aStrictSurvivorRefuses() {
    Simulation sim = ring(3, true);
    sim.crash("n1", true, false);
    sim.crash("n2", true, false);
    sim.run(10_000);
    SimulatedNode n3 = sim.node("n3");
    n3.shard.beginTurn();
    assertFalse(n3.shard.serves(0));
    assertEquals(0, n3.shard.standing().degraded());
    sim.start("n2", false, false);
    sim.untilServed(8_000);
    assertNotNull(sim.primary(0));
  }

  @Test
  void aPlannedStopHandsOverAtOnce() {
    Simulation sim = ring(3, false);
    SimulatedNode n1 = sim.node("n1");
    n1.shard.beginTurn();
    n1.shard.stop();
    n1.shard.endTurn();
    sim.run(20);
    sim.crash("n1", true, false);
    long gap = sim.untilServed(2_000);
    report("planned stop", gap);
    assertTrue(gap <= 200, "gap " + gap);
  }

  @Test
  void aPausedPrimaryNeitherServesNorAcknowledges() {
    Simulation sim = ring(3, false);
    int vnode = vnodeOf(sim, "n1");
    sim.pause("n1");
    report("primary paused", untilOthersServe(sim, "n1", 2_000));
    SimulatedNode n1 = sim.node("n1");
    n1.paused = false;
    n1.shard.beginTurn();
    assertFalse(n1.shard.serves(vnode), "its lease is over before it looks");
    n1.paused = true;
    sim.resume("n1");
    sim.run(3_000);
    assertEquals(n1, sim.primary(vnode), "it is the first owner and has caught up");
  }

  @Test
  void noTwoRunsOfANodeNumberTheirQuestionsAlike() {
    Simulation sim = new Simulation(SEED, new Simulation.Options(3, 8, false, false, false, 0, 0, false));
    sim.startAll(true);
    Set<Long> firsts = new HashSet<>();
    for (int run = 1; run <= 20; run++) {
      sim.run(100);
      sim.crash("n1", true, false);
      sim.start("n1", false, false);
      firsts.add(sim.node("n1").shard.firstId());
      assertEquals(run, firsts.size(), "a late answer to the run before would be taken for one to this run");
    }
  }

  @Test
  void aClockIsToldAgainWhereThereWasNoRoomForIt() {
    Simulation sim = ring(3, false);
    int vnode = vnodeOf(sim, "n1");
    SimulatedNode primary = sim.primary(vnode);
    primary.full = message -> message instanceof Message.Ship || message instanceof Message.Clocks;
    primary.shard.beginTurn();
    primary.shard.flush(vnode, 0);
    primary.shard.endTurn();
    sim.run(1_000);
    primary.full = message -> false;
    sim.run(2_000);
    for (String owner : sim.placement.owners(vnode)) {
      assertEquals(primary.shard.clock(vnode), sim.node(owner).shard.clock(vnode), owner);
    }
  }
}
