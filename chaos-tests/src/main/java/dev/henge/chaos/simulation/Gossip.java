package dev.henge.chaos.simulation;

import dev.henge.gossip.membership.Liveness;

/**
 * Who takes whom for alive, by script: after a while every node hears what is so as far as a probe, its own or a
 * neighbour's, can find it; what it tells the core comes by the same call as from the real thing.
 */
final class Gossip {

  private static final long LOOK_MILLIS = 100;

  private final Simulation sim;
  private final Chance chance;
  private final Belief[][] beliefs;

  /** What one node believes of another. */
  private static final class Belief {
    Liveness now = Liveness.DEAD;
    int ofProcess = -1;
    long differsSinceMillis = -1;
    long patienceMillis;
    long wrongUntilMillis;
  }

  Gossip(Simulation sim) {
    this.sim = sim;
    this.chance = new Chance(sim.plan.seed(), "gossip");
    int nodes = sim.plan.machines();
    beliefs = new Belief[nodes][nodes];
    for (Belief[] of : beliefs) {
      for (int i = 0; i < nodes; i++) {
        of[i] = new Belief();
      }
    }
  }

  void begin() {
    sim.time.inMillis(LOOK_MILLIS, () -> {
      look();
      begin();
    });
  }

  /** A process that has just started knows nobody. */
  void forget(SimulatedNode node) {
    for (int i = 0; i < beliefs.length; i++) {
      beliefs[node.index][i] = new Belief();
    }
  }

  void suspectWrongly(SimulatedNode who, SimulatedNode whom, long forMillis) {
    beliefs[who.index][whom.index].wrongUntilMillis = sim.time.nowMillis() + forMillis;
  }

  private void look() {
    for (SimulatedNode who : sim.nodes) {
      for (SimulatedNode whom : sim.nodes) {
        if (who != whom && who.awake()) {
          look(who, whom, beliefs[who.index][whom.index]);
        }
      }
    }
  }

  private void look(SimulatedNode who, SimulatedNode whom, Belief belief) {
    long now = sim.time.nowMillis();
    boolean wrong = now < belief.wrongUntilMillis;
    boolean alive = !wrong && answers(who, whom);
    if (alive && belief.now == Liveness.ALIVE && belief.ofProcess != whom.process) {
      tell(who, whom, belief, Liveness.DEAD);
    }
    if (alive == (belief.now == Liveness.ALIVE)) {
      belief.differsSinceMillis = -1;
      return;
    }
    if (belief.differsSinceMillis < 0) {
      belief.differsSinceMillis = now;
      belief.patienceMillis = alive || wrong ? chance.below(400) : chance.between(200, 3_000);
    }
    if (now - belief.differsSinceMillis >= belief.patienceMillis) {
      tell(who, whom, belief, alive ? Liveness.ALIVE : chance.coin() ? Liveness.SUSPECT : Liveness.DEAD);
      belief.differsSinceMillis = -1;
    }
  }

  private void tell(SimulatedNode who, SimulatedNode whom, Belief belief, Liveness liveness) {
    Liveness before = belief.now;
    belief.now = liveness;
    belief.ofProcess = whom.process;
    who.told(whom, before, liveness);
  }

  /** Whether a probe comes back, its own or one through a third. */
  private boolean answers(SimulatedNode who, SimulatedNode whom) {
    if (sim.wire.flows(who, whom) && sim.wire.flows(whom, who)) {
      return true;
    }
    for (SimulatedNode third : sim.nodes) {
      if (third != who && third != whom && sim.wire.flows(who, third) && sim.wire.flows(third, who)
          && sim.wire.flows(third, whom) && sim.wire.flows(whom, third)) {
        return true;
      }
    }
    return false;
  }
}
