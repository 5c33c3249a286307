package dev.henge.ring.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.ring.placement.Goal;
import dev.henge.ring.placement.NodeAddress;
import dev.henge.ring.placement.NodeState;
import dev.henge.ring.placement.Placement;
import dev.henge.ring.placement.RingSettings;
import dev.henge.ring.placement.RingState;
import dev.henge.ring.transfer.RingChanges.Change;
import dev.henge.ring.transfer.RingPlan.NodeLoad;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

class RingPlanTest {

  private static final int VNODES = 1024;
  private static final long MIB = 1 << 20;
  private static final Predicate<String> ALL = node -> true;
  private static final String SPARE = "spare";

  private static NodeState node(String id, String zone, int weight) {
    return new NodeState(id, 1, 1, new NodeAddress("h", 1, 2, 3), zone, weight);
  }

  /** Nodes n0, n1 … with seats, and one that waits. */
  private static RingState ring(int nodes, IntFunction<String> zone, IntFunction<Integer> weight) {
    RingState formed = RingState.empty("c", RingSettings.DEFAULT);
    for (int i = 0; i < nodes; i++) {
      formed = formed.with(node("n" + i, zone.apply(i), weight.apply(i)));
    }
    return formed.withGoal(Goal.first(formed), Optional.empty()).with(node(SPARE, zone.apply(nodes), 100));
  }

  private static RingState ring(int nodes) {
    return ring(nodes, i -> "", i -> 100);
  }

  private static RingState done(RingState state, Function<RingChanges, Change> verb) {
    Change change = verb.apply(new RingChanges(state, "n0"));
    assertEquals(null, change.refusal());
    return change.state();
  }

  private static long[] even(long bytes) {
    long[] all = new long[VNODES];
    Arrays.fill(all, bytes);
    return all;
  }

  private static RingPlan plan(RingState before, Function<RingChanges, Change> verb, Predicate<String> alive) {
    return RingPlan.of(done(before, verb), Placement.of(before), even(MIB), alive);
  }

  private static NodeLoad load(RingPlan plan, String node) {
    return plan.nodes().stream().filter(n -> n.node().equals(node)).findFirst().orElseThrow();
  }

  /** Whatever is planned: what comes in is what others' change of owners says, and each node's sums are right. */
  private static void assertAddsUp(RingPlan plan) {
    long in = 0;
    for (NodeLoad n : plan.nodes()) {
      assertEquals(n.bytesAfter(), n.bytesBefore() + n.bytesIn() - n.bytesOut(), n.toString());
      in += n.bytesIn();
    }
    assertEquals(plan.bytesMoved(), in);
    assertEquals(VNODES, plan.nodes().stream().mapToInt(NodeLoad::primariesBefore).sum());
    assertEquals(VNODES, plan.nodes().stream().mapToInt(NodeLoad::primariesAfter).sum());
    List<String> names = plan.nodes().stream().map(NodeLoad::node).toList();
    assertEquals(names.stream().sorted().toList(), names);
  }

  @Test
  void aJoinIsTold() {
    RingState state = done(ring(3), r -> r.throttle(10 * MIB));
    RingPlan plan = plan(state, r -> r.stageJoin(List.of(SPARE)), ALL);
    assertAddsUp(plan);
    assertEquals(List.of("node spare joins with weight 100"), plan.changes());
    NodeLoad spare = load(plan, SPARE);
    assertEquals(0, spare.vnodesBefore());
    assertEquals(100, spare.weight());
    assertEquals(spare.vnodesAfter() * MIB, spare.bytesIn());
    assertEquals(0, spare.bytesOut());
    assertTrue(spare.vnodesAfter() > 690 && spare.vnodesAfter() < 810, spare.toString());
    assertEquals(plan.vnodesMoved() * MIB, plan.bytesMoved());
    assertEquals((spare.vnodesAfter() + 9) / 10, plan.seconds());
    assertEquals(0, plan.vnodesUnsized());
    assertEquals(VNODES, load(plan, "n0").vnodesBefore());
    assertEquals(List.of(), plan.warnings());
  }

  @Test
  void whatHasNoKnownSizeIsCounted() {
    long[] bytes = new long[VNODES];
    for (int v = 0; v < VNODES; v++) {
      bytes[v] = v % 2 == 0 ? v : -1;
    }
    RingState state = done(ring(3), r -> r.stageJoin(List.of(SPARE)));
    RingPlan plan = RingPlan.of(state, Placement.of(ring(3)), bytes, ALL);
    assertAddsUp(plan);
    Placement after = Placement.of(done(state, RingChanges::commit));
    long unsized = after.vnodesOf(SPARE).stream().filter(v -> v % 2 == 1).count();
    assertTrue(unsized > 0);
    assertEquals(unsized, plan.vnodesUnsized());
    assertEquals(0, plan.seconds()); // no rate is set
    assertThrows(IllegalArgumentException.class, () -> RingPlan.of(state, Placement.of(ring(3)), new long[3], ALL));
  }

  @Test
  void nothingStagedIsNothingToDo() {
    RingPlan plan = RingPlan.of(ring(5), Placement.of(ring(5)), even(MIB), ALL);
    assertAddsUp(plan);
    assertEquals(List.of(), plan.changes());
    assertEquals(0, plan.vnodesMoved());
    assertEquals(5, plan.nodes().size());
    RingState undone = done(done(ring(5), r -> r.stageJoin(List.of(SPARE))), RingChanges::unstage);
    assertEquals(plan, RingPlan.of(undone, Placement.of(ring(5)), even(MIB), ALL));
  }

  @Test
  void aReplacementIsToldAndMovesOneNodesVnodes() {
    RingPlan plan = plan(ring(5), r -> r.stageReplace("n2", SPARE), node -> !node.equals("n2"));
    assertAddsUp(plan);
    assertEquals(List.of("node spare takes the place of node n2"), plan.changes());
    assertEquals(load(plan, "n2").vnodesBefore(), load(plan, SPARE).vnodesAfter());
    assertEquals(load(plan, "n2").vnodesBefore(), plan.vnodesMoved());
    assertEquals(0, load(plan, "n2").weight());
    assertTrue(plan.warnings().get(0).startsWith("node n2 is to hand over its vnodes and does not answer"),
        plan.warnings().toString());
  }

  @Test
  void severalChangesAreOnePlan() {
    RingState state = ring(6);
    for (Function<RingChanges, Change> verb : List.<Function<RingChanges, Change>>of(r -> r.stageJoin(List.of(SPARE)),
        r -> r.stageLeave(List.of("n1")), r -> r.stageRemove(List.of("n2")), r -> r.stageWeight("n3", 150),
        r -> r.stageReplicas(2))) {
      state = done(state, verb);
    }
    RingPlan plan = RingPlan.of(state, Placement.of(ring(6)), even(MIB), ALL);
    assertAddsUp(plan);
    assertEquals(List.of("N becomes 2, it is 3", "the weight of node n3 becomes 150, it is 100",
        "node spare joins with weight 100", "node n1 leaves", "node n2 is removed, dead for good"), plan.changes());
    assertEquals(0, load(plan, "n1").vnodesAfter());
    assertEquals(load(plan, "n1").bytesBefore(), load(plan, "n1").bytesOut());
    assertEquals(2 * VNODES, plan.nodes().stream().mapToInt(NodeLoad::vnodesAfter).sum());
    RingState removed = done(state, RingChanges::commit);
    assertEquals(List.of("node n2 joins with weight 100", "node n2 is no longer taken for dead for good"),
        RingPlan.of(done(removed, r -> r.stageJoin(List.of("n2"))), Placement.of(removed), even(1), ALL).changes());
  }

  @Test
  void fewNodesAndFewZonesAreWarnedOf() {
    assertEquals(List.of("N is 4 and there are 3 nodes: there are 3 copies only, and every node owns everything"),
        plan(ring(3), r -> r.stageReplicas(4), ALL).warnings());
    RingState twoZones = ring(5, i -> "z" + i % 2, i -> 100);
    assertEquals(List.of("N is 3 and there are 2 zones: copies of a vnode share a zone"),
        plan(twoZones, r -> r.stageJoin(List.of(SPARE)), ALL).warnings());
    RingState threeZones = ring(5, i -> "z" + i % 3, i -> 100);
    assertEquals(List.of(), plan(threeZones, r -> r.stageJoin(List.of(SPARE)), ALL).warnings());
  }

  @Test
  void fewCopiesAliveAreWarnedOf() {
    RingPlan oneOfTwo = plan(done(done(ring(4), r -> r.stageReplicas(2)), RingChanges::commit),
        r -> r.stageRemove(List.of("n0")), ALL);
    int had = load(oneOfTwo, "n0").vnodesBefore();
    assertEquals(List.of(had + " vnodes have only one copy alive until others are made",
        had + " vnodes lose the majority of owners for good: what they alone had is lost"), oneOfTwo.warnings());
    assertEquals(List.of(), plan(ring(5), r -> r.stageRemove(List.of("n0")), ALL).warnings());
    RingPlan two = plan(ring(5), r -> r.stageRemove(List.of("n0", "n1")), ALL);
    assertTrue(two.warnings().get(0).endsWith("vnodes have only one copy alive until others are made"),
        two.warnings().toString());
    RingPlan dead = plan(ring(5), r -> r.stageJoin(List.of(SPARE)), node -> node.equals("n4"));
    assertTrue(dead.warnings().get(0).endsWith("vnodes have no owner alive: their data is lost unless one comes back"),
        dead.warnings().toString());
    assertTrue(dead.warnings().contains("node spare does not answer; what it is to take waits for it"));
  }

  @Test
  void sharesThatCannotBeAreWarnedOf() {
    RingPlan heavy = plan(ring(5), r -> r.stageWeight("n0", 1000), ALL);
    assertEquals("node n0 by its weight should own 2194 vnodes; it can own each of the 1024 only once, the others "
        + "carry the rest", heavy.warnings().get(0));
    RingState loneZone = ring(6, i -> i == 0 ? "a" : i % 2 == 0 ? "b" : "c", i -> 100);
    RingPlan lone = plan(loneZone, r -> r.stageWeight("n1", 110), ALL);
    assertTrue(lone.warnings().get(0).startsWith("node n0 would own 1024 vnodes, 2.03 of"), lone.warnings().toString());
  }

  @Test
  void aMoveBetweenZonesIsWarnedOf() {
    RingState state = ring(6, i -> "z" + i % 4, i -> 100); // the spare is in z2
    RingPlan plan = plan(state, r -> r.stageReplace("n1", SPARE), ALL);
    assertEquals("node spare is in zone 'z2' and node n1, whose place it takes, in zone 'z1': other vnodes move too",
        plan.warnings().get(0));
    RingState moved = state.with(new NodeState("n1", 2, 1, new NodeAddress("h", 1, 2, 3), "z9", 100));
    assertTrue(plan(moved, r -> r.stageJoin(List.of(SPARE)), ALL).warnings().contains(
        "node n1 says that it is in another zone than its seat; a leave and a join would mend it"));
  }

  @Test
  void whatIsUnderWayIsWarnedOf() {
    RingState staged = done(ring(3), r -> r.stageJoin(List.of(SPARE)));
    RingState joined = done(done(staged, RingChanges::commit), RingChanges::pause);
    Placement old = Placement.of(ring(3));
    int wanted = Placement.of(joined).vnodesOf(SPARE).cardinality();
    RingPlan left = RingPlan.of(joined, old, even(MIB), ALL);
    assertEquals(wanted, left.vnodesMoved()); // what the goal has still to do
    assertEquals(List.of("transfers are paused: nothing moves before they are resumed"), left.warnings());
    RingPlan more = RingPlan.of(done(joined, r -> r.stageReplicas(2)), old, even(MIB), ALL);
    assertEquals("the last commit is not done: of what it wanted " + wanted + " copies are still to be made; this plan "
        + "counts from how things are now", more.warnings().get(1));
  }

  /** Owners on the way, some of them without a seat: they are in the plan, with what they may drop. */
  @Test
  void whoOwnsWithoutASeatIsToldToo() {
    RingState left = done(done(ring(5), r -> r.stageLeave(List.of("n4"))), RingChanges::commit);
    Placement now = Placement.of(left).withOwners(5, List.of("n4", "n0", "n1"));
    RingPlan plan = RingPlan.of(left, now, even(MIB), ALL);
    assertAddsUp(plan);
    assertEquals(1, load(plan, "n4").vnodesBefore());
    assertEquals(1, load(plan, "n4").primariesBefore());
    assertEquals(MIB, load(plan, "n4").bytesOut());
  }

  @Test
  void largeRingsAreQuick() {
    Random random = new Random(5);
    for (int nodes : new int[] {100, 1000}) {
      RingState formed = RingState.empty("c", RingSettings.DEFAULT);
      List<String> ids = new ArrayList<>();
      for (int i = 0; i < nodes; i++) {
        ids.add(Long.toHexString(random.nextLong()) + Long.toHexString(random.nextLong()));
        formed = formed.with(node(ids.get(i), "z" + i % 3, 100));
      }
      RingState state = formed.withGoal(Goal.first(formed), Optional.empty()).with(node(SPARE, "z0", 100));
      Placement now = Placement.of(state);
      long start = System.nanoTime();
      RingState staged = done(done(state, r -> r.stageJoin(List.of(SPARE))), r -> r.stageLeave(ids.subList(0, 3)));
      RingPlan plan = RingPlan.of(staged, now, even(MIB), ALL);
      long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
      System.out.printf("a plan for %d nodes: %d ms, %d copies move%n", nodes, millis, plan.vnodesMoved());
      assertAddsUp(plan);
      assertTrue(millis < 5_000, nodes + " nodes took " + millis + " ms");
    }
  }
}
