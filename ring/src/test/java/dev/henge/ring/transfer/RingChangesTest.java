package dev.henge.ring.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.ring.placement.Goal;
import dev.henge.ring.placement.NodeAddress;
import dev.henge.ring.placement.NodeState;
import dev.henge.ring.placement.Pace;
import dev.henge.ring.placement.Placement;
import dev.henge.ring.placement.RingSettings;
import dev.henge.ring.placement.RingState;
import dev.henge.ring.transfer.RingChanges.Change;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class RingChangesTest {

  private static final String A = "a1111";
  private static final String B = "b2222";
  private static final String C = "c3333";
  private static final String SPARE = "d4444";
  private static final String OTHER = "d4555";

  private static NodeState node(String id, int port, String zone, int weight) {
    return new NodeState(id, 1, 1, new NodeAddress("10.0.0.1", port, 2, 3), zone, weight);
  }

  /** Three nodes with seats, and two that wait. */
  private static RingState ring() {
    RingState formed = RingState.empty("c", RingSettings.DEFAULT)
        .with(node(A, 7001, "x", 100)).with(node(B, 7002, "y", 100)).with(node(C, 7003, "z", 200));
    return formed.withGoal(Goal.first(formed), Optional.empty())
        .with(node(SPARE, 7004, "x", 50)).with(node(OTHER, 7005, "", 100));
  }

  private static RingState done(RingState state, Function<RingChanges, Change> verb) {
    Change change = verb.apply(new RingChanges(state, "n"));
    assertNull(change.refusal());
    assertFalse(change.refused());
    return change.state();
  }

  private static void refused(RingState state, Function<RingChanges, Change> verb, String why) {
    Change change = verb.apply(new RingChanges(state, "n"));
    assertEquals(why, change.refusal());
    assertTrue(change.refused());
    assertSame(state, change.state());
  }

  private static RingState committed(RingState state, Function<RingChanges, Change> verb) {
    return done(done(state, verb), RingChanges::commit);
  }

  private static String seats(Goal goal) {
    return goal.seats().stream().map(s -> s.node() + "/" + s.name() + "/" + s.zone() + "/" + s.weight())
        .collect(Collectors.joining(" "));
  }

  private static Goal staged(RingState state) {
    return RingChanges.staged(state).orElseThrow();
  }

  private static Goal goal(RingState state) {
    return state.goal().orElseThrow();
  }

  @Test
  void whatIsStagedBecomesTheGoalAtACommitOnly() {
    RingState staged = done(ring(), r -> r.stageJoin(List.of(SPARE, "10.0.0.1:7005")));
    assertEquals(ring().goal(), staged.goal());
    assertEquals("a1111/a1111/x/100 b2222/b2222/y/100 c3333/c3333/z/200 d4444/d4444/x/50 d4555/d4555//100",
        seats(staged(staged)));
    staged = done(staged, r -> r.stageLeave(List.of("b")));
    staged = done(staged, r -> r.stageReplicas(2));
    staged = done(staged, r -> r.stageWeight("c3", 300));
    assertEquals(2, staged(staged).version());
    assertEquals(4, staged(staged).edit());
    assertEquals("n", staged(staged).author());
    RingState after = done(staged, RingChanges::commit);
    assertEquals("a1111/a1111/x/100 c3333/c3333/z/300 d4444/d4444/x/50 d4555/d4555//100", seats(goal(after)));
    assertEquals(2, goal(after).version());
    assertEquals(2, after.replicas());
    assertEquals(ring().goal(), after.before());
    assertEquals(Optional.empty(), after.staged());
    refused(after, RingChanges::commit, "nothing is staged");
  }

  @Test
  void aRingThatFormedWithoutAGoalGetsOneWithItsFirstCommit() {
    RingState formed = RingState.empty("c", RingSettings.DEFAULT).with(node(A, 1, "", 100)).with(node(B, 2, "", 100));
    RingState after = committed(formed, r -> r.stageLeave(List.of(A)));
    assertEquals("b2222/b2222//100", seats(goal(after)));
    assertEquals(Optional.of(Goal.first(formed)), after.before());
  }

  @Test
  void joinsAreRefused() {
    refused(ring(), r -> r.stageJoin(List.of()), "no node is named");
    refused(ring(), r -> r.stageJoin(List.of("e")), "no node is known as 'e'");
    refused(ring(), r -> r.stageJoin(List.of("")), "no node is known as ''");
    refused(ring(), r -> r.stageJoin(List.of("d4")), "'d4' could be any of 2 nodes: d4444, d4555");
    refused(ring(), r -> r.stageJoin(List.of(SPARE, A)), "node a1111 already has a seat in the ring");
    refused(ring(), r -> r.stageJoin(List.of(SPARE, "d44")), "node d4444 is named twice");
    RingState staged = done(ring(), r -> r.stageJoin(List.of(SPARE)));
    refused(staged, r -> r.stageJoin(List.of(SPARE)), "node d4444 already has a seat in the ring");
    refused(ring().withRemoved(C, 1), r -> r.stageReplace(A, C), "node c3333 already has a seat in the ring");
  }

  @Test
  void oneAddressMayBeOfMany() {
    RingState again = ring().with(node("e9999", 7003, "", 100)); // on a new disk under the address of a dead one
    refused(again, r -> r.stageReplace("10.0.0.1:7003", "e9"), "'10.0.0.1:7003' could be any of 2 nodes: c3333, e9999");
    assertEquals(List.of("e9999"), RingChanges.meant(again, "e9"));
    RingState six = RingState.empty("c", RingSettings.DEFAULT)
        .with(new NodeState("v6", 1, 1, new NodeAddress("::1", 1, 2, 3), "", 100));
    assertEquals(List.of("v6"), RingChanges.meant(six, "[::1]:1"));
    assertEquals(List.of("v6"), RingChanges.meant(six, "::1:1"));
    assertEquals(List.of(), RingChanges.meant(six, "::1:2"));
    RingState whole = six.with(node("v", 5, "", 100));
    assertEquals(List.of("v"), RingChanges.meant(whole, "v"));
    RingState many = RingState.empty("c", RingSettings.DEFAULT);
    for (int i = 0; i < 7; i++) {
      many = many.with(node("m" + i, i, "", 100));
    }
    refused(many, r -> r.stageLeave(List.of("m")), "'m' could be any of 7 nodes: m0, m1, m2, m3, m4 and 2 more");
  }

  @Test
  void leavingAndRemoving() {
    RingState left = done(ring(), r -> r.stageLeave(List.of(A, B)));
    assertEquals("c3333/c3333/z/200", seats(staged(left)));
    assertEquals(List.of(), staged(left).gone());
    refused(left, r -> r.stageLeave(List.of(A)), "node a1111 has no seat in the ring");
    refused(left, r -> r.stageLeave(List.of(C)), "no node would be left in the ring");
    refused(left, r -> r.stageRemove(List.of(C)), "no node would be left in the ring");
    refused(ring(), r -> r.stageLeave(List.of(SPARE)), "node d4444 has no seat in the ring");
    RingState removed = committed(ring(), r -> r.stageRemove(List.of(B)));
    assertEquals("a1111/a1111/x/100 c3333/c3333/z/200", seats(goal(removed)));
    assertEquals(List.of(B), goal(removed).gone());
    refused(removed, r -> r.stageRemove(List.of(B)), "node b2222 is declared gone already");
    RingState diedLeaving = committed(committed(ring(), r -> r.stageLeave(List.of(B))), r -> r.stageRemove(List.of(B)));
    assertEquals(List.of(B), goal(diedLeaving).gone());
    RingState back = committed(removed, r -> r.stageJoin(List.of(B)));
    assertEquals(List.of(), goal(back).gone());
    assertEquals(goal(ring()).seats(), goal(back).seats());
  }

  @Test
  void aReplacementTakesNameAndWeightAndKeepsItsZone() {
    RingState replaced = committed(ring(), r -> r.stageReplace(C, SPARE));
    assertEquals("a1111/a1111/x/100 b2222/b2222/y/100 d4444/c3333/x/200", seats(goal(replaced)));
    Placement before = Placement.of(ring());
    assertEquals(before.vnodesOf(C), Placement.of(committed(ring(), r -> r.stageReplace(C, OTHER))).vnodesOf(OTHER));
    refused(ring(), r -> r.stageReplace(C, A), "node a1111 already has a seat in the ring");
    refused(ring(), r -> r.stageReplace(C, C), "node c3333 already has a seat in the ring");
    refused(ring(), r -> r.stageReplace(SPARE, OTHER), "node d4444 has no seat in the ring");
    refused(ring(), r -> r.stageReplace("e", OTHER), "no node is known as 'e'");
    RingState twice = committed(replaced, r -> r.stageReplace(SPARE, OTHER));
    assertEquals("a1111/a1111/x/100 b2222/b2222/y/100 d4555/c3333//200", seats(goal(twice)));
    RingState back = committed(twice, r -> r.stageReplace(OTHER, C));
    assertEquals(seats(goal(ring())), seats(goal(back)));
  }

  /** To be replaced is no death: a ring of two copies would go on without a live owner, and so would that one. */
  @Test
  void onlyWhoIsRemovedIsDeclaredGone() {
    RingState replaced = done(ring(), r -> r.stageReplace(C, SPARE));
    assertEquals(List.of(), staged(replaced).gone());
    RingState dead = done(replaced, r -> r.stageRemove(List.of(C)));
    assertEquals(List.of(C), staged(dead).gone());
    assertEquals(staged(replaced).seats(), staged(dead).seats(), "in one commit with its replacement");
  }

  /** The replaced node comes back and joins, while another has its name. */
  @Test
  void aNameInUseIsNotTakenTwice() {
    RingState replaced = committed(ring(), r -> r.stageReplace(C, SPARE));
    RingState both = committed(replaced, r -> r.stageJoin(List.of(C)));
    assertEquals("a1111/a1111/x/100 b2222/b2222/y/100 c3333/c3333~2/z/200 d4444/c3333/x/200", seats(goal(both)));
    RingState swapped = committed(done(replaced, r -> r.stageLeave(List.of(SPARE))), r -> r.stageJoin(List.of(C)));
    assertEquals(seats(goal(ring())), seats(goal(swapped)));
  }

  @Test
  void numbersAreBounded() {
    refused(ring(), r -> r.stageReplicas(0), "N 0 is not in 1..7");
    refused(ring(), r -> r.stageReplicas(8), "N 8 is not in 1..7");
    refused(ring(), r -> r.stageReplicas(3), "N is 3 already");
    refused(ring(), r -> r.stageWeight(A, 0), "weight 0 is not in 1..10000");
    refused(ring(), r -> r.stageWeight(A, 10_001), "weight 10001 is not in 1..10000");
    refused(ring(), r -> r.stageWeight(C, 200), "the weight of node c3333 is 200 already");
    refused(ring(), r -> r.stageWeight(SPARE, 200), "node d4444 has no seat in the ring");
    assertEquals(7, staged(done(ring(), r -> r.stageReplicas(7))).replicas());
  }

  @Test
  void whatIsStagedCanBeForgotten() {
    refused(ring(), RingChanges::unstage, "nothing is staged");
    RingState staged = done(ring(), r -> r.stageJoin(List.of(SPARE)));
    RingState none = done(staged, RingChanges::unstage);
    assertEquals(Optional.empty(), RingChanges.staged(none));
    assertEquals(none, none.merge(staged)); // wins over what others still believe
    refused(none, RingChanges::unstage, "nothing is staged");
    refused(none, RingChanges::commit, "nothing is staged");
    RingState undone = done(staged, r -> r.stageLeave(List.of(SPARE)));
    assertEquals(Optional.empty(), RingChanges.staged(undone));
    RingState other = done(none, r -> r.stageLeave(List.of(A)));
    assertEquals("b2222/b2222/y/100 c3333/c3333/z/200", seats(staged(other)));
  }

  @Test
  void aCancelGoesBackOnce() {
    refused(ring(), RingChanges::cancel, "nothing has been committed that could be cancelled");
    RingState joined = committed(ring(), r -> r.stageJoin(List.of(SPARE)));
    RingState more = done(joined, r -> r.stageReplicas(2));
    RingState back = done(more, RingChanges::cancel);
    assertTrue(goal(back).wantsSame(goal(ring())));
    assertEquals(3, goal(back).version());
    assertEquals(Optional.empty(), back.staged());
    assertEquals(Placement.of(ring()).fingerprint(), Placement.of(back).fingerprint());
    refused(back, RingChanges::cancel, "nothing has been committed that could be cancelled");
    assertEquals(back, back.merge(more));
  }

  @Test
  void aForgottenNodeCannotGetItsSeatBack() {
    RingState left = committed(ring(), r -> r.stageLeave(List.of(B)));
    RingState forgotten = done(left, r -> r.forget(B));
    assertEquals(Optional.empty(), forgotten.node(B));
    refused(forgotten, RingChanges::cancel,
        "node b2222 had a seat before the last commit, but is not known any more");
    RingState staged = done(ring(), r -> r.stageJoin(List.of(SPARE)));
    refused(staged, r -> r.forget(SPARE), "node d4444 is staged to have a seat");
    refused(staged, r -> r.forget(A), "node a1111 has a seat in the ring; leave or remove it first");
    RingState elsewhere = staged.merge(ring().withRemoved(SPARE, 1)); // forgotten through another node
    refused(elsewhere, RingChanges::commit, "node d4444 is staged to have a seat, but is not known any more");
    refused(ring(), r -> r.forget("e"), "no node is known as 'e'");
    assertEquals(Optional.empty(), done(ring(), r -> r.forget(SPARE)).node(SPARE));
  }

  @Test
  void theLimitsOfARingAreRefusals() {
    RingState full = RingState.empty("c", RingSettings.DEFAULT);
    List<String> first = new ArrayList<>();
    for (int i = 0; i < RingState.MAX_NODES; i++) {
      String id = String.format("n%04d", i);
      full = full.with(node(id, i, "", 100));
      if (i < RingState.MAX_NODES - 1) {
        first.add(id);
      }
    }
    full = full.withGoal(Goal.first(full), Optional.empty());
    RingState left = committed(full, r -> r.stageLeave(List.of("n0000")));
    RingState another = left.withRemoved("n0000", 1).with(node("x", 9000, "", 100));
    RingState joined = committed(another, r -> r.stageJoin(List.of("x")));
    RingState most = joined.merge(joined.withRemoved("n0001", 1)).with(node("y", 9001, "", 100));
    refused(most, r -> r.stageJoin(List.of("y")), "a ring cannot have more than 1024 nodes");
    RingState removed = committed(full, r -> r.stageRemove(first));
    assertEquals(1, goal(removed).seats().size());
    RingState worn = ring();
    for (int i = 0; i < RingState.MAX_NODES; i++) {
      worn = worn.withRemoved("old" + i, 1);
    }
    RingState wornOut = worn;
    refused(wornOut, r -> r.forget(SPARE), "no more than 1024 nodes can be forgotten");
  }

  @Test
  void thePaceIsSet() {
    RingState slow = done(ring(), r -> r.throttle(5_000_000));
    assertEquals(new Pace(1, "n", 5_000_000, false), slow.pace());
    RingState paused = done(slow, RingChanges::pause);
    assertEquals(new Pace(2, "n", 5_000_000, true), paused.pace());
    assertSame(paused, done(paused, RingChanges::pause));
    assertEquals(new Pace(3, "n", 0, true), done(paused, r -> r.throttle(0)).pace());
    assertEquals(new Pace(3, "n", 5_000_000, false), done(paused, RingChanges::resume).pace());
    refused(ring(), r -> r.throttle(-1), "a rate of -1 bytes a second is below 0");
    assertEquals(ring().goal(), paused.goal());
  }

  /** Two operators at two nodes: whatever they do and in whatever order they hear, both end with one whole goal. */
  @Property(tries = 300)
  void operatorsAtOnceEndAlike(@ForAll long seed) {
    Random random = new Random(seed);
    RingState left = ring();
    RingState right = ring();
    List<RingState> said = new ArrayList<>(List.of(ring()));
    for (int i = 0; i < 12; i++) {
      left = verb(random).apply(new RingChanges(left, "l")).state();
      right = verb(random).apply(new RingChanges(right, "r")).state();
      said.add(left);
      said.add(right);
      if (random.nextInt(4) == 0) {
        left = left.merge(said.get(random.nextInt(said.size())));
      }
      if (random.nextInt(4) == 0) {
        right = right.merge(said.get(random.nextInt(said.size())));
      }
    }
    RingState met = left.merge(right);
    assertEquals(met, right.merge(left), "seed " + seed);
    boolean wanted = said.stream().flatMap(s -> s.goal().stream()).anyMatch(goal(met)::equals);
    assertTrue(wanted, "seed " + seed + ": nobody committed " + met.goal());
    assertEquals(met, RingState.decode(met.encode()), "seed " + seed);
  }

  private static Function<RingChanges, Change> verb(Random random) {
    String node = List.of(A, B, C, SPARE, OTHER).get(random.nextInt(5));
    String other = List.of(A, B, C, SPARE, OTHER).get(random.nextInt(5));
    int number = 1 + random.nextInt(4);
    List<Function<RingChanges, Change>> verbs = List.of(r -> r.stageJoin(List.of(node)),
        r -> r.stageLeave(List.of(node)), r -> r.stageRemove(List.of(node)), r -> r.stageReplace(node, other),
        r -> r.stageReplicas(number), r -> r.stageWeight(node, number), RingChanges::unstage, RingChanges::commit,
        RingChanges::commit, RingChanges::cancel, RingChanges::pause, r -> r.throttle(number));
    return verbs.get(random.nextInt(verbs.size()));
  }
}
