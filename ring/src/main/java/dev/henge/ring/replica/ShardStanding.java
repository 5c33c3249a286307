package dev.henge.ring.replica;

/** How many vnodes this node owns, has caught up on, serves alone, and serves degraded. */
public record ShardStanding(int owned, int ready, int exclusive, int degraded) {

  static ShardStanding of(VnodeReplica[] replicas) {
    int owned = 0;
    int ready = 0;
    int exclusive = 0;
    int degraded = 0;
    for (VnodeReplica r : replicas) {
      if (r != null && r.owned()) {
        owned++;
        ready += r.ready ? 1 : 0;
        exclusive += r.service == VnodeReplica.Service.EXCLUSIVE ? 1 : 0;
        degraded += r.service == VnodeReplica.Service.DEGRADED ? 1 : 0;
      }
    }
    return new ShardStanding(owned, ready, exclusive, degraded);
  }
}
