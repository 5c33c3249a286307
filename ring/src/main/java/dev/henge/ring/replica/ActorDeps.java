package dev.henge.ring.replica;

import dev.henge.storage.version.VersionVector;
import java.util.Arrays;

/**
 * What each actor's newest bundle in one vnode had seen of others, and which horizon that was found to cover.
 *
 * <p>Asked for each bundle that is applied, of more vnodes than a cache holds; so nothing but small arrays, and what
 * was found stays found: as long as deps and horizon are the same, a later bundle of the actor covers what an earlier
 * one did.
 */
final class ActorDeps {

  private long[] actors = {};
  private VersionVector[] deps = {};
  private VersionVector[] covered = {};

  private int place(long actor) {
    for (int i = 0; i < actors.length; i++) {
      if (actors[i] == actor) {
        return i;
      }
    }
    return -1;
  }

  /** What the actor's bundles have seen from now on. */
  void set(long actor, VersionVector seen) {
    int i = place(actor);
    if (i < 0) {
      i = actors.length;
      actors = Arrays.copyOf(actors, i + 1);
      deps = Arrays.copyOf(deps, i + 1);
      covered = Arrays.copyOf(covered, i + 1);
      actors[i] = actor;
    }
    deps[i] = seen;
    covered[i] = null;
  }

  /** Whether the actor, when it wrote its bundle of that sequence, had seen all of the horizon. */
  boolean cover(long actor, long seq, VersionVector horizon) {
    int i = place(actor);
    if (i < 0) {
      return false;
    }
    if (covered[i] != horizon) {
      if (!covers(deps[i], actor, seq - 1, horizon)) {
        return false;
      }
      covered[i] = horizon;
    }
    return true;
  }

  private static boolean covers(VersionVector deps, long actor, long own, VersionVector horizon) {
    for (int i = 0; i < horizon.size(); i++) {
      long seen = deps.get(horizon.actor(i));
      if ((horizon.actor(i) == actor ? Math.max(seen, own) : seen) < horizon.seq(i)) {
        return false;
      }
    }
    return true;
  }
}
