package dev.henge.ring.replica;

import dev.henge.storage.version.Rules;
import java.util.List;
import java.util.Random;

/**
 * Runs in which owners are away for long, and find the others' logs cut off when they are back, so that rows are
 * transferred.
 *
 * <p>That is what shows whether a past was collected too soon: a bundle from the log brings its contexts with it,
 * rows have only what was kept. Meanwhile both sides write. Some are let back one way only, so that what they tell is
 * heard before what they wrote can be asked for; some have lost what they had told.
 */
final class Absences {

  private static final long FAULTS_MILLIS = 8_000;
  private static final int AWAY_MILLIS_MIN = 700;
  private static final int AWAY_MILLIS_SPREAD = 2_500;
  private static final int UNTIL_DEGRADED_MILLIS = 4_000;
  private static final int ONE_WAY_MILLIS_MIN = 600;
  private static final int ONE_WAY_MILLIS_SPREAD = 2_500;

  private final Simulation sim;
  private final Random chance;
  private final Faults faults;
  private boolean under;

  private Absences(Simulation sim) {
    this.sim = sim;
    this.chance = sim.chance;
    this.faults = new Faults(sim);
  }

  /** {@code forgetful}: those that crash may have lost what they had told. */
  static Workload run(long seed, boolean forgetful, Rules rules) {
    Random drawn = new Random(seed * 0x9E3779B97F4A7C15L);
    Simulation.Options options = new Simulation.Options(3, 2, false, drawn.nextBoolean(), forgetful, 0, 0, false);
    Simulation sim = new Simulation(seed, options, rules);
    return ShardSimulationTest.checked(sim, new Absences(sim)::go);
  }

  /**
   * One owner is away until both sides serve, and back with one of the others deaf to it: it hears what that one
   * knows, and cannot ask for it. What it had written gets there by way of the third.
   */
  static Workload halfBack(long seed, Rules rules) {
    Simulation.Options options = new Simulation.Options(3, 2, false, (seed & 1) == 0, false, 0, 0, false);
    Simulation sim = new Simulation(seed, options, rules);
    return ShardSimulationTest.checked(sim, new Absences(sim)::halfBack);
  }

  private void halfBack(Workload work) {
    sim.startAll(true);
    work(work, 800);
    List<String> ids = sim.someIds(2);
    String away = ids.get(0);
    String deaf = ids.get(1);
    sim.partition(List.of(away), chance.nextBoolean());
    work(work, UNTIL_DEGRADED_MILLIS + 500 + chance.nextInt(1_500));
    sim.healNetwork();
    sim.trace(deaf + " does not hear " + away);
    sim.block(away, deaf, false);
    sim.run(1_800 + chance.nextInt(1_500)); // without writes: the next of a counter would bring along what had been collected
    faults.mend();
  }

  private void work(Workload work, long millis) {
    for (long end = sim.nowMillis() + millis; sim.nowMillis() < end; ) {
      sim.step();
      if (chance.nextInt(20) == 0) {
        work.one();
      }
      if (chance.nextInt(8) == 0) {
        work.countOrDelete();
      }
    }
  }

  private void go(Workload work) {
    sim.startAll(true);
    while (sim.nowMillis() < FAULTS_MILLIS) {
      sim.step();
      if (chance.nextInt(5) == 0) {
        work.one();
      }
      if (sim.nowMillis() > 1_000 && !under && chance.nextInt(100) == 0) {
        one();
      }
    }
    cutLogs("");
    faults.mend();
  }

  private void one() {
    SimulatedNode n = sim.node(sim.someIds(1).get(0));
    if (!n.up || n.paused) {
      return;
    }
    under = true;
    long away = AWAY_MILLIS_MIN + chance.nextInt(AWAY_MILLIS_SPREAD);
    if (chance.nextInt(3) == 0) {
      faults.crash(n, (int) away);
      sim.in(away, () -> {
        cutLogs(n.id);
        under = false;
      });
      return;
    }
    sim.partition(List.of(n.id), chance.nextBoolean());
    sim.in(away, () -> back(n));
  }

  private void back(SimulatedNode n) {
    if (chance.nextInt(4) > 0) {
      cutLogs(chance.nextBoolean() ? n.id : "");
    }
    sim.healNetwork();
    if (chance.nextBoolean()) {
      under = false;
      return;
    }
    List<String> others = sim.ids().stream().filter(id -> !id.equals(n.id)).toList();
    String other = others.get(chance.nextInt(others.size()));
    boolean out = chance.nextBoolean();
    sim.trace("one way only between " + n.id + " and " + other);
    sim.block(out ? n.id : other, out ? other : n.id, false);
    sim.in(ONE_WAY_MILLIS_MIN + chance.nextInt(ONE_WAY_MILLIS_SPREAD), () -> {
      if (chance.nextBoolean()) {
        cutLogs("");
      }
      sim.healNetwork();
      under = false;
    });
  }

  /** All but one let go of their logs: what that one lacks it can have as rows only. */
  private void cutLogs(String but) {
    sim.trace("cut the logs" + (but.isEmpty() ? "" : ", but for that of " + but));
    for (SimulatedNode n : sim.nodes.values()) {
      if (n.up && !n.paused && !n.id.equals(but)) {
        n.shard.beginTurn();
        n.shard.saveRecords();
        n.log.freeze();
        n.log.truncate();
      }
    }
  }
}
