package dev.henge.node;

import dev.henge.gossip.membership.AtomixMembership;
import dev.henge.gossip.membership.HostPort;
import dev.henge.gossip.membership.Liveness;
import dev.henge.gossip.membership.Member;
import dev.henge.gossip.membership.Membership;
import dev.henge.gossip.membership.MembershipConfig;
import dev.henge.gossip.membership.MembershipEvent;
import dev.henge.gossip.wire.EventLoops;
import dev.henge.gossip.wire.MessageCodec;
import dev.henge.gossip.wire.MessageHandler;
import dev.henge.gossip.wire.NettyTransport;
import dev.henge.gossip.wire.NodeIdentity;
import dev.henge.gossip.wire.WireLimits;
import dev.henge.gossip.wire.WireServer;
import dev.henge.resp.command.CommandTable;
import dev.henge.resp.session.DiskLimit;
import dev.henge.resp.session.Eviction;
import dev.henge.resp.session.EvictionPolicy;
import dev.henge.resp.session.Frontend;
import dev.henge.ring.coordinator.Coordinator;
import dev.henge.ring.placement.HashSlot;
import dev.henge.ring.placement.KeyHash;
import dev.henge.ring.placement.NodeAddress;
import dev.henge.ring.placement.NodeState;
import dev.henge.ring.placement.Phase;
import dev.henge.ring.placement.RingSettings;
import dev.henge.ring.placement.RingState;
import dev.henge.ring.replica.LsmShardLog;
import dev.henge.ring.replica.Message;
import dev.henge.ring.replica.MessageTypes;
import dev.henge.ring.replica.Shard;
import dev.henge.ring.replica.ShardConfig;
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
import dev.henge.storage.version.Rules;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node, assembled: the store, the shard that replicates, the wire to the peers, membership, and the door for clients.
 *
 * <p>One event loop does all of it; beside it run membership's threads, the log's syncer, and the store's flush and compaction.
 */
public final class Node implements RunningNode {

  private static final Logger LOG = LoggerFactory.getLogger(Node.class);

  /** How often time-driven work is looked at. */
  private static final long TICK_MILLIS = 10;

  /** How long a stop waits for other nodes to take over what this one serves; its clients' commands go on meanwhile. */
  private static final long STOP_HAND_OVER_MILLIS_MAX = 3_000;

  /** How long it then waits for replies to its own clients. */
  private static final long STOP_REPLIES_MILLIS_MAX = 2_000;

  /** How long it goes on turning away what peers send that have not heard of the stop yet. */
  private static final long STOP_GRACE_MILLIS = 200;

  /** Memory for the times of keys' last use, while an lru policy is set. */
  private static final double SKETCH_SHARE_OF_HEAP = 1 / 64.0;

  private final NodeConfig config;
  private final NodeIdentityFile identity;
  private final NodeState self;
  private final EventLoops loops;
  private final EventLoop loop;
  private final NettyTransport transport;
  private final WireServer wireServer;
  private final RingFormation formation;
  private final LsmStore store;
  private final ClientDoor door;
  private final LiveNodeView view;
  private final NodeBackup backup;
  private final Membership membership;
  private final Coordinator coordinator;
  private final Frontend frontend;
  private final DiskLimit limit;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private Shard shard;
  private LoopTurn turn;
  private String failure;
  private boolean closed;

  private Node(NodeConfig config) throws IOException {
    this.config = config;
    Path dir = config.dir();
    DurableFiles.createDirectories(dir);
    identity = NodeIdentityFile.open(dir);
    NodeAddress address = new NodeAddress(
        config.announceHost(), config.announcePort(), config.internalPort(), config.gossipPort());
    self = new NodeState(identity.id(), identity.starts(), 1, Phase.UP, address, config.zone(),
        config.weight() * NodeState.DEFAULT_WEIGHT);
    loops = EventLoops.create(1, EventLoops.Kind.valueOf(config.transport().toUpperCase(java.util.Locale.ROOT)),
        "henge-loop");
    loop = loops.loop(0);
    RingSettings settings =
        new RingSettings(config.vnodes(), config.tokens(), config.replicas(), RingSettings.DEFAULT.epsilonPermille());
    formation = new RingFormation(dir, RingState.empty(config.clusterName(), settings), self, config.bootstrapNodes(),
        this::ringChanged);
    transport = new NettyTransport(loops, 0, new NodeIdentity(config.clusterName(), identity.id(), identity.starts()),
        WireLimits.DEFAULT, new MessageCodec(MessageTypes.all()), new Peers(), LOG::warn, new SplittableRandom());
    LogSync sync = logSync(config);
    LsmOptions options = LsmOptions.defaults();
    store = LsmStore.open(dir.resolve("shard-0"), options.withLogSync(sync)
        .withMemtableBytes(config.memtableBytes(Runtime.getRuntime().maxMemory(), options.memtablesMax()))
        .withLargeValueBytes(config.largeValueBytes()).withLogRetainBytes(config.logRetainBytes())
        .withLogRetainMillis(TimeUnit.SECONDS.toMillis(config.logRetainSeconds()))
        .withCompactionFilter(OrphanFilter::new), new Recovery(sync));
    turn = new LoopTurn(loop, shard, TimeUnit.MILLISECONDS.toNanos(config.commandTimeoutMillis()));
    CommandTable<Object> table = CommandTable.redis();
    Relay relay = new Relay();
    coordinator = new Coordinator(shard, transport, relay, config.vnodes());
    frontend = new Frontend(table, shard, coordinator, turn, HashSlot.COUNT / config.vnodes(),
        config.commandTimeoutMillis(), new SplittableRandom(), () -> keyspace(new MemoryByteStore()));
    relay.to = frontend;
    LiveConfig live = new LiveConfig(config);
    Eviction eviction = new Eviction(shard, config.vnodes(), HashSlot.COUNT / config.vnodes(), new SplittableRandom(),
        (long) (Runtime.getRuntime().maxMemory() * SKETCH_SHARE_OF_HEAP), System.nanoTime());
    limit = new DiskLimit(shard.keyspace()::rowBytes, eviction, this::fileBytes, this::reclaim, System::nanoTime);
    limit(config);
    frontend.limit(limit);
    door = new ClientDoor(loops, loop, frontend, live, turn);
    view = new LiveNodeView(identity.id(), live, formation, shard, coordinator, frontend, door, store, limit);
    backup = new NodeBackup(dir, identity.id(), List.of(new NodeBackup.Part("shard-0", store)), new BackupLoop(),
        System::currentTimeMillis);
    Commands.bind(table, frontend, view, backup, config.vnodes(), this::stopSoon);
    frontend.password(config.requirepass());
    live.onChange(changed -> loop.execute(() -> frontend.password(changed.requirepass())));
    live.onChange(changed -> nowOnLoop(() -> limit(changed)));
    wireServer = new WireServer(new InetSocketAddress(config.host(), config.internalPort()), loops, List.of(transport),
        WireLimits.DEFAULT, LOG::warn);
    membership = new AtomixMembership(MembershipConfig.of(config.clusterName(), identity.id(),
        new HostPort(config.announceHost(), config.gossipPort()), identity.starts(),
        config.seeds().stream().map(seed -> new HostPort(seed.host(), seed.gossipPort())).toList(),
        dir.resolve("peers"), Map.of("internal", Integer.toString(config.internalPort()))));
  }

  /** Opens the store and starts the node; returns once it listens. */
  public static Node start(NodeConfig config) throws Exception {
    Node node = new Node(config);
    node.run();
    return node;
  }

  private static LogSync logSync(NodeConfig config) {
    return switch (config.logSync().mode()) {
      case ALWAYS -> LogSync.ALWAYS;
      case INTERVAL -> LogSync.every(config.logSync().intervalMillis());
      case NEVER -> LogSync.NEVER;
    };
  }

  private Keyspace keyspace(dev.henge.storage.lsm.ByteStore rows) {
    KeyLocator locator = (db, buffer, offset, length) -> KeyRef.of(
        db, HashSlot.of(buffer, offset, length), KeyHash.of(buffer, offset, length), buffer, offset, length);
    return new Keyspace(rows, locator, HashSlot.COUNT / config.vnodes(), config.vnodes(), config.databases(),
        System::currentTimeMillis);
  }

  private void run() throws Exception {
    onLoop(() -> {
      shard.beginTurn();
      if (formation.formed()) {
        frontend.formed();
      }
      formation.state().nodes().values().forEach(this::connect);
      loop.scheduleAtFixedRate(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    });
    membership.listen(this::membershipChanged);
    membership.start();
    door.open(new InetSocketAddress(config.host(), config.port()));
    LOG.info("node {} serves on {}:{}", identity.id(), config.host(), config.port());
  }

  /** The backup's way onto the loop. */
  private final class BackupLoop implements NodeBackup.Loop {
    @Override
    public void execute(Runnable task) {
      loop.execute(() -> {
        turn.begin();
        task.run();
      });
    }

    @Override
    public void schedule(Runnable task, long delayMillis) {
      loop.schedule(task, delayMillis, TimeUnit.MILLISECONDS);
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
          config.commandTimeoutMillis(), identity.freshOrClean(), Rules.SOUND);
      shard = new Shard(settings, log, keyspace(log), new HybridClock(System::currentTimeMillis), transport,
          config.vnodes(), System::nanoTime);
      shard.hints(config.hintLimits(), () -> keyspace(new MemoryByteStore()));
      shard.skewLimits(config.clockSkewAlarmMillis(), config.clockSkewMaxMillis());
      if (formation.formed()) {
        shard.place(formation.placement());
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
    public void replay(long position, byte[] record) {
      shard.replay(position, record);
    }

    @Override
    public void beforeFreeze(LsmStore freezing) {
      shard.saveRecords();
    }

    @Override
    public void synced(long position) {
      loop.execute(Node.this::logSynced);
    }
  }

  private void limit(NodeConfig changed) {
    limit.set(changed.maxmemoryBytes(), EvictionPolicy.named(changed.maxmemoryPolicy()), changed.maxmemorySamples());
  }

  private long fileBytes() {
    LsmStats stats = store.stats();
    return Math.max(0, stats.tableBytes() + stats.valueFileBytes() - shard.hintStanding().bytes());
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

  private void tick() {
    try {
      if (shard.tick(System.currentTimeMillis()) || coordinator.busy() || frontend.busy()) {
        turn.begin();
        coordinator.tick();
        frontend.tick();
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
    }
  }

  // ---------------------------------------------------------------- peers

  private void connect(NodeState node) {
    if (!node.id().equals(identity.id())) {
      transport.peer(node.id(), node.address().host(), node.address().internalPort());
    }
  }

  private void membershipChanged(MembershipEvent event) {
    Member member = event.member();
    boolean alive = event.after() == Liveness.ALIVE;
    LOG.info("node {} at {}:{} is {}", member.id(), member.host(), member.gossipPort(), event.after());
    loop.execute(() -> {
      turn.begin();
      String internal = member.properties().get("internal");
      if (alive && internal != null && !member.id().equals(identity.id())) {
        transport.peer(member.id(), member.host(), Integer.parseInt(internal));
      }
      shard.alive(member.id(), alive);
    });
  }

  private void ringChanged(RingState state) {
    if (turn == null) {
      return;
    }
    state.nodes().values().forEach(this::connect);
    if (formation.formed() && shard.placement() == null) {
      shard.place(formation.placement());
      frontend.formed();
    }
  }

  /** Messages of peers, all on the loop. */
  private final class Peers implements MessageHandler {
    @Override
    public void received(String from, Object message) {
      turn.begin();
      Message m = (Message) message;
      if (m instanceof Message.RingView ring) {
        if (formation.heard(from, ring)) {
          formation.state().nodes().keySet().forEach(this::tell);
        }
      } else if (!shard.received(from, m)) {
        coordinator.received(from, m);
      }
    }

    private void tell(String peer) {
      if (transport.connected(peer)) {
        transport.send(peer, formation.view());
      }
    }

    @Override
    public void turnEnded() {
      turn.begin();
    }

    @Override
    public void connected(String peer) {
      turn.begin();
      tell(peer);
      shard.connected(peer);
    }

    @Override
    public void disconnected(String peer, boolean refused) {
      turn.begin();
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
    public byte[] damaged(dev.henge.storage.type.DamagedRowsException e) {
      return to.damaged(e);
    }

    @Override
    public byte[] refusal(byte[] command) {
      return to.refusal(command);
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

  /** A change that a command on the loop makes is there before the command behind it. */
  private void nowOnLoop(Runnable task) {
    if (loop.inEventLoop()) {
      task.run();
    } else {
      loop.execute(task);
    }
  }

  private void onLoop(Runnable task) throws Exception {
    loop.submit(task).get();
  }

  /** Waits until something is so, or the time is over. */
  private boolean untilOnLoop(long millisMax, BooleanSupplier so) throws Exception {
    CountDownLatch done = new CountDownLatch(1);
    ScheduledFuture<?> look = loop.scheduleAtFixedRate(() -> {
      turn.begin();
      if (so.getAsBoolean()) {
        done.countDown();
      }
    }, 0, TICK_MILLIS, TimeUnit.MILLISECONDS);
    try {
      return done.await(millisMax, TimeUnit.MILLISECONDS);
    } finally {
      look.cancel(false);
    }
  }

  private void stopSoon() {
    new Thread(this::close, "henge-stop").start();
  }

  @Override
  public void awaitStopped() throws InterruptedException {
    stopped.await();
  }

  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    try {
      door.close();
      onLoop(() -> {
        turn.begin();
        shard.drain();
      });
      boolean handedOver = untilOnLoop(STOP_HAND_OVER_MILLIS_MAX, shard::handedOver);
      LOG.info(handedOver ? "what others can serve is handed over" : "not all that others can serve was handed over");
      onLoop(door::endAll);
      untilOnLoop(STOP_REPLIES_MILLIS_MAX, () -> door.clients().isEmpty());
      onLoop(() -> {
        turn.begin();
        shard.stop();
      });
      onLoop(() -> { });
      loop.schedule(() -> { }, STOP_GRACE_MILLIS, TimeUnit.MILLISECONDS).get();
      membership.close();
      wireServer.close();
      transport.close();
      loops.close();
      backup.close();
      store.close();
      // An actor whose records may be missing must never write again: it would name other writes by the same dots.
      if (!store.failed() && store.syncedPosition() == store.appendedPosition()) {
        identity.stoppedCleanly();
      }
      LOG.info("node {} has stopped", identity.id());
    } catch (Exception e) {
      LOG.error("the stop was not clean", e);
    } finally {
      stopped.countDown();
    }
  }
}
