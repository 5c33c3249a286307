package dev.henge.storage.lsm;

import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Who does a store's work beside its owner: threads of its own, or the owner itself, so that a test has every
 * operation of the disk in one order; and the clock for retries.
 */
final class Workers {

    private final boolean caller;
    private final LongSupplier nanos;
    private final Executor syncs;

    private Workers(boolean caller, LongSupplier nanos, Executor syncs) {
        this.caller = caller;
        this.nanos = nanos;
        this.syncs = syncs;
    }

    static Workers threads() {
        return new Workers(false, System::nanoTime, null);
    }

    /** All work is done by who asks for it, before the call returns. */
    static Workers caller(LongSupplier nanos) {
        return caller(nanos, Runnable::run);
    }

    /** All work is done by who asks for it, but for syncs of the log: those are done when, and if, they are run. */
    static Workers caller(LongSupplier nanos, Executor syncs) {
        return new Workers(true, nanos, syncs);
    }

    /** Where the log's syncs are run; null for the syncer's own thread. */
    Executor syncs() {
        return syncs;
    }

    boolean isCaller() {
        return caller;
    }

    LongSupplier clock() {
        return nanos;
    }

    /** The wall clock: only for how old a file is, which outlives the process. */
    LongSupplier wallMillis() {
        return caller ? () -> nanos.getAsLong() / 1_000_000 : System::currentTimeMillis;
    }

    /** One worker, which steps back by so much where others want its core ({@link Niceness}). */
    ExecutorService worker(String name, int nice) {
        return caller ? new Caller() : Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(() -> {
                Niceness.ofThisThread(nice);
                task.run();
            }, name);
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Runs everything at once. */
    private static final class Caller extends AbstractExecutorService {
        private boolean shutdown;

        @Override
        public void execute(Runnable task) {
            task.run();
        }

        @Override
        public void shutdown() {
            shutdown = true;
        }

        @Override
        public List<Runnable> shutdownNow() {
            shutdown = true;
            return List.of();
        }

        @Override
        public boolean isShutdown() {
            return shutdown;
        }

        @Override
        public boolean isTerminated() {
            return shutdown;
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) {
            return shutdown;
        }
    }
}
