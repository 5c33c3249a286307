package dev.henge.chaos.check;

import java.util.ArrayList;
import java.util.List;

/**
 * What a checker may rely on in a run, besides what clients have seen: whether what was acknowledged lasts, and how
 * long a key had one executor at a time.
 *
 * <p>While it has, its commands must look as if one server had executed them one by one. From the first moment on in
 * which it may have had two, only what holds of merged rows is asked.
 */
public interface Judge {

  /** Whether what was acknowledged is there for good. */
  boolean lasts();

  /**
   * The commands of the time in which the key had one executor; those that had not ended by then are in doubt. Empty
   * where acknowledged writes may be lost.
   */
  List<Op> exclusive(String key, List<Op> ops);

  /** The same of all keys: none ever had two executors before. */
  List<Op> exclusiveEverywhere(List<Op> ops);

  /**
   * Those whose replies are promised to be given once: as long as that is, be it exclusive or not. Commands that hand
   * out or exclude, that is.
   */
  default List<Op> unique(String key, List<Op> ops) {
    return exclusive(key, ops);
  }

  /** Whether no wall clock of a node was wrong, or made wrong or right, from one moment to another. */
  default boolean clocksSteady(long fromNanos, long toNanos) {
    return true;
  }

  /** A search gave up on the key: nobody knows whether its history is sound. */
  default void undecided(String key) {}

  default Violation fail(String key, String what) {
    return new Violation(key, key + ": " + what, null);
  }

  /** The commands asked before a moment, as they were known then. */
  static List<Op> until(long untilNanos, List<Op> ops) {
    List<Op> then = new ArrayList<>();
    for (Op op : ops) {
      if (op.startNanos < untilNanos) {
        then.add(op.done() && op.endNanos >= untilNanos ? op.inDoubt() : op);
      }
    }
    return then;
  }
}
