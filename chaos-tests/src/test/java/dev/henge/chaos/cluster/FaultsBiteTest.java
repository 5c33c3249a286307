package dev.henge.chaos.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.chaos.Await;
import dev.henge.chaos.RingOperator;
import dev.henge.node.RespClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** Every fault is looked at from outside while it is in force: a partition really cuts, a clock really jumps. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(180)
abstract class FaultsBiteTest {

  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int NODES = 3;
  private static final String WAITS = "the disk is full, so the node cannot start";

  private Cluster cluster;

  abstract Cluster start(Target target, int nodes) throws IOException;

  /** Namespaces of this machine. */
  static final class NetnsTest extends FaultsBiteTest {
    @Override
    Cluster start(Target target, int nodes) throws IOException {
      Backends.require(NetnsCluster.impossible());
      return NetnsCluster.start(target, nodes, Path.of("target", "chaos", "faults-netns"));
    }
  }

  /** Containers, of the image that users have. */
  static final class DockerTest extends FaultsBiteTest {
    @Override
    Cluster start(Target target, int nodes) throws IOException {
      Backends.require(DockerCluster.impossible());
      return DockerCluster.start(target, nodes, Path.of("target", "chaos", "faults-docker"));
    }
  }

  @BeforeAll
  void startCluster() throws IOException {
    cluster = start(new Henge("128m", Map.of("log-sync", "always"), List.of("-XX:TieredStopAtLevel=1")), NODES);
  }

  @AfterAll
  void endCluster() throws IOException {
    if (cluster != null) {
      cluster.close();
    }
  }

  @AfterEach
  void mend() throws IOException {
    cluster.mend();
    Await.until(SOON, "all is mended", () -> cluster.target().unsettled(cluster));
    for (int a = 0; a < NODES; a++) {
      for (int b = 0; b < NODES; b++) {
        if (a != b) {
          assertTrue(cluster.pingMillis(new Link(a, b)) >= 0, a + " does not reach " + b + " though all is mended");
        }
      }
    }
  }

  private RespClient client(int node) throws IOException {
    return new RespClient(cluster.address(node).getHostString(), cluster.address(node).getPort(), 10_000);
  }

  private String ask(int node, String... words) throws IOException {
    try (RespClient client = client(node)) {
      return String.valueOf(client.call(words));
    } catch (RespClient.ErrorReply e) {
      return e.getMessage();
    }
  }

  @Test
  void aCutCutsOnBothEndsAndLeavesTheHarnessAlone() throws IOException {
    cluster.harm(Harm.cutting(Set.of(new Link(0, 1), new Link(1, 0))));
    assertEquals(-1, cluster.pingMillis(new Link(0, 1)));
    assertEquals(-1, cluster.pingMillis(new Link(1, 0)));
    assertTrue(cluster.pingMillis(new Link(0, 2)) >= 0);
    assertTrue(cluster.pingMillis(new Link(2, 1)) >= 0);
    assertEquals("PONG", ask(0, "PING"));
    assertEquals("PONG", ask(1, "PING"));
  }

  @Test
  void aNewHarmTakesThePlaceOfTheLastOne() throws IOException {
    cluster.harm(Harm.cutting(Set.of(new Link(0, 1), new Link(1, 0))));
    cluster.harm(Harm.cutting(Set.of(new Link(1, 2))));
    assertTrue(cluster.pingMillis(new Link(0, 1)) >= 0);
    // A connection needs both ways.
    assertEquals(-1, cluster.pingMillis(new Link(1, 2)));
    assertEquals(-1, cluster.pingMillis(new Link(2, 1)));
  }

  @Test
  void delayComesFromOneSideOnly() throws IOException {
    cluster.harm(Harm.delaying(Map.of(new Link(0, 1), 300)));
    long there = cluster.pingMillis(new Link(0, 1));
    long elsewhere = cluster.pingMillis(new Link(0, 2));
    assertTrue(there >= 600, "SYN and PING come 300 ms late each: " + there + " ms");
    assertTrue(elsewhere >= 0 && elsewhere < 300, elsewhere + " ms");
  }

  @Test
  void lossLosesSomePacketsAndNotAll() throws IOException {
    cluster.harm(Harm.losing(Map.of(new Link(0, 1), 60)));
    int lost = 0;
    int passed = 0;
    for (int i = 0; i < 60 && (lost == 0 || passed == 0); i++) {
      long millis = cluster.pingMillis(new Link(0, 1));
      // A packet that is sent again comes 200 ms later at least.
      lost += millis < 0 || millis >= 200 ? 1 : 0;
      passed += millis >= 0 ? 1 : 0;
    }
    assertTrue(lost > 0 && passed > 0, lost + " were lost, " + passed + " passed");
  }

  @Test
  void aKilledServerRefusesAtOnceAndComesBackWithItsData() throws IOException {
    assertEquals("OK", ask(0, "SET", "kept", "1"));
    cluster.kill(0);
    assertFalse(cluster.isAlive(0));
    cluster.pause(0); // as if it had ended by itself just before
    cluster.resume(0);
    long start = System.nanoTime();
    assertTrue(org.junit.jupiter.api.Assertions.assertThrows(IOException.class, () -> client(0).close()).getMessage()
        .contains("refused"));
    assertTrue(System.nanoTime() - start < 1_000_000_000L, "refused only after a second");
    cluster.start(0);
    Await.until(SOON, "the node serves again", () -> "1".equals(ask(0, "GET", "kept")) ? null : "not yet");
  }

  @Test
  void aPausedServerAnswersNobodyUntilItIsResumed() throws IOException {
    cluster.pause(1);
    assertEquals(-1, cluster.pingMillis(new Link(0, 1)));
    cluster.resume(1);
    assertTrue(cluster.pingMillis(new Link(0, 1)) >= 0);
  }

  private long millis(int node) throws IOException {
    try (RespClient client = client(node)) {
      List<?> time = (List<?>) client.call("TIME");
      return Long.parseLong(String.valueOf(time.get(0))) * 1_000 + Long.parseLong(String.valueOf(time.get(1))) / 1_000;
    }
  }

  @Test
  void aClockJumpsAndDriftsAndComesBack() throws IOException {
    cluster.clock(2, -90_000, 0);
    assertEquals(-90_000, millis(2) - millis(0), 2_000);
    cluster.clock(2, 0, 500_000);
    long before = millis(2) - millis(0);
    Await.until(SOON, "half a second more for each", () -> millis(2) - millis(0) - before > 400 ? null : "not yet");
    cluster.clock(2, 0, 0);
    assertEquals(0, millis(2) - millis(0), 2_000);
  }

  @Test
  void aSlowDiskHoldsSyncedWritesUp() throws IOException {
    for (int i = 0; i < NODES; i++) {
      cluster.diskDelay(i, 150);
    }
    long start = System.nanoTime();
    assertEquals("OK", ask(0, "SET", "slow", "1"));
    long took = (System.nanoTime() - start) / 1_000_000;
    assertTrue(took >= 150, "a synced write took " + took + " ms");
  }

  @Test
  void aFullDiskRefusesWritesAndTakesThemAgain() throws IOException {
    for (int i = 0; i < NODES; i++) {
      cluster.fillDisk(i);
    }
    String value = "x".repeat(100_000);
    Await.until(Duration.ofSeconds(60), "a write is refused", () -> {
      String reply = ask(0, "SET", "full", value);
      return reply.startsWith("MISCONF") || reply.startsWith("INDOUBT") || reply.startsWith("OOM") ? null : reply;
    });
    for (int i = 0; i < NODES; i++) {
      cluster.freeDisk(i);
    }
    Await.until(SOON, "writes are taken again", () -> {
      String reply = ask(0, "SET", "full", "1");
      return reply.equals("OK") ? null : reply;
    });
  }

  @Test
  void aServerStartsOnAFullDiskAndServesReads() throws IOException {
    assertEquals("OK", ask(0, "SET", "kept", "2"));
    cluster.kill(0);
    cluster.fillDisk(0);
    cluster.start(0);
    Await.until(SOON, "it serves reads", () -> "2".equals(ask(0, "GET", "kept")) ? null : "not yet");
    assertTrue(cluster.isAlive(0));
    cluster.freeDisk(0);
    Await.until(SOON, "all take writes again", () -> {
      String reply = ask(0, "SET", "kept", "3");
      return reply.equals("OK") ? null : reply;
    });
  }

  /** The ballast may have been given up before, or have gone to others in the midst of the start. */
  @Test
  void aServerForWhoseStartThereIsNoRoomWaitsForSome() throws IOException {
    assertEquals("OK", ask(0, "SET", "waits", "2"));
    cluster.kill(0);
    Files.delete(ballast(0));
    cluster.fillDisk(0);
    int before = Files.readString(cluster.log(0)).length();
    cluster.start(0);
    Await.until(SOON, "it waits", () -> Files.readString(cluster.log(0)).substring(before).contains(WAITS) ? null
        : "not yet");
    assertTrue(cluster.isAlive(0));
    cluster.freeDisk(0);
    Await.until(SOON, "it serves reads", () -> "2".equals(ask(0, "GET", "waits")) ? null : "not yet");
    Await.until(SOON, "all take writes again", () -> {
      String reply = ask(0, "SET", "waits", "3");
      return reply.equals("OK") ? null : reply;
    });
  }

  private Path ballast(int node) throws IOException {
    try (Stream<Path> files = Files.walk(cluster.log(node).getParent())) {
      return files.filter(file -> file.endsWith("ballast") && file.toString().contains("disk-" + node + "/data/"))
          .findFirst().orElseThrow();
    }
  }

  private RingOperator.Known standing(int node) throws IOException {
    return new RingOperator(cluster.address(node)).nodes().stream().filter(RingOperator.Known::myself).findFirst()
        .orElseThrow();
  }

  @Test
  void aHostLeavesTheRingAndJoinsItAgain() throws IOException {
    assertEquals("OK", ask(0, "SET", "stays", "1"));
    cluster.target().seat(cluster, false, Set.of(2), 10_000);
    Await.until(SOON, "host 2 owns nothing", () -> {
      RingOperator.Known node = standing(2);
      return node.standing().equals("waiting") && node.owned() == 0 ? null : node.toString();
    });
    assertEquals("1", ask(2, "GET", "stays"), "it asks others");
    cluster.target().seat(cluster, false, Set.of(), 10_000);
    Await.until(SOON, "all owns again what it should", () -> cluster.target().unsettled(cluster));
    assertEquals("up", standing(2).standing());
    assertTrue(standing(2).owned() > 0);
  }

  @Test
  void aHostThatHasLostItsDiskIsReplacedByOneWithNothing() throws IOException {
    assertEquals("OK", ask(0, "SET", "stays", "2"));
    String before = standing(1).id();
    cluster.kill(1);
    cluster.wipe(1);
    cluster.start(1);
    cluster.target().replaced(cluster, 1);
    Await.until(Duration.ofSeconds(60), "the new one has all", () -> cluster.target().unsettled(cluster));
    assertNotEquals(before, standing(1).id());
    assertEquals("up", standing(1).standing());
    assertTrue(standing(1).owned() > 0);
    cluster.kill(0);
    Await.until(SOON, "it tells what it took over", () -> "2".equals(ask(1, "GET", "stays")) ? null : "not yet");
  }

  @Test
  void aResetEndsConnectionsBetweenHosts() throws IOException {
    assertNull(cluster.target().unsettled(cluster));
    Set<String> before = cluster.connections(0);
    assertFalse(before.isEmpty(), "a node has no connection with the others");
    cluster.reset(0);
    Set<String> left = cluster.connections(0);
    left.retainAll(before);
    assertEquals(Set.of(), left);
    assertEquals("PONG", ask(0, "PING"));
  }

  @Test
  void aSlowCpuTakesLonger() throws IOException {
    long quick = work(0);
    cluster.cpu(0, 0.05);
    long slow = work(0);
    assertTrue(slow > 4 * quick, quick + " ms with all of a core, " + slow + " ms with a twentieth");
  }

  private long work(int node) throws IOException {
    try (RespClient client = new RespClient(cluster.address(node).getHostString(), Target.CLIENT_PORT, 60_000)) {
      long start = System.nanoTime();
      for (int i = 0; i < 250; i++) {
        client.call("GET", "cpu" + i);
      }
      return (System.nanoTime() - start) / 1_000_000;
    }
  }

  @Test
  void aSlowNetworkSlowsItsHostOnly() throws IOException {
    cluster.harm(Harm.slowing(Map.of(0, 20_000L)));
    try (RespClient client = client(0)) {
      long start = System.nanoTime();
      // What the owners get is throttled; the harness's own bytes are not.
      client.call("SET", "wide", "x".repeat(100_000));
      long took = (System.nanoTime() - start) / 1_000_000;
      assertTrue(took > 2_000, "100 kB at 20 kB a second took " + took + " ms");
    } catch (RespClient.ErrorReply e) {
      assertTrue(e.getMessage().startsWith("INDOUBT"), e.getMessage());
    }
  }
}
