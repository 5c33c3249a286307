package dev.henge.chaos.simulation;

import dev.henge.ring.replica.Replicas;
import dev.henge.ring.transfer.VnodeView;
import dev.henge.storage.version.VersionVector;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * What all nodes together know of who owns what, watched step by step: an epoch of a vnode has one set of owners, one
 * step from those before, a vnode has one executor at a time, and who lets go of a replica leaves all it had with
 * others.
 */
final class Epochs {

  private static final long TRAP_NANOS_MAX = 3_000_000;

  private final Simulation sim;
  private final List<Map<Long, List<String>>> owners = new ArrayList<>();
  private final VnodeView[] newest;

  /** What all owners of the newest epoch had when it was first known of; null where one of them could not be asked. */
  private final VersionVector[] shared;

  /** What each node had when it was looked at last. */
  private final VnodeView[][] seen;

  private final VersionVector[][] had;

  /** Who has let go of a vnode: what it was known to have when it was made an owner may be gone again. */
  private final boolean[][] letGo;

  private Fault trap;

  Epochs(Simulation sim) {
    this.sim = sim;
    int vnodes = sim.plan.vnodes();
    newest = new VnodeView[vnodes];
    shared = new VersionVector[vnodes];
    for (int v = 0; v < vnodes; v++) {
      owners.add(new HashMap<>());
      newest[v] = VnodeView.UNKNOWN;
    }
    seen = new VnodeView[sim.plan.machines()][vnodes];
    had = new VersionVector[sim.plan.machines()][vnodes];
    letGo = new boolean[sim.plan.machines()][vnodes];
  }

  /** The newest epoch of a vnode that any node has known. */
  VnodeView newest(int vnode) {
    return newest[vnode];
  }

  String names(VnodeView view) {
    return names(view.owners()) + " in epoch " + view.epoch();
  }

  String names(List<String> nodes) {
    return String.join(" ", nodes.stream().map(id -> sim.nodeOf(id).name).toList());
  }

  /** What an earlier process had is not what this one has. */
  void started(SimulatedNode node) {
    for (int v = 0; v < newest.length; v++) {
      seen[node.index][v] = VnodeView.UNKNOWN;
      had[node.index][v] = null;
    }
  }

  /** A node has done something. */
  void looked(SimulatedNode node) {
    Replicas own = node.core.shard().own();
    for (int v = 0; v < newest.length; v++) {
      VnodeView view = own.view(v);
      if (view != seen[node.index][v]) {
        adopted(node, v, view);
      }
      if (own.exclusive(v, node.nanos().getAsLong())) {
        alone(node, v);
      }
      boolean has = own.has(v);
      VersionVector before = had[node.index][v];
      had[node.index][v] = has ? own.clock(v) : null;
      if (!has && before != null) {
        letGo(node, v, before);
      } else if (has && before == null && !view.has(node.id)) {
        changed(node);
      }
    }
  }

  private void adopted(SimulatedNode node, int vnode, VnodeView view) {
    boolean news = seen[node.index][vnode] != null && seen[node.index][vnode].known();
    seen[node.index][vnode] = view;
    if (!view.known()) {
      return;
    }
    List<String> others = owners.get(vnode).putIfAbsent(view.epoch(), view.owners());
    if (others != null && !others.equals(view.owners())) {
      throw sim.failure("vnode " + vnode + " is owned in epoch " + view.epoch() + " by " + names(others) + ", and as "
          + node.name + " knows by " + names(view.owners()), null);
    }
    if (view.epoch() > newest[vnode].epoch()) {
      if (view.epoch() == newest[vnode].epoch() + 1) {
        neighbours(vnode, newest[vnode], view);
        newcomers(vnode, newest[vnode], view);
      }
      newest[vnode] = view;
      shared[vnode] = shared(vnode, view);
      if (view.epoch() > 1) {
        sim.note("vnode " + vnode + " is owned by " + names(view) + ", as " + node.name + " says first");
      }
    }
    if (news) {
      changed(node);
    }
  }

  private VersionVector shared(int vnode, VnodeView view) {
    VersionVector all = null;
    for (String owner : view.owners()) {
      SimulatedNode node = sim.nodeOf(owner);
      if (!node.up()) {
        return null;
      }
      VersionVector clock = node.core.shard().clock(vnode);
      all = all == null ? clock : all.meet(clock);
    }
    return all;
  }

  /** Or a majority of the one may have nobody in common with one of the other. */
  private void neighbours(int vnode, VnodeView before, VnodeView after) {
    if (before.known() && !before.couldBecome(after.owners())) {
      throw sim.failure("vnode " + vnode + " is owned by " + names(after) + ", and was by " + names(before)
          + ": more than one step", null);
    }
  }

  /** Who becomes an owner has what the owners had when their epoch began. */
  private void newcomers(int vnode, VnodeView before, VnodeView after) {
    if (shared[vnode] == null || sim.rotten || sim.restored || !sim.plan.keepsAcknowledged()) {
      return;
    }
    for (String owner : after.owners()) {
      SimulatedNode node = sim.nodeOf(owner);
      boolean fresh = !before.has(owner) && !letGo[node.index][vnode];
      if (fresh && node.up() && !node.core.shard().clock(vnode).covers(shared[vnode])) {
        throw sim.failure(node.name + " becomes an owner of vnode " + vnode + " with " + node.core.shard().clock(vnode)
            + ", and " + names(before) + " had " + shared[vnode] + " before", null);
      }
    }
  }

  private void alone(SimulatedNode node, int vnode) {
    for (SimulatedNode other : sim.nodes) {
      if (other != node && other.up() && other.core.shard().own().exclusive(vnode, other.nanos().getAsLong())) {
        throw sim.failure("vnode " + vnode + " has two executors: " + node.name + " by the owners "
            + names(node.core.shard().own().view(vnode)) + ", " + other.name + " by the owners "
            + names(other.core.shard().own().view(vnode)) + "; " + standings(vnode), null);
      }
    }
  }

  private String standings(int vnode) {
    StringBuilder text = new StringBuilder();
    for (SimulatedNode node : sim.nodes) {
      Replicas.Standing standing = node.up() ? node.core.shard().own().standing(vnode) : null;
      if (standing != null) {
        SimulatedNode holder = standing.leaseHolder() == null ? null : sim.nodeOf(standing.leaseHolder());
        text.append(node.name).append(' ').append(standing.mode()).append(" in epoch ")
            .append(node.core.shard().own().view(vnode).epoch()).append(", lent to ")
            .append(holder == null ? "nobody" : holder.name).append("; ");
      }
    }
    return text.toString();
  }

  /**
   * A majority of the owners there are must have, on their disks or in memory, what is deleted here from now on. Who
   * has been made an owner again meanwhile and does not know it may leave it to all the others; and who has not heard
   * of the owners there are, to all owners that it knows of: none of these is removed before others hold it.
   */
  private void letGo(SimulatedNode node, int vnode, VersionVector clock) {
    sim.note(node.name + " lets go of vnode " + vnode);
    letGo[node.index][vnode] = true;
    changed(node);
    int have = 0;
    for (String owner : newest[vnode].owners()) {
      SimulatedNode other = sim.nodeOf(owner);
      have += other != node && other.core.shard().clock(vnode).covers(clock) ? 1 : 0;
    }
    int others = newest[vnode].owners().size() - (newest[vnode].has(node.id) ? 1 : 0);
    VnodeView known = seen[node.index][vnode];
    boolean left = known.epoch() < newest[vnode].epoch() && known.owners().stream().map(sim::nodeOf)
        .allMatch(other -> other != node && other.core.shard().clock(vnode).covers(clock));
    if (have < Math.min(others, newest[vnode].majority()) && !left && sim.plan.keepsAcknowledged()) {
      throw sim.failure(node.name + " lets go of vnode " + vnode + " and " + clock + ", which " + have + " of the owners "
          + names(newest[vnode]) + " have", null);
    }
  }

  // ---------------------------------------------------------------- traps

  /** The next node at which something changes is killed. */
  void trap(Fault fault) {
    trap = fault;
  }

  void noTraps() {
    trap = null;
  }

  private void changed(SimulatedNode node) {
    if (trap == null) {
      return;
    }
    Fault sprung = trap;
    trap = null;
    SplittableRandom random = new SplittableRandom(sprung.dice());
    for (SimulatedNode each : sim.nodes) {
      if (sprung.flag() != (each == node)) {
        int process = each.process;
        sim.time.in(random.nextLong(TRAP_NANOS_MAX), () -> {
          if (each.process == process && each.up()) {
            sim.note("as something of the ring has changed");
            each.die(random.nextBoolean());
            sim.operator.startAfter(each, 1 + random.nextLong(sprung.forMillis()));
          }
        });
      }
    }
  }
}
