package dev.henge.ring.placement;

import java.util.Arrays;
import java.util.List;

/**
 * The circle of all nodes' tokens, walked clockwise from a vnode's point.
 *
 * <p>A seat has V tokens times its weight; token i follows from its name alone, so a join adds points and moves none.
 * A point is 47 bits of position and, below, the seat's index by name: sorting longs sorts the ring, and two seats on
 * one position stand in the order of their names.
 */
final class TokenRing {
    private static final int INDEX_BITS = 16;
    private static final int INDEX_MASK = (1 << INDEX_BITS) - 1;
    private static final long TOKEN_SEED = 0x746f6b656e73L;
    private static final long POINT_SEED = 0x766e6f646573L;

    private final long[] points;
    private final int nodes;

    /** A ring of seats, which must be sorted by name. */
    TokenRing(List<Seat> sorted, int tokens) {
        nodes = sorted.size();
        int[] counts = sorted.stream().mapToInt(n -> tokenCount(n, tokens)).toArray();
        points = new long[Arrays.stream(counts).sum()];
        int at = 0;
        for (int node = 0; node < nodes; node++) {
            long id = Mix64.mix(TOKEN_SEED, sorted.get(node).name());
            for (int i = 0; i < counts[node]; i++) {
                points[at++] = position(Mix64.mix(id, i)) | node;
            }
        }
        Arrays.sort(points);
    }

    static int tokenCount(Seat seat, int tokens) {
        return (int) Math.max(1, (long) tokens * seat.weight() / NodeState.DEFAULT_WEIGHT);
    }

    private static long position(long hash) {
        return hash >>> INDEX_BITS + 1 << INDEX_BITS;
    }

    /** All nodes' indexes in the order in which a walk clockwise from the vnode's point first meets them. */
    int[] walk(int vnode) {
        int[] met = new int[nodes];
        boolean[] seen = new boolean[nodes];
        int found = Arrays.binarySearch(points, position(Mix64.mix(POINT_SEED, vnode)));
        int at = found >= 0 ? found : -found - 1;
        for (int count = 0; count < nodes; at++) {
            if (at >= points.length) {
                at = 0;
            }
            int node = (int) points[at] & INDEX_MASK;
            if (!seen[node]) {
                seen[node] = true;
                met[count++] = node;
            }
        }
        return met;
    }
}
