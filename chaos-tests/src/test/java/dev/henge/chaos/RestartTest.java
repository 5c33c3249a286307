package dev.henge.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.node.RespClient;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A ring that is stopped and started again is the ring that it was. */
@Timeout(240)
class RestartTest {

  private static final long DEADLINE_MILLIS = 4_000_000_000_000L;

  private static Properties identity(RingProcesses ring, int node) throws IOException {
    Properties identity = new Properties();
    try (Reader in = Files.newBufferedReader(ring.dir(node).resolve("identity"))) {
      identity.load(in);
    }
    return identity;
  }

  @Test
  void keepsDataTypesDeadlinesAndDatabasesAcrossAStop() throws Exception {
    try (RingProcesses ring = RingProcesses.start("restart", RingProcesses.Plan.of(3))) {
      write(ring);
      List<Object> before = read(ring, 0);
      List<String> actors = actors(ring);
      for (int node = 0; node < ring.size(); node++) {
        assertEquals(0, ring.stop(node), ring.log(node));
        assertEquals("yes", identity(ring, node).getProperty("clean"), ring.log(node));
      }
      for (int node = 0; node < ring.size(); node++) {
        ring.restart(node);
      }
      ring.awaitCaughtUp();
      assertEquals(actors, actors(ring), "a clean stop keeps the actor");
      for (int node = 0; node < ring.size(); node++) {
        assertEquals(before, read(ring, node));
      }
      ring.killAll();
      for (int node = 0; node < ring.size(); node++) {
        ring.restart(node);
      }
      ring.awaitCaughtUp();
      for (int node = 0; node < ring.size(); node++) {
        assertTrue(!actors.get(node).equals(actors(ring).get(node)), "after a kill node " + node + " has a new actor");
        assertEquals(before, read(ring, node));
      }
    }
  }

  private static List<String> actors(RingProcesses ring) throws IOException {
    return List.of(identity(ring, 0).getProperty("actor"), identity(ring, 1).getProperty("actor"),
        identity(ring, 2).getProperty("actor"));
  }

  private static void write(RingProcesses ring) throws IOException {
    try (RespClient client = ring.client(0)) {
      for (int db : new int[] {0, 5}) {
        client.call("SELECT", Integer.toString(db));
        for (int i = 0; i < 200; i++) {
          client.call("SET", "string:" + i, db + ":" + i);
        }
        client.call("SET", "large", "x".repeat(100_000 + db));
        client.call("SET", "deadline", "v", "PXAT", Long.toString(DEADLINE_MILLIS + db));
        client.call("SET", "short", "v", "PX", "1");
        for (int i = 0; i < 10; i++) {
          client.call("INCRBY", "counter", "5");
          client.call("HSET", "hash", "field:" + i, "v" + i);
          client.call("SADD", "set", "member:" + i);
          client.call("ZADD", "sorted", Integer.toString(i), "member:" + i);
        }
        client.call("HINCRBY", "hash", "count", "7");
        client.call("PEXPIREAT", "hash", Long.toString(DEADLINE_MILLIS));
        client.call("SET", "gone", "v");
        client.call("DEL", "gone");
        client.call("ZREM", "sorted", "member:3");
      }
    }
  }

  private static List<Object> read(RingProcesses ring, int node) throws IOException {
    List<Object> seen = new java.util.ArrayList<>();
    try (RespClient client = ring.client(node)) {
      for (int db : new int[] {0, 5, 1}) {
        client.call("SELECT", Integer.toString(db));
        Await.until(java.time.Duration.ofSeconds(10), "the short deadline passes", () ->
            client.call("GET", "short") == null ? null : "still there");
        for (int i = 0; i < 200; i++) {
          seen.add(String.valueOf(client.call("GET", "string:" + i)));
        }
        for (String key : List.of("large", "deadline", "counter", "gone")) {
          seen.add(key + "=" + client.call("GET", key) + " " + client.call("PEXPIRETIME", key));
        }
        for (String key : List.of("large", "hash", "set", "sorted", "gone")) {
          seen.add(String.valueOf(client.call("TYPE", key)));
        }
        seen.add(client.call("PEXPIRETIME", "hash"));
        seen.add(sorted(client.call("HGETALL", "hash")));
        seen.add(sorted(client.call("SMEMBERS", "set")));
        seen.add(client.call("ZRANGE", "sorted", "0", "-1", "WITHSCORES"));
        seen.add(client.call("ZRANK", "sorted", "member:4"));
        seen.add(sorted(client.call("KEYS", "*")));
      }
    }
    return seen;
  }

  private static Object sorted(Object list) {
    return ((List<?>) list).stream().map(String::valueOf).sorted().toList();
  }
}
