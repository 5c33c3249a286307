package dev.henge.storage.lsm;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A table's files block by block, for who does not trust them: a damaged block is told and passed by, where a
 * {@link Table} throws. One for each kind of table.
 */
interface TableBlocks extends Closeable {

    /** A stored entry. */
    record Entry(byte[] key, byte[] stored) {
    }

    /**
     * A block, or what should be one.
     *
     * @param fault   what is wrong with it; null if nothing is, and then {@code entries} has what it holds
     */
    record Block(Path file, long offset, int bytes, String fault, List<Entry> entries) {
    }

    /** The next block; null after the last one. */
    Block next() throws IOException;

    /** What the table says of itself; all of it has been checked. */
    Summary summary();

    /** Whether the table's filter lets the key through, as it must for every key of the table. */
    boolean mayContain(long keyHash);

    /** A table's own account, to be compared with what is found in it. */
    record Summary(long entries, long tombstones, byte[] firstKey, byte[] lastKey, Map<Long, Long> liveValueBytes) {
    }
}
