/**
 * How bytes last: a log-structured merge tree of byte keys.
 *
 * <ul>
 * <li>{@link dev.henge.storage.lsm.LsmStore}: the whole; one owner thread. {@link dev.henge.storage.lsm.ByteStore} is
 *     what its users see of it, {@link dev.henge.storage.lsm.MemoryByteStore} the same without a disk.
 * <li>{@code CommitLog}, {@code LogSegment}, {@code LogRecovery}, {@code LogScanner}, {@code LogSyncer}: the owner's
 *     records, in order. Format: docs/formats/log.md.
 * <li>{@code Memtable}, {@code ChunkPool}, {@code KeyHash}: the newest entries.
 * <li>{@code Table}, {@code SortedMapTable}, {@code TableVolume}, {@code TableWalk}, {@code TableIndex}, {@code
 *     BloomFilter},
 *     {@code ValueFile}: entries on the disk. Format: docs/formats/table.md.
 * <li>{@code Run}, {@code TableSet}, {@code TableStack}, {@code Manifest}: which tables there are.
 *     docs/formats/manifest.md.
 * <li>{@code Flusher}, {@code Compactor}, {@code CompactionChoice}, {@code Background}: from memtables to runs to
 *     fewer runs.
 * <li>{@code Disk}: the seam at which tests break it.
 * </ul>
 */
package dev.henge.storage.lsm;
