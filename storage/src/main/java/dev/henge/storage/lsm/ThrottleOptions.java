package dev.henge.storage.lsm;

/**
 * How compaction is held back while nobody waits for it, and writers while they outrun it.
 *
 * @param compactionBytesPerSecond what compaction writes when it has no debt; default 32 MiB. It may write more the
 *                                 more debt there is, and as fast as it can from half of the slowing marks on
 * @param levelZeroRunsSlow        runs of level 0 from which on writers are slowed; default 8
 * @param levelZeroRunsWorst       runs of level 0 at which they are slowed most; default 20
 * @param debtMemtablesSlow        bytes that wait for compaction, in memtables, from which on writers are slowed;
 *                                 default 64 (4 GiB)
 * @param debtMemtablesWorst       the same at which they are slowed most; default 512
 * @param delayMillisMax           the longest delay of one turn; default and at most 50
 */
public record ThrottleOptions(
        long compactionBytesPerSecond,
        int levelZeroRunsSlow,
        int levelZeroRunsWorst,
        int debtMemtablesSlow,
        int debtMemtablesWorst,
        int delayMillisMax) {

    static final int DELAY_MILLIS_MAX = 50;

    public ThrottleOptions {
        LevelOptions.check(compactionBytesPerSecond >= 1 << 10, "compactionBytesPerSecond is at least 1024");
        LevelOptions.check(levelZeroRunsSlow >= 2 && levelZeroRunsSlow < levelZeroRunsWorst,
            "levelZeroRunsSlow is at least 2 and below levelZeroRunsWorst");
        LevelOptions.check(debtMemtablesSlow >= 1 && debtMemtablesSlow < debtMemtablesWorst,
            "debtMemtablesSlow is at least 1 and below debtMemtablesWorst");
        LevelOptions.check(delayMillisMax >= 1 && delayMillisMax <= DELAY_MILLIS_MAX, "delayMillisMax is 1 to 50");
    }

    public static ThrottleOptions defaults() {
        return new ThrottleOptions(32L << 20, 8, 20, 64, 512, DELAY_MILLIS_MAX);
    }

    public ThrottleOptions withCompactionBytesPerSecond(long bytes) {
        return new ThrottleOptions(bytes, levelZeroRunsSlow, levelZeroRunsWorst, debtMemtablesSlow,
            debtMemtablesWorst, delayMillisMax);
    }

    public ThrottleOptions withLevelZeroRuns(int slow, int worst) {
        return new ThrottleOptions(compactionBytesPerSecond, slow, worst, debtMemtablesSlow, debtMemtablesWorst,
            delayMillisMax);
    }
}
