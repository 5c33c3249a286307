package dev.henge.storage.type;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.lsm.FoundBytes;
import dev.henge.storage.lsm.MemoryByteStore;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Puts left for later against puts at once: whatever is asked in between, the answers are the same. */
class LatePutsTest {

  private final MemoryByteStore once = new MemoryByteStore();
  private final MemoryByteStore below = new MemoryByteStore();
  private final LatePuts later = new LatePuts(below);
  private int lagged;

  @Test
  void nobodySeesThatPutsCameLater() {
    for (long seed = 0; seed < 50; seed++) {
      Random random = new Random(seed);
      for (int step = 0; step < 400; step++) {
        step(random, "seed " + seed + " step " + step);
      }
      later.flush();
      assertEquals(walk(once.scan(null, null, false)), walk(below.scan(null, null, false)), "seed " + seed);
    }
    assertTrue(lagged > 100, "left for later " + lagged + " times");
  }

  private void step(Random random, String where) {
    byte[] key = key(random);
    byte[] value = new byte[random.nextInt(20) == 0 ? LatePuts.BYTES_MAX + random.nextInt(2) : random.nextInt(30)];
    random.nextBytes(value);
    switch (random.nextInt(40)) {
      case 0 -> assertArrayEquals(once.get(key), later.get(key), where);
      case 1 -> {
        FoundBytes found = new FoundBytes();
        later.find(key, key.length, found);
        assertArrayEquals(once.get(key), found.any() ? found.copy() : null, where);
        once.put(key, value);
        later.put(key, key.length, found, value, 0, value.length);
      }
      case 2 -> {
        once.delete(key);
        later.delete(key);
      }
      case 3 -> {
        once.put(key, value);
        later.put(key, value);
      }
      case 4 -> assertEquals(walk(once.scan(null, null, true)), walk(later.scan(null, null, true)), where);
      default -> {
        once.put(key, value);
        byte[] reused = Arrays.copyOf(value, value.length + 3);
        later.later(key, reused, 0, value.length);
        Arrays.fill(reused, (byte) 7);
        lagged += Arrays.equals(below.get(key), value) ? 0 : 1;
      }
    }
  }

  private static byte[] key(Random random) {
    byte[] key = new byte[random.nextInt(50) == 0 ? LatePuts.BYTES_MAX + 1 : 2];
    key[0] = (byte) random.nextInt(4);
    key[1] = (byte) random.nextInt(20);
    return key;
  }

  private static String walk(ByteCursor cursor) {
    StringBuilder all = new StringBuilder();
    try (cursor) {
      while (cursor.next()) {
        all.append(Arrays.toString(cursor.key())).append(Arrays.hashCode(cursor.value())).append(' ');
      }
    }
    return all.toString();
  }
}
