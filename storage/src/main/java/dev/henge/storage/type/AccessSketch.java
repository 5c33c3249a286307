package dev.henge.storage.type;

/**
 * When keys were last used, as far as a bounded array can tell: for data sets of which not even the keys fit into
 * memory.
 *
 * <p>A key's hash names a cell, and a use of the key stores the present tick there: one array store. Keys that share
 * a cell count
 * as used when any of them was. So an idle key may pass for a busy one, the likelier the more busy keys there are for
 * each cell;
 * never a busy one for an idle one. Where one of several keys is to be evicted, that is the side to err on: an idle
 * key whose
 * cell is its own is nearly always among them. A cell that was never used is as old as the sketch.
 */
public final class AccessSketch {

  /** One tick; an int counts them for more than four years. */
  static final long TICK_NANOS = 64_000_000;

  private static final int CELLS_MIN = 1 << 14;
  private static final int CELLS_MAX = 1 << 26;

  private final int[] ticks;
  private final int shift;
  private final long startNanos;
  private int now = 1;

  /** @param maxBytes the memory that it may take; it takes the largest power of two below, 64 KiB to 256 MiB */
  public AccessSketch(long maxBytes, long nowNanos) {
    long cells = Math.max(CELLS_MIN, Math.min(CELLS_MAX, Long.highestOneBit(Math.max(1, maxBytes / Integer.BYTES))));
    ticks = new int[(int) cells];
    shift = Integer.SIZE - Long.numberOfTrailingZeros(cells);
    startNanos = nowNanos;
  }

  /** Moves on to this moment. */
  public void advance(long nowNanos) {
    now = 1 + (int) ((nowNanos - startNanos) / TICK_NANOS);
  }

  /**
   * Multiplied so that the upper bits depend on all: a vnode's keys have many hashes, but walks come to them in
   * order.
   */
  private int cell(int hash) {
    return hash * 0x9E3779B1 >>> shift;
  }

  void touch(KeyRef key) {
    touch(key.hash());
  }

  void touch(int hash) {
    ticks[cell(hash)] = now;
  }

  /** The tick of the key's last use; 0 if it was not used since the sketch began. Less is longer ago. */
  public int lastTick(KeyRef key) {
    return ticks[cell(key.hash())];
  }

  /** For how long the key has not been used, at least as far as is known. */
  public long idleSeconds(KeyRef key) {
    return (now - Math.max(1, lastTick(key))) * TICK_NANOS / 1_000_000_000;
  }
}
