package dev.henge.ring.replica;

import dev.henge.storage.version.Mutant;
import dev.henge.storage.version.Rules;
import dev.henge.storage.version.VersionVector;
import java.util.ArrayDeque;
import java.util.ArrayList;
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
  /** Who owns the vnode, the natural primary first. */
  List<String> owners;

  /**
   * The owners, and behind them the guests: other nodes that have a replica, first the learners, who are to become
   * owners, then those that are to let go of theirs. This node is one of them.
   */
  List<String> members;

  /** How many of the members are shipped bundles: owners and learners. */
  int fed;

  int selfIndex;
  int majority;

  /** What is known of the members' nodes, by their place; null for who was not heard of. See {@link Shard#link}. */
  PeerLink[] links;

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

  VersionVector[] heardClocks;

  /** When each member was heard last to have a replica. */
  long[] heardNanos;

  /** The last of them that this replica covers: what the owner wrote before it is here. */
  VersionVector[] countedClocks;

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

  /** What this replica had when its members were last others; see {@link Transfers}. */
  VersionVector mark;

  long markNanos;

  /** The place in the rows that the next part must have: an answer to an earlier question has another. */
  byte[] rowsPlace;

  // as grantor
  String leaseHolder;
  long leaseUntilNanos;

  /** In which epoch it was given. */
  long leaseEpoch;

  /** Who asked last for the lease while another had it; or null. */
  LeaseSeeker leaseSeeker;

  // as grantee
  /**
   * Whether this node is the only executor by leases of the epoch before, which are not a majority's of this one. Any
   * majority of this epoch meets them; and as long as none of them is renewed in it, those who gave them take no part
   * in deciding the next ({@link Leases#mayVote}).
   */
  boolean leasesOfEpochBefore;

  /** Then: how many owners there were, and the places of those that were none. */
  private int ownersBefore;

  private int newcomers;

  long[] grantedUntilNanos;
  VersionVector[] grantClocks;

  /** Until when another's lease, met when this node asked, may last. */
  long heldElsewhereUntilNanos = Long.MIN_VALUE;

  /** Only answers to lease rounds after this one count: earlier leases were given back. */
  long grantsAfterRound;

  long drainingSinceNanos;
  long seekingSinceNanos;

  /** Since when this run has the replica. */
  final long sinceNanos;

  /** A clock to be told once the log is durable up to {@link #tellEnd}; null if there is none. */
  VersionVector tell;

  long tellEnd;

  /** Writes whose callers chose how many owners must have them: nobody else waits for these. */
  final ArrayDeque<Hold> asked = new ArrayDeque<>();

  /** @param self this node; if it is no owner, it is a learner until {@link #reshape} says otherwise */
  VnodeReplica(int vnode, List<String> owners, String self, long nowNanos) {
    this.vnode = vnode;
    this.owners = owners;
    this.members = owners.contains(self) ? owners : with(owners, self);
    this.fed = members.size();
    this.selfIndex = members.indexOf(self);
    this.majority = owners.size() / 2 + 1;
    this.sinceNanos = nowNanos;
    int count = members.size();
    this.links = new PeerLink[count];
    this.heardClocks = new VersionVector[count];
    this.heardNanos = new long[count];
    this.countedClocks = new VersionVector[count];
    this.grantedUntilNanos = new long[count];
    this.grantClocks = new VersionVector[count];
    Arrays.fill(grantedUntilNanos, Long.MIN_VALUE);
  }

  private static List<String> with(List<String> nodes, String node) {
    List<String> more = new ArrayList<>(nodes);
    more.add(node);
    return List.copyOf(more);
  }

  /**
   * Takes other owners and guests. What is known of who stays a member stays known.
   *
   * @return where each member stands now, by where it stood; {@link #NOT_AN_OWNER} for who is none any more
   */
  int[] reshape(List<String> newOwners, List<String> learners, List<String> others, String self) {
    List<String> next = new ArrayList<>(newOwners);
    learners.stream().filter(node -> !next.contains(node)).forEach(next::add);
    int nextFed = next.size();
    others.stream().filter(node -> !next.contains(node)).forEach(next::add);
    if (!next.contains(self)) {
      next.add(self);
    }
    int[] to = new int[members.size()];
    for (int i = 0; i < to.length; i++) {
      to[i] = next.indexOf(members.get(i));
    }
    mark = null;
    owners = List.copyOf(newOwners);
    members = List.copyOf(next);
    fed = nextFed;
    selfIndex = members.indexOf(self);
    majority = owners.size() / 2 + 1;
    int count = members.size();
    links = moved(links, to, new PeerLink[count]);
    heardClocks = moved(heardClocks, to, new VersionVector[count]);
    countedClocks = moved(countedClocks, to, new VersionVector[count]);
    grantClocks = moved(grantClocks, to, new VersionVector[count]);
    heardNanos = moved(heardNanos, to, new long[count]);
    long[] granted = new long[count];
    Arrays.fill(granted, Long.MIN_VALUE);
    grantedUntilNanos = moved(grantedUntilNanos, to, granted);
    pullingFrom = pullingFrom < 0 ? NOT_AN_OWNER : to[pullingFrom];
    rowsClock = pullingFrom < 0 ? null : rowsClock;
    return to;
  }

  private static <T> T[] moved(T[] from, int[] to, T[] into) {
    for (int i = 0; i < to.length; i++) {
      if (to[i] >= 0) {
        into[to[i]] = from[i];
      }
    }
    return into;
  }

  private static long[] moved(long[] from, int[] to, long[] into) {
    for (int i = 0; i < to.length; i++) {
      if (to[i] >= 0) {
        into[to[i]] = from[i];
      }
    }
    return into;
  }

  /**
   * The owners have changed: what was a majority's leave among those before need not be one's now. Who gave it may
   * renew it in this epoch, and then decide the next, of whose majorities it is no part.
   *
   * @param follows whether this epoch is the one after that of the owners before
   * @param slackNanos leases that end so much earlier are no loss: by then they are renewed
   */
  void newEpoch(List<String> before, boolean follows, long slackNanos) {
    ownersBefore = before.size();
    newcomers = 0;
    for (int i = 0; i < owners.size(); i++) {
      newcomers |= before.contains(owners.get(i)) ? 0 : 1 << i;
    }
    boolean broken = rules.broken(Mutant.LEASE_IN_OLD_EPOCH);
    long untilNanos = majorityUntilNanos();
    boolean goesOn = follows && executor() && !leasesOfEpochBefore && untilNanos + slackNanos < exclusiveUntilNanos;
    leasesOfEpochBefore = goesOn && !broken;
    if (!goesOn && !broken) {
      exclusiveUntilNanos = Math.min(exclusiveUntilNanos, untilNanos);
    }
  }

  /** Whether this node is, or has just been, the only executor, unless its leases are over. */
  boolean executor() {
    return service == Service.EXCLUSIVE || service == Service.DRAINING;
  }

  /** Whether this node is an owner; if not, it is on its way to be one, or to let go. */
  boolean owned() {
    return selfIndex < owners.size();
  }

  /** Whether this node is to become an owner. */
  boolean learning() {
    return selfIndex >= owners.size() && selfIndex < fed;
  }

  int ownerIndex(String node) {
    return owners.indexOf(node);
  }

  /** The place of an owner or a guest. */
  int memberIndex(String node) {
    return members.indexOf(node);
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

  /**
   * How many owners there are, for who asks how many of them need a write. Who executes by the leases of the epoch
   * before needs them as that had them: any majority of this one meets those.
   */
  int counted() {
    return leasesOfEpochBefore ? Math.min(ownersBefore, owners.size()) : owners.size();
  }

  /** A majority of them. */
  int quorum() {
    return counted() / 2 + 1;
  }

  /** Whether the owner at a place is one of them. */
  boolean counts(int owner) {
    return !leasesOfEpochBefore || (newcomers & 1 << owner) == 0;
  }

  /** How many owners a caller asked for; see {@link Terms#writeOwners}. */
  int owners(int writeOwners) {
    return writeOwners == Terms.MAJORITY ? quorum() : Math.min(writeOwners, owners.size());
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

  /** Puts in doubt all that waits for owners. */
  void doubtAll() {
    for (Hold hold : waiting()) {
      hold.settle(Outcome.IN_DOUBT);
    }
    for (Hold hold : asked.toArray(Hold[]::new)) {
      hold.settle(Outcome.IN_DOUBT);
    }
    asked.removeIf(Hold::settled);
  }

  /** When the majority's leases end: the moment up to which this node is the only executor. */
  long majorityUntilNanos() {
    if (owners.isEmpty()) {
      return Long.MIN_VALUE; // who they are is not known
    }
    long[] sorted = Arrays.copyOf(grantedUntilNanos, owners.size());
    Arrays.sort(sorted);
    return sorted[sorted.length - majority];
  }

  void forgetGrants() {
    Arrays.fill(grantedUntilNanos, Long.MIN_VALUE);
    Arrays.fill(grantClocks, null);
    exclusiveUntilNanos = Long.MIN_VALUE;
    leasesOfEpochBefore = false;
    heldElsewhereUntilNanos = Long.MIN_VALUE;
  }
}
