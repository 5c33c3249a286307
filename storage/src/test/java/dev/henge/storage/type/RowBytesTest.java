package dev.henge.storage.type;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.lsm.MemoryByteStore;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.version.VersionVector;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The count of the rows' bytes says at every moment what a walk over the whole store finds. */
class RowBytesTest {

  private static final int VNODES = 4;
  private static final int KEYS = 12;

  private long nowMillis = 1_800_000_000_000L;
  private long stamp;

  /** One replica: its store, its rows, what it has done. */
  private final class Replica {
    final long actor;
    final MemoryByteStore store = new MemoryByteStore();
    final Keyspace rows = new Keyspace(store,
        (db, b, off, len) -> KeyRef.of(db, b[off] % VNODES * 16, b[off], b, off, len), 16, VNODES, 2, () -> nowMillis);
    long seq;

    Replica(long actor) {
      this.actor = actor;
      rows.chunks(10, 4);
    }

    byte[] run(Consumer<Keyspace> command) {
      rows.begin(actor, seq + 1, () -> ++stamp);
      command.accept(rows);
      if (!rows.finish()) {
        return null;
      }
      seq++;
      return rows.body().copy();
    }

    Head open(int key) {
      byte[] name = {(byte) ('a' + key)};
      return rows.open(rows.locate(key % 2, name, 0, 1));
    }

    /** The same walk's count of what deleted keys have left. */
    long deadKeys;

    /** What the counting must come to: every row but orphans and ranks. */
    long recount() {
      long bytes = 0;
      deadKeys = 0;
      KeyRef key = null;
      long generation = 0;
      boolean live = false;
      try (ByteCursor cursor = store.scan(null, null, false)) {
        while (cursor.next()) {
          byte[] disk = cursor.key();
          int slot = KeyRef.slotOf(disk);
          if (slot >= Keyspace.LOCAL_PREFIX) {
            bytes += slot < 0xC000 ? disk.length + Cells.ROW_OVERHEAD_BYTES : 0;
          } else if (KeyRef.isHead(disk)) {
            key = KeyRef.ofDisk(disk);
            generation = Head.generationOf(cursor.value());
            int head = disk.length + cursor.value().length + Cells.ROW_OVERHEAD_BYTES;
            bytes += head;
            Head stored = new Head(key, nowMillis, cursor.value());
            live = stored.anyLive();
            deadKeys += live ? 0
                : head + (stored.indexedPast ? PastIndex.KEY_BYTES + disk.length + Cells.ROW_OVERHEAD_BYTES : 0);
          } else if (KeyRef.ofDisk(disk).equals(key) && DiskKeys.generationIn(disk, key.disk().length) == generation
              && disk[key.disk().length + DiskKeys.GENERATION_BYTES] != ScoreOrder.RANK_KIND) {
            int row = disk.length + cursor.value().length + Cells.ROW_OVERHEAD_BYTES;
            bytes += row;
            deadKeys += live ? 0 : row;
          }
        }
      }
      return bytes;
    }
  }

  private static byte[] word(Random chance, int of) {
    return ("w" + chance.nextInt(of) + "x".repeat(chance.nextInt(12))).getBytes(StandardCharsets.ISO_8859_1);
  }

  private void anything(Replica on, Random chance) {
    Keyspace rows = on.rows;
    for (int n = 1 + chance.nextInt(4); n > 0; n--) {
      Head head = on.open(chance.nextInt(KEYS));
      ValueType type = head.type();
      switch (chance.nextInt(14)) {
        case 0 -> new StringValue(rows, head).set(word(chance, 9), chance.nextBoolean() ? 0 : nowMillis + 50);
        case 1 -> rows.delete(head);
        case 2, 3 -> {
          if (type == ValueType.NONE || type == ValueType.HASH) {
            new HashValue(rows, head).set(word(chance, 9), word(chance, 99));
          }
        }
        case 4 -> {
          if (type == ValueType.HASH) {
            new HashValue(rows, head).remove(word(chance, 9));
          }
        }
        case 5, 6 -> {
          if (type == ValueType.NONE || type == ValueType.ZSET) {
            new SortedSetValue(rows, head).member(word(chance, 9)).put(chance.nextInt(5));
          }
        }
        case 7 -> {
          if (type == ValueType.ZSET) {
            new SortedSetValue(rows, head).member(word(chance, 9)).remove();
          }
        }
        case 11, 12 -> {
          if (type == ValueType.NONE || type == ValueType.LIST) {
            list(new ListValue(rows, head), chance);
          }
        }
        case 8 -> {
          if (head.exists()) {
            rows.setDeadline(head, chance.nextBoolean() ? 0 : nowMillis + 40);
          }
        }
        case 9, 10 -> {
          if (type == ValueType.NONE || type == ValueType.STRING) {
            byte[] word = word(chance, 9);
            new StringValue(rows, head).write(chance.nextInt(30), word, 0, word.length);
          }
        }
        default -> rows.expire(head);
      }
    }
  }

  private static void list(ListValue list, Random chance) {
    boolean side = chance.nextBoolean();
    switch (chance.nextInt(6)) {
      case 0 -> list.pop(side);
      case 1 -> list.set(chance.nextInt(3), word(chance, 9));
      case 2 -> list.insert(word(chance, 9), side, word(chance, 9));
      case 3 -> list.remove(word(chance, 9), side, 2);
      default -> list.push(side, word(chance, 9));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void everyChangeIsCounted(long seed) {
    Random chance = new Random(seed);
    Replica one = new Replica(1);
    Replica two = new Replica(2);
    for (int step = 0; step < 600; step++) {
      nowMillis += chance.nextInt(4);
      Replica on = chance.nextBoolean() ? one : two;
      Replica other = on == one ? two : one;
      boolean flush = chance.nextInt(80) == 0;
      int vnode = chance.nextInt(VNODES);
      VersionVector seen = VersionVector.EMPTY.with(on.actor, on.seq)
          .with(other.actor, chance.nextLong(other.seq + 1));
      byte[] body = on.run(rows -> {
        if (flush) {
          rows.flush(vnode, chance.nextBoolean() ? Keyspace.ALL_DBS : 0, seen);
        } else {
          anything(on, chance);
        }
      });
      if (body != null) {
        other.rows.apply(on.actor, on.seq, new ByteReader(body));
      }
      String where = "seed " + seed + ", step " + step;
      assertEquals(on.recount(), on.rows.rowBytes(), where);
      assertEquals(on.deadKeys, on.rows.deadKeyBytes(), where);
      assertEquals(other.recount(), other.rows.rowBytes(), where);
      assertEquals(other.deadKeys, other.rows.deadKeyBytes(), where);
    }
    assertTrue(one.rows.rowBytes() > 0);
  }

  @Test
  void aDeleteOfManyRowsCountsAtOnce() {
    Replica one = new Replica(1);
    one.run(rows -> {
      HashValue hash = new HashValue(rows, one.open(0));
      for (int i = 0; i < 3 * SubRows.SWEEP_ROWS_MAX; i++) {
        hash.set(("field" + i).getBytes(StandardCharsets.ISO_8859_1), new byte[100]);
      }
    });
    long full = one.rows.rowBytes();
    assertTrue(full > 300L * SubRows.SWEEP_ROWS_MAX, "counts " + full);
    one.run(rows -> rows.delete(one.open(0)));
    assertTrue(one.rows.rowBytes() < 100, "still counts " + one.rows.rowBytes());
  }

  @Test
  void whereNobodyElseHasTheKeyADeleteLeavesNothing() {
    Replica one = new Replica(1);
    int vnode = 'b' % VNODES;
    one.rows.alone(vnode, true);
    one.run(rows -> new StringValue(rows, one.open(1)).set(new byte[10], nowMillis + 1_000));
    one.run(rows -> rows.delete(one.open(1)));
    one.run(rows -> new HashValue(rows, one.open(1)).set(new byte[3], new byte[5]));
    one.run(rows -> rows.setDeadline(one.open(1), nowMillis + 1_000));
    one.run(rows -> rows.delete(one.open(1)));
    assertEquals(0, one.rows.rowBytes());
    assertEquals(0, one.rows.deadKeyBytes());
    assertEquals(0, one.rows.keyCount(vnode));
    assertEquals(0, one.recount());
    one.run(rows -> new StringValue(rows, one.open(0)).set(new byte[10], 0));
    one.run(rows -> rows.delete(one.open(0)));
    assertTrue(one.rows.deadKeyBytes() > 0, "the other vnode's keys may come back from others");
    assertEquals(one.recount(), one.rows.rowBytes());
  }

  @Test
  void aHeadStaysWhereCompactionNeedsItToKnowOrphans() {
    Replica one = new Replica(1);
    one.rows.alone('b' % VNODES, true);
    byte[] disk = one.open(1).key().disk();
    for (int round = 0; round < 2; round++) {
      one.run(rows -> {
        HashValue hash = new HashValue(rows, one.open(1));
        for (int i = 0; i <= SubRows.SWEEP_ROWS_MAX; i++) {
          hash.set(("field" + i).getBytes(StandardCharsets.ISO_8859_1), new byte[10]);
        }
      });
      one.run(rows -> rows.delete(one.open(1)));
      assertTrue(one.store.size() > SubRows.SWEEP_ROWS_MAX, "its rows are left to compaction");
      assertEquals(0, Head.generationOf(one.store.get(disk)), "and the head says that they are nobody's");
      one.run(rows -> new StringValue(rows, one.open(1)).set(new byte[10], 0));
      one.run(rows -> rows.delete(one.open(1)));
      assertEquals(0, Head.generationOf(one.store.get(disk)), "though the key has been another meanwhile");
      assertEquals(one.recount(), one.rows.rowBytes());
    }
  }

  @Test
  void theCountIsSavedWithTheVnode() {
    Replica one = new Replica(1);
    one.run(rows -> new StringValue(rows, one.open(1)).set(new byte[1000], 0));
    Bytes saved = new Bytes(64);
    int vnode = 'b' % VNODES;
    one.rows.saveVnode(vnode, saved);
    Replica two = new Replica(2);
    two.rows.loadVnode(vnode, new ByteReader(saved.copy()));
    assertEquals(one.rows.rowBytes(), two.rows.rowBytes());
    assertTrue(two.rows.rowBytes() > 1000);
  }
}
