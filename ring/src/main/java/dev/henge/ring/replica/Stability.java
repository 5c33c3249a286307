package dev.henge.ring.replica;

import dev.henge.storage.lsm.CorruptTableException;
import dev.henge.storage.type.PastWalk;
import dev.henge.storage.version.Mutant;
import dev.henge.storage.version.Rules;
import dev.henge.storage.version.VersionVector;

/**
 * What every owner is known to hold, and what need not be kept any longer because of that: tombstones, clears,
 * contexts, sums at rest.
 *
 * <p>A dot is causally stable when nothing that is concurrent to it can arrive any more (Baquero, Almeida, Shoker,
 * "Pure Operation-Based Replicated Data Types", 2017). An owner's clock, as it told it, counts once this replica
 * covers that clock: then all that the owner had written before it saw the dot is here too, and what it writes later
 * has seen the dot. Stable is the meet of what counts of all owners, and of the own clock. To count a clock when it
 * is heard is not enough: a bundle that was written before may still be on its way, with a value in it that a
 * tombstone here has overwritten.
 *
 * <p>What has been stable for the collection floor is collected; and the vnode's <b>horizon</b> is raised to it
 * first. It names the past of which nothing is left here to meet old rows with. Owners that forgot something which
 * they had told, because their disk lost its tail or was restored from a backup, are behind the horizon:
 * <ul>
 *   <li>Their bundles say what their writer had seen ({@code deps}). Where that does not cover the horizon, what
 * their rows carry of others' writes, and is in the horizon but not here, was superseded, and is left out.
 *   <li>When they catch up by rows, they take them <em>in place</em> of their own: what the giver had seen and does
 * not give is dead. What it had not seen, writes that they alone have, stays. See {@code RangeReplace} and {@link
 * CatchUp}.
 * </ul>
 *
 * <p>An owner that is away for long holds all of this up: that is the price of law 4, and {@link Standing} tells it.
 *
 * <p>Who has a vnode <b>alone</b> keeps nothing of what it deletes, not even for a moment. It is alone only as long as
 * nobody else ever owned the vnode, for who owned it once may be away with its rows and come back, and may have
 * written meanwhile. Others that take the vnode up and vanish again come back with rows at most, which they took here:
 * for these all that was seen while alone is in the horizon.
 */
final class Stability {

  /** Rows that are looked at in one go. */
  private static final int STEP_ROWS = 1_000;

  /** Vnodes whose walk is begun in one go: most have little that is past. */
  private static final int WALKS_A_TICK = 16;

  private final Shard shard;
  private final Rules rules;
  private final long floorNanos;
  private long nextLookNanos;
  private int next;
  private PastWalk walk;
  private VnodeReplica walked;
  private boolean stepped;
  private long collected;
  private long lateBundles;
  private long replacements;

  Stability(Shard shard) {
    this.shard = shard;
    this.rules = shard.config.rules();
    this.floorNanos = shard.config.collectionFloorMillis() * 1_000_000;
  }

  // ---------------------------------------------------------------- what is stable

  /** Takes note of what can be counted now. */
  private VersionVector stable(VnodeReplica r) {
    if (rules.broken(Mutant.COLLECT_EAGERLY)) {
      return r.clock;
    }
    VersionVector stable = r.clock;
    for (int i = 0; i < r.owners.size(); i++) {
      if (i == r.selfIndex) {
        continue;
      }
      VersionVector heard = r.heardClocks[i];
      if (heard != null && (r.clock.covers(heard) || rules.broken(Mutant.STABLE_BY_ACKNOWLEDGEMENT))) {
        r.countedClocks[i] = heard;
      }
      stable = stable.meet(r.countedClocks[i] == null ? VersionVector.EMPTY : r.countedClocks[i]);
    }
    return stable;
  }

  private void look(VnodeReplica r, long nowNanos) {
    VersionVector stable = stable(r);
    if (stable.covers(r.clock)) {
      r.unstableSinceNanos = nowNanos;
      r.unstableMark = null;
    } else if (r.unstableMark == null || stable.covers(r.unstableMark)) {
      r.unstableSinceNanos = r.unstableMark == null ? r.unstableSinceNanos : r.unstableMarkNanos;
      r.unstableMark = r.clock;
      r.unstableMarkNanos = nowNanos;
    }
    if (r.stableSample == null) {
      r.stableSample = stable;
      r.stableSampleNanos = nowNanos;
    } else if (nowNanos - r.stableSampleNanos >= floorNanos) {
      VersionVector collectable = r.stableSample.meet(stable);
      r.stableSample = stable;
      r.stableSampleNanos = nowNanos;
      if (!collectable.equals(r.collectable) || shard.keyspace.pastChanged(r.vnode)) {
        r.collectable = collectable;
        r.collectDue = true;
      }
    }
  }

  // ---------------------------------------------------------------- collecting

  void tick(long nowNanos) {
    if (nowNanos >= nextLookNanos) {
      nextLookNanos = nowNanos + floorNanos / 4;
      for (VnodeReplica r : shard.replicas) {
        if (r != null && r.owned() && !shard.keyspace.isAlone(r.vnode) && shard.keyspace.hasPast(r.vnode)) {
          look(r, nowNanos);
        }
      }
    }
    stepped = false;
    long rows = 0;
    for (int n = 0; n < WALKS_A_TICK && rows < STEP_ROWS && shard.log.refusal() == null; n++) {
      long looked = collect();
      if (looked < 0) {
        break;
      }
      stepped = true;
      rows += looked;
    }
  }

  /** Whether the last look found nothing to collect. */
  boolean waitsForNothing() {
    return !stepped;
  }

  /** Goes on with a walk, or begins one; returns how many rows it looked at, -1 if none is due. */
  private long collect() {
    for (int n = 0; walk == null && n < shard.replicas.length; n++) {
      VnodeReplica r = shard.replicas[next];
      next = (next + 1) % shard.replicas.length;
      if (r != null && r.collectDue && r.damage == null) {
        r.collectDue = false;
        raise(r, r.collectable);
        walked = r;
        walk = shard.keyspace.pastWalk(r.vnode, r.collectable, r.clock);
      }
    }
    if (walk == null) {
      return -1;
    }
    long before = walk.looked();
    boolean done = walked.damage != null;
    walked.collectDue |= done;
    try {
      done = done || walk.step(STEP_ROWS);
    } catch (CorruptTableException e) {
      shard.damage.met(e);
      walked.collectDue = true;
      done = true;
    }
    long looked = walk.looked() - before;
    if (done) {
      collected += walk.collected();
      walk = null;
    }
    return looked;
  }

  /** The replica is no more. */
  void dropped(VnodeReplica r) {
    if (walked == r) {
      walk = null;
      walked = null;
    }
  }

  /** From now on nothing of this may be left here to meet old rows with. */
  void raise(VnodeReplica r, VersionVector past) {
    if (!r.horizon.covers(past)) {
      r.horizon = r.horizon.join(past);
      r.recordStale = true;
    }
  }

  /** The owners are decided, or the members others: says whether this node alone has the vnode. */
  void alone(VnodeReplica r) {
    boolean alone = r.owned() && r.members.size() == 1 && shard.views.epoch(r.vnode) <= 1;
    if (!alone) {
      raise(r, horizon(r));
    }
    shard.keyspace.alone(r.vnode, alone);
  }

  /** The past of which nothing may be left here to meet old rows with. */
  VersionVector horizon(VnodeReplica r) {
    return shard.keyspace.isAlone(r.vnode) ? r.clock : r.horizon;
  }

  // ---------------------------------------------------------------- those behind the horizon

  /** The horizon would make up for what these rules get wrong. */
  private boolean withoutHorizon() {
    return rules.broken(Mutant.TOO_LATE_IS_WELCOME) || rules.broken(Mutant.COLLECT_EAGERLY)
        || rules.broken(Mutant.STABLE_BY_ACKNOWLEDGEMENT) || rules.broken(Mutant.STRIP_WHEN_OVERWRITTEN_IS_STABLE);
  }

  /**
   * What of a bundle's rows, if not its own, was superseded here: the horizon, if its writer may not have seen all of
   * that, else nothing.
   */
  VersionVector superseding(VnodeReplica r, Bundle bundle) {
    if (bundle.deps() != null) {
      r.lastDeps.set(bundle.actor(), bundle.deps());
    }
    if (r.horizon.isEmpty() || r.damage != null || withoutHorizon()
        || r.lastDeps.cover(bundle.actor(), bundle.seq(), r.horizon)) {
      return VersionVector.EMPTY;
    }
    lateBundles++;
    return r.horizon;
  }

  /** The same of rows that come from a replica which has seen {@code seen}. */
  VersionVector superseding(VnodeReplica r, VersionVector seen) {
    boolean known = r.damage != null || seen.covers(r.horizon) || withoutHorizon();
    return known ? VersionVector.EMPTY : r.horizon;
  }

  /** Whether this replica has to take the rows of one with that horizon in place of its own. */
  boolean tooLateFor(VnodeReplica r, VersionVector horizon) {
    boolean late = !r.clock.covers(horizon) && !withoutHorizon();
    replacements += late ? 1 : 0;
    return late;
  }

  // ---------------------------------------------------------------- what others may know

  /** How old the oldest write is, at most, that some owner is not known to hold. */
  long unstableMillis(VnodeReplica r) {
    return r.unstableMark == null ? 0 : (shard.nowNanos() - r.unstableSinceNanos) / 1_000_000;
  }

  StabilityStanding standing() {
    long oldest = 0;
    int waiting = 0;
    for (VnodeReplica r : shard.replicas) {
      if (r != null && !shard.keyspace.isAlone(r.vnode) && shard.keyspace.hasPast(r.vnode)) {
        waiting++;
        oldest = Math.max(oldest, unstableMillis(r));
      }
    }
    return new StabilityStanding(waiting, oldest, collected, lateBundles, replacements);
  }

  /** Whether nothing waits to be collected that could be. */
  boolean idle() {
    if (walk != null) {
      return false;
    }
    for (VnodeReplica r : shard.replicas) {
      if (r != null && !shard.keyspace.isAlone(r.vnode) && shard.keyspace.hasPast(r.vnode)) {
        return false;
      }
    }
    return true;
  }
}
