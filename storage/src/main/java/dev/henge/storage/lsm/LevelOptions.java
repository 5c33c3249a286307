package dev.henge.storage.lsm;

/**
 * The shape of a store's levels; most sizes follow the memtable's.
 *
 * @param levelZeroRuns       runs of level 0 above which they are merged into the next level; default 4
 * @param baseMemtables       wanted size of the first level below level 0, in memtables; default 4 (256 MiB)
 * @param factor              how many times larger each level may be than the one above it; default 10
 * @param tableBytesMax       size at which a run is cut into the next table; a smaller memtable makes smaller tables;
 *                            default 64 MiB, at most 256 MiB. The largest levels have larger ones, see {@link Levels}
 * @param valueFileBytes      size at which large values go to the next value file; default 256 MiB
 * @param valueLivePercentMin a value file of which less is still pointed at is collected; default 50
 */
public record LevelOptions(
        int levelZeroRuns,
        int baseMemtables,
        int factor,
        long tableBytesMax,
        long valueFileBytes,
        int valueLivePercentMin) {

    /** The smallest table that a run is cut into for its size, whatever the memtable's. */
    static final long TABLE_BYTES_MIN = 1 << 10;

    public LevelOptions {
        check(levelZeroRuns >= 2 && levelZeroRuns <= 64, "levelZeroRuns is 2 to 64");
        check(baseMemtables >= 1 && baseMemtables <= 1024, "baseMemtables is 1 to 1024");
        check(factor >= 2 && factor <= 100, "factor is 2 to 100");
        check(tableBytesMax >= TABLE_BYTES_MIN && tableBytesMax <= RunBuilder.TABLE_BYTES_MAX,
            "tableBytesMax is 1 KiB to 256 MiB");
        check(valueFileBytes >= 1 << 10, "valueFileBytes is at least 1 KiB");
        check(valueLivePercentMin >= 1 && valueLivePercentMin <= 99, "valueLivePercentMin is 1 to 99");
    }

    public static LevelOptions defaults() {
        return new LevelOptions(4, 4, 10, 64L << 20, 256L << 20, 50);
    }

    public LevelOptions withLevelZeroRuns(int runs) {
        return new LevelOptions(runs, baseMemtables, factor, tableBytesMax, valueFileBytes, valueLivePercentMin);
    }

    public LevelOptions withBaseMemtables(int memtables) {
        return new LevelOptions(levelZeroRuns, memtables, factor, tableBytesMax, valueFileBytes, valueLivePercentMin);
    }

    public LevelOptions withFactor(int times) {
        return new LevelOptions(levelZeroRuns, baseMemtables, times, tableBytesMax, valueFileBytes,
            valueLivePercentMin);
    }

    public LevelOptions withTableBytesMax(long bytes) {
        return new LevelOptions(levelZeroRuns, baseMemtables, factor, bytes, valueFileBytes, valueLivePercentMin);
    }

    public LevelOptions withValueFileBytes(long bytes) {
        return new LevelOptions(levelZeroRuns, baseMemtables, factor, tableBytesMax, bytes, valueLivePercentMin);
    }

    static void check(boolean good, String message) {
        if (!good) {
            throw new IllegalArgumentException(message);
        }
    }
}
