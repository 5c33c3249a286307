package dev.henge.ring.replica;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.storage.type.StringValue;
import org.junit.jupiter.api.Test;

/** How far back the log is kept, and how a replica that was away catches up within that and past it. */
class LogRetentionTest {

  private static final long SEED = 11;
  private static final long TELL_MILLIS = 4_000;

  private final Simulation sim = new Simulation(SEED, new Simulation.Options(3, 8, false, false, false, 0, 0, false));

  private void start() {
    sim.startAll(true);
    sim.untilServed(1_000);
  }

  private void write(int writes, String value) {
    for (int i = 0; i < writes; i++) {
      int vnode = i % sim.options.vnodes();
      byte[] key = {(byte) ('A' + vnode), (byte) i, 7};
      SimulatedNode primary = sim.primary(vnode);
      assertTrue(primary != null, sim::standing);
      primary.shard.beginTurn();
      primary.shard.execute(vnode, rows ->
          new StringValue(rows, rows.open(rows.locate(0, key, 0, key.length))).set(value.getBytes(), 0));
      primary.shard.endTurn();
      sim.step();
    }
  }

  private long rowTransfers(String node) {
    return sim.node(node).shard.catchUp.rowTransfers();
  }

  private void assertAllEqual() {
    for (int v = 0; v < sim.options.vnodes(); v++) {
      byte[] expected = SimulatedNode.export(sim.node("n1").shard.keyspace, v);
      for (String id : sim.ids()) {
        assertArrayEquals(expected, SimulatedNode.export(sim.node(id).shard.keyspace, v), id + ", vnode " + v);
      }
    }
  }

  @Test
  void nothingIsNeededThatEveryOwnerHas() {
    start();
    write(200, "x");
    sim.run(TELL_MILLIS);
    for (String id : sim.ids()) {
      MemoryShardLog log = sim.node(id).log;
      assertTrue(log.appended() > 0);
      assertEquals(log.appended(), log.neededFrom(), id);
    }
  }

  @Test
  void whatAnAbsentOwnerLacksIsKeptAndItCatchesUpByTheLog() {
    start();
    write(100, "before");
    sim.run(TELL_MILLIS);
    sim.crash("n3", true, false);
    sim.untilServed(5_000);
    long away = sim.node("n1").log.appended();
    write(200, "while it was away");
    sim.run(TELL_MILLIS);
    for (String id : new String[] {"n1", "n2"}) {
      MemoryShardLog log = sim.node(id).log;
      assertTrue(log.neededFrom() <= away && log.neededFrom() < log.appended(), id + " " + log.neededFrom());
      log.freeze();
      log.truncateHeldByAll();
    }
    comeBack();
    assertEquals(0, rowTransfers("n3"));
    assertAllEqual();
    sim.run(TELL_MILLIS);
    assertEquals(sim.node("n1").log.appended(), sim.node("n1").log.neededFrom(), "all have it now");
  }

  @Test
  void anOwnerThatWasAwayPastTheLimitCatchesUpByRows() {
    start();
    write(100, "before");
    sim.run(TELL_MILLIS);
    sim.crash("n3", true, false);
    sim.untilServed(5_000);
    write(200, "while it was away");
    for (String id : new String[] {"n1", "n2"}) {
      sim.node(id).log.freeze();
      sim.node(id).log.truncate();
    }
    comeBack();
    assertTrue(rowTransfers("n3") > 0, "the log no longer reaches back");
    assertAllEqual();
  }

  /** A start knows nothing of the others: everything may be needed until they have told. */
  @Test
  void aRestartForgetsNothingThatIsNeeded() {
    start();
    write(100, "before");
    sim.crash("n3", true, false);
    sim.untilServed(5_000);
    write(100, "while it was away");
    sim.crash("n1", true, false);
    sim.start("n1", true, true);
    sim.untilServed(5_000);
    sim.run(TELL_MILLIS);
    assertEquals(0, sim.node("n1").log.neededFrom(), "n3 has not been heard since the start");
  }

  private void comeBack() {
    sim.start("n3", true, true);
    long end = sim.nowMillis() + 20_000;
    while (!caughtUp()) {
      assertTrue(sim.nowMillis() < end, sim::standing);
      sim.step();
    }
    sim.untilServed(5_000);
  }

  private boolean caughtUp() {
    for (int v = 0; v < sim.options.vnodes(); v++) {
      VnodeReplica back = sim.node("n3").shard.replicas[v];
      for (String id : sim.ids()) {
        if (!back.ready || !back.clock.equals(sim.node(id).shard.replicas[v].clock)) {
          return false;
        }
      }
    }
    return true;
  }
}
