package dev.henge.chaos.run;

import dev.henge.chaos.load.HistoryFile;
import dev.henge.chaos.load.RunJudge;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All that is found in a recorded run: what its commands tell, and what the harness itself has seen and written into
 * the history as facts.
 */
final class Findings {

  /** What was not as it should be once everything was mended; empty if the system settled. */
  static final String UNSETTLED = "unsettled";

  /** Followed by a number: what the nemesis saw that must not be. */
  static final String WRONG = "wrong ";

  /** Why the run was not what it was to be. */
  static final String BROKEN_OFF = "broken off";

  private Findings() {}

  static List<Finding> of(HistoryFile.Recorded run) {
    List<Finding> findings = new ArrayList<>(RunJudge.judge(run));
    String unsettled = run.facts().get(UNSETTLED);
    if (unsettled != null) {
      findings.add(new Finding("settles", unsettled.isEmpty(), 1,
          unsettled.isEmpty() ? "once everything was mended the system became whole by itself" : unsettled));
    }
    List<String> wrong = run.facts().entrySet().stream().filter(fact -> fact.getKey().startsWith(WRONG))
        .map(Map.Entry::getValue).toList();
    findings.add(new Finding("servers", wrong.isEmpty(), run.events().size(),
        wrong.isEmpty() ? "none ended but those that were ended" : String.join("\n", wrong)));
    String broken = run.facts().get(BROKEN_OFF);
    if (broken != null) {
      findings.add(new Finding("harness", false, 1, broken));
    }
    return findings;
  }

  /** Facts for people. */
  static Map<String, String> facts(HistoryFile.Recorded run) {
    Map<String, String> facts = new LinkedHashMap<>(run.facts());
    facts.keySet().removeIf(name -> name.equals(UNSETTLED) || name.startsWith(WRONG) || name.equals(BROKEN_OFF)
        || name.equals(ChaosRun.TITLE) || name.equals(ChaosRun.AGAIN));
    return facts;
  }
}
