package dev.henge.resp.session;

import dev.henge.ring.coordinator.Consistency;
import dev.henge.ring.replica.ReadLevel;
import dev.henge.ring.replica.Terms;
import dev.henge.storage.version.VersionVector;
import java.util.BitSet;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;

/**
 * What a connection has chosen, and what it has seen: on what terms its commands are executed.
 *
 * <p>Of what it wrote it must be able to tell clocks that cover it: what WAIT counts, and what a token carries. Of a
 * write that this node executed it remembers the vnode, one bit, and when somebody asks tells the clock that the vnode
 * has here by then: clocks only grow, so that covers the write, and at most what others wrote after it besides. Of a
 * write elsewhere it remembers the clock that came with the answer, since this node may lack it: one dot as a rule, which
 * {@link WrittenElsewhere} keeps small. Once HENGE.SESSION
 * was used it also remembers what its reads have seen, and every command carries what is known of its vnode as the
 * floor below which it must not be executed. Used by the connection's loop alone.
 */
final class ClientSession {

  private static final int CHUNK = 64;

  /** What the connection has chosen. A user's choice, once there are users, stands between it and the server's. */
  private Consistency chosen = Consistency.OPEN;

  private boolean followed;

  /** Where a vnode's commands are executed, host:port, or null; asked by connections that want to go there themselves. */
  private IntFunction<String> whereabouts;

  /** The vnodes that it wrote to while this node executed its commands on no terms of their own. */
  private final BitSet writtenHere = new BitSet();

  /** The newest dots of what other nodes executed; {@code written} has what else their clocks said. */
  private final WrittenElsewhere elsewhere = new WrittenElsewhere();

  private VersionVector[][] written = {};
  private VersionVector[][] seen = {};

  // ---------------------------------------------------------------- what was chosen

  Consistency chosen() {
    return chosen;
  }

  void choose(Consistency consistency) {
    chosen = consistency;
  }

  /** From now on the connection is told where to go with a command, or, with null, its commands are forwarded. */
  void redirect(IntFunction<String> to) {
    whereabouts = to;
  }

  boolean redirected() {
    return whereabouts != null;
  }

  /** Where another node executes the vnode's commands, for a connection that wants to know; else null. */
  String elsewhere(int vnode) {
    return whereabouts == null ? null : whereabouts.apply(vnode);
  }

  /** Whether commands need nothing but their turn at the acting primary. */
  boolean plain(Consistency server) {
    return !followed && chosen.writeOwners() == Terms.AS_CONFIGURED
        && (chosen.reads() == null ? server.reads() : chosen.reads()) == ReadLevel.PRIMARY;
  }

  /** Whether a read may come to its rows later than a command behind it. */
  boolean readsLinger(Consistency server) {
    return chosen.over(server).reads() != ReadLevel.PRIMARY;
  }

  /** The terms of a command on a vnode. Commands that write read what they need at the acting primary. */
  Terms terms(int vnode, boolean write, Consistency server) {
    if (plain(server)) {
      return Terms.PLAIN;
    }
    Consistency inForce = chosen.over(server);
    return new Terms(write ? inForce.writeOwners() : Terms.AS_CONFIGURED, write ? ReadLevel.PRIMARY : inForce.reads(),
        followed ? at(seen, vnode) : VersionVector.EMPTY, followed);
  }

  // ---------------------------------------------------------------- what was seen

  /** Whether HENGE.SESSION was used. */
  boolean followed() {
    return followed;
  }

  /**
   * From now on what is read is remembered too; what was written so far counts as seen.
   *
   * @param clocks the clock of each vnode on this node
   */
  void follow(IntFunction<VersionVector> clocks) {
    if (!followed) {
      followed = true;
      written(clocks).forEach(this::saw);
    }
  }

  /** Forgets all that was chosen, written and seen. */
  void forget() {
    chosen = Consistency.OPEN;
    whereabouts = null;
    followed = false;
    writtenHere.clear();
    elsewhere.clear();
    written = new VersionVector[0][];
    seen = new VersionVector[0][];
  }

  /** A write to this vnode was executed by this node, before anybody asked what was seen. */
  void wroteHere(int vnode) {
    writtenHere.set(vnode);
  }

  /** A write was executed under this clock. */
  void wrote(int vnode, VersionVector clock) {
    if (clock.size() == 1) {
      wroteElsewhere(vnode, clock);
    } else {
      written = join(written, vnode, clock);
    }
    if (followed) {
      saw(vnode, clock);
    }
  }

  private void wroteElsewhere(int vnode, VersionVector dot) {
    VersionVector before = elsewhere.put(vnode, dot.actor(0), dot.seq(0));
    if (!before.isEmpty()) {
      written = join(written, vnode, before);
    }
  }

  /** A reply showed what was there under this clock. */
  void saw(int vnode, VersionVector clock) {
    seen = join(seen, vnode, clock);
  }

  /** What a command elsewhere ended with. */
  void answered(int vnode, boolean write, VersionVector clock) {
    if (clock.isEmpty()) {
      return;
    }
    if (write) {
      wrote(vnode, clock);
    } else if (followed) {
      saw(vnode, clock);
    }
  }

  /**
   * By vnode, clocks that cover all writes so far.
   *
   * @param clocks the clock of each vnode on this node
   */
  Map<Integer, VersionVector> written(IntFunction<VersionVector> clocks) {
    Map<Integer, VersionVector> all = map(written);
    elsewhere.forEach((vnode, dot) -> all.merge(vnode, dot, VersionVector::join));
    writtenHere.stream().forEach(vnode -> all.merge(vnode, clocks.apply(vnode), VersionVector::join));
    return all;
  }

  /** By vnode, clocks that cover all that was seen so far. */
  Map<Integer, VersionVector> seen() {
    return map(seen);
  }

  private static VersionVector at(VersionVector[][] clocks, int vnode) {
    int chunk = vnode / CHUNK;
    VersionVector clock = chunk < clocks.length && clocks[chunk] != null ? clocks[chunk][vnode % CHUNK] : null;
    return clock == null ? VersionVector.EMPTY : clock;
  }

  private static VersionVector[][] join(VersionVector[][] clocks, int vnode, VersionVector clock) {
    VersionVector[][] all = clocks;
    int chunk = vnode / CHUNK;
    if (chunk >= all.length) {
      all = java.util.Arrays.copyOf(all, chunk + 1);
    }
    if (all[chunk] == null) {
      all[chunk] = new VersionVector[CHUNK];
    }
    VersionVector known = all[chunk][vnode % CHUNK];
    all[chunk][vnode % CHUNK] = known == null ? clock : clock.join(known);
    return all;
  }

  private static Map<Integer, VersionVector> map(VersionVector[][] clocks) {
    Map<Integer, VersionVector> map = new TreeMap<>();
    for (int chunk = 0; chunk < clocks.length; chunk++) {
      for (int i = 0; clocks[chunk] != null && i < CHUNK; i++) {
        if (clocks[chunk][i] != null) {
          map.put(chunk * CHUNK + i, clocks[chunk][i]);
        }
      }
    }
    return map;
  }
}
