package dev.henge.ring.replica;

/** What became of a command that was sent to a vnode. */
public enum Outcome {
  /** It ran, and its reply may leave. */
  DONE,
  /** Its target does not serve the vnode now and did not run it. */
  NOT_SERVING,
  /** It ran, but nobody knows whether enough owners hold it. */
  IN_DOUBT,
  /** The disk failed: it was not run. */
  DISK_FAILED,
  /** Too few owners are there for the policy in force: it was not run. */
  TOO_FEW_OWNERS,
  /** Fewer owners than the read asked for have answered: it was not run. */
  TOO_FEW_ANSWERS,
  /** The node that could run it has not seen what the caller's session has: it was not run. */
  NOT_SEEN,
  /** No owner can be reached, and without one the command has no answer: it was not run. */
  NO_OWNER
}
