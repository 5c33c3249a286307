package dev.henge.chaos;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Waiting for a condition with a deadline, by looking again and again. */
public final class Await {

  private static final long LOOK_NANOS = 20_000_000;

  private Await() {}

  /** Something that may be so, or may not be told yet. */
  @FunctionalInterface
  public interface Condition {
    /** Null once it is so; until then what is still lacking. An exception counts as lacking. */
    String lacking() throws Exception;
  }

  /** Returns once nothing is lacking; fails after the deadline, with what was. */
  public static void until(Duration atMost, String what, Condition condition) {
    long end = System.nanoTime() + atMost.toNanos();
    while (true) {
      String lacking;
      try {
        lacking = condition.lacking();
      } catch (Exception e) {
        lacking = e.toString();
      }
      if (lacking == null) {
        return;
      }
      if (System.nanoTime() - end >= 0) {
        throw new AssertionError(what + ": not within " + atMost + ": " + lacking);
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }
}
