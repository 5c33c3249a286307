package dev.henge.ring.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.ring.placement.Pace;
import dev.henge.ring.placement.Placement;
import dev.henge.storage.version.Rules;
import dev.henge.storage.version.VersionVector;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** The steps of a changing ring one by one: who is asked again, and what is left for later. */
class ViewStepsTest {

  private static final long SEED = 11;
  private static final long MILLI = 1_000_000;

  /** How long steps are left for later where commands come. */
  private static final long LEFT = 200 * MILLI;

  private static Simulation ringOfFour(int vnodes) {
    Simulation sim = new Simulation(SEED, new Simulation.Options(4, vnodes, true, false, false, 0, 0, false));
    sim.startAll(true);
    sim.untilServed(1_000);
    sim.run(1_000);
    return sim;
  }

  /** Nobody has answered after a message was lost: the decision takes a look more, and is not given up. */
  private static void decidedThough(Predicate<Object> lost) {
    Simulation sim = ringOfFour(8);
    int vnode = 0;
    SimulatedNode executor = sim.primary(vnode);
    List<String> reversed = new ArrayList<>(sim.placement.owners(vnode));
    Collections.reverse(reversed);
    executor.full = lost;
    executor.shard.beginTurn();
    executor.shard.views.decisions.propose(vnode, reversed, executor.nanos());
    executor.shard.endTurn();
    sim.run(300);
    assertEquals(1, executor.shard.views.epoch(vnode), "nobody can have answered");
    executor.full = message -> false;
    long start = sim.nowMillis();
    while (executor.shard.views.epoch(vnode) == 1) {
      assertTrue(sim.nowMillis() - start < 1_000, "an attempt ends only after six seconds");
      sim.step();
    }
  }

  @Test
  void anOwnerThatHasNotPromisedIsAskedAgain() {
    decidedThough(message -> message instanceof Message.ViewPrepare);
  }

  @Test
  void anOwnerThatHasNotAcceptedIsAskedAgain() {
    decidedThough(message -> message instanceof Message.ViewAccept);
  }

  @Test
  void aNodeThatExecutesCommandsLeavesTheNextStepsForLaterButNotForLong() {
    Simulation sim = ringOfFour(64);
    SimulatedNode node = sim.node("n4");
    List<List<String>> wanted = new ArrayList<>();
    for (int v = 0; v < sim.options.vnodes(); v++) {
      List<String> owners = new ArrayList<>(sim.placement.owners(v));
      if (!owners.contains(node.id)) {
        owners.set(0, node.id);
      }
      wanted.add(owners);
    }
    Placement goal = sim.placement.withOwners(wanted);
    node.shard.beginTurn();
    node.shard.views.target(goal);
    long now = node.nanos() + LEFT;
    lookAfterACommand(node, now);
    int first = learning(node);
    assertTrue(first > 0, "the first look");
    for (long later = 20 * MILLI; later < LEFT; later += 20 * MILLI) {
      lookAfterACommand(node, now + later);
    }
    assertEquals(first, learning(node), "while commands come nothing is taken up");
    lookAfterACommand(node, now + LEFT);
    int second = learning(node);
    assertTrue(second > first, "nothing is left for longer");
    node.shard.transfers.tick(now + LEFT + 20 * MILLI);
    assertTrue(learning(node) - second > second - first, "where none came it goes on at once, with more");
  }

  private static void lookAfterACommand(SimulatedNode node, long nanos) {
    int served = node.shard.served().nextSetBit(0);
    node.shard.execute(served, rows -> { });
    node.shard.transfers.tick(nanos);
  }

  private static int learning(SimulatedNode node) {
    int learning = 0;
    for (VnodeReplica r : node.shard.replicas) {
      learning += r != null && r.learning() ? 1 : 0;
    }
    return learning;
  }

  /** An owner that has nothing yet, and is to go again, is no reason to remove one that holds everything. */
  @Test
  void whoHoldsEverythingStaysAsLongAsItsPlaceWouldBeTakenByOneThatHoldsNothing() {
    Simulation sim = new Simulation(SEED, new Simulation.Options(3, 4, true, false, false, 0, 0, false), 2, Rules.SOUND);
    sim.startAll(true);
    sim.untilServed(1_000);
    int vnode = 0;
    SimulatedNode executor = sim.primary(vnode);
    List<String> owners = sim.placement.owners(vnode);
    String holder = owners.get(owners.get(0).equals(executor.id) ? 1 : 0);
    SimulatedNode empty = sim.nodes.values().stream().filter(n -> !owners.contains(n.id)).findFirst().orElseThrow();
    executor.shard.beginTurn();
    executor.shard.flush(vnode, 0);
    executor.shard.endTurn();
    sim.run(500);
    empty.full = message -> message instanceof Message.Pull;
    Placement goal = sim.placement.withOwners(vnode, List.of(executor.id));
    for (SimulatedNode node : sim.nodes.values()) {
      node.shard.transfers().set(new Pace(1, "test", 0, true), List.of());
      node.shard.views.target(goal);
    }
    executor.shard.beginTurn();
    executor.shard.views.decisions.propose(vnode, List.of(executor.id, empty.id, holder), executor.nanos());
    executor.shard.endTurn();
    sim.run(1_000);
    assertEquals(2, executor.shard.views.epoch(vnode));
    sim.nodes.values().forEach(node -> node.shard.transfers().set(new Pace(2, "test", 0, false), List.of()));
    while (executor.shard.views.epoch(vnode) == 2) {
      sim.step();
    }
    assertEquals(List.of(executor.id, holder), executor.shard.views.view(vnode).owners());
  }

  @Test
  void whoHasForgottenItsVotesMustHearMoreThanAMajorityBeforeItCounts() {
    Simulation sim = new Simulation(SEED, new Simulation.Options(3, 4, true, false, false, 0, 0, false));
    sim.startAll(true);
    sim.untilServed(1_000);
    int vnode = 0;
    SimulatedNode restored = sim.node("n3");
    sim.crash("n3", true, false);
    sim.run(100);
    sim.partition(List.of("n1"), true);
    sim.start("n3", true, false);
    restored.shard.views.decisions.forget(vnode);
    sim.run(20_000);
    assertTrue(restored.shard.replicas[1].ready, "of the others it has forgotten nothing");
    assertFalse(restored.shard.replicas[vnode].ready, "it may have acknowledged, with n1, what n2 has not");
    assertTrue(restored.shard.views.decisions.silent(vnode));
    sim.healNetwork();
    sim.run(20_000);
    assertTrue(restored.shard.replicas[vnode].ready);
    assertFalse(restored.shard.views.decisions.silent(vnode));
  }

  /** What an owner said before its disk was replaced by an empty one is no reason to delete rows. */
  @Test
  void whoLetsGoGoesByWhatOwnersSayNowAndNotByWhatTheirLastProcessesSaid() {
    Simulation.Options options = new Simulation.Options(3, 4, true, false, false, 0, 0, false);
    Simulation sim = new Simulation(SEED, options, 2, Rules.SOUND);
    sim.startAll(true);
    sim.untilServed(1_000);
    int vnode = 0;
    SimulatedNode executor = sim.primary(vnode);
    List<String> owners = sim.placement.owners(vnode);
    SimulatedNode other = sim.node(owners.get(owners.get(0).equals(executor.id) ? 1 : 0));
    SimulatedNode guest = sim.nodes.values().stream().filter(n -> !owners.contains(n.id)).findFirst().orElseThrow();
    executor.shard.beginTurn();
    executor.shard.flush(vnode, 0);
    executor.shard.endTurn();
    guest.shard.views.target(sim.placement.withOwners(vnode, List.of(executor.id, guest.id)));
    sim.run(2_000);
    VersionVector written = executor.shard.replicas[vnode].clock;
    assertFalse(written.isEmpty());
    assertEquals(written, guest.shard.replicas[vnode].clock);
    assertEquals(written, other.shard.replicas[vnode].clock);
    sim.crash(other.id, true, false);
    other.log = new MemoryShardLog(false, record -> { });
    guest.shard.views.target(sim.placement);
    sim.run(1_000);
    assertTrue(guest.shard.replicas[vnode] != null, "one of two owners has it, for all that the guest can know");
    sim.start(other.id, true, false);
    long start = sim.nowMillis();
    while (guest.shard.replicas[vnode] != null) {
      assertTrue(sim.nowMillis() - start < 20_000, "all owners have it, and say so");
      sim.step();
    }
    assertTrue(other.shard.replicas[vnode].clock.covers(written));
  }
}
