package dev.henge.ring.replica;

import dev.henge.gossip.wire.LoopbackNetwork;
import dev.henge.gossip.wire.MessageCodec;
import dev.henge.gossip.wire.MessageHandler;
import dev.henge.gossip.wire.Transport;
import dev.henge.ring.coordinator.Coordinator;
import dev.henge.ring.placement.Placement;
import dev.henge.storage.lsm.MemoryByteStore;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.type.KeyLocator;
import dev.henge.storage.type.KeyRef;
import dev.henge.storage.type.Keyspace;
import dev.henge.storage.version.HybridClock;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** One node of a {@link Simulation}: a shard on a disk that outlives it, with clocks of its own. */
final class SimulatedNode {

  static final int SLOTS_PER_VNODE = 16;
  static final int DBS = 2;

  private static final int EXPORT_PART_BYTES = 512;
  private static final long MILLI = 1_000_000;

  final String id;
  private final Simulation simulation;
  private final Placement placement;
  private final double rate;
  private final long skewMillis;
  MemoryShardLog log;
  Shard shard;
  Transport transport;

  /** Brings commands to whoever serves their vnode, if the simulation has such; else null. */
  Coordinator coordinator;

  boolean up;
  boolean paused;
  long actor;

  /** Messages for which there is no room on the way to any peer. */
  Predicate<Object> full = message -> false;

  /** What the network told a paused process; it learns of it when it goes on. */
  private final ArrayDeque<Runnable> told = new ArrayDeque<>();

  SimulatedNode(
      String id, Simulation simulation, Placement placement, double rate, long skewMillis, boolean syncsFirst,
      Consumer<byte[]> witness) {
    this.id = id;
    this.simulation = simulation;
    this.placement = placement;
    this.rate = rate;
    this.skewMillis = skewMillis;
    this.log = new MemoryShardLog(syncsFirst, witness);
  }

  long nanos() {
    return (long) (simulation.nowMillis() * MILLI * rate) + id.hashCode() * 1_000_003L;
  }

  long wallMillis() {
    return 1_800_000_000_000L + simulation.nowMillis() + skewMillis;
  }

  static KeyRef key(int db, byte[] buffer, int offset, int length) {
    int slot = (buffer[offset] - 'A') * SLOTS_PER_VNODE + buffer[offset + length - 1] % SLOTS_PER_VNODE;
    int hash = Arrays.hashCode(Arrays.copyOfRange(buffer, offset, offset + length)) * 0x9E3779B1;
    return KeyRef.of(db, slot, hash, buffer, offset, length);
  }

  private Shard shardOver(MemoryShardLog disk, long actorId, boolean mayGrantAtOnce, Transport wire) {
    KeyLocator locator = SimulatedNode::key;
    Keyspace keyspace = new Keyspace(disk, locator, SLOTS_PER_VNODE, placement.vnodes(), DBS, this::wallMillis);
    keyspace.rules(simulation.rules);
    ShardConfig config = new ShardConfig(id, actorId, simulation.options.writeQuorum(), simulation.options.strict(),
        Simulation.LEASE_MILLIS, Simulation.TIMEOUT_MILLIS, mayGrantAtOnce, Simulation.COLLECTION_FLOOR_MILLIS, simulation.rules);
    Shard made = new Shard(
        config, disk, keyspace, new HybridClock(this::wallMillis), wire, placement.vnodes(), this::nanos);
    made.hints.set(simulation.hintLimits, !simulation.options.strict(),
        () -> new Keyspace(new MemoryByteStore(), locator, SLOTS_PER_VNODE, placement.vnodes(), DBS, this::wallMillis));
    made.skew.set(0, 0);
    made.place(placement, true);
    if (made.clocksLost()) {
      made.actor(simulation.freshActor());
    }
    return made;
  }

  /** Starts a process on what the disk holds. */
  void start(LoopbackNetwork network, long actorId, boolean mayGrantAtOnce) {
    actor = actorId;
    told.clear();
    paused = false;
    Late late = new Late();
    shard = shardOver(log, actor, mayGrantAtOnce, late);
    coordinator = simulation.runner == null ? null : new Coordinator(shard, late, simulation.runner, placement.vnodes());
    actor = shard.config.actor();
    shard.antiEntropy().settings(simulation.antiEntropy);
    log.replayTail(shard);
    for (String other : simulation.ids()) {
      if (!other.equals(id)) {
        shard.alive(other, true);
      }
    }
    up = true;
    transport = network.attach(id, new MessageCodec(MessageTypes.all()), new Handler(late));
    late.wire = transport;
    late.early.forEach(Runnable::run);
    late.early.clear();
  }

  /** An independent recovery: all records from the first on, into an empty store. */
  Shard replayOfEverything() {
    MemoryShardLog empty = new MemoryShardLog(false, record -> { });
    Shard fresh = shardOver(empty, actor, true, new Late());
    log.archive.forEach(fresh::replay);
    return fresh;
  }

  void pause() {
    paused = true;
  }

  void resume() {
    paused = false;
    while (!told.isEmpty()) {
      told.pollFirst().run();
    }
  }

  void tick() {
    shard.tick(wallMillis());
    if (coordinator != null) {
      coordinator.tick();
    }
    shard.endTurn();
  }

  void sync() {
    log.sync();
    shard.beginTurn();
    shard.endTurn();
  }

  /** The vnode's rows as another replica would be sent them. */
  static byte[] export(Keyspace keyspace, int vnode) {
    Bytes out = new Bytes(EXPORT_PART_BYTES);
    byte[] place = {};
    int parts = EXPORT_PART_BYTES;
    do {
      place = keyspace.export(vnode, place, parts, out);
      parts += EXPORT_PART_BYTES;
    } while (place.length > 0);
    return out.copy();
  }

  /** Connects are told while the transport is still being made: they wait for it. */
  private final class Late implements Transport {
    private final ArrayDeque<Runnable> early = new ArrayDeque<>();
    private Transport wire;

    @Override
    public boolean send(String peerId, Object message) {
      return wire != null && !full.test(message) && wire.send(peerId, message);
    }

    @Override
    public void flush() {
      if (wire != null) {
        wire.flush();
      }
    }

    @Override
    public boolean connected(String peerId) {
      return wire != null && wire.connected(peerId);
    }

    @Override
    public long queuedBytes(String peerId) {
      return wire == null ? 0 : wire.queuedBytes(peerId);
    }
  }

  private final class Handler implements MessageHandler {
    private final Late late;

    Handler(Late late) {
      this.late = late;
    }

    private void turn(Runnable event) {
      if (late.wire == null) {
        late.early.add(() -> turn(event));
      } else if (paused) {
        told.add(() -> turn(event));
      } else {
        shard.beginTurn();
        event.run();
      }
    }

    @Override
    public void coming(Object[] messages, int count) {
      if (late.wire != null && !paused && coordinator != null) {
        coordinator.coming(messages, count);
      }
    }

    @Override
    public void received(String fromId, Object message) {
      // a node that is paused deals with it after its frame is gone
      Message kept = message instanceof Message.Ship m ? new Message.Ship(m.bundle(), 0, m.to() - m.from()) : (Message) message;
      turn(() -> {
        simulation.seen(id, fromId, kept);
        if (!shard.received(fromId, kept) && coordinator != null) {
          coordinator.received(fromId, kept);
        }
      });
    }

    @Override
    public void turnEnded() {
      turn(() -> shard.endTurn());
    }

    @Override
    public void connected(String peerId) {
      turn(() -> shard.connected(peerId));
    }

    @Override
    public void disconnected(String peerId, boolean refused) {
      turn(() -> {
        shard.disconnected(peerId, refused);
        if (coordinator != null) {
          coordinator.lost(peerId);
        }
      });
    }
  }
}
