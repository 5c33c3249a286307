package dev.henge.chaos.cluster;

import dev.henge.chaos.Await;
import dev.henge.chaos.NodeJvm;
import dev.henge.chaos.RingOperator;
import dev.henge.node.RespClient;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** Henge itself: one ring of all hosts. */
public final class Henge implements Target {

  private static final Duration READY_MAX = Duration.ofSeconds(90);
  private static final String FILE = "henge.conf";
  private static final int CLIENT_TIMEOUT_MILLIS = 5_000;

  private final String heap;
  private final Map<String, String> settings;
  private final List<String> jvmFlags;
  private final List<String> main;
  private final int spares;
  private final Set<String> past = ConcurrentHashMap.newKeySet();

  /**
   * @param heap of a node, such as 256m
   * @param settings of every node, beside those that make them a ring
   */
  public Henge(String heap, Map<String, String> settings, List<String> jvmFlags) {
    this(heap, settings, jvmFlags, NodeJvm.MAIN);
  }

  /**
   * @param main the class of the program, and the words before the node's own; only where a server is a process of
   * this machine, since an image has its own
   */
  public Henge(String heap, Map<String, String> settings, List<String> jvmFlags, List<String> main) {
    this(heap, settings, jvmFlags, main, 0);
  }

  private Henge(String heap, Map<String, String> settings, List<String> jvmFlags, List<String> main, int spares) {
    this.main = List.copyOf(main);
    this.spares = spares;
    this.heap = heap;
    this.settings = Map.copyOf(settings);
    this.jvmFlags = List.copyOf(jvmFlags);
  }

  /** The same, where the last so many hosts are beside the ring at first. */
  public Henge spares(int count) {
    return new Henge(heap, settings, jvmFlags, main, count);
  }

  @Override
  public String name() {
    return "henge";
  }

  @Override
  public Launch launch(int node, Surroundings surroundings) {
    List<String> program = NodeJvm.command(heap, jvmFlags, main);
    program.add("node");
    Map<String, String> all = new LinkedHashMap<>();
    all.put("dir", surroundings.dir() + "/node");
    all.put("host", "0.0.0.0");
    all.put("announce-host", surroundings.address(node));
    all.put("port", Integer.toString(CLIENT_PORT));
    all.put("bootstrap-nodes", Integer.toString(surroundings.addresses().size() - spares));
    all.put("seeds", surroundings.addresses().stream().map(address -> address + ":" + CLIENT_PORT)
        .collect(Collectors.joining(",")));
    all.putAll(settings);
    List<String> arguments = new ArrayList<>(List.of("--config", surroundings.dir() + "/" + FILE));
    all.forEach((name, value) -> arguments.addAll(List.of("--set", name + "=" + value)));
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("HENGE_HEAP", heap);
    if (!jvmFlags.isEmpty()) {
      environment.put("HENGE_JAVA_OPTS", String.join(" ", jvmFlags));
    }
    return new Launch(program, arguments, environment);
  }

  /** Who is beside the ring, or has lost all it knew, joins it; others have formed it. */
  @Override
  public Map<String, String> files(int node, int hosts, boolean wiped) {
    return Map.of(FILE, "join = " + (wiped || node >= hosts - spares ? "yes" : "no") + "\n");
  }

  @Override
  public void seat(Cluster cluster, boolean withSpares, Set<Integer> out, long patienceMillis) throws IOException {
    int seats = withSpares ? cluster.size() : cluster.size() - spares;
    new Seats(cluster, past).become(host -> host < seats && !out.contains(host), patienceMillis);
  }

  @Override
  public void replaced(Cluster cluster, int node) {
    new Seats(cluster, past).replace(node);
  }

  @Override
  public void form(Cluster cluster) {
    Await.until(READY_MAX, "the ring is ready", () -> {
      for (int i = 0; i < cluster.size(); i++) {
        if (!cluster.isAlive(i)) {
          throw new AssertionError("node " + i + " has ended: see " + cluster.log(i));
        }
      }
      return unsettled(cluster);
    });
  }

  @Override
  public int writer(Cluster cluster, int through, String key) {
    return through;
  }

  /** The acting primary of the key's vnode, as most nodes have it. */
  @Override
  public int primary(Cluster cluster, String key) {
    return SlotMap.mostSay(cluster, key);
  }

  @Override
  public Map<String, String> facts(Cluster cluster) {
    Map<String, String> facts = new LinkedHashMap<>();
    for (int i = 0; i < cluster.size() && facts.isEmpty(); i++) {
      try (RespClient client = new RespClient(cluster.address(i).getHostString(), CLIENT_PORT, CLIENT_TIMEOUT_MILLIS)) {
        Map<String, String> server = client.fields("INFO", "server");
        facts.put("version", "Henge " + server.get("henge_version") + " on Java " + server.get("java_version"));
      } catch (IOException e) {
        // another one will tell
      }
    }
    facts.put("heap", heap);
    settings.forEach(facts::put);
    return facts;
  }

  /**
   * Every node is up, all see one ring, nothing is left to move, every vnode has one executor, and no owner lacks anything that others have.
   * Under load some owner always does.
   */
  @Override
  public String unsettled(Cluster cluster) {
    return lacking(cluster, List.of("henge_vnodes_degraded", "hints_held", "henge_owners_lack_writes"));
  }

  @Override
  public String unsettledAtWork(Cluster cluster) {
    return lacking(cluster, List.of("henge_vnodes_degraded", "hints_held"));
  }

  private static String lacking(Cluster cluster, List<String> figures) {
    String fingerprint = null;
    long exclusive = 0;
    long all = 0;
    for (int i = 0; i < cluster.size(); i++) {
      try (RespClient client = new RespClient(cluster.address(i).getHostString(), CLIENT_PORT, CLIENT_TIMEOUT_MILLIS)) {
        Map<String, String> info = client.fields("CLUSTER", "INFO");
        String shown = info.get("henge_ring_fingerprint");
        if (!"ok".equals(info.get("cluster_state"))) {
          return "node " + i + " shows the state " + info.get("cluster_state");
        }
        if (shown == null || fingerprint != null && !fingerprint.equals(shown)) {
          return "node " + i + " has the ring " + shown + ", another " + fingerprint;
        }
        fingerprint = shown;
        String moving = new RingOperator(cluster.address(i)).moving();
        if (moving != null) {
          return moving;
        }
        Map<String, String> vnodes = client.fields("INFO", "everything");
        String owned = vnodes.get("henge_vnodes_owned");
        if (owned == null || !owned.equals(vnodes.get("henge_vnodes_ready"))) {
          return "node " + i + " has caught up with " + vnodes.get("henge_vnodes_ready") + " of " + owned + " vnodes";
        }
        for (String lack : figures) {
          if (!"0".equals(vnodes.get(lack))) {
            return "node " + i + " has " + lack + " " + vnodes.get(lack);
          }
        }
        exclusive += Long.parseLong(vnodes.get("henge_vnodes_exclusive"));
        all = Long.parseLong(vnodes.get("vnodes"));
      } catch (IOException e) {
        return "node " + i + ": " + e.getMessage();
      }
    }
    return exclusive == all ? null : exclusive + " of " + all + " vnodes have an executor";
  }
}
