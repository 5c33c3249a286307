package dev.henge.resp.session;

import dev.henge.node.LiveConfig;
import dev.henge.node.NodeConfig;
import dev.henge.ring.placement.NodeAddress;
import dev.henge.ring.placement.NodeState;
import dev.henge.ring.placement.Placement;
import dev.henge.ring.placement.RingSettings;
import dev.henge.ring.placement.RingState;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;

/** A node of a ring that is only told of: the test says who is there, who is reachable, and who serves what. */
final class FakeNodeView implements NodeView {

  static final long START_MILLIS = 1_800_000_000_000L;
  static final int PORT_FIRST = 7001;

  private final String self;
  private final List<NodeState> nodes = new ArrayList<>();
  private final LiveConfig config;
  private final RingState state;
  private final Placement placement;

  final Set<String> unreachable = new HashSet<>();
  final Map<Integer, String> serving = new HashMap<>();
  final List<ClientState> clients = new CopyOnWriteArrayList<>();
  final Map<String, Map<String, Object>> figures = new LinkedHashMap<>();
  int resets;
  final Map<Integer, Long> keys = new HashMap<>();
  long nowMillis = START_MILLIS;
  boolean formed = true;

  private FakeNodeView(String host, List<Integer> ports, int self, Map<String, String> settings) {
    this.self = "node-" + self;
    config = new LiveConfig(NodeConfig.of(settings));
    RingState ring = RingState.empty("henge", RingSettings.DEFAULT);
    for (int i = 0; i < ports.size(); i++) {
      int port = ports.get(i);
      NodeState node = new NodeState("node-" + i, 1, 3 + i,
          new NodeAddress(host, port, internalPort(port), internalPort(port) + 1), "", NodeState.DEFAULT_WEIGHT);
      nodes.add(node);
      ring = ring.with(node);
    }
    state = ring;
    placement = Placement.of(ring);
  }

  private static int internalPort(int port) {
    return port < 50_000 ? port + 10_000 : port - 10_000;
  }

  private static List<Integer> ports(int nodes) {
    return IntStream.range(PORT_FIRST, PORT_FIRST + nodes).boxed().toList();
  }

  /** The first of so many nodes, each at 127.0.0.1. */
  static FakeNodeView of(int nodes) {
    return of(nodes, Map.of());
  }

  static FakeNodeView of(int nodes, Map<String, String> settings) {
    return new FakeNodeView("127.0.0.1", ports(nodes), 0, settings);
  }

  /** The first of so many nodes, all at that host. */
  static FakeNodeView at(String host, int nodes) {
    return new FakeNodeView(host, ports(nodes), 0, Map.of());
  }

  /** One of the nodes that listen on these ports of 127.0.0.1. */
  static FakeNodeView on(List<Integer> ports, int self) {
    return new FakeNodeView("127.0.0.1", ports, self, Map.of());
  }

  @Override
  public String nodeId() {
    return self;
  }

  @Override
  public LiveConfig config() {
    return config;
  }

  @Override
  public int replicas() {
    return config().current().replicas();
  }

  @Override
  public Placement placement() {
    return formed ? placement : null;
  }

  @Override
  public Collection<NodeState> nodes() {
    return nodes;
  }

  @Override
  public boolean reachable(String nodeId) {
    return !unreachable.contains(nodeId);
  }

  @Override
  public String servedBy(int vnode) {
    return serving.get(vnode);
  }

  @Override
  public long ringFingerprint() {
    return formed ? state.fingerprint() : 0;
  }

  @Override
  public int vnodesServed() {
    int served = 0;
    for (int v = 0; formed && v < placement.vnodes(); v++) {
      String by = serving.getOrDefault(v, placement.owners(v).get(0));
      served += reachable(by) ? 1 : 0;
    }
    return served;
  }

  @Override
  public Collection<ClientState> clients() {
    return clients;
  }

  @Override
  public boolean kill(long clientId) {
    return clients.removeIf(client -> client.id == clientId);
  }

  @Override
  public long keysInSlot(int slot) {
    return slot % 2 == 0 ? slot : -1;
  }

  @Override
  public List<byte[]> keysOfSlot(int slot, int count) {
    return List.of(new byte[] {'a'}, new byte[] {'b'}).subList(0, Math.min(count, slot % 2 == 0 ? 2 : 0));
  }

  @Override
  public int vnodesReady() {
    return formed ? placement.vnodesOf(nodeId()).cardinality() : 0;
  }

  @Override
  public long keys(int db) {
    return keys.getOrDefault(db, 0L);
  }

  @Override
  public long keysWithDeadline(int db) {
    return keys(db) / 2;
  }

  @Override
  public Map<String, Map<String, Object>> figures() {
    return figures;
  }

  @Override
  public void resetFigures() {
    resets++;
  }

  @Override
  public long startMillis() {
    return START_MILLIS;
  }

  @Override
  public long nowMillis() {
    return nowMillis;
  }
}
