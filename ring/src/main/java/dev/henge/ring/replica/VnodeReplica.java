package dev.henge.ring.replica;

import dev.henge.storage.version.Rules;
import dev.henge.storage.version.VersionVector;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;

/** One vnode on one of its owners: its clock, its place in the log, its leases, and the writes that wait for owners. */
final class VnodeReplica extends VnodeAtHand {

  /** Whether this node executes the vnode's commands. */
  enum Service {
    /** Another node does, or nobody. */
    IDLE,
    /** Asks the owners for leases and catches up with those that gave one. */
    SEEKING,
    /** A majority of the owners gave their lease and this replica has caught up with them: the only executor. */
    EXCLUSIVE,
    /** Some owner at most is reachable: takes writes that will be merged with the other side's. */
    DEGRADED,
    /** Gives the vnode to a node before it in the preference list: finishes what it began, takes nothing new. */
    DRAINING
  }

  static final int NOT_AN_OWNER = -1;

  private static final Hold[] NO_HOLDS = {};

  final int vnode;
  final List<String> owners;
  final int selfIndex;
  final int majority;

  /** What is known of the other owners' nodes, by their place; null for who was not heard of. See {@link Shard#link}. */
  final PeerLink[] links;

  /** The rules in force; broken in simulations only. */
  Rules rules = Rules.SOUND;

  /** The clock without the own actor's part as of the own last bundle: deps are shipped only when they changed. */
  VersionVector depsShipped;

  /** The clock as the own last bundle left it. */
  VersionVector clockShipped;

  /** Caught up since the start: may serve, grant leases, and count. */
  boolean ready;

  /** The rows of it that cannot be read, or null. */
  VnodeDamage damage;

  /**
   * The record that has the clock could not be read: the replica is not ready until another owner has told it what it
   * lacks.
   */
  boolean clockLost;

  // what others have
  /** How many owners could be reached when that was asked last, this one too. */
  int ownersThere;

  final VersionVector[] heardClocks;

  /** The last of them that this replica covers: what the owner wrote before it is here. */
  final VersionVector[] countedClocks;

  /** The past that has been collected here; see {@link Stability}. */
  VersionVector horizon = VersionVector.EMPTY;

  /** What each actor's newest bundle had seen of others. */
  final ActorDeps lastDeps = new ActorDeps();

  VersionVector stableSample;
  long stableSampleNanos;
  VersionVector collectable = VersionVector.EMPTY;
  boolean collectDue;

  /** A clock that was not stable when it was noted, or null if all was; and the moment before which all is stable. */
  VersionVector unstableMark;

  long unstableMarkNanos;
  long unstableSinceNanos;

  // catching up
  int pullingFrom = NOT_AN_OWNER;
  long pullDeadlineNanos;
  VersionVector rowsClock;

  /** Whether the rows that are being pulled take the place of those here. */
  boolean rowsReplace;

  /** Whether some owner told of a clock that is ahead of this one. */
  boolean ahead;

  long aheadSinceNanos;

  /** The place in the rows that the next part must have: an answer to an earlier question has another. */
  byte[] rowsPlace;

  // as grantor
  String leaseHolder;
  long leaseUntilNanos;

  // as grantee
  final long[] grantedUntilNanos;
  final VersionVector[] grantClocks;

  /** Until when another's lease, met when this node asked, may last. */
  long heldElsewhereUntilNanos = Long.MIN_VALUE;

  /** Only answers to lease rounds after this one count: earlier leases were given back. */
  long grantsAfterRound;

  long drainingSinceNanos;
  long seekingSinceNanos;

  /** A clock to be told once the log is durable up to {@link #tellEnd}; null if there is none. */
  VersionVector tell;

  long tellEnd;

  /** Writes whose callers chose how many owners must have them: nobody else waits for these. */
  final ArrayDeque<Hold> asked = new ArrayDeque<>();

  VnodeReplica(int vnode, List<String> owners, String self) {
    this.vnode = vnode;
    this.owners = owners;
    this.selfIndex = owners.indexOf(self);
    this.majority = owners.size() / 2 + 1;
    this.links = new PeerLink[owners.size()];
    this.heardClocks = new VersionVector[owners.size()];
    this.countedClocks = new VersionVector[owners.size()];
    this.grantedUntilNanos = new long[owners.size()];
    this.grantClocks = new VersionVector[owners.size()];
    Arrays.fill(grantedUntilNanos, Long.MIN_VALUE);
  }

  int ownerIndex(String node) {
    return owners.indexOf(node);
  }

  /** The holds as they are now: whoever is told of one's end may execute the next command, which adds to them. */
  Hold[] waiting() {
    return holds.isEmpty() ? NO_HOLDS : holds.toArray(Hold[]::new);
  }

  /** The owner's log covers this clock. */
  void heldUpTo(int owner, long actor, VersionVector heard) {
    for (Hold hold : waiting()) {
      if (hold.barrier == null ? hold.seq <= heard.get(actor) : heard.covers(hold.barrier)) {
        hold.heldBy(owner);
      }
    }
    for (Hold hold : asked.toArray(Hold[]::new)) {
      if (hold.seq <= heard.get(actor)) {
        hold.heldBy(owner);
      }
    }
  }

  /** How many owners a caller asked for; see {@link Terms#writeOwners}. */
  int owners(int writeOwners) {
    return writeOwners == Terms.MAJORITY ? majority : Math.min(writeOwners, owners.size());
  }

  /**
   * Drops what callers need not wait for any more, and puts in doubt what they have waited for since before {@code
   * sinceNanos}.
   */
  void askedBefore(long sinceNanos) {
    for (Hold hold : asked.toArray(Hold[]::new)) {
      if (hold.waitingSinceNanos - sinceNanos < 0) {
        hold.settle(Outcome.IN_DOUBT);
      }
    }
    asked.removeIf(Hold::settled);
  }

  /** When the majority's leases end: the moment up to which this node is the only executor. */
  long majorityUntilNanos() {
    long[] sorted = grantedUntilNanos.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length - majority];
  }

  void forgetGrants() {
    Arrays.fill(grantedUntilNanos, Long.MIN_VALUE);
    Arrays.fill(grantClocks, null);
    exclusiveUntilNanos = Long.MIN_VALUE;
    heldElsewhereUntilNanos = Long.MIN_VALUE;
  }
}
