package dev.henge.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.node.RespClient;
import dev.henge.node.cli.Context;
import dev.henge.node.cli.Shell;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A ring that is backed up under load, destroyed and restored; and one lost node of a ring that runs on. */
@Timeout(300)
class BackupTest {

  private static final long DEADLINE_MILLIS = 4_000_000_000_000L;
  private static final int COUNTERS = 8;

  @TempDir
  Path temp;

  private final ByteArrayOutputStream said = new ByteArrayOutputStream();

  /** Runs an operator's command in this process; returns its exit status. */
  private int henge(String... words) {
    said.reset();
    PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8);
    return Shell.run(new Context(out, out, Map.of(), null, heap -> List.of()), words);
  }

  private static String actor(Path node) throws IOException {
    Properties identity = new Properties();
    try (Reader in = Files.newBufferedReader(node.resolve("identity"))) {
      identity.load(in);
    }
    return identity.getProperty("id") + " " + identity.getProperty("actor");
  }

  private static List<Path> under(Path dir, String pattern) throws IOException {
    try (Stream<Path> entries = Files.list(dir)) {
      return entries.filter(entry -> entry.getFileName().toString().matches(pattern)).sorted().toList();
    }
  }

  // ---------------------------------------------------------------- data

  private static void write(RespClient client, int round) throws IOException {
    for (int db : new int[] {0, 3}) {
      client.call("SELECT", Integer.toString(db));
      for (int i = 0; i < 40; i++) {
        client.call("SET", "string:" + round + ":" + i, db + ":" + i);
        client.call("SET", "rewritten:" + i, "round " + round);
      }
      client.call("SET", "large:" + round, "x".repeat(50_000 + round));
      client.call("SET", "deadline:" + round, "v", "PXAT", Long.toString(DEADLINE_MILLIS + round));
      for (int i = 0; i < 60; i++) {
        client.call("HSET", "hash", "field:" + round + ":" + i % 20, "v" + i);
        client.call("SADD", "set", "member:" + round + ":" + i % 20);
        client.call("ZADD", "sorted", Double.toString(i * 1.5), "member:" + round + ":" + i);
      }
      client.call("INCRBYFLOAT", "float", "1.25");
      client.call("INCRBY", "sum", "10");
      client.call("ZINCRBY", "sorted", "0.25", "member:" + round + ":7");
      client.call("PEXPIREAT", "hash", Long.toString(DEADLINE_MILLIS + round));
      client.call("SET", "gone:" + round, "v");
      client.call("DEL", "gone:" + round, "string:" + (round - 1) + ":1");
      client.call("SREM", "set", "member:" + (round - 1) + ":3");
    }
  }

  private static List<Object> read(int port) throws IOException {
    List<Object> seen = new ArrayList<>();
    try (RespClient client = new RespClient(RingProcesses.HOST, port, 15_000)) {
      for (int db : new int[] {0, 3}) {
        client.call("SELECT", Integer.toString(db));
        for (int round = 0; round < 3; round++) {
          for (int i = 0; i < 40; i++) {
            seen.add(String.valueOf(client.call("GET", "string:" + round + ":" + i)));
            seen.add(client.call("GET", "rewritten:" + i));
          }
          for (String key : List.of("large:", "deadline:", "gone:")) {
            seen.add(key + client.call("GET", key + round) + client.call("PEXPIRETIME", key + round));
          }
        }
        for (String key : List.of("hash", "set", "sorted", "float", "sum", "large:1")) {
          seen.add(String.valueOf(client.call("TYPE", key)) + client.call("PEXPIRETIME", key));
        }
        seen.add(sorted(client.call("HGETALL", "hash")));
        seen.add(client.call("HLEN", "hash"));
        seen.add(sorted(client.call("SMEMBERS", "set")));
        seen.add(client.call("SCARD", "set"));
        seen.add(client.call("ZRANGE", "sorted", "0", "-1", "WITHSCORES"));
        seen.add(client.call("ZRANK", "sorted", "member:1:45"));
        seen.add(client.call("MGET", "float", "sum"));
        seen.add(((List<?>) client.call("KEYS", "*")).stream().map(String::valueOf)
            .filter(key -> !key.startsWith("count")).sorted().toList());
      }
    }
    return seen;
  }

  private static Object sorted(Object list) {
    return ((List<?>) list).stream().map(String::valueOf).sorted().toList();
  }

  /** Counts without end on counters of its own; what was acknowledged can be asked at any time. */
  private static final class Load implements AutoCloseable {
    private final AtomicLongArray acknowledged = new AtomicLongArray(COUNTERS);
    private final Thread thread;
    private volatile boolean stopped;
    private volatile Exception failure;

    Load(RingProcesses ring) {
      thread = new Thread(() -> run(ring), "load");
      thread.start();
    }

    private void run(RingProcesses ring) {
      try (RespClient client = ring.client(0)) {
        for (int i = 0; !stopped; i = (i + 1) % COUNTERS) {
          acknowledged.set(i, (Long) client.call("INCR", "count:" + i));
        }
      } catch (Exception e) {
        failure = e;
      }
    }

    long[] counts() {
      long[] counts = new long[COUNTERS];
      for (int i = 0; i < COUNTERS; i++) {
        counts[i] = acknowledged.get(i);
      }
      return counts;
    }

    @Override
    public void close() throws InterruptedException {
      stopped = true;
      thread.join();
      assertEquals(null, failure);
    }
  }

  // ---------------------------------------------------------------- a whole ring

  @Test
  void aRingBackedUpUnderLoadIsRestoredAsItWas() throws Exception {
    Path full = temp.resolve("full");
    Path later = temp.resolve("later");
    List<Object> atFull;
    List<Object> atLater;
    long[] before;
    long[] after;
    String name;
    try (RingProcesses ring = RingProcesses.start("backup", RingProcesses.Plan.of(3))) {
      name = "backup-" + ring.port(0);
      try (Load load = new Load(ring); RespClient client = ring.client(1)) {
        write(client, 1);
        atFull = read(ring.port(2));
        before = load.counts();
        assertEquals(0, henge("backup", "--port", "" + ring.port(1), "--ring", full.toString()), said.toString());
        after = load.counts();
        assertEquals(3, said.toString().lines().filter(line -> line.contains(" files, ")).count(), said.toString());
        assertEquals(1, henge("backup", "--port", "" + ring.port(1), "--ring", full.toString()), said.toString());
        assertTrue(said.toString().contains("is not empty"), said.toString());
        assertEquals(2, henge("check", ring.dir(0).toString()), said.toString());
        assertTrue(said.toString().contains("is in use"), said.toString());
        write(client, 2);
        atLater = read(ring.port(0));
        assertEquals(0, henge("backup", "--port", "" + ring.port(1), "--ring", "--base", full.toString(),
            later.toString()), said.toString());
        assertNotEquals(atFull, atLater);
      }
      ring.killAll();
    }
    assertShares(full, later);
    assertDamageIsRefused(full);
    assertEquals(0, henge("check", "--deep", later.toString()), said.toString());
    Path first = temp.resolve("restored").resolve("full");
    assertEquals(0, henge("restore", full.toString(), first.toString()), said.toString());
    assertTrue(said.toString().contains("--set cluster-name=" + name), said.toString());
    assertNewActors(full, first);
    try (UpProcess up = new UpProcess(first, "--set", "cluster-name=" + name)) {
      for (int node = 0; node < 3; node++) {
        assertEquals(atFull, read(up.port(node)));
      }
      assertCountsGoOn(up, before, after);
    }
    assertEquals(0, henge("check", "--deep", first.toString()), said.toString());
    flip(under(first.resolve("node-2").resolve("shard-0"), "table-.*").get(0));
    assertEquals(1, henge("check", first.toString()), said.toString());
    assertTrue(said.toString().startsWith("damaged  " + first.resolve("node-2")), said.toString());
    Path second = temp.resolve("restored").resolve("later");
    assertEquals(0, henge("restore", "--link", "--new-ring", "another", later.toString(), second.toString()),
        said.toString());
    try (UpProcess up = new UpProcess(second, "--set", "cluster-name=another")) {
      assertEquals(atLater, read(up.port(2)));
    }
  }

  private static void flip(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 4;
    Files.write(file, bytes);
  }

  private void assertDamageIsRefused(Path backup) throws IOException {
    Path node = under(backup, "[0-9a-f]+").get(1);
    Path refused = temp.resolve("refused");
    for (Path file : List.of(node.resolve("BACKUP"), node.resolve("ring"), node.resolve("shard-0").resolve("MANIFEST"))) {
      byte[] sound = Files.readAllBytes(file);
      flip(file);
      assertEquals(1, henge("restore", backup.toString(), refused.toString()), said.toString());
      assertTrue(said.toString().contains(file.toString()), said.toString());
      assertEquals(1, henge("check", backup.toString()), said.toString());
      Files.delete(file);
      assertEquals(1, henge("restore", backup.toString(), refused.toString()), said.toString());
      Files.write(file, sound);
    }
    assertFalse(Files.exists(refused));
    Path away = temp.resolve("away");
    Files.move(node, away);
    assertEquals(1, henge("restore", backup.toString(), refused.toString()), said.toString());
    assertTrue(said.toString().contains("lacks 1 of the ring's 3 nodes"), said.toString());
    Files.move(away, node);
  }

  private static void assertShares(Path full, Path later) throws IOException {
    int shared = 0;
    for (Path node : under(full, "[0-9a-f]+")) {
      for (Path file : under(node.resolve("shard-0"), "(table|values)-.*")) {
        Path again = later.resolve(node.getFileName()).resolve("shard-0").resolve(file.getFileName());
        shared += Files.exists(again) && Files.isSameFile(file, again) ? 1 : 0;
      }
    }
    assertTrue(shared >= 6, "only " + shared + " files are shared");
  }

  private static void assertNewActors(Path backup, Path restored) throws IOException {
    List<String> old = new ArrayList<>();
    for (Path node : under(backup, "[0-9a-f]+")) {
      old.add(actor(node));
    }
    assertEquals(3, old.size());
    for (Path node : under(restored, "node-\\d")) {
      String now = actor(node);
      assertFalse(old.contains(now), "the actor must be new");
      assertTrue(old.stream().anyMatch(one -> one.startsWith(now.split(" ")[0])), "the id must be the old one");
    }
  }

  private static void assertCountsGoOn(UpProcess up, long[] before, long[] after) throws IOException {
    for (int i = 0; i < COUNTERS; i++) {
      try (RespClient client = new RespClient(RingProcesses.HOST, up.port(i % 3), 15_000)) {
        long found = Long.parseLong(String.valueOf(client.call("GET", "count:" + i)));
        assertTrue(found >= before[i] && found <= after[i] + 1, before[i] + " <= " + found + " <= " + after[i]);
        for (int n = 1; n <= 5; n++) {
          assertEquals(found + n, client.call("INCR", "count:" + i));
        }
      }
    }
    try (RespClient client = new RespClient(RingProcesses.HOST, up.port(0), 15_000)) {
      long members = (Long) client.call("ZCARD", "sorted");
      client.call("ZADD", "sorted", "-5", "first");
      assertEquals(0L, client.call("ZRANK", "sorted", "first"));
      assertEquals(members + 1, client.call("ZCARD", "sorted"));
      assertEquals("OK", client.call("SET", "new", "v"));
    }
  }

  /** {@code henge up} on a restored directory, as a process with three nodes. */
  private static final class UpProcess implements AutoCloseable {
    private final Process process;
    private final int port;

    UpProcess(Path dir, String... more) throws IOException {
      port = FreePorts.takeRow(3, new java.util.SplittableRandom());
      List<String> words = NodeJvm.command("128m", List.of(), NodeJvm.MAIN);
      words.addAll(List.of("up", "--dir", dir.toString(), "--port", "" + port, "--heap", "256m"));
      words.addAll(List.of(more));
      Path log = dir.resolveSibling(dir.getFileName() + ".log");
      process = new ProcessBuilder(words).redirectErrorStream(true)
          .redirectOutput(log.toFile()).start();
      Await.until(java.time.Duration.ofSeconds(90), "the restored ring is ready", () -> {
        String text = Files.readString(log);
        assertTrue(process.isAlive(), text);
        return text.contains("\nready ") ? null : text;
      });
    }

    int port(int node) {
      return port + node;
    }

    @Override
    public void close() throws InterruptedException {
      process.toHandle().destroy();
      if (!process.waitFor(40, TimeUnit.SECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
      }
      assertEquals(0, process.exitValue());
    }
  }

  // ---------------------------------------------------------------- one node

  @Test
  void aLostNodeIsRestoredAndPullsWhatWasWrittenSince() throws Exception {
    Path backup = temp.resolve("one");
    try (RingProcesses ring = RingProcesses.start("restored-node", RingProcesses.Plan.of(3));
        RespClient client = ring.client(0)) {
      write(client, 1);
      assertEquals(0, henge("backup", "--port", "" + ring.port(1), backup.toString()), said.toString());
      write(client, 2);
      List<Object> now = read(ring.port(0));
      ring.kill(1);
      deleteTree(ring.dir(1));
      assertEquals(0, henge("restore", backup.toString(), ring.dir(1).toString()), said.toString());
      assertNotEquals(actor(backup), actor(ring.dir(1)));
      ring.restart(1);
      ring.awaitCaughtUp();
      assertEquals(now, read(ring.port(1)));
      ring.kill(0);
      Await.until(java.time.Duration.ofSeconds(30), "the others serve all", () -> {
        try (RespClient other = ring.client(2)) {
          return "ok".equals(other.fields("CLUSTER", "INFO").get("cluster_state")) ? null : "not yet";
        }
      });
      Await.until(java.time.Duration.ofSeconds(30), "the restored node and another answer the same", () ->
          now.equals(read(ring.port(1))) ? null : "not the same");
      try (RespClient other = ring.client(1)) {
        assertEquals(41L, other.call("INCRBY", "sum", "21"));
      }
    }
  }

  private static void deleteTree(Path dir) throws IOException {
    try (Stream<Path> tree = Files.walk(dir)) {
      for (Path path : tree.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
