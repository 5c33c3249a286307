package dev.henge.storage.lsm;

/**
 * The look at a memtable's entries before they are used: one after the other, each would make the owner wait for memory
 * several times; together, their waits overlap. Changes nothing.
 */
final class EntriesAhead {

    private static final int LINE_BYTES = 64;
    /** What is read of an entry: that of a short key. */
    private static final int ENTRY_BYTES_MAX = 2 * LINE_BYTES;
    /** What is read of its value. */
    private static final int VALUE_BYTES_MAX = 4 * LINE_BYTES;

    private final Memtable memtable;
    private final HashIndex index;
    private final int[] entries = new int[ByteStore.WARM_MAX];

    EntriesAhead(Memtable memtable, HashIndex index) {
        this.memtable = memtable;
        this.index = index;
    }

    /**
     * Reads the slots, then the entries that the hashes lead to, then their values, without waiting for one before the
     * next. Returns a number that depends on all of them.
     */
    int warm(long[] hashes, int count) {
        int some = Math.min(count, entries.length);
        int sum = 0;
        for (int i = 0; i < some; i++) {
            sum += index.first((int) hashes[i]);
        }
        for (int i = 0; i < some; i++) {
            entries[i] = index.likely((int) hashes[i]);
        }
        for (int i = 0; i < some; i++) {
            sum += touch(entries[i], ENTRY_BYTES_MAX);
        }
        for (int i = 0; i < some; i++) {
            int entry = entries[i];
            int value = entry == Memtable.NONE ? Memtable.NONE : memtable.valueAt(entry);
            if (value != Memtable.NONE) {
                sum += touch(value, Math.min(memtable.valueLength(entry), VALUE_BYTES_MAX));
            }
        }
        return sum;
    }

    private int touch(int ref, int bytes) {
        byte[] chunk = memtable.chunkOf(ref);
        int at = Memtable.offsetOf(ref);
        int end = Math.min(at + bytes, chunk.length);
        int sum = at < end ? chunk[end - 1] : 0;
        for (int line = at; line < end; line += LINE_BYTES) {
            sum += chunk[line];
        }
        return sum;
    }
}
