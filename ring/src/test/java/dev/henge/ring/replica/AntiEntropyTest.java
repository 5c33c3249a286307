package dev.henge.ring.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.ring.repair.AntiEntropy;
import dev.henge.ring.repair.AntiEntropySettings;
import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.row.Row;
import dev.henge.storage.row.RowCodec;
import dev.henge.storage.row.Sibling;
import dev.henge.storage.type.HashValue;
import dev.henge.storage.type.KeyRef;
import dev.henge.storage.type.MerkleTree;
import dev.henge.storage.type.MerkleWalk;
import dev.henge.storage.type.SetValue;
import dev.henge.storage.type.SortedSetValue;
import dev.henge.storage.version.Mutant;
import dev.henge.storage.version.Rules;
import dev.henge.storage.version.VersionVector;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Rows that a disk has changed or lost behind its replica's back are found and mended; where all is equal nothing is
 * exchanged.
 */
class AntiEntropyTest {

  private static final long MEND_MILLIS_MAX = 30_000;

  /** Of the ring that was made last; another one would give its values the same names again. */
  private Workload work;

  /** A ring with rows of all kinds, at rest. */
  private Simulation quietRing(long seed) {
    return quietRing(seed, new AntiEntropySettings(1, 1 << 20, 4));
  }

  private Simulation quietRing(long seed, AntiEntropySettings settings) {
    return quietRing(seed, settings, Rules.SOUND);
  }

  private Simulation quietRing(long seed, AntiEntropySettings settings, Rules rules) {
    Simulation.Options options = new Simulation.Options(3 + (int) (seed % 3), 8, false, false, false, 0, 0, false);
    Simulation sim = new Simulation(seed, options, rules);
    sim.antiEntropy = settings;
    sim.startAll(true);
    sim.untilServed(10_000);
    work = new Workload(sim);
    for (int i = 0; i < 600; i++) {
      sim.step();
      work.one();
    }
    for (int v = 0; v < options.vnodes(); v++) {
      String prefix = (char) ('A' + v) + "";
      work.execute(sim.primary(v), v, rows -> {
        HashValue hash = new HashValue(rows, Workload.open(rows, 0, prefix + "large"));
        for (int i = 0; i < 40; i++) {
          hash.set(Dump.bytes("field" + i), Dump.bytes("value" + i));
        }
        new SortedSetValue(rows, Workload.open(rows, 0, prefix + "zset")).member(Dump.bytes("m")).put(1.5);
        new SetValue(rows, Workload.open(rows, 0, prefix + "one")).add(Dump.bytes("m"));
      }, () -> { });
    }
    sim.run(8_000); // until the last deadline has passed, by every node's clock
    return sim;
  }

  private static String owners(Simulation sim, int v) {
    StringBuilder all = new StringBuilder();
    String first = null;
    for (String owner : sim.placement.owners(v)) {
      String dump = Dump.of(sim.node(owner).shard.keyspace(), v, sim.node(owner).shard.clock(v));
      if (!dump.equals(first)) {
        all.append(dump);
        first = first == null ? dump : first;
      }
    }
    return all.toString();
  }

  private static List<String> allRows(Simulation sim) {
    List<String> rows = new ArrayList<>();
    for (int v = 0; v < sim.options.vnodes(); v++) {
      rows.add(owners(sim, v));
    }
    return rows;
  }

  /** The disk keys of a vnode's records in which something lives. */
  private static List<byte[]> living(SimulatedNode n, int v) {
    List<byte[]> keys = new ArrayList<>();
    byte[][] range = n.shard.keyspace().rangeOf(v);
    try (ByteCursor cursor = n.log.scan(range[0], range[1], false)) {
      while (cursor.next()) {
        byte[] value = cursor.value();
        boolean head = isHead(cursor.key());
        if ((head ? value[0] == 1 && value[1] == 0x20 : value.length > 0 && value[0] == 0x20) && value.length > 20) {
          keys.add(cursor.key().clone());
        }
      }
    }
    return keys;
  }

  private static boolean isHead(byte[] disk) {
    return KeyRef.ofDisk(disk).diskLength() == disk.length && disk[disk.length - 1] == KeyRef.HEAD;
  }

  private static void untilMended(Simulation sim, List<String> before, String what) {
    long start = sim.nowMillis();
    while (!allRows(sim).equals(before) || total(sim, AntiEntropy.Figures::rowsRepaired) == 0) {
      if (sim.nowMillis() - start > MEND_MILLIS_MAX) {
        throw sim.failure(what + " is not mended: " + figures(sim) + "\n" + before + "\n" + allRows(sim));
      }
      sim.run(100);
    }
    sim.run(3_000);
    assertEquals(before, allRows(sim), "seed " + sim.seed + ": " + what);
    for (int v = 0; v < sim.options.vnodes(); v++) {
      MerkleTree first = sim.node(sim.placement.owners(v).get(0)).shard.keyspace().trees().of(v);
      for (String owner : sim.placement.owners(v)) {
        assertEquals(first, sim.node(owner).shard.keyspace().trees().of(v), "seed " + sim.seed + ": " + what);
      }
    }
  }

  private static String figures(Simulation sim) {
    StringBuilder all = new StringBuilder();
    sim.nodes.values().forEach(n -> all.append(n.id).append(' ').append(n.shard.antiEntropy().figures()).append('\n'));
    return all.toString();
  }

  private static long total(Simulation sim, java.util.function.ToLongFunction<AntiEntropy.Figures> figure) {
    return sim.nodes.values().stream().mapToLong(n -> figure.applyAsLong(n.shard.antiEntropy().figures())).sum();
  }

  /** One bit of one living row, of one replica: payload, stamp, dot. */
  @Test
  void aTurnedBitIsFoundAndMendedByTheMajority() {
    long scrubbed = 0;
    for (long seed = 1; seed <= 60; seed++) {
      Simulation sim = quietRing(seed);
      List<String> before = allRows(sim);
      Random chance = new Random(seed);
      int v = chance.nextInt(sim.options.vnodes());
      SimulatedNode n = sim.node(sim.placement.owners(v).get(chance.nextInt(3)));
      List<byte[]> keys = living(n, v);
      byte[] key = keys.get(chance.nextInt(keys.size()));
      byte[] value = n.log.get(key);
      int from = isHead(key) ? 2 : 1;
      int payloadAt = RowCodec.plainPayloadAt(value, from - 1);
      // not the seq: its varint may then run over what follows, and the row is no row any more
      int at = chance.nextBoolean() ? payloadAt - 8 + chance.nextInt(value.length - payloadAt + 8) : from + chance.nextInt(6);
      value[at] ^= (byte) (1 << chance.nextInt(8));
      n.log.put(key, value);
      String what = "byte " + at + " of " + value.length + " of vnode " + v + " of " + n.id;
      untilMended(sim, before, what);
      scrubbed += total(sim, AntiEntropy.Figures::scrubDifferences);
      assertTrue(total(sim, AntiEntropy.Figures::differences) > 0, "seed " + seed);
      assertEquals(0, total(sim, AntiEntropy.Figures::drawn) + total(sim, AntiEntropy.Figures::open), "seed " + seed);
    }
    assertTrue(scrubbed >= 60, "the scrub has found " + scrubbed);
  }

  @Test
  void aLostRowIsFoundAndBroughtBack() {
    for (long seed = 101; seed <= 140; seed++) {
      Simulation sim = quietRing(seed);
      List<String> before = allRows(sim);
      Random chance = new Random(seed);
      int v = chance.nextInt(sim.options.vnodes());
      SimulatedNode n = sim.node(sim.placement.owners(v).get(chance.nextInt(3)));
      List<byte[]> keys = living(n, v);
      byte[] key = keys.get(chance.nextInt(keys.size()));
      n.log.delete(key);
      untilMended(sim, before, "a lost row of vnode " + v + " of " + n.id);
    }
  }

  /** The whole of a vnode is gone from one replica, and its tree with it, but not its clock. */
  @Test
  void aLostVnodeIsBroughtBack() {
    Simulation sim = quietRing(7);
    List<String> before = allRows(sim);
    SimulatedNode n = sim.node(sim.placement.owners(3).get(1));
    byte[][] range = n.shard.keyspace().rangeOf(3);
    List<byte[]> keys = new ArrayList<>();
    try (ByteCursor cursor = n.log.scan(range[0], range[1], false)) {
      while (cursor.next()) {
        keys.add(cursor.key().clone());
      }
    }
    keys.forEach(key -> n.log.delete(key, key.length));
    long start = sim.nowMillis();
    while (n.shard.antiEntropy().figures().rowsRepaired() == 0) {
      assertTrue(sim.nowMillis() - start < MEND_MILLIS_MAX);
      sim.run(100);
    }
    sim.run(8_000);
    // tombstones and clears alone are no difference: what lives is what must be back
    MerkleTree first = sim.node(sim.placement.owners(3).get(0)).shard.keyspace().trees().of(3);
    assertEquals(first, n.shard.keyspace().trees().of(3));
    assertTrue(before.get(3).length() > 100);
  }

  /** With an owner away two copies of a row contradict each other: it waits for the third. */
  @Test
  void aRowThatCannotBeDecidedWaitsForTheMissingOwner() {
    for (long seed = 201; seed <= 210; seed++) {
      Simulation sim = quietRing(seed);
      List<String> before = allRows(sim);
      int v = 0;
      SimulatedNode rotten = sim.node(sim.placement.owners(v).get(0));
      SimulatedNode away = sim.node(sim.placement.owners(v).get(2));
      sim.crash(away.id, true, false);
      byte[] key = living(rotten, v).get(0);
      byte[] value = rotten.log.get(key);
      value[value.length - 1] ^= 1;
      rotten.log.put(key, value);
      long start = sim.nowMillis();
      while (total(sim, AntiEntropy.Figures::open) == 0) {
        if (sim.nowMillis() - start > MEND_MILLIS_MAX) {
          throw sim.failure("it was not found: " + figures(sim));
        }
        sim.run(100);
      }
      assertEquals(0, total(sim, AntiEntropy.Figures::rowsRepaired), "seed " + seed);
      sim.start(away.id, false, false);
      sim.run(1_000);
      untilMended(sim, before, "a row that waits");
    }
  }

  /** Rows of one that is ahead are refused, asked for or not; only a simulation's broken rule takes them. */
  @Test
  void rowsAreNotGraftedPastTheClock() {
    for (boolean broken : new boolean[] {false, true}) {
      Simulation sim = quietRing(9, new AntiEntropySettings(0, 1 << 20, 0),
          broken ? Rules.breaking(Mutant.GRAFTED_PAST_THE_CLOCK) : Rules.SOUND);
      String owner = sim.placement.owners(1).get(0);
      SimulatedNode n = sim.node(sim.placement.owners(1).get(1));
      VersionVector clock = n.shard.clock(1);
      byte[] key = living(n, 1).stream().filter(AntiEntropyTest::isHead).findFirst().orElseThrow();
      KeyRef ref = KeyRef.ofDisk(key);
      Sibling later = new Sibling(1L << 40, 1, Long.MAX_VALUE, false, 0, Dump.bytes("later"));
      byte[] body = new Bytes(100).u8(1).u8(ref.db()).block(ref.key()).u8(2).u8('S').block(new byte[0])
          .block(RowCodec.encode(Row.written(null, later))).copy();
      String before = Dump.of(n.shard.keyspace(), 1, clock);
      for (VersionVector theirs : List.of(clock.with(1L << 40, 1), VersionVector.of(1L << 40, 1))) {
        n.shard.beginTurn();
        n.shard.received(owner, new Message.KeyRows(Message.KeyRows.Purpose.MEND, 1, theirs, key, new byte[0], new byte[0], 1, body));
        n.shard.endTurn();
      }
      assertEquals(!broken, before.equals(Dump.of(n.shard.keyspace(), 1, clock)));
      assertEquals(broken ? 2 : 0, n.shard.antiEntropy().figures().rowsRepaired());
    }
  }

  /** Rows rot on one owner of each vnode while clients go on writing: in the end all are equal again. */
  @Test
  void rowsThatRotUnderLoadAreMendedToo() {
    for (long seed = 301; seed <= 330; seed++) {
      Simulation sim = quietRing(seed);
      Random chance = new Random(seed);
      int flips = 0;
      for (int i = 0; i < 2_000; i++) {
        sim.step();
        if (chance.nextInt(4) == 0) {
          work.one();
        }
        if (chance.nextInt(100) == 0) {
          int v = chance.nextInt(sim.options.vnodes());
          SimulatedNode n = sim.node(sim.placement.owners(v).get(v % 3));
          List<byte[]> keys = living(n, v);
          byte[] key = keys.get(chance.nextInt(keys.size()));
          byte[] value = n.log.get(key);
          value[value.length - 1 - chance.nextInt(3)] ^= (byte) (1 << chance.nextInt(8));
          n.log.put(key, value);
          flips++;
        }
      }
      assertTrue(flips > 5, "seed " + seed);
      sim.run(8_000);
      long start = sim.nowMillis();
      while (!equalTrees(sim)) {
        if (sim.nowMillis() - start > MEND_MILLIS_MAX) {
          throw sim.failure("rot under load is not mended: " + figures(sim));
        }
        sim.run(100);
      }
      sim.run(8_000);
      for (int v = 0; v < sim.options.vnodes(); v++) {
        for (String owner : sim.placement.owners(v)) {
          MerkleWalk walk = new MerkleWalk(sim.node(owner).shard.keyspace(), v);
          walk.step(Integer.MAX_VALUE);
          assertEquals(0, walk.keysWrong() + walk.leavesWrong(), "seed " + seed + " " + owner + " vnode " + v);
        }
      }
      assertTrue(equalTrees(sim), "seed " + seed + ": " + figures(sim));
    }
  }

  private static boolean equalTrees(Simulation sim) {
    for (int v = 0; v < sim.options.vnodes(); v++) {
      MerkleTree first = sim.node(sim.placement.owners(v).get(0)).shard.keyspace().trees().of(v);
      for (String owner : sim.placement.owners(v)) {
        if (!first.equals(sim.node(owner).shard.keyspace().trees().of(v))) {
          return false;
        }
      }
    }
    return true;
  }

  /** Equal replicas exchange roots and nothing else, and that costs what it should. */
  @Test
  void nothingButRootsIsExchangedWhereAllIsEqual() {
    Simulation sim = quietRing(5, new AntiEntropySettings(2, 1 << 20, 0));
    TreeMap<String, Integer> messages = new TreeMap<>();
    sim.watch = message -> messages.merge(message.getClass().getSimpleName(), 1, Integer::sum);
    long compared = total(sim, AntiEntropy.Figures::compared);
    long bytes = total(sim, AntiEntropy.Figures::bytes);
    sim.run(20_000);
    compared = total(sim, AntiEntropy.Figures::compared) - compared;
    bytes = total(sim, AntiEntropy.Figures::bytes) - bytes;
    int pairs = sim.options.vnodes() * 2;
    assertTrue(compared >= pairs * 8 && compared <= pairs * 11, "compared " + compared);
    assertEquals(0, total(sim, AntiEntropy.Figures::differences));
    for (String kind : List.of("TreeLeaves", "TreeDiffers", "KeyDigests", "KeysDiffer", "KeyRows", "RowsPull", "Rows")) {
      assertEquals(null, messages.get(kind), messages.toString());
    }
    assertTrue(messages.get("TreeRoots") <= 20_000 / 40 * 6, messages.toString());
    assertTrue(bytes <= compared * 64, bytes + " bytes for " + compared);
    assertTrue(total(sim, AntiEntropy.Figures::ageSecondsMax) <= 3 * sim.ids().size(), figures(sim));
  }

  @Test
  void nothingIsComparedWhereItIsSwitchedOff() {
    Simulation sim = quietRing(6, new AntiEntropySettings(0, 1 << 20, 0));
    sim.run(10_000);
    assertEquals(0, total(sim, AntiEntropy.Figures::compared) + total(sim, AntiEntropy.Figures::scrubbed));
    sim.nodes.values().forEach(n -> n.shard.antiEntropy().settings(new AntiEntropySettings(1, 1 << 20, 4)));
    sim.run(5_000);
    assertTrue(total(sim, AntiEntropy.Figures::compared) >= sim.options.vnodes() * 2 * 3, figures(sim));
    assertTrue(total(sim, AntiEntropy.Figures::scrubbed) >= sim.options.vnodes(), figures(sim));
  }

  /** A store of an earlier version has no trees: they are made, and then compared. */
  @Test
  void treesThatAreNotKnownAreMadeFirst() {
    Simulation sim = quietRing(8);
    SimulatedNode n = sim.node(sim.placement.owners(2).get(0));
    n.shard.keyspace().trees().lost(2);
    long scrubbed = n.shard.antiEntropy().figures().scrubbed();
    sim.run(1_000);
    assertTrue(n.shard.keyspace().trees().of(2).known());
    assertTrue(n.shard.antiEntropy().figures().scrubbed() > scrubbed);
    assertEquals(0, total(sim, AntiEntropy.Figures::scrubDifferences));
    assertTrue(n.shard.antiEntropy().figures(2).treeKnown());
    assertEquals(n.shard.keyspace().trees().of(2).root(), n.shard.antiEntropy().figures(2).root());
  }
}
