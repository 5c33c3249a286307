package dev.henge.storage.type;

import static dev.henge.storage.type.Actor.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.lsm.MemoryByteStore;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.row.Row;
import dev.henge.storage.row.RowCodec;
import dev.henge.storage.row.RowMerge;
import dev.henge.storage.version.VersionVector;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * The laws of merging, on the rows that keyspaces come to hold: several actors write strings, counters, fields,
 * members, scores and deadlines of one key, and hear of one another in any causal order.
 *
 * <p>A replica's knowledge of a row is the row and the key's clear together: what is cleared is told nowhere else. So
 * the laws are of such pairs.
 */
class ReachableRowsTest {

  private static final int ACTORS = 3;
  private static final int STEPS = 24;
  private static final int STRING_BYTES_MAX = 4;
  private static final int CHUNK_BYTES = 3;
  private static final String[] NAMES = {"f", "g"};

  /** What a replica knows of one row; the row is null where it has none. */
  private record Known(Row row, VersionVector clear) {

    /** As {@code Keyspace.meet} and {@code Keyspace.dropSeen} join them. */
    Known join(Known other, boolean keepFloor) {
      VersionVector both = clear.join(other.clear);
      Row met = row == null ? other.row : other.row == null ? row : RowMerge.merge(row, other.row);
      return new Known(met == null ? null : RowMerge.prune(met, both, keepFloor), both);
    }
  }

  /** A bundle, and how many of each actor's its writer had applied before it. */
  private record Shipped(Actor.Sent bundle, int[] deps) {}

  /** Actors on one key, and how much each has heard of the others. */
  private static final class History {
    final Random random;
    final Actor.Clock clock = new Actor.Clock();
    final List<Actor> actors = new ArrayList<>();
    final List<MemoryByteStore> stores = new ArrayList<>();
    final int[][] heard = new int[ACTORS][ACTORS];
    final List<List<Shipped>> shipped = new ArrayList<>();
    final List<Map<String, Known>> reached = new ArrayList<>();

    History(long seed) {
      random = new Random(seed);
      for (int i = 0; i < ACTORS; i++) {
        stores.add(new MemoryByteStore());
        actors.add(new Actor(0xA0 + i, clock, stores.get(i)));
        actors.get(i).keyspace.chunks(STRING_BYTES_MAX, CHUNK_BYTES);
        shipped.add(new ArrayList<>());
      }
    }

    void play() {
      for (int step = 0; step < STEPS; step++) {
        int at = random.nextInt(ACTORS);
        if (random.nextInt(3) == 0) {
          hear(at, random.nextInt(ACTORS));
        } else {
          write(at);
        }
        reached.add(known(stores.get(at)));
      }
    }

    private void write(int at) {
      Actor actor = actors.get(at);
      int before = actor.sent.size();
      command(actor, random);
      if (actor.sent.size() > before) {
        heard[at][at]++;
        shipped.get(at).add(new Shipped(actor.sent.get(before), heard[at].clone()));
      }
    }

    /** One replica applies the next bundle of an actor's, with all that this one depends on before it. */
    void hear(int at, int from) {
      if (heard[at][from] == shipped.get(from).size()) {
        return;
      }
      Shipped next = shipped.get(from).get(heard[at][from]);
      for (int other = 0; other < ACTORS; other++) {
        while (other != from && heard[at][other] < next.deps[other]) {
          hear(at, other);
        }
      }
      actors.get(at).apply(List.of(next.bundle));
      heard[at][from]++;
    }

    void hearAll(int at) {
      while (!Arrays.equals(heard[at], counts())) {
        hear(at, random.nextInt(ACTORS));
      }
    }

    private int[] counts() {
      return shipped.stream().mapToInt(List::size).toArray();
    }

    /** A replica that heard everything, in a causal order of its own. */
    MemoryByteStore fresh() {
      MemoryByteStore store = new MemoryByteStore();
      Actor reader = new Actor(0xF0, clock, store);
      int[] applied = new int[ACTORS];
      while (!Arrays.equals(applied, counts())) {
        int from = random.nextInt(ACTORS);
        if (applied[from] < shipped.get(from).size()) {
          Shipped next = shipped.get(from).get(applied[from]);
          boolean ready = true;
          for (int other = 0; other < ACTORS; other++) {
            ready &= other == from || applied[other] >= next.deps[other];
          }
          if (ready) {
            reader.apply(List.of(next.bundle));
            applied[from]++;
          }
        }
      }
      return store;
    }
  }

  /** Mostly one write, sometimes several under one dot. */
  private static void command(Actor actor, Random random) {
    actor.run(head -> {
      for (int writes = random.nextInt(4) == 0 ? 3 : 1; writes > 0; writes--) {
        write(actor.keyspace, head, random);
      }
      return null;
    });
  }

  private static void write(Keyspace keyspace, Head head, Random random) {
    byte[] name = bytes(NAMES[random.nextInt(NAMES.length)]);
    int by = random.nextInt(19) - 9;
    switch (random.nextInt(19)) {
      case 0, 1 -> new StringValue(keyspace, head).set(bytes(Integer.toString(by)), deadline(keyspace, random));
      case 2, 3 -> {
        if (head.type() == ValueType.STRING || head.type() == ValueType.NONE) {
          new StringValue(keyspace, head).increment(BigDecimal.valueOf(by));
        }
      }
      case 4, 5 -> new HashValue(keyspace, head).set(name, bytes(Integer.toString(by)));
      case 6, 7 -> new HashValue(keyspace, head).moveTo(name, BigDecimal.valueOf(by));
      case 8 -> new HashValue(keyspace, head).remove(name);
      case 9 -> new SetValue(keyspace, head).add(name);
      case 10 -> new SetValue(keyspace, head).remove(name);
      case 11 -> new SortedSetValue(keyspace, head).member(name).put(by);
      case 12 -> new SortedSetValue(keyspace, head).member(name).incrementTo(by);
      case 13 -> new SortedSetValue(keyspace, head).member(name).remove();
      case 14, 15 -> new StringValue(keyspace, head)
          .set(bytes("a large one".substring(random.nextInt(9))), deadline(keyspace, random));
      case 16, 17 -> {
        if (head.type() == ValueType.STRING) {
          new StringValue(keyspace, head).write(random.nextInt(13), bytes("xyzuvw"), 0, 1 + random.nextInt(6));
        }
      }
      case 18 -> {
        if (head.exists()) {
          keyspace.setDeadline(head, deadline(keyspace, random));
        }
      }
      default -> keyspace.delete(head);
    }
  }

  /** None, or one far off. */
  private static long deadline(Keyspace keyspace, Random random) {
    return random.nextBoolean() ? 0 : keyspace.nowMillis() + 1_000_000 + random.nextInt(5);
  }

  /**
   * All shipped rows of the key in a store, by kind and sub-key, each with the key's clear; the clear alone stands
   * under "".
   */
  private static Map<String, Known> known(MemoryByteStore store) {
    Map<String, Known> rows = new TreeMap<>();
    Head head = null;
    try (ByteCursor cursor = store.scan(null, null, false)) {
      while (cursor.next()) {
        byte[] disk = cursor.key();
        if (KeyRef.slotOf(disk) >= Keyspace.LOCAL_PREFIX) {
          continue;
        }
        if (KeyRef.isHead(disk)) {
          head = new Head(KeyRef.ofDisk(disk), 0, cursor.value());
          put(rows, "S", head.string(), head.clear);
          put(rows, "X", head.deadline, head.clear);
          rows.put("", new Known(null, head.clear));
        } else {
          int kindAt = head.key.disk().length + DiskKeys.GENERATION_BYTES;
          int kind = disk[kindAt] & 0x7F;
          if (DiskKeys.generationIn(disk, head.key.disk().length) == head.generation && Character.isUpperCase(kind)) {
            String sub = HexFormat.of().formatHex(disk, kindAt + 1, disk.length);
            put(rows, (char) kind + sub, RowCodec.decode(new ByteReader(cursor.value())), head.clear);
          }
        }
      }
    }
    return rows;
  }

  private static void put(Map<String, Known> rows, String name, Row row, VersionVector clear) {
    if (row != null) {
      rows.put(name, new Known(row, clear));
    }
  }

  private static Known of(Map<String, Known> replica, String name) {
    Known clear = replica.getOrDefault("", new Known(null, VersionVector.EMPTY));
    return replica.getOrDefault(name, clear);
  }

  @Property(tries = 1500)
  void knowledgeJoinsCommutativelyAssociativelyIdempotently(@ForAll long seed) {
    History history = new History(seed);
    history.play();
    List<String> names = history.reached.stream().flatMap(rows -> rows.keySet().stream()).distinct().toList();
    for (String name : names) {
      boolean keepFloor = name.equals("S");
      for (int i = 0; i < 8; i++) {
        Known x = of(any(history), name);
        Known y = of(any(history), name);
        Known z = of(any(history), name);
        Known xy = x.join(y, keepFloor);
        String where = "seed " + seed + " row " + name;
        assertEquals(x, x.join(x, keepFloor), where);
        assertEquals(xy, y.join(x, keepFloor), where);
        assertEquals(xy, xy.join(y, keepFloor), where);
        assertEquals(xy.join(z, keepFloor), x.join(y.join(z, keepFloor), keepFloor), where);
      }
    }
  }

  private static Map<String, Known> any(History history) {
    return history.reached.get(history.random.nextInt(history.reached.size()));
  }

  @Property(tries = 1500)
  void bundlesInAnyCausalOrderGiveEqualRows(@ForAll long seed) {
    History history = new History(seed);
    history.play();
    Map<String, Known> expected = known(history.fresh());
    for (int i = 0; i < 3; i++) {
      assertEquals(expected, known(history.fresh()), "seed " + seed);
    }
    for (int at = 0; at < ACTORS; at++) {
      history.hearAll(at);
      assertEquals(expected, known(history.stores.get(at)), "seed " + seed + " actor " + at);
    }
  }

  /** A replica's rows say the same as the bundles that made them, to one that knows less, more, or other things. */
  @Property(tries = 1500)
  void rowsThatAreHandedOverSayWhatTheirBundlesSaid(@ForAll long seed) {
    History history = new History(seed);
    history.play();
    for (int from = 0; from < ACTORS; from++) {
      Bytes rows = new Bytes(256);
      Actor giver = history.actors.get(from);
      assertEquals(0, giver.keyspace.export(0, new byte[0], Integer.MAX_VALUE, rows).length);
      int taker = (from + 1) % ACTORS;
      MemoryByteStore copy = copyOf(history.stores.get(taker));
      new Actor(0xF1, history.clock, copy).keyspace.apply(0, 0, new ByteReader(rows.copy()));
      for (int other = 0; other < ACTORS; other++) {
        while (history.heard[taker][other] < history.heard[from][other]) {
          history.hear(taker, other);
        }
      }
      assertEquals(known(history.stores.get(taker)), known(copy), "seed " + seed + " from " + from);
    }
  }

  private static MemoryByteStore copyOf(MemoryByteStore store) {
    MemoryByteStore copy = new MemoryByteStore();
    try (ByteCursor cursor = store.scan(null, null, false)) {
      while (cursor.next()) {
        copy.put(cursor.key().clone(), cursor.value().clone());
      }
    }
    return copy;
  }

  /** A clear is a join too: what it leaves does not depend on when it came. */
  @Property(tries = 1000)
  void whatAClearLeavesDoesNotDependOnWhenItCame(@ForAll long seed) {
    History history = new History(seed);
    history.play();
    int rows = 0;
    for (int i = 0; i < 60; i++) {
      Map<String, Known> replica = any(history);
      for (String name : replica.keySet()) {
        boolean keepFloor = name.equals("S");
        Known x = of(replica, name);
        Known y = of(any(history), name);
        Known cleared = new Known(null, any(history).getOrDefault("", x).clear);
        assertEquals(
            x.join(y, keepFloor).join(cleared, keepFloor),
            x.join(cleared, keepFloor).join(y.join(cleared, keepFloor), keepFloor),
            "seed " + seed + " row " + name);
        rows++;
      }
    }
    assertTrue(rows > 0 || history.shipped.stream().allMatch(List::isEmpty), "seed " + seed);
  }
}
