package dev.henge.node;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How long the loop's turns take: while one lasts, no other client is answered. A pause of the process in the midst of
 * one counts as part of it, and so does waiting for a core; how much of a long turn was work on a core is counted
 * apart. One loop owns it.
 */
final class TurnLengths {

  /** A turn that lasts longer is a pause that clients notice. */
  static final long PAUSE_MILLIS = 20;

  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS);

  /**
   * The loop's CPU time is read at the end of a turn, but no more often than this: a reading costs the system as much
   * as a small command. So what is counted as a turn's work may have that much of the turns before it.
   */
  private static final long CPU_READ_EACH_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final LongSupplier nanos;
  private final LongSupplier cpuNanos;
  private long begunNanos;
  private long turns;
  private long pauses;
  private long workingPauses;
  private long longestNanos;
  private long longestCpuNanos;
  private long cpuReadAtNanos;
  private long cpuReadNanos;

  /**
   * @param nanos a clock
   * @param cpuNanos how long the calling thread has been on a core
   */
  TurnLengths(LongSupplier nanos, LongSupplier cpuNanos) {
    this.nanos = nanos;
    this.cpuNanos = cpuNanos;
    cpuReadAtNanos = nanos.getAsLong() - CPU_READ_EACH_NANOS;
  }

  void begun(long nowNanos) {
    begunNanos = nowNanos;
  }

  void ended() {
    long nowNanos = nanos.getAsLong();
    long length = nowNanos - begunNanos;
    turns++;
    long working = length;
    if (nowNanos - cpuReadAtNanos >= CPU_READ_EACH_NANOS) {
      long cpu = cpuNanos.getAsLong();
      working = Math.min(length, cpu - cpuReadNanos);
      cpuReadNanos = cpu;
      cpuReadAtNanos = nowNanos;
    }
    if (length > longestNanos) {
      longestNanos = length;
      longestCpuNanos = working;
    }
    if (length > PAUSE_NANOS) {
      pauses++;
      workingPauses += working > PAUSE_NANOS ? 1 : 0;
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

  /** Those of {@link #pauses} in which the loop was on a core for over {@link #PAUSE_MILLIS}. */
  long workingPauses() {
    return workingPauses;
  }

  /** The longest turn since the start or {@link #forgetLongest}. */
  long longestMicros() {
    return TimeUnit.NANOSECONDS.toMicros(longestNanos);
  }

  /** For how much of the longest turn the loop was on a core. */
  long longestCpuMicros() {
    return TimeUnit.NANOSECONDS.toMicros(longestCpuNanos);
  }

  void forgetLongest() {
    longestNanos = 0;
    longestCpuNanos = 0;
  }
}
