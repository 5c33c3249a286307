package dev.henge.node;

import dev.henge.gossip.membership.Liveness;
import dev.henge.gossip.membership.Member;
import dev.henge.gossip.membership.MembershipEvent;
import dev.henge.gossip.wire.LoopbackNetwork;
import dev.henge.gossip.wire.MessageCodec;
import dev.henge.gossip.wire.MessageHandler;
import dev.henge.gossip.wire.Transport;
import dev.henge.gossip.wire.WireLimits;
import dev.henge.resp.session.Backups;
import dev.henge.resp.session.ClientState;
import dev.henge.resp.session.Connection;
import dev.henge.storage.lsm.LsmListener;
import dev.henge.storage.lsm.LsmOptions;
import dev.henge.storage.lsm.LsmStore;
import dev.henge.storage.version.Rules;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * Whole nodes on the calling thread, with real disks and a real clock, but no sockets: what a command costs between
 * the bytes that came and the bytes that leave. Their frames are written and parsed as on a wire.
 */
final class BenchRing implements AutoCloseable {

  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final LoopbackNetwork network = new LoopbackNetwork(WireLimits.DEFAULT);
  private final SplittableRandom chance = new SplittableRandom();
  private final List<Node> nodes = new ArrayList<>();
  private final Path dir;
  private long nextTickNanos = System.nanoTime();

  BenchRing(int count) throws IOException {
    dir = Files.createTempDirectory("henge-micro");
    for (int i = 0; i < count; i++) {
      nodes.add(new Node(i, count));
    }
    for (Node node : nodes) {
      node.core.bind(node, new NoBackups(), () -> { });
    }
    for (Node node : nodes) {
      node.wire = network.attach(node.core.id(), node.codec, node.handler);
      node.drain();
    }
    for (Node node : nodes) {
      node.core.begin();
      for (Node other : nodes) {
        if (other != node) {
          Member member = new Member(other.core.id(), "127.0.0.1", 17_000, Map.of("internal", "16000"));
          node.core.membershipChanged(new MembershipEvent(member, Liveness.DEAD, Liveness.ALIVE));
        }
      }
    }
    until(() -> nodes.stream().allMatch(n -> n.core.shard().placement() != null), "the ring has formed");
    until(() -> nodes.stream().mapToInt(n -> n.core.shard().standing().exclusive()).sum()
        == nodes.get(0).core.shard().placement().vnodes(), "all vnodes are served");
  }

  /** Whether the first node serves the key, so that its commands are not passed on. */
  boolean servedHere(byte[] key) {
    int vnode = dev.henge.ring.placement.HashSlot.of(key) * nodes.get(0).core.shard().placement().vnodes()
        / dev.henge.ring.placement.HashSlot.COUNT;
    return nodes.get(0).core.shard().own().exclusive(vnode);
  }

  /** Lets everything happen that can, and the clocks go on. */
  private void turn() {
    do {
      for (int i = 0; i < nodes.size(); i++) {
        nodes.get(i).drain();
      }
    } while (nodes.size() > 1 && network.step());
    if (System.nanoTime() - nextTickNanos >= 0) {
      nextTickNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(NodeCore.TICK_MILLIS);
      nodes.forEach(node -> node.core.tick());
    }
  }

  private void until(BooleanSupplier there, String what) {
    for (long end = System.nanoTime() + PATIENCE_NANOS; !there.getAsBoolean(); turn()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("never: " + what);
      }
    }
  }

  @Override
  public void close() throws IOException {
    for (Node node : nodes) {
      node.core.leave();
      node.core.close();
    }
    try (Stream<Path> files = Files.walk(dir)) {
      files.sorted(Comparator.reverseOrder()).forEach(BenchRing::delete);
    }
  }

  private static void delete(Path path) {
    try {
      Files.delete(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Client client() {
    return new Client(nodes.get(0));
  }

  /** One connection with the first node. */
  final class Client {
    private final EmbeddedChannel channel;
    private final Connection connection;

    private Client(Node node) {
      ClientState state = new ClientState(1, "127.0.0.1:1", "127.0.0.1:2", System.currentTimeMillis());
      state.authenticated = true;
      connection = new Connection(node.core.frontend(), state, new Connection.Buffers(), 1 << 29,
          System::currentTimeMillis, gone -> { });
      channel = new EmbeddedChannel(connection);
    }

    /** Hands over what one read brought, and waits for so many bytes of replies, which begin with this byte. */
    void call(byte[] read, int replyBytes, char replyType) {
      connection.channelRead(null, Unpooled.wrappedBuffer(read));
      int left = replyBytes;
      for (long end = 0; left > 0; ) {
        turn();
        for (ByteBuf reply = channel.readOutbound(); reply != null; reply = channel.readOutbound()) {
          if (reply.readableBytes() > left || reply.getByte(0) != replyType) {
            throw new AssertionError(reply.toString(java.nio.charset.StandardCharsets.ISO_8859_1));
          }
          left -= reply.readableBytes();
          reply.release();
        }
        end = end == 0 ? System.nanoTime() + PATIENCE_NANOS : end;
        if (left > 0 && System.nanoTime() - end > 0) {
          throw new AssertionError("no reply: " + left + " bytes of " + replyBytes + " are missing");
        }
      }
    }
  }

  private static final class NoBackups implements Backups {
    @Override
    public String start(Order order) {
      return "no";
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

  private final class Node implements Surroundings, Clients, NodeFiles, Transport {
    final int number;
    final NodeCore core;
    final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    final Map<String, byte[]> files = new HashMap<>();
    MessageCodec codec;
    MessageHandler handler;
    Transport wire;

    Node(int number, int count) throws IOException {
      this.number = number;
      core = new NodeCore(NodeConfig.of(Map.of("bootstrap-nodes", Integer.toString(count), "port",
          Integer.toString(6000 + number), "announce-host", "127.0.0.1", "memtable-bytes", "64mb")), this);
    }

    void drain() {
      for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
        task.run();
      }
    }

    @Override
    public NodeFiles files() {
      return this;
    }

    @Override
    public byte[] read(String name) {
      return files.get(name);
    }

    @Override
    public void replace(String name, byte[] bytes) {
      files.put(name, bytes.clone());
    }

    @Override
    public String path(String name) {
      return name;
    }

    @Override
    public LsmStore store(LsmOptions options, LsmListener listener) {
      return LsmStore.open(dir.resolve("node-" + number), options.withLogRetainBytes(0), listener);
    }

    @Override
    public Transport wire(String id, long run, MessageCodec messages, MessageHandler told) {
      codec = messages;
      handler = told;
      return this; // the network's is there only once all nodes are
    }

    @Override
    public boolean send(String peerId, Object message) {
      return wire != null && wire.send(peerId, message);
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

    @Override
    public void dial(String id, String host, int port) {
      // all are connected
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
    public RandomGenerator random() {
      return chance.split();
    }

    @Override
    public RandomGenerator identities() {
      return chance.split();
    }

    @Override
    public long heapBytes() {
      return 512 << 20;
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
    public void tickIn(long millis) {
      // it comes every ten milliseconds
    }

    @Override
    public Rules rules() {
      return Rules.SOUND;
    }

    @Override
    public Collection<ClientState> clients() {
      return List.of();
    }

    @Override
    public boolean kill(long id) {
      return false;
    }

    @Override
    public long accepted() {
      return 1;
    }

    @Override
    public long rejected() {
      return 0;
    }
  }
}
