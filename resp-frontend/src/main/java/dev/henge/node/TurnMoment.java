package dev.henge.node;

import java.util.function.LongSupplier;

/**
 * The wall clock as a loop sees it: all that happens in a turn happens at the moment of its beginning, as by the
 * monotonic clock. Between turns it is the machine's.
 */
final class TurnMoment implements LongSupplier {

  private final LongSupplier wallMillis;
  private boolean stands;
  private long millis;

  TurnMoment(LongSupplier wallMillis) {
    this.wallMillis = wallMillis;
  }

  /** A turn begins. */
  void begin() {
    millis = wallMillis.getAsLong();
    stands = true;
  }

  /** It has ended. */
  void end() {
    stands = false;
  }

  @Override
  public long getAsLong() {
    return stands ? millis : wallMillis.getAsLong();
  }
}
