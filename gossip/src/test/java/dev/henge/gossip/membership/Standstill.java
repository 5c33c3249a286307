package dev.henge.gossip.membership;

import java.util.concurrent.locks.LockSupport;

/**
 * A thread that notices how long this process did not get to run: on a crowded machine that alone explains a suspicion.
 */
final class Standstill implements AutoCloseable {
    private static final long STEP_NANOS = 10_000_000;

    private final Thread thread = new Thread(this::watch, "standstill");
    private volatile boolean closed;
    private volatile long longestNanos;

    Standstill() {
        thread.setDaemon(true);
        thread.start();
    }

    private void watch() {
        long last = System.nanoTime();
        while (!closed) {
            LockSupport.parkNanos(STEP_NANOS);
            long now = System.nanoTime();
            longestNanos = Math.max(longestNanos, now - last);
            last = now;
        }
    }

    /** The longest time between two looks at the clock that should be 10 ms apart. */
    long longestMillis() {
        return longestNanos / 1_000_000;
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
