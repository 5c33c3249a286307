package dev.henge.ring.replica;

import dev.henge.storage.version.Mutant;
import dev.henge.storage.version.VersionVector;

/**
 * A reply that waits until enough owners hold a bundle. One a write; reads that saw the write wait on the same.
 *
 * <p>Fallbacks that keep a hint of the bundle count as copies, but never in the place of owners that are needed.
 */
public final class Hold {

  /** Holders are numbered: owners from 0 by their place in the preference list, fallbacks from here on by theirs. */
  static final int FALLBACK_0 = 16;

  private static final int OWNERS = (1 << FALLBACK_0) - 1;

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

  /** How many owners the caller asked for, as it said it; see {@link Terms#writeOwners}. */
  int askedOwners = Terms.AS_CONFIGURED;

  private int holders;
  private int need;
  private int needCopies;

  /** The fallbacks that were sent the bundle and did not refuse it, as bits of their places. */
  private int hinted;

  private Outcome outcome;
  private Waiter first;
  private Waiter last;

  Hold(VnodeReplica replica, long seq, VersionVector barrier, long end, int need, long nowNanos) {
    this.replica = replica;
    this.seq = seq;
    this.end = end;
    this.need = need;
    this.needCopies = need;
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

  /** This owner, or from {@link #FALLBACK_0} on this fallback, holds the bundle; each is counted once. */
  void heldBy(int holder) {
    if (holder < FALLBACK_0 && replica != null && holder >= replica.owners.size()) {
      return; // a guest is no owner
    }
    if ((holders & 1 << holder) != 0 && replica != null && replica.rules.broken(Mutant.ONE_OWNER_COUNTS_TWICE)) {
      need--;
      needCopies--;
    }
    holders |= 1 << holder;
    check();
    if (asked != null && holder < FALLBACK_0) {
      asked.heldBy(holder);
    }
  }

  /**
   * The replica's owners stand elsewhere now: see {@link VnodeReplica#reshape}. Fallbacks count no more, for their
   * places are others, too.
   */
  void moved(int[] to) {
    int moved = 0;
    for (int i = 0; i < to.length; i++) {
      boolean owner = to[i] >= 0 && to[i] < replica.owners.size();
      moved |= owner && (holders & 1 << i) != 0 ? 1 << to[i] : 0;
    }
    holders = moved;
    hinted = 0;
  }

  /** How many owners must hold the bundle, and how many owners and fallbacks together. */
  void need(int owners, int copies) {
    need = owners;
    needCopies = copies;
    check();
  }

  /** These fallbacks are sent the bundle. */
  void hint(int places) {
    hinted |= places;
  }

  /** A fallback does not keep the bundle, or nobody will know whether it does. */
  void refused(int holder) {
    hinted &= ~(1 << holder - FALLBACK_0);
  }

  /** The fallbacks that keep the bundle, or may yet. */
  int hinted() {
    return hinted;
  }

  /** Whether the fallback at this place is known to keep it. */
  boolean keptBy(int place) {
    return (holders & 1 << FALLBACK_0 + place) != 0;
  }

  private void check() {
    if (outcome == null && Integer.bitCount(holders & OWNERS) >= need && Integer.bitCount(holders) >= needCopies) {
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
