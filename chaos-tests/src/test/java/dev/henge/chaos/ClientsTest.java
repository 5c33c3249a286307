package dev.henge.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.KeyScanCursor;
import io.lettuce.core.LettuceFutures;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.ScanCursor;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.api.sync.RedisClusterCommands;
import io.lettuce.core.protocol.ProtocolVersion;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.AbstractPipeline;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.RedisClusterClient;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.Response;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.params.ScanParams;
import redis.clients.jedis.params.SetParams;
import redis.clients.jedis.resps.ScanResult;

/** The clients that people have, as they come, against three processes. */
@Timeout(90)
class ClientsTest {

  private static final int KEYS = 300;

  private static RingProcesses ring;

  @BeforeAll
  static void start() {
    ring = RingProcesses.start("clients", RingProcesses.Plan.of(3));
  }

  @AfterAll
  static void stop() {
    if (ring != null) {
      ring.close();
    }
  }

  @BeforeEach
  void empty() throws Exception {
    try (var client = ring.client(0)) {
      client.call("FLUSHALL");
    }
  }

  private static String[] keys() {
    return IntStream.range(0, KEYS).mapToObj(i -> "key:" + i).toArray(String[]::new);
  }

  private static String[] keysAndValues() {
    return Arrays.stream(keys()).flatMap(key -> List.of(key, "of " + key).stream()).toArray(String[]::new);
  }

  private static List<String> values() {
    return Arrays.stream(keys()).map(key -> "of " + key).toList();
  }

  // ---------------------------------------------------------------- Jedis

  private static DefaultJedisClientConfig config(RedisProtocol protocol) {
    return DefaultJedisClientConfig.builder().protocol(protocol).timeoutMillis(15_000).clientName("jedis-test").build();
  }

  @ParameterizedTest
  @EnumSource(value = RedisProtocol.class, names = {"RESP2", "RESP3"})
  void jedisWithoutCluster(RedisProtocol protocol) {
    for (int node = 0; node < ring.size(); node++) {
      try (RedisClient jedis = RedisClient.builder().hostAndPort(RingProcesses.HOST, ring.port(node))
          .clientConfig(config(protocol)).build()) {
        jedisTypes(jedis, "plain:" + node + ":");
        jedisPipeline(jedis.pipelined(), node);
        assertEquals("OK", jedis.mset(keysAndValues()));
        assertEquals(values(), jedis.mget(keys()));
        assertEquals(new HashSet<>(List.of(keys())), jedisScan(jedis));
        assertEquals(KEYS, jedis.exists(keys()));
        assertEquals(KEYS, jedis.del(keys()));
        assertEquals(0, jedis.exists(keys()));
        jedis.flushAll();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(value = RedisProtocol.class, names = {"RESP2", "RESP3"})
  void jedisWithCluster(RedisProtocol protocol) {
    Set<HostAndPort> seeds = Set.of(new HostAndPort(RingProcesses.HOST, ring.port(1)));
    try (RedisClusterClient jedis = RedisClusterClient.builder().nodes(seeds).clientConfig(config(protocol)).build()) {
      assertEquals(3, jedis.getClusterNodes().size(), "the other nodes are found");
      jedisTypes(jedis, "cluster:");
      jedisPipeline(jedis.pipelined(), 0);
      jedis.refreshClusterTopology();
      assertEquals(3, jedis.getClusterNodes().size());
      for (String key : keys()) {
        jedis.set(key, "of " + key);
      }
      for (String key : keys()) {
        assertEquals("of " + key, jedis.get(key));
      }
    }
  }

  private static void jedisTypes(UnifiedJedis jedis, String prefix) {
    String k = prefix;
    assertEquals("OK", jedis.set(k + "s", "v", SetParams.setParams().px(100_000)));
    assertEquals("v", jedis.get(k + "s"));
    assertTrue(jedis.pttl(k + "s") > 0);
    assertNull(jedis.get(k + "none"));
    assertEquals(5, jedis.incrBy(k + "n", 5));
    assertEquals(1.5, jedis.incrByFloat(k + "f", 1.5));
    assertEquals(2, jedis.hset(k + "h", Map.of("a", "1", "b", "2")));
    assertEquals(Map.of("a", "1", "b", "2"), jedis.hgetAll(k + "h"));
    assertEquals(3, jedis.sadd(k + "set", "x", "y", "z"));
    assertEquals(Set.of("x", "y", "z"), jedis.smembers(k + "set"));
    assertTrue(jedis.sismember(k + "set", "x"));
    assertEquals(2, jedis.zadd(k + "z", Map.of("m", 1.5, "n", 2.0)));
    assertEquals(2.5, jedis.zincrby(k + "z", 1, "m"));
    assertEquals(List.of("n", "m"), jedis.zrange(k + "z", 0, -1));
    assertEquals(2.5, jedis.zrangeWithScores(k + "z", 0, -1).get(1).getScore());
    assertEquals(1L, jedis.zrank(k + "z", "m"));
    assertEquals("zset", jedis.type(k + "z"));
    byte[] binary = {0, 13, 10, (byte) 200, (byte) 255};
    byte[] key = (k + "bin").getBytes(java.nio.charset.StandardCharsets.UTF_8);
    jedis.set(key, binary);
    assertTrue(Arrays.equals(binary, jedis.get(key)));
  }

  private static void jedisPipeline(AbstractPipeline pipeline, int node) {
    List<Response<Long>> replies = new ArrayList<>();
    try (pipeline) {
      for (int i = 0; i < 1_000; i++) {
        replies.add(pipeline.incr("pipelined:" + node + ":" + i % 100));
      }
      pipeline.sync();
    }
    for (int i = 0; i < replies.size(); i++) {
      assertEquals(i / 100 + 1, replies.get(i).get(), "in order, once each");
    }
  }

  private static Set<String> jedisScan(UnifiedJedis jedis) {
    Set<String> found = new HashSet<>();
    String cursor = ScanParams.SCAN_POINTER_START;
    do {
      ScanResult<String> page = jedis.scan(cursor, new ScanParams().match("key:*").count(50));
      found.addAll(page.getResult());
      cursor = page.getCursor();
    } while (!cursor.equals(ScanParams.SCAN_POINTER_START));
    return found;
  }

  // ---------------------------------------------------------------- Lettuce

  @ParameterizedTest
  @EnumSource(value = ProtocolVersion.class, names = {"RESP2", "RESP3"})
  void lettuceWithoutCluster(ProtocolVersion protocol) {
    for (int node = 0; node < ring.size(); node++) {
      io.lettuce.core.RedisClient client = io.lettuce.core.RedisClient.create(uri(node));
      client.setOptions(ClientOptions.builder().protocolVersion(protocol).build());
      try (var connection = client.connect()) {
        lettuceTypes(connection.sync(), "plain:" + node + ":");
        var async = connection.async();
        List<io.lettuce.core.RedisFuture<Long>> futures = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
          futures.add(async.incr("pipelined:" + node));
        }
        assertTrue(LettuceFutures.awaitAll(
            Duration.ofSeconds(15), futures.toArray(new io.lettuce.core.RedisFuture<?>[0])));
        for (int i = 0; i < futures.size(); i++) {
          assertEquals(i + 1, futures.get(i).toCompletableFuture().join());
        }
        for (String key : keys()) {
          connection.sync().set(key, "of " + key);
        }
        assertEquals(values(), lettuceMget(connection.sync()));
        assertEquals(new HashSet<>(List.of(keys())), lettuceScan(connection.sync()));
        assertEquals(KEYS, connection.sync().del(keys()));
      } finally {
        client.shutdown(0, 5, TimeUnit.SECONDS);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(value = ProtocolVersion.class, names = {"RESP2", "RESP3"})
  void lettuceWithCluster(ProtocolVersion protocol) {
    io.lettuce.core.cluster.RedisClusterClient client =
        io.lettuce.core.cluster.RedisClusterClient.create(uri(2));
    client.setOptions(ClusterClientOptions.builder().protocolVersion(protocol).build());
    try (var connection = client.connect()) {
      assertEquals(3, client.getPartitions().size(), "the other nodes are found");
      assertEquals(16_384, client.getPartitions().stream().mapToInt(p -> p.getSlots().size()).sum());
      lettuceTypes(connection.sync(), "cluster:");
      for (String key : keys()) {
        connection.sync().set(key, "of " + key);
      }
      assertEquals(values(), lettuceMget(connection.sync()));
      client.refreshPartitions();
      assertEquals(3, client.getPartitions().size());
      assertEquals(KEYS, connection.sync().del(keys()));
    } finally {
      client.shutdown(0, 5, TimeUnit.SECONDS);
    }
  }

  private static RedisURI uri(int node) {
    return RedisURI.builder().withHost(RingProcesses.HOST).withPort(ring.port(node)).withTimeout(Duration.ofSeconds(15))
        .build();
  }

  private static void lettuceTypes(RedisClusterCommands<String, String> redis, String prefix) {
    String k = prefix;
    assertEquals("OK", redis.set(k + "s", "v"));
    assertEquals("v", redis.get(k + "s"));
    assertTrue(redis.expire(k + "s", 100));
    assertTrue(redis.ttl(k + "s") > 0);
    assertNull(redis.get(k + "none"));
    assertEquals(5, redis.incrby(k + "n", 5));
    assertEquals(2, redis.hset(k + "h", Map.of("a", "1", "b", "2")));
    assertEquals(Map.of("a", "1", "b", "2"), redis.hgetall(k + "h"));
    assertEquals(3, redis.sadd(k + "set", "x", "y", "z"));
    assertEquals(Set.of("x", "y", "z"), redis.smembers(k + "set"));
    assertEquals(1, redis.zadd(k + "z", 1.5, "m"));
    assertEquals(2.5, redis.zincrby(k + "z", 1, "m"));
    assertEquals(2.5, redis.zrangeWithScores(k + "z", 0, -1).get(0).getScore());
    assertEquals(List.of("m"), redis.zrange(k + "z", 0, -1));
  }

  private static List<String> lettuceMget(RedisClusterCommands<String, String> redis) {
    return redis.mget(keys()).stream().map(io.lettuce.core.KeyValue::getValue).toList();
  }

  private static Set<String> lettuceScan(RedisClusterCommands<String, String> redis) {
    Set<String> found = new HashSet<>();
    KeyScanCursor<String> page = redis.scan(ScanArgs.Builder.matches("key:*").limit(50));
    found.addAll(page.getKeys());
    while (!page.isFinished()) {
      page = redis.scan(ScanCursor.of(page.getCursor()), ScanArgs.Builder.matches("key:*").limit(50));
      found.addAll(page.getKeys());
    }
    return found;
  }

  // ---------------------------------------------------------------- redis-tools

  private static String run(String tool, String... words) throws Exception {
    boolean installed = Arrays.stream(System.getenv().getOrDefault("PATH", "").split(java.io.File.pathSeparator))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, tool)));
    Assumptions.assumeTrue(installed, tool + " is not installed");
    List<String> command = new ArrayList<>(List.of(tool, "-h", RingProcesses.HOST, "-p", "" + ring.port(0)));
    command.addAll(List.of(words));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes());
    assertEquals(0, process.waitFor(), out);
    return out;
  }

  @Test
  void redisCli() throws Exception {
    assertEquals("OK\n", run("redis-cli", "SET", "k", "v w"));
    assertEquals("v w\n", run("redis-cli", "GET", "k"));
    assertEquals("v w\n", run("redis-cli", "-c", "-3", "GET", "k"));
    assertTrue(run("redis-cli", "INFO", "server").contains("redis_version:7"));
    assertTrue(run("redis-cli", "--scan", "--pattern", "k*").contains("k\n"));
    assertTrue(run("redis-cli", "CLUSTER", "NODES").lines().count() >= 3);
  }

  @Test
  void redisBenchmark() throws Exception {
    for (String pipeline : new String[] {"1", "16"}) {
      String out = run("redis-benchmark", "-n", "3000", "-c", "20", "-P", pipeline, "-r", "1000", "-q", "-t",
          "ping,set,get,incr,sadd,hset,zadd,mset");
      assertFalse(out.contains("Error"), out);
      assertTrue(out.contains("SET") && out.contains("MSET"), out);
    }
    String cluster = run("redis-benchmark", "--cluster", "-n", "3000", "-c", "20", "-q", "-t", "set,get");
    assertFalse(cluster.contains("Error"), cluster);
  }
}
