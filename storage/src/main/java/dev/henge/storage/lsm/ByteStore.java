package dev.henge.storage.lsm;

/**
 * A sorted map of byte keys, in unsigned lexicographic order. Single-threaded: every call comes from one owner thread.
 */
public interface ByteStore {

    /** A fresh copy of the value under the first {@code keyLength} bytes of {@code key}, or null. */
    byte[] get(byte[] key, int keyLength);

    /** A fresh copy of the value, or null. */
    default byte[] get(byte[] key) {
        return get(key, key.length);
    }

    /** Looks the key up and says in {@code found} what is bound to it, without a copy where the store can. */
    default void find(byte[] key, int keyLength, FoundBytes found) {
        found.whole(get(key, keyLength));
    }

    /** Binds the key to the value; both are copied. */
    void put(byte[] key, int keyLength, byte[] value, int valueOffset, int valueLength);

    /** The same for the key that was looked up last by {@code found}, in this store. */
    default void put(byte[] key, int keyLength, FoundBytes found, byte[] value, int valueOffset, int valueLength) {
        put(key, keyLength, value, valueOffset, valueLength);
    }

    /** Binds the key to the value; both are copied. */
    default void put(byte[] key, byte[] value) {
        put(key, key.length, value, 0, value.length);
    }

    /**
     * Puts an operand onto what is bound to the key, without reading that: see {@link MergeOperator}. Copied.
     *
     * @throws UnsupportedOperationException if the store has no merge operator
     */
    default void merge(byte[] key, int keyLength, byte[] operand) {
        throw new UnsupportedOperationException("a store without a merge operator");
    }

    /** Removes the key, if it is there. */
    void delete(byte[] key, int keyLength);

    /** Removes the key, if it is there. */
    default void delete(byte[] key) {
        delete(key, key.length);
    }

    /** How many keys {@link #warm} takes at a time. */
    int WARM_MAX = 64;

    /**
     * Brings what gets and puts of these keys will touch near the processor, all at once where one after the other they
     * would wait for memory each. Changes nothing.
     *
     * @param keyHashes {@link KeyHash#of} the keys; the first {@code count} count, up to {@link #WARM_MAX} of them
     * @return a number without meaning: use it, lest the compiler leave out the work
     */
    default int warm(long[] keyHashes, int count) {
        return 0;
    }

    /**
     * Walks the keys from {@code from} (inclusive) to {@code to} (exclusive); null is an open end. With {@code reverse}
     * the same range is walked from its high end down. The owner thread may put and delete while the cursor is open:
     * a key that is not touched is neither skipped nor repeated; a key that is touched may show its old or new state.
     */
    ByteCursor scan(byte[] from, byte[] to, boolean reverse);
}
