package dev.henge.chaos.cluster;

import dev.henge.chaos.Await;
import dev.henge.node.RespClient;
import dev.henge.ring.placement.HashSlot;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Redis Cluster: masters that have the slots between them, three or, from six hosts on, half of the hosts; and on the
 * hosts that are left a replica of one of the masters, by turns.
 *
 * <p>A server that has lost its disk is a stranger to it, as it is to those who run one: nothing takes it back.
 */
public final class RedisCluster implements Target {

  private static final Duration READY_MAX = Duration.ofSeconds(60);
  private static final int MASTERS_MIN = 3;

  /** What a master sends its replicas though nobody writes. */
  private static final long PING_BYTES_MAX = 64;

  private final int nodeTimeoutMillis;
  private final int waitsFor;

  /**
   * @param nodeTimeoutMillis without an answer after which a server takes another for down
   * @param waitsFor of how many replicas a client asks by WAIT after each write that they have it; 0 for none
   */
  public RedisCluster(int nodeTimeoutMillis, int waitsFor) {
    this.nodeTimeoutMillis = nodeTimeoutMillis;
    this.waitsFor = waitsFor;
  }

  @Override
  public String name() {
    return "redis-cluster";
  }

  @Override
  public int waitsFor() {
    return waitsFor;
  }

  private static int masters(int hosts) {
    return Math.min(hosts, Math.max(MASTERS_MIN, hosts / 2));
  }

  @Override
  public List<String> programs() {
    return RedisServer.PROGRAMS;
  }

  @Override
  public Launch launch(int node, Surroundings surroundings) {
    String dir = surroundings.dir();
    String settings = RedisServer.settings(dir) + """
        cluster-enabled yes
        cluster-config-file nodes.conf
        cluster-node-timeout %d
        """.formatted(nodeTimeoutMillis);
    return RedisServer.launch(RedisServer.unlessThere(dir + "/redis.conf", settings)
        + "exec redis-server " + dir + "/redis.conf\n");
  }

  /** What {@code redis-cli --cluster create} does, but that it is known beforehand who gets what. */
  @Override
  public void form(Cluster cluster) throws IOException {
    int masters = masters(cluster.size());
    Await.until(READY_MAX, "the servers answer", () -> answering(cluster));
    for (int i = 0; i < cluster.size(); i++) {
      call(cluster, i, "CLUSTER", "SET-CONFIG-EPOCH", Integer.toString(i + 1));
      if (i < masters) {
        call(cluster, i, "CLUSTER", "ADDSLOTSRANGE", Integer.toString(HashSlot.COUNT * i / masters),
            Integer.toString(HashSlot.COUNT * (i + 1) / masters - 1));
      }
      if (i > 0) {
        call(cluster, i, "CLUSTER", "MEET", cluster.address(0).getHostString(), Integer.toString(CLIENT_PORT));
      }
    }
    for (int i = masters; i < cluster.size(); i++) {
      int replica = i;
      String master = String.valueOf(call(cluster, (i - masters) % masters, "CLUSTER", "MYID"));
      // Only once it has heard of its master.
      Await.until(READY_MAX, "host " + i + " is a replica", () -> {
        try {
          return String.valueOf(call(cluster, replica, "CLUSTER", "REPLICATE", master)).equals("OK") ? null : "not yet";
        } catch (RespClient.ErrorReply e) {
          return e.getMessage();
        }
      });
    }
    Await.until(READY_MAX, "the cluster is ready", () -> unsettled(cluster));
  }

  private static String answering(Cluster cluster) {
    try {
      for (int i = 0; i < cluster.size(); i++) {
        call(cluster, i, "PING");
      }
      return null;
    } catch (IOException e) {
      return e.getMessage();
    }
  }

  private static Object call(Cluster cluster, int node, String... words) throws IOException {
    try (RespClient client = RedisServer.client(cluster, node, CLIENT_PORT)) {
      return client.call(words);
    }
  }

  /** As the server of a host has it: what a client with a map of slots learns there. */
  @Override
  public int writer(Cluster cluster, int through, String key) {
    return SlotMap.told(cluster, through, key);
  }

  @Override
  public int primary(Cluster cluster, String key) {
    return SlotMap.mostSay(cluster, key);
  }

  @Override
  public Map<String, String> facts(Cluster cluster) {
    Map<String, String> facts = RedisServer.facts(cluster);
    int masters = masters(cluster.size());
    facts.put("made of", masters + " masters, " + (cluster.size() - masters) + " replicas");
    facts.put("cluster-node-timeout", Integer.toString(nodeTimeoutMillis));
    facts.put("WAIT after each write", waitsFor == 0 ? "none" : "for " + waitsFor);
    return facts;
  }

  /** All slots are served by all servers' word, as many masters as at first have them, and replicas have what they have. */
  @Override
  public String unsettled(Cluster cluster) {
    int masters = 0;
    try {
      String slots = null;
      for (int i = 0; i < cluster.size(); i++) {
        Map<String, String> info = RedisServer.fields(cluster, i, "CLUSTER", "INFO");
        if (!"ok".equals(info.get("cluster_state")) || !Integer.toString(HashSlot.COUNT).equals(info.get("cluster_slots_ok"))
            || !Integer.toString(cluster.size()).equals(info.get("cluster_known_nodes"))) {
          return "host " + i + " has the state " + info.get("cluster_state") + ", " + info.get("cluster_slots_ok")
              + " slots, " + info.get("cluster_known_nodes") + " nodes";
        }
        String owners = owners(cluster, i);
        if (slots != null && !slots.equals(owners)) {
          return "host " + i + " has other owners of slots than host 0";
        }
        slots = owners;
        Map<String, String> replication = RedisServer.fields(cluster, i, "INFO", "replication");
        if ("master".equals(replication.get("role"))) {
          masters++;
        } else {
          String behind = behind(cluster, replication);
          if (behind != null) {
            return "host " + i + " " + behind;
          }
        }
      }
    } catch (IOException e) {
      return e.getMessage();
    }
    return masters == masters(cluster.size()) ? null : "there are " + masters + " masters";
  }

  private static String owners(Cluster cluster, int node) throws IOException {
    StringBuilder owners = new StringBuilder();
    for (Object range : (List<?>) call(cluster, node, "CLUSTER", "SLOTS")) {
      List<?> parts = (List<?>) range;
      owners.append(parts.get(0)).append('-').append(parts.get(1)).append(' ').append(parts.get(2)).append('\n');
    }
    return owners.toString().lines().sorted().reduce("", (a, b) -> a + b + "\n");
  }

  private static String behind(Cluster cluster, Map<String, String> replica) throws IOException {
    int master = SlotMap.host(cluster, replica.get("master_host"));
    if (master < 0 || !"up".equals(replica.get("master_link_status"))) {
      return "replicates " + replica.get("master_host") + ", link " + replica.get("master_link_status");
    }
    // The replica was asked first.
    long all = Long.parseLong(RedisServer.fields(cluster, master, "INFO", "replication").get("master_repl_offset"));
    long has = Long.parseLong(replica.get("slave_repl_offset"));
    return has >= all - PING_BYTES_MAX ? null : "has " + has + " bytes of " + all;
  }
}
