package dev.henge.chaos.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.chaos.Await;
import dev.henge.node.RespClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Servers that are not Henge run in images that are made of this machine's programs, and are broken there alike. */
@Timeout(240)
class RedisInContainersTest {

  private static final Duration SETTLED_MAX = Duration.ofSeconds(90);
  private static final String KEY = "k";

  private static Cluster start(Target target, String name) throws IOException {
    Backends.require(DockerCluster.impossible());
    return DockerCluster.start(target, 3, Path.of("target", "chaos", name));
  }

  private static void settle(Cluster cluster) throws IOException {
    cluster.mend();
    Await.until(SETTLED_MAX, "all is mended", () -> cluster.target().unsettled(cluster));
  }

  private static String ask(Cluster cluster, int node, String... words) throws IOException {
    try (RespClient client = new RespClient(cluster.address(node).getHostString(), Target.CLIENT_PORT, 10_000)) {
      return String.valueOf(client.call(words));
    }
  }

  @Test
  void sentinelsMakeAnotherMasterWhenOneIsPausedOrKilled() throws IOException {
    try (Cluster cluster = start(new RedisReplicated(1_000, 0), "redis-docker")) {
      Target target = cluster.target();
      int first = target.primary(cluster, KEY);
      assertEquals("OK", ask(cluster, first, "SET", KEY, "1"));
      cluster.pause(first);
      assertEquals(-1, target.writer(cluster, first, KEY), "the paused host's Sentinel answers");
      Await.until(SETTLED_MAX, "another master", () -> another(cluster, first));
      settle(cluster);
      int second = target.primary(cluster, KEY);
      assertNotEquals(first, second);
      cluster.kill(second);
      Await.until(SETTLED_MAX, "another master", () -> another(cluster, second));
      settle(cluster);
      assertEquals("1", ask(cluster, target.primary(cluster, KEY), "GET", KEY));
      assertTrue(Files.readString(cluster.log(second)).contains("Ready to accept connections"));
    }
  }

  private static String another(Cluster cluster, int than) {
    int now = cluster.target().primary(cluster, KEY);
    return now >= 0 && now != than ? null : "it is host " + now;
  }

  @Test
  void aClusterComesBackWithItsSlotsAndDataAfterAllWereKilled() throws IOException {
    try (Cluster cluster = start(new RedisCluster(2_000, 0), "redis-cluster-docker")) {
      int primary = cluster.target().primary(cluster, KEY);
      assertEquals("OK", ask(cluster, primary, "SET", KEY, "1"));
      // An append-only file that is synced every second outlives the process, though not the machine.
      cluster.killAll();
      for (int i = 0; i < cluster.size(); i++) {
        assertTrue(!cluster.isAlive(i), "host " + i + " lives");
      }
      settle(cluster);
      assertEquals(primary, cluster.target().primary(cluster, KEY));
      assertEquals("1", ask(cluster, primary, "GET", KEY));
    }
  }
}
