package dev.henge.chaos.cluster;

import dev.henge.chaos.Await;
import dev.henge.node.RespClient;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Redis with one master, replicas of it on all other hosts, and on every host a Sentinel: these watch the master, and
 * make another of a replica when most of them have not heard of it for a while.
 *
 * <p>A host's Sentinel ends and pauses with its server.
 */
public final class RedisReplicated implements Target {

  public static final int SENTINEL_PORT = 26379;

  /** By which the Sentinels know the master. */
  public static final String MASTER_NAME = "chaos";

  private static final Duration READY_MAX = Duration.ofSeconds(60);

  private final int downAfterMillis;
  private final int waitsFor;

  /**
   * @param downAfterMillis without an answer after which a Sentinel takes a server for down
   * @param waitsFor of how many replicas a client asks by WAIT after each write that they have it; 0 for none
   */
  public RedisReplicated(int downAfterMillis, int waitsFor) {
    this.downAfterMillis = downAfterMillis;
    this.waitsFor = waitsFor;
  }

  @Override
  public String name() {
    return "redis";
  }

  @Override
  public int waitsFor() {
    return waitsFor;
  }

  @Override
  public List<String> programs() {
    return RedisServer.PROGRAMS;
  }

  @Override
  public Launch launch(int node, Surroundings surroundings) {
    String dir = surroundings.dir();
    String first = surroundings.address(0);
    int hosts = surroundings.addresses().size();
    String settings = RedisServer.settings(dir) + (node == 0 ? "" : "replicaof " + first + " " + CLIENT_PORT + "\n");
    String sentinel = """
        bind 0.0.0.0
        protected-mode no
        port %d
        dir %s
        sentinel monitor %s %s %d %d
        """.formatted(SENTINEL_PORT, dir, MASTER_NAME, first, CLIENT_PORT, hosts / 2 + 1)
        + "sentinel down-after-milliseconds " + MASTER_NAME + " " + downAfterMillis + "\n"
        + "sentinel failover-timeout " + MASTER_NAME + " " + 3 * downAfterMillis + "\n"
        + "sentinel parallel-syncs " + MASTER_NAME + " " + hosts + "\n";
    // A Sentinel that has lost its server gets a SIGKILL: host and server die together.
    return RedisServer.launch(RedisServer.unlessThere(dir + "/redis.conf", settings)
        + RedisServer.unlessThere(dir + "/sentinel.conf", sentinel)
        + "setpriv --pdeathsig KILL redis-server " + dir + "/sentinel.conf --sentinel &\n"
        + "exec redis-server " + dir + "/redis.conf\n");
  }

  @Override
  public void form(Cluster cluster) {
    Await.until(READY_MAX, "Redis and its Sentinels are ready", () -> unsettled(cluster));
  }

  /** As the Sentinel of a host has it, whom a client with a Sentinel at hand asks. */
  @Override
  public int writer(Cluster cluster, int through, String key) {
    try (RespClient sentinel = RedisServer.client(cluster, through, SENTINEL_PORT)) {
      List<?> address = (List<?>) sentinel.call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", MASTER_NAME);
      return address == null ? -1 : SlotMap.host(cluster, String.valueOf(address.get(0)));
    } catch (IOException e) {
      return -1;
    }
  }

  /** The master that most Sentinels tell of. */
  @Override
  public int primary(Cluster cluster, String key) {
    return SlotMap.mostSay(cluster, i -> writer(cluster, i, key));
  }

  @Override
  public Map<String, String> facts(Cluster cluster) {
    Map<String, String> facts = RedisServer.facts(cluster);
    facts.put("made of", "a master, " + (cluster.size() - 1) + " replicas, " + cluster.size() + " Sentinels");
    facts.put("down-after-milliseconds", Integer.toString(downAfterMillis));
    facts.put("WAIT after each write", waitsFor == 0 ? "none" : "for " + waitsFor);
    return facts;
  }

  /** All Sentinels know each other and one master, and all other servers are its replicas and have what it has. */
  @Override
  public String unsettled(Cluster cluster) {
    try {
      int master = writer(cluster, 0, "");
      if (master < 0) {
        return "the Sentinel of host 0 tells of no master";
      }
      for (int i = 0; i < cluster.size(); i++) {
        int other = writer(cluster, i, "");
        if (other != master) {
          return "the Sentinel of host " + i + " takes host " + other + " for the master, that of host 0 takes " + master;
        }
        String doubt = watched(cluster, i);
        if (doubt != null) {
          return "the Sentinel of host " + i + " " + doubt;
        }
      }
      return outOfStep(cluster, master);
    } catch (IOException e) {
      return e.getMessage();
    }
  }

  private static String watched(Cluster cluster, int node) throws IOException {
    try (RespClient sentinel = RedisServer.client(cluster, node, SENTINEL_PORT)) {
      Map<String, String> known = RedisServer.map(sentinel.call("SENTINEL", "MASTER", MASTER_NAME));
      String others = Integer.toString(cluster.size() - 1);
      if (!others.equals(known.get("num-slaves")) || !others.equals(known.get("num-other-sentinels"))) {
        return "knows of " + known.get("num-slaves") + " replicas and " + known.get("num-other-sentinels") + " Sentinels";
      }
      return "master".equals(known.get("flags")) ? null : "has the master as " + known.get("flags");
    }
  }

  private static String outOfStep(Cluster cluster, int master) throws IOException {
    Map<String, String> first = RedisServer.fields(cluster, master, "INFO", "replication");
    if (!"master".equals(first.get("role"))) {
      return "host " + master + " is to be the master and is a " + first.get("role");
    }
    long offset = Long.parseLong(first.get("master_repl_offset"));
    for (int i = 0; i < cluster.size(); i++) {
      Map<String, String> info = RedisServer.fields(cluster, i, "INFO", "replication");
      if (i == master) {
        continue;
      }
      if (!"slave".equals(info.get("role")) || !"up".equals(info.get("master_link_status"))
          || SlotMap.host(cluster, info.get("master_host")) != master) {
        return "host " + i + " is a " + info.get("role") + " of " + info.get("master_host") + ", link "
            + info.get("master_link_status");
      }
      if (Long.parseLong(info.get("slave_repl_offset")) < offset) {
        return "host " + i + " has " + info.get("slave_repl_offset") + " bytes of " + offset;
      }
    }
    return null;
  }
}
