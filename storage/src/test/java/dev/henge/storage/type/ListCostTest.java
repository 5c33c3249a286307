package dev.henge.storage.type;

import static dev.henge.storage.type.Actor.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** How often commands on a list of 100,000 elements ask the store, deleted keys that are walked over included. */
class ListCostTest {

  private static final int ELEMENTS = 100_000;

  private final CountingByteStore store = new CountingByteStore();
  private final Actor actor = new Actor(0xA, new Actor.Clock(), store);
  private final Random random = new Random(5);

  private void fill() {
    actor.lists(list -> {
      for (int i = 0; i < ELEMENTS; i++) {
        list.push(true, bytes("e" + i));
      }
    });
    actor.sent.clear();
  }

  private void cost(int times, double meanMax, int worstMax, Consumer<ListValue> command) {
    long total = 0;
    for (int i = 0; i < times; i++) {
      store.reset();
      actor.lists(command);
      actor.sent.clear();
      total += store.all();
      assertTrue(store.all() <= worstMax, () -> "too many: " + store);
    }
    double mean = (double) total / times;
    assertTrue(mean <= meanMax, "mean " + mean);
  }

  private boolean ranked() {
    return actor.run(head -> ((ListOrder) actor.keyspace.cells.derived(ValueType.LIST.kind()))
        .levels(head.part(ValueType.LIST.kind())) > 0);
  }

  @Test
  void endsNeedNoRanksAndNoWalk() {
    fill();
    cost(100, 1, 1, ListValue::size);
    cost(100, 2, 2, list -> list.get(0));
    cost(100, 2, 2, list -> list.get(-1));
    cost(100, 12, 12, list -> list.range(0, 10, (array, at, n) -> { }));
    cost(100, 23, 23, list -> list.range(ELEMENTS - 10, 10, (array, at, n) -> { }));
    cost(1000, 3, 3, list -> list.push(random.nextBoolean(), bytes("p")));
    cost(1000, 7.01, 8 + ReadAhead.ELEMENTS_MAX, list -> list.pop(random.nextBoolean()));
    cost(100, 4, 4, list -> list.set(-1, bytes("s")));
    assertTrue(!ranked(), "nothing asked for ranks");
  }

  @Test
  void elementsDeepInsideCostALogarithm() {
    fill();
    actor.lists(list -> list.get(5000));
    assertTrue(ranked(), "ranks were asked for");
    cost(2000, 80, 500, list -> {
      int index = random.nextInt(ELEMENTS);
      assertArrayEquals(bytes("e" + index), list.get(index));
    });
    cost(2000, 90, 500, list -> list.range(200 + random.nextInt(ELEMENTS - 500), 10, (array, at, n) -> { }));
    cost(1000, 80, 500, list -> list.set(random.nextInt(ELEMENTS), bytes("s")));
    cost(1000, 40, 500, list -> list.push(random.nextBoolean(), bytes("p")));
    cost(1000, 50, 500, list -> list.pop(random.nextBoolean()));
    cost(300, 120, 500, list -> list.trim(1, list.size() - 2));
    actor.lists(list -> list.push(false, bytes("pivot")));
    actor.lists(list -> list.insert(bytes("pivot"), true, bytes("i")));
    cost(300, 60, 500, list -> assertTrue(list.insert(bytes("pivot"), true, bytes("i"))));
  }

  /** 100,000 elements go through a queue that is never empty: each pop costs what the first one did. */
  @Test
  void aQueueDoesNotSlowDownWithItsHistory() {
    for (boolean last : new boolean[] {false, true}) {
      actor.run(head -> actor.keyspace.delete(head));
      for (int i = 0; i < 100; i++) {
        actor.lists(list -> list.push(!last, bytes("first")));
      }
      cost(ELEMENTS, 8, 11 + ReadAhead.ELEMENTS_MAX, list -> {
        list.push(!last, bytes("more"));
        list.pop(last);
      });
    }
  }

  /** What was pushed and popped at the same end lies between it and the rest of the list. */
  @Test
  void aStackDoesNotSlowDownWithItsHistory() {
    for (boolean last : new boolean[] {false, true}) {
      actor.run(head -> actor.keyspace.delete(head));
      List.of("a", "b", "c").forEach(e -> actor.lists(list -> list.push(last, bytes(e))));
      for (int i = 0; i < 10_000; i++) {
        cost(1, 11, 11, list -> list.push(last, bytes("x")));
        if (i % 7 == 0) {
          cost(1, 11, 11, list -> list.push(last, bytes("y")));
          cost(1, 11, 11, list -> list.get(last ? -3 : 2));
          cost(1, 11, 11, list -> list.pop(last));
        }
        cost(1, 11, 11, list -> list.pop(last));
      }
      cost(1, 14, 14, list -> list.walk(last, (index, e) -> true));
      assertEquals(3, actor.elements().size());
    }
  }

  /** A restart, or another primary: what it knows of the ends is in the head. */
  @Test
  void theEndsOutliveARestart() {
    fill();
    for (int i = 0; i < 50_000; i++) {
      actor.lists(list -> list.pop(false));
    }
    actor.sent.clear();
    Actor again = new Actor(0xB, new Actor.Clock(), store);
    store.reset();
    assertArrayEquals(bytes("e50000"), again.list(list -> list.pop(false)));
    assertTrue(store.all() <= 8, store::toString);
  }

  /** A replica that only heard of the pops knows the ends as well. */
  @Test
  void aReplicaKnowsTheEnds() {
    CountingByteStore other = new CountingByteStore();
    Actor replica = new Actor(0xB, new Actor.Clock(), other);
    actor.lists(list -> {
      for (int i = 0; i < 20_000; i++) {
        list.push(true, bytes("e" + i));
      }
    });
    for (int i = 0; i < 10_000; i++) {
      actor.lists(list -> list.pop(false));
    }
    replica.apply(actor.sent);
    other.reset();
    assertArrayEquals(bytes("e10000"), replica.list(list -> list.pop(false)));
    assertTrue(other.all() <= 8, other::toString);
  }

  @Test
  void popsOfManyWalkOnce() {
    fill();
    store.reset();
    actor.list(list -> list.pop(false, 10_000, e -> { }));
    assertTrue(store.all() <= 10_000 * 4, store::toString);
    assertArrayEquals(bytes("e10000"), actor.list(list -> list.peek(false)));
    actor.lists(list -> list.trim(5_000, 80_000));
    assertArrayEquals(bytes("e15000"), actor.list(list -> list.get(0)));
    assertArrayEquals(bytes("e94999"), actor.list(list -> list.get(-1)));
    assertEquals(80_000, actor.list(ListValue::size));
  }
}
