package dev.henge.ring.repair;

/** A bucket of bytes that fills by time: who spends may overdraw it once, and waits until it is full enough again. */
final class RepairBudget {

  private static final double NANOS_PER_SECOND = 1e9;

  private long bytesPerSecond;
  private double left;
  private long lastNanos;
  private long spent;

  RepairBudget(long bytesPerSecond, long nowNanos) {
    this.bytesPerSecond = bytesPerSecond;
    this.left = bytesPerSecond;
    this.lastNanos = nowNanos;
  }

  void rate(long bytes) {
    bytesPerSecond = Math.max(1, bytes);
  }

  /** Fills by the time since the last call, up to a second's worth. */
  void fill(long nowNanos) {
    left = Math.min(bytesPerSecond, left + (nowNanos - lastNanos) / NANOS_PER_SECOND * bytesPerSecond);
    lastNanos = nowNanos;
  }

  boolean allows() {
    return left > 0;
  }

  void spend(long bytes) {
    left -= bytes;
    spent += bytes;
  }

  /** All that was ever spent. */
  long spent() {
    return spent;
  }
}
