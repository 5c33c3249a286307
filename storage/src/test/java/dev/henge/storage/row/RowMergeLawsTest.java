package dev.henge.storage.row;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.storage.version.VersionVector;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/**
 * The laws of merge and prune, on rows that replicas can come to hold: each write by one actor on what its replica
 * has seen.
 */
class RowMergeLawsTest {

  private static final int REPLICAS = 3;
  private static final int STEPS = 14;

  /** Every state that any replica went through. */
  private static List<Row> history(Random chance) {
    List<Row> reached = new ArrayList<>();
    Row[] rows = new Row[REPLICAS];
    long[] seqs = new long[REPLICAS];
    for (int step = 0; step < STEPS; step++) {
      int at = chance.nextInt(REPLICAS);
      Row before = rows[at];
      long actor = 0xA0 + at;
      int what = chance.nextInt(7);
      if (what < 3) {
        Row other = rows[chance.nextInt(REPLICAS)];
        rows[at] = before == null ? other : other == null ? before : RowMerge.merge(before, other);
      } else {
        long seq = ++seqs[at];
        long deadline = chance.nextInt(3) == 0 ? 1_000 + step : 0;
        if (what == 3 || before == null && what < 6) {
          rows[at] = Row.written(before, new Sibling(actor, seq, chance.nextInt(50), false, deadline, new byte[] {(byte) step}));
        } else if (what == 4) {
          rows[at] = Row.written(before, new Sibling(actor, seq, chance.nextInt(50), true, 0, Sibling.NOTHING));
        } else {
          Row base = what == 5 || before != null && before.live() ? before
              : Row.written(before, Sibling.implied(actor, seq, chance.nextInt(50), deadline, new byte[] {'0'}));
          rows[at] = base.incremented(actor, seq, new BigDecimal(chance.nextInt(200) - 100).movePointLeft(chance.nextInt(3)));
        }
      }
      if (rows[at] != null) {
        reached.add(rows[at]);
      }
    }
    return reached;
  }

  private static Row any(List<Row> rows, Random chance) {
    return rows.get(chance.nextInt(rows.size()));
  }

  @Property(tries = 3000)
  void mergeIsCommutativeAssociativeIdempotent(@ForAll long seed) {
    Random chance = new Random(seed);
    List<Row> rows = history(chance);
    if (rows.isEmpty()) {
      return;
    }
    for (int i = 0; i < 10; i++) {
      Row x = any(rows, chance);
      Row y = any(rows, chance);
      Row z = any(rows, chance);
      assertEquals(x, RowMerge.merge(x, x));
      Row xy = RowMerge.merge(x, y);
      assertEquals(xy, RowMerge.merge(y, x));
      assertEquals(xy, RowMerge.merge(xy, y));
      assertEquals(RowMerge.merge(xy, z), RowMerge.merge(x, RowMerge.merge(y, z)));
    }
  }

  @Property(tries = 3000)
  void aClearLeavesTheSameBeforeAndAfterTheMerge(@ForAll long seed) {
    Random chance = new Random(seed);
    List<Row> rows = history(chance);
    if (rows.isEmpty()) {
      return;
    }
    for (int i = 0; i < 10; i++) {
      Row x = any(rows, chance);
      Row y = any(rows, chance);
      VersionVector clear = any(rows, chance).context();
      for (boolean keepFloor : new boolean[] {false, true}) {
        Row late = RowMerge.prune(RowMerge.merge(x, y), clear, keepFloor);
        Row px = RowMerge.prune(x, clear, keepFloor);
        Row py = RowMerge.prune(y, clear, keepFloor);
        Row met = px == null ? py : py == null ? px : RowMerge.prune(RowMerge.merge(px, py), clear, keepFloor);
        assertEquals(late, met);
      }
    }
  }

  @Property(tries = 2000)
  void aRowIsReadAsItWasWritten(@ForAll long seed) {
    for (Row row : history(new Random(seed))) {
      byte[] bytes = RowCodec.encode(row);
      assertEquals(row, RowCodec.decode(bytes));
      int at = RowCodec.plainPayloadAt(bytes, 0);
      if (at >= 0) {
        assertEquals(row.payload().length, bytes.length - at);
      }
      for (int cut = 0; cut < Math.min(8, bytes.length); cut++) {
        byte[] shorter = java.util.Arrays.copyOf(bytes, cut);
        assertThrows(FormatException.class, () -> RowCodec.decode(shorter));
      }
    }
  }

  @Test
  void incrementsConcurrentWithADeleteAddUpFromNothing() {
    Row five = Row.written(null, new Sibling(1, 1, 1, false, 0, new byte[] {'0'})).incremented(1, 2, BigDecimal.valueOf(5));
    Row deleted = Row.written(five, new Sibling(2, 1, 9, true, 0, Sibling.NOTHING));
    Row six = five.incremented(1, 3, BigDecimal.ONE);
    Row met = RowMerge.merge(deleted, six);
    assertEquals(true, met.live());
    assertEquals(0, met.increments().compareTo(BigDecimal.ONE));
  }

  /** Frozen: a disk written by an earlier version must be read for ever. */
  @Test
  void theFormatIsFrozen() {
    Row plain = Row.written(null, new Sibling(0xA1B2, 300, 0x0102030405060708L, false, 0, new byte[] {'h', 'i'}));
    assertEquals("2000000000a1b2ac0201020304050607086869", hex(RowCodec.encode(plain)));
    Row counted = plain.incremented(7, 2, new BigDecimal("-1.50"));
    assertEquals("43010000000000a1b2ac0201020304050607080268690200000000000702" + "00000000a1b2ac02"
        + "01000000000007020204" + "02ff6a", hex(RowCodec.encode(counted)));
  }

  /** What says where a large string's chunks are is frozen too, and is refused when it is none. */
  @Test
  void theFormatOfALargeStringsRowIsFrozen() {
    ChunkRoot root = new ChunkRoot(0xA1B2, 299, 0x0102030405060708L, 70_000, 4096);
    Row large = Row.written(null, new Sibling(0xA1B2, 300, 0x0102030405060709L, false, 5, root.payload(), true));
    byte[] bytes = RowCodec.encode(large);
    assertEquals("2600000000a1b2ac02010203040506070905" + "00000000a1b2ab020102030405060708f0a2048020", hex(bytes));
    assertEquals(large, RowCodec.decode(bytes));
    assertEquals(root, RowCodec.decode(bytes).winner().root());
    assertTrue(RowCodec.plainPayloadAt(bytes, 0) < 0);
    for (int cut = 1; cut < 10; cut++) {
      byte[] shorter = java.util.Arrays.copyOf(bytes, bytes.length - cut);
      assertThrows(FormatException.class, () -> RowCodec.decode(shorter));
    }
  }

  /** A write to a part of a string is as old as the string; between strings alone the newer write shows. */
  @Test
  void aLargeStringCompetesByTheStampOfItsRoot() {
    Sibling root = new Sibling(1, 1, 10, false, 0, new ChunkRoot(1, 1, 10, 70_000, 4096).payload(), true);
    Sibling edit = new Sibling(1, 2, 30, false, 0, new ChunkRoot(1, 1, 10, 70_001, 4096).payload(), true);
    Sibling replaced = new Sibling(2, 1, 20, false, 0, new byte[] {'x'});
    Sibling newer = new Sibling(2, 2, 40, false, 0, new ChunkRoot(2, 2, 40, 70_000, 4096).payload(), true);
    assertEquals(
        List.of(newer, replaced, edit, root),
        java.util.stream.Stream.of(root, newer, edit, replaced).sorted().toList());
  }

  /** What nobody wrote loses to what somebody did, and is as old as its increment where it shows. */
  @Test
  void anImpliedBaseLosesToEveryValueWhateverTheClocksSay() {
    Sibling implied = Sibling.implied(9, 1, 1_000, 0, new byte[] {'0'});
    Sibling olderImplied = Sibling.implied(8, 1, 999, 0, new byte[] {'0'});
    Sibling written = new Sibling(2, 1, 20, false, 0, new byte[] {'5'});
    Sibling large = new Sibling(3, 1, 10, false, 0, new ChunkRoot(3, 1, 10, 70_000, 4096).payload(), true);
    Sibling removed = new Sibling(1, 1, 2_000, true, 0, Sibling.NOTHING);
    assertEquals(
        List.of(written, large, implied, olderImplied, removed),
        java.util.stream.Stream.of(removed, olderImplied, implied, large, written).sorted().toList());
    Row counted = Row.written(null, implied).incremented(9, 1, BigDecimal.ONE);
    assertEquals(1_000, counted.newestStamp());
    assertEquals(counted, RowCodec.decode(RowCodec.encode(counted)));
    assertTrue(RowCodec.decode(RowCodec.encode(counted)).winner().implied());
    assertEquals("4201" + "00" + "000000000009" + "01" + "80000000000003e8" + "0130" + "01" + "000000000009" + "0101" + "00" + "0101",
        hex(RowCodec.encode(counted)));
    Row met = RowMerge.merge(counted, Row.written(null, written));
    assertEquals(written, met.winner());
    assertEquals(0, met.increments().compareTo(BigDecimal.ONE));
    assertEquals(1_000, met.newestStamp());
  }

  private static String hex(byte[] bytes) {
    return java.util.HexFormat.of().formatHex(bytes);
  }
}
