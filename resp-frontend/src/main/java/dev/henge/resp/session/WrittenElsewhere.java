package dev.henge.resp.session;

import dev.henge.storage.version.VersionVector;
import java.util.Arrays;
import java.util.function.BiConsumer;

/**
 * The newest dot, by vnode, of what a connection wrote through other nodes: a number each, since every forwarded write
 * comes by here and a clock of its own for each vnode of each connection would be a wait for memory each time.
 *
 * <p>A number has the seq, and above it the place of its actor in a short list of actors. Where the actor changes, or the
 * list is full, the dot that was there is given back to be remembered in another way.
 */
final class WrittenElsewhere {

  /** So many actors have a place: with one executor a node and start, more are rare. */
  static final int ACTORS_MAX = 127;

  private static final int SEQ_BITS = 56;
  private static final long SEQ = (1L << SEQ_BITS) - 1;
  private static final int CHUNK = 64;

  /** Its place counts from 1: 0 is no dot. */
  private long[] actors = {};

  private long[][] dots = {};

  /** Puts a dot; returns the one that has lost its place to it, or that has none itself: empty as a rule. */
  VersionVector put(int vnode, long actor, long seq) {
    int place = place(actor);
    if (place > ACTORS_MAX || seq > SEQ) {
      return VersionVector.of(actor, seq);
    }
    long[] chunk = chunk(vnode);
    long before = chunk[vnode % CHUNK];
    if (before >>> SEQ_BITS == place) {
      chunk[vnode % CHUNK] = Math.max(before, (long) place << SEQ_BITS | seq);
      return VersionVector.EMPTY;
    }
    chunk[vnode % CHUNK] = (long) place << SEQ_BITS | seq;
    return dot(before);
  }

  private int place(long actor) {
    for (int i = 0; i < actors.length; i++) {
      if (actors[i] == actor) {
        return i + 1;
      }
    }
    if (actors.length < ACTORS_MAX) {
      actors = Arrays.copyOf(actors, actors.length + 1);
      actors[actors.length - 1] = actor;
      return actors.length;
    }
    return ACTORS_MAX + 1;
  }

  private long[] chunk(int vnode) {
    int at = vnode / CHUNK;
    if (at >= dots.length) {
      dots = Arrays.copyOf(dots, at + 1);
    }
    if (dots[at] == null) {
      dots[at] = new long[CHUNK];
    }
    return dots[at];
  }

  private VersionVector dot(long packed) {
    return packed == 0 ? VersionVector.EMPTY : VersionVector.of(actors[(int) (packed >>> SEQ_BITS) - 1], packed & SEQ);
  }

  /** Tells all dots by their vnodes. */
  void forEach(BiConsumer<Integer, VersionVector> to) {
    for (int chunk = 0; chunk < dots.length; chunk++) {
      for (int i = 0; dots[chunk] != null && i < CHUNK; i++) {
        if (dots[chunk][i] != 0) {
          to.accept(chunk * CHUNK + i, dot(dots[chunk][i]));
        }
      }
    }
  }

  void clear() {
    actors = new long[0];
    dots = new long[0][];
  }
}
