package dev.henge.resp.session;

import dev.henge.ring.replica.Shard;
import dev.henge.storage.lsm.CorruptTableException;
import dev.henge.storage.type.DamagedRowsException;
import dev.henge.storage.type.AccessSketch;
import dev.henge.storage.type.DeadlineIndex;
import dev.henge.storage.type.Head;
import dev.henge.storage.type.KeyRef;
import dev.henge.storage.type.KeySampler;
import dev.henge.storage.type.Keyspace;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * What evicts keys, one at a time, in the order that the policy gives. An eviction is a DEL by the vnode's acting
 * primary: a bundle
 * that goes to all owners; so each node evicts only from the vnodes that it serves.
 *
 * <p><b>By last use</b> it is Redis's approximation (evict.c, since 3.0): a few keys taken by chance join a small
 * pool of those that
 * have been idle for longest so far, and the idlest of the pool goes. When a key was last used says an {@link
 * AccessSketch}, for
 * there is no memory for each key. Samples are runs of neighbours ({@link KeySampler}), drawn for several evictions
 * at once.
 *
 * <p><b>By deadline</b> it is exact: the {@link DeadlineIndex} has them in order.
 */
public final class Eviction {

  /** The idlest keys met so far: as many evictions ahead as Redis's 16, which draws for each. */
  private static final int POOL_KEYS_MAX = 64;

  /** A sample is drawn for so many evictions at once; for fewer if the vnode has not that many keys. */
  private static final int EVICTIONS_A_SAMPLE = 16;

  /** More samples an eviction make it no better. */
  private static final int SAMPLES_MAX = 64;

  /** So many samples without a key in them, and there is nothing to evict. */
  private static final int EMPTY_SAMPLES_MAX = 8;

  /** So many keys that turned out to be gone or busy, and there is nothing to evict for now. */
  private static final int STALE_KEYS_MAX = 64;

  /** How long the shares that the vnodes have of the keys are taken to hold. */
  private static final long SHARES_HOLD_NANOS = 100_000_000;

  private final Shard shard;
  private final Keyspace rows;
  private final int slotsPerVnode;
  private final RandomGenerator random;
  private final KeySampler sampler;
  private final long sketchBytesMax;
  private final long[] sharesUpTo;
  private final List<Candidate> pool = new ArrayList<>(POOL_KEYS_MAX + 1);
  private final ArrayDeque<KeyRef> drawn = new ArrayDeque<>();
  private EvictionPolicy policy = EvictionPolicy.NOEVICTION;
  private int samples = 5;
  private BitSet served = new BitSet();
  private long nextSharesNanos;
  private long nowNanos;
  private int drawsLeft;
  private long evictedKeys;

  /** A key of the pool, and when it was last used when it came there. */
  private record Candidate(KeyRef key, int lastTick) {}

  /** @param sketchBytesMax memory for the times of last use, taken while a policy needs them */
  public Eviction(
      Shard shard, int vnodes, int slotsPerVnode, RandomGenerator random, long sketchBytesMax, long nowNanos) {
    this.shard = shard;
    this.rows = shard.keyspace();
    this.slotsPerVnode = slotsPerVnode;
    this.random = random;
    this.sampler = new KeySampler(rows, slotsPerVnode, random);
    this.sketchBytesMax = sketchBytesMax;
    this.sharesUpTo = new long[vnodes];
    this.nowNanos = nowNanos;
    this.nextSharesNanos = nowNanos;
  }

  void set(EvictionPolicy policy, int samples) {
    this.samples = Math.min(samples, SAMPLES_MAX);
    if (policy == this.policy) {
      return;
    }
    this.policy = policy;
    pool.clear();
    drawn.clear();
    nextSharesNanos = nowNanos;
    boolean byUse = policy.order == EvictionPolicy.Order.IDLE;
    if (byUse && rows.accesses() == null) {
      rows.accesses(new AccessSketch(sketchBytesMax, nowNanos));
    } else if (!byUse) {
      rows.accesses(null);
    }
  }

  /** Says what time it is; call it every few milliseconds. */
  void tick(long nowNanos) {
    this.nowNanos = nowNanos;
    if (rows.accesses() != null) {
      rows.accesses().advance(nowNanos);
    }
  }

  long evictedKeys() {
    return evictedKeys;
  }

  /** Evicts a key; false if there is none that it may, as far as a bounded search can tell. */
  boolean evictOne() {
    if (!shard.writable()) {
      return false;
    }
    refreshShares();
    for (int n = 0; n < STALE_KEYS_MAX; n++) {
      try {
        KeyRef key = next();
        if (key == null) {
          return false;
        }
        if (evict(key)) {
          evictedKeys++;
          return true;
        }
      } catch (DamagedRowsException | CorruptTableException e) {
        // rows that cannot be read are the shard's care; another key will do
      }
    }
    return false;
  }

  private KeyRef next() {
    return switch (policy.order) {
      case NONE -> null;
      case IDLE -> idlest();
      case CHANCE -> byChance();
      case DEADLINE -> {
        DeadlineIndex.Entry entry = rows.deadlines().soonest(served);
        yield entry == null ? null : entry.key();
      }
    };
  }

  private int vnode(KeyRef key) {
    return key.slot() / slotsPerVnode;
  }

  private boolean evict(KeyRef key) {
    if (!shard.serves(vnode(key))) {
      return false;
    }
    boolean[] gone = new boolean[1];
    shard.execute(vnode(key), keyspace -> {
      Head head = keyspace.peek(key);
      boolean may = !policy.onlyVolatile || head.deadlineMillis() != 0;
      gone[0] = may && (keyspace.delete(head) || keyspace.expire(head));
    });
    return gone[0];
  }

  // ---------------------------------------------------------------- by last use

  /** The idlest key of the pool; one that was used since it came there is put back to its place first. */
  private KeyRef idlest() {
    AccessSketch sketch = rows.accesses();
    if (drawsLeft <= 0 || pool.isEmpty()) {
      List<KeyRef> some = draw(samples * EVICTIONS_A_SAMPLE);
      some.forEach(key -> join(key, sketch.lastTick(key)));
      drawsLeft = Math.max(1, some.size() / samples);
    }
    for (int n = 0; n < POOL_KEYS_MAX && !pool.isEmpty(); n++) {
      Candidate first = pool.remove(0);
      int lastTick = sketch.lastTick(first.key());
      if (lastTick == first.lastTick()) {
        drawsLeft--;
        return first.key();
      }
      join(first.key(), lastTick);
    }
    return pool.isEmpty() ? null : pool.remove(0).key();
  }

  /** Into the pool at its place, if it is one of the idlest. */
  private void join(KeyRef key, int lastTick) {
    int at = 0;
    while (at < pool.size() && pool.get(at).lastTick() <= lastTick) {
      at++;
    }
    if (at == POOL_KEYS_MAX || pool.stream().anyMatch(c -> c.key().equals(key))) {
      return;
    }
    pool.add(at, new Candidate(key, lastTick));
    if (pool.size() > POOL_KEYS_MAX) {
      pool.remove(POOL_KEYS_MAX);
    }
  }

  // ---------------------------------------------------------------- by chance

  private KeyRef byChance() {
    if (drawn.isEmpty()) {
      drawn.addAll(draw(EVICTIONS_A_SAMPLE));
    }
    return drawn.poll();
  }

  /** Keys of one vnode, which is chosen by its share of the keys; empty if none is found in several. */
  private List<KeyRef> draw(int wanted) {
    for (int n = 0; n < EMPTY_SAMPLES_MAX; n++) {
      int vnode = vnodeByChance();
      if (vnode < 0) {
        return List.of();
      }
      List<KeyRef> some = sampler.some(vnode, wanted, policy.onlyVolatile);
      if (!some.isEmpty()) {
        return some;
      }
    }
    nextSharesNanos = nowNanos;
    return List.of();
  }

  private int vnodeByChance() {
    long total = sharesUpTo[sharesUpTo.length - 1];
    if (total == 0) {
      return -1;
    }
    int at = Arrays.binarySearch(sharesUpTo, 1 + random.nextLong(total));
    if (at < 0) {
      return -at - 1;
    }
    while (at > 0 && sharesUpTo[at - 1] == sharesUpTo[at]) {
      at--;
    }
    return at;
  }

  private void refreshShares() {
    if (nowNanos - nextSharesNanos < 0) {
      return;
    }
    nextSharesNanos = nowNanos + SHARES_HOLD_NANOS;
    served = shard.served();
    long upTo = 0;
    for (int v = 0; v < sharesUpTo.length; v++) {
      if (served.get(v)) {
        upTo += policy.onlyVolatile ? rows.deadlineCount(v) : rows.keyCount(v);
      }
      sharesUpTo[v] = upTo;
    }
  }
}
