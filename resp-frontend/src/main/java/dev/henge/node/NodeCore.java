package dev.henge.node;

import dev.henge.gossip.membership.Liveness;
import dev.henge.gossip.membership.Member;
import dev.henge.gossip.membership.MembershipEvent;
import dev.henge.gossip.wire.MessageCodec;
import dev.henge.gossip.wire.MessageHandler;
import dev.henge.gossip.wire.Transport;
import dev.henge.resp.command.CommandTable;
import dev.henge.resp.session.Backups;
import dev.henge.resp.session.DiskLimit;
import dev.henge.resp.session.Eviction;
import dev.henge.resp.session.EvictionPolicy;
import dev.henge.resp.session.Frontend;
import dev.henge.resp.session.NodeView;
import dev.henge.resp.session.RingAdmin;
import dev.henge.resp.session.TurnClock;
import dev.henge.ring.coordinator.Coordinator;
import dev.henge.ring.placement.Goal;
import dev.henge.ring.placement.HashSlot;
import dev.henge.ring.placement.KeyHash;
import dev.henge.ring.placement.NodeAddress;
import dev.henge.ring.placement.NodeState;
import dev.henge.ring.placement.RingSettings;
import dev.henge.ring.placement.RingState;
import dev.henge.ring.repair.ComparisonDetail;
import dev.henge.ring.replica.LsmShardLog;
import dev.henge.ring.replica.Message;
import dev.henge.ring.replica.MessageTypes;
import dev.henge.ring.replica.Shard;
import dev.henge.ring.replica.ShardConfig;
import dev.henge.storage.lsm.ByteStore;
import dev.henge.storage.lsm.LogSync;
import dev.henge.storage.lsm.LsmListener;
import dev.henge.storage.lsm.LsmOptions;
import dev.henge.storage.lsm.LsmStats;
import dev.henge.storage.lsm.LsmStore;
import dev.henge.storage.lsm.MemoryByteStore;
import dev.henge.storage.type.KeyLocator;
import dev.henge.storage.type.KeyRef;
import dev.henge.storage.type.Keyspace;
import dev.henge.storage.type.OrphanFilter;
import dev.henge.storage.version.HybridClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node without its process: the store, the shard that replicates, the ring's formation, the coordinator and the
 * frontend, put together.
 *
 * <p>Whatever it meets of the world comes through {@link Surroundings}: a {@link Node} gives it a machine's disk,
 * sockets, threads and clocks, a simulation others. All calls come on one loop, but for the constructor's and {@link
 * #bind}, which come before it runs, and {@link #close}, which comes after.
 */
public final class NodeCore {

  private static final Logger LOG = LoggerFactory.getLogger(NodeCore.class);

  /** How often {@link #tick} has something to do, at most. It asks for its calls itself; more of them do no harm. */
  public static final long TICK_MILLIS = 10;

  /** How long a stop waits for other nodes to take over what this one serves; its clients' commands go on meanwhile. */
  public static final long STOP_HAND_OVER_MILLIS_MAX = 3_000;

  /** How long it then waits for replies to its own clients. */
  public static final long STOP_REPLIES_MILLIS_MAX = 2_000;

  /** How long it goes on turning away what peers send that have not heard of the stop yet. */
  public static final long STOP_GRACE_MILLIS = 200;

  /** Memory for the times of keys' last use, while an lru policy is set. */
  private static final double SKETCH_SHARE_OF_HEAP = 1 / 64.0;

  private final NodeConfig config;
  private final LiveConfig live;
  private final Surroundings surroundings;
  private final TurnMoment moment;
  private final NodeIdentityFile identity;
  private final Transport transport;
  private final RingFormation formation;
  private final LsmStore store;
  private final CommandTable<Object> table = CommandTable.redis();
  private final Coordinator coordinator;
  private final Frontend frontend;
  private final DiskLimit limit;
  private final TurnLengths lengths;
  private Shard shard;
  private LoopTurn turn;
  private String failure;
  private boolean noLeaseGiven;

  /** Whether it is known who owns what, so that commands can be brought there. */
  private boolean serving;

  private final Set<String> connected = new TreeSet<>();

  /** For when the next tick is asked; meaningless before {@link #begin}. */
  private long tickNanos;

  /** Opens the store and replays its log. */
  public NodeCore(NodeConfig config, Surroundings surroundings) throws IOException {
    this.config = config;
    this.surroundings = surroundings;
    moment = new TurnMoment(surroundings.wallMillis());
    identity = NodeIdentityFile.open(surroundings.files(), surroundings.identities(), surroundings.rules());
    NodeAddress address = new NodeAddress(
        config.announceHost(), config.announcePort(), config.internalPort(), config.gossipPort());
    NodeState self = new NodeState(identity.id(), identity.starts(), 1, address, config.zone(),
        config.weight() * NodeState.DEFAULT_WEIGHT);
    RingSettings settings =
        new RingSettings(config.vnodes(), config.tokens(), config.replicas(), RingSettings.DEFAULT.epsilonPermille());
    formation = new RingFormation(surroundings.files(), RingState.empty(config.clusterName(), settings), self,
        config.bootstrapNodes(), config.joins(), this::ringChanged);
    transport = surroundings.wire(identity.id(), identity.starts(), new MessageCodec(MessageTypes.all()), new Peers());
    LogSync sync = logSync(config);
    LsmOptions options = LsmOptions.defaults();
    store = surroundings.store(options.withLogSync(sync)
        .withMemoryBytes(config.memtableBytes(surroundings.heapBytes()))
        .withLargeValueBytes(config.largeValueBytes()).withLogRetainBytes(config.logRetainBytes())
        .withLogRetainMillis(TimeUnit.SECONDS.toMillis(config.logRetainSeconds()))
        .withCompactionFilter(OrphanFilter::new), new Recovery(sync));
    lengths = new TurnLengths(surroundings.nanos(), surroundings.cpuNanos());
    turn = new LoopTurn(surroundings::execute, shard, TimeUnit.MILLISECONDS.toNanos(config.commandTimeoutMillis()),
        moment, lengths, this::tickInTime);
    Relay relay = new Relay();
    coordinator = new Coordinator(shard, transport, relay, config.vnodes());
    frontend = new Frontend(table, shard, coordinator, turn, HashSlot.COUNT / config.vnodes(),
        config.commandTimeoutMillis(), surroundings.random(), () -> keyspace(new MemoryByteStore()));
    relay.to = frontend;
    live = new LiveConfig(config);
    Eviction eviction = new Eviction(shard, config.vnodes(), HashSlot.COUNT / config.vnodes(), surroundings.random(),
        (long) (surroundings.heapBytes() * SKETCH_SHARE_OF_HEAP), surroundings.nanos().getAsLong());
    limit = new DiskLimit(shard.keyspace()::rowBytes, eviction, this::fileBytes, this::reclaim, surroundings.nanos());
    limit(config);
    frontend.limit(limit);
    shard.antiEntropy().settings(config.antiEntropy());
  }

  /**
   * Puts the commands into the frontend's table.
   *
   * @param stop ends the node; for SHUTDOWN
   */
  public void bind(Clients clients, Backups backups, Runnable stop) {
    NodeView view = new LiveNodeView(identity.id(), live, formation, shard, coordinator, frontend, clients, store, limit,
        lengths, surroundings.wallMillis());
    RingAdmin admin = new LiveRingAdmin(identity.id(), formation, shard, state -> tellRing());
    Commands.bind(table, frontend, view, admin, backups, config.vnodes(), stop, surroundings.random());
    frontend.password(config.requirepass());
    shard.own().detail(new ComparisonDetail(shard.antiEntropy()));
    frontend.uniqueSafe(config.isUniqueSafe());
    frontend.reads(config.readQuorum());
    live.onChange(changed -> surroundings.executeNow(() -> frontend.reads(changed.readQuorum())));
    live.onChange(changed -> surroundings.execute(() -> frontend.password(changed.requirepass())));
    live.onChange(changed -> surroundings.executeNow(() -> limit(changed)));
    live.onChange(changed -> surroundings.executeNow(() -> shard.antiEntropy().settings(changed.antiEntropy())));
  }

  /** Begins to work, and asks for its first tick. */
  public void begin() {
    shard.beginTurn();
    formation.state().nodes().values().forEach(this::dial);
    tickAt(shard.nowNanos(), TimeUnit.MILLISECONDS.toNanos(TICK_MILLIS));
  }

  private static LogSync logSync(NodeConfig config) {
    return switch (config.logSync().mode()) {
      case ALWAYS -> LogSync.ALWAYS;
      case INTERVAL -> LogSync.every(config.logSync().intervalMillis());
      case NEVER -> LogSync.NEVER;
    };
  }

  private Keyspace keyspace(ByteStore rows) {
    Keyspace keyspace = new Keyspace(rows, new RingPlaces(), HashSlot.COUNT / config.vnodes(), config.vnodes(), config.databases(),
        moment);
    keyspace.rules(surroundings.rules());
    return keyspace;
  }

  /** Keys' places by the hashes that all nodes use. */
  private static final class RingPlaces implements KeyLocator {

    @Override
    public KeyRef locate(int db, byte[] buffer, int offset, int length) {
      return locate(db, ANY_SLOT, buffer, offset, length);
    }

    @Override
    public KeyRef locate(int db, int slot, byte[] buffer, int offset, int length) {
      return KeyRef.of(db, slot(slot, buffer, offset, length), KeyHash.of(buffer, offset, length), buffer, offset, length);
    }

    @Override
    public long place(int slot, byte[] buffer, int offset, int length) {
      return (long) slot(slot, buffer, offset, length) << Integer.SIZE
          | KeyHash.of(buffer, offset, length) & 0xFFFF_FFFFL;
    }

    private static int slot(int known, byte[] buffer, int offset, int length) {
      return known == ANY_SLOT ? HashSlot.of(buffer, offset, length) : known;
    }
  }

  /** Makes the shard when the store is about to replay its log. */
  private final class Recovery implements LsmListener {
    private final LogSync sync;

    Recovery(LogSync sync) {
      this.sync = sync;
    }

    @Override
    public void opening(LsmStore opening) {
      LsmShardLog log = new LsmShardLog(opening, sync);
      ShardConfig settings = new ShardConfig(identity.id(), identity.actor(),
          config.writeQuorumIsMajority() ? 0 : config.writeQuorum(), config.isStrict(), config.leaseMillis(),
          config.commandTimeoutMillis(), identity.noLeaseGiven(),
          TimeUnit.SECONDS.toMillis(config.collectionFloorSeconds()), surroundings.rules());
      shard = new Shard(settings, log, keyspace(log), new HybridClock(moment), transport,
          config.vnodes(), surroundings.nanos());
      shard.hints().set(config.hintLimits(), config.mayWriteBlind(), () -> keyspace(new MemoryByteStore()));
      shard.skew().set(config.clockSkewAlarmMillis(), config.clockSkewMaxMillis());
      if (identity.votesOld()) {
        shard.forgetVotes();
      }
      if (formation.formed()) {
        shard.place(formation.placement(), formation.unchanged());
        pace();
      }
      if (shard.clocksLost()) {
        renew();
      }
    }

    private void renew() {
      try {
        identity.freshActor();
        shard.actor(identity.actor());
      } catch (IOException e) {
        throw new UncheckedIOException("cannot write the node's identity", e);
      }
    }

    @Override
    public boolean wantsEarlier() {
      return shard.clocksLost();
    }

    @Override
    public void earlier(long position, byte[] record) {
      shard.own().earlier(position, record);
    }

    @Override
    public void replay(long position, byte[] record) {
      shard.replay(position, record);
    }

    @Override
    public void beforeFreeze(LsmStore freezing) {
      shard.saveRecords();
    }

    @Override
    public void synced(long position) {
      surroundings.execute(NodeCore.this::logSynced);
    }
  }

  private void limit(NodeConfig changed) {
    limit.set(changed.maxmemoryBytes(), EvictionPolicy.named(changed.maxmemoryPolicy()), changed.maxmemorySamples());
  }

  private long fileBytes() {
    LsmStats stats = store.stats();
    return Math.max(0, stats.tableBytes() + stats.valueFileBytes() - shard.hints().standing().bytes());
  }

  /** Asks the engine to drop what is superseded or deleted, soon. */
  private void reclaim() {
    LOG.info("superseded and deleted data takes {} bytes of the disk: the tables are rewritten", limit.garbageBytes());
    store.reclaim();
  }

  private void logSynced() {
    if (turn != null) {
      turn.begin();
      shard.durable();
    }
  }

  /** Does what is due by time, and asks for the next tick. */
  public void tick() {
    try {
      clockwork();
    } finally {
      tickAt(shard.nowNanos(), nanosToTick());
    }
  }

  /** What a turn began may be due before the next tick. */
  private void tickInTime() {
    long nanos = nanosToTick();
    if (shard.nowNanos() + nanos - tickNanos < 0) {
      tickAt(shard.nowNanos(), nanos);
    }
  }

  private long nanosToTick() {
    long soonest = TimeUnit.MILLISECONDS.toNanos(TICK_MILLIS);
    boolean waits = coordinator.busy() || frontend.busy() || limit.due();
    return waits || shard.nextTickNanos() <= shard.nowNanos() ? soonest
        : Math.max(soonest, shard.nextTickNanos() - shard.nowNanos());
  }

  private void tickAt(long nowNanos, long nanos) {
    tickNanos = nowNanos + nanos;
    long roundedUp = nanos + TimeUnit.MILLISECONDS.toNanos(1) - 1; // a tick that comes early finds nothing to do
    surroundings.tickIn(TimeUnit.NANOSECONDS.toMillis(roundedUp));
  }

  private void clockwork() {
    try {
      if (!serving && shard.placement() != null) {
        serving = true;
        frontend.formed();
      }
      if (shard.tick(surroundings.wallMillis().getAsLong()) || coordinator.busy() || frontend.busy()) {
        turn.begin();
        coordinator.tick();
        frontend.tick();
        formation.tick();
      }
      if (limit.due()) {
        turn.begin();
      }
      limit.tick();
      if (store.failed() && failure == null) {
        failure = store.failure();
        LOG.error("the log cannot be written, so writes are refused: {}", failure);
      }
    } catch (RuntimeException | InternalError e) { // an InternalError is a page that the disk did not give
      LOG.error("the node's clockwork failed", e);
      surroundings.failed(e);
    }
  }

  // ---------------------------------------------------------------- peers

  private void dial(NodeState node) {
    if (!node.id().equals(identity.id())) {
      surroundings.dial(node.id(), node.address().host(), node.address().internalPort());
    }
  }

  /** Membership's word on a node. */
  public void membershipChanged(MembershipEvent event) {
    Member member = event.member();
    boolean alive = event.after() == Liveness.ALIVE;
    turn.begin();
    String internal = member.properties().get("internal");
    if (alive && internal != null && !member.id().equals(identity.id())) {
      surroundings.dial(member.id(), member.host(), Integer.parseInt(internal));
    }
    shard.alive(member.id(), alive);
  }

  private void ringChanged(RingState state) {
    if (turn == null) {
      return;
    }
    state.nodes().values().forEach(this::dial);
    if (!formation.formed()) {
      return;
    }
    if (shard.target() == null) {
      shard.place(formation.placement(), formation.unchanged());
    } else if (shard.target().fingerprint() != formation.fingerprint()) {
      shard.target(formation.placement());
    }
    pace();
  }

  private void pace() {
    RingState state = formation.state();
    shard.transfers().set(state.pace(), state.goal().map(Goal::gone).orElse(List.of()));
  }

  /** Tells all that are connected: one that waits to join is known to no ring before it was told. */
  private void tellRing() {
    Set<String> peers = new TreeSet<>(connected);
    peers.addAll(formation.state().nodes().keySet());
    peers.forEach(this::tell);
  }

  private void tell(String peer) {
    if (transport.connected(peer)) {
      transport.send(peer, formation.view());
    }
  }

  /** Messages of peers, all on the loop. */
  private final class Peers implements MessageHandler {
    @Override
    public void coming(Object[] messages, int count) {
      coordinator.coming(messages, count);
    }

    @Override
    public void received(String from, Object message) {
      turn.begin();
      Message m = (Message) message;
      if (m instanceof Message.RingView ring) {
        if (formation.heard(from, ring)) {
          tellRing();
        }
      } else if (!shard.received(from, m)) {
        coordinator.received(from, m);
      }
    }

    @Override
    public void turnEnded() {
      turn.begin();
    }

    @Override
    public void connected(String peer) {
      turn.begin();
      connected.add(peer);
      tell(peer);
      shard.connected(peer);
    }

    @Override
    public void disconnected(String peer, boolean refused) {
      turn.begin();
      connected.remove(peer);
      shard.disconnected(peer, refused);
      coordinator.lost(peer);
    }
  }

  /** Stands between coordinator and frontend while the one is made before the other. */
  private static final class Relay implements dev.henge.ring.coordinator.CommandRunner {
    private Frontend to;

    @Override
    public byte[] run(Keyspace keyspace, byte[] command) {
      return to.run(keyspace, command);
    }

    @Override
    public void coming(Keyspace keyspace, byte[] command) {
      to.coming(keyspace, command);
    }

    @Override
    public byte[] damaged(dev.henge.storage.type.DamagedRowsException e) {
      return to.damaged(e);
    }

    @Override
    public byte[] refusal(byte[] command) {
      return to.refusal(command);
    }

    @Override
    public byte[] refusal(int vnode, byte[] command) {
      return to.refusal(vnode, command);
    }

    @Override
    public List<byte[]> keys(byte[] command) {
      return to.keys(command);
    }

    @Override
    public boolean readOnly(byte[] command) {
      return to.readOnly(command);
    }

    @Override
    public boolean mayRunBlind(byte[] command) {
      return to.mayRunBlind(command);
    }

    @Override
    public byte[] runBlind(Keyspace empty, byte[] command) {
      return to.runBlind(empty, command);
    }

    @Override
    public byte[] runAll(java.util.BitSet vnodes, byte[] command, List<dev.henge.ring.replica.Hold> holds) {
      return to.runAll(vnodes, command, holds);
    }
  }

  // ---------------------------------------------------------------- the end

  /**
   * A planned stop begins: other nodes are asked to take over what this one serves, and clients' commands go to them.
   * The loop goes on until {@link #handedOver}, or for {@link #STOP_HAND_OVER_MILLIS_MAX}; then clients are ended,
   * and {@link #stop} is next.
   */
  public void drain() {
    turn.begin();
    shard.drain();
  }

  /** Whether other nodes have taken over all that they can serve. */
  public boolean handedOver() {
    turn.begin();
    return shard.handedOver();
  }

  /** The leases that are left go back. The loop goes on for {@link #STOP_GRACE_MILLIS}, and until {@link #leave}. */
  public void stop() {
    turn.begin();
    shard.stop();
  }

  /** The last that is done on the loop. */
  public void leave() {
    shard.beginTurn();
    noLeaseGiven = !shard.grantsInForce();
  }

  /** Closes the store; nothing may be called any more. */
  public void close() throws IOException {
    store.close();
    // An actor whose records may be missing must never write again: it would name other writes by the same dots.
    if (!store.failed() && store.syncedPosition() == store.appendedPosition()) {
      identity.stoppedCleanly(noLeaseGiven);
    }
  }

  // ---------------------------------------------------------------- its parts

  public String id() {
    return identity.id();
  }

  public long starts() {
    return identity.starts();
  }

  public LiveConfig live() {
    return live;
  }

  public Shard shard() {
    return shard;
  }

  public LsmStore store() {
    return store;
  }

  public Frontend frontend() {
    return frontend;
  }

  /** The wall clock, as it is for all that happens on the loop. */
  public LongSupplier wallMillis() {
    return moment;
  }

  public TurnClock turn() {
    return turn;
  }
}
