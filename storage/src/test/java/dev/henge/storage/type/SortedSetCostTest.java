package dev.henge.storage.type;

import static dev.henge.storage.type.SortedSetBench.bytes;
import static dev.henge.storage.type.SortedSetBench.collect;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How often commands on a sorted set of 100,000 members ask the store, deleted keys that are walked over included. */
class SortedSetCostTest {

  private static final int MEMBERS = 100_000;

  /** Opening and storing the head. */
  private static final int HEAD = 2;

  private final CountingByteStore store = new CountingByteStore();
  private final SortedSetBench bench = new SortedSetBench(store, 0xA, new long[] {0});
  private final Random random = new Random(5);

  @BeforeEach
  void fill() {
    bench.run(set -> {
      for (int i = 0; i < MEMBERS; i++) {
        set.member(bytes("m" + i)).put(i);
      }
    });
    bench.bundles.clear();
  }

  private double worst(int times, Consumer<SortedSetValue> command, double meanMax, int worstMax) {
    long total = 0;
    for (int i = 0; i < times; i++) {
      store.reset();
      bench.run(command);
      bench.bundles.clear();
      total += store.all();
      assertTrue(store.all() <= worstMax, () -> "too many: " + store);
    }
    double mean = (double) total / times;
    assertTrue(mean <= meanMax, "mean " + mean);
    return mean;
  }

  private byte[] any() {
    return bytes("m" + random.nextInt(MEMBERS));
  }

  @Test
  void scoresEndsAndAddsNeedNoRanksAndNoWalk() {
    worst(100, SortedSetValue::size, 1, 1);
    worst(100, set -> set.score(any()), 2, 2);
    worst(100, set -> set.byRank(0, 10, false, (b, o, l, s) -> true), 12, 12);
    worst(100, set -> set.byRank(0, 10, true, (b, o, l, s) -> true), 12, 12);
    worst(1000, set -> set.member(any()).put(random.nextInt()), HEAD + 4, HEAD + 4);
    worst(1000, set -> set.member(bytes("n" + random.nextInt())).put(random.nextInt()), HEAD + 4, HEAD + 4);
    assertTrue(!bench.ranked(), "nothing asked for ranks");
  }

  private MemberRange wideRange() {
    return new MemberRange.ByScore(random.nextInt(50_000), false, 60_000 + random.nextInt(30_000), true);
  }

  @Test
  void ranksAreLogarithmic() {
    bench.run(set -> set.rank(any(), false));
    worst(2000, set -> set.rank(any(), false), 80, 300);
    worst(2000, set -> set.byRank(random.nextInt(MEMBERS), 10, false, (b, o, l, s) -> true), 90, 300);
    worst(2000, set -> set.count(wideRange()), 300, 600);
    worst(1000, set -> set.member(any()).put(random.nextInt(MEMBERS)), 40, 300);
    worst(1000, set -> set.removeByRank(random.nextInt(90_000), 3), 170, 700);
  }

  @Test
  void aQueueDoesNotWalkOverWhatWasTaken() {
    pollDue();
    popAll(false);
    popAll(true);
    bench.run(set -> set.rank(any(), false));
    popAll(false);
    popAll(true);
  }

  private void popAll(boolean highest) {
    bench.run(set -> set.pop(highest, 1, (b, o, l, s) -> true));
    worst(2000, set -> set.pop(highest, 1, (b, o, l, s) -> true), bench.ranked() ? 50 : 9, 300);
  }

  /** As a queue of deadlines is read: the first that is due, and away with it. */
  private void pollDue() {
    for (int i = 0; i < 3000; i++) {
      MemberRange due = new MemberRange.ByScore(Double.NEGATIVE_INFINITY, false, i, false);
      store.reset();
      bench.run(set -> {
        assertEquals(1, collect(v -> set.range(due, false, 0, 1, v)).size());
        set.remove(due);
      });
      bench.bundles.clear();
      assertTrue(store.all() <= 20, () -> "too many: " + store);
    }
  }
}
