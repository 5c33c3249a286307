package dev.henge.storage.lsm;

import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The settings of one {@link LsmStore}.
 *
 * @param logSync           when the commit log is synced; default every second
 * @param memtableBytes     size at which the memtable is frozen and flushed; default 64 MiB. All memtables together
 *                          have {@link #memoryBytes}
 * @param firstMemtable     the part of these bytes, and of {@code unflushedLogBytesMax}, at which the first memtable
 *                          since the start, or since one that was not full, is frozen; default 1. Stores that hold the
 *                          same and began together flush at the same time unless each has a part of its own
 * @param frozenMax         frozen memtables that may wait for their flush; default 4. With so many the owner waits
 * @param unflushedLogBytesMax  bytes of log after which a memtable is frozen though it is not full, since it is
 *                          overwritten in place: what the next start replays; default 1 GiB
 * @param segmentBytes      size at which the commit log starts a new segment; default 64 MiB
 * @param logRetainBytes    how much flushed log is kept for peers that lag; default 256 MiB
 * @param logRetainMillis   how long flushed log is kept for peers that lag; default a day
 * @param largeValueBytes   values longer than this live in value files, apart from the tables; default 4 KiB, at most
 *                          32 KiB
 * @param bloomBitsPerKey   size of the tables' Bloom filters; default 10 (about 1 % false positives)
 * @param levels            the shape of the levels
 * @param throttle          how compaction and writers are slowed
 * @param compactionFilter  makes one filter a step of compaction, or null for none
 * @param mergeOperator     what {@link ByteStore#merge} does, or null for none; the same for as long as the store lives
 * @param snapshotsMax      snapshots that may be open at a time; default 16
 */
public record LsmOptions(
        LogSync logSync,
        long memtableBytes,
        double firstMemtable,
        int frozenMax,
        long unflushedLogBytesMax,
        long segmentBytes,
        long logRetainBytes,
        long logRetainMillis,
        int largeValueBytes,
        int bloomBitsPerKey,
        LevelOptions levels,
        ThrottleOptions throttle,
        Function<CompactionFilter.Newest, CompactionFilter> compactionFilter,
        MergeOperator mergeOperator,
        int snapshotsMax) {

    static final int LARGE_VALUE_BYTES_MAX = 32 << 10;
    static final int FROZEN_MAX = 64;
    static final long MEMTABLE_BYTES_MAX = 8L << 30;
    /** No memtable counts for more where the levels' sizes are measured in memtables. */
    static final long UNIT_BYTES_MAX = 256L << 20;
    /** The log that may be unflushed, beside what {@link #withMemoryBytes the memory} can hold: seconds to replay. */
    private static final long UNFLUSHED_LOG_BYTES = 1L << 30;

    public LsmOptions {
        check(logSync != null, "logSync is missing");
        check(memtableBytes >= 1024 && memtableBytes <= MEMTABLE_BYTES_MAX, "memtableBytes is 1 KiB to 8 GiB");
        check(firstMemtable > 0 && firstMemtable <= 1, "firstMemtable is above 0, and 1 at most");
        check(frozenMax >= 1 && frozenMax <= FROZEN_MAX, "frozenMax is 1 to " + FROZEN_MAX);
        check(unflushedLogBytesMax >= 1024, "unflushedLogBytesMax is at least 1 KiB");
        check(segmentBytes >= 256, "segmentBytes is at least 256");
        check(logRetainBytes >= 0, "logRetainBytes is not negative");
        check(logRetainMillis >= 0, "logRetainMillis is not negative");
        check(largeValueBytes >= 16 && largeValueBytes <= LARGE_VALUE_BYTES_MAX, "largeValueBytes is 16 to 32768");
        check(bloomBitsPerKey >= 1 && bloomBitsPerKey <= 64, "bloomBitsPerKey is 1 to 64");
        check(levels != null, "levels is missing");
        check(throttle != null, "throttle is missing");
        check(snapshotsMax >= 1 && snapshotsMax <= 1024, "snapshotsMax is 1 to 1024");
    }

    public static LsmOptions defaults() {
        return new Draft().done();
    }

    /**
     * What all memtables may take together, those that wait for their flush included: half as much again as a full
     * one, so that the active one goes on in the other half while a full one is flushed. Where all is taken the owner
     * waits, so that no more than one turn's puts come on top.
     */
    public long memoryBytes() {
        return memtableBytes + memtableBytes / 2;
    }

    /** What a memtable counts where levels and their debts are measured in memtables. */
    long unitBytes() {
        return Math.min(memtableBytes, UNIT_BYTES_MAX);
    }

    public LsmOptions withLogSync(LogSync sync) {
        return with(draft -> draft.logSync = sync);
    }

    public LsmOptions withMemtableBytes(long bytes) {
        return with(draft -> draft.memtableBytes = bytes);
    }

    public LsmOptions withFirstMemtable(double part) {
        return with(draft -> draft.firstMemtable = part);
    }

    /**
     * All memtables together take so much, and the log may have a GiB more than that before they are flushed, 2 GiB at
     * most: what a start after a crash has to replay.
     */
    public LsmOptions withMemoryBytes(long bytes) {
        return with(draft -> {
            draft.memtableBytes = bytes / 3 * 2;
            draft.unflushedLogBytesMax = UNFLUSHED_LOG_BYTES + Math.min(bytes, UNFLUSHED_LOG_BYTES);
        });
    }

    public LsmOptions withUnflushedLogBytesMax(long bytes) {
        return with(draft -> draft.unflushedLogBytesMax = bytes);
    }

    public LsmOptions withFrozenMax(int memtables) {
        return with(draft -> draft.frozenMax = memtables);
    }

    public LsmOptions withSegmentBytes(long bytes) {
        return with(draft -> draft.segmentBytes = bytes);
    }

    public LsmOptions withLogRetainBytes(long bytes) {
        return with(draft -> draft.logRetainBytes = bytes);
    }

    public LsmOptions withLogRetainMillis(long millis) {
        return with(draft -> draft.logRetainMillis = millis);
    }

    public LsmOptions withLargeValueBytes(int bytes) {
        return with(draft -> draft.largeValueBytes = bytes);
    }

    public LsmOptions withBloomBitsPerKey(int bits) {
        return with(draft -> draft.bloomBitsPerKey = bits);
    }

    public LsmOptions withLevels(LevelOptions shape) {
        return with(draft -> draft.levels = shape);
    }

    public LsmOptions withThrottle(ThrottleOptions slowing) {
        return with(draft -> draft.throttle = slowing);
    }

    public LsmOptions withCompactionFilter(Function<CompactionFilter.Newest, CompactionFilter> filter) {
        return with(draft -> draft.compactionFilter = filter);
    }

    public LsmOptions withMergeOperator(MergeOperator operator) {
        return with(draft -> draft.mergeOperator = operator);
    }

    public LsmOptions withSnapshotsMax(int snapshots) {
        return with(draft -> draft.snapshotsMax = snapshots);
    }

    private LsmOptions with(Consumer<Draft> change) {
        Draft draft = new Draft();
        draft.logSync = logSync;
        draft.memtableBytes = memtableBytes;
        draft.firstMemtable = firstMemtable;
        draft.frozenMax = frozenMax;
        draft.unflushedLogBytesMax = unflushedLogBytesMax;
        draft.segmentBytes = segmentBytes;
        draft.logRetainBytes = logRetainBytes;
        draft.logRetainMillis = logRetainMillis;
        draft.largeValueBytes = largeValueBytes;
        draft.bloomBitsPerKey = bloomBitsPerKey;
        draft.levels = levels;
        draft.throttle = throttle;
        draft.compactionFilter = compactionFilter;
        draft.mergeOperator = mergeOperator;
        draft.snapshotsMax = snapshotsMax;
        change.accept(draft);
        return draft.done();
    }

    /** The options while one of them changes; begins with the defaults. */
    private static final class Draft {
        private LogSync logSync = LogSync.EVERYSEC;
        private long memtableBytes = 64L << 20;
        private double firstMemtable = 1;
        private int frozenMax = 4;
        private long unflushedLogBytesMax = UNFLUSHED_LOG_BYTES;
        private long segmentBytes = 64L << 20;
        private long logRetainBytes = 256L << 20;
        private long logRetainMillis = 86_400_000;
        private int largeValueBytes = 4 << 10;
        private int bloomBitsPerKey = 10;
        private LevelOptions levels = LevelOptions.defaults();
        private ThrottleOptions throttle = ThrottleOptions.defaults();
        private Function<CompactionFilter.Newest, CompactionFilter> compactionFilter;
        private MergeOperator mergeOperator;
        private int snapshotsMax = 16;

        LsmOptions done() {
            return new LsmOptions(logSync, memtableBytes, firstMemtable, frozenMax, unflushedLogBytesMax, segmentBytes,
                logRetainBytes, logRetainMillis, largeValueBytes, bloomBitsPerKey, levels, throttle, compactionFilter,
                mergeOperator, snapshotsMax);
        }
    }

    private static void check(boolean good, String message) {
        if (!good) {
            throw new IllegalArgumentException(message);
        }
    }
}
