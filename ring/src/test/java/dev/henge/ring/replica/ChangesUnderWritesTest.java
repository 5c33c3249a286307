package dev.henge.ring.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.ring.placement.Pace;
import dev.henge.ring.placement.Placement;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Vnodes get other owners while replies wait in every moment: none waits longer for that, and none is in doubt. */
class ChangesUnderWritesTest {

  private static final int SEEDS = 20;
  private static final int VNODES = 8;
  private static final int REPLICAS = 3;

  /** Often enough that some reply waits whenever a vnode's owners change. */
  private static final long WRITE_MILLIS = 2L * Simulation.STEP_MILLIS;

  /** What a node says may be late by so much: longer than a vnode's owners take to change. */
  private static final long LATE_MILLIS = 40;

  /** A vnode changes hands, and what was written meanwhile is caught up with. */
  private static final long WAIT_MILLIS_MAX = 400;

  private static final long CHANGE_MILLIS_MAX = 20_000;

  /** A ring in which every vnode is written to in every step. */
  private static final class Run {
    private final Simulation sim;
    private final Map<Outcome, Integer> outcomes = new TreeMap<>();
    private final long[] withoutExecutor = new long[VNODES];
    private long longestWait;
    private long longestGap;

    Run(long seed) {
      sim = new Simulation(seed, new Simulation.Options(REPLICAS + 1, VNODES, true, false, false, 0, 0, false));
    }

    /** A step, and in every other one a write of each vnode on whoever serves it. */
    private void step() {
      BitSet served = new BitSet();
      for (SimulatedNode node : sim.nodes.values()) {
        if (node.up) {
          node.shard.beginTurn();
          for (int v = 0; v < VNODES; v++) {
            if (Simulation.servesAlone(node, v)) {
              served.set(v);
              if (sim.nowMillis() % WRITE_MILLIS == 0) {
                write(node.shard, v);
              }
            }
          }
          node.shard.endTurn();
        }
      }
      for (int v = 0; v < VNODES; v++) {
        withoutExecutor[v] = served.get(v) ? 0 : withoutExecutor[v] + Simulation.STEP_MILLIS;
        longestGap = Math.max(longestGap, withoutExecutor[v]);
      }
      if (sim.chance.nextInt(20) == 0) {
        String from = sim.someIds(1).get(0);
        sim.ids().stream().filter(to -> !to.equals(from)).forEach(to -> {
          sim.block(from, to, false);
          sim.in(LATE_MILLIS, () -> sim.unblock(from, to));
        });
      }
      sim.step();
    }

    private void write(Shard shard, int vnode) {
      long start = sim.nowMillis();
      shard.execute(vnode, rows -> Workload.put(rows, (char) ('A' + vnode) + "k", "v" + start)).await(new Hold.Waiter() {
        @Override
        protected void released(Outcome outcome) {
          outcomes.merge(outcome, 1, Integer::sum);
          longestWait = Math.max(longestWait, sim.nowMillis() - start);
        }
      });
    }

    /** Has the last node take a dead one's place among the owners, before those who stay or behind them. */
    void replace(boolean first) {
      sim.startAll(true);
      sim.untilServed(1_000);
      steps(500);
      String fresh = "n" + (REPLICAS + 1);
      String dead = "n1";
      List<List<String>> wanted = new ArrayList<>();
      for (int v = 0; v < VNODES; v++) {
        List<String> owners = new ArrayList<>(sim.placement.owners(v));
        if (owners.remove(dead)) {
          owners.remove(fresh);
          owners.add(first ? 0 : owners.size(), fresh);
        }
        wanted.add(owners);
      }
      sim.crash(dead, true, false);
      steps(500);
      outcomes.clear();
      longestWait = 0;
      longestGap = 0;
      Placement goal = sim.placement.withOwners(wanted);
      for (SimulatedNode node : sim.nodes.values()) {
        if (node.up) {
          node.shard.transfers().set(new Pace(1, "test", 0, false), List.of(dead));
          node.shard.views.target(goal);
        }
      }
      long start = sim.nowMillis();
      for (int v = 0; v < VNODES; v++) {
        while (!sim.node(fresh).shard.views.view(v).owners().equals(wanted.get(v))) {
          assertTrue(sim.nowMillis() - start < CHANGE_MILLIS_MAX, () -> "not changed: " + sim.standing());
          step();
        }
      }
      steps(500);
    }

    private void steps(int count) {
      for (int i = 0; i < count; i++) {
        step();
      }
    }
  }

  private static void replaced(boolean first) {
    long wait = 0;
    long gap = 0;
    for (long seed = 1; seed <= SEEDS; seed++) {
      Run run = new Run(seed);
      run.replace(first);
      assertEquals(List.of(Outcome.DONE), List.copyOf(run.outcomes.keySet()), "seed " + seed + ": " + run.outcomes);
      wait = Math.max(wait, run.longestWait);
      gap = Math.max(gap, run.longestGap);
    }
    System.out.println("changes: longest wait " + wait + " ms, longest without executor " + gap + " ms");
    assertTrue(wait <= WAIT_MILLIS_MAX && gap <= WAIT_MILLIS_MAX, "wait " + wait + " ms, gap " + gap + " ms");
  }

  @Test
  void aDeadOwnersPlaceIsTakenByOneWhoServesFromThenOn() {
    replaced(true);
  }

  @Test
  void aDeadOwnersPlaceIsTakenByOneBehindTheOthers() {
    replaced(false);
  }
}
