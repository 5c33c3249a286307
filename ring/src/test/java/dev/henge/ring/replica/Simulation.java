package dev.henge.ring.replica;

import dev.henge.gossip.wire.LoopbackNetwork;
import dev.henge.gossip.wire.WireLimits;
import dev.henge.ring.coordinator.CommandRunner;
import dev.henge.ring.placement.NodeAddress;
import dev.henge.ring.placement.NodeState;
import dev.henge.ring.placement.Placement;
import dev.henge.ring.placement.RingSettings;
import dev.henge.ring.placement.RingState;
import dev.henge.ring.repair.AntiEntropySettings;
import dev.henge.ring.repair.HintLimits;
import dev.henge.storage.version.Rules;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Some shards on one thread, over a network in memory, with a time that only moves when told: the same seed, the same
 * run.
 *
 * <p>Invariants are looked at in every step: no two nodes serve a vnode alone at one moment, no dot names two bundles.
 */
final class Simulation {

  static final long LEASE_MILLIS = 1_500;
  static final long TIMEOUT_MILLIS = 2_000;
  static final int STEP_MILLIS = 2;
  static final long COLLECTION_FLOOR_MILLIS = 300;

  private static final int REPLICAS = 3;
  private static final int TICK_MILLIS = 10;
  private static final int TRACE_LINES_MAX = 60;

  /** How a run differs from the usual one. */
  record Options(int nodes, int vnodes, boolean strict, boolean syncsFirst, boolean tailsLost, double drift, int writeQuorum,
      boolean damage) {

    static Options drawn(Random chance) {
      boolean syncsFirst = chance.nextBoolean();
      return new Options(3 + chance.nextInt(4), 8, chance.nextBoolean(), syncsFirst,
          syncsFirst || chance.nextInt(4) == 0, chance.nextInt(3) == 0 ? 0.05 : 0, 0, chance.nextBoolean());
    }
  }

  final long seed;
  final Options options;
  final Rules rules;
  final Random chance;
  HintLimits hintLimits;
  final Placement placement;
  final TreeMap<String, SimulatedNode> nodes = new TreeMap<>();
  final LoopbackNetwork network = new LoopbackNetwork(WireLimits.DEFAULT);

  /** What runs commands that travel between nodes; null for a simulation of shards alone. */
  CommandRunner runner;

  private final List<String> ids;
  private final String[][] pairs;
  private final Map<String, Boolean> blocked = new HashMap<>();
  private final Map<String, Integer> bundles = new HashMap<>();

  /** Every bundle that a node ever logged, its own or another's, as a hint too. */
  private final Set<String> logged = new HashSet<>();
  private final PriorityQueue<Later> later = new PriorityQueue<>();
  private final ArrayDeque<String> trace = new ArrayDeque<>();
  private final boolean verbose = Boolean.getBoolean("henge.simulation.verbose");
  /** Sees every message that arrives. */
  Consumer<Object> watch = message -> { };

  private long nowMillis;
  private long laterCount;
  private long actors;
  private long damages;
  int framesAtOncePermille = 700;

  /** Often enough that a short run has many comparisons, and several passes of the scrub. */
  AntiEntropySettings antiEntropy = new AntiEntropySettings(1, 1 << 20, 4);

  private record Later(long atMillis, long order, Runnable event) implements Comparable<Later> {
    @Override
    public int compareTo(Later o) {
      return atMillis != o.atMillis ? Long.compare(atMillis, o.atMillis) : Long.compare(order, o.order);
    }
  }

  Simulation(long seed, Options options) {
    this(seed, options, Rules.SOUND);
  }

  Simulation(long seed, Options options, Rules rules) {
    this(seed, options, REPLICAS, rules);
  }

  Simulation(long seed, Options options, int replicas, Rules rules) {
    this.seed = seed;
    this.rules = rules;
    this.options = options;
    this.chance = new Random(seed * 0x9E3779B97F4A7C15L + 1);
    Random bounds = new Random(seed);
    this.hintLimits = new HintLimits(bounds.nextInt(4) == 0 ? 2_000 : 1 << 20, bounds.nextInt(4) == 0 ? 3_000 : 3_600_000,
        bounds.nextInt(4) == 0 ? 5_000 : 8 << 20);
    RingState ring = RingState.empty("sim", new RingSettings(options.vnodes(), 16, replicas, 50));
    for (int i = 1; i <= options.nodes(); i++) {
      ring = ring.with(new NodeState("n" + i, 0, 0, new NodeAddress("h", 1, 2, 3), "", 100));
    }
    placement = Placement.of(ring);
    for (String id : placement.nodes()) {
      double rate = 1 + (chance.nextInt(3) - 1) * options.drift();
      nodes.put(id, new SimulatedNode(id, this, placement, rate, chance.nextInt(4_000) - 2_000L,
          options.syncsFirst(), record -> witness(id, record)));
    }
    ids = List.copyOf(nodes.keySet());
    List<String[]> all = new ArrayList<>();
    for (String a : ids) {
      for (String b : ids) {
        if (!a.equals(b)) {
          all.add(new String[] {a, b});
        }
      }
    }
    pairs = all.toArray(String[][]::new);
  }

  List<String> ids() {
    return ids;
  }

  long nowMillis() {
    return nowMillis;
  }

  SimulatedNode node(String id) {
    return nodes.get(id);
  }

  void trace(String line) {
    if (verbose) {
      System.out.println(nowMillis + " " + line);
    }
    trace.add(nowMillis + " " + line);
    if (trace.size() > TRACE_LINES_MAX) {
      trace.pollFirst();
    }
  }

  AssertionError failure(String what) {
    return new AssertionError("seed " + seed + " " + options + " at " + nowMillis + " ms: " + what + "\n  "
        + String.join("\n  ", trace) + "\n" + standing());
  }

  String standing() {
    StringBuilder out = new StringBuilder();
    for (int v = 0; v < options.vnodes(); v++) {
      out.append("vnode ").append(v).append(' ').append(placement.owners(v));
      for (String owner : placement.owners(v)) {
        SimulatedNode n = node(owner);
        if (n.up) {
          VnodeReplica r = n.shard.replicas[v];
          out.append(' ').append(owner).append('=').append(r.service).append(r.ready ? "" : "(late)").append(r.clock)
              .append(" held by ").append(r.leaseHolder).append(';');
        } else {
          out.append(' ').append(owner).append("=down;");
        }
      }
      out.append('\n');
    }
    return out.toString();
  }

  // ---------------------------------------------------------------- nodes

  void startAll(boolean mayGrantAtOnce) {
    for (String id : ids) {
      start(id, true, mayGrantAtOnce);
    }
  }

  long freshActor() {
    return ++actors;
  }

  void start(String id, boolean newActor, boolean mayGrantAtOnce) {
    SimulatedNode n = node(id);
    n.start(network, newActor || n.actor == 0 ? ++actors : n.actor, mayGrantAtOnce);
    trace("start " + id + " as " + Long.toHexString(n.actor));
    for (String[] pair : pairs) {
      if ((pair[0].equals(id) || pair[1].equals(id)) && Boolean.TRUE.equals(blocked.get(pair[0] + pair[1]))) {
        network.cutOneWay(pair[0], pair[1]);
      }
    }
  }

  /** A process ends. {@code refused}: its host lives on and refuses connections, otherwise there is silence. */
  void crash(String id, boolean refused, boolean tailLost) {
    SimulatedNode n = node(id);
    long keep = n.log.written();
    if (tailLost && n.log.written() > n.log.synced()) {
      keep = n.log.synced() + (long) (chance.nextDouble() * (n.log.written() - n.log.synced() + 1));
    }
    trace("crash " + id + (refused ? " refused" : " silent") + (tailLost ? " losing its tail" : ""));
    n.up = false;
    n.log = n.log.crash(keep);
    if (refused) {
      network.detach(id);
    }
  }

  void pause(String id) {
    trace("pause " + id);
    node(id).pause();
  }

  void resume(String id) {
    if (node(id).paused) {
      trace("resume " + id);
      node(id).resume();
    }
  }

  /**
   * Makes some rows of a node unreadable, if another owner has all of them: what nobody else has cannot come back. In
   * one vnode only one owner's disk is damaged at a time.
   */
  void damage(SimulatedNode n) {
    int v = chance.nextInt(options.vnodes());
    for (int tries = 0; tries < 8 && (!placement.isOwner(n.id, v) || !othersHaveAll(n, v)); tries++) {
      v = chance.nextInt(options.vnodes());
    }
    boolean everywhere = chance.nextInt(6) == 0;
    for (int i = 0; i < options.vnodes(); i++) {
      if (placement.isOwner(n.id, i) && (everywhere || i == v) && !othersHaveAll(n, i)) {
        return;
      }
    }
    byte[][] rows = n.shard.keyspace().rangeOf(v);
    byte[] from = chance.nextInt(4) == 0 ? rows[0] : n.log.rows().someKey(rows[0], rows[1], chance);
    byte[] to = chance.nextInt(4) == 0 || from == null ? rows[1] : n.log.rows().someKey(from, rows[1], chance);
    if (chance.nextInt(8) == 0) {
      from = new byte[] {(byte) 0x80}; // the deadlines, the vnodes' records
      to = chance.nextBoolean() ? null : new byte[] {(byte) (0x80 + chance.nextInt(0x80))};
    }
    if (everywhere) {
      from = null;
      to = null;
    }
    if ((everywhere || from != null && from[0] == (byte) 0x80 && to == null) && n.shard.hints.store.vnodes().stream()
        .anyMatch(hinted -> n.shard.hints.of(hinted).blind() > 0)) {
      return; // nobody else may have them
    }
    if ((everywhere || placement.isOwner(n.id, v) && from != null)
        && n.log.rows().damage(from, to == null || from == null ? to : Arrays.copyOf(to, to.length + 1), ++damages, chance)) {
      trace("damage " + damages + " on " + n.id + (everywhere ? " everywhere" : " in vnode " + v));
    }
  }

  /** Whether what the node knows of all its vnodes is with others too. */
  boolean othersHaveAll(SimulatedNode n) {
    for (int v = 0; v < options.vnodes(); v++) {
      if (placement.isOwner(n.id, v) && !othersHaveAll(n, v)) {
        return false;
      }
    }
    return true;
  }

  private boolean othersHaveAll(SimulatedNode n, int v) {
    byte[][] rows = n.shard.keyspace().rangeOf(v);
    boolean all = false;
    for (String owner : placement.owners(v)) {
      SimulatedNode other = node(owner);
      if (other != n) {
        if (!other.up || other.paused || other.log.rows().damaged(rows[0], rows[1]) || other.shard.replicas[v].damage != null) {
          return false;
        }
        if (other.shard.replicas[v].ready && other.shard.replicas[v].clock.covers(n.shard.replicas[v].clock)) {
          other.log.endTurn();
          other.log.sync();
          all = true;
        }
      }
    }
    return all;
  }

  // ---------------------------------------------------------------- network

  /** Frames of this direction wait or, if {@code loud}, the connection is broken and stays so. */
  void block(String from, String to, boolean loud) {
    blocked.put(from + to, loud);
    if (loud) {
      network.cutOneWay(from, to);
    }
  }

  void unblock(String from, String to) {
    Boolean loud = blocked.remove(from + to);
    if (loud != null && loud && node(from).up && node(to).up) {
      network.heal(from, to);
    }
  }

  void partition(List<String> side, boolean loud) {
    trace("partition " + side + (loud ? " loud" : " silent"));
    for (String[] pair : pairs) {
      if (side.contains(pair[0]) != side.contains(pair[1])) {
        block(pair[0], pair[1], loud);
      }
    }
  }

  void healNetwork() {
    trace("heal the network");
    for (String[] pair : pairs) {
      unblock(pair[0], pair[1]);
    }
    for (String[] pair : pairs) {
      if (node(pair[0]).up && node(pair[1]).up) {
        network.heal(pair[0], pair[1]);
      }
    }
  }

  /** Breaks a connection both ways; it is there again after a while, if nothing is in its way. */
  void flap(String a, String b, long millis) {
    trace("flap " + a + "-" + b);
    network.cut(a, b);
    in(millis, () -> {
      if (node(a).up && node(b).up && !blocked.containsKey(a + b) && !blocked.containsKey(b + a)) {
        network.heal(a, b);
      }
    });
  }

  // ---------------------------------------------------------------- time

  void in(long millis, Runnable event) {
    later.add(new Later(nowMillis + millis, laterCount++, event));
  }

  void run(long millis) {
    for (long end = nowMillis + millis; nowMillis < end; ) {
      step();
    }
  }

  void step() {
    nowMillis += STEP_MILLIS;
    while (!later.isEmpty() && later.peek().atMillis() <= nowMillis) {
      later.poll().event().run();
    }
    deliver();
    int n = 0;
    for (SimulatedNode node : nodes.values()) {
      if (node.up && !node.paused) {
        if ((nowMillis + 2 * n++) % TICK_MILLIS == 0) {
          node.tick();
        }
        if (options.syncsFirst() && chance.nextInt(4) == 0) {
          node.sync();
        }
      }
    }
    noTwoServeAlone();
  }

  private void deliver() {
    int offset = pairs.length == 0 ? 0 : chance.nextInt(pairs.length);
    for (int i = 0; i < pairs.length; i++) {
      String[] pair = pairs[(i + offset) % pairs.length];
      if (!node(pair[0]).up || !node(pair[1]).up || node(pair[1]).paused || blocked.containsKey(pair[0] + pair[1])) {
        continue;
      }
      while (network.inFlight(pair[0], pair[1]) > 0 && chance.nextInt(1000) < framesAtOncePermille) {
        network.deliver(pair[0], pair[1]);
      }
    }
  }

  void seen(String to, String from, Object message) {
    watch.accept(message);
    if (verbose && !(message instanceof Message.Ready)) {
      System.out.println(nowMillis + "   " + from + " > " + to + " " + text(message));
    }
  }

  private static String text(Object message) {
    if (message instanceof Message.Ship m) {
      Bundle b = Bundle.read(m.bundle(), 0);
      return "Ship v" + b.vnode() + " " + Long.toHexString(b.actor()) + ":" + b.seq() + " deps " + b.deps();
    }
    if (message instanceof Message.Clocks m) {
      return "Clocks " + Arrays.toString(m.vnodes()) + Arrays.toString(m.clocks());
    }
    return message.toString();
  }

  // ---------------------------------------------------------------- what must always hold

  private void noTwoServeAlone() {
    for (int v = 0; v < options.vnodes(); v++) {
      String alone = null;
      for (String owner : placement.owners(v)) {
        if (servesAlone(node(owner), v)) {
          if (alone != null) {
            throw failure(alone + " and " + owner + " both serve vnode " + v + " alone");
          }
          alone = owner;
        }
      }
    }
  }

  static boolean servesAlone(SimulatedNode n, int vnode) {
    if (!n.up) {
      return false;
    }
    VnodeReplica r = n.shard.replicas[vnode];
    return r != null && r.service == VnodeReplica.Service.EXCLUSIVE && n.nanos() < r.exclusiveUntilNanos;
  }

  private void witness(String node, byte[] record) {
    if (record[0] == Shard.RECORD_BUNDLE || record[0] == Shard.RECORD_HINT) {
      int at = record[0] == Shard.RECORD_BUNDLE ? Shard.RECORD_HEADER_BYTES : Hints.RECORD_BUNDLE_AT;
      Bundle b = Bundle.read(record, at);
      int hash = Arrays.hashCode(Arrays.copyOfRange(record, at, record.length));
      logged.add(node + "/" + b.vnode() + "/" + b.actor() + "/" + b.seq());
      Integer known = bundles.putIfAbsent(b.vnode() + "/" + b.actor() + "/" + b.seq(), hash);
      if (known != null && known != hash) {
        throw failure(node + " has another bundle under " + Long.toHexString(b.actor()) + ":" + b.seq());
      }
    }
  }

  /** A reply leaves: the fallbacks that counted as copies have the bundle in their logs. */
  void copiesAreThere(int vnode, long actor, Hold hold) {
    List<String> fallbacks = placement.preferenceList(vnode).fallbacks();
    for (int place = 0; place < fallbacks.size(); place++) {
      if (hold.keptBy(place) && !logged.contains(fallbacks.get(place) + "/" + vnode + "/" + actor + "/" + hold.seq)) {
        throw failure(fallbacks.get(place) + " acknowledged a hint of vnode " + vnode + " and has not logged it");
      }
    }
  }

  /** The node that serves the vnode alone, or null. */
  SimulatedNode primary(int vnode) {
    for (String owner : placement.owners(vnode)) {
      if (servesAlone(node(owner), vnode)) {
        return node(owner);
      }
    }
    return null;
  }

  boolean allServed() {
    for (int v = 0; v < options.vnodes(); v++) {
      if (primary(v) == null) {
        return false;
      }
    }
    return true;
  }

  /** Runs until all vnodes are served; returns how long that took. */
  long untilServed(long limitMillis) {
    long start = nowMillis;
    while (!allServed()) {
      if (nowMillis - start > limitMillis) {
        throw failure("not all vnodes are served after " + limitMillis + " ms");
      }
      step();
    }
    return nowMillis - start;
  }

  List<String> someIds(int count) {
    List<String> shuffled = new ArrayList<>(ids);
    Collections.shuffle(shuffled, chance);
    return shuffled.subList(0, count);
  }
}
