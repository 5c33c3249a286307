package dev.henge.ring.replica;

import dev.henge.gossip.wire.Transport;
import dev.henge.ring.placement.Placement;
import dev.henge.ring.repair.AntiEntropy;
import dev.henge.storage.lsm.CorruptTableException;
import dev.henge.storage.lsm.Damage;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.row.FormatException;
import dev.henge.storage.row.Hash64;
import dev.henge.storage.type.DamagedRowsException;
import dev.henge.storage.type.Keyspace;
import dev.henge.storage.version.HybridClock;
import dev.henge.storage.version.Mutant;
import dev.henge.storage.version.VersionVector;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The vnode replicas of one event loop: executes commands as acting primary, ships bundles, applies those of peers.
 *
 * <p>A single-threaded state machine: messages, ticks and commands come in; messages, log records and settled {@link
 * Hold}s go out. Time, log and network come by constructor, so the same code runs on an event loop and under a seeded
 * simulation. {@link Leases} decides who serves a vnode, {@link CatchUp} brings a late replica up; this class has the
 * way of a write:
 *
 * <pre>
 * execute → rows change in the keyspace → bundle → log buffer, peers' frames → end of turn: one log write, one frame a peer
 *         → owners append, apply, acknowledge what is durable with them → W of N → the hold settles → the reply leaves
 * </pre>
 */
public final class Shard {

  private static final Logger LOG = LoggerFactory.getLogger(Shard.class);

  static final int RECORD_BUNDLE = 1;
  static final int RECORD_ROWS = 2;
  static final int RECORD_CLOCK = 3;
  static final int RECORD_HINT = 4;

  /** Rows that take the place of those that are there, as far as their giver had seen them. */
  static final int RECORD_REPLACE = 5;

  /** Rows of which what is in a horizon and not there was superseded. */
  static final int RECORD_LATE_ROWS = 6;

  /** Who owns a vnode, what was said in the decision of that, and whether this node has it. */
  static final int RECORD_VIEW = 7;

  /** A log record begins with its type and the position of the same vnode's record before it. */
  static final int RECORD_HEADER_BYTES = 9;

  /**
   * Numbers of questions begin with one of so many numbers of the run; below it there is room for as many as a run
   * can ask.
   */
  private static final long RUNS = 0xFFFFF;

  private static final int RUN_BITS = 35;

  /** Ending a command reads rows at most of the heads that it opened: damage is met again no more often than this. */
  private static final int FINISH_TRIES_MAX = 8;

  private static final int SCRATCH_KEEP_BYTES = 1 << 20;

  ShardConfig config;
  final ShardLog log;
  final Keyspace keyspace;
  final Transport transport;
  final LongSupplier nanos;
  final VnodeReplica[] replicas;
  final Map<String, PeerLink> peers = new HashMap<>();
  final Leases leases;
  final CatchUp catchUp;
  final Views views;
  final Transfers transfers;
  final LogRetention retention;
  final DamageRepair damage;
  final Hints hints;
  final ClockSkew skew;
  private final AntiEntropy antiEntropy;
  final Stability stability;
  private final Replicas own;
  final Expiry expiry;
  final VnodeRecords records;
  private final Streams bundles;
  private final ComingWork coming;
  private final Housekeeping housekeeping;
  final HybridClock stamps;
  private final Bytes scratch = new Bytes(4096);
  private long nowNanos;
  private boolean heldAlways;
  private boolean unwritten;
  private long turnsEnd;
  private long streams;
  private final long firstId;
  private long bundlesMade;
  private long bundlesApplied;
  private long commands;

  public Shard(ShardConfig config, ShardLog log, Keyspace keyspace, HybridClock stamps, Transport transport,
      int vnodes, LongSupplier nanos) {
    this.config = config;
    this.log = log;
    this.keyspace = keyspace;
    this.stamps = stamps;
    this.transport = transport;
    this.nanos = nanos;
    this.replicas = new VnodeReplica[vnodes];
    this.nowNanos = nanos.getAsLong();
    this.firstId = (Hash64.mix(config.actor(), nowNanos) & RUNS) << RUN_BITS;
    this.leases = new Leases(this, nowNanos);
    this.catchUp = new CatchUp(this);
    this.views = new Views(this, vnodes);
    this.transfers = new Transfers(this);
    this.retention = new LogRetention(this, vnodes);
    this.damage = new DamageRepair(this);
    this.hints = new Hints(this, nowNanos);
    this.skew = new ClockSkew(this);
    this.antiEntropy = new AntiEntropy(new ShardRepairSite(this), nowNanos);
    this.stability = new Stability(this);
    this.own = new Replicas(this);
    this.expiry = new Expiry(this);
    this.records = new VnodeRecords(this);
    this.bundles = new Streams(this);
    this.coming = new ComingWork(this);
    this.housekeeping = new Housekeeping(this);
  }

  // ---------------------------------------------------------------- assembly and recovery

  /**
   * Takes up the vnodes that this node has, with what the store remembers of them.
   *
   * @param target who should own what
   * @param forming whether the ring has just been formed so, and who owns what is therefore known
   */
  public void place(Placement target, boolean forming) {
    housekeeping.soon(nowNanos);
    views.load(target, forming);
    records.loadShard(HybridClock.millis(stamps.next()));
    hints.load();
  }

  /** This store is older than what the node has said of vnodes' next owners: call it before {@link #place}. */
  public void forgetVotes() {
    views.forgetVotes();
  }

  /** A vnode's members are others: whoever knows them by their places begins anew. */
  void reshaped(VnodeReplica r) {
    antiEntropy.reshaped(r.vnode);
    hints.handOver.reshaped(r.vnode);
    if (r.damage != null) {
      r.damage.reshaped(nowNanos);
    }
  }

  /** This node has no replica of a vnode any more, and its rows are about to go. */
  void dropped(VnodeReplica r) {
    antiEntropy.reshaped(r.vnode);
    stability.dropped(r);
    damage.gone(r);
    keyspace.alone(r.vnode, false);
  }

  void forgetRecord(int vnode) {
    records.forget(vnode);
  }

  void soon() {
    housekeeping.soon(nowNanos);
  }

  /** Operators want other owners from now on. */
  public void target(Placement target) {
    views.target(target);
    housekeeping.soon(nowNanos);
  }

  /** Gives this node a replica of a vnode, with what the store remembers of it, if anything. */
  VnodeReplica hold(int vnode) {
    VnodeReplica r = new VnodeReplica(vnode, views.view(vnode).owners(), config.self(), nowNanos);
    r.rules = config.rules();
    replicas[vnode] = r;
    damage.held(r);
    records.load(r);
    stability.alone(r);
    return r;
  }

  /**
   * Whether a sequence was lost, so that this run needs an actor of its own: give it with {@link #actor} before
   * anything is written.
   */
  public boolean clocksLost() {
    return damage.clocksLost() || hints.sequencesLost();
  }

  public void actor(long fresh) {
    config = config.withActor(fresh);
  }

  /** Where this run's questions are numbered from: a late answer to the node's earlier process is none to this one. */
  public long firstId() {
    return firstId;
  }

  /** {@link #owners} of all vnodes: after a change of one of them it takes its time. Null for who knows of no ring. */
  public Placement placement() {
    return views.placement();
  }

  /** Who owns a vnode now, as far as is known. Not before {@link #target} is known. */
  public List<String> owners(int vnode) {
    return views.owners(vnode);
  }

  /** Who should own what; null while that is not known. */
  public Placement target() {
    return views.target();
  }

  /** Moves vnodes to where they should be. */
  public Transfers transfers() {
    return transfers;
  }

  /** Writes what the vnodes' records lack; called before the memtable is frozen, so that these and the rows agree. */
  public void saveRecords() {
    records.saveAll();
  }

  /** Applies a record of the log's tail again; the shard must have been placed. */
  public void replay(long position, byte[] record) {
    new LogReplay(this).replay(position, record);
  }

  // ---------------------------------------------------------------- commands

  /** A command to execute: reads and writes rows, and leaves its reply somewhere. */
  @FunctionalInterface
  public interface Executable {
    void run(Keyspace keyspace);
  }

  /** Whether this node may execute the vnode's commands now. */
  public boolean serves(int vnode) {
    VnodeReplica r = replicas[vnode];
    return r != null && leases.serves(r, nowNanos);
  }

  /** Reads what a command on a vnode will look at, so that it lies near; what it returns has no meaning. */
  public int look(int vnode) {
    VnodeReplica r = replicas[vnode];
    return r == null ? 0
        : r.clock.size() + r.owners.size() + r.links.length + r.ownersThere + (r.clockShipped == r.clock ? 1 : 0);
  }

  /** Whether a node can be reached from here. */
  public boolean reachable(String node) {
    return node.equals(config.self()) || leases.reachable(node, nowNanos);
  }

  public long nowNanos() {
    return nowNanos;
  }

  /** Whether the disk takes writes. */
  public boolean writable() {
    return log.refusal() == null;
  }

  /** Why the disk takes no writes, in words, or null if it does. */
  public String refusal() {
    return log.refusal();
  }

  /** Whether the disk is broken for good, and not only full. */
  public boolean failed() {
    return log.failed();
  }

  /** The end of what was appended to the log. */
  public long appended() {
    return log.appended();
  }

  /** Up to where the log is as durable as an answer asks for. */
  public long durablePosition() {
    return log.durable();
  }

  /**
   * Whether what the last turn appended is not written, so that no reply of that turn may leave. Writes that have no
   * hold are the only ones that matter here: later reads of their vnodes find one.
   */
  public boolean unwritten() {
    return unwritten;
  }

  /**
   * Executes a command on a vnode that {@link #serves}. A null result: the reply may leave at the end of the turn.
   * Otherwise it waits for the hold. Bundles that a command which throws had begun are still shipped whole.
   *
   * @throws DamagedRowsException if it needs rows that cannot be read; then {@link #serves} says whether another
   * owner is to be asked
   */
  public Hold execute(int vnode, Executable command) {
    return execute(vnode, command, Terms.AS_CONFIGURED);
  }

  /**
   * The same; what the command writes is held for its caller until as many owners have it as the caller asked for
   * ({@link Terms#writeOwners}). Reads, and writes that changed nothing, wait for what the vnode's writes wait for.
   */
  public Hold execute(int vnode, Executable command, int writeOwners) {
    commands++;
    VnodeReplica r = replicas[vnode];
    long seq = r.clock.get(config.actor()) + 1;
    boolean changed = false;
    String damaged = null;
    keyspace.begin(config.actor(), seq, stamps);
    try {
      command.run(keyspace);
    } catch (DamagedRowsException e) {
      damaged = e.getMessage();
    } catch (CorruptTableException e) {
      damaged = met(e);
    } finally {
      changed = finish();
      if (changed) {
        commit(r, seq, writeOwners);
      }
    }
    if (damaged != null) {
      throw new DamagedRowsException(damaged, changed);
    }
    return changed && writeOwners != Terms.AS_CONFIGURED ? r.asked.peekLast() : r.newestHold();
  }

  /**
   * Does work whose reply goes where this node cannot hold it back: each of its writes has a hold, however few owners
   * it needs.
   */
  public <T> T held(Supplier<T> work) {
    heldAlways = true;
    try {
      return work.get();
    } finally {
      heldAlways = false;
    }
  }

  private String met(CorruptTableException e) {
    damage.met(e);
    keyspace.abandonDamaged();
    return Damage.of(e, 0).where();
  }

  private boolean finish() {
    for (int n = 1; ; n++) {
      try {
        return keyspace.finish();
      } catch (CorruptTableException e) {
        met(e);
        if (n == FINISH_TRIES_MAX) {
          throw e;
        }
      }
    }
  }

  /**
   * Empties a vnode's database. Damaged rows in the way are passed by: they are fetched from owners that have emptied
   * theirs.
   */
  public Hold flush(int vnode, int db) {
    VnodeReplica r = replicas[vnode];
    VersionVector seen = r.clock;
    Hold hold = execute(vnode, rows -> rows.flush(vnode, db, seen));
    if (db == Keyspace.ALL_DBS) {
      damage.flushed(r);
    }
    return hold;
  }

  private void commit(VnodeReplica r, long seq, int writeOwners) {
    VersionVector deps = r.clock == r.clockShipped ? r.depsShipped : r.clock.without(config.actor());
    boolean sameDeps = deps == r.depsShipped || deps.equals(r.depsShipped);
    r.depsShipped = deps;
    scratch.reset(SCRATCH_KEEP_BYTES);
    scratch.u8(RECORD_BUNDLE).i64(r.lastPosition);
    Bundle.writeHeader(scratch, r.vnode, config.actor(), seq, keyspace.stamp(), sameDeps ? null : deps);
    scratch.raw(keyspace.body().array(), 0, keyspace.body().length());
    long position = log.append(scratch.array(), 0, scratch.length());
    r.clock = r.clock.with(config.actor(), seq);
    r.clockShipped = r.clock;
    if (keyspace.passedBy()) {
      damage.passedBy(r, config.actor(), seq);
    }
    moved(r, position);
    bundlesMade++;
    int need = need(r);
    int standIns = hints.standIns(r);
    int copies = hints.copies(r, need, Integer.bitCount(standIns));
    Hold hold = null;
    if (copies > 1 || log.syncsFirst() || heldAlways || writeOwners != Terms.AS_CONFIGURED) {
      hold = new Hold(r, seq, null, log.appended(), need, nowNanos);
      hold.hint(standIns);
      hold.need(need, copies);
      hold.others = deps;
      if (writeOwners != Terms.AS_CONFIGURED) {
        hold.asked = new Hold(r, seq, null, hold.end, r.owners(writeOwners), nowNanos);
        hold.asked.others = deps;
        hold.asked.askedOwners = writeOwners;
        r.asked.add(hold.asked);
      }
      r.hold(hold);
      leases.wroteTo(r, hold);
    }
    bundles.ship(r, scratch, hold);
    if (standIns != 0) {
      hints.ship(r.vnode, standIns, false, Arrays.copyOfRange(scratch.array(), RECORD_HEADER_BYTES, scratch.length()), hold);
    }
  }

  /**
   * How many owners must hold a bundle: W, but never more than are there, and never fewer than a majority while
   * exclusive.
   */
  int need(VnodeReplica r) {
    int wanted = wanted(r.counted());
    int there = r.owned() ? 1 : 0;
    int newcomers = 0;
    for (int i = 0; i < r.owners.size(); i++) {
      if (leases.reachable(r, i, nowNanos)) {
        there++;
        newcomers += r.counts(i) ? 0 : 1;
      }
    }
    r.ownersThere = there;
    int floor = r.service == VnodeReplica.Service.DEGRADED ? 1 : Math.min(wanted, r.quorum());
    return Math.max(floor, Math.min(wanted, there - newcomers));
  }

  /** W: how many copies a write to a vnode of so many owners wants. */
  int wanted(int owners) {
    return config.writeQuorum() == 0 ? owners / 2 + 1 : Math.min(config.writeQuorum(), owners);
  }

  // ---------------------------------------------------------------- bundles of peers

  /** What applying a bundle came to. */
  enum Applied {
    NEW,
    KNOWN,
    /** It follows one that is not here yet. */
    GAP
  }

  Applied apply(VnodeReplica r, Bundle bundle) {
    long known = r.clock.get(bundle.actor());
    if (bundle.seq() <= known) {
      return Applied.KNOWN;
    }
    boolean gap = bundle.seq() > known + 1 || bundle.deps() != null && !r.clock.covers(bundle.deps());
    if (gap && !config.rules().broken(Mutant.GAP_IGNORED)) {
      return Applied.GAP;
    }
    long position = record(RECORD_BUNDLE, r, bundle.array(), bundle.from(), bundle.to() - bundle.from());
    stamps.observe(bundle.hlc());
    settle(r, bundle, position);
    leases.tookOver(r, r.service != VnodeReplica.Service.IDLE);
    return Applied.NEW;
  }

  void settle(VnodeReplica r, Bundle bundle, long position) {
    VersionVector superseding = stability.superseding(r, bundle);
    if (damage.apply(r, rows -> rows.apply(bundle.actor(), bundle.seq(), bundle.body(), superseding))) {
      damage.passedBy(r, bundle.actor(), bundle.seq());
    }
    r.clock = r.clock.with(bundle.actor(), bundle.seq());
    moved(r, position);
    bundlesApplied++;
  }

  /** Merges rows that another owner sent, without what of {@code superseding} is not here. */
  void takeRows(VnodeReplica r, byte[] body, VersionVector superseding) {
    Bytes content = new Bytes(body.length + 64).u16(r.vnode);
    int type = RECORD_ROWS;
    if (!superseding.isEmpty()) {
      type = RECORD_LATE_ROWS;
      content.vector(superseding);
    }
    long position = record(type, r, content.raw(body).copy());
    damage.apply(r, rows -> rows.apply(0, 0, new ByteReader(body), superseding));
    moved(r, position);
  }

  /** Takes rows that another owner sent, from a disk key to another, in place of all that it had seen. */
  void replaceRows(VnodeReplica r, byte[] from, byte[] to, VersionVector seen, byte[] body) {
    Bytes content = new Bytes(body.length + 64).u16(r.vnode).block(from).block(to).vector(seen).raw(body);
    long position = record(RECORD_REPLACE, r, content.copy());
    damage.apply(r, rows -> rows.replace(from, to, seen, new ByteReader(body)));
    moved(r, position);
  }

  /** Appends a record to the log and returns its position. */
  long record(int type, VnodeReplica r, byte[] content) {
    return record(type, r, content, 0, content.length);
  }

  private long record(int type, VnodeReplica r, byte[] content, int offset, int length) {
    scratch.reset(SCRATCH_KEEP_BYTES);
    scratch.u8(type).i64(r.lastPosition).raw(content, offset, length);
    return log.append(scratch.array(), 0, scratch.length());
  }

  void moved(VnodeReplica r, long position) {
    r.lastPosition = position;
    r.clockMoved = true;
    r.recordStale = true;
  }

  // ---------------------------------------------------------------- messages and turns

  /** A message has come and will be {@link #received} soon, as others that are said before {@link #lookAhead}. */
  public void coming(Message message) {
    if (message instanceof Message.Ship ship) {
      coming.bundle(ship);
    } else if (message instanceof Message.Forward forward) {
      coming.vnode(forward.vnode());
    }
  }

  /** Brings near what those will need. Changes nothing. */
  public void lookAhead() {
    coming.read();
  }

  /** Hands in a peer's message; false if it is not the shard's. */
  public boolean received(String from, Message message) {
    PeerLink peer = peer(from);
    peer.heardNanos = nowNanos;
    if (message instanceof Message.Ship m) {
      bundles.shipped(peer, m);
    } else if (message instanceof Message.Ack m) {
      bundles.acknowledged(peer, m);
    } else if (message instanceof Message.Hint m) {
      hints.arrived(peer, m);
    } else if (message instanceof Message.StreamStart m) {
      peer.startReceiving(m.stream(), nowNanos);
      catchUp.lost(peer);
    } else if (message instanceof Message.Ready m) {
      if (!m.vnodes().equals(peer.ready)) {
        housekeeping.soon(nowNanos);
      }
      peer.ready = m.vnodes();
    } else {
      return leases.received(peer, message, nowNanos) || views.received(peer, message) || transfers.received(peer, message) || catchUp.received(peer, message, nowNanos)
          || damage.received(peer, message, nowNanos) || hints.handOver.received(peer, message, nowNanos)
          || skew.received(peer, message, nowNanos) || antiEntropy.received(from, message);
    }
    return true;
  }

  PeerLink peer(String id) {
    return peers.computeIfAbsent(id, PeerLink::new);
  }

  /** What is known of a member's node, by its place; null for this node, and for who was not heard of. */
  PeerLink link(VnodeReplica r, int owner) {
    PeerLink link = r.links[owner];
    if (link == null && owner != r.selfIndex) {
      link = peers.get(r.members.get(owner));
      r.links[owner] = link;
    }
    return link;
  }

  Collection<PeerLink> peers() {
    return peers.values();
  }

  /** Membership's word on a peer. */
  public void alive(String id, boolean alive) {
    peer(id).alive = alive;
    housekeeping.soon(nowNanos);
  }

  /** Messages reach the peer from now on: it is told where we stand. */
  public void connected(String id) {
    PeerLink peer = peer(id);
    housekeeping.soon(nowNanos);
    peer.connected = true;
    peer.heardNanos = nowNanos;
    peer.sinceNanos = nowNanos;
    peer.stream = ++streams + (nowNanos << 8);
    peer.shipped = 0;
    peer.forgetInFlight();
    hints.connected(peer);
    transport.send(id, new Message.StreamStart(peer.stream));
    views.connected(peer);
    transfers.connected();
    catchUp.tellAll(peer);
    leases.tellReady(peer);
  }

  /** Messages no longer reach the peer. {@code refused}: its process is certainly dead, so its leases are over. */
  public void disconnected(String id, boolean refused) {
    PeerLink peer = peer(id);
    housekeeping.soon(nowNanos);
    peer.connected = false;
    peer.forgetInFlight();
    hints.disconnected(peer);
    skew.disconnected(peer);
    peer.ready = new BitSet();
    peer.damaged = new BitSet();
    catchUp.lost(peer);
    if (refused) {
      leases.grants.died(peer);
    }
  }

  /** Begins a turn: all that happens in it happens at this moment. */
  public void beginTurn() {
    nowNanos = nanos.getAsLong();
    keyspace.beginTurn();
  }

  /** Ends a turn: one write to the log, what it makes durable is acknowledged, one frame a peer. */
  public void endTurn() {
    keyspace.endTurn();
    leases.lookAtChanged(nowNanos);
    leases.barriers(nowNanos);
    leases.drained();
    bundles.endTurn();
    long end = log.appended();
    log.endTurn();
    unwritten = end > turnsEnd && log.durable() < end && !log.syncsFirst();
    if (unwritten) {
      holdBack(end);
    }
    turnsEnd = end;
    durable();
    transport.flush();
  }

  /** The disk took nothing of this turn: reads of the vnodes that it changed wait until it does. */
  private void holdBack(long end) {
    long durable = log.durable();
    for (VnodeReplica r : replicas) {
      if (r != null && r.lastPosition >= durable) {
        Hold hold = new Hold(r, r.clock.get(config.actor()), null, end, 1, nowNanos);
        r.hold(hold);
        leases.wroteTo(r, hold);
      }
    }
  }

  /** Acknowledges and settles what the log has made durable; called again when a sync has ended. */
  public void durable() {
    long durable = config.rules().broken(Mutant.ACKNOWLEDGED_BEFORE_THE_LOG) ? log.appended() : log.durable();
    bundles.durable(durable);
    leases.durable(durable);
    views.durable(log.lasting());
    catchUp.durable(durable);
    hints.durable(durable);
    own.durable();
  }

  /**
   * Does what is due by time: call it at {@link #nextTickNanos}, or every ten milliseconds or so. Returns whether it did
   * anything, so that a turn must end.
   */
  public boolean tick(long nowMillis) {
    beginTurn();
    return housekeeping.tick(nowNanos, nowMillis);
  }

  /** When {@link #tick} has something to do next; what happens in a turn may bring it nearer. */
  public long nextTickNanos() {
    return housekeeping.nextNanos();
  }

  /** A planned stop begins: what another owner can serve is handed over. */
  public void drain() {
    leases.drain(nowNanos);
    housekeeping.soon(nowNanos);
  }

  /** The stop was called off. */
  public void undrain() {
    leases.undrain(nowNanos);
    housekeeping.soon(nowNanos);
  }

  /** Whether a stop was begun and not called off. */
  public boolean draining() {
    return leases.draining();
  }

  /** Whether that has been done. */
  public boolean handedOver() {
    return leases.handedOver(nowNanos);
  }

  /** Whether leases that this node gave to others are in force. */
  public boolean grantsInForce() {
    return leases.grants.inForce(nowNanos);
  }

  public void stop() {
    leases.releaseAll();
  }

  public Hints hints() {
    return hints;
  }

  public ClockSkew skew() {
    return skew;
  }

  // ---------------------------------------------------------------- what others may know

  /** The vnode's acting primary as far as can be told here, or null. */
  public String candidate(int vnode) {
    return leases.candidate(vnode, nowNanos);
  }

  /** What may be asked of this node's replicas besides, and what they can be told to do. */
  public Replicas own() {
    return own;
  }

  public VersionVector clock(int vnode) {
    return replicas[vnode] == null ? VersionVector.EMPTY : replicas[vnode].clock;
  }

  public Keyspace keyspace() {
    return keyspace;
  }

  public ShardConfig config() {
    return config;
  }

  public long bundlesMade() {
    return bundlesMade;
  }

  public long bundlesApplied() {
    return bundlesApplied;
  }

  /** How many commands have been executed here. */
  long commands() {
    return commands;
  }

  public ShardStanding standing() {
    return ShardStanding.of(replicas);
  }

  public DamageStanding damageStanding() {
    return damage.standing();
  }

  /** The comparison with other owners in the background. */
  public AntiEntropy antiEntropy() {
    return antiEntropy;
  }

  public StabilityStanding stabilityStanding() {
    return stability.standing();
  }

  /** Whether this node serves the vnode without a majority of its owners. */
  public boolean degraded(int vnode) {
    return replicas[vnode] != null && replicas[vnode].service == VnodeReplica.Service.DEGRADED;
  }

  /** The vnodes that this node serves now. */
  public BitSet served() {
    BitSet served = new BitSet(replicas.length);
    for (int v = 0; v < replicas.length; v++) {
      served.set(v, serves(v));
    }
    return served;
  }
}
