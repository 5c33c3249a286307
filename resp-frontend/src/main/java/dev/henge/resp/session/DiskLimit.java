package dev.henge.resp.session;

import java.util.function.LongSupplier;

/**
 * The bound on a node's data: Redis's maxmemory, for data that is on disk.
 *
 * <p>What counts is what the rows take that are neither superseded nor deleted ({@code Keyspace.rowBytes}), on disk
 * or still in
 * a memtable, of all vnodes that the node owns. So a DEL makes room at once. The files hold more until compaction has
 * dropped
 * the rest: when that garbage is more than a quarter of the limit, the engine is asked to reclaim it.
 *
 * <p>Above the limit, a command that may need room first has keys evicted, if the policy is to evict; else it is
 * refused. Only
 * the acting primary asks: bundles of other nodes are taken whatever they bring, as they are acknowledged elsewhere
 * already.
 */
public final class DiskLimit {

  /** No limit. */
  static final DiskLimit NONE = new DiskLimit(() -> 0, null, () -> 0, () -> { }, () -> 0);

  /** A command that finds the node above its limit has keys evicted for so long, at most, and a tick as well. */
  private static final long EVICTION_NANOS_MAX = 500_000;

  /**
   * If the node is above its limit by more than this share of it, eviction lags too far behind: it goes on for
   * longer.
   */
  private static final double LAG_SHARE_MAX = 1 / 16.0;

  /** How long a command has keys evicted that finds eviction lagging; if it still does then, the command is refused. */
  private static final long LAGGING_NANOS_MAX = 20_000_000;

  /** Superseded and deleted data may take this share of the limit in the files before it is reclaimed. */
  private static final double GARBAGE_SHARE_MAX = 0.25;

  /**
   * The engine is asked again when garbage has grown by this share of the limit: it may be that no less is
   * possible.
   */
  private static final double GARBAGE_GROWTH_SHARE = 0.125;

  private static final long GARBAGE_LOOK_NANOS = 1_000_000_000;

  private final LongSupplier usedBytes;
  private final Eviction eviction;
  private final LongSupplier fileBytes;
  private final Runnable reclaim;
  private final LongSupplier nanos;
  private long maxBytes;
  private EvictionPolicy policy = EvictionPolicy.NOEVICTION;
  private long usedBytesPeak;
  private long lastTickNanos;
  private long nextLookNanos;
  private long garbageFloorBytes;
  private long exceededNanos;
  private long exceededNanosBefore;
  private long reclaims;

  /**
   * @param usedBytes what counts; asked for every command that may need room, so it must cost nothing
   * @param eviction null if the policy is noeviction for ever
   * @param fileBytes what the tables and value files take
   * @param reclaim asks the engine to drop what is superseded; returns at once; a second call while the first is
   * under way does no harm
   */
  public DiskLimit(
      LongSupplier usedBytes, Eviction eviction, LongSupplier fileBytes, Runnable reclaim, LongSupplier nanos) {
    this.usedBytes = usedBytes;
    this.eviction = eviction;
    this.fileBytes = fileBytes;
    this.reclaim = reclaim;
    this.nanos = nanos;
    this.lastTickNanos = nanos.getAsLong();
    this.nextLookNanos = lastTickNanos;
  }

  /** Takes up new settings. */
  public void set(long maxBytes, EvictionPolicy policy, int samples) {
    this.maxBytes = maxBytes;
    this.policy = policy;
    if (eviction != null) {
      eviction.set(policy, samples);
    }
  }

  boolean isSet() {
    return maxBytes != 0;
  }

  /** Whether the node holds more than it may. */
  boolean exceeded() {
    return maxBytes != 0 && usedBytes.getAsLong() > maxBytes;
  }

  /**
   * Has keys evicted, as the policy says, and tells whether a command that needs room may go on.
   *
   * <p>As in Redis it may as long as eviction gets somewhere, though the limit be passed by a little for a while; but
   * not when
   * writes outrun it.
   */
  boolean makeRoom() {
    if (!policy.evicts()) {
      return false;
    }
    long startNanos = nanos.getAsLong();
    if (!evict(startNanos + EVICTION_NANOS_MAX)) {
      return !exceeded();
    }
    if (lags()) {
      evict(startNanos + LAGGING_NANOS_MAX);
    }
    return !lags();
  }

  private boolean lags() {
    return usedBytes.getAsLong() - maxBytes > maxBytes * LAG_SHARE_MAX;
  }

  /** Returns whether there was something to evict all the while. */
  private boolean evict(long untilNanos) {
    while (exceeded()) {
      if (!eviction.evictOne()) {
        return false;
      }
      if (nanos.getAsLong() - untilNanos >= 0) {
        return true;
      }
    }
    return true;
  }

  // ---------------------------------------------------------------- by the clock

  /** Whether {@link #tick} has to evict, so that the turn must end. */
  public boolean due() {
    return policy.evicts() && exceeded();
  }

  /** Does what is due by time; call it every ten milliseconds or so. */
  public void tick() {
    long nowNanos = nanos.getAsLong();
    usedBytesPeak = Math.max(usedBytesPeak, usedBytes.getAsLong());
    if (exceeded()) {
      exceededNanos += nowNanos - lastTickNanos;
    } else {
      exceededNanosBefore += exceededNanos;
      exceededNanos = 0;
    }
    lastTickNanos = nowNanos;
    if (eviction != null) {
      eviction.tick(nowNanos);
    }
    if (due()) {
      evict(nowNanos + EVICTION_NANOS_MAX);
    }
    if (isSet() && nowNanos - nextLookNanos >= 0) {
      nextLookNanos = nowNanos + GARBAGE_LOOK_NANOS;
      lookAtGarbage();
    }
  }

  private void lookAtGarbage() {
    long garbage = garbageBytes();
    garbageFloorBytes = Math.min(garbageFloorBytes, garbage);
    if (garbage > maxBytes * GARBAGE_SHARE_MAX && garbage - garbageFloorBytes > maxBytes * GARBAGE_GROWTH_SHARE) {
      garbageFloorBytes = garbage;
      reclaims++;
      reclaim.run();
    }
  }

  // ---------------------------------------------------------------- what INFO tells

  public long usedBytes() {
    return usedBytes.getAsLong();
  }

  public long usedBytesPeak() {
    return Math.max(usedBytesPeak, usedBytes.getAsLong());
  }

  /** What the files hold beyond what counts, as far as can be told: a memtable's rows count and are in no table yet. */
  public long garbageBytes() {
    return Math.max(0, fileBytes.getAsLong() - usedBytes.getAsLong());
  }

  public long evictedKeys() {
    return eviction == null ? 0 : eviction.evictedKeys();
  }

  /** How often the engine was asked to reclaim. */
  public long reclaims() {
    return reclaims;
  }

  /** For how long, in all, the node has held more than it may. */
  public long exceededMillisTotal() {
    return (exceededNanosBefore + exceededNanos) / 1_000_000;
  }

  /** For how long it does now; 0 if it does not. */
  public long exceededMillis() {
    return exceededNanos / 1_000_000;
  }
}
