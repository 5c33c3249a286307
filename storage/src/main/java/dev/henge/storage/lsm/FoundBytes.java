package dev.henge.storage.lsm;

/**
 * What a look-up of a key found, where it lies: so that a value is read without a copy, and the key's next value is
 * put without a second search. Reused from look-up to look-up.
 *
 * <p>The range is the store's own memory: not to be written to, and it means nothing any more once the store has been
 * changed.
 */
public final class FoundBytes {

    private byte[] array;
    private int offset;
    private int length;

    /** The key's {@link KeyHash}, if the store has one. */
    long hash;
    /** Where the key was looked for first; null if no entry there is known. */
    Memtable memtable;
    /** The key's entry in it, or {@link Memtable#NONE}. */
    int entry;
    /** How often entries had gone from it then ({@link Memtable#unlinks}); without an entry, its changes. */
    long moment;

    /** Whether anything is bound to the key. */
    public boolean any() {
        return array != null;
    }

    /** The array that the value stands in; null if nothing is bound to the key. */
    public byte[] array() {
        return array;
    }

    public int offset() {
        return offset;
    }

    public int length() {
        return length;
    }

    /** A copy of the value, to keep, or null. */
    public byte[] copy() {
        return array == null ? null : java.util.Arrays.copyOfRange(array, offset, offset + length);
    }

    /** Forgets what was found: a put has to look the key up. */
    public void forget() {
        memtable = null;
        whole(null);
    }

    /** Forgets what was found, but not where: a put need not look the key up. */
    public void letGo() {
        whole(null);
    }

    /** Takes over a value that is nobody else's, or null for none. */
    void whole(byte[] value) {
        view(value, 0, value == null ? 0 : value.length);
    }

    void view(byte[] value, int from, int count) {
        array = value;
        offset = from;
        length = count;
    }
}
