package dev.henge.ring.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.storage.type.DamagedRowsException;
import dev.henge.storage.type.Head;
import dev.henge.storage.type.Keyspace;
import dev.henge.storage.type.StringValue;
import java.util.Arrays;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** Rows that one owner's disk has damaged, step by step; by chance they are in {@link ShardSimulationTest}. */
class DamageRepairTest {

  private static final long SEED = 5;
  private static final int VNODE = 2;
  private static final String KEY = "Ckey";
  private static final String OTHER = "Cother";

  private final Simulation sim = new Simulation(SEED, new Simulation.Options(3, 8, false, false, false, 0, 0, false));
  private SimulatedNode primary;
  private SimulatedNode replica;

  private void start() {
    sim.startAll(true);
    sim.untilServed(10_000);
    sim.run(1_000);
    primary = sim.primary(VNODE);
    replica = sim.node(sim.placement.owners(VNODE).stream().filter(id -> !id.equals(primary.id)).findFirst().orElseThrow());
  }

  private static Head head(Keyspace rows, String key) {
    byte[] bytes = Dump.bytes(key);
    return rows.open(rows.locate(0, bytes, 0, bytes.length));
  }

  private void set(String key, String value) {
    run(primary, rows -> new StringValue(rows, head(rows, key)).set(Dump.bytes(value), 0));
    sim.run(100);
  }

  private void run(SimulatedNode n, Shard.Executable command) {
    n.shard.beginTurn();
    try {
      n.shard.execute(VNODE, command);
    } finally {
      n.shard.endTurn();
    }
  }

  private static String read(SimulatedNode n, String key) {
    n.shard.keyspace().begin(1, 1, () -> 1);
    try {
      return Workload.get(n.shard.keyspace(), 0, key);
    } finally {
      n.shard.keyspace().finish();
    }
  }

  private static void freeze(SimulatedNode n) {
    n.shard.saveRecords();
    n.log.freeze();
  }

  /** Damages what the newest layer of the node has of the vnode's rows. */
  private void damageNewest(SimulatedNode n) {
    byte[][] rows = n.shard.keyspace().rangeOf(VNODE);
    byte[] from = Arrays.copyOf(rows[0], 3); // not the vnode's beginning, with which an owner would send its flushes too
    assertTrue(n.log.rows().damage(from, rows[1], 1, new Random() {
      private static final long serialVersionUID = 1;

      @Override
      public int nextInt(int bound) {
        return 0; // the newest that fits, and found at once
      }
    }));
  }

  private void until(String what, BooleanSupplier condition) {
    for (long end = sim.nowMillis() + 20_000; !condition.getAsBoolean(); sim.run(10)) {
      if (sim.nowMillis() > end) {
        throw sim.failure("not " + what);
      }
    }
  }

  private void untilRepaired(SimulatedNode n) {
    until("damaged", () -> n.shard.damageStanding().blocks() > 0);
    until("repaired", () -> n.shard.damage.idle());
    assertEquals(0, n.shard.damageStanding().incomplete());
  }

  @Test
  void anOverwrittenValueDoesNotComeBack() {
    start();
    set(KEY, "old");
    freeze(replica);
    set(KEY, "new");
    freeze(replica);
    damageNewest(replica);
    untilRepaired(replica);
    assertEquals("new", read(replica, KEY));
  }

  /** A flush leaves nothing in the rows but their absence: what the lost layer had hidden would be back. */
  @Test
  void whatAFlushTookDoesNotComeBack() {
    start();
    set(KEY, "flushed");
    freeze(replica);
    primary.shard.beginTurn();
    primary.shard.flush(VNODE, Keyspace.ALL_DBS);
    primary.shard.endTurn();
    sim.run(100);
    set(OTHER, "kept");
    assertNull(read(replica, KEY));
    freeze(replica);
    damageNewest(replica);
    untilRepaired(replica);
    assertNull(read(replica, KEY));
    assertEquals("kept", read(replica, OTHER));
    assertEquals(1, replica.shard.keyspace().keyCount(VNODE, 0));
  }

  @Test
  void bundlesThatComeMeanwhileAreThereAfterwards() {
    start();
    set(KEY, "1");
    freeze(replica);
    damageNewest(replica);
    sim.ids().stream().filter(id -> !id.equals(replica.id)).forEach(id -> sim.block(replica.id, id, false));
    until("damaged", () -> replica.shard.replicas[VNODE].damage != null);
    for (int i = 2; i < 6; i++) {
      set(KEY, Integer.toString(i)); // passes the replica's damaged row by, and is in its log
    }
    assertThrows(DamagedRowsException.class, () -> read(replica, KEY));
    sim.healNetwork();
    untilRepaired(replica);
    sim.run(1_000);
    assertEquals("5", read(replica, KEY));
    assertEquals(primary.shard.clock(VNODE), replica.shard.clock(VNODE));
  }

  @Test
  void theVnodeIsServedByAnotherUntilItIsWhole() {
    start();
    set(KEY, "1");
    freeze(primary);
    damageNewest(primary);
    until("damaged", () -> primary.shard.damageStanding().blocks() > 0);
    assertFalse(primary.shard.serves(VNODE), "steps down at once");
    untilRepaired(primary);
    until("served by the first again", () -> sim.primary(VNODE) == primary);
    assertEquals("1", read(primary, KEY));
  }

  @Test
  void withoutAnotherOwnerItAnswersAnErrorUntilOneIsThere() {
    start();
    set(KEY, "1");
    freeze(primary);
    for (String id : sim.ids()) {
      if (!id.equals(primary.id)) {
        sim.crash(id, true, false);
      }
    }
    damageNewest(primary);
    until("damaged", () -> primary.shard.damageStanding().blocks() > 0);
    until("served degraded", () -> primary.shard.serves(VNODE));
    assertThrows(DamagedRowsException.class, () -> run(primary, rows -> new StringValue(rows, head(rows, KEY)).get()));
    assertThrows(DamagedRowsException.class,
        () -> run(primary, rows -> new StringValue(rows, head(rows, KEY)).set(Dump.bytes("2"), 0)));
    sim.ids().stream().filter(id -> !id.equals(primary.id)).forEach(id -> sim.start(id, true, false));
    untilRepaired(primary);
    assertEquals("1", read(primary, KEY));
  }

  /** The tables lose the clock too; the log has all that the tables had of the time that nobody else saw. */
  @Test
  void aWriteThatNobodyElseHasIsNotLostWithTheClock() {
    start();
    set(KEY, "1");
    freeze(primary);
    sim.ids().stream().filter(id -> !id.equals(primary.id)).forEach(id -> sim.crash(id, true, false));
    until("served degraded", () -> primary.shard.serves(VNODE) && primary.shard.degraded(VNODE));
    set(KEY, "2");
    freeze(primary);
    assertTrue(primary.log.rows().damage(null, null, 1, new Random() {
      private static final long serialVersionUID = 1;

      @Override
      public int nextInt(int bound) {
        return 0; // the newest, which has the vnode's records
      }
    }));
    sim.crash(primary.id, true, false);
    sim.ids().forEach(id -> sim.start(id, true, false));
    assertTrue(primary.shard.clocksLost());
    untilRepaired(primary);
    sim.run(2_000);
    for (String owner : sim.placement.owners(VNODE)) {
      assertEquals("2", read(sim.node(owner), KEY), owner);
    }
  }

  @Test
  void withoutAnotherOwnerAFlushLetsTheRowsGo() {
    start();
    set(KEY, "1");
    freeze(primary);
    for (String id : sim.ids()) {
      if (!id.equals(primary.id)) {
        sim.crash(id, true, false);
      }
    }
    damageNewest(primary);
    until("damaged", () -> primary.shard.damageStanding().blocks() > 0);
    until("served degraded", () -> primary.shard.serves(VNODE));
    primary.shard.beginTurn();
    primary.shard.flush(VNODE, Keyspace.ALL_DBS);
    primary.shard.endTurn();
    untilRepaired(primary);
    run(primary, rows -> assertNull(new StringValue(rows, head(rows, KEY)).get()));
    run(primary, rows -> new StringValue(rows, head(rows, KEY)).set(Dump.bytes("2"), 0));
    assertEquals("2", read(primary, KEY));
  }

  /** The primary has damage, the replica has heard of it, and it is not repaired yet. */
  private void startWithDamageThatIsKnown() {
    start();
    set(KEY, "1");
    freeze(primary);
    damageNewest(primary);
    until("told of the damage", () -> knowsOfDamage(replica));
    assertTrue(primary.shard.damage.any(), "repaired before it was known");
  }

  private boolean knowsOfDamage(SimulatedNode n) {
    return n.shard.peer(primary.id).damaged.get(VNODE);
  }

  /** Where one owner takes another's rows for damaged for ever, the two never agree on who serves the vnode. */
  private void assertAllAgreeOnThePrimary() {
    until("known to be whole", () -> !knowsOfDamage(replica));
    until("served by the first again", () -> sim.primary(VNODE) == primary);
    for (String id : sim.ids()) {
      assertEquals(primary.id, sim.node(id).shard.candidate(VNODE), id);
    }
  }

  @Test
  void theEndOfDamageThatWasLostWithItsConnectionIsHeard() {
    startWithDamageThatIsKnown();
    sim.block(primary.id, replica.id, false);
    until("repaired", () -> primary.shard.damage.idle());
    assertFalse(primary.shard.peer(replica.id).toldOfDamage, "the end is on its way");
    sim.block(primary.id, replica.id, true);
    assertTrue(knowsOfDamage(replica), "what was on its way is lost");
    sim.unblock(primary.id, replica.id);
    assertAllAgreeOnThePrimary();
  }

  @Test
  void theEndOfDamageIsToldAgainWhereThereWasNoRoomForIt() {
    startWithDamageThatIsKnown();
    primary.full = message -> message instanceof Message.Damaged;
    until("repaired", () -> primary.shard.damage.idle());
    sim.run(100);
    primary.full = message -> false;
    assertAllAgreeOnThePrimary();
  }
}
