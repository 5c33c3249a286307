package dev.henge.storage.type;

import static dev.henge.storage.type.Actor.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.storage.lsm.MemoryByteStore;
import dev.henge.storage.row.ByteReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Random operations on a list against an ArrayList, on the executing replica and on one that applies its bundles. */
class ListValueTest {

  private static final int SEEDS = 60;

  private final Actor.Clock clock = new Actor.Clock();
  private Actor primary;
  private Actor replica;
  private List<String> model;
  private Random random;
  private int names;

  private void start(long seed) {
    random = new Random(seed);
    primary = new Actor(0xA, clock, new MemoryByteStore());
    replica = new Actor(0xB, clock, new MemoryByteStore());
    model = new ArrayList<>();
    names = 0;
  }

  private String element() {
    return random.nextInt(3) == 0 ? "d" + random.nextInt(5) : "e" + names++;
  }

  private void step(int most, String where) {
    String element = element();
    boolean last = random.nextBoolean();
    int size = model.size();
    int index = random.nextInt(size + 2) - 1;
    switch (random.nextInt(14)) {
      case 0, 1, 2 -> pushMany(last, size < most ? random.nextInt(1 + most / 4) : 1);
      case 3 -> {
        String popped = model.isEmpty() ? null : model.remove(last ? size - 1 : 0);
        byte[] got = primary.list(list -> list.pop(last));
        assertEquals(popped, got == null ? null : Actor.text(got), where);
      }
      case 4 -> popMany(last, random.nextInt(random.nextInt(20) == 0 ? size + 2 : 4), where);
      case 5, 6 -> {
        String expected = index < 0 || index >= size ? null : model.get(index);
        byte[] got = index < 0 ? null
            : primary.list(list -> list.get(index < size && random.nextBoolean() ? index - size : index));
        assertEquals(expected, got == null ? null : Actor.text(got), where + " index " + index);
      }
      case 7 -> {
        boolean sets = index >= 0 && index < size;
        assertEquals(sets, index >= 0 && primary.list(list -> list.set(index, bytes(element))), where);
        if (sets) {
          model.set(index, element);
        }
      }
      case 8, 9, 10 -> {
        String pivot = index >= 0 && index < size ? model.get(index) : "d3";
        int at = model.indexOf(pivot);
        assertEquals(at >= 0, primary.list(list -> list.insert(bytes(pivot), last, bytes(element))), where);
        if (at >= 0) {
          model.add(last ? at + 1 : at, element);
        }
      }
      case 11 -> {
        int count = 1 + random.nextInt(5);
        long removed = primary.list(list -> list.remove(bytes(element), last, count));
        assertEquals(removeFromModel(element, last, count), removed, where);
      }
      case 12 -> range(Math.max(0, Math.min(index, size - 1)), where);
      default -> {
        int from = random.nextInt(4);
        int count = Math.max(0, size - from - random.nextInt(4));
        primary.lists(list -> list.trim(from, count));
        model = new ArrayList<>(from >= size ? List.of() : model.subList(from, from + count));
      }
    }
  }

  private void pushMany(boolean last, int count) {
    primary.lists(list -> {
      for (int i = 0; i < count; i++) {
        String pushed = element();
        list.push(last, bytes(pushed));
        model.add(last ? model.size() : 0, pushed);
      }
    });
  }

  private void popMany(boolean last, int count, String where) {
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < count && !model.isEmpty(); i++) {
      expected.add(model.remove(last ? model.size() - 1 : 0));
    }
    List<String> popped = new ArrayList<>();
    long n = primary.list(list -> list.pop(last, count, e -> popped.add(Actor.text(e))));
    assertEquals(expected, popped, where);
    assertEquals(expected.size(), n, where);
  }

  private long removeFromModel(String element, boolean reverse, int count) {
    long removed = 0;
    while (removed < count && model.contains(element)) {
      model.remove(reverse ? model.lastIndexOf(element) : model.indexOf(element));
      removed++;
    }
    return removed;
  }

  private void range(int from, String where) {
    int count = Math.min(model.size() - from, random.nextInt(20));
    List<String> shown = new ArrayList<>();
    primary.lists(list -> list.range(from, count, (array, at, n) -> shown.add(Actor.text(Arrays.copyOfRange(array, at, at + n)))));
    assertEquals(model.isEmpty() ? List.of() : model.subList(from, from + count), shown, where);
  }

  @Test
  void behavesAsAnArrayList() {
    int ranked = 0;
    for (long seed = 0; seed < SEEDS; seed++) {
      start(seed);
      int most = seed % 3 == 0 ? 12 : 1200;
      for (int i = 0; i < 250; i++) {
        step(most, "seed " + seed + " step " + i);
        if (i % 10 == 0) {
          assertEquals(model, primary.elements(), "seed " + seed + " step " + i);
        }
      }
      assertEquals(model, primary.elements(), "seed " + seed);
      replica.apply(primary.sent);
      assertEquals(model, replica.elements(), "seed " + seed);
      assertEquals(primary.listRows(), replica.listRows(), "seed " + seed);
      ranked += checkRanks("seed " + seed) ? 1 : 0;
    }
    assertTrue(ranked > SEEDS / 3, "ranks in " + ranked);
  }

  /** The ranks that were kept are those that a rebuild gives. */
  private boolean checkRanks(String where) {
    return primary.run(head -> {
      ListOrder order = (ListOrder) primary.keyspace.cells.derived(ValueType.LIST.kind());
      Part part = head.part(ValueType.LIST.kind());
      if (part == null || order.levels(part) == 0) {
        return false;
      }
      Map<String, Long> kept = rankRows(head);
      order.ranks(primary.keyspace, head, part).build(order.levels(part));
      assertEquals(rankRows(head), kept, where);
      return true;
    });
  }

  private Map<String, Long> rankRows(Head head) {
    Map<String, Long> rows = new TreeMap<>();
    try (RowCursor cursor = primary.keyspace.cells.rows(head, ListOrder.RANK_KIND, null, null, false)) {
      while (cursor.next()) {
        rows.put(Arrays.toString(cursor.sub()), new ByteReader(cursor.value()).varint());
      }
    }
    return rows;
  }

  /** Inserts to and fro make paths longer and longer, until the neighbourhood is laid anew. */
  @Test
  void zigzagInsertsGoOnForEver() {
    start(1);
    pushMany(true, 6);
    String at = model.get(3);
    for (int i = 0; i < 2000; i++) {
      String pivot = at;
      boolean behind = i % 2 == 0;
      String element = "z" + i;
      primary.lists(list -> assertTrue(list.insert(bytes(pivot), behind, bytes(element))));
      int index = model.indexOf(pivot);
      model.add(behind ? index + 1 : index, element);
      at = element;
    }
    assertEquals(model, primary.elements());
    replica.apply(primary.sent);
    assertEquals(model, replica.elements());
    assertEquals(primary.listRows(), replica.listRows());
    primary.listRows().keySet().forEach(key ->
        assertTrue(key.split(",").length <= ListPosition.BYTES_MAX, () -> key.length() + " characters"));
  }

  @Test
  void aDeadlineEndsTheList() {
    start(1);
    primary.lists(list -> List.of("a", "b").forEach(e -> list.push(true, bytes(e))));
    primary.run(head -> {
      primary.keyspace.setDeadline(head, clock.millis + 10);
      return null;
    });
    clock.millis += 11;
    assertEquals(0, primary.list(ListValue::size));
    assertNull(primary.list(list -> list.peek(false)));
    assertNull(primary.list(list -> list.pop(true)));
    primary.lists(list -> list.push(false, bytes("new")));
    assertEquals(List.of("new"), primary.elements());
    replica.apply(primary.sent);
    assertEquals(List.of("new"), replica.elements());
    assertEquals(0L, primary.run(Head::deadlineMillis));
  }

  @Test
  void takesOnlyTheVeryElement() {
    start(1);
    primary.lists(list -> List.of("a", "a").forEach(e -> list.push(true, bytes(e))));
    ListValue.Element first = primary.list(list -> list.end(false));
    primary.list(list -> list.pop(false));
    assertEquals(false, primary.list(list -> list.take(first)));
    ListValue.Element second = primary.list(list -> list.end(false));
    primary.list(list -> list.set(0, bytes("b")));
    assertEquals(false, primary.list(list -> list.take(second)));
    assertEquals(true, primary.list(list -> list.take(new ListValue.Element(second.position(), bytes("b")))));
    assertEquals(List.of(), primary.elements());
    assertEquals(false, primary.run(Head::exists));
  }

  /** Dumped and put under another name it is the same list. */
  @Test
  void aDumpKeepsTheOrder() {
    start(3);
    for (int i = 0; i < 100; i++) {
      step(30, "step " + i);
    }
    pushMany(false, 3);
    byte[] dump = primary.run(head -> KeyDump.of(primary.keyspace, head));
    replica.lists(list -> list.push(true, bytes("old")));
    replica.run(head -> {
      KeyDump.restore(replica.keyspace, head, new ByteReader(dump));
      return null;
    });
    assertEquals(model, replica.elements());
    List<String> reversed = new ArrayList<>(model);
    Collections.reverse(reversed);
    replica.list(list -> list.pop(true, 1000, e -> assertEquals(reversed.remove(0), Actor.text(e))));
  }
}
