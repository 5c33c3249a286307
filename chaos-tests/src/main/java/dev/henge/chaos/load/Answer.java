package dev.henge.chaos.load;

import dev.henge.chaos.check.Op;
import dev.henge.resp.codec.Reply;
import java.util.Set;

/**
 * What came of a command, as its client knows it.
 *
 * @param reply an error between brackets is the client's own
 * @param broken whether the connection is of no more use
 */
record Answer(Op.End end, Reply reply, boolean broken) {

  /**
   * Errors that say that nothing was executed, and that servers give while they are broken: Henge's and Redis's
   * words.
   */
  private static final Set<String> REFUSALS = Set.of("CLUSTERDOWN", "NOREPLICAS", "TRYAGAIN", "MISCONF", "OOM",
      "LOADING", "READONLY", "MASTERDOWN", "MOVED", "ASK", "BUSY");

  /** Errors that leave open whether the command was executed. */
  private static final Set<String> DOUBTS = Set.of("INDOUBT", "UNBLOCKED");

  /** Errors that say that nothing was executed, and that no command of a workload should ever get. */
  private static final Set<String> WRONG = Set.of("WRONGTYPE", "NOAUTH", "WRONGPASS", "NOPERM", "NOPROTO", "CROSSSLOT",
      "CORRUPT");

  static Answer of(Reply reply) {
    return new Answer(reply instanceof Reply.Error error ? end(error.code()) : Op.End.DONE, reply, false);
  }

  /** An error that nobody knows leaves the command in doubt: who refuses says so. */
  private static Op.End end(String code) {
    return REFUSALS.contains(code) || WRONG.contains(code) ? Op.End.REFUSED : Op.End.IN_DOUBT;
  }

  /** Whether a server may give such an error while it is broken. */
  static boolean expected(String error) {
    String code = new Reply.Error(error).code();
    return error.startsWith("(") || REFUSALS.contains(code) || DOUBTS.contains(code);
  }

  /** The command was never sent. */
  static Answer unsent(String why) {
    return new Answer(Op.End.REFUSED, new Reply.Error("(not sent: " + why + ")"), true);
  }

  /** The command was sent, and there is no answer. */
  static Answer lost(String why) {
    return new Answer(Op.End.IN_DOUBT, new Reply.Error("(no answer: " + why + ")"), true);
  }
}
