package dev.henge.chaos.run;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.chaos.nemesis.Drawn;
import dev.henge.chaos.nemesis.Kind;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Three minutes of all workloads by all clients under faults by chance. {@code -Dhenge.mixed.seconds=},
 * {@code -Dhenge.mixed.backend=docker}, {@code -Dhenge.mixed.policy=strict}, {@code -Dhenge.seed=}.
 */
@Timeout(3_600)
class MixedRunTest {

  private static final long SECONDS = Long.getLong("henge.mixed.seconds", 180);
  private static final long SEED = Long.getLong("henge.seed", 6);
  private static final String POLICY = System.getProperty("henge.mixed.policy", "available");
  private static final Backend BACKEND = Backend.valueOf(System.getProperty("henge.mixed.backend", "netns")
      .toUpperCase(java.util.Locale.ROOT));

  @Test
  void whatWasPromisedIsKeptUnderFaultsByChance() throws Exception {
    RunRecord record = new RealRun("mixed-" + POLICY, BACKEND, POLICY, Drawn.schedule(SEED, RealRun.NODES, SECONDS * 1_000,
        Kind.usual(), List.of("r0.0", "q0.0", "c0.0")), Duration.ofSeconds(SECONDS), SEED).assertHolds();
    assertTrue(record.events().size() >= SECONDS / 20, record.events().size() + " faults in " + SECONDS + " s");
  }
}
