package dev.henge.ring.transfer;

import java.util.List;

/**
 * How far the ring is on its way to its goal, as one node sees it.
 *
 * @param paused         whether an operator has stopped the transfers for now
 * @param bytesPerSecond what each node takes at most; 0 for no limit
 * @param vnodesLeft     copies of vnodes that still need their new owner, or their old one to let go
 * @param bytesLeft      the bytes still to be taken, as far as they are known
 * @param secondsLeft    an estimate by what was taken lately; -1 if there is none
 * @param nodes          the nodes that take or give something, in the order of their names
 */
public record TransferStanding(boolean paused, long bytesPerSecond, int vnodesLeft, long bytesLeft, long secondsLeft,
    List<NodeTransfer> nodes) {

  /**
   * A node's part.
   *
   * @param toTake    vnodes that it has to take and has not yet
   * @param taking    of these, vnodes that are on their way
   * @param toLetGo   vnodes that it holds and is to let go
   * @param bytesDone bytes that it has taken since the goal was set, or its process started
   * @param bytesLeft bytes that it has still to take, as far as they are known
   */
  public record NodeTransfer(String node, int toTake, int taking, int toLetGo, long bytesDone, long bytesLeft) {}

  public TransferStanding {
    nodes = List.copyOf(nodes);
  }

  /** Whether everything is where it should be. */
  public boolean isDone() {
    return vnodesLeft == 0;
  }
}
