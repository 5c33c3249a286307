package dev.henge.storage.type;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The bytes of scores, which are a disk format, and their order. */
class ScoreTest {

  private static final double[] RISING = {
    Double.NEGATIVE_INFINITY, -Double.MAX_VALUE, -1e10, -1, -0.5, -Double.MIN_VALUE, 0, Double.MIN_VALUE, 0.1, 1,
    1.5, 2, 1e300, Double.POSITIVE_INFINITY
  };

  @Test
  void bytesAreTheDocumentedOnes() {
    HexFormat hex = HexFormat.of();
    byte[] ann = SortedSetBench.bytes("ann");
    assertEquals("3520fcf6616e6e", hex.formatHex(MemberHash.subKey(ann)));
    assertEquals("3ff8000000000000", hex.formatHex(Score.payload(1.5)));
    assertEquals("bff8000000000000616e6e", hex.formatHex(Score.key(1.5, ann, 0, 3)));
    assertEquals("4007ffffffffffff616e6e", hex.formatHex(Score.key(-1.5, ann, 0, 3)));
    assertArrayEquals(Score.payload(0.0), Score.payload(-0.0));
    assertArrayEquals(Score.first(0.0), Score.first(-0.0));
  }

  @Test
  void orderedBytesSortAsScoresDo() {
    for (int i = 1; i < RISING.length; i++) {
      assertTrue(Arrays.compareUnsigned(Score.first(RISING[i - 1]), Score.first(RISING[i])) < 0, "at " + RISING[i]);
      assertTrue(Arrays.compareUnsigned(Score.firstAbove(RISING[i - 1]), Score.first(RISING[i])) <= 0);
      assertEquals(RISING[i], Score.ofKey(Score.first(RISING[i])));
    }
    Random random = new Random(3);
    for (int i = 0; i < 100_000; i++) {
      double a = Double.longBitsToDouble(random.nextLong());
      double b = Double.longBitsToDouble(random.nextLong());
      if (!Double.isNaN(a) && !Double.isNaN(b)) {
        int order = Arrays.compareUnsigned(Score.first(a), Score.first(b));
        assertEquals(Double.compare(a, b), Integer.signum(order), a + " and " + b);
      }
    }
  }
}
