package dev.henge.storage.lsm;

import java.io.IOException;
import java.util.function.LongFunction;

/** A table in the making: entries in ascending order, then {@link #finish} or {@link #abandon}. One thread. */
interface TableBuilder {

    /** Adds an entry; the arrays are the caller's, and copied. The body is a {@link StoredValue} without its kind. */
    void add(byte[] key, int keyLength, byte kind, byte[] body, int bodyOffset, int bodyLength) throws IOException;

    int entries();

    /** About the bytes that the entries take in the file. */
    long bytes();

    /** Whether the table is as large as one may be: what follows belongs to the next one. */
    boolean isFull();

    /**
     * The built, synced table. It needs at least one entry; {@code files} has all the value files that it points
     * into.
     */
    Table finish(LongFunction<ValueFile> files) throws IOException;

    /** Gives up, and leaves nothing behind. */
    void abandon() throws IOException;
}
