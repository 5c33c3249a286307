package dev.henge.resp.session;

import dev.henge.ring.placement.NodeAddress;
import dev.henge.ring.transfer.RingPlan;
import dev.henge.ring.transfer.TransferStanding;
import java.util.List;

/**
 * What an operator may do with the ring through any of its nodes. Changes are staged first, looked at as a plan, and
 * then committed all at once.
 *
 * <p>What changes something returns null, or why it was refused, in words that end without a full stop. Nodes are
 * named by their ids; what names a node may also be a unique beginning of its id, or its {@code host:port}. All calls
 * on the loop.
 */
public interface RingAdmin {

  /** Stages that nodes which wait get vnodes. */
  String stageJoin(List<String> nodes);

  /** Stages that nodes hand over their vnodes and are free to go. */
  String stageLeave(List<String> nodes);

  /** Stages that nodes which are dead for good are replaced in all that they owned. */
  String stageRemove(List<String> nodes);

  /** Stages that a node which waits gets just what another has; if that is dead for good, it is removed as well. */
  String stageReplace(String old, String fresh);

  /** Stages another N. */
  String stageReplicas(int replicas);

  /** Stages another weight of a node, in hundredths of a normal node. */
  String stageWeight(String node, int weight);

  /** Forgets what is staged. */
  String unstage();

  /** What is staged, and what it would move. */
  RingPlan plan();

  /** Makes what is staged the ring's goal: transfers begin. */
  String commit();

  /** Takes the last commit back, while it is not done: what has moved moves back. */
  String cancel();

  /** Sets how much each node takes at most; 0 for no limit. */
  String throttle(long bytesPerSecond);

  /** Stops the transfers for now; what has been begun stays as it is. */
  String pause();

  String resume();

  TransferStanding transfers();

  /** Drops a node that owns nothing from the list of known nodes. */
  String forget(String node);

  /** Has the node that answers to this address, and waits, meet the ring. */
  String meet(String host, int port);

  /** Has this node hand over all that others can serve, and serve nothing until {@link #undrain}. */
  String drain();

  String undrain();

  /** Whether a drain has done what it can. */
  boolean drained();

  /**
   * A node as the ring knows it.
   *
   * @param address  where it listens, as it tells others
   * @param weight   in hundredths of a normal node
   * @param standing {@code waiting} (known, no seat), {@code joining} (a seat, and not all it should have), {@code up},
   *                 {@code leaving} (no seat, and still an owner)
   * @param owned    vnodes that it owns now
   * @param due      vnodes that it should own
   */
  record KnownNode(String id, NodeAddress address, String zone, int weight, String standing, boolean alive, int owned,
      int due) {}

  List<KnownNode> nodes();
}
