package dev.henge.storage.lsm;

import java.util.function.Supplier;

/**
 * A judge of entries during one step of compaction; may keep state, for it meets each key once, in ascending order, on
 * one thread.
 *
 * <p>It only sees the newest version of a key among the tables being merged, which are a part of all: related keys, and
 * newer versions, may stand in others. What it drops must be safe to drop whatever newer tables hold; what the newest
 * tables hold it can look up. A dropped entry hides older ones just as a delete does.
 */
@FunctionalInterface
public interface CompactionFilter {

    /** True if the entry is garbage. To ask for the value may read from the disk. No array may be changed. */
    boolean drop(byte[] key, Supplier<byte[]> value);

    /** All tables at the beginning of the step, as a filter may look into them. */
    @FunctionalInterface
    interface Newest {
        /** The newest value of the key in any table, or null. */
        byte[] value(byte[] key);
    }
}
