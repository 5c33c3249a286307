package dev.henge.ring.replica;

/**
 * A node that was refused a lease because another has it.
 *
 * @param round the round of its question, which the answer bears
 * @param epoch the vnode's epoch in which it asked
 * @param sinceNanos when that was, by this node's clock
 */
record LeaseSeeker(String node, long round, long epoch, long sinceNanos) {

  /** The same for all vnodes of one question. */
  LeaseSeeker ofRound() {
    return new LeaseSeeker(node, round, 0, 0);
  }
}
