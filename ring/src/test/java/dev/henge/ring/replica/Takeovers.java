package dev.henge.ring.replica;

import dev.henge.storage.version.Rules;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Runs of five owners a vnode in which the executor can reach some of the others only, writes, and is cut off; who
 * takes over is read from at once, and cut off too. The three that are left are a majority: they must show what was
 * acknowledged, and what was read.
 */
final class Takeovers {

  private static final int OWNERS = 5;
  private static final long FAULTS_MILLIS = 12_000;
  private static final int KEYS = 2;
  private static final long ROUND_MILLIS_MAX = 7_000;

  private final Simulation sim;
  private final Random chance;
  private final Faults faults;

  /** The vnode that is looked at, and who served it last. */
  private int vnode;
  private String served;
  private final List<String> gone = new ArrayList<>();
  private boolean under;
  private int round;

  private Takeovers(Simulation sim) {
    this.sim = sim;
    this.chance = sim.chance;
    this.faults = new Faults(sim);
  }

  static Workload run(long seed, Rules rules) {
    Simulation.Options options = new Simulation.Options(OWNERS, 2, true, (seed & 1) == 0, false, 0, 0, false);
    Simulation sim = new Simulation(seed, options, OWNERS, rules);
    return ShardSimulationTest.checked(sim, new Takeovers(sim)::go);
  }

  private void go(Workload work) {
    sim.startAll(true);
    while (sim.nowMillis() < FAULTS_MILLIS) {
      sim.step();
      SimulatedNode primary = sim.primary(vnode);
      if (primary != null && under && !primary.id.equals(served) && !gone.isEmpty()) {
        takenOver(work, primary);
      } else if (primary != null && chance.nextInt(10) == 0) {
        String key = key();
        if (chance.nextBoolean()) {
          work.write(primary, vnode, key);
        } else {
          work.read(primary, vnode, key);
        }
      }
      if (primary != null && sim.nowMillis() > 500 && !under && chance.nextInt(100) == 0) {
        begin(primary);
      }
    }
    faults.mend();
  }

  private String key() {
    return (char) ('A' + vnode) + "r" + chance.nextInt(KEYS);
  }

  /**
   * The executor goes on, heard by some of the others only, for a time that is shorter than its leases; then it is
   * gone.
   */
  private void begin(SimulatedNode primary) {
    under = true;
    served = primary.id;
    int now = ++round;
    List<String> others = new ArrayList<>(sim.ids());
    others.remove(primary.id);
    Collections.shuffle(others, chance);
    int hearing = chance.nextInt(3);
    List<String> deaf = others.subList(hearing, others.size());
    sim.trace("not heard: " + primary.id + " by " + deaf);
    deaf.forEach(id -> sim.block(primary.id, id, false));
    boolean both = hearing == 1 && chance.nextBoolean();
    sim.in(chance.nextInt(chance.nextBoolean() ? 100 : 1_000), () -> {
      cutOff(primary.id);
      if (both) {
        cutOff(others.get(0));
      }
    });
    sim.in(ROUND_MILLIS_MAX, () -> end(now));
  }

  /**
   * Mostly a process that ends where its host lives on: its leases are over at once, and another takes over before
   * anybody has caught up.
   */
  private void cutOff(String id) {
    gone.add(id);
    if (chance.nextInt(4) == 0) {
      sim.partition(List.of(id), false);
    } else if (sim.node(id).up) {
      sim.crash(id, true, false);
    }
  }

  private void takenOver(Workload work, SimulatedNode primary) {
    served = primary.id;
    for (int i = 0; i < KEYS; i++) {
      work.read(primary, vnode, (char) ('A' + vnode) + "r" + i);
    }
    if (gone.size() < 2) {
      cutOff(primary.id);
    } else {
      int now = round;
      sim.in(chance.nextInt(300), () -> end(now));
    }
  }

  private void end(int which) {
    if (which == round && under) {
      under = false;
      gone.stream().filter(id -> !sim.node(id).up).forEach(id -> sim.start(id, chance.nextBoolean(), false));
      gone.clear();
      sim.healNetwork();
      vnode = chance.nextInt(sim.options.vnodes());
    }
  }
}
