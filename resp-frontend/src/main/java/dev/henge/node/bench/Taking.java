package dev.henge.node.bench;

import dev.henge.node.bench.RingOperator.Look;
import java.util.List;

/**
 * How fast a node took what moved.
 *
 * @param bytes         all that it took
 * @param seconds       from just before the first byte to the last
 * @param fastestWindow bytes a second in the fastest {@value #WINDOW_SECONDS} seconds; if there were fewer, in all
 * @param slowestWindow and in the slowest
 */
record Taking(long bytes, double seconds, double fastestWindow, double slowestWindow) {
    static final int WINDOW_SECONDS = 5;
    static final double TOLERANCE = 0.1;
    private static final double NANOS_A_SECOND = 1e9;

    double bytesPerSecond() {
        return seconds == 0 ? 0 : bytes / seconds;
    }

    /** Whether all in all it was as fast as it was told to, and at no time faster. */
    boolean obeys(long rate) {
        return Math.abs(bytesPerSecond() / rate - 1) <= TOLERANCE && fastestWindow <= rate * (1 + TOLERANCE);
    }

    /** The taking of the node that took most. */
    static Taking of(List<Look> looks) {
        Taking most = new Taking(0, 0, 0, 0);
        for (int node = 0; node < looks.get(0).bytesTaken().length; node++) {
            Taking its = of(looks, node);
            most = its.bytes > most.bytes ? its : most;
        }
        return most;
    }

    /** What all nodes took. */
    static long bytesOfAll(List<Look> looks) {
        long bytes = 0;
        for (int node = 0; node < looks.get(0).bytesTaken().length; node++) {
            bytes += of(looks, node).bytes;
        }
        return bytes;
    }

    static Taking of(List<Look> looks, int node) {
        long first = looks.get(0).bytesTaken()[node];
        long last = looks.get(looks.size() - 1).bytesTaken()[node];
        if (first == last) {
            return new Taking(0, 0, 0, 0);
        }
        int from = 0;
        while (looks.get(from + 1).bytesTaken()[node] == first) {
            from++;
        }
        int until = from + 1;
        while (looks.get(until).bytesTaken()[node] < last) {
            until++;
        }
        double whole = rate(looks, node, from, until);
        double fastest = Double.NEGATIVE_INFINITY;
        double slowest = Double.POSITIVE_INFINITY;
        for (int i = from, j = from; i < until; i++) {
            while (j < until && seconds(looks, i, j) < WINDOW_SECONDS) {
                j++;
            }
            if (seconds(looks, i, j) >= WINDOW_SECONDS) {
                fastest = Math.max(fastest, rate(looks, node, i, j));
                slowest = Math.min(slowest, rate(looks, node, i, j));
            }
        }
        boolean windows = slowest <= fastest;
        return new Taking(last - first, seconds(looks, from, until), windows ? fastest : whole,
                windows ? slowest : whole);
    }

    private static double seconds(List<Look> looks, int from, int until) {
        return (looks.get(until).nanos() - looks.get(from).nanos()) / NANOS_A_SECOND;
    }

    private static double rate(List<Look> looks, int node, int from, int until) {
        return (looks.get(until).bytesTaken()[node] - looks.get(from).bytesTaken()[node])
                / seconds(looks, from, until);
    }
}
