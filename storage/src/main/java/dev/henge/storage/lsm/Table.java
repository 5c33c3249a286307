package dev.henge.storage.lsm;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * An immutable sorted file of entries: the seam over MapDB. Values are in their {@link StoredValue} form. Any thread
 * may read, as long as it, or the {@link TableSet} that it reads through, holds the table.
 */
interface Table {

    /** The kind of table that is MapDB's SortedTableMap. */
    int KIND_MAPDB = 1;

    long number();

    /** Which format its file has, as the manifest says it. */
    int kind();

    /** False if the key is surely not here: by range, then by Bloom filter. */
    boolean mayContain(byte[] key, int keyLength, long keyHash);

    /** The stored value, or null. */
    byte[] get(byte[] key);

    /** The entries from {@code from} (inclusive) to {@code to} (exclusive), null being open. */
    StoredCursor scan(byte[] from, byte[] to, boolean reverse);

    /** The value that a stored value is or points to; null for a tombstone. */
    byte[] resolve(byte[] stored);

    long entries();

    /** How many of the entries are tombstones. */
    long tombstones();

    /** Bytes of its files, value files excepted. */
    long bytes();

    /** Its files, value files excepted. They are never changed, only deleted. */
    List<Path> files();

    byte[] firstKey();

    byte[] lastKey();

    int keyBytesMax();

    int storedBytesMax();

    /** The value files that it points into, each with the bytes it points at. */
    Map<ValueFile, Long> liveValueBytes();

    void hold();

    /** Lets go; the last to do so closes the files, and deletes them if the table was retired. */
    void release() throws IOException;

    /** The manifest names it no more. */
    void retire();

    /** A walk over stored entries. */
    interface StoredCursor {
        boolean next();

        byte[] key();

        byte[] stored();
    }
}
