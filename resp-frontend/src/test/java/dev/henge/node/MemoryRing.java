package dev.henge.node;

import dev.henge.gossip.membership.Liveness;
import dev.henge.gossip.membership.Member;
import dev.henge.gossip.membership.MembershipEvent;
import dev.henge.gossip.wire.LoopbackNetwork;
import dev.henge.gossip.wire.MessageCodec;
import dev.henge.gossip.wire.MessageHandler;
import dev.henge.gossip.wire.Transport;
import dev.henge.gossip.wire.WireLimits;
import dev.henge.resp.codec.ProtocolException;
import dev.henge.resp.codec.Reply;
import dev.henge.resp.codec.RespEncoder;
import dev.henge.resp.codec.RespReader;
import dev.henge.resp.session.Backups;
import dev.henge.resp.session.ClientState;
import dev.henge.resp.session.Connection;
import dev.henge.ring.placement.HashSlot;
import dev.henge.storage.lsm.LsmListener;
import dev.henge.storage.lsm.LsmOptions;
import dev.henge.storage.lsm.LsmStore;
import dev.henge.storage.lsm.SimulatedDisk;
import dev.henge.storage.version.Rules;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/** Whole nodes on one thread, with disks, a network and a time in memory; clients speak RESP to them. */
final class MemoryRing {

  private static final Path STORE = Path.of("shard-0");
  private static final int STEP_MILLIS = 2;
  private static final int SYNC_MILLIS = 100;
  private static final int REPLY_MILLIS_MAX = 20_000;
  private static final long SEED = 20261121;

  private final LoopbackNetwork network = new LoopbackNetwork(WireLimits.DEFAULT);
  private final SplittableRandom chance = new SplittableRandom(SEED);
  private final List<Node> nodes = new ArrayList<>();
  private long nowMillis;
  private boolean syncs;

  /** @param settings of every node, name and value by turns */
  MemoryRing(int count, String... settings) {
    try {
      for (int i = 0; i < count; i++) {
        nodes.add(new Node(i, count, settings));
      }
      for (Node node : nodes) {
        node.core.bind(node, new NoBackups(), () -> { });
      }
      nodes.forEach(Node::attach);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    nodes.forEach(node -> node.core.begin());
    nodes.forEach(node -> nodes.forEach(other -> meet(node, other)));
    until(() -> nodes.stream().allMatch(n -> n.core.shard().placement() != null), "the ring has formed");
    untilServed();
  }

  private static void meet(Node node, Node other) {
    if (other != node) {
      Member member = new Member(other.core.id(), "127.0.0.1", 17_000, Map.of("internal", "16000"));
      node.core.membershipChanged(new MembershipEvent(member, Liveness.DEAD, Liveness.ALIVE));
    }
  }

  /** Starts one more node that is to join; returns its number. */
  int join(String... settings) {
    String[] more = Arrays.copyOf(settings, settings.length + 2);
    more[settings.length] = "join";
    more[settings.length + 1] = "yes";
    try {
      Node joiner = new Node(nodes.size(), 3, more);
      joiner.core.bind(joiner, new NoBackups(), () -> { });
      nodes.add(joiner);
      joiner.attach();
      joiner.core.begin();
      nodes.forEach(other -> {
        meet(joiner, other);
        meet(other, joiner);
      });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    until(() -> core(nodes.size() - 1).shard().placement() != null, "the joiner knows the ring");
    return nodes.size() - 1;
  }

  /** From now on disks are synced by the clock. */
  void syncs() {
    syncs = true;
  }

  int size() {
    return nodes.size();
  }

  NodeCore core(int node) {
    return nodes.get(node).core;
  }

  // ---------------------------------------------------------------- time

  void run(long millis) {
    for (long end = nowMillis + millis; nowMillis < end; ) {
      step();
    }
  }

  private void step() {
    nowMillis += STEP_MILLIS;
    if (syncs && nowMillis % SYNC_MILLIS == 0) {
      nodes.forEach(node -> node.store.sync());
    }
    do {
      nodes.forEach(Node::drain);
    } while (network.step());
    for (Node node : nodes) {
      if (nowMillis >= node.tickMillis) {
        node.tickMillis = Long.MAX_VALUE;
        node.ticks++;
        node.core.tick();
        node.drain();
      }
    }
  }

  void until(BooleanSupplier there, String what) {
    for (long end = nowMillis + 3L * REPLY_MILLIS_MAX; !there.getAsBoolean(); ) {
      if (nowMillis > end) {
        throw new AssertionError("never: " + what);
      }
      step();
    }
  }

  /** Until every vnode is served exclusively by somebody. */
  void untilServed() {
    until(() -> {
      int served = 0;
      for (Node node : nodes) {
        served += node.core.shard().standing().exclusive();
      }
      return served == nodes.get(0).core.shard().placement().vnodes();
    }, "all vnodes are served");
  }

  /** The node that serves a key. */
  int servedBy(String key) {
    byte[] bytes = key.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    int vnode = HashSlot.of(bytes, 0, bytes.length) / (HashSlot.COUNT / core(0).shard().placement().vnodes());
    for (Node node : nodes) {
      if (node.core.shard().own().exclusive(vnode)) {
        return node.number;
      }
    }
    throw new AssertionError("nobody serves " + key);
  }

  /** How often a node's clockwork has run. */
  long ticks(int node) {
    return nodes.get(node).ticks;
  }

  // ---------------------------------------------------------------- the network

  /** How many messages a node has sent. */
  long sent(int node) {
    return nodes.get(node).late.sent;
  }

  /** Parts a node from all others. */
  void part(int node) {
    for (Node other : nodes) {
      if (other.number != node) {
        network.cut(nodes.get(node).core.id(), other.core.id());
      }
    }
  }

  /** Parts a node from all others without a word: what is sent waits until they are healed. */
  void stall(int node) {
    for (Node other : nodes) {
      if (other.number != node) {
        network.stall(nodes.get(node).core.id(), other.core.id());
        network.stall(other.core.id(), nodes.get(node).core.id());
      }
    }
  }

  void heal() {
    for (Node a : nodes) {
      for (Node b : nodes) {
        if (a.number < b.number) {
          network.heal(a.core.id(), b.core.id());
        }
      }
    }
  }

  // ---------------------------------------------------------------- clients

  Client client(int node) {
    return new Client(nodes.get(node));
  }

  /** One connection. */
  final class Client {
    private final EmbeddedChannel channel;
    private final RespReader reader = new RespReader();

    private Client(Node node) {
      ClientState state = new ClientState(++node.connections, "127.0.0.1:1", "127.0.0.1:2", nowMillis);
      state.authenticated = true;
      Connection connection = new Connection(node.core.frontend(), state, new Connection.Buffers(),
          1 << 29, () -> nowMillis, gone -> { });
      channel = new EmbeddedChannel(connection);
    }

    void send(String... words) {
      RespEncoder out = new RespEncoder();
      out.array(words.length);
      for (String word : words) {
        out.bulk(word);
      }
      channel.writeInbound(Unpooled.wrappedBuffer(out.toByteArray()));
    }

    Reply receive() {
      for (long end = nowMillis + REPLY_MILLIS_MAX; nowMillis < end; ) {
        try {
          Reply reply = reader.next();
          if (reply != null) {
            return reply;
          }
        } catch (ProtocolException e) {
          throw new AssertionError(e);
        }
        ByteBuf written = channel.readOutbound();
        if (written == null) {
          step();
        } else {
          byte[] bytes = new byte[written.readableBytes()];
          written.readBytes(bytes).release();
          reader.feed(bytes, 0, bytes.length);
        }
      }
      throw new AssertionError("no reply");
    }

    Reply call(String... words) {
      send(words);
      return receive();
    }

    /** The text of a status, string or error; a number in digits; what is in arrays between brackets. */
    String text(String... words) {
      return text(call(words));
    }

    static String text(Reply reply) {
      if (reply instanceof Reply.Array array) {
        List<String> texts = new ArrayList<>();
        array.elements().forEach(element -> texts.add(text(element)));
        return texts.toString();
      }
      return reply instanceof Reply.Int number ? Long.toString(number.value())
          : reply instanceof Reply.Null ? "(nil)" : reply.asText();
    }
  }

  // ---------------------------------------------------------------- nodes

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

  private final class Node implements Surroundings, Clients, NodeFiles {
    final int number;
    final NodeCore core;
    final SimulatedDisk disk = new SimulatedDisk();
    final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    final Map<String, byte[]> files = new HashMap<>();
    final Late late = new Late();
    LsmStore store;
    long connections;
    long tickMillis = Long.MAX_VALUE;
    long ticks;

    Node(int number, int count, String... settings) throws IOException {
      this.number = number;
      Map<String, String> set = new HashMap<>(Map.of("vnodes", "16", "tokens", "16", "bootstrap-nodes", Integer.toString(count),
          "port", Integer.toString(6000 + number), "announce-host", "127.0.0.1", "memtable-bytes", "8mb"));
      for (int i = 0; i < settings.length; i += 2) {
        set.put(settings[i], settings[i + 1]);
      }
      core = new NodeCore(NodeConfig.of(set), this);
    }

    void attach() {
      late.wire = network.attach(core.id(), late.codec, late.handler);
      drain();
    }

    void drain() {
      while (!tasks.isEmpty()) {
        tasks.pollFirst().run();
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
      files.put(name, Arrays.copyOf(bytes, bytes.length));
    }

    @Override
    public String path(String name) {
      return name;
    }

    @Override
    public LsmStore store(LsmOptions options, LsmListener listener) {
      store = disk.open(STORE, options, listener, nanos(), tasks::add);
      return store;
    }

    @Override
    public Transport wire(String id, long run, MessageCodec codec, MessageHandler handler) {
      late.codec = codec;
      late.handler = handler;
      return late;
    }

    @Override
    public void dial(String id, String host, int port) {
      // all are connected as long as nobody parts them
    }

    @Override
    public LongSupplier wallMillis() {
      return () -> 1_800_000_000_000L + nowMillis;
    }

    @Override
    public LongSupplier nanos() {
      return () -> nowMillis * 1_000_000;
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
      return 64 << 20;
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
      tickMillis = nowMillis + millis;
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
      return connections;
    }

    @Override
    public long rejected() {
      return 0;
    }
  }

  /** The wire, which is there only once all nodes are. */
  private static final class Late implements Transport {
    private MessageCodec codec;
    private MessageHandler handler;
    private Transport wire;
    private long sent;

    @Override
    public boolean send(String peerId, Object message) {
      sent++;
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
  }
}
