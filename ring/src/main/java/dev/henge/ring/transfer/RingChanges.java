package dev.henge.ring.transfer;

import dev.henge.ring.placement.Goal;
import dev.henge.ring.placement.NodeAddress;
import dev.henge.ring.placement.NodeState;
import dev.henge.ring.placement.Pace;
import dev.henge.ring.placement.RingState;
import dev.henge.ring.placement.Seat;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What an operator can make of one ring state through one node: each verb gives the state that follows, or says in
 * words why it cannot be done and leaves the state alone.
 *
 * <p>Pure: it knows what the ring state says and nothing of who is alive or what has moved. Staging starts from what is
 * staged, or else from the goal. Taking everything back again leaves something staged that wants the same as the goal:
 * a register that merges by its greatest value cannot be emptied. That counts as nothing staged.
 *
 * <p>A cancel is a goal of its own, one version on, that wants what the one before wanted. It drops what is staged on
 * top of what it takes back, and cannot itself be cancelled: an operator who asks twice would otherwise have it back.
 */
public final class RingChanges {

  /** The highest N that can be asked for, as for the setting {@code replicas}. */
  public static final int MAX_REPLICAS = VnodeView.OWNERS_MAX - 1;

  private static final int NAMED_MAX = 5;

  private final RingState state;
  private final String author;
  private final Goal goal;

  /**
   * What came of a verb.
   *
   * @param state   the state after it; if it was refused, the one before
   * @param refusal why it was refused, without a full stop; null if it was done
   */
  public record Change(RingState state, String refusal) {

    public boolean refused() {
      return refusal != null;
    }
  }

  /** A refusal on its way out of a verb. */
  private static final class Refused extends Exception {

    private static final long serialVersionUID = 1;

    Refused(String why) {
      super(why, null, false, false);
    }
  }

  private interface Verb {

    RingState apply() throws Refused;
  }

  /** What is wanted, being changed. */
  private static final class Draft {

    int replicas;
    final List<Seat> seats;
    final Set<String> gone;

    Draft(Goal from) {
      replicas = from.replicas();
      seats = new ArrayList<>(from.seats());
      gone = new TreeSet<>(from.gone());
    }

    Optional<Seat> seat(String node) {
      return seats.stream().filter(s -> s.node().equals(node)).findFirst();
    }

    Seat seated(String node) throws Refused {
      return seat(node).orElseThrow(() -> new Refused("node " + node + " has no seat in the ring"));
    }

    void unseated(String node) throws Refused {
      if (seat(node).isPresent()) {
        throw new Refused("node " + node + " already has a seat in the ring");
      }
    }

    /** The node's id, or if the node that has its vnodes now goes by that name, the first free one made of it. */
    String freeName(String node) {
      Set<String> taken = seats.stream().map(Seat::name).collect(Collectors.toSet());
      String name = node;
      for (int i = 2; taken.contains(name); i++) {
        name = node + "~" + i;
      }
      return name;
    }
  }

  private interface Edit {

    void apply(Draft draft) throws Refused;
  }

  /** @param author the id of the node that the operator speaks through */
  public RingChanges(RingState state, String author) {
    this.state = state;
    this.author = author;
    goal = goalOf(state);
  }

  /** The goal; for a ring that formed before there were goals, what it was formed as. */
  static Goal goalOf(RingState state) {
    return state.goal().orElseGet(() -> Goal.first(state));
  }

  /** What is staged, if it wants anything else than the goal. */
  public static Optional<Goal> staged(RingState state) {
    return state.staged().filter(s -> !s.wantsSame(goalOf(state)));
  }

  // ---- staging ----

  /** That known nodes get seats, under their own ids, zones and weights; one that was declared gone is back. */
  public Change stageJoin(List<String> nodes) {
    return stage(draft -> {
      for (String id : idsOf(nodes)) {
        draft.unseated(id);
        if (draft.seats.size() == RingState.MAX_NODES) {
          throw new Refused("a ring cannot have more than " + RingState.MAX_NODES + " nodes");
        }
        NodeState node = known(id);
        draft.seats.add(new Seat(id, draft.freeName(id), node.zone(), node.weight()));
        draft.gone.remove(id);
      }
    });
  }

  /** That nodes give up their seats. */
  public Change stageLeave(List<String> nodes) {
    return stage(draft -> {
      for (String id : idsOf(nodes)) {
        draft.seats.remove(draft.seated(id));
      }
    });
  }

  /** That nodes lose their seats and are declared dead for good; also ones that have given up their seats already. */
  public Change stageRemove(List<String> nodes) {
    return stage(draft -> {
      for (String id : idsOf(nodes)) {
        draft.seat(id).ifPresent(draft.seats::remove);
        if (!draft.gone.add(id)) {
          throw new Refused("node " + id + " is declared gone already");
        }
        if (draft.gone.size() > RingState.MAX_NODES) {
          throw new Refused("no more than " + RingState.MAX_NODES + " nodes can be declared gone");
        }
      }
    });
  }

  /**
   * That a known node without a seat takes another's, with its name and weight. Its zone is its own.
   *
   * <p>Whether the other is dead for good is not seen here, nor by any node: one that cannot be reached is perhaps only
   * cut off. Where it is dead, {@link #stageRemove} says so as well, behind this.
   */
  public Change stageReplace(String old, String fresh) {
    return stage(draft -> {
      Seat seat = draft.seated(idOf(old));
      String id = idOf(fresh);
      draft.unseated(id);
      draft.seats.remove(seat);
      draft.seats.add(new Seat(id, seat.name(), known(id).zone(), seat.weight()));
      draft.gone.remove(id);
    });
  }

  /** Another N. */
  public Change stageReplicas(int replicas) {
    return stage(draft -> {
      if (replicas < 1 || replicas > MAX_REPLICAS) {
        throw new Refused("N " + replicas + " is not in 1.." + MAX_REPLICAS);
      }
      if (replicas == draft.replicas) {
        throw new Refused("N is " + replicas + " already");
      }
      draft.replicas = replicas;
    });
  }

  /** Another weight of a node's seat, in hundredths of a normal node. */
  public Change stageWeight(String node, int weight) {
    return stage(draft -> {
      Seat seat = draft.seated(idOf(node));
      if (weight < 1 || weight > NodeState.MAX_WEIGHT) {
        throw new Refused("weight " + weight + " is not in 1.." + NodeState.MAX_WEIGHT);
      }
      if (weight == seat.weight()) {
        throw new Refused("the weight of node " + seat.node() + " is " + weight + " already");
      }
      draft.seats.remove(seat);
      draft.seats.add(seat.withWeight(weight));
    });
  }

  /** Back to what the goal wants. */
  public Change unstage() {
    return change(() -> {
      requireStaged();
      return state.withStaged(edited(new Draft(goal)));
    });
  }

  private Change stage(Edit edit) {
    return change(() -> {
      Draft draft = new Draft(state.staged().orElse(goal));
      edit.apply(draft);
      if (draft.seats.isEmpty()) {
        throw new Refused("no node would be left in the ring");
      }
      return state.withStaged(edited(draft));
    });
  }

  private Goal edited(Draft draft) {
    long version = Math.max(goal.version() + 1, state.staged().map(Goal::version).orElse(0L));
    long edit = state.staged().map(Goal::edit).orElse(0L) + 1;
    return new Goal(version, edit, author, draft.replicas, draft.seats, List.copyOf(draft.gone));
  }

  private Goal requireStaged() throws Refused {
    return staged(state).orElseThrow(() -> new Refused("nothing is staged"));
  }

  // ---- the goal ----

  /** What is staged becomes the goal. */
  public Change commit() {
    return change(() -> {
      Goal next = requireStaged();
      requireKnown(next, "is staged to have a seat");
      Goal mine = new Goal(next.version(), next.edit(), author, next.replicas(), next.seats(), next.gone());
      return state.withGoal(mine, Optional.of(goal));
    });
  }

  /** What the goal before wanted becomes the goal. */
  public Change cancel() {
    return change(() -> {
      Goal before = state.before().orElseThrow(() -> new Refused("nothing has been committed that could be cancelled"));
      requireKnown(before, "had a seat before the last commit");
      Goal back = new Goal(goal.version() + 1, 0, author, before.replicas(), before.seats(), before.gone());
      return state.withGoal(back, Optional.empty());
    });
  }

  /** A node may have been forgotten since a goal was made. */
  private void requireKnown(Goal next, String why) throws Refused {
    for (Seat seat : next.seats()) {
      if (goal.seat(seat.node()).isEmpty() && state.node(seat.node()).isEmpty()) {
        throw new Refused("node " + seat.node() + " " + why + ", but is not known any more");
      }
    }
  }

  // ---- pace ----

  /** How much each node takes at most; 0 for no limit. */
  public Change throttle(long bytesPerSecond) {
    return bytesPerSecond < 0
        ? new Change(state, "a rate of " + bytesPerSecond + " bytes a second is below 0")
        : paced(bytesPerSecond, state.pace().paused());
  }

  /** Nothing new is begun; again does nothing more. */
  public Change pause() {
    return paced(state.pace().bytesPerSecond(), true);
  }

  public Change resume() {
    return paced(state.pace().bytesPerSecond(), false);
  }

  private Change paced(long bytesPerSecond, boolean paused) {
    Pace pace = state.pace();
    boolean same = pace.bytesPerSecond() == bytesPerSecond && pace.paused() == paused;
    Pace next = new Pace(pace.version() + 1, author, bytesPerSecond, paused);
    return new Change(same ? state : state.withPace(next), null);
  }

  // ---- known nodes ----

  /**
   * Drops a node from those known, in all its incarnations so far; it comes back when it starts again. The caller makes
   * sure that it owns nothing.
   */
  public Change forget(String node) {
    return change(() -> {
      String id = idOf(node);
      if (goal.seat(id).isPresent()) {
        throw new Refused("node " + id + " has a seat in the ring; leave or remove it first");
      }
      if (staged(state).flatMap(s -> s.seat(id)).isPresent()) {
        throw new Refused("node " + id + " is staged to have a seat");
      }
      if (state.removed().size() == RingState.MAX_NODES && !state.removed().containsKey(id)) {
        throw new Refused("no more than " + RingState.MAX_NODES + " nodes can be forgotten");
      }
      return state.withRemoved(id, known(id).incarnation());
    });
  }

  /**
   * The ids of all nodes that a name could mean, one if it is clear: an id, the {@code host:port} that clients use, or
   * the beginning of an id.
   */
  static List<String> meant(RingState state, String name) {
    Set<String> ids = new TreeSet<>(state.nodes().keySet());
    goalOf(state).seats().forEach(s -> ids.add(s.node()));
    state.staged().ifPresent(g -> g.seats().forEach(s -> ids.add(s.node())));
    if (name.isEmpty() || ids.contains(name)) {
      return ids.contains(name) ? List.of(name) : List.of();
    }
    List<String> there = matching(ids, id -> state.node(id).filter(n -> isAt(n.address(), name)).isPresent());
    return there.isEmpty() ? matching(ids, id -> id.startsWith(name)) : there;
  }

  private static List<String> matching(Collection<String> ids, Predicate<String> wanted) {
    return ids.stream().filter(wanted).toList();
  }

  private static boolean isAt(NodeAddress address, String hostPort) {
    return hostPort.equals(address.host() + ":" + address.clientPort())
        || hostPort.equals("[" + address.host() + "]:" + address.clientPort());
  }

  private String idOf(String name) throws Refused {
    List<String> ids = meant(state, name);
    if (ids.isEmpty()) {
      throw new Refused("no node is known as '" + name + "'");
    }
    if (ids.size() > 1) {
      String more = ids.size() > NAMED_MAX ? " and " + (ids.size() - NAMED_MAX) + " more" : "";
      throw new Refused("'" + name + "' could be any of " + ids.size() + " nodes: "
          + String.join(", ", ids.subList(0, Math.min(NAMED_MAX, ids.size()))) + more);
    }
    return ids.get(0);
  }

  private List<String> idsOf(List<String> names) throws Refused {
    if (names.isEmpty()) {
      throw new Refused("no node is named");
    }
    List<String> ids = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      String id = idOf(name);
      if (!seen.add(id)) {
        throw new Refused("node " + id + " is named twice");
      }
      ids.add(id);
    }
    return ids;
  }

  private NodeState known(String id) throws Refused {
    return state.node(id).orElseThrow(() -> new Refused("node " + id + " is not known any more"));
  }

  private Change change(Verb verb) {
    try {
      return new Change(verb.apply(), null);
    } catch (Refused refused) {
      return new Change(state, refused.getMessage());
    }
  }
}
