package dev.henge.gossip.wire;

import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** The wire's log lines, at most so many in one second: a stranger must not fill the disk. Thread-safe. */
final class Warnings {
    private static final long SECOND_NANOS = 1_000_000_000L;

    private final Consumer<String> log;
    private final LongSupplier nanoClock;
    private final int perSecondMax;
    private long windowStartNanos;
    private int inWindow;
    private long suppressed;

    Warnings(Consumer<String> log, LongSupplier nanoClock, int perSecondMax) {
        this.log = log;
        this.nanoClock = nanoClock;
        this.perSecondMax = perSecondMax;
        this.windowStartNanos = nanoClock.getAsLong();
    }

    synchronized void warn(String line) {
        long now = nanoClock.getAsLong();
        if (now - windowStartNanos >= SECOND_NANOS) {
            windowStartNanos = now;
            inWindow = 0;
            if (suppressed > 0) {
                log.accept(suppressed + " more lines about the wire were left out");
                suppressed = 0;
            }
        }
        if (inWindow < perSecondMax) {
            inWindow++;
            log.accept(line);
        } else {
            suppressed++;
        }
    }
}
