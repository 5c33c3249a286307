package dev.henge.ring.replica;

import dev.henge.storage.lsm.ByteStore;
import dev.henge.storage.row.FormatException;

/**
 * What bundles and commands that have come, and are about to be dealt with one after the other, will touch: the state of
 * their vnodes, the entries of their keys. It is read here before, for all of them together.
 *
 * <p>What a node holds is far larger than its processor's caches, so each key costs three or four waits for memory, and
 * each vnode two or three. One bundle after the other waits for each of them; short loops that only read wait for many at
 * once. Changes nothing and may miss anything: those who deal with the messages read it all again.
 */
final class ComingWork {

  private static final int VNODES_MAX = ByteStore.WARM_MAX;

  private final Shard shard;
  private final VnodeReplica[] replicas = new VnodeReplica[VNODES_MAX];
  private int count;

  /** Without meaning: what is read must go somewhere. */
  private long warmth;

  ComingWork(Shard shard) {
    this.shard = shard;
  }

  /** A peer's bundle. */
  void bundle(Message.Ship ship) {
    try {
      Bundle bundle = Bundle.read(ship.array(), ship.from(), ship.to());
      vnode(bundle.vnode());
      shard.keyspace.ahead().coming(bundle.body());
    } catch (FormatException e) {
      return; // to be told by who applies it
    }
  }

  /** Something that concerns a vnode. */
  void vnode(int vnode) {
    VnodeReplica r = count < VNODES_MAX && vnode < shard.replicas.length ? shard.replicas[vnode] : null;
    if (r != null) {
      replicas[count++] = r;
    }
  }

  /** Reads what was said to be coming, and forgets it. */
  void read() {
    shard.keyspace.ahead().warm();
    for (int i = 0; i < count; i++) {
      warmth += replicas[i].lastPosition;
    }
    for (int i = 0; i < count; i++) {
      warmth += replicas[i].clock.get(0);
    }
    count = 0;
  }
}
