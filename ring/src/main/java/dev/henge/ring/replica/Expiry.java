package dev.henge.ring.replica;

import dev.henge.storage.lsm.CorruptTableException;
import dev.henge.storage.type.DamagedRowsException;

/** What clears keys whose deadline has passed, in the vnodes that this node serves: a write like any other. */
final class Expiry {

  /** Keys cleared in one go, at most, in a vnode. */
  private static final int AT_ONCE_MAX = 20;

  /** The vnodes are gone through in so many ticks: each is looked at about three times a second. */
  private static final int PARTS = 16;

  private final Shard shard;
  private int from;
  private boolean seen;
  private boolean seenInLastPass;

  Expiry(Shard shard) {
    this.shard = shard;
  }

  void tick(long nowMillis) {
    int vnodes = shard.replicas.length;
    int until = Math.min(vnodes, from + Math.max(1, vnodes / PARTS));
    for (int v = from; v < until; v++) {
      if (shard.replicas[v] != null && shard.keyspace.deadlineCount(v) != 0) {
        seen = true;
        if (shard.serves(v) && shard.writable()) {
          clearDue(v, nowMillis);
        }
      }
    }
    from = until;
    if (until == vnodes) {
      from = 0;
      seenInLastPass = seen;
      seen = false;
    }
  }

  /** Whether some key was lately found to have a deadline. */
  boolean any() {
    return seen || seenInLastPass;
  }

  private void clearDue(int vnode, long nowMillis) {
    try {
      for (int n = 0; n < AT_ONCE_MAX && clearOne(vnode, nowMillis); n++) {
        // until none is due
      }
    } catch (CorruptTableException e) {
      shard.damage.met(e);
    } catch (DamagedRowsException e) {
      // a key that was found damaged just now: it is hidden from here on
    }
  }

  private boolean clearOne(int vnode, long nowMillis) {
    var key = shard.keyspace.due(vnode, nowMillis);
    if (key == null) {
      return false;
    }
    shard.execute(vnode, rows -> rows.expire(rows.open(key)));
    return true;
  }
}
