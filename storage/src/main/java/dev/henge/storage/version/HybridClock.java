package dev.henge.storage.version;

import java.util.function.LongSupplier;

/**
 * A hybrid logical clock: stamps that follow the wall clock, never fall, and stay above every stamp seen.
 *
 * <p>A stamp is milliseconds since 1970 in the upper 48 bits and a counter in the lower 16. Stamps order
 * <em>concurrent</em> writes only; causality is the version vectors' (Kulkarni and others, "Logical Physical Clocks",
 * 2014).
 */
public final class HybridClock implements LongSupplier {

  private static final int COUNTER_BITS = 16;

  private final LongSupplier wallMillis;
  private long aheadMillisMax = Long.MAX_VALUE;
  private long last;
  private long refused;

  public HybridClock(LongSupplier wallMillis) {
    this.wallMillis = wallMillis;
  }

  /** The next stamp: above every stamp given or observed before. */
  public long next() {
    last = Math.max(last + 1, wallMillis.getAsLong() << COUNTER_BITS);
    return last;
  }

  /** {@link #next}. */
  @Override
  public long getAsLong() {
    return next();
  }

  /** Stamps that are further ahead of the wall clock than this are not followed; 0 sets no bound. */
  public void aheadMillisMax(long millis) {
    aheadMillisMax = millis == 0 ? Long.MAX_VALUE : millis;
  }

  /**
   * Takes note of another node's stamp. One from too far in the future is not followed: it would drag this clock
   * along, and every clock that sees ours. What was stamped so keeps its stamp; that it may win over concurrent
   * writes is the harm that a wrong wall clock does, and it ends here.
   */
  public void observe(long stamp) {
    if (stamp <= last) {
      return;
    }
    if (millis(stamp) - wallMillis.getAsLong() > aheadMillisMax) {
      refused++;
    } else {
      last = stamp;
    }
  }

  /** How many stamps were not followed. */
  public long refused() {
    return refused;
  }

  /** The wall clock that the stamps follow. */
  public long wallMillis() {
    return wallMillis.getAsLong();
  }

  public static long millis(long stamp) {
    return stamp >>> COUNTER_BITS;
  }
}
