package dev.henge.node;

import dev.henge.ring.placement.Goal;
import dev.henge.ring.placement.NodeState;
import dev.henge.ring.placement.Placement;
import dev.henge.ring.placement.RingState;
import dev.henge.ring.replica.Message;
import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this node knows of the ring: how nodes become one, and how the ring's state spreads.
 *
 * <p>Nodes that form a ring tell each other whom they know, and once the expected number has met, who owns what is
 * settled and kept on the disk. From then on nobody becomes an owner by turning up: a node that is told to join takes
 * the ring's state up and waits, and operators change the goal.
 */
final class RingFormation {

  private static final Logger LOG = LoggerFactory.getLogger(RingFormation.class);
  private static final String FILE = "ring";

  private final NodeFiles files;
  private final NodeState own;
  private final String self;
  private final int expectedNodes;
  private final boolean joins;
  private final Consumer<RingState> changed;
  private final RingState nobody;
  private final Set<String> strangers = new HashSet<>();
  private RingState state;
  private boolean formed;
  private long fingerprint;
  private boolean unsaved;

  /**
   * @param expectedNodes how many nodes form the ring the first time
   * @param joins whether this node is to join a ring that has formed
   * @param changed told of every change of the state
   */
  RingFormation(NodeFiles files, RingState empty, NodeState self, int expectedNodes, boolean joins,
      Consumer<RingState> changed) throws IOException {
    this.files = files;
    this.own = self;
    this.self = self.id();
    this.expectedNodes = expectedNodes;
    this.joins = joins;
    this.nobody = empty;
    this.changed = changed;
    byte[] kept = files.read(FILE);
    if (kept != null) {
      state = RingState.decode(kept);
      if (!state.cluster().equals(empty.cluster())) {
        throw new IOException(files.path(FILE) + " belongs to the cluster " + state.cluster() + ", not to " + empty.cluster());
      }
      if (state.goal().isEmpty()) {
        state = state.withGoal(Goal.first(state), Optional.empty()); // kept by a version that knew no goals
      }
      state = state.with(self);
      settle();
    } else {
      state = empty.with(self);
      formIfComplete();
    }
  }

  boolean formed() {
    return formed;
  }

  RingState state() {
    return state;
  }

  /** What is told to a peer. */
  Message.RingView view() {
    // else those who are about to form the ring would count it as one of them
    RingState told = joins && !formed ? nobody : state.asFormed();
    return new Message.RingView(told.encode(), formed ? fingerprint : 0);
  }

  /** A peer told its view. Returns whether ours changed, so that others should be told. */
  boolean heard(String from, Message.RingView view) {
    RingState theirs;
    try {
      theirs = RingState.decode(view.state());
    } catch (RingState.FormatException e) {
      LOG.warn("node {} sent a ring state that cannot be read: {}", from, e.getMessage());
      return false;
    }
    if (view.fingerprint() != 0 && theirs.goal().isEmpty()) {
      theirs = theirs.withGoal(Goal.first(theirs), Optional.empty());
    }
    if (!state.cluster().equals(theirs.cluster())) {
      warnOnce(from, "node " + from + " is of cluster " + theirs.cluster() + ", this node of " + state.cluster());
      return false;
    }
    RingState before = state;
    if (formed && theirs.goal().isPresent()) {
      meet(from, theirs);
    } else if (theirs.goal().isPresent()) {
      join(from, theirs);
    } else if (!formed) {
      form(from, theirs);
    }
    if (state.equals(before)) {
      return false;
    }
    if (formed) {
      settle();
    }
    changed.accept(state);
    return true;
  }

  /** The peer is in a ring, as this node is: in this one, unless they have nothing to do with each other. */
  private void meet(String from, RingState theirs) {
    boolean strangers = theirs.node(self).isEmpty() && state.node(from).isEmpty();
    Goal ours = state.goal().orElseThrow();
    Goal other = theirs.goal().orElseThrow();
    boolean contradicts = ours.version() == 1 && other.version() == 1 && !ours.equals(other);
    if (strangers || contradicts || !state.isMergeableWith(theirs)) {
      warnOnce(from, "node " + from + " is in another ring that has the name " + state.cluster()
          + ", too; the two are kept apart");
    } else {
      state = state.merge(theirs);
    }
  }

  /** The peer is in a ring that has formed, and this node in none. */
  private void join(String from, RingState theirs) {
    if (!joins && theirs.node(self).isEmpty()) {
      warnOnce(from, "the ring " + state.cluster() + " has formed without this node, as node " + from
          + " tells; a node is added to it by: henge join, or the setting join");
    } else if (theirs.settings().vnodes() != state.settings().vnodes()) {
      warnOnce(from, "the ring has " + theirs.settings().vnodes() + " vnodes and this node was started with "
          + state.settings().vnodes() + ", so that it cannot join: start it with --vnodes " + theirs.settings().vnodes());
    } else {
      state = theirs.with(own);
      settle();
      LOG.info("this node knows the ring of {} nodes now, as node {} told{}", theirs.nodes().size(), from,
          state.goal().orElseThrow().seat(self).isPresent() ? "" : ", and waits for a seat in it");
    }
  }

  private void form(String from, RingState theirs) {
    if (!state.isMergeableWith(theirs)) {
      warnOnce(from, "node " + from + " has another ring: " + theirs.settings() + "; here " + state.settings());
    } else if (!joins) {
      state = state.merge(theirs);
      formIfComplete();
    }
  }

  /** Takes up what operators have changed here; returns whether anything did. */
  boolean change(RingState to) {
    if (!formed || to.equals(state)) {
      return false;
    }
    state = to;
    settle();
    changed.accept(state);
    return true;
  }

  private void warnOnce(String about, String line) {
    if (strangers.size() < RingState.MAX_NODES && strangers.add(about)) {
      LOG.warn(line);
    }
  }

  private void formIfComplete() {
    if (!formed && !joins && state.nodes().size() >= expectedNodes) {
      state = state.withGoal(Goal.first(state), Optional.empty());
      settle();
      LOG.info("the ring has formed: {} nodes, fingerprint {}", state.nodes().size(), Long.toHexString(fingerprint));
    }
  }

  private void settle() {
    formed = true;
    fingerprint = state.fingerprint();
    save();
  }

  /** A disk that takes nothing now is tried again: until then others know what would be lost with the process. */
  private void save() {
    try {
      files.replace(FILE, state.encode());
      unsaved = false;
    } catch (IOException e) {
      if (!unsaved) {
        LOG.error("the ring's state cannot be kept in {} for now: {}", files.path(FILE), e.toString());
      }
      unsaved = true;
    }
  }

  /** Keeps what could not be kept; call it every now and then. */
  void tick() {
    if (unsaved) {
      save();
    }
  }

  long fingerprint() {
    return formed ? fingerprint : 0;
  }

  /** Who should own what. */
  Placement placement() {
    return Placement.of(state);
  }

  /** Whether this node has been in the ring from its first day, and nothing has changed since. */
  boolean unchanged() {
    return state.goal().filter(goal -> goal.version() == 1 && goal.seat(self).isPresent()).isPresent();
  }
}
