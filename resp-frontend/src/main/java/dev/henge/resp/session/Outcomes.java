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
      case DISK_FAILED -> "MISCONF Errors writing to the AOF file: the log of this node cannot be written, see its log output";
      case TOO_FEW_OWNERS -> "NOREPLICAS Not enough good replicas to write.";
    };
  }

  static String damaged(DamagedRowsException e) {
    return "CORRUPT Rows are damaged on the disk and no other owner can be asked: " + e.getMessage()
        + (e.changed() ? "; other keys of the command were changed" : "");
  }

  static byte[] error(Outcome outcome) {
    return ("-" + text(outcome) + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
  }
}
