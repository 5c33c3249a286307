package dev.henge.storage.lsm;

import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * How fast compaction may write. While nobody waits for it, slowly, so that it takes little of the disk and the
 * processor from those who read and write; the more there is to do, the faster; without a limit long before anybody
 * is slowed for its sake. One thread.
 */
final class CompactionPace {

    /** The pressure from which on there is no limit. */
    private static final double UNLIMITED = 0.5;
    /** The longest wait without a look whether things have changed. */
    private static final long SLICE_NANOS = 10_000_000;

    private final double idleBytesPerSecond;
    private final DoubleSupplier pressure;
    private final BooleanSupplier stopped;
    private final LongSupplier nanos;
    private final LongConsumer sleep;
    private long free;

    /**
     * @param pressure 0 for nothing to do; 1 where writers begin to be slowed
     * @param sleep    waits so many nanoseconds, or less
     */
    CompactionPace(double idleBytesPerSecond, DoubleSupplier pressure, BooleanSupplier stopped, LongSupplier nanos,
            LongConsumer sleep) {
        this.idleBytesPerSecond = idleBytesPerSecond;
        this.pressure = pressure;
        this.stopped = stopped;
        this.nanos = nanos;
        this.sleep = sleep;
        this.free = nanos.getAsLong();
    }

    /** Waits until what was just written is paid for. */
    void wrote(long bytes) {
        double now = pressure.getAsDouble();
        if (now >= UNLIMITED) {
            free = nanos.getAsLong();
            return;
        }
        double rate = idleBytesPerSecond / (1 - now / UNLIMITED);
        free = Math.max(free, nanos.getAsLong()) + (long) (bytes * 1e9 / rate);
        long wait = free - nanos.getAsLong();
        while (wait > 0 && !stopped.getAsBoolean()) {
            if (pressure.getAsDouble() >= UNLIMITED) {
                free = nanos.getAsLong();
                return;
            }
            sleep.accept(Math.min(wait, SLICE_NANOS));
            wait = free - nanos.getAsLong();
        }
    }
}
