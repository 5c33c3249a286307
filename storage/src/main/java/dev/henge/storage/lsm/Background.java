package dev.henge.storage.lsm;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The two background threads of a store: one flushes, one of low priority compacts. Whatever they throw fails the
 * store, but for a full disk: what was begun is given up, and is begun anew when it is time to try again, flushes in
 * their order. Until then the log holds what a flush would have written, and the inputs of a compaction stay.
 */
final class Background {

    private static final Logger LOG = LoggerFactory.getLogger(Background.class);

    /**
     * A share of a third or so of a core that a loop wants too: commands come first, and what is behind catches up when
     * the store delays a loop's turns.
     */
    private static final int NICE = 4;

    private final Flusher flusher;
    private final Compactor compactor;
    private final StoreFailure failure;
    private final ExecutorService flushing;
    private final ExecutorService compacting;
    private final AtomicBoolean compactionQueued = new AtomicBoolean();
    private final AtomicBoolean retryQueued = new AtomicBoolean();
    /** Flushes that are not done, in order. Flushing thread. */
    private final Deque<Work> flushes = new ArrayDeque<>();
    private final Pause flushPause;
    private final Pause compactionPause;
    private volatile boolean closing;

    /** What follows a flush, on the flushing thread. */
    interface AfterFlush {
        void run() throws IOException;
    }

    Background(Flusher flusher, Compactor compactor, StoreFailure failure, Workers workers) {
        this.flusher = flusher;
        this.compactor = compactor;
        this.failure = failure;
        this.flushPause = new Pause(workers.clock());
        this.compactionPause = new Pause(workers.clock());
        this.flushing = workers.worker("henge-flush", NICE);
        this.compacting = workers.worker("henge-compact", NICE);
    }

    /** Flushes a frozen memtable, with a sync of the log before and the retiring of old log after it. */
    void flush(Memtable memtable, AfterFlush before, AfterFlush after) {
        flushing.execute(() -> {
            flushes.add(() -> {
                before.run();
                flusher.flush(memtable);
            });
            flushes.add(() -> { // on its own: if it is tried again, the memtable is not flushed again
                after.run();
                compact();
            });
            flushAll();
        });
    }

    private void flushAll() {
        while (!flushes.isEmpty() && guarded("cannot flush", flushes.peekFirst(), flushPause)) {
            flushes.pollFirst();
        }
    }

    /** Reads and checks what look-ups in these tables need, so that the first ones find it there. */
    void warm(TableSet held) {
        compacting.execute(() -> guarded("cannot close a table", () -> {
            try {
                for (Run run : held.runs) {
                    for (Table table : run.tables()) {
                        warm(table);
                    }
                }
            } finally {
                held.release();
            }
        }, null));
    }

    private void warm(Table table) {
        try {
            if (!closing) {
                table.warm();
            }
        } catch (CorruptTableException | InternalError e) {
            LOG.debug("a damaged index, which who needs it will meet", e);
        }
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
                guarded("cannot compact", compactor::compact, compactionPause);
            });
        }
    }

    /** Tries again what waits for disk space, if it is time to. Cheap while nothing waits. */
    void retry() {
        if (flushPause.reason() != null && flushPause.due() && !closing && retryQueued.compareAndSet(false, true)) {
            flushing.execute(() -> {
                retryQueued.set(false);
                flushAll();
            });
        }
        if (compactionPause.reason() != null && compactionPause.due()) {
            compact();
        }
    }

    /** Why flushes wait for disk space, or null. */
    String flushPaused() {
        return flushPause.reason();
    }

    private interface Work {
        void run() throws IOException, InterruptedException;
    }

    /** Returns false if the work is to be tried again, which is only where a pause is given. */
    private boolean guarded(String what, Work work, Pause pause) {
        if (failure.cause() != null) {
            return true;
        }
        if (pause != null && !pause.due()) {
            return false;
        }
        try {
            work.run();
            if (pause != null) {
                pause.end();
            }
        } catch (StoreFailedException e) {
            // said already
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException | RuntimeException | Error e) {
            if (pause != null && DiskFull.is(e)) {
                pause.begin(what, e);
                return false;
            }
            failure.fail(what, e);
        }
        return true;
    }

    /** Runs on the flushing thread what the owner should not wait for. */
    void later(AfterFlush work) {
        flushing.execute(() -> guarded("cannot delete old files", work::run, null));
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
