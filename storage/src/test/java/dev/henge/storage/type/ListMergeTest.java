package dev.henge.storage.type;

import static dev.henge.storage.type.Actor.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.storage.lsm.MemoryByteStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What replicas that wrote to one list without each other show when they meet, whatever the order. */
class ListMergeTest {

  private static final int SEEDS = Integer.getInteger("henge.lists.seeds", 400);

  private final Actor.Clock clock = new Actor.Clock();
  private final Actor a = new Actor(0xA, clock, new MemoryByteStore());
  private final Actor b = new Actor(0xB, clock, new MemoryByteStore());
  private final Actor c = new Actor(0xC, clock, new MemoryByteStore());

  /** All begin with what {@code before} did, each of the two writes alone, then they meet; two more hear of both. */
  private void meet(Consumer<Actor> before, Consumer<Actor> left, Consumer<Actor> right, String... expected) {
    before.accept(a);
    int common = a.sent.size();
    b.apply(a.sent);
    left.accept(a);
    right.accept(b);
    List<Actor.Sent> ofA = a.sent.subList(common, a.sent.size());
    c.apply(a.sent);
    c.apply(b.sent);
    Actor d = new Actor(0xD, clock, new MemoryByteStore());
    d.apply(a.sent.subList(0, common));
    d.apply(b.sent);
    d.apply(ofA);
    a.apply(b.sent);
    b.apply(ofA);
    for (Actor each : List.of(a, b, c, d)) {
      assertEquals(List.of(expected), each.elements());
    }
  }

  private static void push(Actor actor, boolean last, String... elements) {
    actor.lists(list -> {
      for (String element : elements) {
        list.push(last, bytes(element));
      }
    });
  }

  private static void rpush(Actor actor, String... elements) {
    push(actor, true, elements);
  }

  private static void lpush(Actor actor, String... elements) {
    push(actor, false, elements);
  }

  private static String pop(Actor actor, boolean last) {
    byte[] element = actor.list(list -> list.pop(last));
    return element == null ? null : Actor.text(element);
  }

  private static void insert(Actor actor, String pivot, boolean behind, String element) {
    boolean inserted = actor.list(list -> list.insert(bytes(pivot), behind, bytes(element)));
    assertTrue(inserted, pivot);
  }

  /** The actors share one clock: what is written later in a test is later. */
  @Test
  void pushesOfBothSidesStandInTimeOrder() {
    before();
    rpush(a, "a1", "a2");
    rpush(b, "b1", "b2");
    lpush(b, "b3", "b4");
    rpush(a, "a3");
    lpush(a, "a4", "a5");
    rpush(b, "b5");
    exchange();
    List<String> expected = List.of("a5", "a4", "b4", "b3", "x", "a1", "a2", "b1", "b2", "a3", "b5");
    assertEquals(expected, a.elements());
    assertEquals(expected, b.elements());
  }

  private int sentOfA;
  private int sentOfB;

  private void before() {
    rpush(a, "x");
    exchange();
  }

  private void exchange() {
    List<Actor.Sent> ofA = List.copyOf(a.sent.subList(sentOfA, a.sent.size()));
    List<Actor.Sent> ofB = List.copyOf(b.sent.subList(sentOfB, b.sent.size()));
    sentOfA = a.sent.size();
    sentOfB = b.sent.size();
    a.apply(ofB);
    b.apply(ofA);
  }

  @Test
  void anObservedPopStaysPopped() {
    meet(
        x -> rpush(x, "1", "2", "3", "4"),
        x -> {
          assertEquals("1", pop(x, false));
          assertEquals("2", pop(x, false));
        },
        x -> {
          assertEquals("1", pop(x, false));
          assertEquals("4", pop(x, true));
          rpush(x, "5");
        },
        "3", "5");
  }

  @Test
  void aListThatOneSideEmptiedKeepsWhatTheOtherPushed() {
    meet(
        x -> rpush(x, "1", "2"),
        x -> {
          pop(x, false);
          pop(x, false);
          assertEquals(List.of(), x.elements());
        },
        x -> {
          rpush(x, "3");
          lpush(x, "0");
        },
        "0", "3");
  }

  @Test
  void aDeleteLeavesWhatItHadNotSeen() {
    meet(
        x -> rpush(x, "1", "2"),
        x -> {
          x.run(head -> x.keyspace.delete(head));
          rpush(x, "again");
        },
        x -> rpush(x, "3"),
        "again", "3");
  }

  @Test
  void anEditSurvivesAConcurrentPop() {
    meet(
        x -> rpush(x, "1", "2", "3"),
        x -> {
          assertEquals("1", pop(x, false));
          assertEquals("2", pop(x, false));
        },
        x -> x.lists(list -> assertTrue(list.set(1, bytes("two")))),
        "two", "3");
  }

  @Test
  void theNewerOfTwoEditsShows() {
    meet(
        x -> rpush(x, "1", "2"),
        x -> x.list(list -> list.set(0, bytes("one"))),
        x -> x.list(list -> list.set(0, bytes("uno"))),
        "uno", "2");
  }

  @Test
  void insertsAtOnePlaceDoNotInterleave() {
    meet(
        x -> rpush(x, "1", "2"),
        x -> {
          insert(x, "1", true, "a1");
          insert(x, "a1", true, "a2");
          insert(x, "a2", true, "a3");
        },
        x -> {
          insert(x, "1", true, "b1");
          insert(x, "b1", true, "b2");
          insert(x, "b2", true, "b3");
        },
        "1", "a1", "a2", "a3", "b1", "b2", "b3", "2");
  }

  @Test
  void insertsBeforeOnePivotDoNotInterleave() {
    meet(
        x -> rpush(x, "1", "2"),
        x -> List.of("a1", "a2", "a3").forEach(e -> insert(x, "2", false, e)),
        x -> List.of("b1", "b2", "b3").forEach(e -> insert(x, "2", false, e)),
        "1", "a1", "a2", "a3", "b1", "b2", "b3", "2");
  }

  @Test
  void insertsBehindOnePivotDoNotInterleave() {
    meet(
        x -> rpush(x, "1", "2"),
        x -> List.of("a1", "a2", "a3").forEach(e -> insert(x, "1", true, e)),
        x -> List.of("b1", "b2", "b3").forEach(e -> insert(x, "1", true, e)),
        "1", "a3", "a2", "a1", "b3", "b2", "b1", "2");
  }

  @Test
  void anInsertFindsItsPlaceThoughThePivotWasPopped() {
    meet(
        x -> rpush(x, "1", "2", "3"),
        x -> x.list(list -> list.remove(bytes("2"), false, 1)),
        x -> {
          insert(x, "2", false, "before");
          insert(x, "2", true, "behind");
        },
        "1", "before", "behind", "3");
  }

  /** A clock that jumped, or an element of a node whose clock has: pushes still go to the ends. */
  @Test
  void pushesGoToTheEndsWhateverTheClock() {
    clock.stamp = 1_000_000;
    rpush(a, "1");
    lpush(a, "0");
    b.apply(a.sent);
    clock.stamp = 10;
    rpush(b, "2", "3");
    lpush(b, "-1", "-2");
    pop(b, true);
    pop(b, false);
    rpush(b, "4");
    lpush(b, "-3");
    a.apply(b.sent);
    assertEquals(List.of("-3", "-1", "0", "1", "2", "4"), a.elements());
    assertEquals(a.elements(), b.elements());
  }

  /** Several commands of a transaction share a bundle and so a dot. */
  @Test
  void oneBundleMayPushAndPopAndInsert() {
    rpush(a, "1");
    a.lists(list -> {
      list.push(true, bytes("2"));
      list.pop(true);
      list.push(true, bytes("3"));
      list.insert(bytes("3"), false, bytes("4"));
      list.insert(bytes("3"), false, bytes("5"));
      list.insert(bytes("1"), true, bytes("6"));
      list.push(false, bytes("7"));
      list.pop(false);
      list.push(false, bytes("8"));
      list.set(0, bytes("eight"));
    });
    assertEquals(List.of("eight", "1", "6", "4", "5", "3"), a.elements());
    a.lists(list -> {
      list.pop(false, 100, e -> { });
      list.push(true, bytes("x"));
      list.push(true, bytes("y"));
    });
    b.apply(a.sent);
    assertEquals(List.of("x", "y"), b.elements());
    assertEquals(a.listRows(), b.listRows());
  }

  // ---------------------------------------------------------------- random histories

  /** What three actors did, each seeing the others' bundles late and in another order; then all have seen all. */
  private final class History {

    final Random random;
    final String where;
    final List<Actor> actors = List.of(
        new Actor(0xA, clock, new MemoryByteStore()),
        new Actor(0xB, clock, new MemoryByteStore()),
        new Actor(0xC, clock, new MemoryByteStore()));

    /** How many bundles of each actor an actor has seen. */
    final int[][] seen = new int[3][3];

    final Set<String> pushed = new HashSet<>();
    final Set<String> removed = new HashSet<>();
    final Set<String> edited = new HashSet<>();
    int names;

    History(long seed) {
      random = new Random(seed);
      where = "seed " + seed;
    }

    void deliver(int to, int from, int upTo) {
      Actor sender = actors.get(from);
      for (; seen[to][from] < upTo; seen[to][from]++) {
        needs(to, sender.sent.get(seen[to][from]));
        actors.get(to).apply(List.of(sender.sent.get(seen[to][from])));
      }
    }

    /** Deliver what the sender had seen before, as the bundle's deps demand. */
    private void needs(int to, Actor.Sent bundle) {
      int[] deps = dependencies.get(bundle);
      for (int from = 0; from < 3; from++) {
        if (from != to && deps[from] > seen[to][from]) {
          deliver(to, from, deps[from]);
        }
      }
    }

    final Map<Actor.Sent, int[]> dependencies = new HashMap<>();

    void write(int by) {
      Actor actor = actors.get(by);
      int before = actor.sent.size();
      step(actor);
      if (actor.sent.size() > before) {
        int[] deps = seen[by].clone();
        deps[by] = before;
        dependencies.put(actor.sent.get(before), deps);
      }
    }

    private String fresh() {
      String name = "e" + names++;
      pushed.add(name);
      return name;
    }

    private void step(Actor actor) {
      List<String> now = actor.elements();
      String any = now.isEmpty() ? null : now.get(random.nextInt(now.size()));
      boolean side = random.nextBoolean();
      switch (random.nextInt(15)) {
        case 0, 1, 2 -> push(actor, side, fresh(), fresh());
        case 3 -> push(actor, side, fresh());
        case 4, 5 -> {
          String popped = pop(actor, side);
          assertEquals(now.isEmpty() ? null : now.get(side ? now.size() - 1 : 0), popped, where);
          if (popped != null) {
            removed.add(popped);
          }
        }
        case 6, 7, 8 -> {
          if (any != null) {
            insert(actor, any, side, fresh());
          }
        }
        case 9 -> {
          if (any != null) {
            removed.add(any);
            actor.lists(list -> assertEquals(1, list.remove(bytes(any), side, 1), where));
          }
        }
        case 10 -> {
          if (any != null) {
            String edit = fresh();
            removed.add(any);
            edited.add(edit);
            actor.list(list -> list.set(now.indexOf(any), bytes(edit)));
          }
        }
        case 11 -> {
          if (random.nextInt(4) == 0) {
            removed.addAll(now);
            actor.run(head -> actor.keyspace.delete(head));
          }
        }
        case 12, 13 -> transaction(actor, side);
        default -> {
          int from = random.nextInt(3);
          int to = now.size() - random.nextInt(3);
          for (int i = 0; i < now.size(); i++) {
            if (i < from || i >= to) {
              removed.add(now.get(i));
            }
          }
          actor.lists(list -> list.trim(from, Math.max(0, to - from)));
        }
      }
    }

    /** Several commands in one bundle. */
    private void transaction(Actor actor, boolean side) {
      String first = fresh();
      String second = fresh();
      boolean takesFirst = random.nextBoolean();
      actor.lists(list -> {
        list.push(side, bytes(first));
        if (takesFirst) {
          list.pop(side);
          removed.add(first);
        }
        byte[] other = list.pop(!side);
        if (other != null) {
          removed.add(Actor.text(other));
        }
        list.push(random.nextBoolean(), bytes(second));
      });
    }

    void deliverAll() {
      List<int[]> pairs = new ArrayList<>();
      for (int to = 0; to < 3; to++) {
        for (int from = 0; from < 3; from++) {
          if (to != from) {
            pairs.add(new int[] {to, from});
          }
        }
      }
      Collections.shuffle(pairs, random);
      pairs.forEach(p -> deliver(p[0], p[1], actors.get(p[1]).sent.size()));
    }
  }

  @Test
  void randomHistoriesConverge() {
    for (long seed = 0; seed < SEEDS; seed++) {
      History history = new History(seed);
      for (int round = 0; round < 5; round++) {
        for (int i = history.random.nextInt(25); i > 0; i--) {
          int by = history.random.nextInt(3);
          if (history.random.nextInt(4) == 0) {
            int from = (by + 1 + history.random.nextInt(2)) % 3;
            int all = history.actors.get(from).sent.size();
            history.deliver(by, from, all - history.random.nextInt(1 + all - history.seen[by][from]));
          }
          history.write(by);
        }
        history.deliverAll();
        check(history);
      }
    }
  }

  private void check(History history) {
    List<String> elements = history.actors.get(0).elements();
    Map<String, String> rows = liveRows(history.actors.get(0));
    for (Actor each : history.actors) {
      assertEquals(elements, each.elements(), history.where);
      assertEquals(rows, liveRows(each), history.where);
    }
    Set<String> there = new HashSet<>(elements);
    assertEquals(elements.size(), there.size(), history.where + ": an element twice in " + elements);
    for (String element : history.pushed) {
      boolean gone = history.removed.contains(element);
      if (!gone && !history.edited.contains(element)) {
        assertTrue(there.contains(element), history.where + ": " + element + " was pushed and is lost");
      }
      if (gone) {
        assertTrue(!there.contains(element), history.where + ": " + element + " was removed and is back");
      }
    }
  }

  /** A clear may leave another context in a row, depending on which came first; what stands where is the same. */
  private static Map<String, String> liveRows(Actor actor) {
    Map<String, String> shown = new HashMap<>();
    actor.run(head -> {
      try (RowCursor cursor = actor.keyspace.cells.rows(head, ValueType.LIST.kind(), null, null, false)) {
        while (cursor.next()) {
          shown.put(Arrays.toString(cursor.sub()), Arrays.toString(cursor.payload()));
        }
      }
      return null;
    });
    return shown;
  }
}
