package dev.henge.ring.replica;

import dev.henge.gossip.wire.Transport;
import dev.henge.storage.row.Bytes;

/**
 * The streams of bundles between this shard and its peers, in both directions.
 *
 * <p>A bundle goes from the buffer that it was made in straight into the peers' open frames; one that comes is
 * applied, and appended to the log, from the frame that it came in. Each direction counts its bundles; once a turn the
 * receiver says up to which of them its log is durable, and which it refused.
 */
final class Streams {

  private final Shard shard;
  private final Transport transport;

  Streams(Shard shard) {
    this.shard = shard;
    this.transport = shard.transport;
  }

  // ---------------------------------------------------------------- the executor's side

  /** Ships what a record has behind its header to all other owners and learners that are connected. */
  void ship(VnodeReplica r, Bytes record, Hold hold) {
    Message.Ship ship = null;
    for (int i = 0; i < r.fed; i++) {
      PeerLink peer = shard.link(r, i);
      if (peer == null || !peer.connected) {
        continue;
      }
      if (ship == null) {
        ship = new Message.Ship(record.array(), Shard.RECORD_HEADER_BYTES, record.length());
      }
      if (transport.send(peer.id, ship)) {
        peer.shipped++;
        if (hold != null && i < r.owners.size()) {
          peer.inFlight.add(peer.shipped, i, hold);
        }
      }
    }
  }

  void acknowledged(PeerLink peer, Message.Ack ack) {
    peer.acknowledged(ack, (holder, hold, refused) -> {
      if (refused) {
        shard.hints.refusedBy(peer, holder, hold);
      } else if (holder >= Hold.FALLBACK_0 || shard.leases.countsAcknowledgements(hold.replica, shard.nowNanos())) {
        hold.heldBy(holder);
      }
    });
  }

  // ---------------------------------------------------------------- the owners' side

  void shipped(PeerLink peer, Message.Ship ship) {
    long number = ++peer.received;
    Bundle bundle = Bundle.read(ship.array(), ship.from(), ship.to());
    VnodeReplica r = bundle.vnode() < shard.replicas.length ? shard.replicas[bundle.vnode()] : null;
    if (r == null || !shard.writable()) {
      peer.refuse(number);
      return;
    }
    if (shard.apply(r, bundle) == Shard.Applied.GAP) {
      peer.refuse(number);
      shard.catchUp.pull(r, r.memberIndex(peer.id), shard.nowNanos());
    } else if (shard.leases.grants.heldByAnother(r, peer.id, shard.nowNanos())) {
      peer.refuse(number);
    }
  }

  /** Ends a turn: what came in it may be acknowledged once the log is durable up to here. */
  void endTurn() {
    for (PeerLink peer : shard.peers()) {
      if (peer.received > peer.acked && (peer.due.isEmpty() || peer.due.peekLast().count() < peer.received)) {
        peer.due.add(new PeerLink.Due(peer.received, shard.log.appended()));
      }
    }
  }

  /** Acknowledges what is durable. */
  void durable(long position) {
    for (PeerLink peer : shard.peers()) {
      long count = -1;
      while (!peer.due.isEmpty() && peer.due.peekFirst().position() <= position) {
        count = peer.due.pollFirst().count();
      }
      if (count > peer.acked && peer.connected) {
        peer.acked = count;
        transport.send(peer.id, new Message.Ack(peer.theirStream, count, peer.takeRefused(count)));
      }
    }
  }
}
