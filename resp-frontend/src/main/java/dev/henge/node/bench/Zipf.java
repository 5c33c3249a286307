package dev.henge.node.bench;

import java.util.SplittableRandom;
import java.util.function.IntSupplier;

/**
 * Key numbers by Zipf's law: the key of rank k is drawn in proportion to k^-s.
 *
 * <p>Rejection-inversion (Hörmann and Derflinger, "Rejection-inversion to generate variates from monotone discrete
 * distributions", 1996): a point is drawn under the continuous curve x^-s by inverting its integral, and rounded to
 * the nearest rank; it is taken if it lies under the bar of that rank as well, which it nearly always does. Exact, and no
 * table of the keys is needed.
 *
 * <p>Ranks are spread over the key numbers by a multiplication modulo their count: hot keys are not neighbours.
 */
final class Zipf implements IntSupplier {
    static final double SKEW = 0.99;
    /** A prime above every count of keys, so the multiplication is one to one. */
    private static final long SPREAD = 2_654_435_761L;
    private static final double HALF = 0.5;

    private final int keys;
    private final SplittableRandom chance;
    private final double from;
    private final double to;
    /** A point that is at most so far below its rank lies under the rank's bar for certain. */
    private final double certain;

    Zipf(int keys, SplittableRandom chance) {
        this.keys = keys;
        this.chance = chance;
        this.from = area(1 + HALF) - 1;
        this.to = area(keys + HALF);
        this.certain = 2 - inverse(area(2 + HALF) - height(2));
    }

    /** The number of a key, from 0. */
    @Override
    public int getAsInt() {
        return keyOf(rank());
    }

    /** A rank from 1, the most frequent. */
    int rank() {
        while (true) {
            double under = to + chance.nextDouble() * (from - to);
            double at = inverse(under);
            int rank = Math.max(1, Math.min(keys, (int) (at + HALF)));
            if (rank - at <= certain || under >= area(rank + HALF) - height(rank)) {
                return rank;
            }
        }
    }

    int keyOf(int rank) {
        return (int) (rank * SPREAD % keys);
    }

    private static double height(double x) {
        return Math.pow(x, -SKEW);
    }

    /** The integral of the height from 1 to x. */
    private static double area(double x) {
        return (Math.pow(x, 1 - SKEW) - 1) / (1 - SKEW);
    }

    private static double inverse(double area) {
        return Math.pow(1 + area * (1 - SKEW), 1 / (1 - SKEW));
    }
}
