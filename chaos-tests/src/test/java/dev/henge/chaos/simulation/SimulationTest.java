package dev.henge.chaos.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Seeds of the whole-node simulator: a range of them, and those that once failed.
 *
 * <p>The range is the same in every build unless {@code -Dhenge.simulate.first=S} moves it ({@code
 * -Dhenge.simulate.seeds=N} makes it longer): a build that turns red has turned so by its change, and not by the day.
 * Whoever looks for new failures moves it, or runs {@code ./henge simulate}. {@code -Dseed=S} runs one seed only.
 */
class SimulationTest {

  static {
    // nodes that are broken on purpose have much to say
    System.setProperty("org.slf4j.simpleLogger.log.dev.henge", "off");
  }

  private static final int THREADS = Math.max(2, Runtime.getRuntime().availableProcessors());
  private static final long FIRST = Long.getLong("henge.simulate.first", 1);
  private static final long SEEDS = Long.getLong("henge.simulate.seeds", 500);

  /** Of a ring that operators change; its runs are longer. */
  private static final long CHANGING_SEEDS = Long.getLong("henge.simulate.changing-seeds", 20);

  private static void pass(long first, long seeds) throws InterruptedException {
    pass(first, seeds, false);
  }

  private static void pass(long first, long seeds, boolean changes) throws InterruptedException {
    Simulate.Result result = Simulate.run(new Simulate.Order(first, seeds, THREADS, null, false, changes), System.out);
    System.out.printf("simulated %d seeds from %d on, %.1f a second: %d commands acknowledged, %d refused, %d in doubt, %d runs degraded%n",
        result.seeds(), first, result.seedsPerSecond(), result.acknowledged(), result.refused(), result.inDoubt(), result.degraded());
    if (!result.failures().isEmpty()) {
      throw new AssertionError(result.failures().size() + " of " + seeds + " seeds failed: " + result.failures().keySet() + "\n"
          + String.join("\n", Simulate.story(result.failures().firstEntry().getValue(), null, changes)));
    }
    assertTrue(result.acknowledged() > 50 * seeds, "clients hardly did anything: " + result);
  }

  @Test
  void seedsOfThisBuildPass() throws InterruptedException {
    if (System.getProperty("seed") != null) {
      pass(Long.getLong("seed"), 1);
      return;
    }
    pass(FIRST, SEEDS);
  }

  @Test
  void seedsOfAChangingRingPass() throws InterruptedException {
    pass(FIRST, System.getProperty("seed") == null ? CHANGING_SEEDS : 1, true);
  }

  @Test
  void seedsThatOnceFailedPass() throws IOException {
    pass(saved("/seeds-that-failed.txt"), false);
    pass(saved("/changing-seeds-that-failed.txt"), true);
  }

  private static void pass(List<Long> seeds, boolean changes) {
    List<String> failed = new ArrayList<>();
    for (long seed : seeds) {
      Simulation.Outcome outcome = changes ? Simulate.changing(seed, null, false) : Simulate.seed(seed, null, false);
      if (outcome.violation() != null) {
        failed.add("seed " + seed + ": " + outcome.violation().getMessage());
      }
    }
    assertTrue(failed.isEmpty(), String.join("\n", failed));
  }

  private static List<Long> saved(String file) throws IOException {
    List<Long> seeds = new ArrayList<>();
    try (InputStream in = SimulationTest.class.getResourceAsStream(file)) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
        for (String word : line.split(" ")) {
          if (!word.matches("\\d+")) {
            break;
          }
          seeds.add(Long.parseLong(word));
        }
      }
    }
    assertTrue(seeds.size() > 2, "no saved seeds were read");
    return seeds;
  }

  @Test
  void theSameSeedIsTheSameRun() {
    for (long seed = 1; seed <= 10; seed++) {
      Simulation.Outcome first = Simulate.seed(seed, null, false);
      Simulation.Outcome again = Simulate.seed(seed, null, false);
      assertEquals(first.traceHash(), again.traceHash(), "seed " + seed);
      assertEquals(first.commands(), again.commands(), "seed " + seed);
      assertNotEquals(first.traceHash(), Simulate.seed(seed + 1, null, false).traceHash(), "seed " + seed);
    }
  }

  @Test
  void aFailureIsToldWithWhatItNeeds() {
    long seed = 1;
    Simulation.Outcome outcome = Simulate.seed(seed, dev.henge.storage.version.Mutant.STALE_PRIMARY, false);
    while (outcome.violation() == null) {
      assertTrue(++seed < 2_000, "no seed fails");
      outcome = Simulate.seed(seed, dev.henge.storage.version.Mutant.STALE_PRIMARY, false);
    }
    assertNotNull(outcome.violation().getMessage());
    List<String> story = Simulate.story(outcome, dev.henge.storage.version.Mutant.STALE_PRIMARY);
    assertTrue(story.get(0).startsWith("seed " + seed + ": "), story.get(0));
    assertTrue(story.stream().anyMatch(line -> line.contains("faults are enough")), String.join("\n", story));
    assertNull(Simulate.seed(seed, null, false).violation(), "the rule is sound, and so is the seed");
  }
}
