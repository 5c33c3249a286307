package dev.henge.storage.version;

import java.util.function.LongSupplier;

/**
 * A hybrid logical clock: stamps that follow the wall clock, never fall, and stay above every stamp seen.
 *
 * <p>A stamp is milliseconds since 1970 in the upper 48 bits and a counter in the lower 16. Stamps order <em>concurrent</em>
 * writes only; causality is the version vectors' (Kulkarni and others, "Logical Physical Clocks", 2014).
 */
public final class HybridClock {

  private static final int COUNTER_BITS = 16;

  private final LongSupplier wallMillis;
  private long last;

  public HybridClock(LongSupplier wallMillis) {
    this.wallMillis = wallMillis;
  }

  /** The next stamp: above every stamp given or observed before. */
  public long next() {
    last = Math.max(last + 1, wallMillis.getAsLong() << COUNTER_BITS);
    return last;
  }

  /** Takes note of another node's stamp. */
  public void observe(long stamp) {
    last = Math.max(last, stamp);
  }

  public static long millis(long stamp) {
    return stamp >>> COUNTER_BITS;
  }
}
