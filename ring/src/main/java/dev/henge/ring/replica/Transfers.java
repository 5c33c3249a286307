package dev.henge.ring.replica;

import dev.henge.ring.placement.Pace;
import dev.henge.ring.placement.Placement;
import dev.henge.ring.transfer.TransferStanding;
import dev.henge.ring.transfer.TransferStanding.NodeTransfer;
import dev.henge.ring.transfer.VnodeView;
import dev.henge.storage.lsm.CorruptTableException;
import dev.henge.storage.row.Hash64;
import dev.henge.storage.type.VnodeRepair;
import dev.henge.storage.version.Mutant;
import dev.henge.storage.version.VersionVector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Moves vnodes from who owns them to who should. The way of one:
 *
 * <ol>
 *   <li>A node that should own the vnode and does not takes it up as a <b>learner</b>: it tells its clock to the
 *       owners. From then on the executor ships it the bundles; the rows it pulls from an owner of its choice, part by
 *       part, not faster than operators allow, and then the log from there. It counts for nothing yet.
 *   <li>Once it holds all that the executor held when it was first fed, and their Merkle trees are equal, the executor
 *       has it made an owner ({@link Views}).
 *   <li>Then the executor has an owner removed that should be none, once all that are to stay, and a majority of those
 *       that stay for now, hold what it held, and it holds all that the one that goes was heard to hold.
 *   <li>Who is removed keeps its rows until it has heard of all owners, from the processes that they are now, that they
 *       hold what it holds: only then they are deleted. It may have taken writes on its side of a partition; the owners
 *       pull these from it.
 * </ol>
 *
 * <p>Every step follows from what is so: the views, the target, the clocks. So there is nothing to resume after a crash
 * of either side, and a change of mind is another target.
 */
public final class Transfers {

  /** Vnodes that this node pulls rows of at once. */
  static final int PULLS_MAX = 4;

  /** Vnodes that it learns at once, those included that only wait to be made its own. */
  static final int LEARNING_MAX = 96;

  /** Of these, vnodes that it has not caught up on. */
  private static final int UNREADY_MAX = 32;

  /** Other nodes than owners that have a replica of a vnode: more than these have to wait. */
  static final int GUESTS_MAX = 6;

  /** A guest that was not heard for so long is none any more. */
  static final long GUEST_NANOS = 5_000_000_000L;

  /** Who removes its replica must have heard of the owners within this. */
  private static final long HEARD_NANOS = 5_000_000_000L;

  /** Records that are deleted in one go, and how long a look goes on with that: the loop has others to serve. */
  private static final int DROP_RECORDS = 250;

  private static final int DROPS = 16;
  private static final long DROP_NANOS = 2_000_000;

  /** Vnodes that are taken up in one go, that are looked at for a next step, and for which one is proposed. */
  private static final int TAKES = 2;

  private static final int LOOKS = 16;
  private static final int STEPS = 4;

  /** Where no command has come since the last look, so many times as much. */
  private static final int QUIET_FACTOR = 4;

  /** Where commands come, the next steps are left for so long: they would wait for them. */
  private static final long LEFT_NANOS = 200_000_000;

  /** A donor's part waits so long for its turn at most, before the next look. */
  private static final long PULL_NANOS = 3_000_000_000L;

  private static final long TELL_NANOS = 1_000_000_000L;
  private static final long RATE_NANOS = 5_000_000_000L;

  /** A taker may be ahead of its rate by what it takes in so many of a second's parts. */
  private static final int BURSTS_A_SECOND = 20;

  private final Shard shard;
  private final long[] sizes;
  private final long[] toldSizes;

  /** Vnodes whose owners are not what they should be. */
  private final BitSet astray = new BitSet();

  private Pace pace = Pace.DEFAULT;
  private Set<String> gone = new TreeSet<>();
  private double allowance;
  private long allowedNanos;
  private final ArrayDeque<VnodeReplica> deferred = new ArrayDeque<>();
  private final Map<Integer, VnodeRepair> dropping = new TreeMap<>();
  private int nextTaken;
  private int nextDriven;
  private long nextAnywayNanos;
  private long work;
  private boolean unseen = true;
  private boolean busy;
  private long bytesTaken;
  private long nextTellNanos;
  private Message.Progress told;
  private final Map<String, Message.Progress> progress = new HashMap<>();

  // the rate at which all take
  private long rateSinceNanos;
  private long rateFromBytes;
  private double rate;

  Transfers(Shard shard) {
    this.shard = shard;
    this.sizes = new long[shard.replicas.length];
    this.toldSizes = new long[shard.replicas.length];
    Arrays.fill(sizes, -1);
  }

  /** Sets how fast operators let data move, and which nodes they declared dead for good. */
  public void set(Pace to, Collection<String> goneForGood) {
    pace = to;
    gone = new TreeSet<>(goneForGood);
    shard.soon();
  }

  Set<String> gone() {
    return gone;
  }

  // ---------------------------------------------------------------- what is not where it should be

  /** A vnode has other owners. */
  void changed(int vnode) {
    Placement target = shard.views.target();
    VnodeView view = shard.views.view(vnode);
    astray.set(vnode, target != null && view.known() && !view.owners().equals(target.owners(vnode)));
  }

  /** Whether a vnode's owners are not what they should be. Whoever decides about that must have heard them all. */
  boolean astray(int vnode) {
    return astray.get(vnode);
  }

  /** The target is another. */
  void changed() {
    for (int v = 0; v < sizes.length; v++) {
      changed(v);
    }
    unseen = true;
  }

  /** Whether nothing is to be moved, taken or deleted here, as far as the last look could tell. */
  boolean idle() {
    return !busy && shard.views.idle();
  }

  // ---------------------------------------------------------------- members

  /**
   * The place of a node that has told its clock of a vnode: if it is no owner, it becomes a guest. -1 if it is nobody
   * to this node.
   */
  int member(VnodeReplica r, String node) {
    int at = r.memberIndex(node);
    if (at >= 0 || !r.owned() || r.members.size() - r.owners.size() >= GUESTS_MAX) {
      return at;
    }
    List<String> guests = guests(r);
    guests.add(node);
    shard.views.reshape(r, guests);
    shard.catchUp.tellSoon(r); // who is new knows nothing of this replica
    shard.soon();
    return r.memberIndex(node);
  }

  private static List<String> guests(VnodeReplica r) {
    return new ArrayList<>(r.members.subList(r.owners.size(), r.members.size()));
  }

  private void forgetGuests(VnodeReplica r, long nowNanos) {
    if (!r.owned() || r.members.size() == r.owners.size()) {
      return;
    }
    List<String> guests = guests(r);
    guests.removeIf(node -> nowNanos - r.heardNanos[r.memberIndex(node)] > GUEST_NANOS);
    if (guests.size() < r.members.size() - r.owners.size()) {
      shard.views.reshape(r, guests);
    }
  }

  // ---------------------------------------------------------------- learning

  /** The owner that a learner takes the rows from: not always the executor, and not all learners the same. */
  int donor(VnodeReplica r, int otherwise) {
    int count = r.owners.size();
    int first = (int) Long.remainderUnsigned(Hash64.mix(r.vnode, shard.config.actor()), count);
    for (int n = 0; n < count; n++) {
      int i = (first + n) % count;
      PeerLink link = shard.link(r, i);
      if (link != null && shard.leases.reachable(r, i, shard.nowNanos()) && link.ready.get(r.vnode)
          && !link.damaged.get(r.vnode) && r.heardClocks[i] != null) {
        return i;
      }
    }
    return otherwise;
  }

  /** Whether a learner that has no rows yet may pull now. */
  boolean turn(VnodeReplica r) {
    if (pace.paused()) {
      return false;
    }
    int pulling = 0;
    for (VnodeReplica other : shard.replicas) {
      pulling += other != null && other != r && other.learning() && other.pullingFrom >= 0 ? 1 : 0;
    }
    return pulling < PULLS_MAX;
  }

  /** Whether the next part may be asked for now; if not, it is asked for when its time has come. */
  boolean mayAsk(VnodeReplica r) {
    if (!pace.paused() && (pace.bytesPerSecond() == 0 || allowance > 0)) {
      return true;
    }
    deferred.add(r);
    return false;
  }

  /** So many bytes of rows have come. */
  void took(int bytes) {
    allowance -= bytes;
    bytesTaken += bytes;
  }

  private void ask(long nowNanos) {
    double burst = (double) pace.bytesPerSecond() / BURSTS_A_SECOND;
    double earned = (nowNanos - allowedNanos) / 1e9 * pace.bytesPerSecond();
    allowance = Math.min(allowance + earned, Math.max(burst, earned));
    allowedNanos = nowNanos;
    for (int n = deferred.size(); n > 0; n--) {
      VnodeReplica r = deferred.poll();
      if (shard.replicas[r.vnode] != r || !r.learning() || r.pullingFrom < 0) {
        continue;
      }
      r.pullDeadlineNanos = nowNanos + PULL_NANOS;
      shard.catchUp.askPart(r, r.pullingFrom, nowNanos);
    }
  }

  /** Takes up vnodes that this node should own. */
  private void take(Placement target, int atMost) {
    int learning = 0;
    int pulling = 0;
    int taken = 0;
    for (VnodeReplica r : shard.replicas) {
      if (r != null && r.learning()) {
        learning++;
        pulling += r.ready ? 0 : 1;
      }
    }
    for (int n = 0; n < sizes.length && learning < LEARNING_MAX && pulling < UNREADY_MAX && taken < atMost; n++) {
      int v = nextTaken;
      nextTaken = (nextTaken + 1) % sizes.length;
      if (astray.get(v) && shard.views.holding(v) == Views.Holding.NONE && target.owners(v).contains(shard.config.self())
          && !shard.views.view(v).has(shard.config.self())) {
        shard.views.take(v);
        taken++;
        learning++;
        pulling++;
      }
    }
  }

  // ---------------------------------------------------------------- the executor's part

  /** Looks for the next step of the vnodes that are astray: of some in each turn, so that none takes long. */
  private void drive(Placement target, int looksMax, int stepsMax, long nowNanos) {
    int looks = looksMax;
    int steps = stepsMax;
    for (int n = astray.cardinality(); n > 0 && looks > 0 && steps > 0 && !astray.isEmpty(); n--) {
      int v = astray.nextSetBit(nextDriven);
      v = v < 0 ? astray.nextSetBit(0) : v;
      nextDriven = v + 1;
      VnodeReplica r = shard.replicas[v];
      if (r == null || !r.owned() || shard.views.decisions.deciding(v)) {
        continue;
      }
      if (!gone.isEmpty() && r.ready) {
        rescue(r, nowNanos);
      }
      if (r.service == VnodeReplica.Service.EXCLUSIVE && shard.serves(v) && !shard.views.decisions.deciding(v)) {
        drive(r, target.owners(v), nowNanos);
        looks--;
      }
      steps -= shard.views.decisions.deciding(v) ? 1 : 0;
    }
  }

  /** Has the owners that are left go on without a majority that was declared dead for good. */
  private void rescue(VnodeReplica r, long nowNanos) {
    List<String> left = shard.views.view(r.vnode).voters(gone);
    if (left.size() < r.owners.size()) {
      for (String node : left) {
        if (shard.reachable(node)) {
          if (node.equals(shard.config.self())) {
            shard.views.decisions.propose(r.vnode, left, nowNanos);
          }
          return;
        }
      }
    }
  }

  private void drive(VnodeReplica r, List<String> wanted, long nowNanos) {
    if (r.mark == null) {
      r.mark = r.clock;
      r.markNanos = nowNanos;
    }
    List<String> ready = new ArrayList<>();
    for (int i = r.owners.size(); i < r.fed; i++) {
      if (i != r.selfIndex && arrived(r, i, nowNanos)) {
        ready.add(r.members.get(i));
      }
    }
    List<String> leaving = new ArrayList<>();
    for (int i = r.owners.size() - 1; i >= 0; i--) {
      String owner = r.owners.get(i);
      if (!wanted.contains(owner) && i != r.selfIndex && mayGo(r, i, nowNanos) && othersHold(r, i, wanted, nowNanos)) {
        leaving.add(gone.contains(owner) ? 0 : leaving.size(), owner); // the dead first: the living are still of use
      }
    }
    List<String> next = shard.views.view(r.vnode).towards(wanted, shard.config.self(), ready, leaving);
    if (shard.config.rules().broken(Mutant.TWO_STEPS_AT_ONCE) && next != null
        && wanted.stream().allMatch(node -> r.owners.contains(node) || ready.contains(node))) {
      next = wanted;
    }
    if (next != null && (next.size() >= r.owners.size() || majorityThere(next))) {
      shard.views.decisions.propose(r.vnode, next, nowNanos);
    }
  }

  /** Whether those who would be left could go on by themselves. */
  private boolean majorityThere(List<String> owners) {
    return owners.stream().filter(shard::reachable).count() * 2 > owners.size();
  }

  /** Whether a learner has what the executor had when it was first fed, and the same rows. */
  private boolean arrived(VnodeReplica r, int learner, long nowNanos) {
    if (shard.config.rules().broken(Mutant.LEARNER_COUNTS)) {
      return true;
    }
    boolean covers = shard.leases.reachable(r, learner, nowNanos) && r.heardClocks[learner] != null
        && r.heardClocks[learner].covers(r.mark);
    return covers && shard.antiEntropy().equalSince(r.vnode, learner, r.markNanos);
  }

  /**
   * Whether without this owner all those that are to stay, and a majority of those that stay for now, hold what the
   * executor held at a moment in the present epoch, and can be reached.
   */
  private boolean othersHold(VnodeReplica r, int leaving, List<String> wanted, long nowNanos) {
    int holding = 0;
    for (int i = 0; i < r.owners.size(); i++) {
      if (i != leaving) {
        boolean holds = i == r.selfIndex || shard.leases.reachable(r, i, nowNanos) && r.links[i].ready.get(r.vnode)
            && r.heardClocks[i] != null && r.heardClocks[i].covers(r.mark);
        if (!holds && wanted.contains(r.owners.get(i))) {
          return false;
        }
        holding += holds ? 1 : 0;
      }
    }
    return holding > (r.owners.size() - 1) / 2;
  }

  /** Whether nothing is known of an owner that is not here, too; who is gone for good is not waited for. */
  private boolean mayGo(VnodeReplica r, int owner, long nowNanos) {
    if (gone.contains(r.owners.get(owner))) {
      return true;
    }
    VersionVector heard = r.heardClocks[owner];
    return shard.leases.reachable(r, owner, nowNanos) && heard != null && r.clock.covers(heard);
  }

  // ---------------------------------------------------------------- letting go

  /** Drops the replicas that this node should not have, where nobody needs them any more. */
  private void letGo(long nowNanos) {
    for (VnodeReplica r : shard.replicas) {
      if (r != null && !r.owned() && !r.learning() && mayDrop(r, nowNanos)) {
        shard.views.drop(r.vnode);
        dropping.put(r.vnode, shard.keyspace.repair(r.vnode));
      }
    }
  }

  private boolean mayDrop(VnodeReplica r, long nowNanos) {
    if (r.service != VnodeReplica.Service.IDLE || r.newestHold() != null || !r.asked.isEmpty() || r.pullingFrom >= 0
        || r.owners.isEmpty() || r.damage != null) {
      return false;
    }
    for (int i = 0; i < r.owners.size() && !shard.config.rules().broken(Mutant.LETS_GO_EARLY); i++) {
      if (!heardNow(r, i, nowNanos) || !r.heardClocks[i].covers(r.clock)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether an owner can be reached and was heard lately, by the process that it is now: what one before it said does
   * not hold for one that was begun with an older disk.
   */
  private boolean heardNow(VnodeReplica r, int owner, long nowNanos) {
    PeerLink link = shard.link(r, owner);
    return link != null && shard.leases.reachable(r, owner, nowNanos) && r.heardClocks[owner] != null
        && nowNanos - r.heardNanos[owner] <= HEARD_NANOS && r.heardNanos[owner] > link.sinceNanos;
  }

  /** Deletes what is left of a vnode that this node is to have. */
  void dropFirst(int vnode) {
    dropping.put(vnode, shard.keyspace.repair(vnode));
    shard.soon();
  }

  private void dropOn() {
    for (int v = 0; v < sizes.length && unseen; v++) {
      if (shard.views.holding(v) == Views.Holding.DROPPING && !dropping.containsKey(v)) {
        dropping.put(v, shard.keyspace.repair(v)); // begun by an earlier run
      }
    }
    unseen = false;
    long end = shard.nanos.getAsLong() + DROP_NANOS;
    for (int n = 0; n < DROPS && !dropping.isEmpty() && shard.nanos.getAsLong() - end < 0; n++) {
      dropOne(dropping.keySet().iterator().next());
    }
  }

  private void dropOne(int vnode) {
    try {
      if (dropping.get(vnode).drop(DROP_RECORDS) < 0) {
        dropping.remove(vnode);
        shard.views.droppedAll(vnode);
      }
    } catch (CorruptTableException e) {
      shard.damage.met(e);
      dropping.put(vnode, shard.keyspace.repair(vnode));
    }
  }

  // ---------------------------------------------------------------- time

  void tick(long nowNanos) {
    Placement target = shard.views.target();
    if (target == null || !shard.writable()) {
      return;
    }
    ask(nowNanos);
    dropOn();
    boolean guests = false;
    for (VnodeReplica r : shard.replicas) {
      if (r != null) {
        forgetGuests(r, nowNanos);
        guests |= r.members.size() > r.owners.size();
      }
    }
    int factor = quiet() ? QUIET_FACTOR : 1;
    if ((factor > 1 || nowNanos >= nextAnywayNanos) && !pace.paused()) {
      nextAnywayNanos = nowNanos + LEFT_NANOS;
      take(target, factor * TAKES);
      drive(target, factor * LOOKS, factor * STEPS, nowNanos);
    }
    letGo(nowNanos);
    busy = guests || !dropping.isEmpty() || !deferred.isEmpty() || !astray.isEmpty();
    if (nowNanos >= nextTellNanos) {
      nextTellNanos = nowNanos + TELL_NANOS;
      tell();
      estimate(nowNanos);
    }
  }

  /** Whether no command has come since the last look, to this node or to one that writes here. */
  private boolean quiet() {
    long before = work;
    work = shard.commands() + shard.bundlesApplied();
    return work == before;
  }

  // ---------------------------------------------------------------- telling

  boolean received(PeerLink peer, Message message) {
    if (message instanceof Message.Sizes m) {
      for (int i = 0; i < m.vnodes().length; i++) {
        if (m.vnodes()[i] < sizes.length) {
          sizes[m.vnodes()[i]] = m.bytes()[i];
        }
      }
    } else if (message instanceof Message.Progress m) {
      progress.put(peer.id, m);
    } else {
      return false;
    }
    return true;
  }

  /** Who is new is told all sizes. */
  void connected() {
    Arrays.fill(toldSizes, -1);
    told = null;
  }

  private void tell() {
    List<Integer> changed = new ArrayList<>();
    for (VnodeReplica r : shard.replicas) {
      if (r != null && r.service == VnodeReplica.Service.EXCLUSIVE) {
        long bytes = shard.keyspace.rowBytes(r.vnode);
        sizes[r.vnode] = bytes;
        if (toldSizes[r.vnode] < 0 || Math.abs(bytes - toldSizes[r.vnode]) > (toldSizes[r.vnode] >> 4) + 1_024) {
          toldSizes[r.vnode] = bytes;
          changed.add(r.vnode);
        }
      }
    }
    Message.Progress now = own();
    for (PeerLink peer : shard.peers()) {
      if (peer.connected && !changed.isEmpty()) {
        int[] vnodes = changed.stream().mapToInt(v -> v).toArray();
        long[] bytes = Arrays.stream(vnodes).mapToLong(v -> toldSizes[v]).toArray();
        shard.transport.send(peer.id, new Message.Sizes(vnodes, bytes));
      }
      if (peer.connected && !now.equals(told)) {
        shard.transport.send(peer.id, now);
      }
    }
    told = now;
  }

  private Message.Progress own() {
    int toTake = 0;
    int taking = 0;
    int toLetGo = dropping.size();
    Placement target = shard.views.target();
    for (int v = astray.nextSetBit(0); v >= 0; v = astray.nextSetBit(v + 1)) {
      toTake += target.owners(v).contains(shard.config.self()) && !shard.views.view(v).has(shard.config.self()) ? 1 : 0;
    }
    for (VnodeReplica r : shard.replicas) {
      taking += r != null && r.learning() ? 1 : 0;
      toLetGo += r != null && !r.learning() && !target.owners(r.vnode).contains(shard.config.self()) ? 1 : 0;
    }
    return new Message.Progress(toTake, taking, toLetGo, bytesTaken);
  }

  private void estimate(long nowNanos) {
    long bytes = bytesTaken;
    for (Message.Progress other : progress.values()) {
      bytes += other.bytesTaken();
    }
    if (nowNanos - rateSinceNanos >= RATE_NANOS) {
      rate = Math.max(0, bytes - rateFromBytes) / ((nowNanos - rateSinceNanos) / 1e9);
      rateSinceNanos = nowNanos;
      rateFromBytes = bytes;
    }
  }

  /** The bytes of each vnode's rows as far as they are known here; -1 where they are not. */
  public long[] sizes() {
    return sizes.clone();
  }

  /** How far the ring is on its way, as far as this node knows. */
  public TransferStanding standing() {
    Placement target = shard.views.target();
    int vnodesLeft = 0;
    long bytesLeft = 0;
    Map<String, long[]> left = new TreeMap<>();
    for (int v = astray.nextSetBit(0); v >= 0; v = astray.nextSetBit(v + 1)) {
      List<String> owners = shard.views.view(v).owners();
      boolean moves = false;
      for (String node : target.owners(v)) {
        if (!owners.contains(node)) {
          long[] theirs = left.computeIfAbsent(node, n -> new long[3]);
          theirs[0]++;
          theirs[2] += Math.max(0, sizes[v]);
          bytesLeft += Math.max(0, sizes[v]);
          vnodesLeft++;
          moves = true;
        }
      }
      for (String node : owners) {
        if (!target.owners(v).contains(node)) {
          left.computeIfAbsent(node, n -> new long[3])[1]++;
          vnodesLeft++;
          moves = true;
        }
      }
      vnodesLeft += moves ? 0 : 1; // the order of its owners
    }
    Map<String, Message.Progress> all = new TreeMap<>(progress);
    all.put(shard.config.self(), own());
    all.keySet().removeIf(node -> !shard.reachable(node));
    for (Map.Entry<String, Message.Progress> node : all.entrySet()) {
      long[] theirs = left.getOrDefault(node.getKey(), new long[3]);
      vnodesLeft += Math.max(0, node.getValue().toLetGo() - (int) theirs[1]); // removed, and with rows yet
    }
    List<NodeTransfer> nodes = new ArrayList<>();
    all.keySet().forEach(node -> left.computeIfAbsent(node, n -> new long[3]));
    left.forEach((node, theirs) -> {
      Message.Progress p = all.getOrDefault(node, new Message.Progress(0, 0, 0, 0));
      if (theirs[0] + theirs[1] + p.taking() + p.toLetGo() > 0) {
        int toLetGo = Math.max(p.toLetGo(), (int) theirs[1]);
        nodes.add(new NodeTransfer(node, (int) theirs[0], p.taking(), toLetGo, p.bytesTaken(), theirs[2]));
      }
    });
    long seconds = bytesLeft == 0 ? 0 : rate < 1 ? -1 : (long) Math.ceil(bytesLeft / rate);
    return new TransferStanding(pace.paused(), pace.bytesPerSecond(), vnodesLeft, bytesLeft, vnodesLeft == 0 ? 0 : seconds,
        nodes);
  }

  /** How many vnodes a node owns now, and how many it should. */
  public int[] share(String node) {
    Placement now = shard.views.placement();
    Placement target = shard.views.target();
    int owned = now == null ? 0 : now.vnodesOf(node).cardinality();
    return new int[] {owned, target == null ? 0 : target.vnodesOf(node).cardinality()};
  }
}
