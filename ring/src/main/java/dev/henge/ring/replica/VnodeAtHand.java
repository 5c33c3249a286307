package dev.henge.ring.replica;

import dev.henge.storage.version.VersionVector;
import java.util.ArrayDeque;

/**
 * What each command on a vnode looks at. A class of its own so that it lies side by side in memory: a node has a
 * thousand vnodes, commands come to them in any order, and every line of memory that one touches is one to wait for.
 */
abstract class VnodeAtHand {

  /** While this node is the only executor: up to when, by the majority's leases. */
  long exclusiveUntilNanos = Long.MIN_VALUE;

  /** The position of the vnode's last record in the log, -1 if there is none. */
  long lastPosition = -1;

  VersionVector clock = VersionVector.EMPTY;

  VnodeReplica.Service service = VnodeReplica.Service.IDLE;

  /** Whether the clock moved since the peers were last told. */
  boolean clockMoved;

  /** Whether the vnode's record in the store is older than its state here. */
  boolean recordStale;

  /** False if there are certainly no holds. */
  private boolean held;

  /** Writes that wait for owners, oldest first. Added to by {@link #hold} only. */
  final ArrayDeque<Hold> holds = new ArrayDeque<>();

  /** A write waits for owners. */
  void hold(Hold hold) {
    holds.add(hold);
    held = true;
  }

  /** Drops settled writes from the front and returns the newest that waits, or null. */
  Hold newestHold() {
    if (!held) {
      return null;
    }
    while (!holds.isEmpty() && holds.peekFirst().settled()) {
      holds.pollFirst();
    }
    held = !holds.isEmpty();
    return holds.peekLast();
  }
}
