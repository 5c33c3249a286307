package dev.henge.ring.transfer;

import dev.henge.ring.placement.Goal;
import dev.henge.ring.placement.Placement;
import dev.henge.ring.placement.RingSettings;
import dev.henge.ring.placement.RingState;
import dev.henge.ring.placement.Seat;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** What an operator should know before committing a plan: a line each, the gravest first. */
final class PlanWarnings {

  /** So many nodes are told of one by one; of more, how many they are. */
  private static final int NODES_TOLD_MAX = 5;
  /** Below this part of its share by weight a node is told of. */
  private static final double LOW_SHARE = 0.75;

  private final RingState state;
  private final Map<String, Seat> seatsBefore;
  private final Goal wanted;
  private final Placement now;
  private final Placement after;
  private final Predicate<String> alive;
  private final List<String> lines = new ArrayList<>();

  PlanWarnings(RingState state, Map<String, Seat> seatsBefore, Goal wanted, Placement now, Placement after,
      Predicate<String> alive) {
    this.state = state;
    this.seatsBefore = seatsBefore;
    this.wanted = wanted;
    this.now = now;
    this.after = after;
    Set<String> gone = Set.copyOf(wanted.gone());
    this.alive = alive.and(node -> !gone.contains(node));
  }

  List<String> of(List<RingPlan.NodeLoad> loads) {
    copiesAlive();
    counts();
    silentNodes();
    zones();
    shares(loads);
    underWay();
    return lines;
  }

  /** Vnodes of which few owners live, not counting those who are declared dead. */
  private void copiesAlive() {
    int none = 0;
    int one = 0;
    int minority = 0;
    int lost = 0;
    for (int v = 0; v < now.vnodes(); v++) {
      List<String> owners = now.owners(v);
      int living = (int) owners.stream().filter(alive).count();
      boolean changes = !owners.equals(after.owners(v));
      none += living == 0 && !owners.isEmpty() ? 1 : 0;
      one += living == 1 && owners.size() > 1 ? 1 : 0;
      boolean goneForGood = owners.stream().filter(wanted.gone()::contains).count() * 2 >= owners.size();
      lost += changes && living > 0 && goneForGood ? 1 : 0;
      minority += changes && living > 0 && living * 2 <= owners.size() && !goneForGood ? 1 : 0;
    }
    if (none > 0) {
      lines.add(vnodes(none, "has", "have") + " no owner alive: their data is lost unless one comes back");
    }
    if (one > 0) {
      lines.add(vnodes(one, "has", "have") + " only one copy alive until others are made");
    }
    if (lost > 0) {
      lines.add(vnodes(lost, "loses", "lose") + " the majority of owners for good: what they alone had is lost");
    }
    if (minority > 0) {
      lines.add(vnodes(minority, "has", "have") + " no majority of owners alive, and cannot move until one comes back");
    }
  }

  private static String vnodes(int count, String one, String more) {
    return count + (count == 1 ? " vnode " + one : " vnodes " + more);
  }

  private void counts() {
    int nodes = wanted.seats().size();
    if (nodes < wanted.replicas()) {
      lines.add("N is " + wanted.replicas() + " and there are " + nodes + " nodes: there are " + nodes
          + " copies only, and every node owns everything");
    }
    if (nodes > now.vnodes()) {
      lines.add(nodes + " nodes share " + now.vnodes() + " vnodes: some are the primary of none");
    }
    long zones = wanted.seats().stream().map(Seat::zone).distinct().count();
    boolean zoned = wanted.seats().stream().anyMatch(s -> !s.zone().isEmpty());
    if (zoned && zones < Math.min(nodes, wanted.replicas())) {
      lines.add("N is " + wanted.replicas() + " and there " + (zones == 1 ? "is 1 zone" : "are " + zones + " zones")
          + ": copies of a vnode share a zone");
    }
  }

  private void silentNodes() {
    Set<String> fresh = seatsOf(wanted);
    fresh.removeAll(seatsBefore.keySet());
    fresh.removeIf(alive);
    told(fresh, "does not answer; what it is to take waits for it");
    Set<String> leavers = seatsBefore.keySet().stream().collect(Collectors.toSet());
    leavers.removeAll(seatsOf(wanted));
    leavers.removeAll(wanted.gone());
    leavers.removeIf(alive);
    told(leavers, "is to hand over its vnodes and does not answer; the other owners will; should it never come back, "
        + "remove it afterwards");
  }

  private static Set<String> seatsOf(Goal goal) {
    return goal.seats().stream().map(Seat::node).collect(Collectors.toSet());
  }

  private void told(Set<String> nodes, String what) {
    nodes.stream().sorted().limit(NODES_TOLD_MAX).forEach(node -> lines.add("node " + node + " " + what));
    if (nodes.size() > NODES_TOLD_MAX) {
      lines.add("so it is with " + (nodes.size() - NODES_TOLD_MAX) + " more nodes");
    }
  }

  private void zones() {
    Map<String, Seat> byName = seatsBefore.values().stream().collect(Collectors.toMap(Seat::name, s -> s));
    for (Seat seat : wanted.seats()) {
      Seat old = byName.get(seat.name());
      if (old != null && !old.node().equals(seat.node()) && !old.zone().equals(seat.zone())) {
        lines.add("node " + seat.node() + " is in zone '" + seat.zone() + "' and node " + old.node()
            + ", whose place it takes, in zone '" + old.zone() + "': other vnodes move too");
      }
    }
    Set<String> elsewhere = wanted.seats().stream()
        .filter(s -> state.node(s.node()).filter(n -> !n.zone().equals(s.zone())).isPresent())
        .map(Seat::node).collect(Collectors.toSet());
    told(elsewhere, "says that it is in another zone than its seat; a leave and a join would mend it");
  }

  // ---- shares ----

  private void shares(List<RingPlan.NodeLoad> loads) {
    int copies = Math.min(wanted.replicas(), wanted.seats().size());
    double weights = wanted.seats().stream().mapToInt(Seat::weight).sum();
    RingSettings settings = state.settings();
    double slack = 1 + settings.epsilonPermille() / 1000.0;
    List<String> wrong = new ArrayList<>();
    for (RingPlan.NodeLoad load : loads) {
      if (load.weight() > 0) {
        double primaries = settings.vnodes() * load.weight() / weights;
        share(load, copies * primaries, primaries, slack).ifPresent(wrong::add);
      }
    }
    if (copies == wanted.seats().size()) {
      return; // all own everything: nobody expects a share
    }
    wrong.stream().limit(NODES_TOLD_MAX).forEach(lines::add);
    if (wrong.size() > NODES_TOLD_MAX) {
      lines.add((wrong.size() - NODES_TOLD_MAX) + " more nodes have not their share by weight");
    }
  }

  private Optional<String> share(RingPlan.NodeLoad load, double vnodes, double primaries, double slack) {
    if (vnodes > now.vnodes()) {
      return Optional.of("node " + load.node() + " by its weight should own " + Math.round(vnodes) + " vnodes; it can "
          + "own each of the " + now.vnodes() + " only once, the others carry the rest");
    }
    if (load.vnodesAfter() > vnodes * slack + 1) {
      return Optional.of(told(load, "own", load.vnodesAfter(), vnodes));
    }
    if (load.vnodesAfter() < vnodes * LOW_SHARE - 1) {
      return Optional.of(told(load, "own only", load.vnodesAfter(), vnodes));
    }
    if (load.primariesAfter() > primaries * slack + 1) {
      return Optional.of(told(load, "be the primary of", load.primariesAfter(), primaries));
    }
    return Optional.empty();
  }

  private static String told(RingPlan.NodeLoad load, String verb, int vnodes, double share) {
    return String.format(Locale.ROOT, "node %s would %s %d vnodes, %.2f of its share by weight", load.node(), verb,
        vnodes, vnodes / share);
  }

  // ---- the way there ----

  private void underWay() {
    if (state.pace().paused()) {
      lines.add("transfers are paused: nothing moves before they are resumed");
    }
    if (wanted.equals(RingChanges.goalOf(state))) {
      return;
    }
    Placement reached = Placement.of(state.withGoal(RingChanges.goalOf(state), Optional.empty()));
    int open = 0;
    for (int v = 0; v < now.vnodes(); v++) {
      List<String> owners = now.owners(v);
      open += (int) reached.owners(v).stream().filter(n -> !owners.contains(n)).count();
    }
    if (open > 0) {
      lines.add("the last commit is not done: of what it wanted " + open + (open == 1 ? " copy is" : " copies are")
          + " still to be made; this plan counts from how things are now");
    }
  }
}
