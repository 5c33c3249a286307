package dev.henge.chaos.simulation;

import java.io.IOException;
import java.util.SplittableRandom;

/** Has the faults of a plan happen, and mends everything afterwards. */
final class Faults {

  private final Simulation sim;
  private boolean over;

  Faults(Simulation sim) {
    this.sim = sim;
  }

  void plan() {
    sim.machines().forEach(node -> node.backup = node.disk.copy());
    for (Fault fault : sim.plan.faults()) {
      sim.time.inMillis(fault.atMillis(), () -> {
        if (!over) {
          happen(fault);
        }
      });
    }
  }

  private void later(Fault fault, Runnable end) {
    sim.time.inMillis(fault.forMillis(), () -> {
      if (!over) {
        end.run();
      }
    });
  }

  private void happen(Fault fault) {
    SimulatedNode node = sim.nodes.get(fault.node());
    SimulatedNode other = sim.nodes.get(fault.other());
    switch (fault.kind()) {
      case PARTITION, BRIDGE, ONE_WAY, HEAL, RESET, SLOW, LOSSY -> network(fault, node, other);
      case CRASH, POWER_LOSS, POWER_LOSS_OF_ALL, PLANNED_STOP, RESTORE -> ends(fault, node);
      case PAUSE -> {
        if (node.awake()) {
          node.pause();
          later(fault, node::resume);
        }
      }
      case CLOCK_JUMP -> node.jump((fault.flag() ? 1 : -1) * fault.forMillis());
      case FULL_DISK -> {
        sim.note(node.name + "'s disk is full");
        node.disk.full(true);
        later(fault, () -> {
          sim.note(node.name + "'s disk has space again");
          node.disk.full(false);
        });
      }
      case ROT -> rot(fault, node);
      case BACKUP -> {
        if (node.up() && !node.rotten) {
          sim.note(node.name + " is backed up");
          node.backup = node.disk.copy();
        }
      }
      case CHANGE, PACE, CANCEL -> sim.operator.act(fault);
      case LOST -> lose(fault, node);
      case TRAP -> sim.epochs.trap(fault);
      case SUSPICION -> {
        sim.note(node.name + " takes " + other.name + " for dead");
        sim.gossip.suspectWrongly(node, other, fault.forMillis());
      }
    }
  }

  // ---------------------------------------------------------------- the network

  private void network(Fault fault, SimulatedNode node, SimulatedNode other) {
    sim.note(fault.toString());
    switch (fault.kind()) {
      case PARTITION -> split(fault, null);
      case BRIDGE -> split(fault, node);
      case ONE_WAY -> {
        sim.wire.block(node, other, fault.flag());
        later(fault, sim.wire::healAll);
      }
      case HEAL -> sim.wire.healAll();
      case RESET -> sim.wire.reset(node, other, fault.flag());
      case SLOW -> {
        sim.wire.slow(node, other, new SplittableRandom(fault.dice()).nextLong(10_000_000, 800_000_000));
        later(fault, () -> sim.wire.slow(node, other, 0));
      }
      default -> sim.wire.lossyUntilMillis(sim.time.nowMillis() + fault.forMillis());
    }
  }

  private void split(Fault fault, SimulatedNode bridge) {
    for (SimulatedNode a : sim.nodes) {
      for (SimulatedNode b : sim.nodes) {
        boolean sides = (fault.mask() & a.bit) != 0 != ((fault.mask() & b.bit) != 0);
        if (sides && a != bridge && b != bridge) {
          sim.wire.block(a, b, fault.flag());
        }
      }
    }
    later(fault, sim.wire::healAll);
  }

  // ---------------------------------------------------------------- processes and machines

  private void ends(Fault fault, SimulatedNode node) {
    if (fault.kind() == Fault.Kind.POWER_LOSS_OF_ALL) {
      sim.note("all machines lose their power");
      SplittableRandom random = new SplittableRandom(fault.dice());
      for (SimulatedNode each : sim.nodes) {
        if (each.up()) {
          losePower(each, random);
          startAfter(each, random.nextLong(1 + fault.forMillis()));
        }
      }
      return;
    }
    if (!node.up()) {
      return;
    }
    switch (fault.kind()) {
      case CRASH -> {
        node.die(fault.flag());
        startAfter(node, fault.forMillis());
      }
      case POWER_LOSS -> {
        losePower(node, new SplittableRandom(fault.dice()));
        startAfter(node, fault.forMillis());
      }
      case PLANNED_STOP -> node.stop(() -> startAfter(node, fault.forMillis()));
      default -> restore(fault, node);
    }
  }

  private void losePower(SimulatedNode node, SplittableRandom random) {
    sim.note(node.name + " loses its power");
    node.losePower(random);
  }

  private void startAfter(SimulatedNode node, long millis) {
    int ended = node.process;
    sim.time.inMillis(millis, () -> {
      if (!over && node.process == ended && !node.lost) {
        node.start();
      }
    });
  }

  /** What the node has and its backup has not must be with all others: nobody restores the only copy away. */
  private void restore(Fault fault, SimulatedNode node) {
    if (node.backup == null || !sim.agreement.othersHaveAll(node)) {
      return;
    }
    keepElsewhere(node);
    node.die(fault.flag());
    restored(node);
    startAfter(node, fault.forMillis());
  }

  private void restored(SimulatedNode node) {
    sim.restored = true;
    try {
      node.restore();
    } catch (IOException e) {
      throw sim.failure("the backup of " + node.name + " cannot be restored", e);
    }
  }

  /** The others are not to lose what they alone have from now on. */
  private void keepElsewhere(SimulatedNode node) {
    for (SimulatedNode other : sim.nodes) {
      if (other != node && other.up()) {
        other.core.store().endTurn();
        other.core.store().sync();
      }
    }
  }

  /** A machine is gone, with what it has; an operator hears of it. Its disk may turn up again. */
  private void lose(Fault fault, SimulatedNode node) {
    if (node.up() && sim.operator.mayLose(node)) {
      keepElsewhere(node);
      sim.note(node.name + " is lost for good");
      node.die(true);
      node.lost = true;
      later(fault, () -> sim.operator.lost(fault, node));
    }
  }

  private void rot(Fault fault, SimulatedNode node) {
    boolean others = sim.nodes.stream().noneMatch(each -> each.rotten);
    if (node.up() && others && sim.operator.mayRot() && sim.agreement.othersHaveAll(node)
        && node.disk.rotTable(new SplittableRandom(fault.dice()), fault.flag())) {
      keepElsewhere(node);
      node.rotten = true;
      sim.rotten = true;
      sim.note("a table of " + node.name + " is rotten");
    }
  }

  // ---------------------------------------------------------------- the end

  /** Everything works again; what is stopping is started when it has stopped. */
  void mend() {
    over = true;
    for (SimulatedNode node : sim.nodes) {
      node.disk.full(false);
      node.resume();
    }
    sim.wire.healAll();
    sim.time.inMillis(dev.henge.node.NodeCore.STOP_GRACE_MILLIS + 1, () -> {
      for (SimulatedNode node : sim.nodes) {
        node.disk.full(false);
        if (node.born && !node.lost) {
          node.start();
        }
      }
    });
  }
}
