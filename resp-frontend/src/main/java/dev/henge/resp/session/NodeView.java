package dev.henge.resp.session;

import dev.henge.node.LiveConfig;
import dev.henge.ring.placement.NodeState;
import dev.henge.ring.placement.Placement;
import java.util.Collection;

/**
 * What a node knows of itself and the ring, for INFO, CLUSTER, CLIENT and CONFIG. All answers come at once, from
 * memory.
 */
public interface NodeView {

  String nodeId();

  LiveConfig config();

  /** Null until the ring has formed. */
  Placement placement();

  /** The nodes of the ring, this one among them; those that are only known so far while the ring forms. */
  Collection<NodeState> nodes();

  /** N: how many owners a vnode has. */
  int replicas();

  /** Whether a node can be reached from here. */
  boolean reachable(String nodeId);

  /** The node that serves the vnode as seen from here, or null. */
  String servedBy(int vnode);

  /** Equal on all nodes that agree on who owns what; 0 until the ring has formed. */
  long ringFingerprint();

  /** Vnodes that some reachable node serves or can serve. */
  int vnodesServed();

  Collection<ClientState> clients();

  /** Ends a client's connection; false if there is none with the id. */
  boolean kill(long clientId);

  /** How many keys a slot has in database 0, if this node has it; else -1. */
  long keysInSlot(int slot);

  /** Up to {@code count} keys of a slot that this node has. */
  java.util.List<byte[]> keysOfSlot(int slot, int count);

  /** Vnodes that this node owns and whose rows it has in full. */
  int vnodesReady();

  /** Keys of one database on this node's own vnodes, as acting primary. */
  long keys(int db);

  /** Those of {@link #keys} that have a deadline. */
  long keysWithDeadline(int db);

  /**
   * Numbers for INFO by name, such as {@code total_commands_processed}; in the order they should be printed, section
   * by section.
   */
  java.util.Map<String, java.util.Map<String, Object>> figures();

  /** Begins anew with what {@link #figures} tells that is no sum, such as the longest of something. */
  void resetFigures();

  long startMillis();

  long nowMillis();
}
