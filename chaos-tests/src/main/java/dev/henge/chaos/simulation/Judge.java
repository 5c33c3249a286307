package dev.henge.chaos.simulation;

import java.util.ArrayList;
import java.util.List;

/**
 * What a checker may rely on in a run, besides what clients have seen: whether what was acknowledged lasts, and how
 * long a key's vnode had one executor at a time.
 *
 * <p>While a vnode has never been degraded its commands must look as if one server had executed them one by one. From
 * the first degraded moment on only what holds of merged rows is asked.
 */
final class Judge {

  private final Simulation sim;

  Judge(Simulation sim) {
    this.sim = sim;
  }

  /** Whether what was acknowledged is there for good. */
  boolean lasts() {
    return sim.plan.keepsAcknowledged();
  }

  Violation fail(String key, String what) {
    return new Violation(key, key + ": " + what, null);
  }

  /**
   * The commands of the time in which the key's vnode had one executor; those that had not ended by then are in
   * doubt. Empty where acknowledged writes may be lost.
   */
  List<Op> exclusive(String key, List<Op> ops) {
    return lasts() ? until(sim.exclusiveUntilNanos(key), ops) : List.of();
  }

  /** The same of all vnodes: no vnode was ever degraded before. */
  List<Op> exclusiveEverywhere(List<Op> ops) {
    return lasts() ? until(sim.exclusiveEverywhereUntilNanos(), ops) : List.of();
  }

  private static List<Op> until(long untilNanos, List<Op> ops) {
    List<Op> then = new ArrayList<>();
    for (Op op : ops) {
      if (op.startNanos < untilNanos) {
        then.add(op.done() && op.endNanos >= untilNanos ? op.inDoubt() : op);
      }
    }
    return then;
  }
}
