package dev.henge.storage.type;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.storage.type.ListPosition.Maker;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The order of positions is the order of the list, and whoever inserts steadily does not make them long. */
class ListPositionTest {

  /** Two steps, and what the numbers of a long run take. */
  private static final int TWO_STEPS_BYTES = 48;

  private static final int THREE_STEPS_BYTES = 72;

  private final List<byte[]> list = new ArrayList<>();
  private long stamp = 1L << 57;
  private long seq;

  private Maker maker(long actor) {
    return new Maker(++stamp, actor, ++seq, 0);
  }

  private byte[] at(int index) {
    return index < 0 || index >= list.size() ? null : list.get(index);
  }

  /** Inserts so that the new one stands at this index. */
  private void insert(int index, Maker maker) {
    list.add(index, ListPosition.between(at(index - 1), at(index), maker));
  }

  private void assertOrdered(String where) {
    for (int i = 1; i < list.size(); i++) {
      assertTrue(Arrays.compareUnsigned(list.get(i - 1), list.get(i)) < 0, where + " index " + i);
    }
  }

  private void assertNoLongerThan(int bytes) {
    list.forEach(p -> assertTrue(p.length <= bytes, () -> p.length + " bytes"));
  }

  @Test
  void pushesLieFartherAndFartherOut() {
    Random random = new Random(1);
    for (int i = 0; i < 3000; i++) {
      Maker first = maker(random.nextInt(3));
      boolean right = random.nextBoolean();
      for (int n = 0; n < 1 + random.nextInt(400) / (1 + i % 7); n++) {
        Maker maker = new Maker(first.stamp() - random.nextInt(2) * random.nextInt(1000), first.actor(), first.seq(), n);
        if (right) {
          list.add(ListPosition.atRight(ListPosition.ROOT, at(list.size() - 1), maker));
        } else {
          list.add(0, ListPosition.atLeft(at(0), maker));
        }
      }
      if (list.size() > 1500) {
        assertOrdered("push " + i);
        list.clear();
      }
    }
  }

  /** Numbers of any length keep their order, to the left and to the right. */
  @Test
  void numbersKeepTheirOrder() {
    long[] seqs = {0, 1, 239, 240, 241, 255, 256, 65_535, 65_536, 1L << 40, Long.MAX_VALUE};
    for (long s : seqs) {
      for (int index : new int[] {0, 1, 239, 240, 255, 256, 1 << 20, Integer.MAX_VALUE}) {
        list.add(ListPosition.atRight(ListPosition.ROOT, null, new Maker(5, 6, s, index)));
      }
    }
    assertOrdered("right");
    list.clear();
    for (long s : seqs) {
      for (int index : new int[] {0, 1, 239, 240, 255, 256, 1 << 20, Integer.MAX_VALUE}) {
        list.add(0, ListPosition.atLeft(null, new Maker(5, 6, s, index)));
      }
    }
    assertOrdered("left");
  }

  /** Written down in docs/formats/keys.md. */
  @Test
  void bytesAreAsDocumented() {
    Maker maker = new Maker(0x01a3185c50000007L, 0x0a0b0c0d0e0fL, 9, 0);
    byte[] right = ListPosition.atRight(ListPosition.ROOT, null, maker);
    byte[] left = ListPosition.atLeft(null, maker);
    byte[] under = ListPosition.between(right, ListPosition.atRight(ListPosition.ROOT, right, new Maker(
        0x01a3185c50000007L, 0x0a0b0c0d0e0fL, 9, 1)), new Maker(0x01a3185c50000010L, 0x1a1b1c1d1e1fL, 300, 0));
    assertHex("c1a3185c50000007 0a0b0c0d0e0f 09 00 80", right);
    assertHex("3e5ce7a3affffff8 0a0b0c0d0e0f f6 ff 80", left);
    assertHex("c1a3185c50000007 0a0b0c0d0e0f 09 00 c1a3185c50000010 1a1b1c1d1e1f f1012c 00 80", under);
  }

  private static void assertHex(String expected, byte[] position) {
    assertEquals(expected.replace(" ", ""), HexFormat.of().formatHex(position));
  }

  @Test
  void insertsAnywhereKeepTheOrder() {
    for (long seed = 0; seed < 40; seed++) {
      Random random = new Random(seed);
      list.clear();
      int spread = 1 + random.nextInt(30);
      for (int i = 0; i < 400; i++) {
        int index = random.nextBoolean() ? random.nextInt(list.size() + 1)
            : Math.max(0, list.size() / 2 - random.nextInt(spread));
        if (list.isEmpty() || random.nextInt(9) == 0) {
          list.add(ListPosition.atRight(ListPosition.ROOT, at(list.size() - 1), maker(random.nextInt(3))));
        } else {
          insert(index, maker(random.nextInt(3)));
        }
        assertOrdered("seed " + seed + " insert " + i);
      }
    }
  }

  private void start() {
    list.clear();
    for (int i = 0; i < 3; i++) {
      list.add(ListPosition.atRight(ListPosition.ROOT, at(list.size() - 1), maker(2)));
    }
  }

  @Test
  void steadyInsertsStayShort() {
    for (long actor : new long[] {2, 9}) {
      start();
      for (int i = 0; i < 2000; i++) {
        insert(1 + i, maker(actor)); // each behind the last one, before the same pivot
      }
      assertOrdered("behind");
      assertNoLongerThan(TWO_STEPS_BYTES);
      start();
      for (int i = 0; i < 2000; i++) {
        insert(2, maker(actor)); // each before the last one, behind the same pivot
      }
      assertOrdered("before");
      assertNoLongerThan(THREE_STEPS_BYTES);
      start();
      for (int i = 0; i < 2000; i++) {
        insert(0, maker(actor));
      }
      assertOrdered("before the first");
      assertNoLongerThan(TWO_STEPS_BYTES);
    }
  }

  /** What hangs on a node begins with its path, what does not does not. */
  @Test
  void knowsWhatHangsOnWhat() {
    start();
    byte[] node = at(1);
    insert(2, maker(7));
    insert(1, maker(7));
    assertTrue(ListPosition.isUnder(node, at(3)) || ListPosition.isUnder(node, at(1)));
    assertTrue(!ListPosition.isUnder(node, at(0)));
    assertArrayEquals(Arrays.copyOf(node, node.length - 1), ListPosition.firstStep(node));
  }
}
