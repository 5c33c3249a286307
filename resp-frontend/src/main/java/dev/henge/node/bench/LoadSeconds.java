package dev.henge.node.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What a steady load saw, second by second of its own time. Owned by the thread of the load until that has ended. */
final class LoadSeconds {
    private static final long NANOS_A_SECOND = 1_000_000_000L;
    private static final int NANOS_A_MICRO = 1_000;
    private static final double MICROS_A_MILLI = 1e3;

    /** One second: what each command that was answered in it took, and how many failed. */
    private static final class Second {
        int[] micros;
        int done;
        long failed;

        Second(int room) {
            micros = new int[room];
        }
    }

    /**
     * What a stretch of time came to.
     *
     * @param seconds    whole seconds
     * @param done       commands answered, errors included
     * @param failed     of all commands, those that failed
     * @param leastShare of the commands that were due, the part that was answered in the worst of the seconds
     */
    record Stretch(int seconds, long done, long failed, double leastShare, double p50Millis, double p99Millis,
            double longestMillis) {
    }

    private final int rate;
    private final List<Second> all = new ArrayList<>();
    private String firstFailure = "";

    LoadSeconds(int rate) {
        this.rate = rate;
    }

    private Second at(long nanos) {
        int second = (int) (nanos / NANOS_A_SECOND);
        while (all.size() <= second) {
            all.add(new Second(rate));
        }
        return all.get(second);
    }

    /** A command was answered at a moment, so long after it was due. */
    void done(long atNanos, long tookNanos) {
        Second second = at(atNanos);
        if (second.done == second.micros.length) {
            second.micros = Arrays.copyOf(second.micros, second.done + rate);
        }
        second.micros[second.done++] = (int) Math.min(Integer.MAX_VALUE, tookNanos / NANOS_A_MICRO);
    }

    void failed(long atNanos, long commands, String why) {
        at(atNanos).failed += commands;
        firstFailure = firstFailure.isEmpty() ? why : firstFailure;
    }

    String firstFailure() {
        return firstFailure;
    }

    int size() {
        return all.size();
    }

    /** The seconds from one to before another, all of which must have been loaded throughout. */
    Stretch stretch(int from, int until) {
        if (from < 0 || until > all.size() || from >= until) {
            throw new BenchException("there is no second from " + from + " to " + until + " of " + all.size());
        }
        List<Second> seconds = all.subList(from, until);
        long done = seconds.stream().mapToLong(second -> second.done).sum();
        int[] micros = new int[Math.toIntExact(done)];
        int at = 0;
        for (Second second : seconds) {
            System.arraycopy(second.micros, 0, micros, at, second.done);
            at += second.done;
        }
        Arrays.sort(micros);
        return new Stretch(seconds.size(), done, seconds.stream().mapToLong(second -> second.failed).sum(),
                seconds.stream().mapToInt(second -> second.done).min().orElseThrow() / (double) rate,
                millis(micros, 0.5), millis(micros, 0.99), millis(micros, 1));
    }

    private static double millis(int[] sortedMicros, double share) {
        if (sortedMicros.length == 0) {
            return Double.POSITIVE_INFINITY;
        }
        return sortedMicros[Math.min(sortedMicros.length - 1, (int) (sortedMicros.length * share))] / MICROS_A_MILLI;
    }
}
