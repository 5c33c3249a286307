package dev.henge.storage.type;

import static dev.henge.storage.type.Actor.bytes;
import static dev.henge.storage.type.Actor.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.lsm.MemoryByteStore;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.version.Mutant;
import dev.henge.storage.version.Rules;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/**
 * The short way of a list's pushes and pops against the long one: over random histories, of one replica alone and of
 * two that meet, both leave the same bundles, the same bytes in the store, the same counts and digests. And the answer
 * that a list keeps against its rows.
 */
class PlainListTest {

  private static final int SEEDS = 300;
  private static final int STEPS = 150;
  private static final byte[][] KEYS = {bytes("one"), bytes("two")};

  private static final KeyLocator LOCATOR = (db, buffer, offset, length) ->
      KeyRef.of(db, 7, Arrays.hashCode(Arrays.copyOfRange(buffer, offset, offset + length)), buffer, offset, length);

  private long stamp;
  private long millis;
  private int keptAnswers;
  private int lagged;

  private record Sent(long actor, long seq, byte[] body) {}

  /**
   * One replica twice: over a store that is written in the short way where it is open, and in turns, and over one that
   * never is.
   */
  private final class Twins {
    final long actor;
    final MemoryByteStore[] stores = {new MemoryByteStore(), new MemoryByteStore()};
    final Keyspace[] rows = new Keyspace[2];
    final List<Sent> sent = new ArrayList<>();
    int received;
    long seq = 1;
    boolean inTurn;

    Twins(long actor, boolean alone) {
      this.actor = actor;
      for (int i = 0; i < 2; i++) {
        rows[i] = new Keyspace(stores[i], LOCATOR, 16, 1, 1, () -> millis);
        if (alone) {
          rows[i].alone(0, true);
        }
      }
      rows[1].rules(Rules.breaking(Mutant.READ_QUORUM_OF_ONE)); // no rule of the keyspace; but not sound
      assertTrue(rows[0].cells.mayWritePlain());
      assertFalse(rows[1].cells.mayWritePlain());
    }

    void run(List<Function<Keyspace, String>> command) {
      String[] seen = {"", ""};
      boolean[] changed = new boolean[2];
      long before = stamp;
      for (int i = 0; i < 2; i++) {
        stamp = before;
        rows[i].begin(actor, seq, () -> ++stamp);
        for (Function<Keyspace, String> op : command) {
          seen[i] += op.apply(rows[i]) + " ";
        }
        changed[i] = rows[i].finish();
      }
      assertEquals(seen[1], seen[0]);
      assertEquals(changed[1], changed[0]);
      assertArrayEquals(rows[1].body().copy(), rows[0].body().copy());
      if (changed[0]) {
        sent.add(new Sent(actor, seq++, rows[0].body().copy()));
      }
      compare();
    }

    void apply(Sent s) {
      for (Keyspace each : rows) {
        each.apply(s.actor(), s.seq(), new ByteReader(s.body()));
      }
      compare();
    }

    /** Ends a turn, or begins one, or sees to it that what reads the rows in its midst sees all. */
    void turn(Random random) {
      switch (random.nextInt(12)) {
        case 0 -> {
          inTurn = false;
          rows[0].endTurn();
          compare();
        }
        case 1, 2, 3 -> {
          inTurn = true;
          rows[0].beginTurn();
        }
        case 4 -> assertArrayEquals(exported(1), exported(0));
        case 5 -> assertArrayEquals(rows[1].trees().of(0).leaves(), rows[0].trees().of(0).leaves());
        case 6 -> {
          assertArrayEquals(saved(1), saved(0));
          assertEquals(dump(stores[1]), dump(stores[0]));
        }
        default -> { }
      }
    }

    private byte[] saved(int i) {
      Bytes out = new Bytes(64);
      rows[i].saveVnode(0, out);
      return out.copy();
    }

    private byte[] exported(int i) {
      Bytes out = new Bytes(256);
      rows[i].export(0, new byte[0], 1 << 20, out);
      return out.copy();
    }

    void compare() {
      if (inTurn) {
        lagged += dump(stores[1]).equals(dump(stores[0])) ? 0 : 1;
        return;
      }
      assertEquals(dump(stores[1]), dump(stores[0]));
      assertEquals(rows[1].rowBytes(), rows[0].rowBytes());
      assertEquals(rows[1].keyCount(0, 0), rows[0].keyCount(0, 0));
      assertArrayEquals(rows[1].trees().of(0).leaves(), rows[0].trees().of(0).leaves());
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

  private static Head head(Keyspace rows, byte[] key) {
    return rows.open(rows.locate(0, key, 0, key.length));
  }

  private static String shown(byte[] element) {
    return element == null ? "none" : text(element);
  }

  private Function<Keyspace, String> any(Random random, byte[] key) {
    boolean last = random.nextBoolean();
    byte[] element = bytes("x".repeat(random.nextInt(4)) + random.nextInt(6));
    byte[] pivot = bytes(Integer.toString(random.nextInt(6)));
    int number = random.nextInt(6);
    return switch (random.nextInt(16)) {
      case 0, 1, 2, 3 -> on(key, list -> {
        list.push(last, element);
        return "" + list.size();
      });
      case 4, 5, 6, 7 -> on(key, list -> shown(list.pop(last)));
      case 8 -> on(key, list -> "" + (list.exists() && list.set(number - 3, element)));
      case 9 -> on(key, list -> "" + list.insert(pivot, last, element));
      case 10 -> on(key, list -> "" + list.remove(pivot, last, 1 + number));
      case 11 -> on(key, list -> "" + list.pop(last, number, popped -> { }));
      case 12 -> rows -> {
        Head head = head(rows, key);
        if (head.type() == ValueType.LIST) {
          rows.setDeadline(head, millis + 1 + number);
        }
        return "";
      };
      case 13 -> random.nextInt(4) == 0 ? rows -> "" + rows.delete(head(rows, key)) : on(key, list -> "" + list.size());
      default -> on(key, list -> range(list, number % 2, 3) + range(list, number % 2, 3) + range(list, number % 2, 3));
    };
  }

  private static Function<Keyspace, String> on(byte[] key, Function<ListValue, String> op) {
    return rows -> op.apply(new ListValue(rows, head(rows, key)));
  }

  /** As a reader asks: for what was kept, else for the rows, which it may leave there. Compares both. */
  private String range(ListValue list, int from, int wanted) {
    long count = Math.min(list.size() - from, wanted);
    if (count <= 0) {
      return "nothing";
    }
    StringBuilder read = new StringBuilder();
    list.range(from, count, (array, at, n) -> read.append(text(Arrays.copyOfRange(array, at, at + n))).append(','));
    byte[] answer = bytes(read.toString());
    byte[] kept = list.kept(from, count);
    if (kept == null) {
      list.keep(from, count, answer, 0, answer.length);
    } else {
      keptAnswers++;
      assertArrayEquals(answer, kept);
    }
    return read.toString();
  }

  @Test
  void bothWaysLeaveTheSame() {
    for (long seed = 0; seed < SEEDS; seed++) {
      try {
        history(new Random(seed));
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
    assertTrue(keptAnswers > 100, keptAnswers + " answers were kept");
    assertTrue(lagged > 1000, "the store lagged behind " + lagged + " times");
  }

  private void history(Random random) {
    stamp = 1_800_000_000_000L << 16;
    millis = 1_800_000_000_000L;
    boolean alone = random.nextBoolean();
    Twins[] all = alone ? new Twins[] {new Twins(0xA, true)}
        : new Twins[] {new Twins(0xA, false), new Twins(0xB, false)};
    for (int step = 0; step < STEPS; step++) {
      millis += random.nextInt(2);
      Twins one = all[random.nextInt(all.length)];
      if (!alone && random.nextInt(4) == 0) {
        Twins other = all[0] == one ? all[1] : all[0];
        while (one.received < other.sent.size() && random.nextInt(8) > 0) {
          one.apply(other.sent.get(one.received++));
        }
      } else {
        List<Function<Keyspace, String>> command = new ArrayList<>();
        byte[] key = KEYS[random.nextInt(8) == 0 ? 1 : 0];
        for (int i = random.nextInt(4) == 0 ? random.nextInt(6) : 0; i >= 0; i--) {
          command.add(any(random, key));
        }
        one.run(command);
      }
      one.turn(random);
    }
    for (Twins one : all) {
      assertArrayEquals(one.exported(1), one.exported(0));
      one.compare();
    }
  }

  @Test
  void keepsAnAnswerThatWasAskedForTwiceUntilAnElementChanges() {
    Actor actor = new Actor(0xA, new Actor.Clock(), new MemoryByteStore());
    actor.lists(list -> {
      for (int i = 0; i < 20; i++) {
        list.push(true, bytes("e" + i));
      }
    });
    List<Function<ListValue, Object>> changes = List.of(
        list -> list.pop(true), list -> list.pop(false), list -> list.set(10, bytes("s")),
        list -> list.insert(bytes("e12"), true, bytes("i")), list -> list.remove(bytes("e13"), false, 1));
    for (Function<ListValue, Object> change : changes) {
      for (int i = 0; i < 2; i++) {
        assertNull(actor.list(list -> list.kept(0, 10)));
        actor.list(list -> range(list, 0, 10));
      }
      assertNotNull(actor.list(list -> list.kept(0, 10)));
      assertNull(actor.list(list -> list.kept(0, 9)));
      actor.list(change);
      assertNull(actor.list(list -> list.kept(0, 10)));
    }
    byte[] large = new byte[KeptRange.BYTES_MAX + 1];
    for (int i = 0; i < 3; i++) {
      actor.lists(list -> list.keep(0, 2, large, 0, large.length));
    }
    assertNull(actor.list(list -> list.kept(0, 2)));
  }
}
