package dev.henge.storage.lsm;

/** A walk over one sorted source: a memtable or a run of tables. Unlike a {@link ByteCursor} it shows tombstones. */
interface EntryCursor {

    /** Moves on; false at the end. */
    boolean next();

    byte[] key();

    boolean isTombstone();

    /** Whether the value is an operand, to be merged with what is older. */
    boolean isOperand();

    /** The value; null for a tombstone. */
    byte[] value();

    /** As {@link ByteCursor#valueArray}, of what is no tombstone. */
    default byte[] valueArray() {
        return value();
    }

    default int valueOffset() {
        return 0;
    }

    default int valueLength() {
        return value().length;
    }

    /** Whether the source has changed since it was last asked for its place: only {@link #refresh} finds it again. */
    default boolean changed() {
        return false;
    }

    /**
     * Called before the merge decides, with the last key it has shown: a source that has changed since finds its place
     * after that key again. Returns whether it stands on an entry; {@code alive} says whether it did before.
     */
    default boolean refresh(byte[] shown, boolean alive) {
        return alive;
    }
}
