package dev.henge.storage.lsm;

import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who syncs a commit log, and writes what waits in its ring: a thread; in mode ALWAYS the owner itself, at the end of
 * its turn, while syncs are quick.
 *
 * <p>A quick sync costs the owner less than to wake a thread and to be woken by it, and all that came in meanwhile is
 * the next turn, under one sync. While syncs are slow the owner hands them over and goes on: then writes gather while
 * one sync runs, and the next one covers them all.
 */
final class LogSyncer implements Runnable {

    /** The owner syncs itself while that takes less than this in the mean of late: reads wait as long. */
    static final long OWN_SYNC_NANOS_MAX = 8_000_000;
    /** From the beginning of one sync to that of the next where somebody waits for one of an interval. */
    static final long HURRIED_NANOS = 50_000_000;
    /** What the latest sync counts in the mean is one of so many. */
    private static final int MEAN_OVER = 8;
    private static final Logger LOG = LoggerFactory.getLogger(LogSyncer.class);

    private final CommitLog log;
    private final LogSync mode;
    private final LongConsumer synced;
    private final Thread thread;
    /** Where syncs are run instead of the thread, or null. */
    private final Executor syncs;
    private boolean syncAsked;
    private long beganNanos = System.nanoTime();
    /** How long a sync takes, in the mean of late. */
    private volatile long meanNanos;
    /** Whether the owner has handed over what is written. */
    private volatile boolean asked;
    private volatile boolean waiting;
    /** Whether what is written is not to wait for the end of the interval. */
    private volatile boolean hurried;
    /** Whether the log's ring is to be written to its segments before the interval ends. */
    private volatile boolean full;
    private volatile boolean closed;

    LogSyncer(CommitLog log, LogSync mode, LongConsumer synced, String name, Executor syncs) {
        this.log = log;
        this.mode = mode;
        this.synced = synced;
        this.thread = new Thread(this, name);
        this.thread.setDaemon(true);
        this.syncs = syncs;
    }

    void start() {
        if (mode.mode() != LogSync.Mode.NEVER && syncs == null) {
            thread.start();
        }
    }

    /**
     * Something was written that is to be synced at once: it is when this returns, or the thread will. What the owner
     * has synced itself nobody is told. Owner thread.
     */
    void written() {
        if (syncs == null && meanNanos < OWN_SYNC_NANOS_MAX) {
            sync();
        } else {
            wake();
        }
    }

    /**
     * Something was written that somebody waits for, whatever the interval: it is synced as soon as {@link
     * #HURRIED_NANOS} have gone by since the last sync began, so that many who wait share one. Owner thread.
     */
    void hurry() {
        if (mode.mode() != LogSync.Mode.INTERVAL) {
            return; // synced at once already, or never
        }
        if (syncs != null) {
            wake();
        } else {
            hurried = true;
            LockSupport.unpark(thread);
        }
    }

    /** The log's ring is to be written to its segments without waiting for the end of the interval. Owner thread. */
    void drainSoon() {
        if (syncs != null) {
            wake();
        } else if (!full) {
            full = true;
            LockSupport.unpark(thread);
        }
    }

    private void wake() {
        if (syncs != null) {
            if (!syncAsked) {
                syncAsked = true;
                syncs.execute(this::syncAsAsked);
            }
        } else {
            asked = true;
            if (waiting) {
                LockSupport.unpark(thread);
            }
        }
    }

    private void syncAsAsked() {
        syncAsked = false;
        if (!closed) {
            syncOnce();
        }
    }

    @Override
    public void run() {
        while (!closed) {
            try {
                turn();
            } catch (StoreFailedException e) {
                LOG.debug("the syncer ends with its store", e);
                return;
            }
        }
    }

    private void turn() {
        if (mode.mode() == LogSync.Mode.INTERVAL) {
            for (long left = nextNanos() - System.nanoTime(); left > 0 && !closed;
                    left = nextNanos() - System.nanoTime()) {
                if (full) {
                    log.drain();
                    full = false;
                }
                LockSupport.parkNanos(this, left);
            }
            hurried = false;
            beganNanos = System.nanoTime();
        } else {
            // Set the flag first and look again after it: a writer either sees the flag or was seen by us.
            waiting = true;
            if (!asked && !closed) {
                LockSupport.park(this);
            }
            waiting = false;
            if (!asked) {
                return; // what the owner syncs itself is not this thread's
            }
            asked = false;
        }
        syncOnce();
    }

    /** From beginning to beginning: a sync that takes long does not make the next one late. */
    private long nextNanos() {
        long interval = TimeUnit.MILLISECONDS.toNanos(mode.intervalMillis());
        return beganNanos + (hurried ? Math.min(interval, HURRIED_NANOS) : interval);
    }

    /** Syncs what is written, and says so. */
    void syncOnce() {
        long before = log.syncedPosition();
        if (log.writtenPosition() > before) {
            long after = sync();
            if (after > before) {
                synced.accept(after);
            }
        }
    }

    private long sync() {
        long start = System.nanoTime();
        long synced = log.sync();
        meanNanos += (System.nanoTime() - start - meanNanos) / MEAN_OVER;
        return synced;
    }

    /** Stops the thread and, unless the mode is NEVER, syncs once more. */
    void close() {
        closed = true;
        LockSupport.unpark(thread);
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (mode.mode() != LogSync.Mode.NEVER && !log.failed()) {
            syncOnce();
        }
    }
}
