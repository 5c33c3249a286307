package dev.henge.ring.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.ring.placement.Pace;
import dev.henge.ring.placement.Placement;
import dev.henge.storage.type.Head;
import dev.henge.storage.type.Keyspace;
import dev.henge.storage.type.StringValue;
import dev.henge.storage.version.Rules;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** What was deleted does not come back with rows of somebody who had the vnode before and did not hear of it. */
class StaysDeletedTest {

  private static final long SEED = 3;
  private static final int VNODE = 0;
  private static final String KEY = "Akey";

  private Simulation sim;
  private SimulatedNode owner;
  private SimulatedNode other;

  /** Each vnode has so many owners; the last of this one's, or a node that is none, is the other. */
  private void start(int nodes, int replicas) {
    Simulation.Options options = new Simulation.Options(nodes, 4, true, false, false, 0, 0, false);
    sim = new Simulation(SEED, options, replicas, Rules.SOUND);
    sim.startAll(true);
    sim.untilServed(1_000);
    sim.run(1_000);
    owner = sim.primary(VNODE);
    List<String> owners = sim.placement.owners(VNODE);
    other = sim.nodes.values().stream()
        .filter(n -> n != owner && (replicas == 1 || owners.get(replicas - 1).equals(n.id))).findFirst().orElseThrow();
  }

  private static Head head(Keyspace rows) {
    return head(rows, KEY);
  }

  private static Head head(Keyspace rows, String key) {
    byte[] bytes = Dump.bytes(key);
    return rows.open(rows.locate(0, bytes, 0, bytes.length));
  }

  private void run(Shard.Executable command) {
    until("served", () -> owner.shard.serves(VNODE));
    owner.shard.beginTurn();
    owner.shard.execute(VNODE, command);
    owner.shard.endTurn();
    sim.run(100);
  }

  private void write() {
    run(rows -> new StringValue(rows, head(rows)).set(Dump.bytes("value"), 0));
    assertEquals(1, keys(owner));
  }

  private void delete() {
    run(rows -> rows.delete(head(rows)));
    assertEquals(0, keys(owner));
    // who was away is to be given rows, and not what was written meanwhile
    owner.log.freeze();
    owner.log.truncate();
  }

  private static long keys(SimulatedNode node) {
    return node.shard.keyspace().keyCount(VNODE);
  }

  private void wanted(boolean paused, int version, List<String> owners) {
    Placement goal = sim.placement.withOwners(VNODE, owners);
    for (SimulatedNode node : sim.nodes.values()) {
      node.shard.transfers().set(new Pace(version, "test", 0, paused), List.of());
      node.shard.views.target(goal);
    }
  }

  private void decide(List<String> owners) {
    long epoch = owner.shard.views.epoch(VNODE);
    owner.shard.beginTurn();
    owner.shard.views.decisions.propose(VNODE, owners, owner.nanos());
    owner.shard.endTurn();
    until("decided", () -> owner.shard.views.epoch(VNODE) > epoch);
    assertEquals(owners, owner.shard.views.view(VNODE).owners());
  }

  private void until(String what, BooleanSupplier condition) {
    for (long end = sim.nowMillis() + 20_000; !condition.getAsBoolean(); sim.step()) {
      if (sim.nowMillis() > end) {
        throw sim.failure("not " + what);
      }
    }
  }

  /** The other node is made an owner again, with what it had; nothing of that was to be mended. */
  private void comesBack(int version) {
    wanted(false, version, List.of(owner.id, other.id));
    sim.healNetwork();
    until("an owner again", () -> owner.shard.views.view(VNODE).has(other.id) && other.shard.replicas[VNODE].owned());
    sim.run(2_000);
    assertTrue(other.shard.catchUp.rowTransfers() > 0, "it was given rows");
    assertEquals(0, keys(owner), "what was deleted is back");
    assertEquals(0, keys(other), "what was deleted is back");
    for (SimulatedNode node : List.of(owner, other)) {
      assertEquals(0, node.shard.antiEntropy().figures().differences(), node.id + " met rows that differed");
    }
  }

  private void whileAFormerOwnerIsAway(long millis) {
    start(3, 3);
    write();
    sim.partition(List.of(other.id), true);
    String third = sim.ids().stream()
        .filter(id -> !id.equals(owner.id) && !id.equals(other.id)).findFirst().orElseThrow();
    wanted(true, 1, List.of(owner.id));
    decide(List.of(owner.id, third));
    decide(List.of(owner.id));
    until("let go of", () -> sim.node(third).shard.replicas[VNODE] == null);
    delete();
    sim.run(millis);
    assertEquals(1, keys(other), "it knows of nothing");
    comesBack(2);
  }

  @Test
  void aFormerOwnerThatWasAwayDoesNotBringBackWhatTheOnlyOneDeleted() {
    whileAFormerOwnerIsAway(0);
  }

  @Test
  void norOnceThatIsCollected() {
    whileAFormerOwnerIsAway(10 * Simulation.COLLECTION_FLOOR_MILLIS);
    assertFalse(owner.shard.keyspace().hasPast(VNODE), "the only owner collects what it alone knows");
  }

  @Test
  void norIsItBroughtBackIfItIsCollectedWhileRowsAreGiven() {
    start(3, 3);
    write();
    String filler = "v".repeat(50_000);
    for (int i = 0; i < 8; i++) { // before the key, in three parts
      String name = "A" + i;
      run(rows -> new StringValue(rows, head(rows, name)).set(Dump.bytes(filler), 0));
    }
    sim.partition(List.of(other.id), true);
    wanted(true, 1, List.of(owner.id));
    List<String> both = sim.ids().stream().filter(id -> !id.equals(other.id)).toList();
    decide(both);
    run(rows -> rows.delete(head(rows)));
    owner.log.freeze();
    owner.log.truncate();
    wanted(false, 2, sim.ids());
    sim.healNetwork();
    until("given a part", () -> part(other).length > 0);
    assertTrue(owner.shard.keyspace().hasPast(VNODE), "a trace of the delete is among the rows yet");
    wanted(true, 3, sim.ids());
    until("collected", () -> !owner.shard.keyspace().hasPast(VNODE));
    assertTrue(part(other).length > 0, "it has some of the rows");
    assertEquals(9, keys(other), "and knows of nothing");
    wanted(false, 4, sim.ids());
    until("an owner again", () -> owner.shard.views.view(VNODE).has(other.id) && other.shard.replicas[VNODE].owned());
    sim.run(2_000);
    assertEquals(8, keys(owner), "what was deleted is back");
    assertEquals(8, keys(other), "what was deleted is back");
    assertEquals(0, owner.shard.antiEntropy().figures().differences());
  }

  /** Where the next part of the rows begins that a node is given, empty if none has come. */
  private static byte[] part(SimulatedNode node) {
    VnodeReplica r = node.shard.replicas[VNODE];
    return r == null || r.rowsPlace == null || r.rowsClock == null ? new byte[0] : r.rowsPlace;
  }

  /** It was never an owner: the only one took itself to be alone, and kept nothing of what it deleted. */
  @Test
  void whoTookTheVnodeUpAndVanishedDoesNotBringBackWhatWasDeletedMeanwhile() {
    start(2, 1);
    write();
    wanted(false, 1, List.of(owner.id, other.id));
    until("given rows", () -> keys(other) == 1);
    sim.partition(List.of(other.id), true);
    wanted(true, 2, List.of(owner.id, other.id));
    assertEquals(1, owner.shard.views.epoch(VNODE));
    sim.run(2 * Transfers.GUEST_NANOS / 1_000_000);
    assertTrue(owner.shard.keyspace().isAlone(VNODE), "who vanished is a guest no more");
    delete();
    assertFalse(owner.shard.keyspace().hasPast(VNODE), "nothing is kept of it");
    comesBack(3);
  }
}
