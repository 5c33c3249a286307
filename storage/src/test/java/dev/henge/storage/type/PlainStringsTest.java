package dev.henge.storage.type;

import static dev.henge.storage.type.Actor.bytes;
import static dev.henge.storage.type.Actor.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.lsm.MemoryByteStore;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.version.Mutant;
import dev.henge.storage.version.Rules;
import dev.henge.storage.version.VersionVector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * The short way of strings, and that of members, against the long one: over random histories of several replicas, in which strings, counters
 * and other types, deletes, deadlines and flushes take turns on a few keys, both leave the same bundles, the same bytes in
 * the store, the same counts, digests and conflicts.
 */
class PlainStringsTest {

  private static final int SEEDS = 400;
  private static final int STEPS = 120;
  private static final int KEYS = 5;
  private static final int VNODES = 4;
  private static final int SLOTS_PER_VNODE = 16;
  private static final int[] NUMBERS = {0, 1, -1, 5, 127, 128, -128, -129, 255, 256, 32767, 32768, -40000, 1 << 30};

  private static final KeyLocator LOCATOR = (db, buffer, offset, length) -> {
    int hash = Arrays.hashCode(Arrays.copyOfRange(buffer, offset, offset + length));
    return KeyRef.of(db, Math.floorMod(hash, VNODES * SLOTS_PER_VNODE), hash, buffer, offset, length);
  };

  private long stamp;
  private long millis;
  private int shortWrites;
  private int shortMoves;
  private int shortReads;
  private int shortMembers;
  private boolean membersMostly;

  private record Sent(long actor, long seq, byte[] body) {}

  /** One of a command's writes. */
  private interface Op {
    /** @return what is seen of it */
    String run(Keyspace rows, boolean shortly);
  }

  /** One replica twice: over a store that is written in the short way where it is open, and over one that never is. */
  private final class Twins {
    final long actor;
    final MemoryByteStore[] stores = {new MemoryByteStore(), new MemoryByteStore()};
    final Keyspace[] rows = new Keyspace[2];
    final List<Sent> sent = new ArrayList<>();
    final int[] received = new int[3];
    long seq = 1;

    Twins(long actor) {
      this.actor = actor;
      for (int i = 0; i < 2; i++) {
        rows[i] = new Keyspace(stores[i], LOCATOR, SLOTS_PER_VNODE, VNODES, 2, () -> millis);
        rows[i].chunks(64, 16);
        if (membersMostly) {
          rows[i].alone(1, true); // removed members leave nothing there
        }
      }
      rows[1].rules(Rules.breaking(Mutant.READ_QUORUM_OF_ONE)); // no rule of the keyspace; but not sound
    }

    void run(List<Op> command) {
      String[] seen = {"", ""};
      boolean[] changed = new boolean[2];
      long before = stamp;
      for (int i = 0; i < 2; i++) {
        stamp = before;
        rows[i].begin(actor, seq, () -> ++stamp);
        for (Op op : command) {
          seen[i] += op.run(rows[i], i == 0) + " ";
        }
        changed[i] = rows[i].finish();
      }
      assertEquals(seen[1], seen[0]);
      assertEquals(changed[1], changed[0]);
      assertArrayEquals(rows[1].body().copy(), rows[0].body().copy());
      assertEquals(rows[1].stamp(), rows[0].stamp());
      if (changed[0]) {
        sent.add(new Sent(actor, seq++, rows[0].body().copy()));
      }
      compare();
    }

    void apply(Sent s) {
      byte[] body = s.body().clone();
      for (Keyspace each : rows) {
        each.apply(s.actor(), s.seq(), new ByteReader(body));
      }
      assertArrayEquals(s.body(), body);
      compare();
    }

    void compare() {
      assertEquals(dump(stores[1]), dump(stores[0]));
      assertEquals(rows[1].rowBytes(), rows[0].rowBytes());
      assertEquals(rows[1].deadKeyBytes(), rows[0].deadKeyBytes());
      assertEquals(rows[1].conflicts().byType(), rows[0].conflicts().byType());
      for (int v = 0; v < VNODES; v++) {
        for (int db = 0; db < 2; db++) {
          assertEquals(rows[1].keyCount(v, db), rows[0].keyCount(v, db));
          assertEquals(rows[1].deadlineCount(v, db), rows[0].deadlineCount(v, db));
        }
        assertArrayEquals(rows[1].trees().of(v).leaves(), rows[0].trees().of(v).leaves());
        assertEquals(rows[1].pastChanged(v), rows[0].pastChanged(v));
      }
    }
  }

  private static String dump(MemoryByteStore store) {
    StringBuilder all = new StringBuilder();
    try (ByteCursor cursor = store.scan(null, null, false)) {
      while (cursor.next()) {
        all.append(Arrays.toString(cursor.key())).append(Arrays.toString(cursor.value())).append('\n');
      }
    }
    return all.toString();
  }

  // ---------------------------------------------------------------- writes

  private static Head head(Keyspace rows, int db, byte[] key) {
    return rows.open(rows.locate(db, key, 0, key.length));
  }

  private Op set(int db, byte[] key, byte[] value) {
    return (rows, shortly) -> {
      if (shortly && rows.plain().set(db, KeyLocator.ANY_SLOT, key, 0, key.length, value, 0, value.length)) {
        shortWrites++;
      } else {
        new StringValue(rows, head(rows, db, key)).set(value, 0);
      }
      return "";
    };
  }

  private Op move(int db, byte[] key, long by) {
    return (rows, shortly) -> {
      if (shortly && rows.plain().move(db, KeyLocator.ANY_SLOT, key, 0, key.length, by)) {
        shortMoves++;
        return Long.toString(rows.plain().count());
      }
      StringValue value = new StringValue(rows, head(rows, db, key));
      byte[] shown = value.get();
      if (shown != null && !text(shown).matches("0|-?[1-9][0-9]{0,18}") || shown == null && head(rows, db, key).exists()) {
        return "no number";
      }
      try {
        long from = shown == null ? 0 : Long.parseLong(text(shown));
        long sum = Math.addExact(from, by);
        value.move(from, by);
        return Long.toString(sum);
      } catch (NumberFormatException | ArithmeticException e) {
        return "too far";
      }
    };
  }

  private Op get(int db, byte[] key) {
    return (rows, shortly) -> {
      String[] got = {"nothing"};
      PlainStrings.Found found = shortly
          ? rows.plain().read(db, KeyLocator.ANY_SLOT, key, 0, key.length,
              (array, at, n) -> got[0] = text(Arrays.copyOfRange(array, at, at + n)))
          : PlainStrings.Found.UNKNOWN;
      if (found == PlainStrings.Found.UNKNOWN) {
        byte[] value = new StringValue(rows, head(rows, db, key)).get();
        return value == null ? "nothing" : text(value);
      }
      shortReads++;
      return got[0];
    };
  }

  private Op other(Random random, int db, byte[] key) {
    byte[] field = bytes("f" + random.nextInt(3));
    long deadline = millis + 1 + random.nextInt(40);
    return switch (random.nextInt(7)) {
      case 0, 1, 2 -> (rows, shortly) -> Boolean.toString(rows.delete(head(rows, db, key)));
      case 3 -> (rows, shortly) -> {
        Head head = head(rows, db, key);
        if (head.exists()) {
          rows.setDeadline(head, deadline);
        }
        return "";
      };
      case 4 -> (rows, shortly) -> {
        new StringValue(rows, head(rows, db, key)).set(field, deadline);
        return "";
      };
      case 5 -> (rows, shortly) -> {
        Head head = head(rows, db, key);
        if (head.type() == ValueType.NONE) {
          new SetValue(rows, head).add(field);
        }
        return "";
      };
      default -> (rows, shortly) -> Boolean.toString(rows.expire(head(rows, db, key)));
    };
  }

  /** Adds to a set or writes a field, whole ones and many at once; or removes, or counts, which is the long way's. */
  private Op member(Random random, int db, byte[] key, ValueType type) {
    byte[] member = bytes("m" + random.nextInt(6));
    byte[] value = bytes("v".repeat(random.nextInt(4)));
    byte[] buffer = bytes("  " + text(member) + "  " + text(value) + " ");
    boolean set = type == ValueType.SET;
    int kind = random.nextInt(10);
    return (rows, shortly) -> {
      Head head = head(rows, db, key);
      if (head.type() != ValueType.NONE && head.type() != type) {
        return "wrong type";
      }
      if (kind == 0) {
        return Boolean.toString(set ? new SetValue(rows, head).remove(member) : new HashValue(rows, head).remove(member));
      }
      if (kind == 1 && !set) {
        new HashValue(rows, head).moveTo(bytes("n"), java.math.BigDecimal.valueOf(value.length));
        return "moved";
      }
      if (shortly) {
        PlainMembers.Put put = set
            ? rows.members.put(head, type, buffer, 2, 2, value, 0, 0, true)
            : rows.members.put(head, type, buffer, 2, 2, buffer, 6, value.length, false);
        if (put != PlainMembers.Put.REFUSED) {
          shortMembers++;
          return Boolean.toString(put == PlainMembers.Put.ADDED);
        }
      }
      return Boolean.toString(set ? new SetValue(rows, head).add(buffer, 2, 2)
          : new HashValue(rows, head).set(buffer, 2, 2, 6, value.length));
    };
  }

  private Op any(Random random, byte[] key) {
    int db = random.nextInt(8) == 0 ? 1 : 0;
    if (membersMostly && random.nextInt(5) > 0) {
      return member(random, db, key, key[key.length - 1] % 2 == 0 ? ValueType.SET : ValueType.HASH);
    }
    return switch (random.nextInt(12)) {
      case 0, 1, 2 -> set(db, key, bytes("x".repeat(random.nextInt(random.nextInt(10) == 0 ? 100 : 40))));
      case 3 -> set(db, key, bytes(List.of("0", "-0", "007", "12", "-7", "999999999999999999", "-999999999999999999",
          Long.toString(Long.MAX_VALUE - 3), "", "-", "1e3").get(random.nextInt(11))));
      case 4, 5, 6 -> move(db, key, NUMBERS[random.nextInt(NUMBERS.length)]);
      case 7 -> move(db, key, random.nextBoolean() ? 1L << 59 : -(1L << 60));
      case 8, 9, 10 -> get(db, key);
      default -> other(random, db, key);
    };
  }

  private List<Op> command(Random random, byte[][] keys) {
    List<Op> ops = new ArrayList<>();
    int count = random.nextInt(4) == 0 ? 1 + random.nextInt(6) : 1;
    int vnode = vnodeOf(keys[random.nextInt(KEYS)]);
    while (ops.size() < count) {
      byte[] key = keys[random.nextInt(KEYS)];
      if (vnodeOf(key) == vnode) {
        ops.add(any(random, key));
      }
    }
    return ops;
  }

  private static int vnodeOf(byte[] key) {
    return LOCATOR.locate(0, key, 0, key.length).slot() / SLOTS_PER_VNODE;
  }

  // ---------------------------------------------------------------- histories

  @Test
  void bothWaysLeaveTheSameOfMembers() {
    membersMostly = true;
    histories();
    assertTrue(shortMembers > 5000, shortMembers + " members in the short way");
  }

  private void histories() {
    for (long seed = 0; seed < SEEDS; seed++) {
      try {
        history(new Random(seed));
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }

  @Test
  void bothWaysLeaveTheSame() {
    histories();
    assertTrue(shortWrites > 1000 && shortMoves > 1000 && shortReads > 1000,
        shortWrites + " writes, " + shortMoves + " moves, " + shortReads + " reads in the short way");
  }

  private void history(Random random) {
    stamp = 1_800_000_000_000L << 16;
    millis = 1_800_000_000_000L;
    byte[][] keys = new byte[KEYS][];
    for (int i = 0; i < KEYS; i++) {
      keys[i] = bytes("k" + random.nextInt(1000));
    }
    Twins[] all = {new Twins(0xA), new Twins(0xB0_0000_0001L), new Twins(0xFFFF_FFFF_FFFFL)};
    boolean flushes = random.nextInt(4) == 0;
    int writers = 1 + random.nextInt(3);
    for (int step = 0; step < STEPS; step++) {
      millis += random.nextInt(3);
      Twins one = all[random.nextInt(all.length)];
      int event = random.nextInt(20);
      if (event < 12) {
        all[random.nextInt(writers)].run(command(random, keys));
      } else if (event == 12 && flushes) {
        flush(one, random);
      } else if (event == 13 && !one.sent.isEmpty()) {
        all[random.nextInt(all.length)].apply(one.sent.get(random.nextInt(one.sent.size()))); // out of order, or again
      } else if (event == 14) {
        export(one, all[random.nextInt(all.length)]);
      } else {
        deliver(all, random);
      }
    }
    for (Twins one : all) {
      one.compare();
    }
  }

  private void flush(Twins one, Random random) {
    int vnode = random.nextInt(VNODES);
    List<Op> ops = new ArrayList<>();
    if (random.nextBoolean()) {
      byte[] key = bytes("k" + random.nextInt(1000));
      if (vnodeOf(key) == vnode) {
        ops.add(set(0, key, bytes("gone again")));
      }
    }
    VersionVector seen = VersionVector.of(one.actor, one.seq - 1);
    ops.add((rows, shortly) -> {
      rows.flush(vnode, 0, seen);
      return "";
    });
    one.run(ops);
  }

  private void export(Twins from, Twins to) {
    for (int v = 0; v < VNODES; v++) {
      Bytes out = new Bytes(256);
      from.rows[0].export(v, new byte[0], 1 << 20, out);
      Bytes same = new Bytes(256);
      from.rows[1].export(v, new byte[0], 1 << 20, same);
      assertArrayEquals(same.copy(), out.copy());
      to.apply(new Sent(0, 0, out.copy()));
    }
  }

  private static void deliver(Twins[] all, Random random) {
    Twins to = all[random.nextInt(all.length)];
    int from = random.nextInt(all.length);
    List<Sent> sent = all[from].sent;
    int upTo = to.received[from] + random.nextInt(sent.size() - to.received[from] + 1);
    while (to != all[from] && to.received[from] < upTo) {
      to.apply(sent.get(to.received[from]++));
    }
  }
}
