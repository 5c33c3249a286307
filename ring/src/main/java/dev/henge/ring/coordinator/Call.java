package dev.henge.ring.coordinator;

import dev.henge.ring.replica.Outcome;
import dev.henge.ring.replica.Terms;
import dev.henge.storage.version.VersionVector;
import java.util.BitSet;

/** A command on its way to the node that executes it. Told its end exactly once. */
public abstract class Call {

  final byte[] command;
  final boolean readOnly;
  final long deadlineNanos;
  final Terms terms;
  long id;
  int vnode = -1;
  String target;
  boolean ended;
  VersionVector seen = VersionVector.EMPTY;

  /** @param readOnly whether it may be sent again when nobody knows whether it ran */
  protected Call(byte[] command, boolean readOnly, long deadlineNanos) {
    this(command, readOnly, deadlineNanos, Terms.PLAIN);
  }

  /** @param terms on which it is executed; those for the whole ring ({@link Coordinator#submitAll}) are plain */
  protected Call(byte[] command, boolean readOnly, long deadlineNanos, Terms terms) {
    this.command = command;
    this.readOnly = readOnly;
    this.deadlineNanos = deadlineNanos;
    this.terms = terms;
  }

  /**
   * The reply, if {@code outcome} is DONE; else empty. {@code missed}: vnodes that were not served, of a call on
   * several.
   */
  protected abstract void ended(Outcome outcome, byte[] reply, BitSet missed);

  /** What whoever has the reply has seen of the vnode; nothing unless it was a write, or the terms asked. */
  protected final VersionVector seen() {
    return seen;
  }

  final void end(Outcome outcome, byte[] reply, BitSet missed) {
    if (!ended) {
      ended = true;
      ended(outcome, reply, missed);
    }
  }
}
