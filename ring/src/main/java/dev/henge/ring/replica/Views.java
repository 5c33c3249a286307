package dev.henge.ring.replica;

import dev.henge.ring.placement.Placement;
import dev.henge.ring.transfer.VnodeView;
import dev.henge.storage.lsm.CorruptTableException;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.type.VnodeRepair;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who owns each vnode now, and how that changes: by decisions of its owners, one epoch after the other.
 *
 * <p>The owners of an epoch decide who owns the vnode in the next one, by one round of Paxos ({@link ViewDecisions}).
 * So an epoch has one set of owners, whoever proposed it, crashed, or was cut off. Three rules make that safe for the
 * executor of commands, who needs leases of a majority of the owners of his epoch, and for what was acknowledged, which
 * a majority of them has:
 * <ol>
 *   <li>Neighbouring epochs differ in one owner ({@link VnodeView}), so their majorities meet: there is one executor,
 *       and who takes over finds what was acknowledged in the epoch before. For the same reason the executor goes on in
 *       the next epoch with the leases that it has, though they may be no majority's of that one, and what it writes
 *       needs no more owners than before. It renews none of them then (rule 2), but seeks anew once a majority of the
 *       epoch can give its leases, or they end.
 *   <li>Of epochs further apart they need not meet. Therefore an owner that knows an epoch gives no lease in an earlier
 *       one, and has no part in deciding the next while a lease is in force that it gave in an earlier one ({@link
 *       Leases#mayVote}). When an epoch is decided, no majority of the epoch before the last can be lent any more.
 *   <li>An owner is removed only when those who are to stay, and a majority of those who stay for now, are known to
 *       hold what the executor held at a moment within the present epoch ({@link Transfers}), so that nothing depends
 *       on older majorities.
 * </ol>
 *
 * <p>What an owner says in a decision is in its log, and synced, before it is said, though writes may be acknowledged
 * sooner: a write that is lost with the power is one write, a vote that is lost lets an epoch have two sets of owners.
 * All nodes learn all epochs: who decides tells all, peers compare a hash of what they know every now and then, and a
 * lease that is asked for in another epoch than the owner's has both tell each other.
 *
 * <pre>
 * record : vnode u16 | epoch varint | owners | votes ({@link ViewDecisions}) | holding u8
 * store  : 0xC000+vnode u16 | 'V' → the same; and again under 0xFFFF | 0x03 | vnode u16
 * </pre>
 */
final class Views {

  private static final Logger LOG = LoggerFactory.getLogger(Views.class);

  /** Views in one message. */
  private static final int TOLD_MAX = 128;

  private static final long COMPARE_NANOS = 2_000_000_000L;
  private static final byte MARK = 'V';
  private static final byte SECOND_MARK = 3;

  /** Whether this node has a replica of a vnode. */
  enum Holding {
    NONE,
    HELD,
    /** Its rows are being deleted. */
    DROPPING
  }

  private final Shard shard;
  private final VnodeView[] views;
  private final Holding[] holdings;

  /** How the owners decide. */
  final ViewDecisions decisions;

  /** What the log has newer than the store, and what not even the log has. */
  private final BitSet unsaved = new BitSet();

  private final BitSet unlogged = new BitSet();
  private int known;
  private Placement target;
  private Placement placement;
  private boolean placementStale;
  private boolean telling;

  private long nextCompareNanos;
  private int nextCompared;

  Views(Shard shard, int vnodes) {
    this.shard = shard;
    this.views = new VnodeView[vnodes];
    this.decisions = new ViewDecisions(shard, this, vnodes);
    this.holdings = new Holding[vnodes];
    Arrays.fill(views, VnodeView.UNKNOWN);
    Arrays.fill(holdings, Holding.NONE);
  }

  // ---------------------------------------------------------------- what is so

  VnodeView view(int vnode) {
    return views[vnode];
  }

  long epoch(int vnode) {
    return views[vnode].epoch();
  }

  Holding holding(int vnode) {
    return holdings[vnode];
  }

  Placement target() {
    return target;
  }

  /** {@link #owners} of all vnodes, made anew after each change; null for who knows of no ring. */
  Placement placement() {
    if (placementStale) {
      placementStale = false;
      placement = target == null ? null
          : target.withOwners(IntStream.range(0, views.length).mapToObj(this::owners).toList());
    }
    return placement;
  }

  /** Who owns a vnode now; who should, where that is not known yet. Only for who knows of a ring. */
  List<String> owners(int vnode) {
    return views[vnode].known() ? views[vnode].owners() : target.owners(vnode);
  }

  boolean idle() {
    return decisions.idle() && unlogged.isEmpty() && !telling && known == views.length;
  }

  // ---------------------------------------------------------------- the disk

  private static byte[] key(int vnode) {
    return new Bytes(3).u16(VnodeRecords.FIRST_COPY + vnode).u8(MARK).copy();
  }

  private static byte[] secondKey(int vnode) {
    return new Bytes(5).u16(VnodeRecords.SHARD).u8(SECOND_MARK).u16(vnode).copy();
  }

  /** What the store has of votes is older than what was said. */
  void forgetVotes() {
    decisions.forget();
    unsaved.set(0, views.length);
  }

  /**
   * Takes up what the store knows, and the replicas that this node has.
   *
   * @param forming whether who owns what is just what should be, as in a ring that has never changed
   */
  void load(Placement goal, boolean forming) {
    target = goal;
    placementStale = true;
    BitSet lost = new BitSet();
    for (int v = 0; v < views.length; v++) {
      lost.set(v, !read(v, key(v)) && !read(v, secondKey(v)));
      if (lost.get(v)) {
        decisions.forget(v);
        holdings[v] = Holding.HELD; // perhaps: what is of it here is as good as damaged, and goes if it is not needed
      }
      if (forming && !views[v].known()) {
        see(v, new VnodeView(1, goal.owners(v)));
        holdings[v] = views[v].has(shard.config.self()) ? Holding.HELD : Holding.NONE;
        unlogged.set(v);
      }
    }
    for (int v = 0; v < views.length; v++) {
      if (holdings[v] == Holding.HELD && shard.replicas[v] == null) {
        reshape(shard.hold(v));
        if (lost.get(v) && !forming) {
          shard.damage.suspect(shard.replicas[v], "the record of its owners");
        }
      }
    }
    if (!lost.isEmpty()) {
      LOG.error("who owns the vnodes {}, and whether this node does, is lost: others are asked, and rows fetched", lost);
    }
  }

  /** Takes up a copy of what the store knows of a vnode, if it knows anything; false if that cannot be read. */
  private boolean read(int vnode, byte[] key) {
    try {
      byte[] record = shard.log.get(key);
      if (record != null) {
        restore(vnode, new ByteReader(record));
      }
      return true;
    } catch (CorruptTableException e) {
      shard.damage.met(e);
      unsaved.set(vnode);
      return false;
    }
  }

  private void see(int vnode, VnodeView view) {
    known += views[vnode].known() || !view.known() ? 0 : 1;
    views[vnode] = view;
    placementStale = true;
    shard.transfers.changed(vnode);
  }

  private void restore(int vnode, ByteReader in) {
    see(vnode, new VnodeView(in.varint(), owners(in)));
    decisions.restore(vnode, in);
    holdings[vnode] = Holding.values()[in.u8()];
  }

  private Bytes state(int vnode, Bytes out) {
    out.varint(views[vnode].epoch());
    owners(out, views[vnode].owners());
    decisions.state(vnode, out);
    return out.u8(holdings[vnode].ordinal());
  }

  static void owners(Bytes out, List<String> owners) {
    out.varint(owners.size());
    owners.forEach(owner -> out.block(owner.getBytes(StandardCharsets.UTF_8)));
  }

  static List<String> owners(ByteReader in) {
    List<String> owners = new ArrayList<>();
    for (int n = in.length(); n > 0; n--) {
      owners.add(new String(in.block(), StandardCharsets.UTF_8));
    }
    return owners;
  }

  /** Logs what is known of a vnode. Not one of its records: who pulls its log does not want it. */
  void record(int vnode) {
    if (!shard.writable()) {
      unlogged.set(vnode); // what is decided is so, whatever this disk says: who forgets it is told again
      return;
    }
    Bytes record = new Bytes(256).u8(Shard.RECORD_VIEW).i64(-1).u16(vnode);
    state(vnode, record);
    shard.log.append(record.array(), 0, record.length());
    unlogged.clear(vnode);
    unsaved.set(vnode);
  }

  /** Takes a record of the log's tail up again. */
  void replay(ByteReader in) {
    int vnode = in.u16();
    Holding before = holdings[vnode];
    restore(vnode, in);
    unlogged.clear(vnode);
    unsaved.set(vnode);
    VnodeReplica r = shard.replicas[vnode];
    if (holdings[vnode] == Holding.HELD) {
      reshape(r == null ? shard.hold(vnode) : r);
      return;
    }
    if (r != null) {
      shard.replicas[vnode] = null;
      shard.damage.gone(r);
    }
    if (holdings[vnode] == Holding.NONE && before != Holding.NONE) {
      dropAgain(vnode);
    }
  }

  /** The rows that were deleted then are there again, as the log had them before. */
  private void dropAgain(int vnode) {
    try {
      VnodeRepair rows = shard.keyspace.repair(vnode);
      while (rows.drop(Integer.MAX_VALUE) >= 0) {
        // until nothing is left
      }
      shard.forgetRecord(vnode);
    } catch (CorruptTableException e) {
      shard.damage.met(e);
      holdings[vnode] = Holding.DROPPING;
    }
  }

  /** Writes to the store what it lacks, so many vnodes' at most. */
  void save(int atMost) {
    int left = atMost;
    for (int v = unsaved.nextSetBit(0); v >= 0 && left > 0; v = unsaved.nextSetBit(v + 1)) {
      byte[] state = state(v, new Bytes(256)).copy();
      shard.log.put(key(v), state);
      shard.log.put(secondKey(v), state);
      unsaved.clear(v);
      left--;
    }
  }

  /** How many vnodes' are not in the store. */
  int unsaved() {
    return unsaved.cardinality();
  }

  // ---------------------------------------------------------------- changes

  /** Operators want other owners. */
  void target(Placement goal) {
    target = goal;
    placementStale = true;
    shard.transfers.changed();
    for (VnodeReplica r : shard.replicas) {
      if (r != null) {
        reshape(r);
      }
    }
  }

  /** Who owns a vnode from now on, as decided. */
  void adopt(int vnode, VnodeView view) {
    for (PeerLink peer : shard.peers()) {
      if (view.has(peer.id) && !views[vnode].has(peer.id)) {
        peer.ready.clear(vnode); // who is new tells so anew: it may have let go of what it had
      }
    }
    boolean follows = view.epoch() == views[vnode].epoch() + 1 && views[vnode].mayBecome(view.owners());
    see(vnode, view);
    decisions.over(vnode);
    shard.hints.handOver.reshaped(vnode);
    VnodeReplica r = shard.replicas[vnode];
    if (r != null) {
      reshape(r, guests(r), follows);
      shard.leases.ownersChanged(r);
    } else if (view.has(shard.config.self()) && holdings[vnode] == Holding.NONE) {
      take(vnode);
      return;
    }
    record(vnode);
    shard.soon();
  }

  /** This node begins to have a vnode, once nothing is left of what it may have had of it before. */
  void take(int vnode) {
    boolean clean = nothingLeft(vnode);
    holdings[vnode] = clean ? Holding.HELD : Holding.DROPPING;
    record(vnode);
    if (!clean) {
      shard.transfers.dropFirst(vnode);
      return;
    }
    VnodeReplica r = shard.hold(vnode);
    reshape(r);
    shard.catchUp.tellSoon(r);
    shard.soon();
  }

  /**
   * A damaged block of a vnode that this node has no more is given up without a look at what it had deleted: older rows
   * may show again.
   */
  private boolean nothingLeft(int vnode) {
    try {
      VnodeRepair rows = shard.keyspace.repair(vnode);
      return rows.drop(1) == 0 && rows.drop(1) < 0;
    } catch (CorruptTableException e) {
      shard.damage.met(e);
      return false;
    }
  }

  /** This node lets go of a vnode; its rows are deleted from now on. */
  void drop(int vnode) {
    VnodeReplica r = shard.replicas[vnode];
    shard.replicas[vnode] = null;
    holdings[vnode] = Holding.DROPPING;
    record(vnode);
    shard.dropped(r);
  }

  /** Nothing is left of a vnode's rows. */
  void droppedAll(int vnode) {
    shard.forgetRecord(vnode);
    holdings[vnode] = Holding.NONE;
    record(vnode);
    if (views[vnode].has(shard.config.self())) {
      take(vnode);
    }
  }

  /** Puts a replica's members into the order that the present view and the target give them. */
  void reshape(VnodeReplica r) {
    reshape(r, guests(r));
  }

  private static List<String> guests(VnodeReplica r) {
    return r.members.subList(Math.min(r.owners.size(), r.members.size()), r.members.size());
  }

  /** The same, with these guests. */
  void reshape(VnodeReplica r, List<String> guests) {
    reshape(r, guests, false);
  }

  /** @param follows whether the owners are those of the epoch after the one in which they were others */
  private void reshape(VnodeReplica r, List<String> guests, boolean follows) {
    List<String> owners = views[r.vnode].owners();
    List<String> wanted = target == null ? List.of() : target.owners(r.vnode);
    List<String> learners = new ArrayList<>(guests);
    if (!learners.contains(shard.config.self())) {
      learners.add(shard.config.self());
    }
    List<String> others = new ArrayList<>(learners);
    learners.retainAll(wanted);
    others.removeAll(learners);
    long fresh = learners.stream().filter(node -> !owners.contains(node)).count();
    boolean same = owners.equals(r.owners) && r.fed == owners.size() + fresh
        && Objects.equals(r.members, members(owners, learners, others));
    if (same) {
      return;
    }
    List<String> before = r.owners;
    int[] to = r.reshape(owners, learners, others, shard.config.self());
    if (!owners.equals(before)) {
      r.newEpoch(before, follows, shard.config.renewNanos());
    }
    for (PeerLink peer : shard.peers()) {
      peer.inFlight.moved(r, to);
    }
    Hold[] waiting = r.waiting();
    Hold[] asked = r.asked.toArray(Hold[]::new);
    for (Hold hold : waiting) {
      hold.moved(to);
    }
    for (Hold hold : asked) {
      hold.moved(to);
    }
    int need = shard.need(r);
    for (Hold hold : waiting) {
      shard.hints.count(hold, need);
    }
    for (Hold hold : asked) {
      hold.need(r.owners(hold.askedOwners), r.owners(hold.askedOwners));
    }
    shard.stability.alone(r);
    shard.reshaped(r);
  }

  private static List<String> members(List<String> owners, List<String> learners, List<String> others) {
    List<String> members = new ArrayList<>(owners);
    learners.stream().filter(node -> !members.contains(node)).forEach(members::add);
    others.stream().filter(node -> !members.contains(node)).forEach(members::add);
    return members;
  }

  // ---------------------------------------------------------------- telling

  /** Says what the log has for good by now, and tells others what they do not know. */
  void durable(long position) {
    decisions.durable(position);
    if (telling) {
      tell();
    }
  }

  /** Tells all peers who owns a vnode. */
  void tellAll(int vnode) {
    for (PeerLink peer : shard.peers()) {
      tellSoon(peer, vnode);
    }
  }

  private void tellSoon(PeerLink peer, int vnode) {
    if (!peer.id.equals(shard.config.self())) {
      peer.untold.set(vnode);
      telling = true;
    }
  }

  /** Whether this node is in that epoch of the vnode; if not, both will tell each other what they know. */
  boolean inEpoch(PeerLink peer, int vnode, long epoch) {
    if (vnode >= views.length) {
      return false;
    }
    if (views[vnode].epoch() != epoch) {
      tellSoon(peer, vnode);
    }
    return views[vnode].epoch() == epoch && epoch > 0;
  }

  void connected(PeerLink peer) {
    peer.untold.clear();
    for (int v = 0; v < views.length; v++) {
      if (views[v].epoch() > 1) {
        tellSoon(peer, v);
      }
    }
    if (target != null && known < views.length) {
      shard.transport.send(peer.id, new Message.Views(new int[0], List.of()));
    }
  }

  boolean received(PeerLink peer, Message message) {
    if (message instanceof Message.Views m) {
      told(peer, m);
    } else if (message instanceof Message.ViewsHash m) {
      if (target != null && m.hash() != hash()) {
        tellAll(peer);
      }
    } else {
      return decisions.received(peer, message);
    }
    return true;
  }

  private void told(PeerLink peer, Message.Views m) {
    if (m.vnodes().length == 0) {
      tellAll(peer);
    }
    for (int i = 0; i < m.vnodes().length && target != null; i++) {
      int v = m.vnodes()[i];
      VnodeView theirs = m.views().get(i);
      if (v >= views.length) {
        continue;
      }
      if (theirs.epoch() > views[v].epoch() && shard.writable()) {
        adopt(v, theirs);
      } else if (theirs.epoch() < views[v].epoch()) {
        tellSoon(peer, v);
      } else if (theirs.epoch() == views[v].epoch() && !theirs.equals(views[v])) {
        LOG.error("vnode {}: {} of node {} contradicts {}: two rings have one name?", v, theirs, peer.id, views[v]);
      }
    }
  }

  private void tellAll(PeerLink peer) {
    for (int v = 0; v < views.length; v++) {
      if (views[v].known()) {
        tellSoon(peer, v);
      }
    }
  }

  private void tell() {
    telling = false;
    for (PeerLink peer : shard.peers()) {
      while (peer.connected && !peer.untold.isEmpty()) {
        int[] vnodes = peer.untold.stream().limit(TOLD_MAX).toArray();
        List<VnodeView> told = Arrays.stream(vnodes).mapToObj(v -> views[v]).toList();
        if (!shard.transport.send(peer.id, new Message.Views(vnodes, told))) {
          telling = true;
          break;
        }
        Arrays.stream(vnodes).forEach(peer.untold::clear);
      }
    }
  }

  private long hash() {
    return Arrays.hashCode(views) & 0xFFFF_FFFFL | (long) known << Integer.SIZE;
  }

  void tick(long nowNanos) {
    for (int v = unlogged.nextSetBit(0); v >= 0 && shard.writable(); v = unlogged.nextSetBit(v + 1)) {
      record(v);
    }
    decisions.tick(nowNanos);
    if (nowNanos < nextCompareNanos) {
      return;
    }
    nextCompareNanos = nowNanos + COMPARE_NANOS;
    List<PeerLink> peers = new ArrayList<>(shard.peers());
    for (int n = 0; n < peers.size(); n++) {
      PeerLink peer = peers.get(nextCompared++ % peers.size());
      if (peer.connected) {
        boolean asks = known < views.length;
        shard.transport.send(peer.id, asks ? new Message.Views(new int[0], List.of()) : new Message.ViewsHash(hash()));
        return;
      }
    }
  }
}
