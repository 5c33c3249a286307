package dev.henge.resp.session;

import dev.henge.ring.replica.Outcome;
import dev.henge.storage.type.DamagedRowsException;
import java.nio.charset.StandardCharsets;

/** The error replies for commands whose vnode could not be served. */
final class Outcomes {

  private Outcomes() {}

  static String text(Outcome outcome) {
    return switch (outcome) {
      case DONE -> throw new IllegalArgumentException("no error");
      case NOT_SERVING -> "CLUSTERDOWN Hash slot not served";
      case IN_DOUBT -> "INDOUBT The write may or may not have been kept: too few owners confirmed it";
      case DISK_FAILED -> diskFailed("the log of this node cannot be written, see its log output");
      case NO_OWNER -> "CLUSTERDOWN No owner of the hash slot can be reached";
      case TOO_FEW_OWNERS -> "NOREPLICAS Not enough good replicas to write.";
      case TOO_FEW_ANSWERS -> "NOREPLICAS Not enough owners have answered for a read of this R";
      case NOT_SEEN -> "TRYAGAIN The node that can be asked has not seen what this session has";
    };
  }

  /** The same, with what the executing node says beside it; one that says nothing is no worse for it. */
  static String text(Outcome outcome, byte[] said) {
    return outcome == Outcome.DISK_FAILED && said != null && said.length > 0
        ? diskFailed(new String(said, StandardCharsets.UTF_8)) : text(outcome);
  }

  /** Redis's words for it, and the reason behind them, on one line. */
  static String diskFailed(String reason) {
    return "MISCONF Errors writing to the AOF file: " + reason.replaceAll("[\\r\\n]+", " ");
  }

  static boolean inDoubt(String error) {
    return error.startsWith("INDOUBT");
  }

  /** What policy unique-safe says where a reply would not be unique. */
  static final String NOT_UNIQUE = "NOREPLICAS The slot is not served exclusively, so that the reply might not be unique";

  static String damaged(DamagedRowsException e) {
    return "CORRUPT Rows are damaged on the disk and no other owner can be asked: " + e.getMessage()
        + (e.changed() ? "; other keys of the command were changed" : "");
  }

  static byte[] error(Outcome outcome) {
    return encoded(text(outcome));
  }

  static byte[] error(Outcome outcome, byte[] said) {
    return encoded(text(outcome, said));
  }

  private static byte[] encoded(String text) {
    return ("-" + text + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
  }
}
