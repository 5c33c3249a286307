package dev.henge.chaos.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.chaos.cluster.Backends;
import dev.henge.chaos.cluster.Henge;
import dev.henge.chaos.load.ClientKind;
import dev.henge.chaos.load.HistoryFile;
import dev.henge.chaos.load.Workload;
import dev.henge.chaos.nemesis.Kind;
import dev.henge.chaos.nemesis.Schedule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A run of five nodes of Henge, as a test makes one: small, and told line by line if it fails. */
final class RealRun {

  static final int NODES = 5;

  /** Where other builds share the machine, a JVM may take long to be back. */
  private static final String GAP_SECONDS_MAX = System.getProperty("henge.chaos.gapSeconds", "40");

  private final RunPlan plan;

  RealRun(String name, Backend backend, String policy, Schedule schedule, Duration lasts, long seed) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put(HistoryFile.POLICY, policy);
    facts.put(HistoryFile.GAP_SECONDS_MAX, GAP_SECONDS_MAX);
    Henge henge = new Henge("128m", Map.of("policy", policy), List.of("-XX:TieredStopAtLevel=1"))
        .spares(schedule.kinds().contains(Kind.JOIN) ? 1 : 0);
    plan = new RunPlan(backend, henge, NODES, lasts, seed, schedule, Workload.of("all"), ClientKind.of("all"), 12, 100, facts, "",
        Path.of("target", "chaos", name));
  }

  /** All checkers are content, every fault has an end, and all that is to be kept is there. */
  RunRecord assertHolds() throws IOException {
    Backends.require(plan.backend().impossible());
    ChaosRun.Outcome outcome = ChaosRun.run(plan, View.NONE);
    RunRecord record = outcome.record();
    String told = plan.schedule() + "\n" + told(record);
    assertNull(outcome.failure(), told);
    assertTrue(record.holds(), told);
    assertFalse(record.findings().isEmpty());
    for (Event event : record.events()) {
      assertTrue(event.endNanos() != Long.MAX_VALUE && event.endNanos() >= event.startNanos(), event.toString());
    }
    assertTrue(record.seconds().stream().mapToLong(Second::ok).sum() > 0, told);
    for (String file : List.of(ChaosRun.HISTORY, ChaosRun.SCRIPT, ChaosRun.REPORT, ChaosRun.RESULT)) {
      assertTrue(Files.size(plan.dir().resolve(file)) > 0, file);
    }
    // The file alone tells the same.
    assertEquals(told, plan.schedule() + "\n" + told(ChaosRun.record(plan.dir().resolve(ChaosRun.HISTORY))));
    return record;
  }

  private static String told(RunRecord record) {
    StringBuilder told = new StringBuilder();
    for (Finding finding : record.findings()) {
      told.append(finding.holds() ? "holds  " : "BROKEN ").append(finding.checker()).append(": ").append(finding.says())
          .append('\n');
    }
    return told.toString();
  }
}
