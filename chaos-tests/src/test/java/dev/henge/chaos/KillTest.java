package dev.henge.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.node.RespClient;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nodes are killed while clients write: what was acknowledged is there afterwards, on every replica. */
@Timeout(300)
class KillTest {

  private static final int WRITERS = 6;
  private static final int WRITES_BETWEEN = 1_500;
  private static final int PROBES = 60;
  private static final Duration GAP_MAX = Duration.ofSeconds(2);

  private static long seed() {
    return Long.getLong("henge.seed", 20261121);
  }

  /** Kills one node after the other under load, each caught up before the next is killed. */
  private static void killInTurn(RingProcesses ring, Workload workload, int... victims)
      throws IOException, InterruptedException {
    for (int victim : victims) {
      workload.awaitProgress(WRITES_BETWEEN);
      ring.kill(victim);
      workload.awaitProgress(WRITES_BETWEEN);
      ring.restart(victim);
      ring.awaitCaughtUp();
    }
    workload.awaitProgress(WRITES_BETWEEN);
  }

  private static void assertNothingLost(RingProcesses ring, Workload workload, String when) {
    assertEquals(List.of(), workload.violations(), () -> "seed " + seed());
    for (int node = 0; node < ring.size(); node++) {
      if (ring.isAlive(node)) {
        List<String> wrong = workload.wrongThrough(node);
        assertTrue(wrong.isEmpty(), when + ", through node " + node + ", seed " + seed() + ": " + wrong.size()
            + " acknowledged writes are not there: " + wrong.subList(0, Math.min(20, wrong.size())) + "\n" + workload
            + ring.tails());
      }
    }
  }

  private static void assertEqualThroughAll(RingProcesses ring, Workload workload, Map<String, Object> expected) {
    for (int node = 0; node < ring.size(); node++) {
      if (ring.isAlive(node)) {
        int through = node;
        assertEquals(expected, workload.seenThrough(node), () -> "through node " + through + ", seed " + seed());
      }
    }
  }

  /** With any one node away the others answer from their own replicas: so every replica is looked at. */
  private static void assertReplicasEqual(RingProcesses ring, Workload workload)
      throws IOException, InterruptedException {
    Map<String, Object> expected = workload.seenThrough(0);
    assertEqualThroughAll(ring, workload, expected);
    for (int away = 0; away < 2; away++) {
      ring.kill(away);
      ring.awaitReady();
      assertNothingLost(ring, workload, "without node " + away);
      assertEqualThroughAll(ring, workload, expected);
      ring.restart(away);
      ring.awaitCaughtUp();
    }
  }

  @Test
  void syncedWritesSurviveKillsOfOneAndOfAll() throws Exception {
    try (RingProcesses ring = RingProcesses.start("kill-always", RingProcesses.Plan.of(3).with("log-sync", "always"));
        Workload workload = new Workload(ring, WRITERS, seed())) {
      killInTurn(ring, workload, 0, 1);
      ring.killAll();
      workload.stop();
      for (int node = 0; node < ring.size(); node++) {
        ring.restart(node);
      }
      ring.awaitCaughtUp();
      System.out.println("kill test, log-sync always: " + workload);
      assertNothingLost(ring, workload, "after a kill of all");
      assertReplicasEqual(ring, workload);
    }
  }

  @Test
  void writesSurviveKillsOfOneAtATime() throws Exception {
    try (RingProcesses ring = RingProcesses.start("kill-everysec", RingProcesses.Plan.of(3));
        Workload workload = new Workload(ring, WRITERS, seed())) {
      killInTurn(ring, workload, 2, 0, 1);
      workload.stop();
      System.out.println("kill test, log-sync everysec: " + workload);
      assertNothingLost(ring, workload, "after kills of one at a time");
      assertReplicasEqual(ring, workload);
    }
  }

  /** A frozen node fences itself; when it thaws it has lost its leases, and nothing of what was acknowledged. */
  @Test
  void writesGoOnWhileANodeIsFrozenAndAreThereWhenItThaws() throws Exception {
    try (RingProcesses ring = RingProcesses.start("freeze", RingProcesses.Plan.of(3));
        Workload workload = new Workload(ring, WRITERS, seed())) {
      for (int victim = 0; victim < 2; victim++) {
        workload.awaitProgress(WRITES_BETWEEN);
        ring.pause(victim);
        workload.awaitProgress(WRITES_BETWEEN);
        ring.resume(victim);
        ring.awaitCaughtUp();
      }
      workload.awaitProgress(WRITES_BETWEEN);
      workload.stop();
      System.out.println("freeze test: " + workload);
      assertNothingLost(ring, workload, "after freezes");
      assertEqualThroughAll(ring, workload, workload.seenThrough(0));
    }
  }

  /** How long writes to the vnodes of a killed node fail or wait. */
  @Test
  void anotherNodeServesSoonAfterAKill() throws Exception {
    try (RingProcesses ring = RingProcesses.start("gap", RingProcesses.Plan.of(3));
        RespClient client = ring.client(1)) {
      for (int i = 0; i < PROBES; i++) {
        client.call("SET", "probe:" + i, "before");
      }
      long killedNanos = System.nanoTime();
      ring.kill(0);
      for (int i = 0; i < PROBES; i++) {
        String key = "probe:" + i;
        Await.until(GAP_MAX, "a write to " + key, () -> "OK".equals(client.call("SET", key, "after")) ? null : "no");
      }
      long gapMillis = (System.nanoTime() - killedNanos) / 1_000_000;
      System.out.println("service gap after kill -9 of one node of three: " + gapMillis + " ms");
      assertTrue(gapMillis < GAP_MAX.toMillis(), "the gap was " + gapMillis + " ms" + ring.tails());
    }
  }
}
