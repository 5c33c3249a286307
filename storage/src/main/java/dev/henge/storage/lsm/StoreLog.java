package dev.henge.storage.lsm;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.LongConsumer;

/**
 * A store's commit log and who syncs it. Until the log's tail is replayed there is none to append to, and all positions
 * are that of the last record that was.
 *
 * <p>The owner's, but for positions, figures, {@link #paused}, {@link #sync} and {@link #retire}, which any thread may
 * ask for.
 */
final class StoreLog {
    private final Path directory;
    private final Disk disk;
    private final LsmOptions options;
    private final StoreFailure failure;
    private final Workers workers;
    /** Null during replay. */
    private volatile CommitLog log;
    private volatile long replayed;
    private volatile long loggedFrom;
    private LogSyncer syncer;
    private boolean hurried;
    private long neededFrom = Long.MAX_VALUE;

    /** @param flushed where replay begins */
    StoreLog(Path directory, Disk disk, LsmOptions options, StoreFailure failure, Workers workers, long flushed) {
        this.directory = directory;
        this.disk = disk;
        this.options = options;
        this.failure = failure;
        this.workers = workers;
        this.replayed = flushed;
    }

    /** A record that ends there was replayed. */
    void replayedTo(long end) {
        replayed = end;
    }

    /** Goes on behind what was replayed. */
    void open(ConcurrentSkipListMap<Long, LogSegment> segments, LongConsumer synced) throws IOException {
        LogSync.Mode mode = options.logSync().mode();
        LogRing ring = null;
        if (mode == LogSync.Mode.INTERVAL) {
            ring = LogRing.create(directory, disk, options.segmentBytes());
        } else {
            LogRing.delete(directory, disk);
        }
        CommitLog opened = new CommitLog(directory, disk, options.segmentBytes(), segments, failure, workers,
            mode == LogSync.Mode.ALWAYS, ring);
        loggedFrom = opened.writtenPosition();
        opened.retained().neededFrom(neededFrom);
        syncer = new LogSyncer(opened, options.logSync(), synced, "henge-log-sync", workers.syncs());
        log = opened;
        syncer.start();
    }

    boolean isOpen() {
        return log != null;
    }

    // ---- writing

    long append(byte[] record, int offset, int length) {
        if (log == null) {
            throw new IllegalStateException("no appends during replay");
        }
        return log.append(record, offset, length);
    }

    /** Has what was appended survive the process, and has it synced when it is time. */
    void write() {
        log.write();
        if (options.logSync().mode() == LogSync.Mode.ALWAYS && log.writtenPosition() > log.syncedPosition()) {
            syncer.written();
        } else if (hurried) {
            syncer.hurry();
        } else if (log.isRingHalfFull()) {
            syncer.drainSoon();
        }
        hurried = false;
    }

    void syncSoon() {
        hurried = true;
    }

    /** Syncs now and tells who listens. */
    void syncOnce() {
        syncer.syncOnce();
    }

    /** Returns when all before this position is synced; throws if the disk has no room for it. */
    void sync(long position) throws IOException {
        CommitLog current = log;
        while (current != null && current.sync() < position) {
            String reason = current.paused();
            if (reason != null) {
                throw new IOException(reason);
            }
        }
    }

    /** Why appended records are not written for now, or null. */
    String paused() {
        CommitLog current = log;
        return current == null ? null : current.paused();
    }

    // ---- positions, and what is there

    long appended() {
        CommitLog current = log;
        return current == null ? replayed : current.appendedPosition();
    }

    long written() {
        CommitLog current = log;
        return current == null ? replayed : current.writtenPosition();
    }

    long synced() {
        CommitLog current = log;
        return current == null ? replayed : current.syncedPosition();
    }

    byte[] read(long position) {
        return log.read(position);
    }

    long oldest() {
        return log.oldestPosition();
    }

    // ---- keeping it for peers

    /** Records from there on may be lacked by a peer; returns whether something can go, as far as the tables have it. */
    boolean neededFrom(long position, long flushed) {
        neededFrom = position;
        CommitLog current = log;
        if (current == null) {
            return false;
        }
        current.retained().neededFrom(position);
        return current.mayRetire(flushed, options);
    }

    /** Lets go of what neither the tables nor a peer need. */
    void retire(long flushed) throws IOException {
        CommitLog current = log;
        if (current != null) {
            current.retire(flushed, options);
        }
    }

    LogStanding standing() {
        CommitLog current = log;
        if (current == null) {
            return new LogStanding(0, 0, 0, 0, 0);
        }
        LogRetained retained = current.retained();
        return new LogStanding(current.oldestPosition(), retained.neededFrom(), retained.heldByAll(),
            retained.droppedForSize(), retained.droppedForAge());
    }

    // ---- figures

    int segments() {
        CommitLog current = log;
        return current == null ? 0 : current.segmentCount();
    }

    long fileBytes() {
        CommitLog current = log;
        return current == null ? 0 : current.fileBytes();
    }

    long writes() {
        CommitLog current = log;
        return current == null ? 0 : current.writeCount();
    }

    long syncs() {
        CommitLog current = log;
        return current == null ? 0 : current.syncCount();
    }

    /** What this process has logged. */
    long bytesLogged() {
        CommitLog current = log;
        return current == null ? 0 : current.writtenPosition() - loggedFrom;
    }

    // ---- the end

    /** Writes what waits for room, if there is some now, and syncs unless the mode is NEVER. */
    void finish() {
        if (log.paused() != null && failure.cause() == null) {
            log.writeNow();
        }
        syncer.close();
    }

    /** Notes where a finished log ends, and closes it. */
    void close() throws IOException {
        noteEnd();
        log.close();
    }

    private void noteEnd() throws IOException {
        if (options.logSync().mode() == LogSync.Mode.NEVER || failure.cause() != null) {
            return;
        }
        try {
            LogEnd.write(directory, disk, log.syncedPosition());
        } catch (IOException e) {
            if (!DiskFull.is(e)) {
                throw e;
            }
        }
    }
}
