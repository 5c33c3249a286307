package dev.henge.storage.lsm;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * An immutable sorted file of entries: the seam over the {@link TableKind kinds} of table. Any thread may read, as
 * long as it, or the {@link TableSet} that it reads through, holds the table. Reads throw
 * {@link CorruptTableException} where the bytes are not those that were written.
 */
interface Table {

    long number();

    TableKind kind();

    /** Its own files, value files excepted. */
    List<Path> files();

    /** False if the key is surely not here: by range, then by Bloom filter. */
    boolean mayContain(byte[] key, int keyLength, long keyHash);

    /**
     * Looks up the first {@code keyLength} bytes of the key and leaves what it finds in {@code into}. False, and
     * {@code into} as it was, if there is no entry, not even a tombstone.
     */
    boolean get(byte[] key, int keyLength, long keyHash, FoundValue into);

    /** The entries from {@code from} (inclusive) to {@code to} (exclusive), null being open. */
    StoredCursor scan(byte[] from, byte[] to, boolean reverse);

    long entries();

    /** How many of the entries are tombstones. */
    long tombstones();

    /** Bytes of its files, value files excepted. */
    long bytes();

    byte[] firstKey();

    byte[] lastKey();

    int keyBytesMax();

    int storedBytesMax();

    /** The value files that it points into, each with the bytes it points at. */
    Map<ValueFile, Long> liveValueBytes();

    /** Reads and checks what every look-up needs, so that the first ones need not. Any thread. */
    default void warm() {
    }

    /** How many different places of its files reads have found damaged since it was opened. */
    int damages();

    void hold();

    /** Lets go; the last to do so closes the files, and deletes them if the table was retired. */
    void release() throws IOException;

    /** The manifest names it no more. */
    void retire();

    /** A walk over stored entries; starts before the first one. What it hands out is valid until {@link #next}. */
    interface StoredCursor {

        boolean next();

        /** An array, not to be changed, whose first {@link #keyLength} bytes are the key. */
        byte[] keyBytes();

        int keyLength();

        /** A copy of the key. */
        byte[] key();

        /** The {@link StoredValue}'s kind. */
        byte kind();

        /** The length of the stored value without its kind. */
        int bodyLength();

        /** Copies the stored value without its kind. */
        void copyBody(byte[] into, int offset);

        /** A copy of the stored value. */
        default byte[] stored() {
            byte[] stored = new byte[1 + bodyLength()];
            stored[0] = kind();
            copyBody(stored, 1);
            return stored;
        }

        /** A copy of the value, or merge operand, that the stored value is or points to; null for a tombstone. */
        byte[] value();
    }
}
