package dev.henge.node;

import dev.henge.ring.placement.NodeState;
import dev.henge.ring.placement.Placement;
import dev.henge.ring.placement.RingState;
import dev.henge.ring.replica.Message;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How nodes become a ring: they tell each other whom they know, and once the expected number has met, who owns what
 * is settled and kept on the disk. From then on nobody becomes an owner by turning up; a member's own entry (its
 * address) may still change.
 */
final class RingFormation {

  private static final Logger LOG = LoggerFactory.getLogger(RingFormation.class);
  private static final String FILE = "ring";

  private final NodeFiles files;
  private final String self;
  private final int expectedNodes;
  private final Consumer<RingState> changed;
  private final Set<String> strangers = new HashSet<>();
  private RingState state;
  private boolean formed;
  private long fingerprint;
  private boolean unsaved;

  /**
   * @param expectedNodes how many nodes form the ring the first time
   * @param changed told when the ring forms or an address in it changes, and of every change while it forms
   */
  RingFormation(NodeFiles files, RingState empty, NodeState self, int expectedNodes, Consumer<RingState> changed)
      throws IOException {
    this.files = files;
    this.self = self.id();
    this.expectedNodes = expectedNodes;
    this.changed = changed;
    byte[] kept = files.read(FILE);
    if (kept != null) {
      state = RingState.decode(kept);
      if (!state.cluster().equals(empty.cluster())) {
        throw new IOException(files.path(FILE) + " belongs to the cluster " + state.cluster() + ", not to " + empty.cluster());
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
    return new Message.RingView(state.encode(), formed ? fingerprint : 0);
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
    if (!state.isMergeableWith(theirs)) {
      warnOnce(from, "node " + from + " has another ring: cluster " + theirs.cluster() + ", " + theirs.settings()
          + "; here " + state.cluster() + ", " + state.settings());
      return false;
    }
    RingState before = state;
    if (formed) {
      mergeKnown(from, theirs);
    } else if (view.fingerprint() != 0 && theirs.node(self).isEmpty()) {
      warnOnce(from, "the ring has formed without this node; joining a running ring is not possible yet");
      return false;
    } else {
      state = state.merge(theirs);
      if (view.fingerprint() != 0) {
        settle();
      } else {
        formIfComplete();
      }
    }
    if (state.equals(before)) {
      return false;
    }
    if (formed) {
      save();
    }
    changed.accept(state);
    return true;
  }

  private void mergeKnown(String from, RingState theirs) {
    for (NodeState node : theirs.nodes().values()) {
      if (state.node(node.id()).isPresent()) {
        state = state.merge(RingState.empty(state.cluster(), state.settings()).with(node));
      } else {
        warnOnce(node.id(), "node " + node.id() + " at " + node.address() + " is not in the ring: joining a running ring is "
            + "not possible yet (told by " + from + ")");
      }
    }
  }

  private void warnOnce(String about, String line) {
    if (strangers.size() < RingState.MAX_NODES && strangers.add(about)) {
      LOG.warn(line);
    }
  }

  private void formIfComplete() {
    if (!formed && state.nodes().size() >= expectedNodes) {
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

  Placement placement() {
    return Placement.of(state);
  }
}
