package dev.henge.resp.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.storage.version.VersionVector;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class WrittenElsewhereTest {

  private static Map<Integer, VersionVector> all(WrittenElsewhere written) {
    Map<Integer, VersionVector> all = new HashMap<>();
    written.forEach(all::put);
    return all;
  }

  /** What it keeps and what it gives back cover together all that was put, and nothing else. */
  @Property(tries = 300)
  void nothingIsLost(@ForAll long seed) {
    Random chance = new Random(seed);
    WrittenElsewhere written = new WrittenElsewhere();
    int actors = 1 + chance.nextInt(2 * WrittenElsewhere.ACTORS_MAX);
    Map<Integer, VersionVector> expected = new HashMap<>();
    Map<Integer, VersionVector> givenBack = new HashMap<>();
    for (int i = 0; i < 2_000; i++) {
      int vnode = chance.nextInt(5) * 257;
      long actor = 1L << 47 | 1 + chance.nextInt(actors);
      long seq = 1 + chance.nextInt(1_000) + (chance.nextInt(20) == 0 ? 1L << 56 : 0);
      expected.merge(vnode, VersionVector.of(actor, seq), VersionVector::join);
      VersionVector back = written.put(vnode, actor, seq);
      if (!back.isEmpty()) {
        givenBack.merge(vnode, back, VersionVector::join);
      }
    }
    all(written).forEach((vnode, dot) -> givenBack.merge(vnode, dot, VersionVector::join));
    assertEquals(expected, givenBack, () -> "seed " + seed);
  }

  /** One executor, rising sequences: the usual. */
  @Test
  void rowsOfOneExecutorStayHere() {
    WrittenElsewhere written = new WrittenElsewhere();
    for (int seq = 1; seq < 100; seq++) {
      assertTrue(written.put(1023, 42, seq).isEmpty());
    }
    assertTrue(written.put(1023, 42, 7).isEmpty(), "an answer that was overtaken");
    assertEquals(Map.of(1023, VersionVector.of(42, 99)), all(written));
    assertEquals(VersionVector.of(42, 99), written.put(1023, 43, 1));
    written.clear();
    assertEquals(Map.of(), all(written));
  }
}
