package dev.henge.storage.lsm;

/** The owner's ear to its {@link LsmStore}. */
public interface LsmListener {

    /** The store is about to replay: keep it, {@link #replay} will want to put into it. Called once, during open. */
    default void opening(LsmStore store) {
    }

    /**
     * Whether {@link #earlier} is to be told what the log still has from before the flushed position, because the
     * tables have lost what the owner needs. Asked after {@link #opening}.
     */
    default boolean wantsEarlier() {
        return false;
    }

    /** A record before the flushed position, in order, before the first {@link #replay}; damaged ones are left out. */
    default void earlier(long position, byte[] record) {
    }

    /**
     * A record after the flushed position, in order, during open. Put into the store what the record says, just as when
     * it was appended; do not append.
     */
    void replay(long position, byte[] record);

    /** The memtable is about to be frozen: what the owner puts now belongs to it and is flushed with it. */
    default void beforeFreeze(LsmStore store) {
    }

    /**
     * The log is on the disk up to this position (an end). Called on the syncer's thread, must not block or throw. What
     * the owner synced itself at the end of its turn it is not told: see {@link LsmStore#syncedPosition} then.
     */
    default void synced(long position) {
    }
}
