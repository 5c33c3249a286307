package dev.henge.ring.replica;

import dev.henge.storage.version.Mutant;
import dev.henge.storage.version.VersionVector;

/** A reply that waits until enough owners hold a bundle. One a write; reads that saw the write wait on the same. */
public final class Hold {

  final VnodeReplica replica;
  final long seq;

  /** The log's end behind the bundle: this node counts once it is durable up to here. */
  final long end;

  /** Not a write of ours: waits until owners hold all that this clock covers. */
  final VersionVector barrier;

  /** What the write's executor had of others' writes; null for what is no write. */
  VersionVector others;

  /** What the caller who made the write waits for, if that is another number of owners than the vnode's; else null. */
  Hold asked;

  long waitingSinceNanos;

  private int holders;
  private int need;
  private Outcome outcome;
  private Waiter first;
  private Waiter last;

  Hold(VnodeReplica replica, long seq, VersionVector barrier, long end, int need, long nowNanos) {
    this.replica = replica;
    this.seq = seq;
    this.end = end;
    this.need = need;
    this.barrier = barrier;
    this.waitingSinceNanos = nowNanos;
  }

  /** Somebody who is told the outcome, once. Linked, so that a waiting reply costs one object. */
  public abstract static class Waiter {
    private Waiter next;

    protected abstract void released(Outcome outcome);
  }

  /** Adds a waiter; it is told at once if the outcome is known. */
  public void await(Waiter waiter) {
    if (outcome != null) {
      waiter.released(outcome);
    } else if (last == null) {
      first = waiter;
      last = waiter;
    } else {
      last.next = waiter;
      last = waiter;
    }
  }

  public boolean settled() {
    return outcome != null;
  }

  /** The owner at this place of the preference list holds the bundle; counted once an owner. */
  void heldBy(int owner) {
    if ((holders & 1 << owner) != 0 && replica.rules.broken(Mutant.ONE_OWNER_COUNTS_TWICE)) {
      need--;
    }
    holders |= 1 << owner;
    check();
    if (asked != null) {
      asked.heldBy(owner);
    }
  }

  void need(int owners) {
    need = owners;
    check();
  }

  private void check() {
    if (outcome == null && Integer.bitCount(holders) >= need) {
      settle(Outcome.DONE);
    }
  }

  void settle(Outcome known) {
    if (outcome != null) {
      return;
    }
    outcome = known;
    release(known);
  }

  /** Those who wait have waited long enough; but what was written still counts, and who reads it has to wait. */
  void doubt(long nowNanos) {
    waitingSinceNanos = nowNanos;
    release(Outcome.IN_DOUBT);
  }

  private void release(Outcome known) {
    Waiter waiter = first;
    first = null;
    last = null;
    while (waiter != null) {
      Waiter next = waiter.next;
      waiter.released(known);
      waiter = next;
    }
  }
}
