package dev.henge.storage.type;

import static dev.henge.storage.type.SortedSetBench.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.storage.lsm.MemoryByteStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two sides of a partition write one sorted set; whatever the order in which their bundles meet, all replicas become
 * the same.
 */
class SortedSetMergeTest {

  private final long[] stamps = {0};
  private final SortedSetBench a = new SortedSetBench(new MemoryByteStore(), 0xA, stamps);
  private final SortedSetBench b = new SortedSetBench(new MemoryByteStore(), 0xB, stamps);

  /** A clear may leave another context in a row, depending on which came first; what the row shows is the same. */
  private boolean cleared;

  private static void ship(SortedSetBench from, SortedSetBench to) {
    from.bundles.forEach(to::apply);
  }

  /** Each side gets the other's bundles, and two bystanders get both in either order. */
  private void heal(List<SortedSetBench.Bundle> before) {
    SortedSetBench ab = new SortedSetBench(new MemoryByteStore(), 0xC, stamps);
    SortedSetBench ba = new SortedSetBench(new MemoryByteStore(), 0xD, stamps);
    before.forEach(ab::apply);
    before.forEach(ba::apply);
    ship(a, b);
    ship(b, ab);
    ship(a, ab);
    ship(a, ba);
    ship(b, ba);
    ship(b, a);
    List<String> members = a.members();
    assertEquals(members, b.members());
    assertEquals(members, ab.members());
    assertEquals(members, ba.members());
    for (SortedSetBench other : List.of(b, ab, ba)) {
      assertEquals(List.of(), differences(a.content(!cleared), other.content(!cleared)));
    }
    a.bundles.clear();
    b.bundles.clear();
  }

  private static List<String> differences(Map<String, String> one, Map<String, String> other) {
    TreeSet<String> keys = new TreeSet<>(one.keySet());
    keys.addAll(other.keySet());
    keys.removeIf(key -> Objects.equals(one.get(key), other.get(key)));
    return keys.stream().limit(3).map(key -> key + ": " + one.get(key) + " / " + other.get(key)).toList();
  }

  private List<SortedSetBench.Bundle> share() {
    List<SortedSetBench.Bundle> before = new ArrayList<>(a.bundles);
    ship(a, b);
    a.bundles.clear();
    return before;
  }

  @Test
  void incrementsOfBothSidesAddUp() {
    a.put("ann", 10);
    List<SortedSetBench.Bundle> before = share();
    a.increment("ann", 0.1);
    a.increment("ann", 5);
    b.increment("ann", 2.5);
    assertEquals(10 + 0.1 + 5, a.score("ann"));
    heal(before);
    assertEquals(17.6, a.score("ann"));
    a.increment("ann", 1);
    assertEquals(18.6, a.score("ann"));
  }

  @Test
  void incrementsOfAMemberThatNeitherSideKnewAddUp() {
    List<SortedSetBench.Bundle> before = share();
    a.increment("new", 3);
    b.increment("new", 4);
    heal(before);
    assertEquals(List.of("new=7.0"), a.members());
  }

  @Test
  void aScoreSaidAgainStandsAgainstAConcurrentRemove() {
    a.increment("ann", 1);
    List<SortedSetBench.Bundle> before = share();
    a.run(set -> {
      set.member(SortedSetBench.bytes("ann")).renew();
      set.member(SortedSetBench.bytes("ann")).renew();
    });
    b.run(set -> set.member(SortedSetBench.bytes("ann")).remove());
    heal(before);
    assertEquals(1, a.score("ann"));
  }

  @Test
  void theNewerOfTwoScoresStands() {
    a.put("ann", 1);
    List<SortedSetBench.Bundle> before = share();
    a.put("ann", 50);
    b.put("ann", 2);
    heal(before);
    assertEquals(2, a.score("ann"));
  }

  @Test
  void anIncrementStandsBesideAConcurrentScore() {
    a.put("ann", 1);
    List<SortedSetBench.Bundle> before = share();
    a.increment("ann", 5);
    b.put("ann", 100);
    heal(before);
    assertEquals(105, a.score("ann"));
  }

  /** Whichever is stamped later: the base under an increment of a new member is nobody's word. */
  @Test
  void anIncrementOfANewMemberStandsAboveAConcurrentScore() {
    List<SortedSetBench.Bundle> before = share();
    a.put("set first", 100);
    a.increment("counted first", 2);
    b.increment("set first", 5);
    b.put("counted first", 7);
    heal(before);
    assertEquals(105, a.score("set first"));
    assertEquals(9, a.score("counted first"));
  }

  @Test
  void membersUniteAndAnInfiniteScoreAbsorbsIncrements() {
    a.put("ann", 1);
    List<SortedSetBench.Bundle> before = share();
    a.increment("ann", Double.POSITIVE_INFINITY);
    a.put("bob", 2);
    b.increment("ann", 5);
    b.put("cy", -0.0);
    heal(before);
    assertEquals(List.of("cy=0.0", "bob=2.0", "ann=Infinity"), a.members());
  }

  @Test
  void aDeleteLeavesWhatItHadNotSeen() {
    a.put("ann", 1);
    a.put("bob", 2);
    List<SortedSetBench.Bundle> before = share();
    a.delete();
    cleared = true;
    b.put("cy", 3);
    b.put("ann", 4);
    heal(before);
    assertEquals(List.of("cy=3.0", "ann=4.0"), a.members());
  }

  /** Several commands of a transaction may share a bundle and so a dot. */
  @Test
  void aBundleMayEmptyTheSetAndFillItAgain() {
    a.put("ann", 1);
    share();
    a.run(set -> {
      set.member(bytes("bob")).put(2);
      set.pop(false, 5, (bytes, offset, length, score) -> true);
      set.member(bytes("cy")).put(3);
    });
    ship(a, b);
    assertEquals(List.of("cy=3.0"), a.members());
    assertEquals(a.records(), b.records());
  }

  /** As after a crash that lost the head but not the rank rows. */
  @Test
  void ranksAreBuiltOverLeftovers() {
    for (int i = 0; i < 500; i++) {
      a.put("m" + i, i);
    }
    a.call(set -> set.rank(bytes("m7"), false));
    a.run(set -> {
      Head head = a.head();
      head.part(ValueType.ZSET.kind()).derived = new byte[0];
      a.keyspace.markDirty(head);
    });
    for (int i = 0; i < 500; i += 3) {
      a.put("m" + i, 1000 - i);
    }
    assertTrue(!a.ranked(), "ranks forgotten");
    long rank = a.call(set -> set.rank(bytes("m301"), false));
    var built = a.rankRows();
    a.rebuildRanks();
    assertEquals(a.rankRows(), built);
    assertEquals("m301=301.0", a.members().get((int) rank));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void randomHistoriesOfBothSidesMeet(long seed) {
    Random random = new Random(seed);
    List<SortedSetBench.Bundle> all = new ArrayList<>();
    cleared = seed % 2 == 0;
    int names = seed % 3 == 0 ? 10 : 400;
    for (int round = 0; round < 12; round++) {
      for (SortedSetBench side : List.of(a, b)) {
        for (int i = 0; i < 60; i++) {
          write(side, random, names);
        }
        if (random.nextBoolean()) {
          side.call(set -> set.rank(bytes("m" + random.nextInt(names)), false));
        }
      }
      List<SortedSetBench.Bundle> now = new ArrayList<>(a.bundles);
      now.addAll(b.bundles);
      heal(all);
      all.addAll(now);
      check(a, seed);
      check(b, seed);
    }
    assertTrue(names == 10 || cleared || a.ranked() && b.ranked(), "no ranks: seed " + seed);
  }

  private static void check(SortedSetBench side, long seed) {
    if (side.ranked()) {
      var kept = side.rankRows();
      side.rebuildRanks();
      assertEquals(side.rankRows(), kept, "seed " + seed);
    }
  }

  private void write(SortedSetBench side, Random random, int names) {
    String name = "m" + random.nextInt(names);
    switch (random.nextInt(12)) {
      case 0, 1 -> side.run(set -> set.member(bytes(name)).remove());
      case 2, 3, 4, 5 -> side.increment(name, random.nextInt(100) / 10.0 - 3);
      case 6 -> {
        if (cleared && random.nextInt(30) == 0) {
          side.delete();
        }
      }
      default -> side.put(name, random.nextInt(50) / 8.0);
    }
  }
}
