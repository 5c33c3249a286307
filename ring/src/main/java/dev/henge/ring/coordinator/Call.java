package dev.henge.ring.coordinator;

import dev.henge.ring.replica.Outcome;
import java.util.BitSet;

/** A command on its way to the node that executes it. Told its end exactly once. */
public abstract class Call {

  final byte[] command;
  final boolean readOnly;
  final long deadlineNanos;
  long id;
  int vnode = -1;
  String target;
  boolean ended;

  /** @param readOnly whether it may be sent again when nobody knows whether it ran */
  protected Call(byte[] command, boolean readOnly, long deadlineNanos) {
    this.command = command;
    this.readOnly = readOnly;
    this.deadlineNanos = deadlineNanos;
  }

  /** The reply, if {@code outcome} is DONE; else empty. {@code missed}: vnodes that were not served, of a call on several. */
  protected abstract void ended(Outcome outcome, byte[] reply, BitSet missed);

  final void end(Outcome outcome, byte[] reply, BitSet missed) {
    if (!ended) {
      ended = true;
      ended(outcome, reply, missed);
    }
  }
}
