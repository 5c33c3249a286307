package dev.henge.chaos.simulation;

/** Looks for a smaller run that fails too: with fewer faults, and shorter. It need not be the smallest. */
final class Shrinker {

  private static final int RUNS_MAX = 120;

  private Plan plan;
  private Simulation.Outcome failure;
  private int runs;

  Shrinker(Plan plan, Simulation.Outcome failure) {
    this.plan = plan;
    this.failure = failure;
  }

  Simulation.Outcome shrink() {
    for (long millis = plan.lastsMillis() / 2; millis > 200 && fails(plan.with(plan.faults(), millis)); millis /= 2) {
      // shorter still
    }
    for (boolean fewer = true; fewer && runs < RUNS_MAX; ) {
      fewer = false;
      for (int i = plan.faults().size() - 1; i >= 0; i--) {
        fewer |= fails(plan.without(i));
      }
    }
    return failure;
  }

  int faultsLeft() {
    return plan.faults().size();
  }

  private boolean fails(Plan smaller) {
    if (++runs > RUNS_MAX) {
      return false;
    }
    Simulation.Outcome outcome = Simulation.run(smaller, false);
    if (outcome.violation() == null) {
      return false;
    }
    plan = smaller;
    failure = outcome;
    return true;
  }
}
