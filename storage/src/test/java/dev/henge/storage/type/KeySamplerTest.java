package dev.henge.storage.type;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.storage.lsm.MemoryByteStore;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Samples of keys are fair, whatever the keys are and wherever they lie; deadlines come in their order. */
class KeySamplerTest {

  private static final long SEED = 20261121;
  private static final long NOW_MILLIS = 1_800_000_000_000L;
  private static final int SLOTS_PER_VNODE = 16;

  private final Random chance = new Random(SEED);
  private long stamp;
  private long seq = 1;
  private int slots = SLOTS_PER_VNODE;

  /** The slot is by the key's last character, so that {@link #slots} says how many are inhabited. */
  private final Keyspace rows = new Keyspace(new MemoryByteStore(), (db, b, off, len) -> {
    String name = new String(b, off, len, StandardCharsets.ISO_8859_1);
    int hash = MemberHash.of(name.getBytes(StandardCharsets.ISO_8859_1));
    return KeyRef.of(db, Math.floorMod(name.hashCode(), slots), hash, b, off, len);
  }, SLOTS_PER_VNODE, 2, 2, () -> NOW_MILLIS);

  private Head open(int db, String key) {
    byte[] bytes = key.getBytes(StandardCharsets.ISO_8859_1);
    return rows.open(rows.locate(db, bytes, 0, bytes.length));
  }

  private void run(Runnable command) {
    rows.begin(1, seq, () -> ++stamp);
    command.run();
    seq += rows.finish() ? 1 : 0;
  }

  private void set(String key, long deadlineMillis) {
    run(() -> new StringValue(rows, open(key.length() % 2, key)).set(new byte[10], deadlineMillis));
  }

  private static String name(KeyRef key) {
    return new String(key.key(), StandardCharsets.ISO_8859_1);
  }

  @ParameterizedTest
  @ValueSource(ints = {16, 3, 1})
  void everyKeyComesAboutEquallyOften(int inhabited) {
    slots = inhabited;
    int keys = 200;
    for (int i = 0; i < keys; i++) {
      set("key" + i, 0);
    }
    for (int i = 0; i < 100; i++) {
      set("dead" + i, 0);
      int dead = i;
      run(() -> rows.delete(open(("dead" + dead).length() % 2, "dead" + dead)));
    }
    run(() -> {
      HashValue large = new HashValue(rows, open(0, "large"));
      for (int i = 0; i < 100; i++) {
        large.set(("f" + i).getBytes(StandardCharsets.ISO_8859_1), new byte[10]);
      }
    });
    Map<String, Integer> seen = new HashMap<>();
    KeySampler sampler = new KeySampler(rows, SLOTS_PER_VNODE, new SplittableRandom(SEED));
    int draws = 4_000;
    long total = 0;
    for (int n = 0; n < draws; n++) {
      for (KeyRef key : sampler.some(0, 10, false)) {
        seen.merge(name(key), 1, Integer::sum);
        total++;
      }
    }
    assertTrue(total > draws * 9L, "found " + total);
    double mean = (double) total / (keys + 1);
    assertEquals(keys + 1, seen.size(), "every live key and no dead one is met");
    seen.forEach((key, times) -> assertTrue(times > mean / 4 && times < mean * 4, key + ": " + times + " of " + mean));
    assertTrue(sampler.some(1, 10, false).isEmpty(), "a vnode without keys");
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 50, 2_000})
  void onlyKeysWithADeadlineAreFoundWhereThoseAreWanted(int oneIn) {
    int keys = 4_000;
    int volatiles = 0;
    for (int i = 0; i < keys; i++) {
      boolean some = i % oneIn == 0;
      volatiles += some ? 1 : 0;
      set("key" + i, some ? NOW_MILLIS + 1_000 + chance.nextInt(1_000_000) : 0);
    }
    Map<String, Integer> seen = new HashMap<>();
    KeySampler sampler = new KeySampler(rows, SLOTS_PER_VNODE, new SplittableRandom(SEED));
    for (int n = 0; n < 8_000; n++) {
      sampler.some(0, 4, true).forEach(key -> seen.merge(name(key), 1, Integer::sum));
    }
    int all = volatiles;
    seen.keySet().forEach(key -> assertEquals(0, Integer.parseInt(key.substring(3)) % oneIn, key));
    assertTrue(seen.size() > all * 0.99, seen.size() + " of " + all);
  }

  @Test
  void theSoonestDeadlineIsFoundWhateverChanges() {
    BitSet both = new BitSet();
    both.set(0, 2);
    assertNull(rows.deadlines().soonest(both));
    Map<String, Long> deadlines = new HashMap<>();
    slots = 2 * SLOTS_PER_VNODE;
    for (int n = 0; n < 3_000; n++) {
      String key = "key" + chance.nextInt(60);
      long deadline = chance.nextInt(4) == 0 ? 0 : NOW_MILLIS + 1 + chance.nextInt(10_000);
      if (chance.nextInt(3) == 0) {
        run(() -> rows.delete(open(key.length() % 2, key)));
        deadline = 0;
      } else {
        set(key, deadline);
      }
      deadlines.put(key, deadline);
      long expected = deadlines.values().stream().filter(d -> d != 0).min(Comparator.naturalOrder()).orElse(0L);
      DeadlineIndex.Entry soonest = rows.deadlines().soonest(both);
      assertEquals(expected, soonest == null ? 0 : soonest.deadlineMillis(), "seed " + SEED + ", step " + n);
      if (soonest != null) {
        assertEquals(expected, deadlines.get(name(soonest.key())));
      }
    }
  }

  @Test
  void usesAreRemembered() {
    long start = 5_000_000_000L;
    AccessSketch sketch = new AccessSketch(1 << 20, start);
    rows.accesses(sketch);
    List<KeyRef> keys = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      set("key" + i, 0);
      byte[] bytes = ("key" + i).getBytes(StandardCharsets.ISO_8859_1);
      keys.add(rows.locate(bytes.length % 2, bytes, 0, bytes.length));
    }
    sketch.advance(start + 100_000_000_000L);
    assertEquals(100, sketch.idleSeconds(keys.get(7)), 1);
    run(() -> rows.peek(keys.get(7)));
    assertEquals(100, sketch.idleSeconds(keys.get(7)), 1);
    run(() -> rows.open(keys.get(7)));
    assertEquals(0, sketch.idleSeconds(keys.get(7)));
    long untouched = keys.stream().filter(key -> sketch.idleSeconds(key) > 90).count();
    assertTrue(untouched >= 98, "keys of one cell among a hundred: " + untouched);
  }
}
