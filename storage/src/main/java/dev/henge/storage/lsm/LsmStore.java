package dev.henge.storage.lsm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;

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
 * the same order. At most one memtable is frozen: an owner that outruns the flush waits in {@code endTurn}.
 */
public final class LsmStore implements ByteStore, AutoCloseable {

    /** What a record takes in the log besides its payload: the next record's position is this one's, plus both. */
    public static final int RECORD_OVERHEAD_BYTES = LogSegment.RECORD_HEAD_BYTES;
    /** The longest key. */
    public static final int KEY_BYTES_MAX = Memtable.KEY_BYTES_MAX;
    /** The longest value. */
    public static final int VALUE_BYTES_MAX = Memtable.VALUE_BYTES_MAX;

    private static final long LOOK_MILLIS = 100;

    private final LsmOptions options;
    private final LsmListener listener;
    private final DirectoryLock lock;
    private final StoreFailure failure;
    private final ChunkPool chunks;
    private final TableStack stack;
    private final Flusher flusher;
    private final Compactor compactor;
    private final Background background;
    private final TableReads reads = new TableReads();
    /** Null during replay. */
    private volatile CommitLog log;
    private volatile long replayed;
    private LogSyncer syncer;
    private long seeds;

    private volatile Memtable active;
    private volatile Memtable frozen;
    /** The runs that we read; held. */
    private TableSet tables;
    private volatile long stalls;
    private volatile long stallNanos;
    private boolean closed;

    private LsmStore(Path dir, LsmOptions options, LsmListener listener, Disk disk, DirectoryLock lock)
            throws IOException {
        this.options = options;
        this.listener = listener;
        this.lock = lock;
        this.failure = new StoreFailure();
        this.chunks = new ChunkPool((int) Math.min(2048, 2 + 2 * options.memtableBytes() / ChunkPool.CHUNK_BYTES));
        this.active = newMemtable();
        this.stack = TableStack.open(dir, disk);
        this.flusher = new Flusher(dir, disk, options, stack);
        this.compactor = new Compactor(dir, disk, options, stack);
        this.background = new Background(options, stack, flusher, compactor, failure);
        this.tables = stack.hold();
        this.replayed = tables.flushedPosition;
    }

    /**
     * Opens or creates the store in the directory and replays the log's tail through {@link LsmListener#replay}.
     *
     * @throws IllegalStateException if another process, or this one, has it open
     * @throws CorruptLogException if the log is damaged where a crash cannot have damaged it
     * @throws CorruptTableException if the manifest, or a file that it names, is damaged
     */
    public static LsmStore open(Path dir, LsmOptions options, LsmListener listener) {
        return open(dir, options, listener, Disk.real());
    }

    static LsmStore open(Path dir, LsmOptions options, LsmListener listener, Disk unbounded) {
        Disk disk = new BoundedDisk(unbounded, BoundedDisk.OPEN_FILES_MAX);
        try {
            DirectoryLock lock = DirectoryLock.take(dir);
            LsmStore store = null;
            try {
                store = new LsmStore(dir, options, listener, disk, lock);
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
            new LogRecovery(dir, disk, tables.flushedPosition).recover(this::replay);
        log = new CommitLog(dir, disk, options.segmentBytes(), segments, failure);
        syncer = new LogSyncer(log, options.logSync(), listener::synced, "henge-log-sync");
        syncer.start();
        background.compact();
    }

    private void replay(long position, long end, byte[] record) {
        failure.check();
        listener.replay(position, record);
        replayed = end;
        adoptTables();
        if (active.bytes() >= options.memtableBytes()) {
            freeze();
        }
    }

    private Memtable newMemtable() {
        Memtable memtable = new Memtable(chunks, seeds++);
        memtable.hold();
        return memtable;
    }

    // ---- the log

    /**
     * Buffers one record for the commit log and returns its position.
     *
     * @throws StoreFailedException if a write or a sync has failed before
     */
    public long append(byte[] record, int offset, int length) {
        if (log == null) {
            throw new IllegalStateException("no appends during replay");
        }
        return log.append(record, offset, length);
    }

    /**
     * Ends a turn: writes what was appended, wakes the syncer, freezes the memtable when it is full. Does not throw
     * when the disk fails: {@link #failed} says so, and {@link #writtenPosition} stays behind.
     */
    public void endTurn() {
        if (failed() || log == null) {
            return;
        }
        try {
            write();
            adoptTables();
            if (active.bytes() >= options.memtableBytes()) {
                freeze();
            }
        } catch (StoreFailedException e) {
            // failed() says it from here on
        }
    }

    private void write() {
        log.write();
        if (options.logSync().mode() == LogSync.Mode.ALWAYS && log.writtenPosition() > log.syncedPosition()) {
            syncer.wake();
        }
    }

    /** The end of the last appended record. */
    public long appendedPosition() {
        return log == null ? replayed : log.appendedPosition();
    }

    /** The end of the last record that the operating system has: it survives this process. */
    public long writtenPosition() {
        return log == null ? replayed : log.writtenPosition();
    }

    /** The end of the last record that the disk has. */
    public long syncedPosition() {
        return log == null ? replayed : log.syncedPosition();
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
        return log.oldestPosition();
    }

    /** True once a write or a sync has failed: appends throw {@link StoreFailedException}, reads go on. */
    public boolean failed() {
        return failure.cause() != null;
    }

    /** Why the store failed, or null. */
    public String failure() {
        StoreFailedException cause = failure.cause();
        return cause == null ? null : cause.getMessage();
    }

    // ---- from memtable to tables

    /** Looks whether a flush or a compaction has ended; lets go of what it made superfluous. */
    private void adoptTables() {
        // The flag first: if it is up, the set that we read after it holds the memtable.
        boolean flushed = frozen != null && frozen.isFlushed();
        if (stack.current() != tables) {
            TableSet old = tables;
            tables = stack.hold();
            background.later(old::release);
        }
        if (flushed) {
            frozen.release();
            frozen = null;
        }
    }

    /** Hands the active memtable to the flushing thread. Waits while another one is on its way. */
    private void freeze() {
        awaitFlush();
        listener.beforeFreeze(this);
        if (log != null) {
            write();
        }
        Memtable full = active;
        full.freeze(writtenPosition());
        active = newMemtable();
        frozen = full;
        CommitLog current = log;
        background.flush(full,
            () -> {
                if (current != null) {
                    current.sync();
                }
            },
            () -> {
                if (current != null) {
                    current.retire(full.endPosition(), options.logRetainBytes());
                }
            });
    }

    /** Waits until no memtable is frozen. */
    private void awaitFlush() {
        adoptTables();
        if (frozen == null) {
            return;
        }
        long start = System.nanoTime();
        try {
            while (frozen != null) {
                failure.check();
                stack.awaitFlushed(frozen, LOOK_MILLIS);
                adoptTables();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure.fail("the owner thread was interrupted while it waited for a flush", e);
        } finally {
            stalls++;
            stallNanos += System.nanoTime() - start;
        }
    }

    /** Flushes the whole memtable, so that the next open replays nothing. Waits for the disk. */
    public void checkpoint() {
        endTurn();
        if (failed()) {
            return;
        }
        try {
            awaitFlush();
            if (active.count() > 0 || tables.flushedPosition < writtenPosition()) {
                freeze();
                awaitFlush();
            }
        } catch (StoreFailedException e) {
            // failed() says it from here on
        }
    }

    // ---- reads and writes

    @Override
    public byte[] get(byte[] key, int keyLength) {
        long hash = KeyHash.of(key, 0, keyLength);
        Memtable memtable = active;
        int ref = memtable.find(key, keyLength, (int) hash);
        if (ref == Memtable.NONE && frozen != null) {
            memtable = frozen;
            ref = memtable.find(key, keyLength, (int) hash);
        }
        if (ref != Memtable.NONE) {
            return memtable.value(ref);
        }
        return tables.runs.isEmpty() ? null : reads.get(tables.runs, key, keyLength, hash);
    }

    @Override
    public void put(byte[] key, int keyLength, byte[] value, int valueOffset, int valueLength) {
        if (keyLength > KEY_BYTES_MAX) {
            throw new IllegalArgumentException("a key has at most " + KEY_BYTES_MAX + " bytes, not " + keyLength);
        }
        if (valueLength > VALUE_BYTES_MAX) {
            throw new IllegalArgumentException("a value has at most " + VALUE_BYTES_MAX + " bytes, not " + valueLength);
        }
        active.put(key, keyLength, (int) KeyHash.of(key, 0, keyLength), value, valueOffset, valueLength);
    }

    @Override
    public void delete(byte[] key, int keyLength) {
        if (keyLength > KEY_BYTES_MAX) {
            return; // never put
        }
        long hash = KeyHash.of(key, 0, keyLength);
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
        if (frozen != null && frozen.find(key, keyLength, (int) hash) != Memtable.NONE) {
            return true;
        }
        for (Run run : tables.runs) {
            if (run.tableFor(key, keyLength).mayContain(key, keyLength, hash)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public ByteCursor scan(byte[] from, byte[] to, boolean reverse) {
        byte[] low = from == null ? null : from.clone();
        byte[] high = to == null ? null : to.clone();
        List<Memtable> memtables = new ArrayList<>(2);
        memtables.add(active);
        if (frozen != null) {
            memtables.add(frozen);
        }
        List<EntryCursor> sources = new ArrayList<>();
        for (Memtable memtable : memtables) {
            memtable.hold();
            sources.add(new MemtableCursor(memtable, low, high, reverse));
        }
        TableSet held = tables;
        held.tryHold();
        if (low == null || high == null || Arrays.compareUnsigned(low, high) < 0) {
            for (Run run : held.runs) {
                sources.add(run.scan(low, high, reverse));
            }
        }
        return new MergeCursor(sources, reverse, () -> {
            memtables.forEach(Memtable::release);
            letGo(held);
        });
    }

    /** Lets go of a set; where that closes files, not on the owner's time. */
    private void letGo(TableSet set) {
        if (closed) {
            release(set);
        } else {
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
        Memtable waiting = frozen;
        Memtable filling = active;
        TableSet set = stack.hold();
        try {
            long live = Compactor.liveBytes(set.runs).values().stream().mapToLong(Long::longValue).sum();
            var files = TableStack.valueFiles(set.runs);
            long valueBytes = files.stream().mapToLong(ValueFile::bytes).sum();
            CommitLog now = log;
            return new LsmStats(
                filling.count() + (waiting == null ? 0 : waiting.count()),
                filling.bytes() + (waiting == null ? 0 : waiting.bytes()),
                set.runs.stream().mapToInt(run -> run.tables().size()).sum(),
                set.runs.stream().mapToLong(Run::entries).sum(),
                set.runs.stream().mapToLong(Run::bytes).sum(),
                files.size(), valueBytes,
                Math.max(0, valueBytes - live - (long) ValueFile.HEADER_BYTES * files.size()),
                now == null ? 0 : now.bytes(), now == null ? 0 : now.segmentCount(),
                now == null ? 0 : now.writeCount(), now == null ? 0 : now.syncCount(),
                flusher.flushes.get(), flusher.flushedBytes.get(),
                compactor.compactions.get(), compactor.compactedBytes.get(),
                reads.bloomNegatives, reads.bloomFalse, reads.tableReads,
                stalls, stallNanos);
        } finally {
            letGo(set);
        }
    }

    /**
     * Ends the turn, syncs unless the mode is NEVER, waits for a running flush, and closes. Cursors may be closed
     * later.
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        endTurn();
        closed = true;
        try {
            syncer.close();
        } catch (StoreFailedException e) {
            // failed() says it; what was written stays written
        }
        background.close();
        try {
            release(tables);
            stack.close();
            log.close();
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
