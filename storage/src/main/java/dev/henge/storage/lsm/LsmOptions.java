package dev.henge.storage.lsm;

import java.util.function.Function;

/**
 * The settings of one {@link LsmStore}.
 *
 * @param logSync           when the commit log is synced; default every second
 * @param memtableBytes     size at which the memtable is frozen and flushed; default 64 MiB; up to
 * {@code frozenMax} and one live at a time
 * @param frozenMax         frozen memtables that may wait for their flush; default 4. With so many the owner waits
 * @param segmentBytes      size at which the commit log starts a new segment; default 64 MiB
 * @param logRetainBytes    how much flushed log is kept for peers that lag; default 256 MiB
 * @param logRetainMillis   how long flushed log is kept for them; default one day
 * @param largeValueBytes   values longer than this live in value files, apart from the tables; default 4 KiB, at most
 * 32 KiB
 * @param bloomBitsPerKey   size of the tables' Bloom filters; default 10 (about 1 % false positives)
 * @param levels            the shape of the levels
 * @param throttle          how compaction and writers are slowed
 * @param compactionFilter  makes one filter a compaction, or null for none
 * @param mergeOperator     what {@link ByteStore#merge} does, or null for none; the same for as long as the store lives
 * @param snapshotsMax      snapshots that may be open at a time; default 16
 */
public record LsmOptions(
        LogSync logSync,
        long memtableBytes,
        int frozenMax,
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
    static final long MEMTABLE_BYTES_MAX = 2L << 30;

    public LsmOptions {
        check(logSync != null, "logSync is missing");
        check(memtableBytes >= 1024 && memtableBytes <= MEMTABLE_BYTES_MAX, "memtableBytes is 1 KiB to 2 GiB");
        check(frozenMax >= 1 && frozenMax <= FROZEN_MAX, "frozenMax is 1 to " + FROZEN_MAX);
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
        return new LsmOptions(LogSync.EVERYSEC, 64L << 20, 4, 64L << 20, 256L << 20, 86_400_000, 4 << 10,
            10, LevelOptions.defaults(), ThrottleOptions.defaults(), null, null, 16);
    }

    /** How many memtables there are at most: the active one and the frozen ones. */
    public int memtablesMax() {
        return frozenMax + 1;
    }

    public LsmOptions withLogSync(LogSync sync) {
        return new LsmOptions(sync, memtableBytes, frozenMax, segmentBytes, logRetainBytes, logRetainMillis,
            largeValueBytes, bloomBitsPerKey, levels, throttle, compactionFilter, mergeOperator,
            snapshotsMax);
    }

    public LsmOptions withMemtableBytes(long bytes) {
        return new LsmOptions(logSync, bytes, frozenMax, segmentBytes, logRetainBytes, logRetainMillis,
            largeValueBytes, bloomBitsPerKey, levels, throttle, compactionFilter, mergeOperator,
            snapshotsMax);
    }

    public LsmOptions withFrozenMax(int memtables) {
        return new LsmOptions(logSync, memtableBytes, memtables, segmentBytes, logRetainBytes, logRetainMillis,
            largeValueBytes, bloomBitsPerKey, levels, throttle, compactionFilter, mergeOperator,
            snapshotsMax);
    }

    public LsmOptions withSegmentBytes(long bytes) {
        return new LsmOptions(logSync, memtableBytes, frozenMax, bytes, logRetainBytes, logRetainMillis,
            largeValueBytes, bloomBitsPerKey, levels, throttle, compactionFilter, mergeOperator,
            snapshotsMax);
    }

    public LsmOptions withLogRetainBytes(long bytes) {
        return new LsmOptions(logSync, memtableBytes, frozenMax, segmentBytes, bytes, logRetainMillis,
            largeValueBytes, bloomBitsPerKey, levels, throttle, compactionFilter, mergeOperator,
            snapshotsMax);
    }

    public LsmOptions withLogRetainMillis(long millis) {
        return new LsmOptions(logSync, memtableBytes, frozenMax, segmentBytes, logRetainBytes, millis,
            largeValueBytes, bloomBitsPerKey, levels, throttle, compactionFilter, mergeOperator,
            snapshotsMax);
    }

    public LsmOptions withLargeValueBytes(int bytes) {
        return new LsmOptions(logSync, memtableBytes, frozenMax, segmentBytes, logRetainBytes, logRetainMillis,
            bytes, bloomBitsPerKey, levels, throttle, compactionFilter, mergeOperator,
            snapshotsMax);
    }

    public LsmOptions withBloomBitsPerKey(int bits) {
        return new LsmOptions(logSync, memtableBytes, frozenMax, segmentBytes, logRetainBytes, logRetainMillis,
            largeValueBytes, bits, levels, throttle, compactionFilter, mergeOperator,
            snapshotsMax);
    }

    public LsmOptions withLevels(LevelOptions shape) {
        return new LsmOptions(logSync, memtableBytes, frozenMax, segmentBytes, logRetainBytes, logRetainMillis,
            largeValueBytes, bloomBitsPerKey, shape, throttle, compactionFilter, mergeOperator,
            snapshotsMax);
    }

    public LsmOptions withThrottle(ThrottleOptions slowing) {
        return new LsmOptions(logSync, memtableBytes, frozenMax, segmentBytes, logRetainBytes, logRetainMillis,
            largeValueBytes, bloomBitsPerKey, levels, slowing, compactionFilter, mergeOperator,
            snapshotsMax);
    }

    public LsmOptions withCompactionFilter(Function<CompactionFilter.Newest, CompactionFilter> filter) {
        return new LsmOptions(logSync, memtableBytes, frozenMax, segmentBytes, logRetainBytes, logRetainMillis,
            largeValueBytes, bloomBitsPerKey, levels, throttle, filter, mergeOperator, snapshotsMax);
    }

    public LsmOptions withMergeOperator(MergeOperator operator) {
        return new LsmOptions(logSync, memtableBytes, frozenMax, segmentBytes, logRetainBytes, logRetainMillis,
            largeValueBytes, bloomBitsPerKey, levels, throttle, compactionFilter, operator, snapshotsMax);
    }

    public LsmOptions withSnapshotsMax(int snapshots) {
        return new LsmOptions(logSync, memtableBytes, frozenMax, segmentBytes, logRetainBytes, logRetainMillis,
            largeValueBytes, bloomBitsPerKey, levels, throttle, compactionFilter, mergeOperator, snapshots);
    }

    private static void check(boolean good, String message) {
        if (!good) {
            throw new IllegalArgumentException(message);
        }
    }
}
