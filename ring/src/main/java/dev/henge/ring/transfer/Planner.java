package dev.henge.ring.transfer;

import dev.henge.ring.placement.Goal;
import dev.henge.ring.placement.Placement;
import dev.henge.ring.placement.RingState;
import dev.henge.ring.placement.Seat;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * One computation of a {@link RingPlan}: from the owners that vnodes have to those that they would have.
 *
 * <p>Before is what is, not what the last goal wanted: if its transfers are under way, what they have still to move is
 * in the plan. What is staged and not committed counts as wanted; without any, the goal does.
 */
final class Planner {

  private static final long UNKNOWN = -1;

  private final RingState state;
  private final Goal wanted;
  private final Placement now;
  private final Placement after;
  private final long[] vnodeBytes;
  private final Map<String, Seat> seatsBefore = new HashMap<>();
  private final Map<String, Seat> seatsAfter = new HashMap<>();
  private final Predicate<String> alive;

  Planner(RingState state, Placement now, long[] vnodeBytes, Predicate<String> alive) {
    if (vnodeBytes.length != now.vnodes()) {
      throw new IllegalArgumentException("bytes of " + vnodeBytes.length + " vnodes, there are " + now.vnodes());
    }
    this.state = state;
    this.now = now;
    this.vnodeBytes = vnodeBytes;
    this.alive = alive;
    Goal goal = RingChanges.goalOf(state);
    Optional<Goal> staged = RingChanges.staged(state);
    wanted = staged.orElse(goal);
    after = Placement.of(state.withGoal(wanted, Optional.empty()));
    goal.seats().forEach(s -> seatsBefore.put(s.node(), s));
    wanted.seats().forEach(s -> seatsAfter.put(s.node(), s));
  }

  RingPlan plan() {
    Map<String, int[]> primaries = new HashMap<>();
    Set<String> nodes = new TreeSet<>(after.nodes());
    nodes.addAll(now.nodes());
    for (int v = 0; v < now.vnodes(); v++) {
      nodes.addAll(now.owners(v));
      countPrimary(primaries, now.owners(v), 0);
      countPrimary(primaries, after.owners(v), 1);
    }
    List<RingPlan.NodeLoad> loads = new ArrayList<>();
    int moved = 0;
    int unsized = 0;
    long movedBytes = 0;
    long mostIn = 0;
    for (String node : nodes) {
      BitSet taken = after.vnodesOf(node);
      taken.andNot(now.vnodesOf(node));
      RingPlan.NodeLoad load = load(node, primaries.getOrDefault(node, new int[2]), bytes(taken));
      loads.add(load);
      moved += taken.cardinality();
      unsized += (int) taken.stream().filter(v -> vnodeBytes[v] == UNKNOWN).count();
      movedBytes += load.bytesIn();
      mostIn = Math.max(mostIn, load.bytesIn());
    }
    long rate = state.pace().bytesPerSecond();
    long seconds = rate == 0 ? 0 : mostIn / rate + (mostIn % rate == 0 ? 0 : 1);
    List<String> warnings =
        new PlanWarnings(state, seatsBefore, wanted, now, after, alive).of(loads);
    return new RingPlan(changes(), loads, moved, movedBytes, unsized, seconds, warnings);
  }

  private static void countPrimary(Map<String, int[]> primaries, List<String> owners, int when) {
    if (!owners.isEmpty()) {
      primaries.computeIfAbsent(owners.get(0), n -> new int[2])[when]++;
    }
  }

  private RingPlan.NodeLoad load(String node, int[] primaries, long bytesIn) {
    BitSet before = now.vnodesOf(node);
    BitSet then = after.vnodesOf(node);
    BitSet dropped = (BitSet) before.clone();
    dropped.andNot(then);
    Seat seat = seatsAfter.get(node);
    Seat last = seat == null ? seatsBefore.get(node) : seat;
    String zone = last != null ? last.zone() : state.node(node).map(n -> n.zone()).orElse("");
    return new RingPlan.NodeLoad(node, zone, seat == null ? 0 : seat.weight(), before.cardinality(), then.cardinality(),
        primaries[0], primaries[1], bytes(before), bytes(then), bytesIn, bytes(dropped));
  }

  private long bytes(BitSet vnodes) {
    return vnodes.stream().mapToLong(v -> Math.max(0, vnodeBytes[v])).sum();
  }

  // ---- what is staged, in words ----

  private List<String> changes() {
    List<String> lines = new ArrayList<>();
    Goal goal = RingChanges.goalOf(state);
    if (wanted.replicas() != goal.replicas()) {
      lines.add("N becomes " + wanted.replicas() + ", it is " + goal.replicas());
    }
    Map<String, Seat> left = new HashMap<>(); // seats given up, by name
    goal.seats().stream().filter(s -> !seatsAfter.containsKey(s.node())).forEach(s -> left.put(s.name(), s));
    Set<String> replaced = new HashSet<>();
    for (Seat seat : wanted.seats()) {
      Seat before = seatsBefore.get(seat.node());
      Seat old = left.get(seat.name());
      if (before != null) {
        reseated(lines, before, seat);
      } else if (old != null) {
        replaced.add(old.node());
        lines.add("node " + seat.node() + " takes the place of node " + old.node());
      } else {
        lines.add("node " + seat.node() + " joins with weight " + seat.weight()
            + (seat.zone().isEmpty() ? "" : " in zone " + seat.zone()));
      }
    }
    Set<String> newlyGone = new TreeSet<>(wanted.gone());
    newlyGone.removeAll(goal.gone());
    for (Seat seat : goal.seats()) {
      boolean leaves = left.containsValue(seat) && !replaced.contains(seat.node());
      if (leaves && !newlyGone.contains(seat.node())) {
        lines.add("node " + seat.node() + " leaves");
      }
    }
    newlyGone.forEach(node -> lines.add("node " + node + " is removed, dead for good"));
    goal.gone().stream().filter(node -> !wanted.gone().contains(node))
        .forEach(node -> lines.add("node " + node + " is no longer taken for dead for good"));
    return lines;
  }

  private static void reseated(List<String> lines, Seat before, Seat seat) {
    if (before.weight() != seat.weight()) {
      lines.add("the weight of node " + seat.node() + " becomes " + seat.weight() + ", it is " + before.weight());
    }
    if (!before.zone().equals(seat.zone())) {
      lines.add("the zone of node " + seat.node() + " becomes '" + seat.zone() + "', it is '" + before.zone() + "'");
    }
    if (!before.name().equals(seat.name())) {
      lines.add("node " + seat.node() + " takes other vnodes than it has");
    }
  }
}
