package dev.henge.storage.lsm;

/**
 * What a store holds and has done since it was opened.
 *
 * @param memtableEntries  entries of the active and the frozen memtable, tombstones included
 * @param tableEntries     entries of all tables, tombstones and superseded versions included
 * @param valueFileBytes   bytes of the large values' files
 * @param deadValueBytes   bytes in value files known to be garbage
 * @param bloomNegatives   table look-ups that a Bloom filter answered
 * @param bloomFalse       table look-ups that a Bloom filter let through in vain
 * @param stallNanos       time the owner thread waited for a flush
 */
public record LsmStats(
        long memtableEntries,
        long memtableBytes,
        int tables,
        long tableEntries,
        long tableBytes,
        int valueFiles,
        long valueFileBytes,
        long deadValueBytes,
        long logBytes,
        long logSegments,
        long logWrites,
        long logSyncs,
        long flushes,
        long flushedBytes,
        long compactions,
        long compactedBytes,
        long bloomNegatives,
        long bloomFalse,
        long tableReads,
        long stalls,
        long stallNanos) {
}
