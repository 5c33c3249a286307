package dev.henge.storage.type;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.lsm.MemoryByteStore;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.row.Hash64;
import dev.henge.storage.row.RowCodec;
import dev.henge.storage.row.RowDigest;
import dev.henge.storage.version.VersionVector;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * A vnode's tree says at every moment what a reading of all rows finds, and is equal where the same bundles were
 * applied.
 */
class MerkleTreeTest {

  private static final int VNODES = 2;
  private static final int KEYS = 14;

  private long nowMillis = 1_800_000_000_000L;
  private long stamp;

  private record Sent(long actor, long seq, VersionVector deps, byte[] body) {}

  /** One replica of all vnodes, with its own order of bundles. */
  private final class Replica {
    final long actor;
    final MemoryByteStore store;
    final Keyspace rows;
    final List<Sent> inbox = new ArrayList<>();
    VersionVector clock = VersionVector.EMPTY;

    Replica(long actor, MemoryByteStore store) {
      this.actor = actor;
      this.store = store;
      this.rows = new Keyspace(store, (db, b, off, len) -> KeyRef.of(db, b[off] * 7 % (VNODES * 16),
          b[off] * 0x9E3779B1, b, off, len), 16, VNODES, 2, () -> nowMillis);
    }

    Sent run(Consumer<Keyspace> command) {
      rows.begin(actor, clock.get(actor) + 1, () -> ++stamp);
      command.accept(rows);
      if (!rows.finish()) {
        return null;
      }
      VersionVector deps = clock;
      clock = clock.with(actor, clock.get(actor) + 1);
      return new Sent(actor, clock.get(actor), deps, rows.body().copy());
    }

    Head open(int key) {
      byte[] name = name(key);
      return rows.open(rows.locate(key % 2, name, 0, name.length));
    }

    /** Applies one of those bundles for which it is the turn. */
    boolean receive(Random chance) {
      List<Sent> ready = inbox.stream().filter(b -> clock.covers(b.deps())).toList();
      if (ready.isEmpty()) {
        return false;
      }
      Sent b = ready.get(chance.nextInt(ready.size()));
      inbox.remove(b);
      rows.apply(b.actor(), b.seq(), new ByteReader(b.body()));
      clock = clock.with(b.actor(), b.seq());
      return true;
    }

    long[] leaves(int vnode) {
      return rows.trees().of(vnode).leaves();
    }

    /** The same by reading everything that is stored. */
    long[] recomputed(int vnode) {
      long[] leaves = new long[MerkleTree.LEAVES];
      byte[][] range = rows.rangeOf(vnode);
      Head head = null;
      try (ByteCursor cursor = rows.scan(range[0], range[1])) {
        while (cursor.next()) {
          byte[] disk = cursor.key();
          KeyRef key = KeyRef.ofDisk(disk);
          int leaf = rows.trees().leafOf(vnode, key);
          if (KeyRef.isHead(disk)) {
            head = new Head(key, nowMillis, cursor.value());
            if (head.string() != null) {
              leaves[leaf] ^= RowDigest.of(Hash64.mix(key.digest(), 'S'), RowCodec.encode(head.string()));
            }
            if (head.deadline != null) {
              leaves[leaf] ^= RowDigest.of(Hash64.mix(key.digest(), 'X'), RowCodec.encode(head.deadline));
            }
          } else if (head != null && head.key.equals(key)) {
            int at = key.disk().length;
            int kind = disk[at + 6] & 0x7F;
            if (DiskKeys.generationIn(disk, at) == head.generation && head.part(kind) != null) {
              byte[] sub = Arrays.copyOfRange(disk, at + 7, disk.length);
              leaves[leaf] ^= RowDigest.of(Hash64.of(Hash64.mix(key.digest(), kind), sub), cursor.value());
            }
          }
        }
      }
      return leaves;
    }

    void check(String when) {
      for (int v = 0; v < VNODES; v++) {
        assertArrayEquals(recomputed(v), leaves(v), when + ", vnode " + v + " of replica " + actor);
      }
    }
  }

  private static byte[] name(int key) {
    return new byte[] {(byte) ('a' + key)};
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private void command(Replica r, Keyspace rows, Random chance) {
    int key = chance.nextInt(KEYS);
    for (int n = 1 + chance.nextInt(3); n > 0; n--) {
      Head head = r.open(key);
      byte[] sub = bytes("m" + chance.nextInt(8));
      switch (chance.nextInt(14)) {
        case 0, 1 -> new StringValue(rows, head).set(bytes("v" + chance.nextInt(100)), chance.nextInt(4) == 0 ? nowMillis + 50 : 0);
        case 2 -> {
          if (!head.exists() || head.type() == ValueType.STRING && new StringValue(rows, head).get()[0] != 'v') {
            new StringValue(rows, head).increment(new BigDecimal(chance.nextBoolean() ? "3" : "0.25"));
          }
        }
        case 3, 4 -> clash(rows, head, ValueType.HASH, () -> new HashValue(rows, r.open(key)).set(sub, bytes("x" + chance.nextInt(50))));
        case 5 -> clash(rows, head, ValueType.HASH, () -> new HashValue(rows, r.open(key)).remove(sub));
        case 6, 7 -> clash(rows, head, ValueType.SET, () -> new SetValue(rows, r.open(key)).add(sub));
        case 8 -> clash(rows, head, ValueType.SET, () -> new SetValue(rows, r.open(key)).remove(sub));
        case 9 -> clash(rows, head, ValueType.ZSET, () -> new SortedSetValue(rows, r.open(key)).member(sub).put(chance.nextInt(9)));
        case 10 -> clash(rows, head, ValueType.ZSET, () -> {
          SortedSetValue zset = new SortedSetValue(rows, r.open(key));
          if (zset.exists()) {
            zset.member(sub).incrementTo(chance.nextInt(9) + 0.5);
          }
        });
        case 11 -> rows.delete(head);
        case 12 -> {
          if (head.exists()) {
            rows.setDeadline(head, chance.nextBoolean() ? 0 : nowMillis + 100);
          }
        }
        default -> rows.expire(head);
      }
    }
  }

  private static void clash(Keyspace rows, Head head, ValueType type, Runnable write) {
    if (head.exists() && head.type() != type) {
      rows.delete(head);
    }
    write.run();
  }

  private void history(long seed, int events, Consumer<List<Replica>> end) {
    Random chance = new Random(seed);
    List<Replica> replicas = new ArrayList<>();
    for (int i = 1; i <= 3; i++) {
      replicas.add(new Replica(i, new MemoryByteStore()));
    }
    for (int e = 0; e < events; e++) {
      Replica r = replicas.get(chance.nextInt(3));
      nowMillis += chance.nextInt(20);
      if (chance.nextInt(3) == 0) {
        r.receive(chance);
      } else {
        int vnode = chance.nextInt(VNODES);
        int db = chance.nextInt(3);
        boolean flush = chance.nextInt(60) == 0;
        Sent sent = r.run(rows -> {
          if (flush) {
            rows.flush(vnode, db == 2 ? Keyspace.ALL_DBS : db, r.clock);
          } else {
            command(r, rows, chance);
          }
        });
        if (sent != null) {
          replicas.forEach(other -> {
            if (other != r) {
              other.inbox.add(sent);
            }
          });
        }
      }
      if (e % 16 == 0) {
        r.check("seed " + seed + " event " + e);
      }
    }
    for (Replica r : replicas) {
      while (r.receive(chance)) {
        r.check("seed " + seed + ", in the end");
      }
    }
    end.accept(replicas);
  }

  @Test
  void theTreeFollowsEveryChangeAndIsEqualAmongReplicas() {
    for (long seed = 1; seed <= 150; seed++) {
      long which = seed;
      history(seed, 300, replicas -> {
        for (int v = 0; v < VNODES; v++) {
          for (Replica r : replicas) {
            assertArrayEquals(replicas.get(0).leaves(v), r.leaves(v), "seed " + which + " vnode " + v);
            assertEquals(replicas.get(0).rows.trees().of(v).root(), r.rows.trees().of(v).root());
          }
        }
      });
    }
  }

  /** A walk in small steps, with changes between them, ends with the tree that was kept, and finds nothing wrong. */
  @Test
  void aWalkAmongChangesFindsWhatWasKept() {
    for (long seed = 1; seed <= 60; seed++) {
      long which = seed;
      Random chance = new Random(-seed);
      history(seed, 200, replicas -> {
        Replica r = replicas.get(0);
        for (int v = 0; v < VNODES; v++) {
          MerkleWalk walk = new MerkleWalk(r.rows, v);
          while (!walk.step(1 + chance.nextInt(4))) {
            if (chance.nextBoolean()) {
              r.run(rows -> command(r, rows, chance));
            }
            if (chance.nextInt(50) == 0) {
              int vnode = v;
              r.run(rows -> rows.flush(vnode, chance.nextInt(2), r.clock));
            }
          }
          assertEquals(0, walk.keysWrong(), "seed " + which);
          assertEquals(0, walk.leavesWrong(), "seed " + which);
          r.check("seed " + which + " after the walk");
        }
      });
    }
  }

  @Test
  void aLargeCollectionIsWalkedInStepsWhileItChanges() {
    for (long seed = 1; seed <= 20; seed++) {
      Random chance = new Random(seed);
      Replica r = new Replica(1, new MemoryByteStore());
      r.run(rows -> {
        for (int i = 0; i < 600; i++) {
          new SetValue(rows, r.open(0)).add(bytes("m" + i));
          new HashValue(rows, r.open(2)).set(bytes("f" + i), bytes("v"));
        }
      });
      MerkleWalk walk = new MerkleWalk(r.rows, r.rows.vnodeOf(r.open(0).key));
      while (!walk.step(17)) {
        r.run(rows -> {
          SetValue set = new SetValue(rows, r.open(0));
          set.add(bytes("n" + chance.nextInt(1000)));
          set.remove(bytes("m" + chance.nextInt(600)));
          new HashValue(rows, r.open(2)).set(bytes("f" + chance.nextInt(700)), bytes("w" + chance.nextInt()));
          if (chance.nextInt(40) == 0) {
            rows.delete(r.open(0));
            for (int i = 0; i < 300; i++) {
              new SetValue(rows, r.open(0)).add(bytes("m" + i));
            }
          }
        });
      }
      assertEquals(0, walk.keysWrong(), "seed " + seed);
      assertEquals(0, walk.leavesWrong(), "seed " + seed);
      r.check("seed " + seed);
    }
  }

  /** Turns a bit of the last byte of the n-th record whose key passes; returns how many do. */
  private static int flip(MemoryByteStore store, byte[][] range, int n, boolean heads) {
    int met = 0;
    try (ByteCursor cursor = store.scan(range[0], range[1], false)) {
      while (cursor.next()) {
        byte[] disk = cursor.key();
        byte[] value = cursor.value();
        boolean simple = value.length > 1 && value[heads ? 1 : 0] == 0x20;
        if (KeyRef.isHead(disk) == heads && simple && (!heads || value[0] == 1) && met++ == n) {
          byte[] rotten = value.clone();
          rotten[rotten.length - 1] ^= 1;
          store.put(disk.clone(), rotten);
        }
      }
    }
    return met;
  }

  @Test
  void aFlippedRowIsFoundByTheWalkAndMovesTheTree() {
    for (boolean heads : new boolean[] {true, false}) {
      Replica r = new Replica(1, new MemoryByteStore());
      for (int k = 0; k < KEYS; k++) {
        int key = k;
        r.run(rows -> {
          if (heads) {
            new StringValue(rows, r.open(key)).set(bytes("value"), 0);
          } else {
            new HashValue(rows, r.open(key)).set(bytes("f"), bytes("value"));
          }
        });
      }
      for (int v = 0; v < VNODES; v++) {
        long before = r.rows.trees().of(v).root();
        assertTrue(flip(r.store, r.rows.rangeOf(v), 2, heads) > 2);
        assertEquals(before, r.rows.trees().of(v).root(), "the change was made behind the store's back");
        MerkleWalk walk = new MerkleWalk(r.rows, v);
        assertTrue(walk.step(Integer.MAX_VALUE));
        assertEquals(1, walk.keysWrong() + walk.leavesWrong());
        assertNotEquals(before, r.rows.trees().of(v).root());
        r.check("after the walk");
        MerkleWalk again = new MerkleWalk(r.rows, v);
        again.step(Integer.MAX_VALUE);
        assertEquals(0, again.keysWrong() + again.leavesWrong());
      }
    }
  }

  @Test
  void aLostSubRowIsFoundAndCountedOut() {
    Replica r = new Replica(1, new MemoryByteStore());
    r.run(rows -> {
      new HashValue(rows, r.open(0)).set(bytes("f"), bytes("1"));
      new HashValue(rows, r.open(0)).set(bytes("g"), bytes("2"));
    });
    int vnode = r.rows.vnodeOf(r.open(0).key);
    r.rows.finish();
    try (ByteCursor cursor = r.store.scan(r.rows.rangeOf(vnode)[0], r.rows.rangeOf(vnode)[1], false)) {
      assertTrue(cursor.next() && cursor.next());
      r.store.delete(cursor.key().clone());
    }
    MerkleWalk walk = new MerkleWalk(r.rows, vnode);
    walk.step(Integer.MAX_VALUE);
    assertEquals(1, walk.keysWrong());
    r.run(rows -> assertEquals(1, new HashValue(rows, r.open(0)).size()));
    r.check("after the walk");
  }

  /** A store of an earlier version: heads without digests, and no record of the tree. */
  @Test
  void anOldStoreIsUnknownUntilItIsWalked() {
    Replica r = new Replica(1, new MemoryByteStore());
    Random chance = new Random(3);
    for (int i = 0; i < 100; i++) {
      r.run(rows -> command(r, rows, chance));
    }
    long[][] kept = {r.leaves(0), r.leaves(1)};
    stripDigests(r.store);
    Replica reopened = new Replica(1, r.store);
    reopened.clock = r.clock;
    reopened.rows.lastGeneration(1000);
    for (int v = 0; v < VNODES; v++) {
      reopened.rows.trees().load(v, r.store, new byte[] {(byte) 0xC0, (byte) v});
      assertFalse(reopened.rows.trees().of(v).known());
      MerkleWalk walk = new MerkleWalk(reopened.rows, v);
      while (!walk.step(5)) {
        // on
      }
      assertTrue(reopened.rows.trees().of(v).known());
      assertEquals(0, walk.keysWrong() + walk.leavesWrong(), "what was not known cannot have been wrong");
      assertArrayEquals(kept[v], reopened.leaves(v));
    }
    for (int i = 0; i < 100; i++) {
      reopened.run(rows -> command(reopened, rows, chance));
      reopened.check("after command " + i);
    }
  }

  /** Writes every head as the version before digests did. */
  private static void stripDigests(MemoryByteStore store) {
    List<byte[]> heads = new ArrayList<>();
    try (ByteCursor cursor = store.scan(new byte[] {0}, new byte[] {(byte) 0x80}, false)) {
      while (cursor.next()) {
        if (KeyRef.isHead(cursor.key())) {
          heads.add(cursor.key().clone());
        }
      }
    }
    for (byte[] disk : heads) {
      Head head = new Head(KeyRef.ofDisk(disk), 0, store.get(disk));
      head.digestsKnown = false;
      Bytes out = new Bytes(100);
      head.encode(out);
      store.put(disk, out.copy());
    }
  }

  @Test
  void aTreeIsWrittenAndReadAgain() {
    Replica r = new Replica(1, new MemoryByteStore());
    Random chance = new Random(4);
    for (int i = 0; i < 50; i++) {
      r.run(rows -> command(r, rows, chance));
    }
    byte[] prefix = {(byte) 0xC0, 1};
    r.rows.trees().save(1, r.store, prefix);
    Replica reopened = new Replica(1, r.store);
    reopened.rows.trees().load(1, r.store, prefix);
    assertEquals(r.rows.trees().of(1), reopened.rows.trees().of(1));
    r.rows.trees().lost(1);
    r.rows.trees().save(1, r.store, prefix);
    reopened.rows.trees().load(1, r.store, prefix);
    assertFalse(reopened.rows.trees().of(1).known());
    reopened.rows.trees().of(0).load(new byte[] {9});
    assertFalse(reopened.rows.trees().of(0).known());
  }

  @Test
  void leavesCutAVnodeEvenlyIntoRangesOfDiskKeys() {
    Random chance = new Random(1);
    for (int slotsPerVnode : new int[] {1, 2, 16, 128, 16384}) {
      int first = 16384 / slotsPerVnode / 2 * slotsPerVnode;
      int[] hits = new int[MerkleTree.LEAVES];
      for (int i = 0; i < 40_000; i++) {
        int slot = first + chance.nextInt(slotsPerVnode);
        KeyRef key = KeyRef.of(0, slot, chance.nextInt(), new byte[] {1}, 0, 1);
        int leaf = MerkleTree.leafOf(slot - first, key.hash(), MerkleTree.shift(slotsPerVnode));
        hits[leaf]++;
        assertTrue(Arrays.compareUnsigned(MerkleTree.from(leaf, first, slotsPerVnode), key.disk()) <= 0);
        assertTrue(Arrays.compareUnsigned(key.disk(), MerkleTree.from(leaf + 1, first, slotsPerVnode)) < 0);
      }
      for (int n : hits) {
        assertEquals(40_000.0 / MerkleTree.LEAVES, n, 120, Collections.singletonList(slotsPerVnode).toString());
      }
    }
  }
}
