package dev.henge.ring.replica;

/**
 * What a shard does by time, and how often.
 *
 * <p>While anything is under way, each part is looked after every {@link #BUSY_NANOS}. At rest there is nothing to
 * find: no bundle has come for a while, all replicas are ready and served, nothing is repaired, and every peer was
 * heard from just now. Then {@link #REST_NANOS} will do, and the renewal of leases has its own moment. A peer that
 * falls silent ends the rest long before its leases do, so that it is found as early as ever.
 */
final class Housekeeping {

  /** How often something is looked after while there is something to look after. */
  static final long BUSY_NANOS = 40_000_000;

  /** And when there is not. */
  static final long REST_NANOS = 200_000_000;

  /** Rest begins so long after the last bundle: a pass over the vnodes for their deadlines is shorter. */
  private static final long CALM_NANOS = 1_000_000_000;

  private final Shard shard;
  private long nextNanos = Long.MIN_VALUE;
  private long bundles;
  private long calmFromNanos = Long.MIN_VALUE;

  Housekeeping(Shard shard) {
    this.shard = shard;
  }

  /** Does what is due; returns whether it was time. */
  boolean tick(long nowNanos, long nowMillis) {
    if (shard.target() == null) {
      nextNanos = nowNanos + BUSY_NANOS;
      return false;
    }
    if (nowNanos < nextNanos) {
      return false;
    }
    shard.catchUp.tick(nowNanos);
    shard.leases.tick(nowNanos);
    shard.retention.tick(nowNanos);
    shard.damage.tick(nowNanos);
    shard.hints.tick(nowNanos);
    shard.skew.tick(nowNanos);
    shard.antiEntropy().tick(nowNanos);
    shard.views.tick(nowNanos);
    shard.transfers.tick(nowNanos);
    shard.stability.tick(nowNanos);
    shard.expiry.tick(nowMillis);
    shard.records.saveAhead();
    long next = resting(nowNanos) ? Math.min(nowNanos + REST_NANOS, shard.leases.nextRenewNanos()) : nowNanos;
    nextNanos = Math.max(nowNanos + BUSY_NANOS, next);
    return true;
  }

  /** Something has happened that the next look should not wait for. */
  void soon(long nowNanos) {
    nextNanos = Math.min(nextNanos, nowNanos + BUSY_NANOS);
  }

  /** When the next look is due. */
  long nextNanos() {
    return nextNanos;
  }

  private boolean resting(long nowNanos) {
    return calm(nowNanos) && shard.writable() && shard.leases.settled() && shard.catchUp.idle() && shard.transfers.idle() && shard.damage.idle()
        && shard.hints.idle() && shard.antiEntropy().idle() && shard.stability.waitsForNothing() && !shard.expiry.any()
        && allHeard(nowNanos);
  }

  private boolean calm(long nowNanos) {
    long now = shard.bundlesMade() + shard.bundlesApplied();
    if (now != bundles) {
      bundles = now;
      calmFromNanos = nowNanos + CALM_NANOS;
    }
    return nowNanos >= calmFromNanos;
  }

  /** Peers tell at each renewal that they are ready, so one that is late by half of that time may be gone. */
  private boolean allHeard(long nowNanos) {
    long silent = shard.config.renewNanos() + shard.config.renewNanos() / 2 + BUSY_NANOS;
    for (PeerLink peer : shard.peers()) {
      if (!peer.reachable(nowNanos, Math.min(silent, shard.config.leaseNanos()))) {
        return false;
      }
    }
    return true;
  }
}
