package dev.henge.storage.lsm;

import java.util.List;

/**
 * What a store holds and has done since it was opened. Names that end in Max are bounds of what stands before them.
 *
 * @param memtableEntries    entries of the active and the frozen memtables, tombstones included
 * @param memtableBytesMax   what the memtables may take together
 * @param tableEntries       entries of all tables, tombstones and superseded versions included
 * @param mappedBytes        bytes of tables and value files that are mapped into the address space; no more than there
 *                           are
 * @param openFiles          files that are open: segments of the log, and value files
 * @param valueFilesOpenMax  how many value files may be open
 * @param levels             level by level, 0 first
 * @param debtBytes          about what compaction would have to write for every level to be as large as it should be
 * @param valueFileBytes     bytes of the large values' files
 * @param deadValueBytes     bytes in value files known to be garbage
 * @param loggedBytes        bytes appended to the commit log
 * @param flushedBytes       bytes written by flushes, large values included
 * @param compactions        steps of compaction that wrote tables
 * @param compactedBytes     bytes written by them: write amplification is (flushed + compacted) / logged
 * @param moves              steps of compaction that only moved tables
 * @param collections        steps that moved live values out of mostly dead value files
 * @param bloomNegatives     table look-ups that a Bloom filter answered
 * @param bloomFalse         table look-ups that a Bloom filter let through in vain
 * @param damages            damaged parts of tables and value files that were met
 * @param delays             turns that were delayed because flushes or compaction could not follow
 * @param longestDelayNanos  the longest delay that was asked for; at most {@link ThrottleOptions#delayMillisMax}
 * @param stops              times that the owner thread had to wait for a flush
 * @param stopNanos          for how long
 * @param snapshots          snapshots that are open
 */
public record LsmStats(
        long memtableEntries,
        long memtableBytes,
        long memtableBytesMax,
        int frozenMemtables,
        int frozenMemtablesMax,
        int tables,
        long tableEntries,
        long tableBytes,
        long mappedBytes,
        int openFiles,
        int valueFilesOpenMax,
        List<Level> levels,
        long debtBytes,
        int valueFiles,
        long valueFileBytes,
        long deadValueBytes,
        long logBytes,
        long logSegments,
        long logWrites,
        long logSyncs,
        long loggedBytes,
        long flushes,
        long flushedBytes,
        long compactions,
        long compactedBytes,
        long moves,
        long collections,
        boolean reclaiming,
        long bloomNegatives,
        long bloomFalse,
        long tableReads,
        long damages,
        long delays,
        long delayNanos,
        long longestDelayNanos,
        long stops,
        long stopNanos,
        int snapshots,
        int snapshotsMax) {

    /** One level: {@code bytesMax} is the size from which on it is compacted into the next, 0 if it should be empty. */
    public record Level(int level, int runs, int tables, long bytes, long bytesMax) {
    }
}
