package dev.henge.storage.version;

/**
 * A wrong rule, to be put in a right one's place by tests that ask whether they would notice.
 *
 * <p>Each has its place in the code, where {@link Rules#broken} is asked. Nothing but a simulation, or a test's own process, ever
 * breaks one.
 */
public enum Mutant {
  /**
   * A peer's clock counts towards stability at once, though not all of its log before that statement has been applied
   * here.
   */
  STABLE_BY_ACKNOWLEDGEMENT,
  /** A row's context is stripped when the dots that were overwritten are stable, though the live ones are not. */
  STRIP_WHEN_OVERWRITTEN_IS_STABLE,
  /** Tombstones and clears are dropped as soon as their executor has let the bundle go. */
  COLLECT_EAGERLY,
  /** A replica that was away past the horizon merges its rows, and gives them to others, as if it had not been. */
  TOO_LATE_IS_WELCOME,
  /** An actor goes on with its sequence though the end of its log was lost. */
  ACTOR_REUSED,
  /** An acknowledgement counts each time that it comes, twice for one owner too. */
  ONE_OWNER_COUNTS_TWICE,
  /** A bundle is acknowledged before the log holds it. */
  ACKNOWLEDGED_BEFORE_THE_LOG,
  /** A fallback with a full queue acknowledges a hint and drops it. */
  HINT_DROPPED_WHEN_FULL,
  /** A node that knows nothing of a key answers as if there were none. */
  BLIND_READS_NIL,
  /** A new primary serves without having caught up with those that granted it their leases. */
  STALE_PRIMARY,
  /** A new primary answers before a majority has what it took over. */
  NO_BARRIER,
  /** A lease is used as long as it is granted, and longer, by the grantee's clock. */
  LEASE_OVERSTAYED,
  /** An owner that has just started grants leases, whatever it had granted before. */
  GRANTS_AFTER_RESTART,
  /** Of two versions of a row the one with the newer stamp is kept, whatever had been seen. */
  CLOCK_BEFORE_CAUSALITY,
  /** A DEL takes writes with it that it had not seen. */
  CLEAR_TAKES_ALL,
  /** A SET does not put the increments that it saw under the floor. */
  FLOOR_FORGOTTEN,
  /** A bundle is applied though bundles before it are missing. */
  GAP_IGNORED,
  /** Rows of a peer are taken over though its clock is ahead. */
  GRAFTED_PAST_THE_CLOCK,
  /** A read that asked for several owners takes the acting primary's word. */
  READ_QUORUM_OF_ONE,
  /** A node goes on with a session without having seen what the session has. */
  SESSION_FORGOTTEN,
  /** Who proposes a vnode's next owners decides alone. */
  VIEW_WITHOUT_MAJORITY,
  /** The owners of an epoch are all others at once than those of the epoch before. */
  TWO_STEPS_AT_ONCE,
  /** A node becomes an owner before it has what an owner must have. */
  LEARNER_COUNTS,
  /** Who is removed drops its rows whatever the owners have. */
  LETS_GO_EARLY,
  /** An owner gives leases in any epoch, and takes part in the next decision while it is lent. */
  LEASE_IN_OLD_EPOCH
}
