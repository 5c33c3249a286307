package dev.henge.storage.lsm;

import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * How writers are slowed to what flushes and compaction can follow: a little in each turn, instead of all at once when
 * nothing fits any more.
 *
 * <p>Two backlogs are watched. While memtables are <em>flushed</em>, their memory comes back all at once at the end; until
 * then writers have what is left of it:
 *
 * <pre>
 * rate = memory left / (time that the flush still takes, by the rate of those before it)
 * </pre>
 *
 * <p><em>Compaction</em> (runs of level 0, and the debt of the levels) gives a pressure p, 0 where slowing begins and 1
 * where it is at its worst:
 *
 * <pre>
 * rate = 2 · (1 - p) · drain         drain: how fast that backlog is worked off, over the last pieces of work
 * </pre>
 *
 * <p>A turn that has put n bytes is delayed until n / rate has passed since it was due, by the lesser rate. Where writers
 * give more than compaction drains, p grows until the two are equal, at p = 1/2 if the measured drain is true: a
 * proportional controller, whose rest of error is a backlog of known size and not a lost write. A writer that is slower
 * than the rate is not delayed at all. What a turn owes beyond its longest delay the next ones pay.
 *
 * <p>The owner thread; counters are read by any.
 */
final class WriteThrottle {

    /** Below this no delay is worth its wake-up: it is owed. */
    private static final long DELAY_NANOS_MIN = 200_000;
    /** The longest delay while the pressure is small. */
    private static final long DELAY_NANOS_GENTLE = 5_000_000;
    /** The longest up to {@link #HARD_PRESSURE}: one turn is then no pause that clients notice. */
    private static final long DELAY_NANOS_FIRM = 15_000_000;
    /** From here on delays may be as long as the options say: the next thing is a stop. */
    private static final double HARD_PRESSURE = 0.75;
    /** The most that is owed from earlier turns. */
    private static final long OWED_NANOS_MAX = 1_000_000_000;
    /** The most time without writes that is credited to later turns. */
    private static final long CREDIT_NANOS_MAX = 20_000_000;
    /** The least rate, of the drain's. */
    private static final double RATE_MIN = 0.001;
    /** A flush is reckoned to take so many times as long as those before it: to be early costs nothing. */
    private static final double LATE = 1.5;
    /** One that takes even longer, to need this share of their time still. */
    private static final double OVERTIME = 0.25;

    private final LsmOptions options;
    private final DrainRate flushes;
    private final DrainRate compactions;
    private final LongSupplier nanos;
    private final LongConsumer sleep;
    private long due;
    /** The frozen bytes of the last turn, and since when there were so many. */
    private long frozenBefore;
    private long frozenSince;
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

    /** How much of the memory beside a full memtable is taken; from 1 on nothing is left. */
    private double memtablePressure(long memtables) {
        return pressure(memtables, options.memtableBytes(), options.memoryBytes());
    }

    /** What is left of the memory, over the time until that of the frozen memtables comes back. */
    private double memtableRate(long memtables, long frozen, long now) {
        if (frozen != frozenBefore) {
            frozenBefore = frozen;
            frozenSince = now;
        }
        if (frozen == 0) {
            return Double.POSITIVE_INFINITY;
        }
        double seconds = frozen / flushes.bytesPerSecond();
        double left = Math.max(LATE * seconds - (now - frozenSince) / 1e9, OVERTIME * seconds);
        double drain = Math.max(options.memoryBytes() - memtables, 0) / left;
        return Math.max(drain, RATE_MIN * flushes.bytesPerSecond());
    }

    double compactionPressure(Levels levels) {
        ThrottleOptions limits = options.throttle();
        double runs = pressure(levels.levelZeroRuns(), limits.levelZeroRunsSlow(), limits.levelZeroRunsWorst());
        double debt = pressure((double) levels.debtBytes() / options.unitBytes(), limits.debtMemtablesSlow(),
            limits.debtMemtablesWorst());
        return Math.max(runs, debt);
    }

    private static double pressure(double now, double slow, double worst) {
        return (now - slow) / (worst - slow);
    }

    /**
     * Ends a turn that has put so many bytes, after which memtables have so many together, so many of which are frozen;
     * waits if they came too fast.
     */
    void turn(long bytes, long memtables, long frozen, Levels levels) {
        if (bytes <= 0) {
            return;
        }
        long now = nanos.getAsLong();
        double ofMemtables = memtablePressure(memtables);
        double ofCompaction = compactionPressure(levels);
        double rate = Math.min(memtableRate(memtables, frozen, now), rate(ofCompaction, compactions));
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
        double firm = DELAY_NANOS_GENTLE
            + Math.max(pressure, 0) / HARD_PRESSURE * (DELAY_NANOS_FIRM - DELAY_NANOS_GENTLE);
        double hard = (pressure - HARD_PRESSURE) / (1 - HARD_PRESSURE) * most;
        return Math.min(most, (long) (pressure <= HARD_PRESSURE ? firm : Math.max(DELAY_NANOS_FIRM, hard)));
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
