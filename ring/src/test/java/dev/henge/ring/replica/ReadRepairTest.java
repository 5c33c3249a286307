package dev.henge.ring.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.ring.coordinator.Call;
import dev.henge.ring.coordinator.CommandRunner;
import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.type.DamagedRowsException;
import dev.henge.storage.type.HashValue;
import dev.henge.storage.type.Keyspace;
import dev.henge.storage.type.StringValue;
import dev.henge.storage.version.VersionVector;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rows that a disk lost without a word come back when the key is read for more than one owner's word. */
class ReadRepairTest {

  private static final long SEED = 11;
  private static final String KEY = "Ak";

  /** GET of the key that is the command, or all fields if it begins with h. */
  private static final class Gets implements CommandRunner {
    @Override
    public byte[] run(Keyspace keyspace, byte[] command) {
      return new StringValue(keyspace, keyspace.open(keyspace.locate(0, command, 0, command.length))).get();
    }

    @Override
    public byte[] damaged(DamagedRowsException e) {
      return new byte[0];
    }

    @Override
    public boolean readOnly(byte[] command) {
      return true;
    }

    @Override
    public boolean mayRunBlind(byte[] command) {
      return false;
    }

    @Override
    public byte[] runBlind(Keyspace keyspace, byte[] command) {
      return null;
    }

    @Override
    public byte[] refusal(byte[] command) {
      return null;
    }

    @Override
    public List<byte[]> keys(byte[] command) {
      return List.of(new Bytes(16).u8(0).raw(command).copy());
    }

    @Override
    public byte[] runAll(BitSet vnodes, byte[] command, List<Hold> holds) {
      return new byte[0];
    }
  }

  private final Simulation sim = started();
  private final SimulatedNode primary = sim.primary(0);

  private static Simulation started() {
    Simulation sim = new Simulation(SEED, new Simulation.Options(3, 4, false, false, false, 0, 0, false));
    sim.runner = new Gets();
    sim.startAll(true);
    sim.untilServed(2_000);
    return sim;
  }

  private SimulatedNode another() {
    return sim.nodes.values().stream().filter(n -> n != primary && sim.placement.isOwner(n.id, 0)).findFirst().orElseThrow();
  }

  private void write() {
    primary.shard.beginTurn();
    primary.shard.execute(0, rows -> new StringValue(rows, rows.open(key(rows, KEY))).set(Dump.bytes("value"), 0));
    primary.shard.execute(0, rows -> {
      HashValue hash = new HashValue(rows, rows.open(key(rows, "Ah")));
      for (int i = 0; i < 20; i++) {
        hash.set(Dump.bytes("f" + i), Dump.bytes("v" + i));
      }
    });
    primary.shard.endTurn();
    sim.run(1_500);
  }

  private static dev.henge.storage.type.KeyRef key(Keyspace rows, String key) {
    byte[] bytes = Dump.bytes(key);
    return rows.locate(0, bytes, 0, bytes.length);
  }

  /** Makes an owner's disk forget every record of the vnode, or every {@code nth}. */
  private static void lose(SimulatedNode n, int nth) {
    byte[][] range = n.shard.keyspace().rangeOf(0);
    List<byte[]> found = new ArrayList<>();
    try (ByteCursor cursor = n.log.scan(range[0], range[1], false)) {
      while (cursor.next()) {
        found.add(cursor.key().clone());
      }
    }
    assertTrue(!found.isEmpty());
    for (int i = 0; i < found.size(); i += nth) {
      n.log.delete(found.get(i), found.get(i).length);
    }
  }

  private String read(SimulatedNode at, ReadLevel level, String key) {
    Terms terms = new Terms(0, level, dev.henge.storage.version.VersionVector.EMPTY, false);
    String[] told = {null};
    Outcome[] end = new Outcome[1];
    at.shard.beginTurn();
    at.coordinator.submit(0, new Call(Dump.bytes(key), true, at.shard.nowNanos() + 2_000_000_000L, terms) {
      @Override
      protected void ended(Outcome outcome, byte[] reply, BitSet missed) {
        end[0] = outcome;
        told[0] = reply == null ? null : new String(reply, StandardCharsets.ISO_8859_1);
      }
    });
    at.shard.endTurn();
    sim.run(500);
    assertEquals(Outcome.DONE, end[0]);
    return told[0];
  }

  private String rows(SimulatedNode n) {
    return Dump.of(n.shard.keyspace(), 0, VersionVector.EMPTY);
  }

  private long exchanged() {
    return primary.coordinator.readRepair().repaired();
  }

  @Test
  void equalOwnersExchangeNothing() {
    write();
    assertEquals("value", read(primary, ReadLevel.ALL, KEY));
    assertEquals("value", read(another(), ReadLevel.QUORUM, KEY));
    assertEquals(0, exchanged());
    assertTrue(primary.coordinator.readRepair().compared() >= 2);
  }

  @Test
  void whatAnotherOwnerLostComesBack() {
    write();
    SimulatedNode rotten = another();
    String sound = rows(primary);
    lose(rotten, 1);
    assertNotEquals(sound, rows(rotten));
    assertEquals("value", read(primary, ReadLevel.ALL, KEY));
    read(primary, ReadLevel.ALL, "Ah");
    assertEquals(sound, rows(rotten));
    assertEquals(2, exchanged());
    assertEquals("value", read(primary, ReadLevel.ALL, KEY));
    assertEquals(2, exchanged());
  }

  @Test
  void whatThePrimaryLostComesBackBeforeItIsRead() {
    write();
    String sound = rows(another());
    lose(primary, 1);
    assertNull(read(primary, ReadLevel.PRIMARY, KEY), "nobody was asked");
    assertEquals("value", read(another(), ReadLevel.ALL, KEY));
    read(primary, ReadLevel.ALL, "Ah");
    assertEquals(sound, rows(primary));
  }

  @Test
  void someRowsOfACollectionComeBack() {
    write();
    SimulatedNode rotten = another();
    byte[][] range = rotten.shard.keyspace().rangeOf(0);
    List<byte[]> fields = new ArrayList<>();
    try (ByteCursor cursor = rotten.log.scan(range[0], range[1], false)) {
      while (cursor.next()) {
        String key = new String(cursor.key(), StandardCharsets.ISO_8859_1);
        if (key.matches("(?s).*F.{4}f\\d+$")) {
          fields.add(cursor.key().clone());
        }
      }
    }
    assertEquals(20, fields.size());
    fields.subList(0, 7).forEach(field -> rotten.log.delete(field, field.length));
    read(primary, ReadLevel.ALL, "Ah");
    assertEquals(rows(primary), rows(rotten));
    assertEquals(1, exchanged());
    Keyspace rows = rotten.shard.keyspace();
    rows.begin(0, 0, () -> 0);
    assertEquals(20, new HashValue(rows, rows.open(key(rows, "Ah"))).size(), "the count is made anew too");
    Dump.checkCounts(sim, rotten, 0);
  }

  /** A restart replays what the exchange brought. */
  @Test
  void whatCameBackIsInTheLog() {
    write();
    SimulatedNode rotten = another();
    rotten.shard.beginTurn();
    rotten.shard.saveRecords();
    rotten.log.freeze();
    lose(rotten, 1);
    read(primary, ReadLevel.ALL, KEY);
    read(primary, ReadLevel.ALL, "Ah");
    String sound = rows(primary);
    sim.crash(rotten.id, true, false);
    sim.run(500);
    sim.start(rotten.id, false, false);
    assertEquals(sound, rows(rotten));
  }
}
