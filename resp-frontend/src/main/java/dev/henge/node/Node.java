package dev.henge.node;

import dev.henge.gossip.membership.AtomixMembership;
import dev.henge.gossip.membership.HostPort;
import dev.henge.gossip.membership.Member;
import dev.henge.gossip.membership.Membership;
import dev.henge.gossip.membership.MembershipConfig;
import dev.henge.gossip.membership.MembershipEvent;
import dev.henge.gossip.wire.EventLoops;
import dev.henge.gossip.wire.MessageCodec;
import dev.henge.gossip.wire.MessageHandler;
import dev.henge.gossip.wire.NettyTransport;
import dev.henge.gossip.wire.NodeIdentity;
import dev.henge.gossip.wire.Transport;
import dev.henge.gossip.wire.WireLimits;
import dev.henge.gossip.wire.WireServer;
import dev.henge.storage.lsm.LsmListener;
import dev.henge.storage.lsm.LsmOptions;
import dev.henge.storage.lsm.LsmStore;
import dev.henge.storage.version.Rules;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node as a process: a {@link NodeCore} with the machine's disk, clocks and sockets, membership, and the door for
 * clients.
 *
 * <p>One event loop does all of it; beside it run membership's threads, the log's syncer, and the store's flush and
 * compaction.
 */
public final class Node implements RunningNode {

  private static final Logger LOG = LoggerFactory.getLogger(Node.class);

  /** The directory of the one store, in the node's. */
  private static final String STORE = "shard-0";

  /** The least part of a memtable's size at which the first one since the start is flushed. */
  private static final double FIRST_MEMTABLE_LEAST = 0.5;

  private final NodeConfig config;
  private final Rules rules;
  private final EventLoops loops;
  private final EventLoop loop;
  private final NodeCore core;
  private final WireServer wireServer;
  private final ClientDoor door;
  private final NodeBackup backup;
  private final Membership membership;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private NettyTransport transport;
  private ScheduledFuture<?> nextTick;
  private boolean closed;

  private Node(NodeConfig config, Rules rules) throws IOException {
    this.config = config;
    this.rules = rules;
    Path dir = config.dir();
    DurableFiles.createDirectories(dir);
    loops = EventLoops.create(1, EventLoops.Kind.valueOf(config.transport().toUpperCase(java.util.Locale.ROOT)),
        "henge-loop");
    loop = loops.loop(0);
    core = assembled();
    door = new ClientDoor(loops, loop, core.frontend(), core.live(), core.turn(), core.wallMillis());
    backup = new NodeBackup(dir, core.id(), List.of(new NodeBackup.Part(STORE, core.store())), new BackupLoop(),
        System::currentTimeMillis);
    core.bind(door, backup, this::stopSoon);
    wireServer = new WireServer(new InetSocketAddress(config.host(), config.internalPort()), loops, List.of(transport),
        WireLimits.DEFAULT, LOG::warn);
    membership = new AtomixMembership(MembershipConfig.of(config.clusterName(), core.id(),
        new HostPort(config.announceHost(), config.gossipPort()), core.starts(),
        config.seeds().stream().map(seed -> new HostPort(seed.host(), seed.gossipPort())).toList(),
        dir.resolve("peers"), Map.of("internal", Integer.toString(config.internalPort())))
        .withSecretTag(config.clusterSecret().tag(config.clusterName())));
  }

  private NodeCore assembled() throws IOException {
    try {
      return new NodeCore(config, new Machine());
    } catch (IOException | RuntimeException e) {
      loops.close();
      throw e;
    }
  }

  /** Opens the store and starts the node; returns once it listens. */
  public static Node start(NodeConfig config) throws Exception {
    return start(config, Rules.SOUND);
  }

  /** With other rules than the sound ones, for tests that ask whether they would notice on real processes. */
  static Node start(NodeConfig config, Rules rules) throws Exception {
    Node node = new Node(config, rules);
    node.run();
    return node;
  }

  private void run() throws Exception {
    onLoop(core::begin);
    membership.listen(this::membershipChanged);
    membership.start();
    door.open(new InetSocketAddress(config.host(), config.port()));
    LOG.info("node {} serves on {}:{}", core.id(), config.host(), config.port());
  }

  private void membershipChanged(MembershipEvent event) {
    Member member = event.member();
    LOG.info("node {} at {}:{} is {}", member.id(), member.host(), member.gossipPort(), event.after());
    loop.execute(() -> core.membershipChanged(event));
  }

  /** What the core meets of this machine. */
  private final class Machine implements Surroundings {
    @Override
    public NodeFiles files() {
      return NodeFiles.in(config.dir());
    }

    /** The owners of the same keys began together: each has its first flush at another time. */
    @Override
    public LsmStore store(LsmOptions options, LsmListener listener) {
      boolean alone = config.bootstrapNodes() == 1 && !config.joins();
      double first = alone ? 1 : 1 - random().nextDouble() * (1 - FIRST_MEMTABLE_LEAST);
      return LsmStore.open(config.dir().resolve(STORE), options.withFirstMemtable(first), listener);
    }

    @Override
    public Transport wire(String id, long run, MessageCodec codec, MessageHandler handler) {
      NodeIdentity self = new NodeIdentity(config.clusterName(), id, run, process(), config.clusterSecret());
      transport = new NettyTransport(loops, 0, self, WireLimits.DEFAULT, codec, handler, LOG::warn,
          new SplittableRandom());
      return transport;
    }

    /** Greater for a process that was started later, and another for each of two of one moment. */
    private long process() {
      return wallMillis().getAsLong() << Short.SIZE | identities().nextInt(1 << Short.SIZE);
    }

    @Override
    public void dial(String id, String host, int port) {
      transport.peer(id, host, port);
    }

    @Override
    public LongSupplier wallMillis() {
      return System::currentTimeMillis;
    }

    @Override
    public LongSupplier nanos() {
      return System::nanoTime;
    }

    @Override
    public LongSupplier cpuNanos() {
      ThreadMXBean threads = ManagementFactory.getThreadMXBean();
      return threads.isCurrentThreadCpuTimeSupported() ? threads::getCurrentThreadCpuTime : nanos();
    }

    @Override
    public RandomGenerator random() {
      return new SplittableRandom();
    }

    @Override
    public RandomGenerator identities() {
      return new SecureRandom();
    }

    @Override
    public long heapBytes() {
      return OldGeneration.bytesMax();
    }

    @Override
    public void execute(Runnable task) {
      try {
        loop.execute(task);
      } catch (RejectedExecutionException e) {
        if (!loop.isShuttingDown()) {
          throw e;
        }
        LOG.debug("the loop has ended, and nobody waits for this any more", e);
      }
    }

    @Override
    public void executeNow(Runnable task) {
      if (loop.inEventLoop()) {
        task.run();
      } else {
        loop.execute(task);
      }
    }

    @Override
    public void tickIn(long millis) {
      if (nextTick != null) {
        nextTick.cancel(false);
      }
      nextTick = loop.schedule(core::tick, millis, TimeUnit.MILLISECONDS);
    }

    @Override
    public Rules rules() {
      return rules;
    }
  }

  /** The backup's way onto the loop. */
  private final class BackupLoop implements NodeBackup.Loop {
    @Override
    public void execute(Runnable task) {
      loop.execute(() -> {
        core.turn().begin();
        task.run();
      });
    }

    @Override
    public void schedule(Runnable task, long delayMillis) {
      loop.schedule(task, delayMillis, TimeUnit.MILLISECONDS);
    }
  }

  // ---------------------------------------------------------------- the end

  private void onLoop(Runnable task) throws Exception {
    loop.submit(task).get();
  }

  /** Waits until something is so, or the time is over; returns whether it is. */
  private boolean untilOnLoop(long millisMax, BooleanSupplier so) throws Exception {
    CountDownLatch done = new CountDownLatch(1);
    ScheduledFuture<?> look = loop.scheduleAtFixedRate(() -> {
      if (so.getAsBoolean()) {
        done.countDown();
      }
    }, 0, NodeCore.TICK_MILLIS, TimeUnit.MILLISECONDS);
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
      onLoop(core::drain);
      boolean handedOver = untilOnLoop(NodeCore.STOP_HAND_OVER_MILLIS_MAX, core::handedOver);
      LOG.info(handedOver ? "what others can serve is handed over" : "not all that others can serve was handed over");
      onLoop(door::endAll);
      untilOnLoop(NodeCore.STOP_REPLIES_MILLIS_MAX, () -> door.clients().isEmpty());
      onLoop(core::stop);
      onLoop(() -> { });
      loop.schedule(() -> { }, NodeCore.STOP_GRACE_MILLIS, TimeUnit.MILLISECONDS).get();
      membership.close();
      onLoop(core::leave);
      wireServer.close();
      transport.close();
      loops.close();
      backup.close();
      core.close();
      LOG.info("node {} has stopped", core.id());
    } catch (Exception e) {
      LOG.error("the stop was not clean", e);
    } finally {
      stopped.countDown();
    }
  }
}
