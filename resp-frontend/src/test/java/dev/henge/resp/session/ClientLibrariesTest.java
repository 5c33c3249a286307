package dev.henge.resp.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.ring.placement.HashSlot;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.models.partitions.ClusterPartitionParser;
import io.lettuce.core.cluster.models.partitions.Partitions;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisCluster;
import redis.clients.jedis.resps.ClusterShardInfo;
import redis.clients.jedis.resps.ClusterShardNodeInfo;

/**
 * Jedis and Lettuce as they are, on a ring of three nodes: what they make of HELLO, CLUSTER and CLIENT. JedisCluster is
 * deprecated, and what most code uses.
 */
@SuppressWarnings("deprecation")
class ClientLibrariesTest {

  private static final int NODES = 3;

  private final List<ServerSocketBench> servers = new ArrayList<>();
  private FakeNodeView view;

  @BeforeEach
  void start() throws IOException {
    for (int i = 0; i < NODES; i++) {
      servers.add(new ServerSocketBench());
    }
    List<Integer> ports = servers.stream().map(ServerSocketBench::port).toList();
    for (int i = 0; i < NODES; i++) {
      servers.get(i).serve(FakeNodeView.on(ports, i));
    }
    view = FakeNodeView.on(ports, 0);
  }

  @AfterEach
  void stop() throws IOException {
    for (ServerSocketBench server : servers) {
      server.close();
    }
  }

  private int port() {
    return servers.get(0).port();
  }

  /** The port of the node that serves the slot, by the placement. */
  private int servingPort(int slot) {
    String primary = view.placement().owners(slot / 16).get(0);
    return servers.get(Integer.parseInt(primary.substring("node-".length()))).port();
  }

  /** Errors that clients got, but for MAINT_NOTIFICATIONS, which Lettuce tries on and Redis 7.0 has not either. */
  private List<String> errors() {
    return servers.stream().flatMap(server -> server.errors.stream())
        .filter(error -> !error.contains("MAINT_NOTIFICATIONS")).toList();
  }

  @Test
  void jedisPlain() {
    try (Jedis jedis = new Jedis("127.0.0.1", port())) {
      assertEquals("PONG", jedis.ping());
      assertEquals("OK", jedis.select(3));
      assertEquals("OK", jedis.clientSetname("j"));
      assertTrue(jedis.clientInfo().contains(" name=j "), jedis.clientInfo());
      assertTrue(jedis.info().contains("redis_version:7.0.15"));
      assertEquals(Map.of("maxmemory", "0"), jedis.configGet("maxmemory"));
      assertEquals(ClusterMap.redisId("node-0"), jedis.clusterMyId());
      assertTrue(jedis.clusterInfo().contains("cluster_state:ok"));
      Map<Integer, Integer> told = new HashMap<>();
      for (ClusterShardInfo shard : jedis.clusterShards()) {
        ClusterShardNodeInfo master = shard.getNodes().get(0);
        assertEquals("master", master.getRole());
        assertEquals("online", master.getHealth());
        shard.getSlots().forEach(range -> {
          for (long slot = range.get(0); slot <= range.get(1); slot++) {
            told.put((int) slot, Math.toIntExact(master.getPort()));
          }
        });
      }
      for (int slot = 0; slot < HashSlot.COUNT; slot++) {
        assertEquals(servingPort(slot), told.get(slot), "slot " + slot);
      }
    }
    assertEquals(List.of(), errors());
  }

  @Test
  void jedisCluster() {
    try (JedisCluster jedis = new JedisCluster(Set.of(new HostAndPort("127.0.0.1", port())))) {
      assertEquals(NODES, jedis.getClusterNodes().size());
      for (int slot = 0; slot < HashSlot.COUNT; slot += 16) {
        try (var connection = jedis.getConnectionFromSlot(slot)) {
          assertTrue(connection.toString().contains(":" + servingPort(slot)), slot + " by " + connection);
          assertTrue(connection.ping());
        }
      }
    }
    assertEquals(List.of(), errors());
  }

  @Test
  void lettucePlain() {
    RedisClient client = RedisClient.create(RedisURI.create("127.0.0.1", port()));
    try (var connection = client.connect()) {
      assertEquals("PONG", connection.sync().ping());
      assertEquals("OK", connection.sync().select(2));
      assertTrue(connection.sync().clientList().contains("lib-name=Lettuce"), connection.sync().clientList());
      assertTrue(connection.sync().clientList().contains("resp=3"), connection.sync().clientList());
    } finally {
      client.shutdown(Duration.ZERO, Duration.ZERO);
    }
    assertEquals(List.of(), errors());
  }

  @Test
  void lettuceCluster() {
    RedisClusterClient client = RedisClusterClient.create(RedisURI.create("127.0.0.1", port()));
    try (var connection = client.connect()) {
      placedByPlacement(client.getPartitions());
      assertEquals("PONG", connection.sync().ping());
      assertEquals(view.placement().vnodes(), view.vnodesServed());
    } finally {
      client.shutdown(Duration.ZERO, Duration.ZERO);
    }
    assertEquals(List.of(), errors());
  }

  @Test
  void redisBenchmark() throws Exception {
    for (String mode : List.of("-q", "--cluster")) {
      Process process;
      try {
        process = new ProcessBuilder("redis-benchmark", "-p", Integer.toString(port()), "-t", "ping", "-n", "300", "-c",
            "3", mode).redirectErrorStream(true).start();
      } catch (IOException e) {
        Assumptions.abort("no redis-benchmark");
        return;
      }
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      assertEquals(0, process.waitFor(), said);
      assertTrue(said.contains("PING_MBULK") && !said.contains("WARN"), said);
      assertTrue(mode.equals("-q") || said.contains("Cluster has " + NODES + " master nodes"), said);
    }
    assertEquals(List.of(), errors());
  }

  @Test
  void lettucesParserOfNodes() {
    placedByPlacement(ClusterPartitionParser.parse(new ServerBench(view).text("CLUSTER", "NODES")));
  }

  private void placedByPlacement(Partitions partitions) {
    assertEquals(NODES, partitions.size());
    for (int slot = 0; slot < HashSlot.COUNT; slot++) {
      RedisClusterNode node = partitions.getPartitionBySlot(slot);
      assertEquals(servingPort(slot), node.getUri().getPort(), "slot " + slot);
      assertTrue(node.isConnected() && node.is(RedisClusterNode.NodeFlag.MASTER), node.toString());
    }
  }
}
