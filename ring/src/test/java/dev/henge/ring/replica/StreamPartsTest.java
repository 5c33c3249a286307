package dev.henge.ring.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.henge.storage.version.VersionVector;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** The small structures under a stream of bundles, against their plain counterparts. */
class StreamPartsTest {

  private record Sent(long number, int holder, Hold hold) {}

  @Property(tries = 300)
  void inFlightIsAQueue(@ForAll long seed) {
    Random chance = new Random(seed);
    InFlight inFlight = new InFlight();
    ArrayDeque<Sent> model = new ArrayDeque<>();
    int most = 1 + chance.nextInt(1_000);
    for (int i = 1; i < 4_000; i++) {
      if (model.isEmpty() || model.size() < most && chance.nextInt(5) > 1) {
        Sent sent = new Sent(i, chance.nextInt(32), new Hold(null, i, null, 0, 2, 0));
        inFlight.add(sent.number(), sent.holder(), sent.hold());
        model.add(sent);
      } else {
        Sent sent = model.poll();
        assertEquals(sent.number(), inFlight.number(), () -> "seed " + seed);
        assertEquals(sent.holder(), inFlight.holder(), () -> "seed " + seed);
        assertSame(sent.hold(), inFlight.remove(), () -> "seed " + seed);
      }
      if (chance.nextInt(2_000) == 0) {
        inFlight.clear();
        model.clear();
      }
      assertEquals(model.isEmpty(), inFlight.isEmpty());
    }
  }

  private static VersionVector vector(Random chance, int most) {
    VersionVector v = VersionVector.EMPTY;
    for (int n = chance.nextInt(4); n > 0; n--) {
      v = v.with(1 + chance.nextInt(4), 1 + chance.nextInt(most));
    }
    return v;
  }

  /** Bundles of each actor with rising sequences, deps that are told now and then, a horizon that rises. */
  @Property(tries = 500)
  void depsCoverAHorizonAsTheWholeClockWould(@ForAll long seed) {
    Random chance = new Random(seed);
    ActorDeps deps = new ActorDeps();
    Map<Long, VersionVector> model = new HashMap<>();
    long[] seqs = new long[5];
    VersionVector horizon = vector(chance, 10);
    for (int i = 0; i < 200; i++) {
      long actor = 1 + chance.nextInt(4);
      long seq = ++seqs[(int) actor];
      if (chance.nextInt(4) == 0) {
        VersionVector told = vector(chance, 40).without(actor);
        deps.set(actor, told);
        model.put(actor, told);
      }
      if (chance.nextInt(10) == 0) {
        horizon = horizon.join(vector(chance, 40));
      }
      VersionVector known = model.get(actor);
      boolean covers = known != null && known.with(actor, seq - 1).covers(horizon);
      assertEquals(covers, deps.cover(actor, seq, horizon), () -> "seed " + seed);
    }
  }
}
