package dev.henge.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Kills, freezes and restarts by chance, of any nodes at any time, all at once too, without waiting for anybody to be
 * ready; then everything is mended, and nothing that was acknowledged may be missing. Longer, or another course of
 * events: {@code -Dhenge.chaos.seconds=600 -Dhenge.seed=N}.
 */
class NemesisTest {

  private static final int WRITERS = 6;
  private static final long SECONDS = Long.getLong("henge.chaos.seconds", 12);
  private static final long SEED = Long.getLong("henge.seed", 20261121);
  private static final long PAUSE_MILLIS_MAX = 1_500;

  private final List<String> course = new ArrayList<>();
  private final BitSet frozen = new BitSet();

  @ParameterizedTest
  @ValueSource(strings = {"strict", "available"})
  @Timeout(1_200)
  void nothingAcknowledgedIsLost(String policy) throws Exception {
    RingProcesses.Plan plan = RingProcesses.Plan.of(3).with("log-sync", "always").with("policy", policy);
    try (RingProcesses ring = RingProcesses.start("nemesis-" + policy, plan);
        Workload workload = new Workload(ring, WRITERS, SEED)) {
      workload.awaitProgress(500);
      breakThings(ring, new SplittableRandom(SEED));
      mend(ring);
      workload.awaitProgress(500);
      workload.stop();
      System.out.println("nemesis, policy " + policy + ", seed " + SEED + ": " + course.size() + " faults, "
          + workload);
      if (policy.equals("strict")) {
        assertEquals(List.of(), workload.violations(), () -> "seed " + SEED + ", " + course + ring.tails());
      }
      Map<String, Object> seen = workload.seenThrough(0);
      for (int node = 0; node < ring.size(); node++) {
        List<String> wrong = workload.wrongThrough(node);
        assertTrue(wrong.isEmpty(), "through node " + node + ", seed " + SEED + ": " + wrong.size() + " wrong: "
            + wrong.subList(0, Math.min(20, wrong.size())) + "\n" + course + ring.tails());
        assertEquals(seen, workload.seenThrough(node), "through node " + node + ", seed " + SEED);
      }
    }
  }

  private void breakThings(RingProcesses ring, SplittableRandom random) throws IOException, InterruptedException {
    long startNanos = System.nanoTime();
    long end = startNanos + SECONDS * 1_000_000_000L;
    while (System.nanoTime() - end < 0) {
      LockSupport.parkNanos(random.nextLong(PAUSE_MILLIS_MAX * 1_000_000));
      int node = random.nextInt(ring.size());
      String fault = fault(ring, node, random.nextInt(10));
      course.add((System.nanoTime() - startNanos) / 1_000_000 + " ms " + fault);
    }
  }

  /** The course in time depends on the machine; what is done next, on the seed. */
  private String fault(RingProcesses ring, int node, int dice) throws IOException, InterruptedException {
    if (!ring.isAlive(node)) {
      frozen.clear(node);
      ring.restart(node);
      return "restart " + node;
    }
    if (frozen.get(node)) {
      frozen.clear(node);
      ring.resume(node);
      return "resume " + node;
    }
    if (dice == 0) {
      ring.killAll();
      return "kill all";
    }
    if (dice < 6) {
      ring.kill(node);
      return "kill " + node;
    }
    frozen.set(node);
    ring.pause(node);
    return "freeze " + node;
  }

  private void mend(RingProcesses ring) throws IOException, InterruptedException {
    for (int node = 0; node < ring.size(); node++) {
      if (!ring.isAlive(node)) {
        ring.restart(node);
      } else if (frozen.get(node)) {
        ring.resume(node);
      }
    }
    frozen.clear();
    ring.awaitCaughtUp();
  }
}
