package dev.henge.storage.lsm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * A durable {@link ByteStore}: commit log, memtable, tables.
 *
 * <p>One owner thread makes all calls, {@link #stats}, {@link #syncedPosition}, {@link #failed} and {@link #failure}
 * excepted, which any thread may make.
 *
 * <p>The commit log holds the owner's records, not the puts: after a restart the records after the flushed position
 * go through {@link LsmListener#replay}, and the owner puts again what it had put. A turn is: append, put, …,
 * {@link #endTurn}.
 */
public final class LsmStore implements ByteStore, AutoCloseable {

    /** What a record takes in the log besides its payload: the next record's position is this one's, plus both. */
    public static final int RECORD_OVERHEAD_BYTES = LogSegment.RECORD_HEAD_BYTES;
    /** The longest key. */
    public static final int KEY_BYTES_MAX = Memtable.KEY_BYTES_MAX;
    /** The longest value. */
    public static final int VALUE_BYTES_MAX = Memtable.VALUE_BYTES_MAX;

    private final LsmOptions options;
    private final LsmListener listener;
    private final DirectoryLock lock;
    private final ChunkPool chunks;
    private CommitLog log;
    private LogSyncer syncer;
    private Memtable active;
    private boolean closed;

    private LsmStore(LsmOptions options, LsmListener listener, DirectoryLock lock) {
        this.options = options;
        this.listener = listener;
        this.lock = lock;
        this.chunks = new ChunkPool((int) Math.min(1024, 2 * options.memtableBytes() / ChunkPool.CHUNK_BYTES));
        this.active = newMemtable();
    }

    /**
     * Opens or creates the store in the directory and replays the log's tail through {@link LsmListener#replay}.
     *
     * @throws IllegalStateException if another process, or this one, has it open
     * @throws CorruptLogException if the log is damaged where a crash cannot have damaged it
     */
    public static LsmStore open(Path dir, LsmOptions options, LsmListener listener) {
        return open(dir, options, listener, Disk.real());
    }

    static LsmStore open(Path dir, LsmOptions options, LsmListener listener, Disk disk) {
        try {
            DirectoryLock lock = DirectoryLock.take(dir);
            try {
                LsmStore store = new LsmStore(options, listener, lock);
                store.recover(dir, disk);
                return store;
            } catch (IOException | RuntimeException e) {
                lock.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open the store in " + dir, e);
        }
    }

    private void recover(Path dir, Disk disk) throws IOException {
        listener.opening(this);
        ConcurrentSkipListMap<Long, LogSegment> segments = new LogRecovery(dir, disk, 0)
            .recover((position, end, record) -> listener.replay(position, record));
        log = new CommitLog(dir, disk, options.segmentBytes(), segments);
        syncer = new LogSyncer(log, options.logSync(), listener::synced, "henge-log-sync");
        syncer.start();
    }

    private Memtable newMemtable() {
        Memtable memtable = new Memtable(chunks, 1);
        memtable.hold();
        return memtable;
    }

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
     * Ends a turn: writes what was appended, wakes the syncer, freezes the memtable when it is full. Does not throw when
     * the disk fails: {@link #failed} says so, and {@link #writtenPosition} stays behind.
     */
    public void endTurn() {
        if (log.failure() != null) {
            return;
        }
        try {
            log.write();
        } catch (StoreFailedException e) {
            return;
        }
        if (options.logSync().mode() == LogSync.Mode.ALWAYS) {
            syncer.wake();
        }
    }

    /** The end of the last appended record. */
    public long appendedPosition() {
        return log.appendedPosition();
    }

    /** The end of the last record that the operating system has: it survives this process. */
    public long writtenPosition() {
        return log.writtenPosition();
    }

    /** The end of the last record that the disk has. */
    public long syncedPosition() {
        return log.syncedPosition();
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
        return log.failure() != null;
    }

    /** Why the store failed, or null. */
    public String failure() {
        StoreFailedException failure = log.failure();
        return failure == null ? null : failure.getMessage();
    }

    public LsmStats stats() {
        return new LsmStats(active.count(), active.bytes(), 0, 0, 0, 0, 0, 0, log.bytes(), log.segmentCount(),
            log.writeCount(), log.syncCount(), 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    /** Flushes the whole memtable, so that the next open replays nothing. */
    public void checkpoint() {
        endTurn();
    }

    @Override
    public byte[] get(byte[] key, int keyLength) {
        int ref = active.find(key, keyLength);
        return ref == Memtable.NONE ? null : active.value(ref);
    }

    @Override
    public void put(byte[] key, int keyLength, byte[] value, int valueOffset, int valueLength) {
        checkSizes(keyLength, valueLength);
        active.put(key, keyLength, value, valueOffset, valueLength);
    }

    @Override
    public void delete(byte[] key, int keyLength) {
        int ref = active.find(key, keyLength);
        if (ref != Memtable.NONE) {
            active.unlink(ref);
        }
    }

    private static void checkSizes(int keyLength, int valueLength) {
        if (keyLength > KEY_BYTES_MAX) {
            throw new IllegalArgumentException("a key has at most " + KEY_BYTES_MAX + " bytes, not " + keyLength);
        }
        if (valueLength > VALUE_BYTES_MAX) {
            throw new IllegalArgumentException("a value has at most " + VALUE_BYTES_MAX + " bytes, not " + valueLength);
        }
    }

    @Override
    public ByteCursor scan(byte[] from, byte[] to, boolean reverse) {
        List<EntryCursor> sources = new ArrayList<>();
        Memtable held = active;
        held.hold();
        sources.add(new MemtableCursor(held, from, to, reverse));
        return new MergeCursor(sources, reverse, held::release);
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        endTurn();
        try {
            syncer.close();
        } catch (StoreFailedException e) {
            // said already; what was written stays written
        }
        try {
            log.close();
            lock.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
