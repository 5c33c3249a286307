package dev.henge.chaos.load;

import dev.henge.chaos.run.Finding;
import java.util.List;

/** Says of a recorded run, from the outside only, whether what was promised was kept. */
public final class RunJudge {

  private RunJudge() {}

  /** One finding a checker that had something to look at. */
  public static List<Finding> judge(HistoryFile.Recorded run) {
    throw new UnsupportedOperationException();
  }
}
