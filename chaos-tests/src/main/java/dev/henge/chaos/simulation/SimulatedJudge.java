package dev.henge.chaos.simulation;

import dev.henge.chaos.check.Judge;
import dev.henge.chaos.check.Op;
import java.util.List;

/** The simulator knows of every vnode since when it has been degraded, if it has. */
final class SimulatedJudge implements Judge {

  private final Simulation sim;

  SimulatedJudge(Simulation sim) {
    this.sim = sim;
  }

  @Override
  public boolean lasts() {
    return sim.plan.keepsAcknowledged();
  }

  @Override
  public List<Op> exclusive(String key, List<Op> ops) {
    return lasts() ? Judge.until(sim.exclusiveUntilNanos(key), ops) : List.of();
  }

  @Override
  public List<Op> exclusiveEverywhere(List<Op> ops) {
    return lasts() ? Judge.until(sim.exclusiveEverywhereUntilNanos(), ops) : List.of();
  }
}
