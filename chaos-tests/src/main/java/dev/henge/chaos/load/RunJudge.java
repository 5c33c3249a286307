package dev.henge.chaos.load;

import dev.henge.chaos.check.History;
import dev.henge.chaos.check.Op;
import dev.henge.chaos.check.Verdict;
import dev.henge.chaos.check.Violation;
import dev.henge.chaos.run.Finding;
import dev.henge.resp.codec.Reply;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Says of a recorded run, from the outside only, whether what was promised was kept. */
public final class RunJudge {

  /** Of what is wrong so much is told. */
  private static final int TOLD_MAX = 3;

  private final HistoryFile.Recorded run;
  private final RecordedJudge judge;
  private final List<Finding> findings = new ArrayList<>();

  private RunJudge(HistoryFile.Recorded run) {
    this.run = run;
    this.judge = new RecordedJudge(run);
  }

  /** One finding a checker that had something to look at. */
  public static List<Finding> judge(HistoryFile.Recorded run) {
    RunJudge one = new RunJudge(run);
    one.record();
    one.replies();
    for (Workload workload : Workload.values()) {
      one.workload(workload);
    }
    one.findings.add(Availability.of(run, one.judge.policy()));
    one.findings.add(Convergence.of(run.history()));
    return one.findings;
  }

  /** Whether the record is whole: a checker that lacks commands would speak of what it does not know. */
  private void record() {
    findings.add(new Finding("record", run.complete(), run.history().all().size(),
        run.complete() ? run.facts().getOrDefault("commands", "whole")
            : "the run was killed: commands may be missing"));
  }

  /** Whether no reply was an error that no broken server may give. */
  private void replies() {
    Map<String, Integer> wrong = new TreeMap<>();
    Set<String> expected = new TreeSet<>();
    for (Op op : run.history().all()) {
      if (op.reply instanceof Reply.Error error) {
        if (Answer.expected(error.text())) {
          expected.add(error.text().startsWith("(") ? "(client)" : error.code());
        } else {
          wrong.merge(op.name() + ": " + error.text(), 1, Integer::sum);
        }
      }
    }
    findings.add(new Finding("replies", wrong.isEmpty(), run.history().all().size(),
        wrong.isEmpty() ? "errors met: " + (expected.isEmpty() ? "none" : String.join(", ", expected))
            : "errors that must not be: " + wrong));
  }

  private void workload(Workload workload) {
    History history = run.history();
    List<String> keys = history.keys().stream().filter(key -> Workload.ofKey(key) == workload).toList();
    if (keys.isEmpty()) {
      return;
    }
    long judged = 0;
    long exclusive = 0;
    List<String> unread = new ArrayList<>();
    List<String> wrong = new ArrayList<>();
    judge.undecided().clear();
    for (String key : keys) {
      List<Op> ops = history.of(key);
      if (!readAtTheEnd(key, ops)) {
        unread.add(key);
        continue;
      }
      judged += ops.size();
      exclusive += judge.exclusiveOf(ops);
      try {
        Verdict.of(judge, history, key);
      } catch (Violation e) {
        wrong.add(e.getMessage());
      }
    }
    findings.add(new Finding(workload.word(), wrong.isEmpty() && unread.isEmpty(), judged,
        says(keys.size(), judged, exclusive, unread, wrong)));
  }

  /** Whether the last of each of the reads that show what became of the key was answered. */
  private static boolean readAtTheEnd(String key, List<Op> ops) {
    Set<List<String>> lacking = new HashSet<>(ReadBack.reads(key));
    for (int i = ops.size() - 1; i >= 0 && !lacking.isEmpty(); i--) {
      Op op = ops.get(i);
      if (lacking.remove(op.args) && (op.client != Load.READER || !op.done())) {
        return false;
      }
    }
    return lacking.isEmpty();
  }

  private String says(int keys, long judged, long exclusive, List<String> unread, List<String> wrong) {
    StringBuilder says = new StringBuilder();
    if (!wrong.isEmpty()) {
      says.append(wrong.size()).append(" of ").append(keys).append(" keys are wrong: ")
          .append(String.join("; ", wrong.subList(0, Math.min(TOLD_MAX, wrong.size()))));
    }
    if (!unread.isEmpty()) {
      says.append(says.isEmpty() ? "" : "; ").append(unread.size()).append(" keys were not read at the end: ")
          .append(unread.subList(0, Math.min(TOLD_MAX, unread.size())));
    }
    if (says.isEmpty()) {
      says.append(keys).append(" keys; ").append(exclusive == judged ? "all commands" : exclusive + " commands")
          .append(" had to look as if one server had executed them");
      if (!judge.lasts()) {
        says.append("; acknowledged writes may be lost");
      }
    }
    if (!judge.undecided().isEmpty()) {
      says.append(String.format(Locale.ROOT, "; of %d keys the search gave up: %s", judge.undecided().size(),
          judge.undecided()));
    }
    return says.toString();
  }
}
