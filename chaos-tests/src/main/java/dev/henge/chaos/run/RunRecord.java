package dev.henge.chaos.run;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * All that is kept of a run, for its report.
 *
 * @param facts what it was made of, in the order in which to show it: target, versions, backend, nodes, seed, rate, policy
 * @param startNanos when it began, by the clock of its history
 * @param history the file that has every command
 */
public record RunRecord(String title, Map<String, String> facts, long startNanos, List<Event> events,
    List<Second> seconds, List<Finding> findings, Path history) {

  public RunRecord {
    events = List.copyOf(events);
    seconds = List.copyOf(seconds);
    findings = List.copyOf(findings);
  }

  public boolean holds() {
    return findings.stream().allMatch(Finding::holds);
  }
}
