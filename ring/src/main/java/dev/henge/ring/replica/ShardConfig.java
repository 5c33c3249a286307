package dev.henge.ring.replica;

import dev.henge.storage.version.Dot;
import dev.henge.storage.version.Mutant;
import dev.henge.storage.version.Rules;

/**
 * The limits and times of a shard.
 *
 * @param self this node's id
 * @param actor this incarnation of the disk; made anew unless the last stop is known to have lost nothing
 * @param writeQuorum W; 0 means a majority of the owners
 * @param strict whether writes are refused while no majority of the owners is reachable
 * @param leaseMillis how long an owner's lease lasts
 * @param commandTimeoutMillis how long a command may wait for an acting primary or for owners
 * @param mayGrantAtOnce whether no lease of an earlier run can be in force: the disk is new, or the last stop gave
 * all back
 * @param collectionFloorMillis how long a tombstone or clear is kept after every owner is known to hold it, at least
 * @param rules the sound ones, but in simulations
 */
public record ShardConfig(
    String self,
    long actor,
    int writeQuorum,
    boolean strict,
    long leaseMillis,
    long commandTimeoutMillis,
    boolean mayGrantAtOnce,
    long collectionFloorMillis,
    Rules rules) {

  private static final long NANOS = 1_000_000;
  private static final long BLIND = 1L << 47;

  /**
   * The actor of this run's blind writes: another than that of what it executes as an owner. A node may be the one after
   * the other in the same vnode, and would name two writes by the same dot: it does not know here what it used there.
   */
  long blindActor() {
    long other = actor ^ BLIND;
    return other == 0 ? Dot.MAX_ACTOR : other;
  }

  ShardConfig withActor(long fresh) {
    return new ShardConfig(self, fresh, writeQuorum, strict, leaseMillis, commandTimeoutMillis, mayGrantAtOnce,
        collectionFloorMillis, rules);
  }

  long leaseNanos() {
    return leaseMillis * NANOS;
  }

  /** A lease counts for a tenth less where it was asked for: clocks may drift that much apart while it lasts. */
  long leaseUsableNanos() {
    return rules.broken(Mutant.LEASE_OVERSTAYED) ? 2 * leaseNanos() : leaseNanos() - leaseNanos() / 10;
  }

  /** Leases are asked for again four times in their length. */
  long renewNanos() {
    return leaseNanos() / 4;
  }

  /** A lease that was refused is sought again this often: the holder may have died, and the grantor soon knows. */
  long seekNanos() {
    return leaseNanos() / 16;
  }

  long commandTimeoutNanos() {
    return commandTimeoutMillis * NANOS;
  }
}
