package dev.henge.ring.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.henge.ring.replica.Outcome;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class UnderWayTest {

  private static Call call(long id) {
    Call call = new Call(new byte[0], true, 0) {
      @Override
      protected void ended(Outcome outcome, byte[] reply, BitSet missed) {
        throw new AssertionError("nobody ends it");
      }
    };
    call.id = id;
    return call;
  }

  /** Ids with gaps, answers in any order, a call that stays long behind the others: as in a sorted map. */
  @Property(tries = 300)
  void holdsWhatASortedMapWould(@ForAll long seed) {
    Random chance = new Random(seed);
    UnderWay calls = new UnderWay();
    TreeMap<Long, Call> model = new TreeMap<>();
    long id = chance.nextLong() >>> 2;
    int most = 1 + chance.nextInt(2_000);
    for (int i = 0; i < 5_000; i++) {
      if (model.isEmpty() || model.size() < most && chance.nextInt(3) > 0) {
        id += 1 + chance.nextInt(2) * chance.nextInt(3);
        Call call = call(id);
        calls.add(call);
        model.put(id, call);
      } else {
        long near = model.firstKey() + chance.nextInt(8);
        long taken = chance.nextInt(10) == 0 ? model.lastKey() - chance.nextInt(3) : near;
        assertSame(model.remove(taken), calls.remove(taken), () -> "call " + taken + ", seed " + seed);
      }
      assertEquals(model.isEmpty(), calls.isEmpty());
    }
    assertEquals(new ArrayList<>(model.values()), calls.all(), () -> "seed " + seed);
  }
}
