package dev.henge.storage.type;

import static dev.henge.storage.type.Actor.bytes;
import static dev.henge.storage.type.Actor.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.storage.lsm.MemoryByteStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Scans and picks of large and small collections, and what they cost. */
class MembersTest {

  private final PlainCountingStore store = new PlainCountingStore();
  private final Actor actor = new Actor(0xA, new Actor.Clock(), store);

  private void fill(int from, int to) {
    actor.sets(s -> {
      for (int i = from; i < to; i++) {
        s.add(bytes("member:" + i));
      }
    });
  }

  // ---------------------------------------------------------------- chance

  /** The chi-square of picks of n members; uniform picks give n - 1 on average, with deviation sqrt(2(n - 1)). */
  private double chiSquare(int n, int picks, long seed) {
    Random random = new Random(seed);
    Map<String, Integer> counts = new HashMap<>();
    actor.sets(s -> {
      for (int i = 0; i < picks; i++) {
        counts.merge(text(s.pick(random)), 1, Integer::sum);
      }
    });
    double expected = (double) picks / n;
    double sum = (n - counts.size()) * expected;
    for (int count : counts.values()) {
      sum += (count - expected) * (count - expected) / expected;
    }
    return sum;
  }

  /** Within five deviations: a pick of any of the 16 members behind a random hash, the usual short cut, is 140 off. */
  @Test
  void picksOfLargeSetsAreUniform() {
    int n = 1000;
    fill(0, n);
    double chiSquare = chiSquare(n, 100_000, 1);
    assertTrue(Math.abs(chiSquare - (n - 1)) < 5 * Math.sqrt(2.0 * (n - 1)), "chi-square " + chiSquare);
  }

  @Test
  void picksOfSmallSetsAreUniform() {
    int n = Members.SMALL_ROWS_MAX;
    fill(0, n);
    double chiSquare = chiSquare(n, 50_000, 2);
    assertTrue(Math.abs(chiSquare - (n - 1)) < 5 * Math.sqrt(2.0 * (n - 1)), "chi-square " + chiSquare);
  }

  @Test
  void choicesAreOfDifferentMembersAndComplete() {
    fill(0, 5000);
    for (int count : new int[] {1, 5, 120, 130, 4999, 5000, 6000}) {
      Set<String> chosen = new HashSet<>();
      int size = actor.set(s -> {
        List<byte[]> members = s.distinct(count, new Random(3));
        members.forEach(m -> chosen.add(text(m)));
        return members.size();
      });
      assertEquals(Math.min(count, 5000), size);
      assertEquals(size, chosen.size());
      assertEquals(count, (int) actor.set(s -> s.repeated(count, new Random(3)).size()));
    }
  }

  /** Each of 10 members is in about half of all choices of 5: 5000 of 10,000, deviation 50. */
  @Test
  void choicesAreFair() {
    fill(0, 10);
    Random random = new Random(4);
    Map<String, Integer> counts = new HashMap<>();
    actor.sets(s -> {
      for (int i = 0; i < 10_000; i++) {
        s.distinct(5, random).forEach(m -> counts.merge(text(m), 1, Integer::sum));
      }
    });
    assertEquals(10, counts.size());
    counts.forEach((member, count) -> assertTrue(Math.abs(count - 5000) < 250, member + " " + count));
  }

  // ---------------------------------------------------------------- scans

  /** Members come and go between the pages; those that stay are returned, all of them once. */
  @Test
  void scanReturnsWhatStays() {
    for (long seed = 0; seed < 20; seed++) {
      Random random = new Random(seed);
      Actor scanned = new Actor(0xA, new Actor.Clock(), new MemoryByteStore());
      int stay = 100 + random.nextInt(400);
      Set<String> staying = new HashSet<>();
      scanned.sets(s -> {
        for (int i = 0; i < stay; i++) {
          s.add(bytes("stay" + i));
          staying.add("stay" + i);
          s.add(bytes("go" + i));
        }
      });
      List<String> returned = new ArrayList<>();
      long cursor = 0;
      int pages = 0;
      do {
        long from = cursor;
        int before = returned.size();
        int count = 1 + random.nextInt(20);
        cursor = scanned.set(s -> s.page(from, count, m -> returned.add(text(m))));
        assertTrue(cursor >= 0 && cursor < 1L << 32, "cursor " + cursor);
        assertTrue(cursor == 0 || returned.size() - before >= count);
        assertTrue(returned.size() - before <= Math.max(count + 8, Members.SMALL_ROWS_MAX), "seed " + seed);
        scanned.sets(s -> {
          for (int i = 0; i < 30; i++) {
            s.remove(bytes("go" + random.nextInt(stay)));
            s.add(bytes("new" + random.nextInt(1000)));
          }
        });
        pages++;
      } while (cursor != 0);
      assertTrue(pages > 5);
      Map<String, Integer> times = new HashMap<>();
      returned.forEach(m -> times.merge(m, 1, Integer::sum));
      for (String member : staying) {
        assertEquals(1, times.getOrDefault(member, 0), "seed " + seed + " " + member);
      }
    }
  }

  @Test
  void smallCollectionsAreOnePage() {
    fill(0, Members.SMALL_ROWS_MAX);
    List<String> returned = new ArrayList<>();
    assertEquals(0, (long) actor.set(s -> s.page(0, 1, m -> returned.add(text(m)))));
    assertEquals(Members.SMALL_ROWS_MAX, returned.size());
  }

  @Test
  void cursorsBeyondTheLastHashEndTheScan() {
    fill(0, 200);
    for (long cursor : new long[] {1L << 32, Long.MAX_VALUE, -1}) {
      assertEquals(0, (long) actor.set(s -> s.page(cursor, 10, m -> true)));
    }
  }

  // ---------------------------------------------------------------- costs

  private double operations(int times, Consumer<Actor> command) {
    long before = store.operations;
    for (int i = 0; i < times; i++) {
      command.accept(actor);
    }
    return (double) (store.operations - before) / times;
  }

  /** On 100,000 members, store operations a command, one of them for the head itself and one to store it. */
  @Test
  void setCommandsCostTheSameOnLargeSets() {
    fill(0, 100_000);
    Random random = new Random(5);
    int[] next = {100_000};
    assertTrue(operations(100, a -> a.sets(s -> s.add(bytes("member:" + next[0]++)))) <= 4);
    assertTrue(operations(100, a -> a.set(s -> s.contains(bytes("member:" + random.nextInt(200_000))))) <= 2);
    assertTrue(operations(10, a -> a.set(SetValue::size)) <= 1);
    assertTrue(operations(100, a -> a.sets(s -> s.remove(bytes("member:" + random.nextInt(100_000))))) <= 6);
    double pick = operations(500, a -> a.set(s -> s.pick(random)));
    assertTrue(pick < 60, "SRANDMEMBER " + pick);
    double pop = operations(500, a -> a.sets(s -> s.remove(s.pick(random))));
    assertTrue(pop < 66, "SPOP " + pop);
    double page = operations(10, a -> a.set(s -> s.page(1L << 31, 10, m -> true)));
    assertTrue(page < 20, "SSCAN " + page);
  }

  @Test
  void hashCommandsCostTheSameOnLargeHashes() {
    actor.hashes(h -> {
      for (int i = 0; i < 100_000; i++) {
        h.set(bytes("field:" + i), bytes("v"));
      }
    });
    Random random = new Random(6);
    assertTrue(operations(100, a -> a.hash(h -> h.set(bytes("field:" + random.nextInt(200_000)), bytes("w")))) <= 4);
    assertTrue(operations(100, a -> a.hash(h -> h.get(bytes("field:" + random.nextInt(200_000))))) <= 2);
    assertTrue(operations(10, a -> a.hash(HashValue::size)) <= 1);
    double pick = operations(500, a -> a.hash(h -> h.pick(random)));
    assertTrue(pick < 60, "HRANDFIELD " + pick);
  }

  /** What was popped before costs nothing later: tombstones lie apart. */
  @Test
  void popsDoNotSlowWithHistory() {
    Random random = new Random(7);
    fill(0, 20_000);
    double early = operations(500, a -> a.sets(s -> s.remove(s.pick(random))));
    actor.sets(s -> s.distinct(18_500, random).forEach(s::remove));
    double late = operations(500, a -> a.sets(s -> s.remove(s.pick(random))));
    assertTrue(late < 1.3 * early, "first " + early + ", after 19,000 removes " + late);
  }
}
