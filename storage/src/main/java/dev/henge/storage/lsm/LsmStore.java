package dev.henge.storage.lsm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A durable {@link ByteStore}: commit log, memtable, tables.
 *
 * <p>One owner thread makes all calls, {@link #stats}, the positions, {@link #failed} and {@link #failure} excepted,
 * which any thread may make.
 *
 * <p>The commit log holds the owner's records, not the puts: after a restart the records after the flushed position
 * go through {@link LsmListener#replay}, and the owner puts again what it had put. A turn is: append, put, …,
 * {@link #endTurn}.
 *
 * <p>How a put travels: into the active memtable; at the end of a turn that finds it full the memtable is frozen and
 * a new one begins; the flushing thread makes a run of tables of it; the compacting thread merges runs. A get looks in
 * the same order. The memory of all memtables is bounded, and so is the log that no table holds yet: an owner that
 * outruns the flush waits in {@code endTurn}.
 */
public final class LsmStore implements ByteStore, AutoCloseable {

    /** The longest key. */
    public static final int KEY_BYTES_MAX = Memtable.KEY_BYTES_MAX;
    /** The longest value. */
    public static final int VALUE_BYTES_MAX = Memtable.VALUE_BYTES_MAX;

    private static final long LOOK_MILLIS = 100;
    /**
     * A disk that has not so many times the memtable's bytes left gets it flushed, if the log that this frees is so
     * many times as large, and a whole segment.
     */
    private static final int WORTHWHILE = 2;
    /** A clean stop flushes if the next start would have to replay more than this. */
    static final long UNFLUSHED_AT_CLOSE_MAX = 64 << 20;

    private final LsmOptions options;
    private final LsmListener listener;
    private final DirectoryLock lock;
    private final StoreFailure failure;
    private final Memtables memtables;
    private final TableStack stack;
    private final Flusher flusher;
    private final Compactor compactor;
    private final Background background;
    private final Workers workers;
    private final DiskSpace space;
    private final BoundedDisk disk;
    private final WriteThrottle throttle;
    private final Damages damages = new Damages(System::currentTimeMillis);
    private final TableReads reads;
    private final AtomicInteger snapshots = new AtomicInteger();
    private final StoreLog log;
    /** The runs that we read; held. */
    private TableSet tables;
    private Levels levels;
    /** The active memtable's bytes when the last turn ended. */
    private long bytesBefore;
    /** Where in the log the active memtable begins. */
    private long activeFrom;
    /** At which part of what a memtable may have the active one is frozen. */
    private double activePart;
    private volatile long stopCount;
    private volatile long stopNanos;
    private boolean closed;
    /** Whether the memtable is to be flushed soon, so that damaged tables can be rewritten. */
    private boolean repaired;
    /** Why appends of this turn are refused, or null: the store was paused when the turn before ended. */
    private volatile String refusal;
    /** Whether the memtable is full and no room for another one, because of a full disk. */
    private volatile boolean memtablesFull;
    private volatile boolean reclaimWanted;

    private LsmStore(Path dir, LsmOptions options, LsmListener listener, BoundedDisk disk, DirectoryLock lock,
            Workers workers) throws IOException {
        this.disk = disk;
        this.workers = workers;
        this.space = new DiskSpace(dir, disk);
        this.options = options;
        this.listener = listener;
        this.lock = lock;
        this.failure = new StoreFailure();
        this.reads = new TableReads(damages, options.mergeOperator());
        this.memtables = new Memtables(options.memoryBytes());
        this.stack = TableStack.open(dir, disk);
        stack.lost().forEach(damages::lost);
        this.flusher = new Flusher(dir, disk, options, stack);
        this.compactor = new Compactor(dir, disk, options, stack, space, damages, workers);
        this.background = new Background(flusher, compactor, failure, workers);
        this.throttle = new WriteThrottle(options, flusher.rate, compactor.rate, workers.clock(),
            workers.isCaller() ? nanos -> { } : LockSupport::parkNanos);
        this.tables = stack.hold();
        this.levels = Levels.of(options, tables);
        this.log = new StoreLog(dir, disk, options, failure, workers, tables.flushedPosition);
        this.activeFrom = tables.flushedPosition;
        this.activePart = options.firstMemtable();
    }

    /**
     * Opens or creates the store in the directory and replays the log's tail through {@link LsmListener#replay}.
     *
     * @throws IllegalStateException if another process, or this one, has it open
     * @throws CorruptLogException if the log is damaged where a crash cannot have damaged it
     * @throws CorruptTableException if the manifest is damaged, or names a file that is not there, or is another. A
     *     table that is damaged so that it cannot be opened is one of the {@link #damages}
     */
    public static LsmStore open(Path dir, LsmOptions options, LsmListener listener) {
        return open(dir, options, listener, Disk.real());
    }

    static LsmStore open(Path dir, LsmOptions options, LsmListener listener, Disk disk) {
        return open(dir, options, listener, disk, Workers.threads());
    }

    static LsmStore open(Path dir, LsmOptions options, LsmListener listener, Disk unbounded, Workers workers) {
        BoundedDisk disk = new BoundedDisk(unbounded, BoundedDisk.OPEN_FILES_MAX);
        try {
            disk.createDirectories(dir);
            DirectoryLock lock = disk.lock(dir);
            LsmStore store = null;
            try {
                store = new LsmStore(dir, options, listener, disk, lock, workers);
                store.recover(dir, disk);
                return store;
            } catch (IOException | RuntimeException e) {
                if (store != null) {
                    store.background.close();
                    store.tables.release();
                    store.stack.close();
                }
                lock.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open the store in " + dir, e);
        }
    }

    private void recover(Path dir, Disk disk) throws IOException {
        listener.opening(this);
        ConcurrentSkipListMap<Long, LogSegment> segments =
            new LogRecovery(dir, disk, tables.flushedPosition)
                .recover(listener.wantsEarlier() ? listener::earlier : null, this::replay);
        log.open(segments, listener::synced);
        if (!workers.isCaller()) {
            space.start();
        }
        background.warm(stack.hold());
        background.compact();
    }

    private void replay(long position, long end, byte[] record) {
        failure.check();
        listener.replay(position, record);
        log.replayedTo(end);
        adoptTables();
        freezeIfFull();
    }

    // ---- the log

    /**
     * Buffers one record for the commit log and returns its position.
     *
     * @throws StoreFailedException if a write or a sync has failed before
     * @throws StorePausedException if the store was not {@link #writable} when the turn began; one that is paused in
     * the middle of a turn takes what the turn still brings
     */
    public long append(byte[] record, int offset, int length) {
        if (refusal != null) {
            throw new StorePausedException(refusal);
        }
        return log.append(record, offset, length);
    }

    /**
     * Ends a turn: has what was appended survive the process, wakes the syncer, freezes the memtable when it is full.
     * A turn that put more than flushes and compaction can follow is delayed, by 50 ms at most. Does not throw when the
     * disk fails: {@link #failed} says so, and {@link #writtenPosition} stays behind.
     */
    public void endTurn() {
        if (failed() || !log.isOpen()) {
            return;
        }
        try {
            log.write();
            adoptTables();
            freezeIfFull();
            startReclaim();
            slowDown();
        } catch (StoreFailedException e) {
            // failed() says it from here on
        }
        refusal = reasonToPause();
    }

    /**
     * Freezes the memtable for a backup, which gets the tables as they are when it is flushed; false, and nothing
     * done, while too many earlier memtables are on their way: try again later. The owner waits for nothing.
     */
    boolean freezeFor(StoreBackup backup) {
        failure.check();
        adoptTables();
        return memtables.frozen().length < options.frozenMax() && freeze(() -> {
            TableSet set = stack.hold();
            backup.take(set, stack.manifestOf(set), options);
        });
    }

    /** Delays a turn that has put more than flushes and compaction can follow. */
    private void slowDown() {
        long bytes = memtables.active().bytes();
        long all = memtables.bytes();
        throttle.turn(bytes - bytesBefore, all, all - bytes, levels);
        bytesBefore = bytes;
    }

    /**
     * Has all that is appended by the end of the turn synced soon after it, though the mode is an interval: for what
     * must not be said before the disk has it. In mode NEVER it does nothing.
     */
    public void syncSoon() {
        log.syncSoon();
    }

    /** The end of the last appended record. */
    public long appendedPosition() {
        return log.appended();
    }

    /**
     * The end of the last record that the operating system has, in a file or in mapped memory: it survives this
     * process.
     */
    public long writtenPosition() {
        return log.written();
    }

    /** The end of the last record that the disk has. */
    public long syncedPosition() {
        return log.synced();
    }

    /** All records before this position are in the tables; the next open replays from here. */
    public long flushedPosition() {
        return stack.current().flushedPosition;
    }

    /**
     * The record at a position that {@link #append} returned, also one still buffered; null if its segment is gone.
     *
     * @throws CorruptLogException if no sound record begins there
     */
    public byte[] readRecord(long position) {
        return log.read(position);
    }

    /** The position of the first record still in the log; {@link #appendedPosition} if there is none. */
    public long oldestPosition() {
        return log.oldest();
    }

    /**
     * Records from this position on may still be lacked by a peer: flushed segments before it go at once, others when
     * the log is larger, or they are older, than the options say. As long as this is never called nobody needs any.
     */
    public void retainLogFrom(long position) {
        if (log.neededFrom(position, flushedPosition())) {
            background.later(() -> log.retire(flushedPosition()));
        }
    }

    /** What of the log is kept for peers, and what went before they had it. Any thread. */
    public LogStanding logStanding() {
        return log.standing();
    }

    /** True once a write or a sync has failed: appends throw {@link StoreFailedException}, reads go on. */
    public boolean failed() {
        return failure.cause() != null;
    }

    /** Whether the store takes writes: it has not {@link #failed}, and is not {@link #paused}. Any thread. */
    public boolean writable() {
        return failure.cause() == null && paused() == null;
    }

    /**
     * Why the store takes no writes for now, or null: its disk is full, or nearly so. What was appended stays and is
     * written when there is space again; reads go on.
     */
    public String paused() {
        String atTurnsEnd = refusal;
        return atTurnsEnd != null ? atTurnsEnd : log.paused();
    }

    private String reasonToPause() {
        String reason = log.paused();
        if (reason == null && memtablesFull) {
            reason = background.flushPaused();
        }
        return reason != null ? reason : space.refusal();
    }

    /** Syncs the log now. For owners whose store has no threads. */
    public void sync() {
        log.syncOnce();
    }

    /** Why the store failed, or null. */
    public String failure() {
        StoreFailedException cause = failure.cause();
        return cause == null ? null : cause.getMessage();
    }

    // ---- from memtable to tables

    /** Looks whether a flush or a compaction has ended; lets go of what it made superfluous. */
    private void adoptTables() {
        background.retry();
        if (stack.current() != tables) {
            TableSet old = tables;
            tables = stack.hold();
            memtables.drop(tables.flushedMemtables);
            levels = Levels.of(options, tables);
            background.later(() -> {
                old.release();
                memtables.clean();
            });
        }
    }

    /**
     * Freezes the active memtable when it is full, or when the log has to be let go of; while a frozen one is on its
     * way it goes on in what is left of the memory, and where nothing is left the owner waits.
     */
    private void freezeIfFull() {
        boolean due = isDue(memtables.active().bytes());
        boolean freezes = due || repaired && log.isOpen();
        boolean stops = freezes ? memtables.frozen().length >= options.frozenMax() : overfull();
        long start = stops ? System.nanoTime() : 0;
        try {
            boolean failed = freezes && !freeze();
            repaired &= failed;
            if (due && !failed) {
                activePart = 1;
            }
            memtablesFull = failed || overfull() && !awaitRoom();
        } finally {
            if (stops) {
                stopCount++;
                stopNanos += System.nanoTime() - start;
            }
        }
    }

    private boolean isDue(long activeBytes) {
        long unflushed = writtenPosition() - activeFrom;
        long worthwhile = Math.max(WORTHWHILE * activeBytes, options.segmentBytes());
        return activeBytes >= activePart * options.memtableBytes()
            || unflushed >= activePart * options.unflushedLogBytesMax()
            || unflushed >= worthwhile && space.room() < worthwhile;
    }

    private boolean overfull() {
        return memtables.frozen().length > 0 && memtables.bytes() >= options.memoryBytes();
    }

    /** Waits until the memtables have room again; returns false if the disk is too full for a flush. */
    private boolean awaitRoom() {
        while (overfull()) {
            if (!awaitFrozenBelow(memtables.frozen().length)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Hands the active memtable to the flushing thread. Waits while too many are on their way; returns false if that
     * is for want of disk space, or if the log has not all that the memtable holds.
     */
    private boolean freeze() {
        return freeze(() -> { });
    }

    private boolean freeze(Runnable whenFlushed) {
        if (!awaitFrozenBelow(options.frozenMax())) {
            return false;
        }
        listener.beforeFreeze(this);
        boolean logged = log.isOpen();
        if (logged) {
            log.write();
            if (log.paused() != null) {
                return false;
            }
        }
        Memtable full = memtables.freeze(writtenPosition());
        bytesBefore = 0;
        activePart = options.firstMemtable();
        activeFrom = full.endPosition();
        background.flush(full,
            () -> {
                if (logged) {
                    log.sync(full.endPosition());
                }
            },
            () -> {
                whenFlushed.run();
                if (logged) {
                    log.retire(full.endPosition());
                }
            });
        return true;
    }

    /** Waits until fewer memtables are frozen; returns false if the disk is too full for a flush. */
    private boolean awaitFrozenBelow(int bound) {
        adoptTables();
        if (memtables.frozen().length < bound) {
            return true;
        }
        try {
            while (memtables.frozen().length >= bound) {
                failure.check();
                if (background.flushPaused() != null) {
                    return false;
                }
                Memtable[] frozen = memtables.frozen();
                stack.awaitFlushed(frozen[frozen.length - 1], LOOK_MILLIS);
                adoptTables();
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure.fail("the owner thread was interrupted while it waited for a flush", e);
        }
    }

    /**
     * Asks for all tables to be rewritten now, level by level in bounded steps, so that tombstones, what they hide,
     * what the compaction filter drops and dead large values are gone from the disk. Needs little more disk than
     * the largest step. What the memtable holds at the end of the owner's next turn is flushed first. Any thread.
     */
    public void reclaim() {
        reclaimWanted = true;
    }

    /** Whether what {@link #reclaim} asked for is still to be done. Any thread. */
    public boolean reclaiming() {
        return reclaimWanted || compactor.sweeping();
    }

    private void startReclaim() {
        if (reclaimWanted && !compactor.sweeping() && memtables.frozen().length < options.frozenMax()
                && (memtables.active().count() == 0 || freeze())) {
            compactor.sweepSoon();
            reclaimWanted = false;
            background.sweep();
        }
    }

    /** Flushes the whole memtable, so that the next open replays nothing. Waits for the disk. */
    public void checkpoint() {
        endTurn();
        if (failed() || log.paused() != null) {
            return;
        }
        try {
            if (awaitFrozenBelow(1) && (memtables.active().count() > 0 || tables.flushedPosition < writtenPosition())
                    && freeze()) {
                awaitFrozenBelow(1);
            }
        } catch (StoreFailedException e) {
            // failed() says it from here on
        }
    }

    // ---- damage

    /**
     * The damaged parts of tables and value files that were met, by any thread, and are not {@link #repaired}.
     * Compaction leaves their tables alone.
     */
    public List<Damage> damages() {
        return damages.open();
    }

    /**
     * From now on reads pass the part by, as if it had no entries: older versions of its keys may show. Forgotten
     * at the end of the process.
     */
    public void excise(Damage damage) {
        damages.excise(damage);
    }

    /** What is in the store now is right without the part: its table is rewritten once that is flushed. */
    public void repaired(Damage damage) {
        repaired |= damages.repaired(damage, appendedPosition());
    }

    // ---- reads and writes

    @Override
    public byte[] get(byte[] key, int keyLength) {
        long hash = KeyHash.of(key, 0, keyLength);
        Memtable active = memtables.active();
        int ref = active.find(key, keyLength, (int) hash);
        byte[] newer = null;
        if (ref != Memtable.NONE) {
            newer = active.value(ref);
            if (!active.isOperand(ref)) {
                return newer;
            }
        }
        return older(key, keyLength, hash, newer);
    }

    /** What is bound to the key below the active memtable, with what that has of it put onto it. */
    private byte[] older(byte[] key, int keyLength, long hash, byte[] ofActive) {
        byte[] newer = ofActive;
        for (Memtable older : memtables.frozen()) {
            int ref = older.find(key, keyLength, (int) hash);
            if (ref != Memtable.NONE) {
                newer = TableReads.join(options.mergeOperator(), key, keyLength, older.value(ref), newer);
                if (!older.isOperand(ref)) {
                    return newer;
                }
            }
        }
        return reads.get(tables.runs, key, keyLength, hash, newer);
    }

    @Override
    public void find(byte[] key, int keyLength, FoundBytes found) {
        long hash = KeyHash.of(key, 0, keyLength);
        Memtable active = memtables.active();
        int ref = active.find(key, keyLength, (int) hash);
        found.hash = hash;
        found.memtable = active;
        found.entry = ref;
        found.moment = active.momentOf(ref);
        if (ref != Memtable.NONE && !active.isOperand(ref)) {
            active.view(ref, found);
        } else {
            found.whole(ref != Memtable.NONE ? get(key, keyLength) : older(key, keyLength, hash, null));
        }
    }

    @Override
    public void put(byte[] key, int keyLength, FoundBytes found, byte[] value, int valueOffset, int valueLength) {
        checkLengths(keyLength, valueLength);
        Memtable active = memtables.active();
        if (found.memtable != active || found.moment != active.momentOf(found.entry)) {
            found.hash = KeyHash.of(key, 0, keyLength);
            found.memtable = active;
            found.entry = active.find(key, keyLength, (int) found.hash);
        }
        found.entry = active.putFound(
            found.entry, key, keyLength, (int) found.hash, value, valueOffset, valueLength);
        found.moment = active.momentOf(found.entry);
    }

    @Override
    public void put(byte[] key, int keyLength, byte[] value, int valueOffset, int valueLength) {
        checkLengths(keyLength, valueLength);
        memtables.active().put(key, keyLength, (int) KeyHash.of(key, 0, keyLength), value, valueOffset, valueLength);
    }

    @Override
    public int warm(long[] keyHashes, int count) {
        return memtables.active().warm(keyHashes, count);
    }

    @Override
    public void merge(byte[] key, int keyLength, byte[] operand) {
        if (options.mergeOperator() == null) {
            throw new UnsupportedOperationException("a store without a merge operator");
        }
        checkLengths(keyLength, operand.length);
        memtables.active().merge(key, keyLength, (int) KeyHash.of(key, 0, keyLength), operand,
            options.mergeOperator());
    }

    private static void checkLengths(int keyLength, int valueLength) {
        if (keyLength > KEY_BYTES_MAX) {
            throw new IllegalArgumentException("a key has at most " + KEY_BYTES_MAX + " bytes, not " + keyLength);
        }
        if (valueLength > VALUE_BYTES_MAX) {
            throw new IllegalArgumentException(
                "a value has at most " + VALUE_BYTES_MAX + " bytes, not " + valueLength);
        }
    }

    @Override
    public void delete(byte[] key, int keyLength) {
        if (keyLength > KEY_BYTES_MAX) {
            return; // never put
        }
        long hash = KeyHash.of(key, 0, keyLength);
        Memtable active = memtables.active();
        if (mayBeBelow(key, keyLength, hash)) {
            active.putTombstone(key, keyLength, (int) hash);
            return;
        }
        int ref = active.find(key, keyLength, (int) hash);
        if (ref != Memtable.NONE) {
            active.unlink(ref);
        }
    }

    /** Whether a frozen memtable or a table may have the key, so that only a tombstone hides it. */
    private boolean mayBeBelow(byte[] key, int keyLength, long hash) {
        if (memtables.frozenWith(key, keyLength, (int) hash) != null) {
            return true;
        }
        for (Run run : tables.runs) {
            if (TableReads.mayContain(run.tableFor(key, keyLength), key, keyLength, hash)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public ByteCursor scan(byte[] from, byte[] to, boolean reverse) {
        List<Memtable> read = memtables.holdAll();
        TableSet held = tables;
        held.tryHold();
        return ReadView.cursor(read, held, from, to, reverse, damages, options.mergeOperator(), () -> {
            read.forEach(Memtable::release);
            letGo(held);
        });
    }

    /**
     * The store as it is now, for another thread. Freezes the memtable, so take few.
     *
     * @throws IllegalStateException if too many are open, or if the memtable cannot be frozen for want of disk space
     */
    public StoreSnapshot snapshot() {
        failure.check();
        if (snapshots.get() >= options.snapshotsMax()) {
            throw new IllegalStateException("at most " + options.snapshotsMax() + " snapshots may be open");
        }
        log.write();
        if (writtenPosition() < appendedPosition() || memtables.active().count() > 0 && !freeze()) {
            throw new IllegalStateException("no snapshot: " + paused());
        }
        List<Memtable> frozen = List.of(memtables.frozen());
        frozen.forEach(Memtable::hold);
        tables.tryHold();
        snapshots.incrementAndGet();
        StoreSnapshot snapshot = new StoreSnapshot(writtenPosition(),
            new ReadView(frozen, tables, damages, options.mergeOperator()),
            snapshots::decrementAndGet);
        background.later(() -> snapshot.settle(stack.hold()));
        return snapshot;
    }

    /** Lets go of a set; where that closes files, not on the owner's time. */
    private void letGo(TableSet set) {
        if (closed) {
            release(set);
        } else if (!set.releaseUnlessLast()) {
            background.later(set::release);
        }
    }

    private static void release(TableSet set) {
        try {
            set.release();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot close a table", e);
        }
    }

    // ---- the rest

    /** What the store holds and has done. Any thread; the figures may be of slightly different moments. */
    public LsmStats stats() {
        TableSet set = stack.hold();
        try {
            List<Run> runs = set.runs;
            Levels now = Levels.of(options, set);
            long live = Compactor.liveBytes(runs).values().stream().mapToLong(Long::longValue).sum();
            var files = TableStack.valueFiles(runs);
            long valueBytes = files.stream().mapToLong(ValueFile::bytes).sum();
            long tableBytes = runs.stream().mapToLong(Run::bytes).sum();
            int tableCount = runs.stream().mapToInt(run -> run.tables().size()).sum();
            int segments = log.segments();
            return new LsmStats(
                memtables.entries(), memtables.bytes(), options.memoryBytes(),
                memtables.frozen().length, options.frozenMax(),
                tableCount, runs.stream().mapToLong(Run::entries).sum(), tableBytes,
                tableBytes + files.stream().mapToLong(ValueFile::mappedBytes).sum(),
                segments + disk.openFiles(), BoundedDisk.OPEN_FILES_MAX, now.stats(runs), now.debtBytes(),
                files.size(), valueBytes,
                Math.max(0, valueBytes - live - (long) ValueFile.HEADER_BYTES * files.size()),
                log.fileBytes(), segments, log.writes(), log.syncs(), log.bytesLogged(),
                flusher.flushes.get(), flusher.flushedBytes.get(),
                compactor.compactions.get(), compactor.compactedBytes.get(), compactor.moves.get(),
                compactor.collections.get(), reclaiming(),
                reads.bloomNegatives, reads.bloomFalse, reads.tableReads,
                damages.met(), throttle.delays(), throttle.delayNanos(), throttle.longestDelayNanos(), stopCount,
                stopNanos, snapshots.get(), options.snapshotsMax());
        } finally {
            letGo(set);
        }
    }

    /**
     * Ends the turn, syncs unless the mode is NEVER, flushes where the next open would have much to replay, waits for
     * a running flush, and closes. Cursors may be closed later.
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        endTurn();
        if (writtenPosition() - activeFrom > UNFLUSHED_AT_CLOSE_MAX) {
            checkpoint();
        }
        closed = true;
        try {
            log.finish();
        } catch (StoreFailedException e) {
            // failed() says it; what was written stays written
        }
        background.close();
        space.close();
        try {
            log.close();
            release(tables);
            stack.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot close the store", e);
        } finally {
            unlock();
        }
    }

    private void unlock() {
        try {
            lock.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot release the lock", e);
        }
    }
}
