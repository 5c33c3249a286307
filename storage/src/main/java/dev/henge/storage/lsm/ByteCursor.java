package dev.henge.storage.lsm;

/** A walk over a range of a {@link ByteStore}. Starts before its first entry. Close it: it holds tables on the disk. */
public interface ByteCursor extends AutoCloseable {

    /** Moves to the next entry; false at the end. */
    boolean next();

    /** The current key; valid, and not to be changed, until {@link #next()}. */
    byte[] key();

    /** The current value; valid, and not to be changed, until {@link #next()}. */
    byte[] value();

    /**
     * An array in which the current value stands, not to be changed; valid until {@link #next()} or the next change of
     * the store.
     */
    default byte[] valueArray() {
        return value();
    }

    /** Where in {@link #valueArray} the value begins. */
    default int valueOffset() {
        return 0;
    }

    default int valueLength() {
        return value().length;
    }

    @Override
    void close();
}
