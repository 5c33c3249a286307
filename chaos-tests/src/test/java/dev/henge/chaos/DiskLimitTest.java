package dev.henge.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.node.RespClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;

/** A node at its limit says so, to whom it must and to nobody else, and takes writes again once there is room. */
@Timeout(150)
class DiskLimitTest {

  private static final long SEED = 20261121;
  private static final int HOT = 1_000;
  private static final int SLOTS = 16_384;
  private static final String OOM = "OOM command not allowed when used memory > 'maxmemory'.";

  /** One request that makes sense for every command that may need room; a new such command needs a line here. */
  private static final List<String> NEED_ROOM = List.of(
      "APPEND s x", "COPY s s2", "DECR n", "DECRBY n 2", "GETSET s x", "HINCRBY h n 1", "HINCRBYFLOAT h n 1.5",
      "HMSET h f v", "HSET h f v", "HSETNX h f v", "INCR n", "INCRBY n 2", "INCRBYFLOAT n 1.5",
      "LINSERT l BEFORE a b", "LMOVE l l2 LEFT RIGHT", "LPUSH l b", "LPUSHX l b", "LSET l 0 b", "MSET s x t y",
      "MSETNX u x v y", "PSETEX s 10000 x", "RPOPLPUSH l l2", "RPUSH l b", "RPUSHX l b", "SADD set m", "SDIFFSTORE d set set2", "SET s x", "SETEX s 100 x",
      "SETNX u x", "SETRANGE s 1 x", "SINTERSTORE d set set2", "SUNIONSTORE d set set2", "ZADD z 1 m",
      "ZDIFFSTORE d 1 z", "ZINCRBY z 1 m", "ZINTERSTORE d 2 z z2", "ZRANGESTORE d z 0 -1", "ZUNIONSTORE d 2 z z2");

  private static String reply(RespClient client, String... words) throws IOException {
    try {
      return String.valueOf(client.call(words));
    } catch (RespClient.ErrorReply e) {
      return e.getMessage();
    }
  }

  private static String line(RespClient client, String line) throws IOException {
    return reply(client, line.split(" "));
  }

  /** The commands that are there for clients, by name in upper case. */
  private static Map<String, List<?>> commands(RespClient client) throws IOException {
    Map<String, List<?>> found = new TreeMap<>();
    for (Object row : (List<?>) client.call("COMMAND")) {
      List<?> columns = (List<?>) row;
      String name = String.valueOf(columns.get(0)).toUpperCase(Locale.ROOT);
      if (!name.startsWith("HENGE.")) {
        found.put(name, columns);
      }
    }
    return found;
  }

  private static boolean needsRoom(List<?> command) {
    return ((List<?>) command.get(2)).contains("denyoom");
  }

  private static String[] anything(String name, int arity) {
    String[] words = new String[Math.max(2, Math.abs(arity))];
    Arrays.fill(words, "1");
    words[0] = name;
    return words;
  }

  @Test
  void whatMayNeedRoomIsRefusedAndNothingElse() throws Exception {
    try (RingProcesses ring = RingProcesses.start("limit-commands", RingProcesses.Plan.of(1));
        RespClient client = ring.client(0)) {
      Map<String, List<?>> commands = commands(client);
      List<String> flagged = commands.keySet().stream().filter(name -> needsRoom(commands.get(name))).toList();
      assertEquals(flagged, NEED_ROOM.stream().map(line -> line.split(" ")[0]).toList());
      List<String> setUp = List.of("SET s 1", "SET n 1", "HSET h f v", "SADD set a b", "ZADD z 1 a 2 b", "SET t 1", "RPUSH l a");
      for (String line : setUp) {
        assertFalse(line(client, line).startsWith("OOM"), line);
      }
      assertEquals("OK", line(client, "CONFIG SET maxmemory 1"));
      for (String line : NEED_ROOM) {
        assertEquals(OOM, line(client, line), line);
      }
      assertEquals(List.of("0", "0"), List.of(line(client, "EXISTS u v d s2"), line(client, "EXISTS set2 z2")));
      for (String name : commands.keySet()) {
        List<?> row = commands.get(name);
        boolean ofKeys = (Long) row.get(3) != 0;
        if (ofKeys && !needsRoom(row)) {
          String reply = reply(client, anything(name, ((Long) row.get(1)).intValue()));
          assertFalse(reply.startsWith("OOM"), name + ": " + reply);
        }
      }
      assertEquals("1", line(client, "EXPIRE s 1000"));
      assertEquals("1", line(client, "GET s"));
      assertEquals("1", line(client, "HDEL h f"));
      assertEquals("OK", line(client, "RENAME s moved"));
      assertEquals(OOM, line(client, "MSET a 1 b 2 c 3 d 4"));
      assertEquals("0", line(client, "EXISTS a b c d"));
      assertEquals("OK", line(client, "CONFIG SET maxmemory 0"));
      assertEquals("OK", line(client, "MSET a 1 b 2 c 3 d 4"));
    }
  }

  @Test
  void aDeleteMakesRoomAgain() throws Exception {
    RingProcesses.Plan plan = RingProcesses.Plan.of(1).heap("128m").with("memtable-bytes", "4mb")
        .with("maxmemory", "24mb");
    try (RingProcesses ring = RingProcesses.start("limit-delete", plan); RespClient client = ring.client(0)) {
      for (int round = 0; round < 3; round++) {
        int written = fill(client, "k" + round + ":");
        assertTrue(written > 2_400 && written < 2_520, "round " + round + " took " + written + " of 10,000 bytes");
        assertEquals("PONG", line(client, "PING"));
        for (int i = 0; i < written; i += 100) {
          List<String> words = new ArrayList<>(List.of("DEL"));
          for (int n = i; n < i + 100 && n < written; n++) {
            words.add("k" + round + ":" + n);
          }
          assertEquals(Integer.toString(words.size() - 1), reply(client, words.toArray(String[]::new)));
        }
        assertEquals("0", line(client, "DBSIZE"));
      }
      Map<String, String> info = client.fields("INFO", "everything");
      assertEquals("24.00M", info.get("maxmemory_human"));
      assertEquals("0", info.get("evicted_keys"));
      assertTrue(Long.parseLong(info.get("used_memory")) < 2 << 20, info.get("used_memory"));
      assertTrue(Long.parseLong(info.get("total_eviction_exceeded_time")) >= 0);
      assertTrue(fill(client, "again:") > 2_400);
      String used = client.fields("INFO", "memory").get("used_memory");
      ring.kill(0);
      ring.restart(0);
      ring.awaitCaughtUp();
      try (RespClient after = ring.client(0)) {
        assertEquals(used, after.fields("INFO", "memory").get("used_memory"), "counted anew from the log");
        assertEquals(OOM, line(after, "SET more x"));
      }
    }
  }

  /** Writes until there is no room; returns how many values were taken. */
  private static int fill(RespClient client, String prefix) throws IOException {
    String value = "x".repeat(10_000);
    for (int i = 0; i < 10_000; i++) {
      String reply = reply(client, "SET", prefix + i, value);
      if (!reply.equals("OK")) {
        assertEquals(OOM, reply);
        return i;
      }
    }
    throw new AssertionError("never full");
  }

  @Test
  void aCacheNeverSeesAnErrorAndStaysWithinItsLimit() throws Exception {
    long limit = 64L << 20;
    long bytes = 5 * limit;
    RingProcesses.Plan plan = RingProcesses.Plan.of(1).heap("128m").with("memtable-bytes", "8mb")
        .with("maxmemory", "64mb").with("maxmemory-policy", "allkeys-lru").with("log-retain-bytes", "8mb");
    SplittableRandom random = new SplittableRandom(SEED);
    try (RingProcesses ring = RingProcesses.start("limit-cache", plan);
        Jedis jedis = Connections.open(ring, 0, 30_000); RespClient client = ring.client(0)) {
      for (int i = 0; i < HOT; i++) {
        assertEquals("OK", jedis.set(("hot:" + i).getBytes(StandardCharsets.US_ASCII), new byte[1_000]));
      }
      int keys = 0;
      long startNanos = System.nanoTime();
      for (long written = 0; written < bytes; ) {
        Pipeline pipeline = jedis.pipelined();
        List<Response<String>> replies = new ArrayList<>();
        for (int i = 0; i < 32; i++) {
          byte[] value = new byte[500 + random.nextInt(9_500)];
          random.nextBytes(value);
          written += value.length;
          replies.add(pipeline.set(("cache:" + keys++).getBytes(StandardCharsets.US_ASCII), value));
          pipeline.get("hot:" + random.nextInt(HOT));
        }
        pipeline.sync();
        replies.forEach(reply -> assertEquals("OK", reply.get()));
      }
      long millis = (System.nanoTime() - startNanos) / 1_000_000;
      int hot = 0;
      for (int i = 0; i < HOT; i++) {
        hot += jedis.exists("hot:" + i) ? 1 : 0;
      }
      Map<String, String> info = client.fields("INFO", "everything");
      System.out.println("cache: " + keys + " values written in " + millis + " ms, evicted " + info.get("evicted_keys")
          + ", hot left " + hot + " of " + HOT + ", files " + info.get("henge_file_bytes") + ", used "
          + info.get("used_memory"));
      assertTrue(hot >= HOT * 0.95, hot + " of " + HOT + " hot keys are left, seed " + SEED);
      Await.until(Duration.ofSeconds(5), "within the limit", () -> {
        long used = Long.parseLong(client.fields("INFO", "memory").get("used_memory"));
        return used <= limit && used > limit * 0.9 ? null : "used " + used;
      });
      Await.until(Duration.ofSeconds(30), "the files shrink to one and a half of the limit", () -> {
        long onDisk = bytesOf(ring.dir(0), ".*\\.(htab|hidx|hval)");
        return onDisk <= limit * 3 / 2 ? null : onDisk + " bytes on disk, " + client.fields("INFO", "everything");
      });
    }
  }

  private static long bytesOf(Path dir, String names) throws IOException {
    try (Stream<Path> files = Files.walk(dir)) {
      return files.filter(file -> file.getFileName().toString().matches(names))
          .mapToLong(file -> file.toFile().length()).sum();
    }
  }

  @Test
  void everyOwnerAgreesOnWhatWasEvicted() throws Exception {
    RingProcesses.Plan plan = RingProcesses.Plan.of(3).with("maxmemory", "8mb")
        .with("maxmemory-policy", "allkeys-random");
    try (RingProcesses ring = RingProcesses.start("limit-owners", plan)) {
      int keys = 4_000;
      try (Jedis jedis = Connections.open(ring, 0, 30_000)) {
        byte[] value = new byte[4_000];
        for (int i = 0; i < keys; i++) {
          assertEquals("OK", jedis.set(("key:" + i).getBytes(StandardCharsets.US_ASCII), value));
        }
      }
      Await.until(Duration.ofSeconds(20), "all nodes are below the limit", () -> {
        for (int node = 0; node < 3; node++) {
          try (RespClient client = ring.client(node)) {
            long used = Long.parseLong(client.fields("INFO", "memory").get("used_memory"));
            if (used > 8 << 20) {
              return "node " + node + " has " + used;
            }
          }
        }
        return null;
      });
      Set<String> left = new TreeSet<>();
      long evicted = 0;
      for (int node = 0; node < 3; node++) {
        try (RespClient client = ring.client(node)) {
          evicted += Long.parseLong(client.fields("INFO", "stats").get("evicted_keys"));
          Set<String> seen = new TreeSet<>();
          ((List<?>) client.call("KEYS", "*")).forEach(key -> seen.add(String.valueOf(key)));
          assertEquals((long) seen.size(), client.call("DBSIZE"), "node " + node);
          assertTrue(node == 0 || left.equals(seen), "node " + node + " knows of other keys than the others");
          left.addAll(seen);
        }
      }
      assertTrue(left.size() > 500 && left.size() < 2_200, left.size() + " are left");
      assertEquals(keys, left.size() + evicted);
      for (int node = 0; node < 3; node++) {
        int owner = node;
        Await.until(Duration.ofSeconds(20), "node " + node + " has what all say", () -> {
          Set<String> own = ownKeys(ring, owner);
          return own.equals(left) ? null : own.size() + " keys of its own, and " + left.size() + " are left";
        });
      }
    }
  }

  /** The keys in a node's own rows, whoever serves them. */
  private static Set<String> ownKeys(RingProcesses ring, int node) throws IOException {
    Set<String> own = new TreeSet<>();
    try (RespClient client = ring.client(node)) {
      ByteArrayOutputStream requests = new ByteArrayOutputStream();
      for (int slot = 0; slot < SLOTS; slot++) {
        requests.writeBytes(RespClient.encode("CLUSTER", "GETKEYSINSLOT", Integer.toString(slot), "1000"));
        if (slot % 1_024 == 1_023) {
          client.send(requests.toByteArray());
          requests.reset();
          for (int n = 0; n < 1_024; n++) {
            ((List<?>) client.read()).forEach(key -> own.add(String.valueOf(key)));
          }
        }
      }
    }
    return own;
  }

  @Test
  void everyNodePassesTheRefusalOnAndNoPartOfACommandIsDone() throws Exception {
    try (RingProcesses ring = RingProcesses.start("limit-ring", RingProcesses.Plan.of(3))) {
      List<RespClient> clients = new ArrayList<>(List.of(ring.client(0), ring.client(1), ring.client(2)));
      for (int i = 0; i < 100; i++) {
        assertEquals("OK", reply(clients.get(0), "SET", "old" + i, "v"));
      }
      // Node 0 may hold much; the others are full.
      assertEquals("OK", line(clients.get(0), "CONFIG SET maxmemory 1gb"));
      assertEquals("OK", line(clients.get(1), "CONFIG SET maxmemory 1"));
      assertEquals("OK", line(clients.get(2), "CONFIG SET maxmemory 1"));
      Await.until(Duration.ofSeconds(10), "node 0 refuses some and takes some", () -> {
        int refused = 0;
        for (int i = 0; i < 100; i++) {
          String reply = reply(clients.get(0), "SET", "new" + i, "v");
          refused += reply.equals(OOM) ? 1 : 0;
          if (!reply.equals(OOM) && !reply.equals("OK")) {
            return reply;
          }
        }
        return refused > 30 && refused < 95 ? null : refused + " refused";
      });
      for (int n = 0; n < 20; n++) {
        String[] words = new String[1 + 2 * 12];
        words[0] = "MSET";
        for (int i = 0; i < 12; i++) {
          words[1 + 2 * i] = "m" + n + ":" + i;
          words[2 + 2 * i] = "v";
        }
        assertEquals(OOM, reply(clients.get(0), words));
        String[] exists = new String[13];
        exists[0] = "EXISTS";
        for (int i = 0; i < 12; i++) {
          exists[1 + i] = "m" + n + ":" + i;
        }
        assertEquals("0", reply(clients.get(2), exists), "a part of a refused MSET is done");
      }
      assertEquals("100", String.valueOf(clients.get(1).call(
          Stream.concat(Stream.of("DEL"), IntStream.range(0, 100).mapToObj(i -> "old" + i)).toArray(String[]::new))));
      for (RespClient client : clients) {
        client.close();
      }
    }
  }
}
