package dev.henge.storage.lsm;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The wait of one part of a store for room on its disk: why it waits, and when it tries again.
 *
 * <p>Begun, tried and ended by who does the part's work, one at a time; any thread may ask.
 */
final class Pause {

    /** The first retry comes after this; each one that fails doubles it. */
    static final long RETRY_MILLIS = 100;
    static final long RETRY_MILLIS_MAX = 2_000;
    private static final Logger LOG = LoggerFactory.getLogger(Pause.class);

    private final LongSupplier nanos;
    private volatile String reason;
    private long sinceNanos;
    private long retryNanos;
    private long delayMillis;

    Pause(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** Begins the wait, or makes it longer. */
    synchronized void begin(String what, Throwable cause) {
        long now = nanos.getAsLong();
        if (reason == null) {
            sinceNanos = now;
            delayMillis = RETRY_MILLIS;
            LOG.error("{}: {}; it is tried again until there is space", what, cause.getMessage());
        } else {
            delayMillis = Math.min(2 * delayMillis, RETRY_MILLIS_MAX);
        }
        retryNanos = now + TimeUnit.MILLISECONDS.toNanos(delayMillis);
        reason = what + ": " + cause.getMessage();
    }

    /** Whether nothing waits, or it is time to try again. */
    boolean due() {
        return reason == null || late();
    }

    private synchronized boolean late() {
        return nanos.getAsLong() - retryNanos >= 0;
    }

    /** What waited has succeeded. */
    void end() {
        if (reason != null) {
            LOG.info("there is space again after {} ms: {}",
                TimeUnit.NANOSECONDS.toMillis(nanos.getAsLong() - sinceNanos), reason);
            reason = null;
        }
    }

    /** Why it waits, or null. */
    String reason() {
        return reason;
    }
}
