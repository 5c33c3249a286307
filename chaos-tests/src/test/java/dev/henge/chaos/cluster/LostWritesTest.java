package dev.henge.chaos.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.chaos.Await;
import dev.henge.node.RespClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The harness finds what is known to be so: Redis, with Sentinels or as a cluster, loses writes that it has
 * acknowledged when a master is cut off from the others and clients still reach it. Henge does not, under the same.
 */
@Timeout(240)
class LostWritesTest {

  private static final long PAUSE_NANOS = 2_000_000;
  private static final int KEYS = 12;
  private static final long ASK_AGAIN_NANOS = 1_000_000_000;
  private static final Duration CUT = Duration.ofMillis(Long.getLong("henge.lost.cutMillis", 12_000));

  /** For how many replicas clients of Redis WAIT; who asks for figures of that is not told that nothing was lost. */
  private static final int WAITS = Integer.getInteger("henge.lost.wait", 0);

  private static final Duration BEFORE = Duration.ofSeconds(3);
  private static final Duration SETTLED_MAX = Duration.ofSeconds(90);

  @BeforeAll
  static void namespaces() {
    Backends.require(NetnsCluster.impossible());
    Backends.requireProgram("redis-server");
  }

  /** What came of the script. */
  private record Found(long acknowledged, long lost, long refused) {}

  /**
   * A client near one host, which adds members and remembers those that were acknowledged. Every second, as if told by
   * a Sentinel, and whenever it is refused or cut off, it asks there who takes its writes.
   */
  private static final class Writer extends Thread {
    private final Cluster cluster;
    private final int near;
    private final List<String> acknowledged = new ArrayList<>();
    private long refused;
    private volatile boolean enough;

    Writer(Cluster cluster, int near) {
      super("writer-" + near);
      this.cluster = cluster;
      this.near = near;
    }

    @Override
    public void run() {
      RespClient[] clients = new RespClient[cluster.size()];
      int[] hosts = new int[KEYS];
      long askNanos = System.nanoTime();
      for (int i = 0; !enough; i++) {
        int key = i % KEYS;
        if (System.nanoTime() - askNanos >= 0) {
          Arrays.fill(hosts, -1);
          askNanos = System.nanoTime() + ASK_AGAIN_NANOS;
        }
        try {
          if (hosts[key] < 0) {
            hosts[key] = cluster.target().writer(cluster, near, "s" + key);
          }
          if (hosts[key] >= 0) {
            add(clients, hosts[key], key, "s" + key + " " + near + "-" + i);
          }
        } catch (RespClient.ErrorReply e) {
          refused++;
          hosts[key] = -1;
        } catch (IOException e) {
          clients[hosts[key]] = null;
          hosts[key] = -1;
        }
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }

    private void add(RespClient[] clients, int host, int key, String member) throws IOException {
      if (clients[host] == null) {
        clients[host] = new RespClient(cluster.address(host).getHostString(), Target.CLIENT_PORT, 1_000);
      }
      clients[host].call("SADD", "s" + key, member);
      int waits = cluster.target().waitsFor();
      if (waits == 0 || (Long) clients[host].call("WAIT", Integer.toString(waits), "1000") >= waits) {
        acknowledged.add(member);
      }
    }
  }

  /** Cuts the host that decides about the first key from all others, for a while, and looks what is left. */
  private static Found cutThePrimary(Target target, int hosts) throws IOException {
    Path dir = Path.of("target", "chaos", "lost-" + target.name() + hosts);
    Files.createDirectories(dir);
    try (Cluster cluster = NetnsCluster.start(target, hosts, dir)) {
      List<Writer> writers = new ArrayList<>();
      for (int i = 0; i < hosts; i++) {
        writers.add(new Writer(cluster, i));
      }
      writers.forEach(Thread::start);
      LockSupport.parkNanos(BEFORE.toNanos());
      int primary = target.primary(cluster, "s0");
      Set<Link> cut = new HashSet<>();
      for (int i = 0; i < hosts; i++) {
        if (i != primary) {
          cut.add(new Link(primary, i));
          cut.add(new Link(i, primary));
        }
      }
      cluster.harm(Harm.cutting(cut));
      LockSupport.parkNanos(CUT.toNanos());
      cluster.mend();
      LockSupport.parkNanos(BEFORE.toNanos());
      for (Writer writer : writers) {
        writer.enough = true;
        join(writer);
      }
      Await.until(SETTLED_MAX, "the system has settled", () -> target.unsettled(cluster));
      Found found = found(cluster, writers);
      System.out.println(target.name() + " on " + hosts + " hosts " + target.facts(cluster) + ", host " + primary
          + " cut off for " + CUT.toSeconds() + " s: " + found);
      return found;
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static Found found(Cluster cluster, List<Writer> writers) throws IOException {
    Set<String> there = new HashSet<>();
    for (int key = 0; key < KEYS; key++) {
      int host = cluster.target().primary(cluster, "s" + key);
      try (RespClient client = new RespClient(cluster.address(host).getHostString(), Target.CLIENT_PORT, 10_000)) {
        ((List<?>) client.call("SMEMBERS", "s" + key)).forEach(member -> there.add(String.valueOf(member)));
      }
    }
    long acknowledged = 0;
    long lost = 0;
    long refused = 0;
    for (Writer writer : writers) {
      acknowledged += writer.acknowledged.size();
      lost += writer.acknowledged.stream().filter(member -> !there.contains(member)).count();
      refused += writer.refused;
    }
    return new Found(acknowledged, lost, refused);
  }

  @Test
  void redisWithSentinelsLosesWhatACutOffMasterHasTaken() throws IOException {
    Found found = cutThePrimary(new RedisReplicated(2_000, WAITS), 3);
    assertTrue(found.lost() > 0 || WAITS > 0, "nothing was lost: the harness cannot see it; " + found);
  }

  @Test
  void redisClusterLosesWhatACutOffMasterHasTaken() throws IOException {
    Found found = cutThePrimary(new RedisCluster(2_000, WAITS), 6);
    assertTrue(found.lost() > 0 || WAITS > 0, "nothing was lost: the harness cannot see it; " + found);
  }

  @Test
  void hengeLosesNothing() throws IOException {
    Found found = cutThePrimary(new Henge("128m", Map.of(), List.of("-XX:TieredStopAtLevel=1")), 3);
    assertEquals(0, found.lost(), found.toString());
    assertTrue(found.acknowledged() > 1_000, found.toString());
  }
}
