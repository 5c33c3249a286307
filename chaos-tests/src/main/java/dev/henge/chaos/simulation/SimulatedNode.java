package dev.henge.chaos.simulation;

import dev.henge.gossip.membership.Liveness;
import dev.henge.gossip.membership.Member;
import dev.henge.gossip.membership.MembershipEvent;
import dev.henge.gossip.wire.MessageCodec;
import dev.henge.gossip.wire.MessageHandler;
import dev.henge.gossip.wire.Transport;
import dev.henge.node.Clients;
import dev.henge.node.NodeConfig;
import dev.henge.node.NodeCore;
import dev.henge.node.NodeFiles;
import dev.henge.node.NodeRestore;
import dev.henge.node.Surroundings;
import dev.henge.resp.session.Backups;
import dev.henge.resp.session.ClientState;
import dev.henge.resp.session.Connection;
import dev.henge.ring.repair.AntiEntropySettings;
import dev.henge.storage.lsm.CorruptTableException;
import dev.henge.storage.lsm.LevelOptions;
import dev.henge.storage.lsm.LsmListener;
import dev.henge.storage.lsm.LsmOptions;
import dev.henge.storage.lsm.LsmStore;
import dev.henge.storage.lsm.SimulatedDisk;
import dev.henge.storage.version.Rules;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/** A machine of a simulation: a disk and clocks, and, while its process lives, a {@link NodeCore} between them. */
final class SimulatedNode implements Surroundings, Clients {

  private static final long SYNC_NANOS_MAX = 3_000_000;
  private static final long RETRY_START_MILLIS = 300;
  private static final long EPOCH_MILLIS = 1_790_000_000_000L;

  /** A turn may gather what comes within this long. */
  private static final long GATHER_NANOS_MAX = 300_000;

  final int index;
  final String name;
  final int bit;
  private final Simulation sim;
  private final Chance chance;
  private final Path dir;
  private final double rate;
  private long skewMillis;
  SimulatedDisk disk = new SimulatedDisk();
  SimulatedDisk backup;
  NodeCore core;
  String id;

  /** Which of its processes runs, or ran last; what was planned for an earlier one does not happen. */
  int process;
  private boolean up;
  private boolean stopping;
  boolean paused;
  boolean dark;
  boolean rotten;

  /** Whether the machine is there: a spare is not before somebody starts it. */
  boolean born;

  /** Whether the machine is gone, for good as far as everybody knows. */
  boolean lost;

  /** How many writes its process has taken without any owner, as far as that was noticed. */
  long blindWrites;

  private Transport transport;
  private MessageHandler peers;
  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
  private final List<Runnable> asleep = new ArrayList<>();
  private boolean gathering;
  private boolean working;

  /** How often a tick was asked for: the last one holds. */
  private long ticksAsked;
  private final Map<Long, SimulatedConnection> connections = new LinkedHashMap<>();
  private long clientIds;
  final Connection.Buffers buffers = new Connection.Buffers();

  SimulatedNode(int index, Simulation sim) {
    this.index = index;
    this.name = "n" + (index + 1);
    this.bit = 1 << index;
    this.sim = sim;
    this.chance = new Chance(sim.plan.seed(), name);
    this.dir = Path.of("/" + name);
    this.rate = 1 + (chance.below(2 * sim.plan.driftPermille() + 1) - sim.plan.driftPermille()) / 1000.0;
    this.skewMillis = sim.plan.skewMillis() == 0 ? 0 : chance.between(-sim.plan.skewMillis(), sim.plan.skewMillis());
  }

  // ---------------------------------------------------------------- its life

  boolean up() {
    return up;
  }

  /** Whether it runs and is not about to stop. */
  boolean staysUp() {
    return up && !stopping;
  }

  /** Whether it runs and does something. */
  boolean awake() {
    return up && !paused;
  }

  /** Starts the process, or tries to: with a full disk again and again. */
  void start() {
    if (up) {
      return;
    }
    stopping = false;
    born = true;
    process++;
    dark = false;
    tasks.clear();
    connections.clear();
    gathering = false;
    blindWrites = 0;
    try {
      NodeCore made = new NodeCore(config(), this);
      core = made;
      sim.epochs.started(this);
      core.bind(this, new NoBackups(), () -> { });
      if (sim.plan.compares()) {
        core.shard().antiEntropy().settings(new AntiEntropySettings(1, 1 << 20, 0));
      }
      id = core.id();
      up = true;
      sim.note(name + " starts" + (core.store().damages().isEmpty() ? "" : ", with damage in its tables"));
      sim.gossip.forget(this);
      sim.wire.join(this);
      run(core::begin);
      syncLater();
    } catch (CorruptTableException e) {
      throw sim.failure(name + " does not start", e);
    } catch (IOException | UncheckedIOException e) {
      if (!String.valueOf(e.getMessage() + e.getCause()).contains("No space left")) {
        throw sim.failure(name + " does not start", e);
      }
      sim.note(name + " does not start: " + e.getMessage());
      int mine = process;
      sim.time.inMillis(RETRY_START_MILLIS, () -> {
        if (process == mine) {
          start();
        }
      });
    }
  }

  private NodeConfig config() {
    Plan plan = sim.plan;
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("cluster-name", "sim");
    settings.put("dir", dir.toString());
    settings.put("announce-host", name);
    settings.put("bootstrap-nodes", Integer.toString(plan.nodes()));
    if (index >= plan.nodes()) {
      settings.put("join", "yes");
    }
    settings.put("replicas", Integer.toString(Plan.OWNERS));
    settings.put("vnodes", Integer.toString(plan.vnodes()));
    settings.put("tokens", "16");
    settings.put("databases", "2");
    settings.put("policy", plan.strict() ? "strict" : "available");
    settings.put("lease-millis", Long.toString(plan.leaseMillis()));
    settings.put("command-timeout-millis", "2500");
    settings.put("log-sync", plan.durability() == Plan.Durability.ALWAYS ? "always" : "everysec");
    if (plan.writeQuorum() > 0) {
      settings.put("write-quorum", Integer.toString(plan.writeQuorum()));
    }
    return NodeConfig.of(settings);
  }

  /** The process ends at once. {@code silently}: its host is gone too, and answers nobody. */
  void die(boolean silently) {
    sim.note(name + " dies" + (silently ? " silently" : ""));
    sim.agreement.nothingWasMended(this);
    up = false;
    paused = false;
    dark = silently;
    process++;
    asleep.clear();
    tasks.clear();
    disk.killProcess();
    sim.wire.died(this);
    List<SimulatedConnection> gone = new ArrayList<>(connections.values());
    connections.clear();
    gone.forEach(connection -> connection.dropped(silently));
  }

  void losePower(RandomGenerator random) {
    die(true);
    disk.losePower(random);
  }

  /** An operator stops the process. */
  void stop(Runnable stopped) {
    sim.note(name + " is stopped");
    stopping = true;
    int mine = process;
    run(core::stop);
    sim.time.inMillis(NodeCore.STOP_GRACE_MILLIS, () -> whenAwake(mine, () -> {
      up = false;
      process++;
      asleep.clear();
      tasks.clear();
      try {
        core.close();
      } catch (IOException | UncheckedIOException e) {
        sim.note(name + " did not stop cleanly: " + e.getMessage());
      }
      disk.killProcess();
      sim.wire.died(this);
      List<SimulatedConnection> gone = new ArrayList<>(connections.values());
      connections.clear();
      gone.forEach(connection -> connection.dropped(false));
      sim.note(name + " has stopped");
      stopped.run();
    }));
  }

  void pause() {
    sim.note(name + " stands still");
    paused = true;
  }

  void resume() {
    if (!paused) {
      return;
    }
    sim.note(name + " goes on");
    paused = false;
    List<Runnable> late = new ArrayList<>(asleep);
    asleep.clear();
    for (Runnable event : late) {
      if (paused) {
        asleep.add(event);
      } else {
        event.run();
      }
    }
  }

  /** Puts the backup in place of what the disk has: the same node, a new actor. */
  void restore() throws IOException {
    sim.note(name + " is restored");
    SimulatedDisk old = backup.copy();
    byte[] identity = old.read(dir.resolve("identity"));
    disk = old;
    NodeRestore.identity(identity, files(), chance.random(), wallMillis().getAsLong() / 1_000);
    rotten = false;
  }

  void jump(long millis) {
    sim.note(name + "'s clock jumps by " + millis + " ms");
    skewMillis += millis;
    sim.clockJumps++;
  }

  // ---------------------------------------------------------------- its loop

  /** Something comes to the loop: it is done now, or once the process goes on, and what follows from it soon. */
  void run(Runnable work) {
    whenAwake(process, () -> {
      if (working) {
        work.run();
        return;
      }
      working = true;
      try {
        work.run();
        if (!gathering) {
          if (chance.oneIn(3)) {
            gathering = true;
            int mine = process;
            sim.time.in(chance.below(GATHER_NANOS_MAX), () -> whenAwake(mine, this::endPass));
          } else {
            drain();
          }
        }
      } finally {
        working = false;
      }
    });
  }

  /** Does something if the process is still the same, when it does not stand still. */
  void whenAwake(int ofProcess, Runnable work) {
    if (process != ofProcess || !up) {
      return;
    }
    if (paused) {
      asleep.add(() -> whenAwake(ofProcess, work));
    } else {
      work.run();
    }
  }

  private void endPass() {
    gathering = false;
    working = true;
    try {
      drain();
    } finally {
      working = false;
    }
  }

  private void drain() {
    while (!tasks.isEmpty()) {
      tasks.poll().run();
    }
    if (!connections.isEmpty()) {
      for (SimulatedConnection connection : new ArrayList<>(connections.values())) {
        connection.collect();
      }
    }
    sim.looked(this);
  }

  @Override
  public void tickIn(long millis) {
    int mine = process;
    long asked = ++ticksAsked;
    sim.time.in(millis * 1_000_000, () -> whenAwake(mine, () -> {
      if (asked == ticksAsked) {
        run(core::tick);
      }
    }));
  }

  /** Where no write waits for a sync, the log is synced now and then. */
  private void syncLater() {
    if (sim.plan.durability() != Plan.Durability.ALWAYS) {
      int mine = process;
      sim.time.inMillis(1_000, () -> whenAwake(mine, () -> {
        run(() -> {
          if (!core.store().failed()) {
            core.store().sync();
          }
        });
        syncLater();
      }));
    }
  }

  // ---------------------------------------------------------------- clients

  /** A client's connection arrives. */
  void accept(SimulatedConnection connection) {
    connection.accepted(this, core.frontend(), new ClientState(++clientIds, "client", name, wallMillis().getAsLong()));
    connections.put(connection.id(), connection);
  }

  void forget(SimulatedConnection connection) {
    connections.remove(connection.id());
  }

  @Override
  public Collection<ClientState> clients() {
    return List.of();
  }

  @Override
  public boolean kill(long clientId) {
    return false;
  }

  @Override
  public long accepted() {
    return clientIds;
  }

  @Override
  public long rejected() {
    return 0;
  }

  /** Nobody backs a simulated node up by command. */
  private static final class NoBackups implements Backups {
    @Override
    public String start(Order order) {
      return "not here";
    }

    @Override
    public Map<String, Object> status() {
      return Map.of();
    }

    @Override
    public boolean cancel() {
      return false;
    }
  }

  // ---------------------------------------------------------------- membership

  void told(SimulatedNode about, Liveness before, Liveness after) {
    Member member = new Member(about.id, about.name, 1, Map.of("internal", "1"));
    run(() -> core.membershipChanged(new MembershipEvent(member, before, after)));
  }

  // ---------------------------------------------------------------- surroundings

  @Override
  public NodeFiles files() {
    SimulatedDisk mine = disk;
    return new NodeFiles() {
      @Override
      public byte[] read(String file) {
        return mine.read(dir.resolve(file));
      }

      @Override
      public void replace(String file, byte[] bytes) throws IOException {
        mine.replace(dir.resolve(file), bytes);
      }

      @Override
      public String path(String file) {
        return dir.resolve(file).toString();
      }
    };
  }

  @Override
  public LsmStore store(LsmOptions options, LsmListener listener) {
    int mine = process;
    LsmOptions small = options.withMemtableBytes(12 << 10).withSegmentBytes(6 << 10).withLogRetainBytes(48 << 10)
        .withLargeValueBytes(512).withLevels(LevelOptions.defaults().withLevelZeroRuns(2).withBaseMemtables(1).withFactor(4)
            .withTableBytesMax(16 << 10).withValueFileBytes(32 << 10));
    return disk.open(dir.resolve("shard-0"), small, listener, nanos(),
        sync -> sim.time.in(chance.below(SYNC_NANOS_MAX), () -> whenAwake(mine, () -> run(sync))));
  }

  @Override
  public Transport wire(String ownId, long run, MessageCodec codec, MessageHandler handler) {
    id = ownId;
    peers = handler;
    transport = sim.wire.attach(this, codec, handler);
    return transport;
  }

  @Override
  public void dial(String peer, String host, int port) {
    sim.wire.dial(this, sim.node(host));
  }

  @Override
  public LongSupplier wallMillis() {
    return () -> EPOCH_MILLIS + skewMillis + (long) (sim.time.nowMillis() * rate);
  }

  @Override
  public LongSupplier nanos() {
    return () -> 1_000_000_000L * (index + 1) + (long) (sim.time.nowNanos() * rate);
  }

  @Override
  public RandomGenerator random() {
    return chance.random().split();
  }

  @Override
  public RandomGenerator identities() {
    return chance.random().split();
  }

  @Override
  public long heapBytes() {
    return 1 << 26;
  }

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
  }

  @Override
  public void executeNow(Runnable task) {
    task.run();
  }

  @Override
  public void failed(Throwable error) {
    throw sim.failure(name + ": the node's clockwork failed", error);
  }

  @Override
  public Rules rules() {
    return sim.rules;
  }
}
