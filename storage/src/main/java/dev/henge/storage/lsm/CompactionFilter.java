package dev.henge.storage.lsm;

/**
 * A judge of entries during one compaction; may keep state, for it meets each key once, in ascending order, on one
 * thread.
 *
 * <p>It only sees the newest version of a key among the tables being merged: what it drops must be safe to drop
 * whatever newer tables hold. A dropped entry hides older ones just as a delete does.
 */
@FunctionalInterface
public interface CompactionFilter {

    /** True if the entry is garbage. Neither array may be changed. */
    boolean drop(byte[] key, byte[] value);
}
