package dev.henge.storage.row;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.henge.storage.version.VersionVector;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RowDigestTest {

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static Sibling add(long actor, long seq, String payload) {
    return new Sibling(actor, seq, 1000 + seq, false, 0, bytes(payload));
  }

  private static Sibling tombstone(long actor, long seq) {
    return new Sibling(actor, seq, 1000 + seq, true, 0, Sibling.NOTHING);
  }

  private static long digest(Row row) {
    return RowDigest.of(7, RowCodec.encode(row));
  }

  @Test
  void everyBitAndEveryLengthCounts() {
    Random chance = new Random(5);
    for (int length = 0; length <= 70; length++) {
      byte[] bytes = new byte[length + 3];
      chance.nextBytes(bytes);
      Set<Long> seen = new HashSet<>();
      seen.add(Hash64.of(1, bytes, 2, length));
      seen.add(Hash64.of(2, bytes, 2, length));
      for (int bit = 0; bit < 8 * length; bit++) {
        bytes[2 + bit / 8] ^= (byte) (1 << bit % 8);
        seen.add(Hash64.of(1, bytes, 2, length));
        bytes[2 + bit / 8] ^= (byte) (1 << bit % 8);
      }
      assertEquals(2 + 8 * length, seen.size(), "of length " + length);
      assertEquals(Hash64.of(1, Arrays.copyOfRange(bytes, 2, 2 + length)), Hash64.of(1, bytes, 2, length));
    }
  }

  /**
   * Each bit of the hash is turned by half of all single-bit changes: 512 trials of a fair coin stay within 5
   * deviations.
   */
  @Test
  void aFlippedBitTurnsHalfOfTheHash() {
    Random chance = new Random(6);
    int[] turned = new int[64];
    int trials = 4096;
    for (int i = 0; i < trials; i++) {
      byte[] bytes = new byte[chance.nextInt(80) + 1];
      chance.nextBytes(bytes);
      long before = Hash64.of(i, bytes);
      int bit = chance.nextInt(8 * bytes.length);
      bytes[bit / 8] ^= (byte) (1 << bit % 8);
      long diff = before ^ Hash64.of(i, bytes);
      for (int b = 0; b < 64; b++) {
        turned[b] += (int) (diff >>> b & 1);
      }
    }
    for (int b = 0; b < 64; b++) {
      assertEquals(trials / 2.0, turned[b], 5 * Math.sqrt(trials / 4.0), "bit " + b);
    }
  }

  @Test
  void manyShortKeysDoNotMeet() {
    Set<Long> seen = new HashSet<>();
    for (int i = 0; i < 200_000; i++) {
      seen.add(Hash64.of(0, bytes("key:" + i)));
    }
    assertEquals(200_000, seen.size());
  }

  /** Kept on disk and compared between nodes: a node of another version must make the same numbers. */
  @Test
  void theNumbersAreFrozen() {
    assertEquals(GOLDEN_EMPTY, Hash64.of(0, new byte[0]));
    assertEquals(GOLDEN_TEXT, Hash64.of(0, bytes("The quick brown fox jumps over the lazy dog")));
    assertEquals(GOLDEN_ROW, digest(Row.written(null, add(0xA1, 300, "hi"))));
    Row counter = Row.written(null, add(0xA1, 1, "0")).incremented(0xA1, 2, BigDecimal.valueOf(5));
    assertEquals(GOLDEN_COUNTER, digest(counter));
  }

  private static final long GOLDEN_EMPTY = -2267573228720245631L;
  private static final long GOLDEN_TEXT = -3969498544401067220L;
  private static final long GOLDEN_ROW = 1339493005673137851L;
  private static final long GOLDEN_COUNTER = -3589188514799171063L;

  /** Some replica may still have a context that another has let go of, or a tombstone, whatever the row is. */
  @Test
  void theFormOfARowIsNotInItsDigest() {
    Random chance = new Random(9);
    for (int i = 0; i < 2_000; i++) {
      byte[] payload = new byte[chance.nextInt(200)];
      chance.nextBytes(payload);
      long seq = chance.nextLong() >>> 1 + chance.nextInt(62) | 1;
      long deadline = chance.nextBoolean() ? 0 : chance.nextLong() >>> 1 + chance.nextInt(62) | 1;
      Sibling s = new Sibling(1 + chance.nextInt(1000), seq, chance.nextLong(), false, deadline, payload);
      Row plain = Row.written(null, s);
      Row seen = new Row(new Sibling[] {s}, plain.context().with(2_000, 3), Row.NO_SHARDS, Row.NO_SHARDS);
      assertEquals(digest(plain), digest(seen), s.toString());
      Row beside = RowMerge.merge(plain, Row.written(null, tombstone(3_000, 1 + chance.nextInt(1000))));
      assertEquals(digest(plain), digest(beside), s.toString());
      Row counts = plain.incremented(7_000, 9, BigDecimal.valueOf(chance.nextInt()));
      assertEquals(digest(counts), digest(RowMerge.merge(counts, Row.written(null, tombstone(3_000, 7)))), s.toString());
      assertNotEquals(digest(plain), digest(counts));
    }
  }

  @Test
  void whatLivesCountsAndNothingElse() {
    Row plain = Row.written(null, add(1, 5, "value"));
    Row withContext = new Row(plain.siblingArray(), VersionVector.of(1, 5).with(2, 9), Row.NO_SHARDS, Row.NO_SHARDS);
    assertEquals(digest(plain), digest(withContext), "the context is not in it, nor the form of the row");
    Row withTombstone = RowMerge.merge(plain, Row.written(null, tombstone(3, 1)));
    assertEquals(2, withTombstone.siblings().size());
    assertEquals(digest(plain), digest(withTombstone), "a concurrent tombstone is not in it");
    assertEquals(0, digest(Row.written(plain, tombstone(1, 6))));
    assertEquals(0, RowDigest.of(7, RowCodec.encode(Row.written(withContext, tombstone(1, 7)))));

    assertNotEquals(digest(plain), digest(Row.written(null, add(1, 5, "valuf"))));
    assertNotEquals(digest(plain), digest(Row.written(null, add(1, 6, "value"))));
    assertNotEquals(digest(plain), digest(Row.written(null, new Sibling(1, 5, 1005, false, 99, bytes("value")))));
    assertNotEquals(digest(plain), digest(Row.written(null, new Sibling(1, 5, 1006, false, 0, bytes("value")))));
    assertNotEquals(digest(plain), RowDigest.of(8, RowCodec.encode(plain)));
    Row both = RowMerge.merge(plain, Row.written(null, add(2, 1, "other")));
    assertNotEquals(digest(plain), digest(both));
    assertEquals(digest(both), digest(RowMerge.merge(Row.written(null, add(2, 1, "other")), plain)));
  }

  @Test
  void aShardCountsWithTheFloorOfItsLineage() {
    Row base = Row.written(null, add(1, 1, "0"));
    Row five = base.incremented(1, 2, BigDecimal.valueOf(5));
    assertNotEquals(digest(base), digest(five));
    assertNotEquals(digest(five), digest(base.incremented(1, 2, BigDecimal.valueOf(6))));
    assertNotEquals(digest(five), digest(base.incremented(2, 2, BigDecimal.valueOf(5))));
    Shard shard = new Shard(1, 9, 2, BigDecimal.valueOf(8));
    Shard floor = new Shard(1, 5, 2, BigDecimal.valueOf(3));
    Row above = new Row(five.siblingArray(), five.context().with(1, 9), new Shard[] {shard}, new Shard[] {floor});
    assertNotEquals(digest(above), digest(new Row(five.siblingArray(), five.context(), new Shard[] {shard}, Row.NO_SHARDS)));
    assertNotEquals(digest(above), digest(new Row(five.siblingArray(), five.context(), new Shard[] {shard},
        new Shard[] {new Shard(1, 5, 2, BigDecimal.valueOf(4))})));
    Shard foreign = new Shard(1, 5, 4, BigDecimal.valueOf(3));
    Row otherLineage = new Row(five.siblingArray(), five.context().with(1, 9), new Shard[] {shard}, new Shard[] {foreign});
    Row bare = new Row(five.siblingArray(), five.context().with(1, 9), new Shard[] {shard}, Row.NO_SHARDS);
    assertEquals(digest(bare), digest(otherLineage));

    Row floorOnly = new Row(Row.written(null, tombstone(1, 3)).siblingArray(), VersionVector.of(1, 3), Row.NO_SHARDS,
        new Shard[] {floor});
    assertEquals(0, digest(floorOnly), "a floor alone is not in it");
  }

  @Test
  void aDeadlineCountsTheSameWhateverTheRowsForm() {
    Sibling expiring = new Sibling(5, 9, 1009, false, 1_800_000_000_000L, bytes("value"));
    Row alone = Row.written(null, expiring);
    Row overAnother = Row.written(Row.written(null, add(4, 3, "before")), expiring);
    assertNotEquals(RowCodec.encode(alone).length, RowCodec.encode(overAnother).length, "the forms are to differ");
    assertEquals(digest(alone), digest(overAnother));
    Sibling later = new Sibling(5, 9, 1009, false, 1_800_000_000_001L, bytes("value"));
    assertNotEquals(digest(alone), digest(Row.written(null, later)));
  }
}
