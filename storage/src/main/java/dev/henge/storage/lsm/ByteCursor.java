package dev.henge.storage.lsm;

/** A walk over a range of a {@link ByteStore}. Starts before its first entry. Close it: it holds tables on the disk. */
public interface ByteCursor extends AutoCloseable {

    /** Moves to the next entry; false at the end. */
    boolean next();

    /** The current key; valid, and not to be changed, until {@link #next()}. */
    byte[] key();

    /** The current value; valid, and not to be changed, until {@link #next()}. */
    byte[] value();

    @Override
    void close();
}
