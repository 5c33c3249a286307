package dev.henge.ring.replica;

import dev.henge.ring.replica.VnodeReplica.Service;
import dev.henge.storage.version.Mutant;
import dev.henge.storage.version.VersionVector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Who executes a vnode's commands: leases that owners give to one node at a time.
 *
 * <p>The way to serve a vnode:
 * <ol>
 *   <li>The first owner of the preference list that can be reached and is ready is the candidate. If that is this
 * node, it seeks.
 *   <li>It asks all owners, itself too, for their lease. An owner gives it if it is ready and no other node holds it;
 * with the first grant comes the owner's clock.
 *   <li>With a majority's leases it pulls whatever their clocks have and it has not, and is then exclusive: every
 * write that was acknowledged by W ≥ majority owners is among what a majority holds. What it took over may be on
 * fewer: replies wait until a majority has that too, or the next primary could show less than this one did.
 *   <li>If no majority can be had for longer than a lease lasts, and the policy allows, it serves degraded.
 *   <li>When a node before it in the list becomes ready, it drains, gives its leases back, and that node, which has
 * sought them meanwhile, is given them by each owner that hears of it.
 * </ol>
 *
 * <p>An owner that gave its lease to one node refuses to acknowledge another's bundles (it keeps them all the same),
 * so that an executor that was replaced cannot have its writes counted. Times are monotonic and each node's own; a
 * lease counts a tenth less where it was asked for (Gray and Cheriton, "Leases", 1989). An owner that started again
 * gives no lease until those of its earlier run must have ended.
 */
final class Leases {

  private final Shard shard;
  private final ShardConfig config;

  /** This owner's part. */
  final LeaseGrants grants;

  private long nextRenewNanos;
  private long nextSeekNanos;
  private long rounds;
  private long takeovers;
  private boolean stopped;
  private boolean settled;

  /** Whether others may not know yet that this node can serve some vnode. */
  private boolean readyNews;

  /** The writes of the shard by their place in the log, for this node's own count. */
  private final ArrayDeque<Hold> undurable = new ArrayDeque<>();

  /** Vnodes that may have writes which wait for owners. */
  private final BitSet waiting = new BitSet();

  /** Vnodes that this node serves in another epoch than their leases are of. */
  private final BitSet toRenew = new BitSet();

  /** Vnodes that another may have to serve than did. */
  private final BitSet toLookAt = new BitSet();

  /** Vnodes that this node stops serving as soon as what it began of them has ended. */
  private final BitSet draining = new BitSet();

  /** Vnodes of which this node, while it serves them, has taken over bundles that others may not have. */
  private final BitSet barriersDue = new BitSet();

  Leases(Shard shard, long startNanos) {
    this.shard = shard;
    this.config = shard.config;
    this.rounds = shard.firstId();
    this.grants = new LeaseGrants(shard, startNanos);
  }

  // ---------------------------------------------------------------- questions

  boolean serves(VnodeReplica r, long nowNanos) {
    return r.service == Service.EXCLUSIVE && nowNanos < r.exclusiveUntilNanos || r.service == Service.DEGRADED;
  }

  boolean reachable(String node, long nowNanos) {
    PeerLink peer = shard.peers.get(node);
    return peer != null && peer.reachable(nowNanos, config.leaseNanos());
  }

  /** The same of an owner, by its place; not of this node. */
  boolean reachable(VnodeReplica r, int owner, long nowNanos) {
    PeerLink peer = shard.link(r, owner);
    return peer != null && peer.reachable(nowNanos, config.leaseNanos());
  }

  /**
   * The node that should serve the vnode as seen from here, or null if no owner can: one that can read all its rows,
   * if there is one.
   */
  String candidate(int vnode, long nowNanos) {
    if (shard.target() == null) {
      return null;
    }
    VnodeReplica r = shard.replicas[vnode];
    if (r != null) {
      int owner = candidate(r, nowNanos);
      return owner < 0 ? null : r.owners.get(owner);
    }
    String damaged = null;
    for (String owner : shard.owners(vnode)) {
      boolean can = reachable(owner, nowNanos) && shard.peers.get(owner).ready.get(vnode);
      if (can && !shard.peers.get(owner).damaged.get(vnode)) {
        return owner;
      }
      damaged = can && damaged == null ? owner : damaged;
    }
    return damaged;
  }

  /** The same of a vnode that this node owns: the owner's place, or {@link VnodeReplica#NOT_AN_OWNER}. */
  private int candidate(VnodeReplica r, long nowNanos) {
    int damaged = VnodeReplica.NOT_AN_OWNER;
    for (int i = 0; i < r.owners.size(); i++) {
      boolean self = i == r.selfIndex;
      boolean can = self ? r.ready && !stopped : reachable(r, i, nowNanos) && r.links[i].ready.get(r.vnode);
      boolean whole = self ? r.damage == null : can && !r.links[i].damaged.get(r.vnode);
      if (can && whole) {
        return i;
      }
      damaged = can && damaged < 0 ? i : damaged;
    }
    return damaged;
  }

  /** Stops serving a vnode at once if another owner can; what was begun ends. */
  void stepDown(VnodeReplica r, long nowNanos) {
    boolean serves = r.service == Service.EXCLUSIVE || r.service == Service.DEGRADED;
    String candidate = serves ? candidate(r.vnode, nowNanos) : null;
    if (candidate != null && !candidate.equals(config.self())) {
      drain(r, nowNanos);
    }
  }

  /**
   * The vnode has other owners: who serves it asks for leases of this epoch as soon as a majority can give one, since
   * those that gave one in an earlier epoch take no part in the next decision; and another may have to serve it now.
   */
  void ownersChanged(VnodeReplica r) {
    if (r.service != Service.IDLE) {
      toRenew.set(r.vnode);
    }
    lookAt(r);
    readyNews(r);
  }

  /** Another may have to serve the vnode now; looked at when the turn ends. */
  void lookAt(VnodeReplica r) {
    toLookAt.set(r.vnode);
  }

  /** Others are told at the next tick that this node can serve the vnode, if it can. */
  void readyNews(VnodeReplica r) {
    readyNews |= r.ready && r.owned();
  }

  private void drain(VnodeReplica r, long nowNanos) {
    r.service = Service.DRAINING;
    r.drainingSinceNanos = nowNanos;
    draining.set(r.vnode);
  }

  /** Looks at vnodes whose executor may have to be another one now; at the end of a turn. */
  void lookAtChanged(long nowNanos) {
    if (!toLookAt.isEmpty() && shard.target() != null) {
      List<VnodeReplica> changed = new ArrayList<>();
      for (int v = toLookAt.nextSetBit(0); v >= 0; v = toLookAt.nextSetBit(v + 1)) {
        if (shard.replicas[v] != null) {
          changed.add(shard.replicas[v]);
        }
      }
      toLookAt.clear();
      look(changed, nowNanos);
    }
  }

  /** Gives the leases of vnodes back of which what was begun has ended; at the end of a turn. */
  void drained() {
    if (draining.isEmpty()) {
      return;
    }
    BitSet given = new BitSet();
    for (int v = draining.nextSetBit(0); v >= 0; v = draining.nextSetBit(v + 1)) {
      VnodeReplica r = shard.replicas[v];
      if (r == null || r.service != Service.DRAINING) {
        draining.clear(v);
      } else if (r.newestHold() == null) {
        draining.clear(v);
        handOver(r, given);
      }
    }
    giveBack(given);
  }

  /**
   * Whether an owner's clock may count as its acknowledgement: it gave its lease to nobody else, and this node has
   * been the executor without a gap. After a gap another may have executed: {@link #doubtOvertaken} looks first.
   */
  boolean countsFor(VnodeReplica r, int owner, long nowNanos) {
    return r.service == Service.DEGRADED || nowNanos < r.grantedUntilNanos[owner] && countsAcknowledgements(r, nowNanos);
  }

  /** Whether acknowledgements count now; those that do not are heard again, with the owners' clocks. */
  boolean countsAcknowledgements(VnodeReplica r, long nowNanos) {
    return r.service == Service.DEGRADED || executesAlone(r, nowNanos);
  }

  /** Whether nobody else can have executed since this node did. */
  private static boolean executesAlone(VnodeReplica r, long nowNanos) {
    return r.executor() && nowNanos < r.exclusiveUntilNanos;
  }

  // ---------------------------------------------------------------- this node's own count

  void wroteTo(VnodeReplica r, Hold hold) {
    undurable.add(hold);
    waiting.set(r.vnode);
  }

  /** This node has taken over bundles of the vnode that others may not have; {@code serves}: and it serves the vnode. */
  void tookOver(VnodeReplica r, boolean serves) {
    if (serves || !barriersDue.isEmpty()) {
      barriersDue.set(r.vnode, serves);
    }
  }

  /**
   * Makes the replies of vnodes that took bundles over wait until enough owners have those. The owners are told at
   * once, so that they can pull; one whose clock was heard to cover all counts already.
   */
  void barriers(long nowNanos) {
    for (int v = barriersDue.nextSetBit(0); v >= 0; v = barriersDue.nextSetBit(v + 1)) {
      VnodeReplica r = shard.replicas[v];
      if (r == null) {
        barriersDue.clear(v); // let go of since
      } else if (r.service != Service.SEEKING) {
        barriersDue.clear(v);
        boolean alone = r.service == Service.IDLE || r.service == Service.DEGRADED || config.rules().broken(Mutant.NO_BARRIER);
        int need = alone ? 1 : r.quorum();
        if (need == 1) {
          continue;
        }
        Hold hold = new Hold(r, 0, r.clock, shard.log.appended(), need, nowNanos);
        r.hold(hold);
        wroteTo(r, hold);
        for (int i = 0; i < r.owners.size(); i++) {
          if (i != r.selfIndex && nowNanos < r.grantedUntilNanos[i]) {
            countHeard(r, i);
          }
        }
        shard.catchUp.tellSoon(r);
      }
    }
  }

  /**
   * What an owner was heard to hold counts while it leaves its lease to this node: it may have been heard before
   * that.
   */
  private void countHeard(VnodeReplica r, int owner) {
    if (!(r.holds.isEmpty() && r.asked.isEmpty()) && r.heardClocks[owner] != null && countsAcknowledgements(r, shard.nowNanos())) {
      r.heldUpTo(owner, shard.config.actor(), r.heardClocks[owner]);
    }
  }

  void durable(long position) {
    while (!undurable.isEmpty() && undurable.peekFirst().end <= position) {
      Hold hold = undurable.pollFirst();
      hold.heldBy(hold.replica.selfIndex);
    }
  }

  // ---------------------------------------------------------------- time

  void tick(long nowNanos) {
    boolean renew = nowNanos >= nextRenewNanos;
    boolean sought = false;
    settled = true;
    BitSet given = new BitSet();
    for (VnodeReplica r : shard.replicas) {
      if (r != null) {
        Service before = r.service;
        decide(r, nowNanos, given);
        settled &= r.service == before && (before == Service.IDLE || before == Service.EXCLUSIVE);
        sought |= r.service == Service.SEEKING && (before != Service.SEEKING || nowNanos >= nextSeekNanos);
        if (waiting.get(r.vnode)) {
          timeOut(r, nowNanos);
        }
      }
    }
    giveBack(given);
    if (renew || sought || !toRenew.isEmpty()) {
      nextRenewNanos = renew ? nowNanos + config.renewNanos() : nextRenewNanos;
      nextSeekNanos = nowNanos + config.seekNanos();
      askOwners(nowNanos, renew);
    }
    if (renew || readyNews) {
      readyNews = false;
      for (PeerLink peer : shard.peers()) {
        tellReady(peer);
      }
    }
  }

  /** Whether the last look found every vnode served here for as long as leases last, or by others; no reply waits. */
  boolean settled() {
    return settled && !stopped && waiting.isEmpty() && undurable.isEmpty() && barriersDue.isEmpty();
  }

  /** When the leases are asked for again. */
  long nextRenewNanos() {
    return nextRenewNanos;
  }

  void tellReady(PeerLink peer) {
    if (!peer.connected) {
      return;
    }
    BitSet ready = new BitSet(shard.replicas.length);
    for (VnodeReplica r : shard.replicas) {
      if (r != null && r.ready && r.owned() && !stopped) {
        ready.set(r.vnode);
      }
    }
    boolean damage = shard.damage.any();
    if ((damage || peer.toldOfDamage) && shard.transport.send(peer.id, new Message.Damaged(shard.damage.vnodes()))) {
      peer.toldOfDamage = damage;
    }
    shard.transport.send(peer.id, new Message.Ready(ready));
  }

  private void decide(VnodeReplica r, long nowNanos, BitSet given) {
    int candidate = candidate(r, nowNanos);
    boolean mine = candidate == r.selfIndex;
    switch (r.service) {
      case IDLE -> {
        if (mine) {
          seek(r, nowNanos);
        }
      }
      case SEEKING -> {
        if (mine) {
          sought(r, nowNanos);
        } else {
          giveUp(r, given);
        }
      }
      case EXCLUSIVE, DEGRADED -> {
        if (candidate >= 0 && !mine) {
          drain(r, nowNanos);
        } else if (r.service == Service.EXCLUSIVE && (nowNanos >= r.exclusiveUntilNanos
            || r.leasesOfEpochBefore && majorityIsReady(r, nowNanos))
            || r.service == Service.DEGRADED && (nowNanos < r.heldElsewhereUntilNanos || r.majorityUntilNanos() > nowNanos)) {
          seek(r, nowNanos);
        }
      }
      case DRAINING -> {
        if (r.newestHold() == null || !executesAlone(r, nowNanos)
            || nowNanos - r.drainingSinceNanos > config.leaseNanos()) {
          handOver(r, given);
        }
      }
    }
  }

  /** Whether a majority of the owners is there and would give its leases. */
  private boolean majorityIsReady(VnodeReplica r, long nowNanos) {
    int ready = 0;
    for (int i = 0; i < r.owners.size(); i++) {
      ready += i == r.selfIndex || reachable(r, i, nowNanos) && r.links[i].ready.get(r.vnode) ? 1 : 0;
    }
    return ready >= r.majority;
  }

  private void seek(VnodeReplica r, long nowNanos) {
    r.service = Service.SEEKING;
    r.seekingSinceNanos = nowNanos;
    r.grantsAfterRound = rounds;
    r.forgetGrants();
    grantSelf(r, nowNanos);
  }

  private void grantSelf(VnodeReplica r, long nowNanos) {
    if (grants.grant(r, config.self(), nowNanos)) {
      r.grantedUntilNanos[r.selfIndex] = nowNanos + config.leaseUsableNanos();
      r.grantClocks[r.selfIndex] = r.clock;
    }
  }

  /** Whether what was granted is enough to serve. */
  private void sought(VnodeReplica r, long nowNanos) {
    boolean caughtUp = true;
    for (int i = 0; i < r.owners.size(); i++) {
      VersionVector clock = r.grantClocks[i];
      if (clock != null && nowNanos < r.grantedUntilNanos[i] && !r.clock.covers(clock)) {
        shard.catchUp.pull(r, i, nowNanos);
        caughtUp = config.rules().broken(Mutant.STALE_PRIMARY);
      }
    }
    r.exclusiveUntilNanos = r.majorityUntilNanos();
    if (caughtUp && nowNanos < r.exclusiveUntilNanos && grantsWithClock(r, nowNanos) >= r.majority) {
      r.service = Service.EXCLUSIVE;
      tookOver(r, true);
      doubtOvertaken(r, nowNanos);
      readyNews = true;
      takeovers++;
    } else if (!config.strict() && nowNanos >= r.heldElsewhereUntilNanos && caughtUp
        && nowNanos - r.seekingSinceNanos > config.leaseNanos() + config.renewNanos()
        && nowNanos >= r.exclusiveUntilNanos && grantsWithClock(r, nowNanos) > 0) {
      r.service = Service.DEGRADED;
      takeovers++;
    }
  }

  /**
   * Writes of an earlier time as executor that wait still: where another has executed since then, their replies tell
   * of a state that was overtaken, so they must not be given, though owners count as holders from now on.
   */
  private void doubtOvertaken(VnodeReplica r, long nowNanos) {
    VersionVector others = r.holds.isEmpty() && r.asked.isEmpty() ? null : r.clock.without(config.actor());
    for (Hold hold : r.waiting()) {
      if (hold.others != null && !hold.others.covers(others)) {
        hold.doubt(nowNanos);
      }
    }
    for (Hold hold : r.asked.toArray(Hold[]::new)) {
      if (!hold.others.covers(others)) {
        hold.settle(Outcome.IN_DOUBT);
      }
    }
  }

  private static int grantsWithClock(VnodeReplica r, long nowNanos) {
    int grants = 0;
    for (int i = 0; i < r.owners.size(); i++) {
      grants += nowNanos < r.grantedUntilNanos[i] && r.grantClocks[i] != null ? 1 : 0;
    }
    return grants;
  }

  /** Stops serving: no acknowledgement counts from here on, so what still waits for some is in doubt. */
  private void handOver(VnodeReplica r, BitSet given) {
    giveUp(r, given);
    r.doubtAll();
  }

  private void giveUp(VnodeReplica r, BitSet given) {
    r.service = Service.IDLE;
    r.grantsAfterRound = rounds;
    r.forgetGrants();
    if (config.self().equals(r.leaseHolder)) {
      r.leaseHolder = null;
    }
    given.set(r.vnode);
  }

  private void giveBack(BitSet given) {
    if (!given.isEmpty()) {
      List<VnodeReplica> own = given.stream().mapToObj(v -> shard.replicas[v]).toList();
      grants.passOn(own, shard.nowNanos());
      for (PeerLink peer : shard.peers()) {
        if (peer.connected) {
          shard.transport.send(peer.id, new Message.LeaseRelease(given));
        }
      }
    }
  }

  /**
   * A planned stop begins: the other owners are told that this node can serve nothing, so that they seek its vnodes,
   * and each goes as soon as what was begun of it has ended. Vnodes that nobody else can serve stay until
   * {@link #releaseAll}.
   */
  void drain(long nowNanos) {
    stopped = true;
    for (PeerLink peer : shard.peers()) {
      tellReady(peer);
    }
    tick(nowNanos);
  }

  /** The stop was called off: this node serves again what is its own. */
  void undrain(long nowNanos) {
    stopped = false;
    for (PeerLink peer : shard.peers()) {
      tellReady(peer);
    }
    tick(nowNanos);
  }

  boolean draining() {
    return stopped;
  }

  /** Whether every vnode that another owner can serve is out of this node's hands, and that owner has asked for it. */
  boolean handedOver(long nowNanos) {
    for (VnodeReplica r : shard.replicas) {
      if (r != null && r.owned() && candidate(r.vnode, nowNanos) != null
          && (r.service != Service.IDLE || r.ready && !grants.heldByAnother(r, config.self(), nowNanos))) {
        return false;
      }
    }
    return true;
  }

  /** A planned stop: what was begun has ended, all leases go back, and nothing is sought again. */
  void releaseAll() {
    stopped = true;
    BitSet given = new BitSet();
    for (VnodeReplica r : shard.replicas) {
      if (r != null) {
        giveUp(r, given);
      }
    }
    for (PeerLink peer : shard.peers()) {
      tellReady(peer);
    }
    giveBack(given);
  }

  /** Writes that wait too long are in doubt; those of a degraded vnode need only the owners that are there. */
  private void timeOut(VnodeReplica r, long nowNanos) {
    if (!r.asked.isEmpty()) {
      r.askedBefore(nowNanos - config.commandTimeoutNanos());
    }
    if (r.newestHold() == null) {
      waiting.set(r.vnode, !r.asked.isEmpty());
      return;
    }
    int need = shard.need(r);
    for (Hold hold : r.waiting()) {
      if (serves(r, nowNanos)) {
        shard.hints.count(hold, need);
      }
      if (nowNanos - hold.waitingSinceNanos > config.commandTimeoutNanos()) {
        if (r.service == Service.IDLE) {
          hold.settle(Outcome.IN_DOUBT);
        } else {
          hold.doubt(nowNanos);
        }
      }
    }
  }

  // ---------------------------------------------------------------- asking

  /**
   * Asks all owners for their leases: of all vnodes that this node serves or seeks, or only of those it seeks, and of
   * those in a new epoch.
   */
  private void askOwners(long nowNanos, boolean renew) {
    long round = ++rounds;
    for (PeerLink peer : shard.peers()) {
      if (!peer.connected) {
        continue;
      }
      BitSet wanted = new BitSet();
      BitSet seeking = new BitSet();
      for (VnodeReplica r : shard.replicas) {
        boolean due = r != null && asks(r) && (renew || seeks(r) || toRenew.get(r.vnode));
        if (due && r.owned() && r.ownerIndex(peer.id) >= 0) {
          wanted.set(r.vnode);
          seeking.set(r.vnode, seeks(r));
        }
      }
      if (!wanted.isEmpty()) {
        peer.sentRound(round, nowNanos);
        shard.transport.send(peer.id, new Message.LeaseRequest(round, wanted, seeking, epochs(wanted)));
      }
    }
    for (VnodeReplica r : shard.replicas) {
      if (r != null && asks(r)) {
        grantSelf(r, nowNanos);
        refresh(r, nowNanos);
      }
    }
    toRenew.clear();
  }

  /** Whether this node asks for leases of the vnode; see {@link VnodeReplica#leasesOfEpochBefore}. */
  private static boolean asks(VnodeReplica r) {
    return r.service != Service.IDLE && !r.leasesOfEpochBefore;
  }

  private static boolean seeks(VnodeReplica r) {
    return r.service == Service.SEEKING || r.service == Service.DEGRADED;
  }

  /** The epochs of these vnodes, in their order; none if all are in the first. */
  private long[] epochs(BitSet wanted) {
    long[] epochs = wanted.stream().mapToLong(v -> shard.views.epoch(v)).toArray();
    for (long epoch : epochs) {
      if (epoch != 1) {
        return epochs;
      }
    }
    return Message.LeaseRequest.FIRST_EPOCH;
  }

  private static void refresh(VnodeReplica r, long nowNanos) {
    // what has lapsed is sought again, with the owners' clocks: another may have served meanwhile
    if (executesAlone(r, nowNanos) && r.majorityUntilNanos() >= r.exclusiveUntilNanos) {
      r.exclusiveUntilNanos = r.majorityUntilNanos();
      r.leasesOfEpochBefore = false;
    }
  }

  private void granted(PeerLink peer, Message.LeaseGrant grant, long nowNanos) {
    Long sent = peer.roundSent(grant.round());
    if (sent == null) {
      return;
    }
    long until = sent + config.leaseUsableNanos();
    for (int i = 0; i < grant.vnodes().length; i++) {
      VnodeReplica r = shard.replicas[grant.vnodes()[i]];
      int owner = r == null ? VnodeReplica.NOT_AN_OWNER : r.ownerIndex(peer.id);
      if (owner >= 0 && seeks(r) && grant.round() > r.grantsAfterRound) {
        r.grantClocks[owner] = grant.clocks()[i];
      }
    }
    for (int v = grant.granted().nextSetBit(0); v >= 0; v = grant.granted().nextSetBit(v + 1)) {
      VnodeReplica r = v < shard.replicas.length ? shard.replicas[v] : null;
      int owner = r == null ? VnodeReplica.NOT_AN_OWNER : r.ownerIndex(peer.id);
      if (owner >= 0 && r.service != Service.IDLE && grant.round() > r.grantsAfterRound) {
        r.grantedUntilNanos[owner] = Math.max(r.grantedUntilNanos[owner], until);
        refresh(r, nowNanos);
        countHeard(r, owner);
        if (r.service == Service.SEEKING) {
          sought(r, nowNanos);
        }
      }
    }
    for (int v = grant.held().nextSetBit(0); v >= 0; v = grant.held().nextSetBit(v + 1)) {
      VnodeReplica r = v < shard.replicas.length ? shard.replicas[v] : null;
      if (r != null && grant.round() > r.grantsAfterRound) {
        r.heldElsewhereUntilNanos = nowNanos + config.leaseNanos();
      }
    }
  }

  boolean received(PeerLink peer, Message message, long nowNanos) {
    if (message instanceof Message.LeaseRequest m) {
      grants.requested(peer, m, nowNanos);
    } else if (message instanceof Message.LeaseGrant m) {
      granted(peer, m, nowNanos);
    } else if (message instanceof Message.LeaseRelease m) {
      List<VnodeReplica> over = grants.released(peer, m.vnodes(), nowNanos);
      for (VnodeReplica r : over) {
        if (r.service == Service.SEEKING) {
          grantSelf(r, nowNanos);
        }
      }
      look(over, nowNanos);
    } else {
      return false;
    }
    return true;
  }

  /** Decides at once, and not at the next tick, who should serve these vnodes. */
  private void look(List<VnodeReplica> vnodes, long nowNanos) {
    BitSet given = new BitSet();
    boolean begins = !toRenew.isEmpty();
    for (VnodeReplica r : vnodes) {
      boolean sought = r.service == Service.SEEKING;
      decide(r, nowNanos, given);
      begins |= !sought && r.service == Service.SEEKING;
    }
    giveBack(given);
    if (begins) {
      nextSeekNanos = nowNanos + config.seekNanos();
      askOwners(nowNanos, false);
      shard.soon();
    }
  }

  long takeovers() {
    return takeovers;
  }
}
