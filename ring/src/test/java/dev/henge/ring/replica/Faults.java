package dev.henge.ring.replica;

import dev.henge.storage.lsm.CorruptTableException;
import dev.henge.storage.type.DamagedRowsException;
import dev.henge.storage.version.Mutant;
import dev.henge.storage.version.VersionVector;
import java.util.List;
import java.util.Random;

/** Breaks a {@link Simulation} by chance, for a while, and mends it again. */
final class Faults {

  private final Simulation sim;
  private final Random chance;

  Faults(Simulation sim) {
    this.sim = sim;
    this.chance = sim.chance;
  }

  /** One fault; called every so often. */
  void one() {
    List<String> two = sim.someIds(2);
    String id = two.get(0);
    String other = two.get(1);
    SimulatedNode n = sim.node(id);
    if (sim.options.damage() && chance.nextInt(4) == 0) {
      if (n.up && !n.paused && chance.nextInt(5) > 0) {
        sim.damage(n);
      } else if (n.up && !n.paused && sim.othersHaveAll(n)) {
        sim.trace("damage a log record of " + n.id);
        n.log.damageRecord(chance);
      }
      return;
    }
    switch (chance.nextInt(12)) {
      case 0 -> sim.partition(sim.someIds(1 + chance.nextInt(sim.ids().size() - 1)), chance.nextBoolean());
      case 1, 2 -> sim.healNetwork();
      case 3 -> {
        sim.trace("block " + id + ">" + other);
        sim.block(id, other, chance.nextBoolean());
      }
      case 4 -> {
        if (n.up && sim.node(other).up) {
          sim.flap(id, other, 20 + chance.nextInt(600));
        }
      }
      case 5, 6 -> crash(n, 20);
      case 11 -> plannedStop(n);
      case 10 -> {
        if (chance.nextInt(3) == 0) {
          sim.placement.owners(chance.nextInt(sim.options.vnodes())).forEach(owner -> crash(sim.node(owner), 2_000));
        }
      }
      case 7 -> {
        if (n.up && !n.paused) {
          sim.pause(id);
          sim.in(100 + chance.nextInt(4000), () -> sim.resume(id));
        }
      }
      default -> {
        if (n.up && !n.paused) {
          n.shard.beginTurn();
          n.shard.saveRecords();
          n.log.freeze();
          if (chance.nextBoolean()) {
            sim.trace("truncate the log of " + id);
            n.log.truncate();
          }
        }
      }
    }
  }

  void crash(SimulatedNode n, int downMillisMin) {
    if (!n.up) {
      return;
    }
    boolean tailLost = sim.options.tailsLost() && chance.nextBoolean();
    byte[][] before = rows(n);
    VersionVector[] horizons = horizons(n);
    sim.crash(n.id, chance.nextBoolean(), tailLost);
    sim.in(downMillisMin + chance.nextInt(3000), () -> restart(n, tailLost, false, before, horizons));
  }

  /** As a node does at SIGTERM: it hands over, for some time at most, lets go, and is gone; it may be back at once. */
  private void plannedStop(SimulatedNode n) {
    if (!n.up || n.paused) {
      return;
    }
    sim.trace("stop " + n.id);
    n.shard.beginTurn();
    n.shard.drain();
    n.shard.endTurn();
    Shard stopping = n.shard;
    sim.in(20 + chance.nextInt(500), () -> {
      if (!n.up || n.paused || n.shard != stopping) {
        return;
      }
      n.shard.beginTurn();
      stops++;
      stopsHandedOver += n.shard.handedOver() ? 1 : 0;
      n.shard.stop();
      n.shard.endTurn();
      sim.in(chance.nextInt(100), () -> {
        if (n.up && !n.paused && n.shard == stopping) {
          n.shard.beginTurn();
          boolean free = !n.shard.grantsInForce();
          n.shard.endTurn();
          n.log.sync();
          byte[][] before = rows(n);
          VersionVector[] horizons = horizons(n);
          sim.crash(n.id, true, false);
          sim.in(20 + chance.nextInt(1_000), () -> restart(n, false, free, before, horizons));
        }
      });
    });
  }

  private VersionVector[] horizons(SimulatedNode n) {
    VersionVector[] horizons = new VersionVector[sim.options.vnodes()];
    for (int v = 0; v < horizons.length; v++) {
      horizons[v] = n.shard.replicas[v] == null ? VersionVector.EMPTY : n.shard.replicas[v].horizon;
    }
    return horizons;
  }

  long stops;
  long stopsHandedOver;

  private byte[][] rows(SimulatedNode n) {
    byte[][] rows = new byte[sim.options.vnodes()][];
    for (int v = 0; v < rows.length; v++) {
      rows[v] = export(n, v);
    }
    return rows;
  }

  /** Null where rows are damaged: what is not readable cannot be compared. */
  static byte[] export(SimulatedNode n, int vnode) {
    try {
      return SimulatedNode.export(n.shard.keyspace(), vnode);
    } catch (CorruptTableException | DamagedRowsException e) {
      return null;
    }
  }

  private void restart(
      SimulatedNode n, boolean tailLost, boolean mayGrantAtOnce, byte[][] before, VersionVector[] horizons) {
    if (n.up) {
      return;
    }
    boolean fresh = tailLost || chance.nextInt(4) == 0;
    sim.start(n.id, fresh && !sim.rules.broken(Mutant.ACTOR_REUSED), mayGrantAtOnce);
    Shard whole = n.replayOfEverything();
    for (int v = 0; v < before.length; v++) {
      byte[] now = n.shard.replicas[v] == null ? null : export(n, v);
      if (now == null || before[v] == null || n.shard.damageStanding().incomplete() > 0) {
        continue; // what cannot be read cannot be compared
      }
      VersionVector collected = horizons[v].join(n.shard.replicas[v].horizon);
      String found = Dump.of(now, collected);
      if (!tailLost && !found.equals(Dump.of(before[v], collected))) {
        throw sim.failure(n.id + " recovered other rows of vnode " + v + ":\n" + found + "\n" + Dump.of(before[v], collected));
      }
      String fromLog = Dump.of(whole.keyspace(), v, collected);
      if (!found.equals(fromLog)) {
        throw sim.failure(n.id + " recovered rows of vnode " + v + " that the log does not give, " + collected + " collected:\n"
            + found + "\n" + fromLog);
      }
      boolean indexed = !n.shard.damage.reindexing(n.shard.replicas[v]); // else an expired key may not be found yet
      if (n.shard.replicas[v].damage == null && indexed) {
        checkCounts(sim, n, v);
      }
    }
  }

  /** Returns false if that met damage that was not known yet. */
  static boolean checkCounts(Simulation sim, SimulatedNode n, int vnode) {
    try {
      Dump.checkCounts(sim, n, vnode);
      return true;
    } catch (CorruptTableException e) {
      return false;
    }
  }

  /** Everything works again. */
  void mend() {
    sim.trace("mend all");
    for (SimulatedNode n : sim.nodes.values()) {
      sim.resume(n.id);
      if (!n.up) {
        sim.start(n.id, true, false);
      }
    }
    sim.healNetwork();
  }
}
