package dev.henge.storage.type;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.lsm.MemoryByteStore;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.version.VersionVector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What replicas show of a key, and what its copies come to. */
class KeyCopiesTest {

  private static final int OWNERS = 3;

  private final Actor.Clock time = new Actor.Clock();
  private final MemoryByteStore[] stores = {new MemoryByteStore(), new MemoryByteStore(), new MemoryByteStore()};
  private final Actor[] replicas = new Actor[OWNERS];

  KeyCopiesTest() {
    for (int i = 0; i < OWNERS; i++) {
      replicas[i] = new Actor(i + 1, time, stores[i]);
    }
  }

  private void ship(int from) {
    for (int i = 0; i < OWNERS; i++) {
      if (i != from) {
        replicas[i].apply(replicas[from].sent);
      }
    }
    replicas[from].sent.clear();
  }

  private static VersionVector clock() {
    return VersionVector.of(1, 1_000_000).with(2, 1_000_000).with(3, 1_000_000);
  }

  private byte[] key() {
    byte[] name = Actor.bytes("key");
    return replicas[0].keyspace.locate(0, name, 0, name.length).disk();
  }

  private ReplicaRows rows(int owner) {
    return new ReplicaRows(replicas[owner].keyspace);
  }

  /** Compares and mends as an inspection does, in pages. Returns how many rows were mended with each owner. */
  private int[] mend(int pageBytes, int... owners) {
    int[] mended = new int[OWNERS];
    byte[] place = {};
    do {
      byte[] end = {};
      KeyCopies copies = new KeyCopies(key(), OWNERS, clock());
      for (int owner : owners) {
        Bytes page = new Bytes(100);
        byte[] next = rows(owner).exportKey(key(), place, pageBytes, page);
        copies.add(owner, page.copy(), true);
        end = next.length > 0 && (end.length == 0 || Arrays.compareUnsigned(next, end) < 0) ? next : end;
      }
      copies.before(end);
      KeyCopies.Verdict verdict = copies.decide();
      for (int owner : owners) {
        byte[] body = verdict.mend()[owner];
        mended[owner] += verdict.rows()[owner];
        if (body != null) {
          rows(owner).forget(body);
          replicas[owner].keyspace.apply(0, 0, new ByteReader(body));
        }
      }
      assertTrue(end.length == 0 || Arrays.compareUnsigned(place, end) < 0, "pages go on");
      place = end;
    } while (place.length > 0);
    return mended;
  }

  private TreeMap<Integer, byte[]> living(int owner) {
    TreeMap<Integer, byte[]> keys = new TreeMap<>();
    try (ByteCursor cursor = stores[owner].scan(new byte[] {0}, new byte[] {(byte) 0x80}, false)) {
      while (cursor.next()) {
        if (!KeyRef.isHead(cursor.key()) && cursor.value().length > 0 && (cursor.value()[0] & 1) == 0) {
          keys.put(keys.size(), cursor.key().clone());
        }
      }
    }
    return keys;
  }

  private void equalTrees(String when) {
    for (Actor r : replicas) {
      assertEquals(replicas[0].keyspace.trees().of(0), r.keyspace.trees().of(0), when);
      MerkleWalk walk = new MerkleWalk(r.keyspace, 0);
      walk.step(Integer.MAX_VALUE);
      assertEquals(0, walk.keysWrong() + walk.leavesWrong(), when);
    }
  }

  @Test
  void whatIsLostOrTurnedAnywhereIsPutBackInPagesOfAnySize() {
    for (int pageBytes : new int[] {1, 64, 300, 1 << 20}) {
      for (long seed = 1; seed <= 12; seed++) {
        Random chance = new Random(seed);
        replicas[0].hashes(hash -> {
          for (int i = 0; i < 30; i++) {
            hash.set(Actor.bytes("f" + i), Actor.bytes("v" + time.stamp));
          }
        });
        replicas[0].hashes(hash -> hash.remove(Actor.bytes("f" + chance.nextInt(30))));
        ship(0);
        equalTrees("before");
        var before = replicas[0].fields();
        int victim = chance.nextInt(OWNERS);
        TreeMap<Integer, byte[]> rows = living(victim);
        for (int n = 0; n < 3; n++) {
          byte[] row = rows.get(chance.nextInt(rows.size()));
          byte[] value = stores[victim].get(row);
          if (chance.nextBoolean() || value == null) {
            stores[victim].delete(row);
          } else {
            value[value.length - 1 - chance.nextInt(3)] ^= (byte) (1 << chance.nextInt(8));
            stores[victim].put(row, value);
          }
        }
        new MerkleWalk(replicas[victim].keyspace, 0).step(Integer.MAX_VALUE);
        int[] mended = mend(pageBytes, 0, 1, 2);
        String what = "seed " + seed + " pages of " + pageBytes + ": mended " + Arrays.toString(mended);
        assertTrue(mended[victim] >= 1 && mended[victim] <= 3, what);
        assertEquals(mended[victim], Arrays.stream(mended).sum(), what);
        equalTrees(what);
        for (Actor r : replicas) {
          assertEquals(before, r.fields(), what);
        }
        replicas[0].run(head -> replicas[0].keyspace.delete(head));
        ship(0);
      }
    }
  }

  @Test
  void whereAllIsEqualNothingIsSent() {
    replicas[1].sets(set -> set.add(Actor.bytes("m")));
    ship(1);
    assertArrayEquals(new int[OWNERS], mend(1 << 20, 0, 1, 2));
  }

  /** An old state that a disk has fallen back to must not bring back what a clear, elsewhere, has seen. */
  @Test
  void aDeletedRowThatShowsAgainGivesWayToTheClear() {
    replicas[0].sets(set -> set.add(Actor.bytes("m")));
    ship(0);
    List<byte[][]> old = new ArrayList<>();
    try (ByteCursor cursor = stores[2].scan(new byte[] {0}, new byte[] {(byte) 0x80}, false)) {
      while (cursor.next()) {
        old.add(new byte[][] {cursor.key().clone(), cursor.value().clone()});
      }
    }
    replicas[1].run(head -> replicas[1].keyspace.delete(head));
    ship(1);
    old.forEach(record -> stores[2].put(record[0], record[1]));
    new MerkleWalk(replicas[2].keyspace, 0).step(Integer.MAX_VALUE);
    assertEquals(1, replicas[2].members().size());
    mend(1 << 20, 0, 1, 2);
    for (Actor r : replicas) {
      assertTrue(r.members().isEmpty());
    }
    equalTrees("after");
  }

  /**
   * The majority rule counts only those that have seen what the decider has: an owner behind has other rows by right.
   */
  @Test
  void ownersThatAreBehindDoNotOutvoteAndAreSentNothing() {
    replicas[0].hashes(hash -> hash.set(Actor.bytes("f"), Actor.bytes("old")));
    ship(0);
    replicas[0].hashes(hash -> hash.set(Actor.bytes("f"), Actor.bytes("new")));
    VersionVector now = VersionVector.of(1, 2);
    KeyCopies copies = new KeyCopies(key(), OWNERS, now);
    for (int i = 0; i < OWNERS; i++) {
      Bytes page = new Bytes(100);
      rows(i).exportKey(key(), new byte[0], 1000, page);
      copies.add(i, page.copy(), i == 0);
    }
    KeyCopies.Verdict verdict = copies.decide();
    assertEquals(0, verdict.outvoted() + Arrays.stream(verdict.rows()).sum());
    for (byte[] mend : verdict.mend()) {
      assertNull(mend, "their log is on its way");
    }
  }

  @Test
  void ofTwoOwnersTheChoiceIsTheSameOnBothSides() {
    replicas[0].hashes(hash -> hash.set(Actor.bytes("f"), Actor.bytes("value")));
    ship(0);
    byte[] row = living(1).get(0);
    byte[] value = stores[1].get(row);
    value[value.length - 1] ^= 1;
    stores[1].put(row, value);
    String[] chosen = new String[2];
    for (int first = 0; first < 2; first++) {
      KeyCopies copies = new KeyCopies(key(), 2, clock());
      for (int i = 0; i < 2; i++) {
        Bytes page = new Bytes(100);
        rows(i == 0 ? first : 1 - first).exportKey(key(), new byte[0], 1000, page);
        copies.add(i, page.copy(), true);
      }
      KeyCopies.Verdict verdict = copies.decide();
      assertEquals(1, verdict.drawn());
      assertEquals(1, verdict.rows()[0] + verdict.rows()[1]);
      chosen[first] = Arrays.toString(verdict.mend()[verdict.mend()[0] == null ? 1 : 0]);
    }
    assertEquals(chosen[0], chosen[1]);
    assertFalse(chosen[0].isEmpty());
  }
}
