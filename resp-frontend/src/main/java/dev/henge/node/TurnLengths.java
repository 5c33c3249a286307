package dev.henge.node;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How long the loop's turns take: while one lasts, no other client is answered. A pause of the process in the midst of
 * one counts as part of it. One loop owns it.
 */
final class TurnLengths {

  /** A turn that lasts longer is a pause that clients notice. */
  static final long PAUSE_MILLIS = 20;

  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS);

  private final LongSupplier nanos;
  private long begunNanos;
  private long turns;
  private long pauses;
  private long longestNanos;

  TurnLengths(LongSupplier nanos) {
    this.nanos = nanos;
  }

  void begun(long nowNanos) {
    begunNanos = nowNanos;
  }

  void ended() {
    long length = nanos.getAsLong() - begunNanos;
    turns++;
    if (length > longestNanos) {
      longestNanos = length;
    }
    if (length > PAUSE_NANOS) {
      pauses++;
    }
  }

  /** Turns since the start. */
  long turns() {
    return turns;
  }

  /** Turns since the start that lasted over {@link #PAUSE_MILLIS}. */
  long pauses() {
    return pauses;
  }

  /** The longest turn since the start or {@link #forgetLongest}. */
  long longestMicros() {
    return TimeUnit.NANOSECONDS.toMicros(longestNanos);
  }

  void forgetLongest() {
    longestNanos = 0;
  }
}
