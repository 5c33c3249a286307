package dev.henge.storage.type;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.henge.storage.lsm.MemoryByteStore;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.version.VersionVector;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.jupiter.api.Test;

/** Bundles and exports of keyspaces: what one replica knows, another knows after them, once or twice over. */
class KeyspaceTest {

  private static final int KEYS = 6;

  private final long now = 1_800_000_000_000L;
  private long stamp;

  private Keyspace keyspace() {
    return new Keyspace(new MemoryByteStore(), (db, b, off, len) -> KeyRef.of(db, 3, b[off], b, off, len), 16, 1, 2, () -> now);
  }

  private byte[] run(Keyspace rows, long actor, long seq, Consumer<Keyspace> command) {
    rows.begin(actor, seq, () -> ++stamp);
    command.accept(rows);
    return rows.finish() ? rows.body().copy() : new byte[0];
  }

  private static Head open(Keyspace rows, int key) {
    byte[] name = {(byte) ('a' + key)};
    return rows.open(rows.locate(0, name, 0, 1));
  }

  private static String get(Keyspace rows, int key) {
    byte[] value = new StringValue(rows, open(rows, key)).get();
    return value == null ? null : new String(value, StandardCharsets.ISO_8859_1);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] export(Keyspace rows, int partBytes) {
    Bytes all = new Bytes(64);
    byte[] place = {};
    do {
      Bytes part = new Bytes(64);
      place = rows.export(0, place, partBytes, part);
      all.raw(part.copy());
    } while (place.length > 0);
    return all.copy();
  }

  private void anything(Keyspace rows, Random chance, long seq, VersionVector clock) {
    for (int n = 1 + chance.nextInt(4); n > 0; n--) {
      Head head = open(rows, chance.nextInt(KEYS));
      byte[] value = bytes("v" + seq + "." + n);
      switch (chance.nextInt(8)) {
        case 0 -> new StringValue(rows, head).set(value, chance.nextBoolean() ? 0 : now + 1_000 + seq);
        case 1 -> rows.delete(head);
        case 2, 3 -> {
          rows.delete(head);
          new HashValue(rows, open(rows, head.key.key()[0] - 'a')).set(bytes("f"), value);
        }
        case 4 -> {
          if (head.type() == ValueType.NONE || head.type() == ValueType.HASH) {
            new HashValue(rows, head).moveTo(bytes("n"), BigDecimal.valueOf(seq));
          }
        }
        case 5 -> {
          if (head.exists()) {
            rows.setDeadline(head, chance.nextBoolean() ? 0 : now + 5_000);
          }
        }
        case 6 -> {
          if (!head.exists()) {
            new StringValue(rows, head).increment(BigDecimal.ONE);
          }
        }
        default -> {
          if (chance.nextInt(6) == 0) {
            rows.flush(0, 0, clock);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {20, 200, 1 << 20})
  void exportsCarryAllAndChangeNothingTheSecondTime(int partBytes) {
    for (long seed = 1; seed <= 300; seed++) {
      Random chance = new Random(seed * 31);
      Keyspace primary = keyspace();
      Keyspace replica = keyspace();
      for (long seq = 1; seq <= 30; seq++) {
        long s = seq;
        VersionVector clock = VersionVector.of(1, seq - 1);
        byte[] body = run(primary, 1, seq, rows -> anything(rows, chance, s, clock));
        replica.apply(1, seq, new ByteReader(body));
      }
      byte[] whole = export(primary, 1 << 20);
      assertArrayEquals(whole, export(replica, 1 << 20), "replica, seed " + seed);
      Keyspace copy = keyspace();
      for (int times = 0; times < 2; times++) {
        copy.apply(0, 0, new ByteReader(export(primary, partBytes)));
        assertEquals(java.util.HexFormat.of().formatHex(whole), java.util.HexFormat.of().formatHex(export(copy, 1 << 20)), "copy, seed " + seed);
        assertEquals(primary.keyCount(0, 0), copy.keyCount(0, 0), "count, seed " + seed);
        primary.begin(1, 31, () -> 0);
        assertEquals(primary.keyCount(0, 0), primary.countInSlot(0, 3), "recount, seed " + seed);
      }
    }
  }

  @Test
  void aWriteThatAFlushHadNotSeenSurvivesInAnyOrder() {
    Keyspace a = keyspace();
    Keyspace b = keyspace();
    byte[] first = run(a, 1, 1, rows -> new StringValue(rows, open(rows, 0)).increment(BigDecimal.TEN));
    b.apply(1, 1, new ByteReader(first));
    byte[] flush = run(a, 1, 2, rows -> rows.flush(0, 0, VersionVector.of(1, 1)));
    byte[] more = run(b, 2, 1, rows -> new StringValue(rows, open(rows, 0)).increment(BigDecimal.ONE));
    a.apply(2, 1, new ByteReader(more));
    b.apply(1, 2, new ByteReader(flush));
    assertEquals("1", get(a, 0));
    assertEquals("1", get(b, 0));
    assertEquals(1, a.keyCount(0, 0));
    assertEquals(1, b.keyCount(0, 0));
  }

  @Test
  void aDeleteAndWhatFollowsItInOneBundleReachAPeer() {
    Keyspace a = keyspace();
    Keyspace b = keyspace();
    byte[] bundle = run(a, 1, 1, rows -> {
      new StringValue(rows, open(rows, 0)).set(bytes("old"), 0);
      rows.delete(open(rows, 0));
      new StringValue(rows, open(rows, 0)).set(bytes("new"), 0);
      new StringValue(rows, open(rows, 1)).increment(BigDecimal.ONE);
      new StringValue(rows, open(rows, 1)).set(bytes("7"), 0);
      new StringValue(rows, open(rows, 1)).increment(BigDecimal.ONE);
      new StringValue(rows, open(rows, 2)).set(bytes("gone"), 0);
      rows.flush(0, 1, VersionVector.EMPTY);
      rows.delete(open(rows, 2));
    });
    b.apply(1, 1, new ByteReader(bundle));
    for (Keyspace rows : new Keyspace[] {a, b}) {
      rows.begin(1, 2, () -> 0);
      assertEquals("new", get(rows, 0));
      assertEquals("8", get(rows, 1));
      assertNull(get(rows, 2));
    }
  }
}
