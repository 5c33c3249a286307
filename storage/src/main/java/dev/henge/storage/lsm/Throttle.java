package dev.henge.storage.lsm;

import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/** What holds a copying thread to so many bytes a second: after each piece it waits until the piece was due. */
final class Throttle {

    private static final long NANOS_A_SECOND = 1_000_000_000L;
    /** Waits end at least this often, so that a cancel is seen. */
    private static final long WAIT_NANOS_MAX = 100_000_000L;

    private final long bytesPerSecond;
    private final LongSupplier nanos;
    private final LongConsumer pause;
    private long dueNanos;
    private boolean begun;

    /** @param bytesPerSecond 0: as fast as can be */
    Throttle(long bytesPerSecond, LongSupplier nanos, LongConsumer pause) {
        this.bytesPerSecond = bytesPerSecond;
        this.nanos = nanos;
        this.pause = pause;
    }

    static Throttle of(long bytesPerSecond) {
        return new Throttle(bytesPerSecond, System::nanoTime, LockSupport::parkNanos);
    }

    /** Called when so many bytes are done; {@code look} runs between waits and may throw. */
    void took(long bytes, Runnable look) {
        look.run();
        if (bytesPerSecond <= 0) {
            return;
        }
        long now = nanos.getAsLong();
        if (!begun || dueNanos - now < -NANOS_A_SECOND) {
            begun = true;
            dueNanos = now; // what was not used long ago is not saved up
        }
        dueNanos += (long) ((double) bytes / bytesPerSecond * NANOS_A_SECOND);
        while (dueNanos - now > 0) {
            pause.accept(Math.min(dueNanos - now, WAIT_NANOS_MAX));
            look.run();
            now = nanos.getAsLong();
        }
    }
}
