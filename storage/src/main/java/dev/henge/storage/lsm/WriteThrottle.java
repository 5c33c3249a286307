package dev.henge.storage.lsm;

import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * How writers are slowed to what flushes and compaction can follow: a little in each turn, instead of all at once when
 * nothing fits any more.
 *
 * <p>Two backlogs are watched: memtables (full ones that wait for their flush, and the active one as far as it is
 * full) and compaction (runs of level 0, and the debt of the levels). Each gives a pressure p, 0 where slowing begins
 * and 1 where it is at its worst. The rate that writers may have is
 *
 * <pre>
 * rate = 2 · (1 - p) · drain         drain: how fast that backlog is worked off, over the last pieces of work
 * </pre>
 *
 * and a turn that has put n bytes is delayed until n / rate has passed since it was due. Where writers give more than
 * is drained, p grows until the two are equal, at p = 1/2 if the measured drain is true: a proportional controller,
 * whose rest of error is a backlog of known size and not a lost write. A writer that is slower than the rate is not
 * delayed at all. What a turn owes beyond its longest delay the next ones pay.
 *
 * <p>The owner thread; counters are read by any.
 */
final class WriteThrottle {

    /** Below this no delay is worth its wake-up: it is owed. */
    private static final long DELAY_NANOS_MIN = 200_000;
    /** The longest delay while the pressure is small. */
    private static final long DELAY_NANOS_GENTLE = 5_000_000;
    /** The most that is owed from earlier turns. */
    private static final long OWED_NANOS_MAX = 1_000_000_000;
    /** The most time without writes that is credited to later turns. */
    private static final long CREDIT_NANOS_MAX = 20_000_000;
    /** The least rate, of the drain's. */
    private static final double RATE_MIN = 0.001;
    /** The share of the frozen memtables that may wait before anybody is slowed. */
    private static final double FREE_BACKLOG = 0.25;

    private final LsmOptions options;
    private final DrainRate flushes;
    private final DrainRate compactions;
    private final LongSupplier nanos;
    private final LongConsumer sleep;
    private long due;
    private volatile long delays;
    private volatile long delayNanos;
    private volatile long longestDelayNanos;

    WriteThrottle(LsmOptions options, DrainRate flushes, DrainRate compactions, LongSupplier nanos,
            LongConsumer sleep) {
        this.options = options;
        this.flushes = flushes;
        this.compactions = compactions;
        this.nanos = nanos;
        this.sleep = sleep;
        this.due = nanos.getAsLong();
    }

    /** The pressure of memtables, the frozen ones and the active one's share. */
    double memtablePressure(double memtables) {
        double begin = 1 + options.frozenMax() * FREE_BACKLOG;
        return (memtables - begin) / (options.frozenMax() + 1 - begin);
    }

    double compactionPressure(Levels levels) {
        ThrottleOptions limits = options.throttle();
        double runs = pressure(levels.levelZeroRuns(), limits.levelZeroRunsSlow(), limits.levelZeroRunsWorst());
        double debt = pressure((double) levels.debtBytes() / options.memtableBytes(), limits.debtMemtablesSlow(),
            limits.debtMemtablesWorst());
        return Math.max(runs, debt);
    }

    private static double pressure(double now, double slow, double worst) {
        return (now - slow) / (worst - slow);
    }

    /** Ends a turn that has put so many bytes; waits if they came too fast. */
    void turn(long bytes, double memtables, Levels levels) {
        if (bytes <= 0) {
            return;
        }
        double ofMemtables = memtablePressure(memtables);
        double ofCompaction = compactionPressure(levels);
        double rate = Math.min(rate(ofMemtables, flushes), rate(ofCompaction, compactions));
        long now = nanos.getAsLong();
        if (rate == Double.POSITIVE_INFINITY) {
            due = now;
            return;
        }
        double cost = Math.min(bytes * 1e9 / rate, OWED_NANOS_MAX);
        due = Math.min(Math.max(due, now - CREDIT_NANOS_MAX) + (long) cost, now + OWED_NANOS_MAX);
        long owed = due - now;
        if (owed >= DELAY_NANOS_MIN) {
            delay(Math.min(owed, delayMax(Math.max(ofMemtables, ofCompaction))));
        }
    }

    private static double rate(double pressure, DrainRate drain) {
        return pressure <= 0 ? Double.POSITIVE_INFINITY
            : Math.max(2 * (1 - pressure), RATE_MIN) * drain.bytesPerSecond();
    }

    private long delayMax(double pressure) {
        long most = options.throttle().delayMillisMax() * 1_000_000L;
        return Math.min(most, DELAY_NANOS_GENTLE + (long) (Math.min(pressure, 1) * most));
    }

    private void delay(long wait) {
        delays++;
        delayNanos += wait;
        longestDelayNanos = Math.max(longestDelayNanos, wait);
        sleep.accept(wait);
    }

    long delays() {
        return delays;
    }

    long delayNanos() {
        return delayNanos;
    }

    /** The longest delay that was asked for. */
    long longestDelayNanos() {
        return longestDelayNanos;
    }
}
