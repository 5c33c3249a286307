package dev.henge.ring.repair;

/**
 * The bounds of the hints that a node keeps.
 *
 * @param maxBytes of the bundles of all hints together; what would be more is refused
 * @param maxAgeMillis hints that are older are let go of, unless they are blind writes, which nobody else may have; 0
 *     sets no bound
 * @param handOverBytesPerSecond how fast hints are handed over, to all owners together
 */
public record HintLimits(long maxBytes, long maxAgeMillis, long handOverBytesPerSecond) {

  public static final HintLimits DEFAULT = new HintLimits(256L << 20, 3 * 3_600_000L, 8L << 20);
}
