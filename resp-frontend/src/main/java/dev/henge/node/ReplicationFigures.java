package dev.henge.node;

import dev.henge.ring.coordinator.Coordinator;
import dev.henge.ring.placement.NodeState;
import dev.henge.ring.replica.ClockSkew;
import dev.henge.ring.replica.Hints;
import dev.henge.ring.replica.Replicas;
import dev.henge.ring.replica.Shard;
import dev.henge.ring.replica.ShardStanding;
import dev.henge.ring.replica.StabilityStanding;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * INFO replication: who shares vnodes with this node and how far they are behind, where Redis's clients look for
 * replicas, and Henge's own.
 *
 * <p>The offset counts the writes that this node's replicas have seen; another owner's is that less what it was not
 * heard to hold of the vnodes that both own. Owners tell what they hold twice a second, so it lags that much under
 * load.
 */
final class ReplicationFigures {

  private static final long MILLIS = 1_000;

  private final Shard shard;
  private final Coordinator coordinator;
  private final Map<String, NodeState> nodes;

  ReplicationFigures(Shard shard, Coordinator coordinator, Map<String, NodeState> nodes) {
    this.shard = shard;
    this.coordinator = coordinator;
    this.nodes = nodes;
  }

  Map<String, Object> all() {
    Map<String, Object> fields = new LinkedHashMap<>();
    Replicas own = shard.own();
    long seen = own.writesSeen();
    int connected = 0;
    long lacking = 0;
    for (Replicas.Peer peer : own.peers()) {
      lacking += peer.lacks();
      NodeState node = nodes.get(peer.node());
      if (peer.reachable() && node != null) {
        fields.put("slave" + connected++, "ip=" + node.address().host() + ",port=" + node.address().clientPort()
            + ",state=online,offset=" + (seen - peer.lacks()) + ",lag=" + peer.heardMillisAgo() / MILLIS);
      }
    }
    Map<String, Object> ordered = new LinkedHashMap<>();
    ordered.put("connected_slaves", connected);
    ordered.put("master_repl_offset", seen);
    ordered.putAll(fields);
    ShardStanding standing = shard.standing();
    ordered.put("henge_owners", own.peers().size());
    ordered.put("henge_owners_connected", connected);
    ordered.put("henge_owners_lack_writes", lacking);
    ordered.put("henge_vnodes_owned", standing.owned());
    ordered.put("henge_vnodes_exclusive", standing.exclusive());
    ordered.put("henge_vnodes_degraded", standing.degraded());
    ordered.put("henge_quorum_reads", coordinator.quorumReads());
    ordered.put("henge_read_repair_keys_compared", coordinator.readRepair().compared());
    ordered.put("henge_read_repair_keys_exchanged", coordinator.readRepair().repaired());
    Hints.Standing hints = shard.hints().standing();
    ordered.put("hints_held", hints.held());
    ordered.put("hints_bytes", hints.bytes());
    ordered.put("hints_oldest_seconds", hints.oldestMillis() / MILLIS);
    ordered.put("hints_handed_over", hints.handedOver());
    ordered.put("hints_dropped", hints.dropped());
    ordered.put("hints_refused", hints.refused());
    ordered.put("blind_writes", hints.blindWrites());
    StabilityStanding stability = shard.stabilityStanding();
    ordered.put("stability_vnodes_waiting", stability.vnodes());
    ordered.put("stability_oldest_seconds", stability.oldestMillis() / MILLIS);
    ordered.put("stability_collected", stability.collected());
    ordered.put("stability_late_bundles", stability.lateBundles());
    ordered.put("stability_rows_replaced", stability.replacements());
    ClockSkew.Standing skew = shard.skew().standing();
    ordered.put("clock_skew_millis_max", skew.millisMax());
    ordered.put("clock_skew_alarm", skew.alarms());
    ordered.put("clock_stamps_refused", skew.stampsRefused());
    shard.keyspace().conflicts().byType().forEach((type, count) -> ordered.put("conflicts_merged_" + type, count));
    return ordered;
  }
}
