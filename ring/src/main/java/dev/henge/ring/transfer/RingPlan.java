package dev.henge.ring.transfer;

import dev.henge.ring.placement.Placement;
import dev.henge.ring.placement.RingState;
import java.util.List;
import java.util.function.Predicate;

/**
 * What a staged change of the ring would move: a preview, before an operator commits it.
 *
 * @param changes       what is staged, in words, a line each; empty if nothing is
 * @param nodes         the load of every node that is in the ring before or after, in the order of their names
 * @param vnodesMoved   how many copies of vnodes get a new owner
 * @param bytesMoved    the bytes of these copies, as far as their sizes are known
 * @param vnodesUnsized how many of these copies have no known size
 * @param seconds       how long the bytes take at the set rate; 0 if there is no rate
 * @param warnings      what an operator should know before committing, a line each
 */
public record RingPlan(List<String> changes, List<NodeLoad> nodes, int vnodesMoved, long bytesMoved, int vnodesUnsized,
    long seconds, List<String> warnings) {

  /**
   * A node before and after.
   *
   * @param weight          in hundredths of a normal node; 0 if it has no seat after the change
   * @param vnodesBefore    copies of vnodes that it holds
   * @param primariesBefore vnodes of which it is the natural primary
   * @param bytesIn         bytes that it has to take
   * @param bytesOut        bytes that it may drop
   */
  public record NodeLoad(String node, String zone, int weight, int vnodesBefore, int vnodesAfter, int primariesBefore,
      int primariesAfter, long bytesBefore, long bytesAfter, long bytesIn, long bytesOut) {}

  public RingPlan {
    changes = List.copyOf(changes);
    nodes = List.copyOf(nodes);
    warnings = List.copyOf(warnings);
  }

  /**
   * What would move if what is staged in a ring state were committed; if nothing is, what is left of the goal.
   *
   * @param now        who owns each vnode now
   * @param vnodeBytes the bytes of one copy of each vnode, -1 where unknown
   * @param alive      which nodes answer
   */
  public static RingPlan of(RingState state, Placement now, long[] vnodeBytes, Predicate<String> alive) {
    return new Planner(state, now, vnodeBytes, alive).plan();
  }
}
