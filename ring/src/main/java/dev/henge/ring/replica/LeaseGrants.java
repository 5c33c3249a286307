package dev.henge.ring.replica;

import dev.henge.ring.replica.VnodeReplica.Service;
import dev.henge.storage.version.Mutant;
import dev.henge.storage.version.VersionVector;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An owner's part in who executes a vnode's commands: its own lease, which one node has at a time. What the leases are
 * for is said at {@link Leases}.
 *
 * <p>An owner gives its lease if it is ready, in the present epoch, and no other node has it. Who seeks it while
 * another does is remembered, and given it as soon as it is free. An owner that started again gives none until those of
 * its earlier run must have ended.
 */
final class LeaseGrants {

  private final Shard shard;
  private final ShardConfig config;
  private final long grantsFromNanos;

  LeaseGrants(Shard shard, long startNanos) {
    this.shard = shard;
    this.config = shard.config;
    boolean atOnce = config.mayGrantAtOnce() || config.rules().broken(Mutant.GRANTS_AFTER_RESTART);
    this.grantsFromNanos = atOnce ? startNanos : startNanos + config.leaseNanos();
  }

  /** Whether another node than this holds this owner's lease: then its bundles are kept, but not acknowledged. */
  boolean heldByAnother(VnodeReplica r, String node, long nowNanos) {
    return r.leaseHolder != null && !r.leaseHolder.equals(node) && nowNanos < r.leaseUntilNanos;
  }

  /**
   * Whether another node may still serve by a lease of this owner: the next run must not give it to a third at once.
   */
  boolean inForce(long nowNanos) {
    for (VnodeReplica r : shard.replicas) {
      if (r != null && heldByAnother(r, config.self(), nowNanos)) {
        return true;
      }
    }
    return false;
  }

  /** A node asks for leases: to have them longer, or seeking to serve. */
  void requested(PeerLink peer, Message.LeaseRequest request, long nowNanos) {
    BitSet granted = new BitSet();
    BitSet held = new BitSet();
    List<VnodeReplica> told = new ArrayList<>();
    int asked = 0;
    for (int v = request.vnodes().nextSetBit(0); v >= 0; v = request.vnodes().nextSetBit(v + 1)) {
      long epoch = request.epoch(asked++);
      if (!shard.views.inEpoch(peer, v, epoch) && !config.rules().broken(Mutant.LEASE_IN_OLD_EPOCH)) {
        continue;
      }
      VnodeReplica r = v < shard.replicas.length ? shard.replicas[v] : null;
      if (r == null || r.ownerIndex(peer.id) < 0) {
        continue;
      }
      if (request.seeking().get(v)) {
        peer.ready.set(v); // it seeks what it can serve; what it said of that before the epoch began is forgotten
        if (r.service == Service.EXCLUSIVE) {
          shard.leases.lookAt(r);
        }
      }
      if (grant(r, peer.id, nowNanos)) {
        granted.set(v);
        if (request.seeking().get(v)) {
          told.add(r);
          shard.catchUp.tellSoon(r);
        }
      } else if (heldByAnother(r, peer.id, nowNanos)) {
        held.set(v);
        if (request.seeking().get(v)) {
          r.leaseSeeker = new LeaseSeeker(peer.id, request.round(), epoch, nowNanos);
        }
      }
    }
    answer(peer, request.round(), granted, held, told);
  }

  private void answer(PeerLink peer, long round, BitSet granted, BitSet held, List<VnodeReplica> told) {
    int[] vnodes = told.stream().mapToInt(r -> r.vnode).toArray();
    VersionVector[] clocks = told.stream().map(r -> r.clock).toArray(VersionVector[]::new);
    shard.transport.send(peer.id, new Message.LeaseGrant(round, granted, held, vnodes, clocks));
  }

  /** A node gives its leases of these vnodes back; they go to who waits for them. Returns the vnodes that are here. */
  List<VnodeReplica> released(PeerLink peer, BitSet vnodes, long nowNanos) {
    List<VnodeReplica> over = new ArrayList<>();
    for (int v = vnodes.nextSetBit(0); v >= 0; v = vnodes.nextSetBit(v + 1)) {
      VnodeReplica r = v < shard.replicas.length ? shard.replicas[v] : null;
      if (r != null) {
        ended(r, peer.id);
        over.add(r);
      }
    }
    passOn(over, nowNanos);
    return over;
  }

  /**
   * Gives leases that are free now to who asked for them while another had them: who seeks need not ask again, nor be
   * told by the former holder before this owner is.
   */
  void passOn(List<VnodeReplica> free, long nowNanos) {
    Map<LeaseSeeker, List<VnodeReplica>> next = new LinkedHashMap<>();
    for (VnodeReplica r : free) {
      LeaseSeeker seeker = r.leaseSeeker;
      if (seeker != null && r.leaseHolder == null) {
        r.leaseSeeker = null;
        if (seeker.epoch() == shard.views.epoch(r.vnode) && nowNanos - seeker.sinceNanos() <= 2 * config.seekNanos()
            && r.ownerIndex(seeker.node()) >= 0 && grant(r, seeker.node(), nowNanos)) {
          next.computeIfAbsent(seeker.ofRound(), of -> new ArrayList<>()).add(r);
        }
      }
    }
    next.forEach((seeker, vnodes) -> {
      BitSet granted = new BitSet();
      for (VnodeReplica r : vnodes) {
        granted.set(r.vnode);
        shard.catchUp.tellSoon(r);
      }
      answer(shard.peer(seeker.node()), seeker.round(), granted, new BitSet(), vnodes);
    });
  }

  /** Gives this owner's lease to a node, for the first time or for longer, unless another has it. */
  boolean grant(VnodeReplica r, String node, long nowNanos) {
    if (!r.ready || !r.owned() || nowNanos < grantsFromNanos || heldByAnother(r, node, nowNanos)) {
      return false;
    }
    r.leaseEpoch = shard.views.epoch(r.vnode);
    r.leaseHolder = node;
    r.leaseUntilNanos = nowNanos + config.leaseNanos();
    return true;
  }

  /**
   * Whether this owner may take part in the decision of the vnode's next epoch: it must not have lent its majority to
   * an executor of an earlier epoch than the present, who may share no owner with the majorities of the next.
   */
  boolean mayVote(VnodeReplica r, long nowNanos) {
    boolean lent = r.leaseHolder != null && nowNanos < r.leaseUntilNanos
        && r.leaseEpoch < shard.views.epoch(r.vnode) && !config.rules().broken(Mutant.LEASE_IN_OLD_EPOCH);
    return nowNanos >= grantsFromNanos && !lent;
  }

  private static void ended(VnodeReplica r, String node) {
    if (node.equals(r.leaseHolder)) {
      r.leaseHolder = null;
    }
    if (r.leaseSeeker != null && node.equals(r.leaseSeeker.node())) {
      r.leaseSeeker = null;
    }
  }

  /** A process that is certainly dead executes nothing: its leases are over before their time. */
  void died(PeerLink peer) {
    List<VnodeReplica> over = new ArrayList<>();
    for (VnodeReplica r : shard.replicas) {
      if (r != null) {
        ended(r, peer.id);
        over.add(r);
      }
    }
    passOn(over, shard.nowNanos());
  }
}
