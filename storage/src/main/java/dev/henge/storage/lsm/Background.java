package dev.henge.storage.lsm;

import java.io.IOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The two background threads of a store: one flushes, one of low priority compacts. Whatever they throw fails the
 * store.
 */
final class Background {

    private final Flusher flusher;
    private final Compactor compactor;
    private final StoreFailure failure;
    private final ExecutorService flushing;
    private final ExecutorService compacting;
    private final AtomicBoolean compactionQueued = new AtomicBoolean();
    private volatile boolean closing;

    /** What follows a flush, on the flushing thread. */
    interface AfterFlush {
        void run() throws IOException;
    }

    Background(Flusher flusher, Compactor compactor, StoreFailure failure) {
        this.flusher = flusher;
        this.compactor = compactor;
        this.failure = failure;
        this.flushing = Executors.newSingleThreadExecutor(task -> thread(task, "henge-flush", Thread.NORM_PRIORITY));
        this.compacting = Executors.newSingleThreadExecutor(task -> thread(task, "henge-compact", Thread.MIN_PRIORITY));
    }

    private static Thread thread(Runnable task, String name, int priority) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.setPriority(priority);
        return thread;
    }

    /** Flushes a frozen memtable, with a sync of the log before and the retiring of old log after it. */
    void flush(Memtable memtable, AfterFlush before, AfterFlush after) {
        flushing.execute(() -> guarded("cannot flush", () -> {
            before.run();
            flusher.flush(memtable);
            after.run();
            compact();
        }));
    }

    /** Sweeps all tables, after the flushes that are on their way. */
    void sweep() {
        flushing.execute(() -> {
            compactor.sweep();
            compact();
        });
    }

    /** Lets the compactor look whether there is something to do. */
    void compact() {
        if (!closing && compactionQueued.compareAndSet(false, true)) {
            compacting.execute(() -> {
                compactionQueued.set(false);
                guarded("cannot compact", compactor::compact);
            });
        }
    }

    private interface Work {
        void run() throws IOException, InterruptedException;
    }

    private void guarded(String what, Work work) {
        if (failure.cause() != null) {
            return;
        }
        try {
            work.run();
        } catch (StoreFailedException e) {
            // said already
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException | RuntimeException | Error e) {
            failure.fail(what, e);
        }
    }

    /** Runs on the flushing thread what the owner should not wait for. */
    void later(AfterFlush work) {
        flushing.execute(() -> guarded("cannot delete old files", work::run));
    }

    /** Lets the flush end and the compaction stop. */
    void close() {
        compactor.stop();
        closing = true;
        try {
            // The flushing thread feeds the compacting one: it goes first.
            flushing.shutdown();
            flushing.awaitTermination(1, TimeUnit.HOURS);
            compacting.shutdown();
            compacting.awaitTermination(1, TimeUnit.HOURS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
