package dev.henge.ring.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.ring.repair.HintLimits;
import dev.henge.ring.repair.HintStore;
import dev.henge.storage.type.Keyspace;
import dev.henge.storage.type.StringValue;
import dev.henge.storage.version.Mutant;
import dev.henge.storage.version.Rules;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** What fallbacks do, case by case: in a ring of five nodes, vnode 0 with three owners and two fallbacks. */
class HintsTest {

  private static final int V = 0;
  private static final int ALL = 1_000_000;
  private static final HintLimits PLENTY = new HintLimits(1 << 20, 3_600_000, 8 << 20);

  private Simulation sim;
  private List<String> owners;
  private List<String> fallbacks;
  private final List<Outcome> outcomes = new ArrayList<>();

  private void ring(HintLimits limits, boolean strict, Rules rules) {
    sim = new Simulation(11, new Simulation.Options(5, 8, strict, false, false, 0, 0, false), rules);
    sim.hintLimits = limits;
    owners = sim.placement.owners(V);
    fallbacks = sim.placement.preferenceList(V).fallbacks();
    sim.startAll(true);
    sim.untilServed(1_000);
    sim.run(1_000);
  }

  private Shard shard(String id) {
    return sim.node(id).shard;
  }

  private HintStore store(String id) {
    return shard(id).hints.store;
  }

  private List<Long> seqs(String id) {
    return store(id).part(V, 0, ALL, ALL, hint -> true).hints().stream().map(HintStore.Hint::seq).toList();
  }

  private void until(String what, long limitMillis, BooleanSupplier so) {
    long start = sim.nowMillis();
    while (!so.getAsBoolean()) {
      if (sim.nowMillis() - start > limitMillis) {
        throw sim.failure(what);
      }
      sim.step();
    }
  }

  private static Shard.Executable set(String key, byte[] value) {
    byte[] bytes = Dump.bytes(key);
    return rows -> new StringValue(rows, rows.open(rows.locate(0, bytes, 0, bytes.length))).set(value, 0);
  }

  /** Writes on an owner that serves; null if the reply may leave at once. */
  private Hold write(String id, String key, byte[] value) {
    Shard shard = shard(id);
    shard.beginTurn();
    assertTrue(shard.serves(V), sim::standing);
    Hold hold = shard.execute(V, set(key, value));
    follow(hold);
    shard.endTurn();
    return hold;
  }

  private Hold writeBlind(String id, String key) {
    Shard shard = shard(id);
    shard.beginTurn();
    assertTrue(shard.hints.blind(V), sim::standing);
    Hints.Blind result = shard.hints.execute(V, set(key, Dump.bytes("blind")));
    assertTrue(result.wrote());
    follow(result.hold());
    shard.endTurn();
    return result.hold();
  }

  private void follow(Hold hold) {
    if (hold == null) {
      outcomes.add(Outcome.DONE);
      return;
    }
    hold.await(new Hold.Waiter() {
      @Override
      protected void released(Outcome outcome) {
        outcomes.add(outcome);
      }
    });
  }

  private boolean blind(String id) {
    shard(id).beginTurn();
    return shard(id).hints.blind(V);
  }

  private String serving() {
    for (String owner : owners) {
      if (sim.node(owner).up && shard(owner).serves(V)) {
        return owner;
      }
    }
    return null;
  }

  private String get(String id, String key) {
    Keyspace rows = shard(id).keyspace();
    rows.begin(0, 0, () -> 0);
    return Workload.get(rows, 0, key);
  }

  private void untilHandedOver() {
    until("hints are left", 20_000, () -> sim.nodes.values().stream().allMatch(n -> n.shard.hints.store.isEmpty()));
  }

  @Test
  void whatAnAbsentOwnerMissesIsHandedOverInOrderThoughTheOthersAreGone() {
    ring(PLENTY, false, Rules.SOUND);
    String absent = owners.get(2);
    sim.crash(absent, true, false);
    sim.run(100);
    List<Long> expected = new ArrayList<>();
    for (long i = 1; i <= 30; i++) {
      write(owners.get(0), "Ak" + i, Dump.bytes("v" + i));
      expected.add(shard(owners.get(0)).clock(V).get(sim.node(owners.get(0)).actor));
      sim.run(4);
    }
    sim.run(100);
    assertEquals(expected, seqs(fallbacks.get(0)));
    assertEquals(List.of(), seqs(fallbacks.get(1)), "one fallback for one absent owner");
    assertEquals(30, outcomes.size());
    sim.crash(owners.get(0), true, false);
    sim.crash(owners.get(1), true, false);
    sim.crash(fallbacks.get(0), true, false);
    sim.start(fallbacks.get(0), false, false);
    assertEquals(expected, seqs(fallbacks.get(0)), "after a restart of the fallback");
    sim.start(absent, false, false);
    until("the owner has it all", 5_000, () -> "v30".equals(get(absent, "Ak30")));
    for (int i = 1; i <= 30; i++) {
      assertEquals("v" + i, get(absent, "Ak" + i));
    }
    assertEquals(30, store(fallbacks.get(0)).count(), "two owners have not been heard");
    sim.start(owners.get(0), false, false);
    sim.start(owners.get(1), false, false);
    untilHandedOver();
    assertEquals(30, shard(fallbacks.get(0)).hints.standing().handedOver());
  }

  /** Two owners are gone, and the third serves alone. */
  private String degraded() {
    sim.crash(owners.get(0), true, false);
    sim.crash(owners.get(1), true, false);
    until("degraded", 5_000, () -> serving() != null);
    return serving();
  }

  @Test
  void aFallbackIsACopyBeyondTheOwnersThatAreThere() {
    ring(PLENTY, false, Rules.SOUND);
    String alone = degraded();
    Hold hold = write(alone, "Ak", Dump.bytes("v"));
    assertFalse(hold.settled(), "W is 2");
    until("acknowledged", 100, hold::settled);
    assertTrue(hold.keptBy(0) || hold.keptBy(1));
    sim.run(50);
    assertEquals(1, store(fallbacks.get(0)).count());
    assertEquals(1, store(fallbacks.get(1)).count(), "distinct fallbacks for two absent owners");
  }

  @Test
  void aFallbackThatFallsSilentIsNotWaitedForLongerThanALease() {
    ring(PLENTY, false, Rules.SOUND);
    String alone = degraded();
    fallbacks.forEach(fallback -> sim.block(fallback, alone, false));
    Hold hold = write(alone, "Ak", Dump.bytes("v"));
    sim.run(500);
    assertFalse(hold.settled());
    until("acknowledged by those that are there", Simulation.LEASE_MILLIS, hold::settled);
    assertEquals(List.of(Outcome.DONE), outcomes);
  }

  @Test
  void aFallbackDoesNotStandInForTheMajority() {
    ring(PLENTY, false, Rules.SOUND);
    sim.crash(owners.get(2), true, false);
    sim.run(100);
    sim.block(owners.get(1), owners.get(0), false);
    Hold hold = write(owners.get(0), "Ak", Dump.bytes("v"));
    sim.run(300);
    assertTrue(hold.keptBy(0));
    assertFalse(hold.settled(), "two copies, but one owner");
  }

  @Test
  void aFullFallbackRefusesAndIsNoCopy() {
    ring(new HintLimits(10, 3_600_000, 1), false, Rules.SOUND);
    String alone = degraded();
    Hold hold = write(alone, "Ak", Dump.bytes("v"));
    until("acknowledged", 200, hold::settled);
    assertFalse(hold.keptBy(0) || hold.keptBy(1));
    assertTrue(shard(fallbacks.get(0)).hints.standing().refused() > 0);
    assertEquals(0, store(fallbacks.get(0)).count());
  }

  @Test
  void theWrongRuleOfAFullFallbackIsNoticed() {
    ring(new HintLimits(10, 3_600_000, 1), false, Rules.breaking(Mutant.HINT_DROPPED_WHEN_FULL));
    String alone = degraded();
    Hold hold = write(alone, "Ak", Dump.bytes("v"));
    until("acknowledged", 200, hold::settled);
    assertThrows(AssertionError.class, () -> sim.copiesAreThere(V, sim.node(alone).actor, hold));
  }

  @Test
  void whatIsTooOldIsDroppedAndTheOwnerPullsItFromOthers() {
    ring(new HintLimits(1 << 20, 2_000, 8 << 20), false, Rules.SOUND);
    sim.crash(owners.get(2), true, false);
    sim.run(100);
    write(owners.get(0), "Ak", Dump.bytes("v"));
    sim.run(1_500);
    assertEquals(1, store(fallbacks.get(0)).count());
    sim.run(2_000);
    assertEquals(0, store(fallbacks.get(0)).count());
    assertEquals(1, shard(fallbacks.get(0)).hints.standing().dropped());
    sim.start(owners.get(2), false, false);
    until("pulled", 5_000, () -> "v".equals(get(owners.get(2), "Ak")));
  }

  @Test
  void handOverIsThrottled() {
    ring(new HintLimits(1 << 20, 3_600_000, 64 << 10), false, Rules.SOUND);
    sim.crash(owners.get(2), true, false);
    sim.run(100);
    for (int i = 0; i < 40; i++) {
      write(owners.get(0), "Ak" + i, new byte[10_000]);
      sim.run(4);
    }
    sim.run(50);
    assertEquals(40, store(fallbacks.get(0)).count());
    sim.crash(owners.get(0), true, false);
    sim.crash(owners.get(1), true, false);
    sim.start(owners.get(2), false, false);
    long start = sim.nowMillis();
    until("handed over", 20_000, () -> get(owners.get(2), "Ak39") != null);
    long millis = sim.nowMillis() - start;
    assertTrue(millis > 4_000 && millis < 8_000, "400 kB at 64 kB a second took " + millis + " ms");
  }

  // ---------------------------------------------------------------- blind writes

  private void ownersDown() {
    owners.forEach(owner -> sim.crash(owner, true, false));
  }

  @Test
  void withoutAnyOwnerAWriteIsTakenBlindAfterALeaseAndHasWCopies() {
    ring(PLENTY, false, Rules.SOUND);
    String here = fallbacks.get(1);
    String there = fallbacks.get(0);
    assertFalse(blind(here));
    ownersDown();
    sim.run(Simulation.LEASE_MILLIS - 100);
    assertFalse(blind(here));
    sim.run(300);
    assertTrue(blind(here));
    assertFalse(blind(owners.get(0)), "an owner is never blind");
    Hold hold = writeBlind(here, "Ab1");
    assertFalse(hold.settled());
    until("a copy", 100, hold::settled);
    assertEquals(List.of(1L), seqs(there));
    // who took it is gone for good, the copy is enough
    sim.crash(here, true, false);
    owners.forEach(owner -> sim.start(owner, false, false));
    until("handed over", 10_000, () -> owners.stream().allMatch(owner -> "blind".equals(get(owner, "Ab1"))));
    until("let go of", 5_000, () -> store(there).isEmpty());
  }

  @Test
  void sequencesGoOnAfterARestartAndAllAreHandedOver() {
    ring(PLENTY, false, Rules.SOUND);
    String here = fallbacks.get(0);
    ownersDown();
    sim.crash(fallbacks.get(1), true, false);
    sim.run(2_000);
    writeBlind(here, "Ab1");
    writeBlind(here, "Ab2");
    assertEquals(List.of(Outcome.DONE, Outcome.DONE), outcomes, "one copy is all that can be had");
    shard(here).beginTurn();
    shard(here).saveRecords();
    sim.node(here).log.freeze();
    writeBlind(here, "Ab3");
    sim.crash(here, true, false);
    sim.start(here, false, false);
    assertEquals(List.of(1L, 2L, 3L), seqs(here));
    until("blind again", 10_000, () -> blind(here));
    sim.start(fallbacks.get(1), false, false);
    sim.run(200);
    writeBlind(here, "Ab4");
    sim.run(100);
    assertEquals(List.of(1L, 2L, 3L, 4L), seqs(fallbacks.get(1)), "a fallback is given those before it first");
    owners.forEach(owner -> sim.start(owner, false, false));
    untilHandedOver();
    for (int i = 1; i <= 4; i++) {
      assertEquals("blind", get(owners.get(0), "Ab" + i));
    }
    assertFalse(blind(here));
    ownersDown();
    sim.run(2_000);
    writeBlind(here, "Ab5");
    assertEquals(List.of(5L), seqs(here));
  }

  @Test
  void otherCommandsWaitForBlindWritesForASecondAtMost() {
    ring(new HintLimits(1 << 20, 3_600_000, 8 << 20), false, Rules.SOUND);
    String here = fallbacks.get(0);
    ownersDown();
    sim.run(2_000);
    writeBlind(here, "Ab1");
    assertFalse(shard(here).hints.comeFirst(1, owners.get(0)), "no blind write in that vnode");
    owners.forEach(owner -> sim.start(owner, false, false));
    sim.run(2);
    assertTrue(shard(here).hints.comeFirst(V, owners.get(0)));
    until("the candidate has it", 900, () -> !shard(here).hints.comeFirst(V, owners.get(0)));
    assertEquals("blind", get(owners.get(0), "Ab1"));
    ownersDown();
    sim.run(2_000);
    writeBlind(here, "Ab2");
    assertTrue(shard(here).hints.comeFirst(V, owners.get(0)));
    sim.run(1_100);
    assertFalse(shard(here).hints.comeFirst(V, owners.get(0)), "it is not waited for for ever");
  }

  @Test
  void anOwnerWhoseAnswersFindTheirWayLaterIsGivenBlindWritesSoon() {
    ring(PLENTY, false, Rules.SOUND);
    String here = fallbacks.get(0);
    ownersDown();
    sim.crash(fallbacks.get(1), true, false);
    sim.run(2_000);
    writeBlind(here, "Ab1");
    // they hear what they are asked, and have no connection yet for the answer
    owners.forEach(owner -> sim.block(owner, here, true));
    owners.forEach(owner -> sim.start(owner, false, false));
    sim.run(100);
    owners.forEach(owner -> sim.unblock(owner, here));
    until("handed over soon", 300, () -> owners.stream().allMatch(owner -> "blind".equals(get(owner, "Ab1"))));
  }

  @Test
  void aStrictRingTakesNothingBlind() {
    ring(PLENTY, true, Rules.SOUND);
    ownersDown();
    sim.run(3_000);
    assertFalse(blind(fallbacks.get(0)));
  }

  @Test
  void aNodeWithoutRoomTakesNothingBlind() {
    ring(new HintLimits(10, 3_600_000, 1), false, Rules.SOUND);
    ownersDown();
    sim.run(3_000);
    Shard shard = shard(fallbacks.get(0));
    shard.beginTurn();
    Hints.Blind result = shard.hints.execute(V, set("Ak", Dump.bytes("v")));
    shard.endTurn();
    assertFalse(result.wrote());
    assertNull(result.hold());
    assertNull(shard.hints.of(V));
  }

  @Test
  void blindWritesAreNotTooOldEver() {
    ring(new HintLimits(1 << 20, 1_000, 8 << 20), false, Rules.SOUND);
    String here = fallbacks.get(0);
    ownersDown();
    sim.run(2_000);
    writeBlind(here, "Ab1");
    sim.run(5_000);
    HintStore.Standing standing = shard(here).hints.of(V);
    assertNotNull(standing);
    assertEquals(1, standing.blind());
  }
}
