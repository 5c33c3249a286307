package dev.henge.storage.type;

import static dev.henge.storage.type.Actor.bytes;
import static dev.henge.storage.type.Actor.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.henge.storage.lsm.MemoryByteStore;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.FormatException;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

class KeyDumpTest {

  private static final int SEEDS = 200;

  private final Actor.Clock clock = new Actor.Clock();
  private final Actor source = new Actor(0xA, clock, new MemoryByteStore());
  private final Actor target = new Actor(0xB, clock, new MemoryByteStore());

  private void write(Actor actor, BiConsumer<Keyspace, Head> write) {
    actor.run(head -> {
      write.accept(actor.keyspace, head);
      return null;
    });
  }

  private static byte[] dump(Actor actor) {
    return actor.run(head -> KeyDump.of(actor.keyspace, head));
  }

  private void restore(Actor actor, byte[] dump) {
    write(actor, (keyspace, head) -> KeyDump.restore(keyspace, head, new ByteReader(dump)));
  }

  private static ValueType type(Actor actor) {
    return actor.run(Head::type);
  }

  private static long deadline(Actor actor) {
    return actor.run(Head::deadlineMillis);
  }

  private static void fill(Random random, Keyspace keyspace, Head head) {
    byte[] value = new byte[random.nextInt(300)];
    random.nextBytes(value);
    int kind = random.nextInt(6);
    for (int i = random.nextInt(300); i >= 0; i--) {
      byte[] member = bytes("m" + random.nextInt(1000));
      switch (kind) {
        case 0 -> new StringValue(keyspace, head).set(value, 0);
        case 1 -> new SetValue(keyspace, head).add(member);
        case 2 -> new HashValue(keyspace, head).set(member, value);
        case 3 -> new HashValue(keyspace, head).moveTo(member, BigDecimal.valueOf(i));
        case 4 -> new ListValue(keyspace, head).push(random.nextBoolean(), member);
        default -> new SortedSetValue(keyspace, head).member(member).incrementTo(random.nextGaussian());
      }
    }
    if (random.nextBoolean()) {
      keyspace.setDeadline(head, keyspace.nowMillis() + 1 + random.nextInt(1000));
    }
  }

  @Test
  void whatIsRestoredDumpsTheSame() {
    for (long seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      write(source, (keyspace, head) -> {
        keyspace.delete(head);
        fill(random, keyspace, head);
      });
      if (random.nextBoolean()) {
        write(target, (keyspace, head) -> {
          keyspace.delete(head);
          fill(random, keyspace, head);
        });
      }
      byte[] dump = dump(source);
      restore(target, dump);
      assertArrayEquals(dump, dump(target), "seed " + seed);
      assertEquals(type(source), type(target), "seed " + seed);
      assertEquals(deadline(source), deadline(target), "seed " + seed);
      clock.millis += random.nextInt(400);
    }
  }

  @Test
  void carriesEveryType() {
    write(source, (k, h) -> new HashValue(k, h).set(bytes("f"), bytes("v")));
    write(source, (k, h) -> new HashValue(k, h).moveTo(bytes("n"), BigDecimal.TEN));
    restore(target, dump(source));
    assertEquals(Map.of("f", "v", "n", "10"), target.fields());
    write(source, (k, h) -> {
      k.delete(h);
      new SetValue(k, h).add(bytes("a"));
      new SetValue(k, h).add(bytes(""));
    });
    restore(target, dump(source));
    assertEquals(Set.of("a", ""), target.members());
    write(source, (k, h) -> {
      k.delete(h);
      new SortedSetValue(k, h).member(bytes("a")).put(Double.NEGATIVE_INFINITY);
      new SortedSetValue(k, h).member(bytes("b")).incrementTo(0.1);
      new SortedSetValue(k, h).member(bytes("b")).incrementTo(0.3);
    });
    restore(target, dump(source));
    target.run(head -> {
      SortedSetValue set = new SortedSetValue(target.keyspace, head);
      assertEquals(Double.NEGATIVE_INFINITY, set.score(bytes("a")));
      assertEquals(0.3, set.score(bytes("b")));
      assertEquals(2, set.size());
      return null;
    });
    write(source, (k, h) -> {
      k.delete(h);
      new StringValue(k, h).moveTo(new BigDecimal("2.5"));
    });
    restore(target, dump(source));
    assertEquals("2.5", target.run(head -> text(new StringValue(target.keyspace, head).get())));
  }

  @Test
  void anEmptyDumpDeletes() {
    assertEquals(0, dump(source).length);
    write(target, (k, h) -> new SetValue(k, h).add(bytes("a")));
    restore(target, dump(source));
    assertFalse(target.run(Head::exists));
  }

  @Test
  void anExpiredKeyIsNone() {
    write(source, (k, h) -> new StringValue(k, h).set(bytes("v"), clock.millis + 10));
    byte[] alive = dump(source);
    clock.millis += 10;
    assertEquals(0, dump(source).length);
    restore(target, alive);
    assertFalse(target.run(Head::exists));
  }

  /** Whatever is wrong with the bytes, the key stays what it was. */
  @Test
  void damageIsRefused() {
    write(source, (k, h) -> new HashValue(k, h).set(bytes("field"), bytes("value")));
    byte[] dump = dump(source);
    write(target, (k, h) -> new StringValue(k, h).set(bytes("kept"), 0));
    byte[] before = dump(target);
    for (int i = 1; i < dump.length; i++) {
      byte[] cut = Arrays.copyOf(dump, i);
      assertThrows(FormatException.class, () -> restore(target, cut), "cut at " + i);
    }
    for (int i = 0; i < dump.length; i++) {
      byte[] flipped = dump.clone();
      flipped[i] ^= 4;
      assertThrows(FormatException.class, () -> restore(target, flipped), "flipped at " + i);
    }
    assertArrayEquals(before, dump(target));
  }

  /** Nodes of different versions send one another dumps: the bytes stay. */
  @Test
  void bytesAreFrozen() {
    write(source, (k, h) -> new StringValue(k, h).set(bytes("abc"), 1_900_000_000_123L));
    assertEquals("0153fbf0cc86a637616263", HexFormat.of().formatHex(dump(source)).substring(0, 22));
    write(source, (k, h) -> {
      k.delete(h);
      new HashValue(k, h).set(bytes("f"), bytes("vw"));
    });
    assertEquals("0146000166027677", HexFormat.of().formatHex(dump(source)).substring(0, 16));
    write(source, (k, h) -> {
      k.delete(h);
      new SetValue(k, h).add(bytes("m"));
    });
    assertEquals("014500016d", HexFormat.of().formatHex(dump(source)).substring(0, 10));
    write(source, (k, h) -> {
      k.delete(h);
      new SortedSetValue(k, h).member(bytes("m")).put(1.5);
    });
    assertEquals("015a00016d3ff8000000000000", HexFormat.of().formatHex(dump(source)).substring(0, 26));
    write(source, (k, h) -> {
      k.delete(h);
      new ListValue(k, h).push(true, bytes("b"));
      new ListValue(k, h).push(false, bytes("a"));
    });
    assertEquals("014c0001610162", HexFormat.of().formatHex(dump(source)).substring(0, 14));
  }
}
