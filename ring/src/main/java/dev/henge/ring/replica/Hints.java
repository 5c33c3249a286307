package dev.henge.ring.replica;

import dev.henge.ring.repair.HintLimits;
import dev.henge.ring.repair.HintStore;
import dev.henge.storage.lsm.CorruptTableException;
import dev.henge.storage.lsm.Damage;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.type.Keyspace;
import dev.henge.storage.version.Mutant;
import dev.henge.storage.version.VersionVector;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What fallbacks do while owners are away: keep their bundles as hints, count as copies, and take writes blind when no
 * owner can be reached.
 *
 * <p><b>Hints.</b> The executor sends what an absent owner misses to a fallback, one for each, in the stream that it
 * has with that node anyway; the fallback appends it to its log, keeps it in a {@link HintStore}, and acknowledges or
 * refuses it like a bundle of its own vnodes. It never acknowledges what it does not keep.
 *
 * <p><b>Sloppy quorum.</b> A fallback that keeps a hint is a copy beyond the owners that can be reached, never in the
 * place of one of them, and not towards the majority that an exclusive primary needs (see {@link #copies}).
 *
 * <p><b>Blind writes.</b> A node that can reach no owner of a vnode for longer than a lease lasts executes on an empty
 * keyspace what means the same whatever the key holds. The bundle carries an actor of the node's own ({@link
 * ShardConfig#blindActor}) and no deps, so any
 * owner can take it as it comes. Its sequence outlives restarts beside the hints (law 5: an actor never uses one
 * again). The bundle is a hint for all owners, here and on further fallbacks, up to W copies. A fallback is only given
 * a blind bundle after those before it of the vnode that owners may lack: whoever has one can hand it over without a
 * gap.
 *
 * <p>{@link HandOver} brings hints to their owners.
 */
public final class Hints {

  private static final Logger LOG = LoggerFactory.getLogger(Hints.class);

  /** Only so many of a vnode's fallbacks are asked to stand in. */
  static final int FALLBACKS_MAX = 16;

  /**
   * A fallback that lacks more blind bundles of a vnode than this is given so many with the next write, and is no copy
   * of that one.
   */
  private static final int BLIND_BEFORE_MAX = 1_000;

  private static final int BLIND_BEFORE_BYTES_MAX = 1 << 20;

  /** Who refused a hint is asked again after so long. */
  private static final long REFUSED_NANOS = 1_000_000_000L;

  /** Commands wait for blind writes to be handed over before them no longer than this. */
  private static final long FIRST_NANOS = 1_000_000_000L;

  private static final long EXPIRE_NANOS = 1_000_000_000L;

  /** Damaged hints are looked at again this often, until the store has excised what cannot be read. */
  private static final long LOAD_NANOS = 1_000_000_000L;

  private static final int EXPIRE_LOOK = 10_000;

  /** In a log record of a hint the bundle begins here. */
  static final int RECORD_BUNDLE_AT = Shard.RECORD_HEADER_BYTES + 1 + Long.BYTES;

  private static final int BLIND = 1;

  /** A blind write's own copy, in the place of an owner's. */
  private static final int HERE = 0;

  final HintStore store;
  final HandOver handOver;
  private final Shard shard;
  private final long startNanos;
  private HintLimits limits = HintLimits.DEFAULT;
  private Supplier<Keyspace> scratches;
  private boolean blindAllowed;
  private final ArrayDeque<BlindHold> blindHolds = new ArrayDeque<>();

  /** How far a fallback that is connected was given the blind bundles of a vnode: node → vnode → the last. */
  private final Map<String, Map<Integer, Given>> blindGiven = new HashMap<>();

  /** Vnodes that were written blind here, and since when an owner can be asked again. */
  private final Map<Integer, Long> blindSince = new HashMap<>();

  private boolean unread;
  private boolean sequencesLost;
  private long nextLoadNanos = Long.MIN_VALUE;
  private long nextExpireNanos = Long.MIN_VALUE;
  private long refused;
  private long blindWrites;

  private record BlindHold(int vnode, Hold hold) {}

  /** A blind bundle by its sequence and its place among the hints. */
  private record Given(long seq, long place) {}

  private static final long STILL_BLIND = Long.MIN_VALUE;

  private static final Given NONE = new Given(0, -1);

  Hints(Shard shard, long startNanos) {
    this.shard = shard;
    this.startNanos = startNanos;
    this.store = new HintStore(shard.log);
    this.handOver = new HandOver(shard, this);
  }

  /** Sets the bounds of the hints that this node keeps, and a maker of empty keyspaces, for blind writes. */
  public void set(HintLimits bounds, boolean mayWriteBlind, Supplier<Keyspace> empty) {
    limits = bounds;
    blindAllowed = mayWriteBlind;
    scratches = empty;
  }

  HintLimits limits() {
    return limits;
  }

  // ---------------------------------------------------------------- recovery and damage

  void load() {
    try {
      store.load();
      store.loadSequences();
      store.vnodes().stream().filter(v -> store.standing(v).blind() > 0).forEach(v -> blindSince.put(v, STILL_BLIND));
    } catch (CorruptTableException e) {
      shard.damage.met(e);
      unread = true;
      sequencesLost = true; // perhaps: a new actor does no harm
    }
  }

  /** Whether the sequences of this actor's blind writes could not be read, so that it must not be gone on with. */
  boolean sequencesLost() {
    return sequencesLost;
  }

  void replay(long place, ByteReader in) {
    boolean blind = (in.u8() & BLIND) != 0;
    long arrived = in.i64();
    byte[] bytes = in.rest();
    Bundle bundle = Bundle.read(bytes, 0);
    keep(place, arrived, blind, bundle);
    if (blind && bundle.actor() == shard.config.blindActor()) {
      store.wroteBlind(bundle.vnode(), bundle.actor(), bundle.seq());
    }
    if (blind) {
      blindSince.put(bundle.vnode(), STILL_BLIND);
    }
  }

  private void keep(long place, long arrived, boolean blind, Bundle bundle) {
    store.add(bundle.vnode(), new HintStore.Hint(place, arrived, blind, bundle.actor(), bundle.seq(), bundle.bytes()));
  }

  /** Damage may have taken hints with it: what is left is counted again once it can be read. */
  void damaged(Damage d) {
    byte[][] range = HintStore.range();
    unread |= d.meets(range[0], range[1]);
  }

  private void loadAgain() {
    long before = store.count();
    store.load();
    unread = false;
    store.saveSequences();
    if (store.count() < before) {
      LOG.error("{} hints are lost in damaged parts of tables", before - store.count());
    }
  }

  // ---------------------------------------------------------------- the executor's side

  /**
   * The fallbacks, as bits of their places, that are to keep what the vnode's absent owners miss now: one for each as
   * long as there are any.
   */
  int standIns(VnodeReplica r) {
    int absent = r.owners.size() - r.ownersThere;
    return absent <= 0 ? 0 : fallbacks(r.vnode, absent);
  }

  private int fallbacks(int vnode, int count) {
    List<String> fallbacks = shard.placement().preferenceList(vnode).fallbacks();
    long now = shard.nowNanos();
    int places = 0;
    for (int i = 0; i < Math.min(fallbacks.size(), FALLBACKS_MAX) && Integer.bitCount(places) < count; i++) {
      PeerLink peer = shard.peers.get(fallbacks.get(i));
      if (peer != null && now >= peer.noHintsUntilNanos && shard.leases.reachable(peer.id, now)) {
        places |= 1 << i;
      }
    }
    return places;
  }

  /**
   * How many copies a reply waits for if so many owners are needed: W, by fallbacks beyond the owners that are there.
   */
  int copies(VnodeReplica r, int need, int fallbacks) {
    return fallbacks == 0 ? need : Math.max(need, Math.min(shard.wanted(r.owners.size()), r.ownersThere + fallbacks));
  }

  /** Who holds a bundle has changed, or who can. */
  void count(Hold hold, int need) {
    hold.need(need, copies(hold.replica, need, hold.hinted() == 0 ? 0 : hopes(hold.replica.vnode, hold)));
  }

  /**
   * How many of these fallbacks may be counted on: those that keep the bundle, and those that can still be heard from.
   */
  int hopes(int vnode, Hold hold) {
    int hopes = 0;
    for (int left = hold.hinted(); left != 0; left &= left - 1) {
      int place = Integer.numberOfTrailingZeros(left);
      List<String> fallbacks = shard.placement().preferenceList(vnode).fallbacks();
      if (place >= fallbacks.size()) {
        continue; // there were more
      }
      String fallback = fallbacks.get(place);
      hopes += hold.keptBy(place) || shard.leases.reachable(fallback, shard.nowNanos()) ? 1 : 0;
    }
    return hopes;
  }

  /** Sends a bundle to these fallbacks. */
  void ship(int vnode, int places, boolean blind, byte[] bundle, Hold hold) {
    for (int left = places; left != 0; left &= left - 1) {
      int place = Integer.numberOfTrailingZeros(left);
      String fallback = shard.placement().preferenceList(vnode).fallbacks().get(place);
      ship(shard.peer(fallback), Hold.FALLBACK_0 + place, blind, bundle, hold);
    }
  }

  private boolean ship(PeerLink peer, int holder, boolean blind, byte[] bundle, Hold hold) {
    boolean sent = shard.transport.send(peer.id, new Message.Hint(blind, bundle));
    if (sent) {
      peer.shipped++;
      if (hold != null) {
        peer.inFlight.add(peer.shipped, holder, hold);
      }
    } else if (hold != null) {
      hold.refused(holder);
    }
    return sent;
  }

  /** A fallback has refused a hint: it is asked for none for a while. */
  void refusedBy(PeerLink peer, int holder, Hold hold) {
    if (holder >= Hold.FALLBACK_0) {
      hold.refused(holder);
      peer.noHintsUntilNanos = shard.nowNanos() + REFUSED_NANOS;
      blindGiven.remove(peer.id);
    }
  }

  // ---------------------------------------------------------------- the fallback's side

  void arrived(PeerLink peer, Message.Hint hint) {
    long number = ++peer.received;
    Bundle bundle = Bundle.read(hint.bundle(), 0);
    if (bundle.vnode() >= shard.replicas.length || !shard.writable()) {
      peer.refuse(number);
      return;
    }
    VnodeReplica own = shard.replicas[bundle.vnode()];
    if (own != null) {
      if (shard.apply(own, bundle) == Shard.Applied.GAP) {
        peer.refuse(number);
      }
      return;
    }
    long last = hint.blind() ? store.dots(bundle.vnode()).get(bundle.actor()) : 0;
    if (last >= bundle.seq()) {
      return; // it came twice; those before it came with it
    }
    if (last != 0 && last + 1 != bundle.seq()) {
      peer.refuse(number);
    } else if (store.takes(hint.bundle().length, limits)) {
      take(hint.blind(), bundle);
    } else {
      refused++;
      if (!shard.config.rules().broken(Mutant.HINT_DROPPED_WHEN_FULL)) {
        peer.refuse(number);
      }
    }
  }

  private void take(boolean blind, Bundle bundle) {
    long arrived = shard.stamps.wallMillis();
    byte[] bytes = bundle.bytes();
    Bytes record = new Bytes(bytes.length + 32);
    record.u8(Shard.RECORD_HINT).i64(-1).u8(blind ? BLIND : 0).i64(arrived).raw(bytes);
    keep(shard.log.append(record.array(), 0, record.length()), arrived, blind, bundle);
  }

  // ---------------------------------------------------------------- blind writes

  /**
   * Whether no owner of the vnode can be reached from here, and none could for as long as a lease lasts, and the
   * policy lets this node write blind then.
   */
  public boolean blind(int vnode) {
    if (shard.target() == null || shard.replicas[vnode] != null || !blindAllowed) {
      return false;
    }
    long nowNanos = shard.nowNanos();
    for (String owner : shard.owners(vnode)) {
      PeerLink peer = shard.peers.get(owner);
      boolean never = peer == null || peer.reachedNanos == Long.MIN_VALUE;
      long reached = never ? startNanos + CatchUp.ALONE_NANOS : peer.reachedNanos;
      if (shard.leases.reachable(owner, nowNanos) || nowNanos - reached <= shard.config.leaseNanos()) {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether a command for the vnode had better wait, for {@link #FIRST_NANOS} at most, since its candidate has not yet
   * been heard to have the blind writes that were taken here: its client would miss what it was told is kept.
   */
  public boolean comeFirst(int vnode, String candidate) {
    long nowNanos = shard.nowNanos();
    if (blindSince.isEmpty() || !blindSince.containsKey(vnode)) {
      return false;
    }
    HintStore.Standing standing = store.standing(vnode);
    if (standing == null || standing.blind() == 0 || handOver.has(vnode, candidate)) {
      blindSince.remove(vnode);
      return false;
    }
    long since = blindSince.get(vnode);
    if (since == STILL_BLIND) {
      blindSince.put(vnode, nowNanos);
      handOver.soon();
      return true;
    }
    return nowNanos - since < FIRST_NANOS;
  }

  /**
   * What became of a blind write. {@code wrote}: whether there is one; then the reply waits for the hold, if it is not
   * null. {@code seen}: its dot, which owners will have seen once it was brought home.
   */
  public record Blind(boolean wrote, Hold hold, VersionVector seen) {}

  /**
   * Executes a command whose meaning needs no knowledge of its keys, on an empty keyspace, for a vnode that may be
   * written {@link #blind}. Nothing is kept if there is no room for it.
   */
  public Blind execute(int vnode, Shard.Executable command) {
    Keyspace scratch = scratches.get();
    long actor = shard.config.blindActor();
    long seq = store.blindSeq(vnode, actor) + 1;
    scratch.begin(actor, seq, shard.stamps::next);
    boolean changed;
    try {
      command.run(scratch);
    } finally {
      changed = scratch.finish();
    }
    if (!changed) {
      return new Blind(false, null, null);
    }
    Bytes out = new Bytes(scratch.body().length() + 32);
    Bundle.writeHeader(out, vnode, actor, seq, scratch.stamp(), VersionVector.EMPTY);
    byte[] bytes = out.raw(scratch.body().array(), 0, scratch.body().length()).copy();
    if (!store.takes(bytes.length, limits)) {
      refused++;
      return new Blind(false, null, null);
    }
    Bundle bundle = Bundle.read(bytes, 0);
    take(true, bundle);
    store.wroteBlind(vnode, actor, seq);
    blindSince.put(vnode, STILL_BLIND);
    blindWrites++;
    return new Blind(true, ship(bundle), VersionVector.of(actor, seq));
  }

  private Hold ship(Bundle bundle) {
    int vnode = bundle.vnode();
    int wanted = shard.wanted(shard.owners(vnode).size());
    int places = wanted == 1 ? 0 : fallbacks(vnode, wanted - 1);
    Hold hold = null;
    if (places != 0 || shard.log.syncsFirst()) {
      hold = new Hold(null, bundle.seq(), null, shard.log.appended(), 1, shard.nowNanos());
      hold.hint(places);
      blindHolds.add(new BlindHold(vnode, hold));
    }
    for (int left = places; left != 0; left &= left - 1) {
      int place = Integer.numberOfTrailingZeros(left);
      try {
        giveBlind(shard.peer(shard.placement().preferenceList(vnode).fallbacks().get(place)), place, bundle, hold);
      } catch (CorruptTableException e) {
        met(e);
        hold.refused(Hold.FALLBACK_0 + place);
      }
    }
    if (hold != null) {
      countBlind(vnode, hold);
    }
    return hold;
  }

  /** Gives a fallback the newest blind bundle, and first those of the vnode that it was not given. */
  private void giveBlind(PeerLink peer, int place, Bundle newest, Hold hold) {
    int holder = Hold.FALLBACK_0 + place;
    Map<Integer, Given> given = blindGiven.computeIfAbsent(peer.id, id -> new HashMap<>());
    Given last = given.getOrDefault(newest.vnode(), NONE);
    HintStore.Part part = store.part(newest.vnode(), last.place() + 1, BLIND_BEFORE_BYTES_MAX, BLIND_BEFORE_MAX,
        hint -> hint.blind() && hint.actor() == newest.actor());
    boolean sent = true;
    for (HintStore.Hint hint : part.hints()) {
      sent = sent && ship(peer, holder, true, hint.bundle(), hint.seq() == newest.seq() ? hold : null);
      last = new Given(hint.seq(), hint.place());
    }
    if (sent && part.next() >= 0) {
      last = new Given(last.seq(), part.next() - 1);
    }
    given.put(newest.vnode(), sent ? last : NONE);
    if (!sent || last.seq() != newest.seq()) {
      hold.refused(holder);
    }
  }

  private void countBlind(int vnode, Hold hold) {
    int wanted = shard.wanted(shard.owners(vnode).size());
    hold.need(1, Math.min(wanted, 1 + hopes(vnode, hold)));
  }

  /** The log has become durable up to here. */
  void durable(long position) {
    for (BlindHold blind : blindHolds) {
      if (blind.hold().end > position) {
        break;
      }
      blind.hold().heldBy(HERE);
    }
    while (!blindHolds.isEmpty() && blindHolds.peekFirst().hold().settled()) {
      blindHolds.pollFirst();
    }
    handOver.durable(position);
  }

  // ---------------------------------------------------------------- connections and time

  void connected(PeerLink peer) {
    blindGiven.remove(peer.id);
    handOver.connected(peer);
  }

  void disconnected(PeerLink peer) {
    if (peer.alive && shard.nowNanos() - peer.heardNanos < shard.config.leaseNanos()) {
      peer.reachedNanos = shard.nowNanos(); // until now: at rest the last look may have been a while ago
    }
    blindGiven.remove(peer.id);
    handOver.lost(peer);
  }

  /** Whether nothing is kept for anybody. */
  boolean idle() {
    return store.isEmpty() && blindHolds.isEmpty() && !unread;
  }

  void tick(long nowNanos) {
    for (PeerLink peer : shard.peers()) {
      if (shard.leases.reachable(peer.id, nowNanos)) {
        peer.reachedNanos = nowNanos;
      }
    }
    timeOut(nowNanos);
    try {
      if (unread && nowNanos >= nextLoadNanos) {
        nextLoadNanos = nowNanos + LOAD_NANOS;
        loadAgain();
      }
      if (store.isEmpty()) {
        handOver.nothing();
        return;
      }
      if (nowNanos >= nextExpireNanos) {
        nextExpireNanos = nowNanos + EXPIRE_NANOS;
        expire();
      }
      handOver.tick(nowNanos);
    } catch (CorruptTableException e) {
      met(e);
    }
  }

  void met(CorruptTableException e) {
    shard.damage.met(e);
    unread = true;
  }

  private void expire() {
    long nowMillis = shard.stamps.wallMillis();
    store.vnodes().stream().forEach(vnode -> {
      int gone = store.expire(vnode, nowMillis, limits, EXPIRE_LOOK);
      if (gone > 0) {
        LOG.warn("vnode {}: {} hints are too old; owners take what they miss from each other", vnode, gone);
      }
    });
  }

  private void timeOut(long nowNanos) {
    for (Iterator<BlindHold> i = blindHolds.iterator(); i.hasNext(); ) {
      BlindHold blind = i.next();
      countBlind(blind.vnode(), blind.hold());
      if (nowNanos - blind.hold().waitingSinceNanos > shard.config.commandTimeoutNanos()) {
        blind.hold().settle(Outcome.IN_DOUBT);
      }
      if (blind.hold().settled()) {
        i.remove();
      }
    }
  }

  // ---------------------------------------------------------------- figures

  /** How many writes this node took blind since the start. */
  public long blindWrites() {
    return blindWrites;
  }

  /**
   * The hints of this node.
   *
   * @param held how many there are
   * @param bytes of their bundles
   * @param oldestMillis the age of the oldest
   * @param handedOver those that went since the start because all owners have them
   * @param dropped those that went for their age
   * @param refused those that were not taken for want of room
   * @param blindWrites writes that this node took blind since the start
   */
  public record Standing(
      long held, long bytes, long oldestMillis, long handedOver, long dropped, long refused, long blindWrites) {}

  /** The hints of one vnode; null if there are none. */
  public HintStore.Standing of(int vnode) {
    return store.standing(vnode);
  }

  /** The age of a vnode's oldest hint; 0 if there is none. */
  long ageMillis(int vnode) {
    HintStore.Standing of = store.standing(vnode);
    return of == null ? 0 : Math.max(0, shard.stamps.wallMillis() - of.oldestMillis());
  }

  public Standing standing() {
    long oldest = store.oldestMillis();
    long age = oldest < 0 ? 0 : Math.max(0, shard.stamps.wallMillis() - oldest);
    return new Standing(
        store.count(), store.bytes(), age, handOver.handedOver(), store.dropped(), refused, blindWrites);
  }
}
