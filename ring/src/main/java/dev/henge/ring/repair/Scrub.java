package dev.henge.ring.repair;

import dev.henge.storage.lsm.CorruptTableException;
import dev.henge.storage.type.MerkleWalk;
import java.util.BitSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The slow reading of all own rows, vnode by vnode, that makes each tree anew from the disk and compares it with the
 * one that was kept.
 *
 * <p>A tree that is kept from change to change cannot see that bytes have changed under it; this walk does, and from
 * then on the next comparison with another owner finds the row. Trees that are not known are made first, then those
 * that a comparison has found inconsistent, then the vnodes in turn, spread evenly over the scrub's time. A block
 * that cannot be read at all ends the walk of its vnode and is the repair of damage's affair.
 */
final class Scrub {

  private static final Logger LOG = LoggerFactory.getLogger(Scrub.class);

  /** Records that a step of an ordinary walk reads, and of one that others wait for. */
  private static final int STEP_RECORDS = 200;
  private static final int URGENT_STEP_RECORDS = 2_000;

  /**
   * The moment of the start decides with which vnode a pass begins, lest nodes that restart often never reach the
   * last.
   */
  private static final long TURN_NANOS = 1_000_000;

  private static final double NANOS_PER_SECOND = 1e9;

  private final RepairSite site;
  private final BitSet urgent = new BitSet();
  private final long[] scrubbedNanos;
  private final BitSet scrubbed = new BitSet();
  private MerkleWalk walk;
  private boolean hurried;
  private boolean whollyNew;
  private int turn;

  /** With which vnode the look for trees that are not known goes on. */
  private int look;

  private double nextNanos;
  private long scrubSeconds;
  private long vnodesDone;
  private long rows;
  private long differences;

  Scrub(RepairSite site, long scrubSeconds, long nowNanos) {
    this.site = site;
    this.scrubbedNanos = new long[site.vnodes()];
    this.scrubSeconds = scrubSeconds;
    this.nextNanos = nowNanos;
    this.turn = (int) Math.floorMod(nowNanos / TURN_NANOS, (long) site.vnodes());
  }

  void every(long seconds, long nowNanos) {
    if (seconds != scrubSeconds) {
      scrubSeconds = seconds;
      nextNanos = nowNanos;
    }
  }

  /** A vnode's tree is not what its heads say, or may not be: it is walked next. */
  void soon(int vnode) {
    urgent.set(vnode);
  }

  void tick(long nowNanos) {
    if (walk == null && !begin(nowNanos)) {
      return;
    }
    int vnode = walk.vnode();
    if (!site.whole(vnode)) {
      stop();
      return;
    }
    try {
      if (walk.step(hurried ? URGENT_STEP_RECORDS : STEP_RECORDS)) {
        done(vnode, nowNanos);
      }
    } catch (CorruptTableException e) {
      stop();
      site.met(e);
    }
  }

  /** Whether a vnode is being read. */
  boolean walks() {
    return walk != null;
  }

  private void stop() {
    walk.stop();
    walk = null;
  }

  private boolean begin(long nowNanos) {
    for (int n = Math.min(site.vnodes(), AntiEntropy.VNODES_A_TICK); n > 0; n--) {
      int v = look;
      look = (look + 1) % site.vnodes();
      if (site.owners(v) != null && site.whole(v) && !site.keyspace().trees().of(v).known()) {
        return begin(v, true, true);
      }
    }
    for (int v = urgent.nextSetBit(0); v >= 0; v = urgent.nextSetBit(v + 1)) {
      urgent.clear(v);
      if (site.owners(v) != null && site.whole(v)) {
        return begin(v, true, false);
      }
    }
    return scrubSeconds > 0 && nowNanos >= nextNanos && beginNext(nowNanos);
  }

  private boolean beginNext(long nowNanos) {
    int owned = 0;
    for (int v = 0; v < site.vnodes(); v++) {
      owned += site.owners(v) == null ? 0 : 1;
    }
    nextNanos = Math.max(nextNanos, nowNanos - NANOS_PER_SECOND) + scrubSeconds * NANOS_PER_SECOND / Math.max(1, owned);
    for (int n = 0; n < site.vnodes(); n++) {
      int v = turn++ % site.vnodes();
      if (site.owners(v) != null && site.whole(v)) {
        return begin(v, false, false);
      }
    }
    return false;
  }

  private boolean begin(int vnode, boolean hurry, boolean unknown) {
    walk = new MerkleWalk(site.keyspace(), vnode);
    hurried = hurry;
    whollyNew = unknown;
    return true;
  }

  private void done(int vnode, long nowNanos) {
    long wrong = walk.keysWrong() + walk.leavesWrong();
    if (wrong > 0) {
      differences += wrong;
      LOG.error("vnode {}: the rows on the disk are not those that were written: {} collections and {} leaves of the tree differ; the next "
          + "comparison with its other owners will find them", vnode, walk.keysWrong(), walk.leavesWrong());
    } else if (whollyNew) {
      LOG.debug("vnode {}: its tree was made from its rows", vnode);
    }
    if (wrong > 0 || whollyNew) {
      site.putRight(vnode);
    }
    rows += walk.rows();
    vnodesDone++;
    scrubbed.set(vnode);
    scrubbedNanos[vnode] = nowNanos;
    walk = null;
  }

  // ---------------------------------------------------------------- figures

  /** Vnodes walked since the start. */
  long vnodesDone() {
    return vnodesDone;
  }

  /** Records read by the walks that have ended. */
  long rows() {
    return rows;
  }

  /** Collections and leaves that were not what had been kept. */
  long differences() {
    return differences;
  }

  /** When the vnode was last walked to its end, or {@link Long#MIN_VALUE}. */
  long scrubbedNanos(int vnode) {
    return scrubbed.get(vnode) ? scrubbedNanos[vnode] : Long.MIN_VALUE;
  }

  /** The share of the own vnodes that this pass over all of them has behind it, 0 to 1. */
  double progress() {
    int owned = 0;
    for (int v = 0; v < site.vnodes(); v++) {
      owned += site.owners(v) == null ? 0 : 1;
    }
    return owned == 0 ? 0 : (vnodesDone % owned + (walk == null ? 0 : walk.progress())) / owned;
  }
}
