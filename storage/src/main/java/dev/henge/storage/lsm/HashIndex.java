package dev.henge.storage.lsm;

/**
 * A memtable's hash table from a key's hash to its entry: open addressing, linear probing, pairs of (hash, reference).
 * Who looks up walks the slots itself, for only the memtable can compare keys.
 */
final class HashIndex {

    private static final int NONE = Memtable.NONE;
    /** Slots that an insert copies while the table grows: it must be done within an eighth of them. */
    private static final int MOVED_AT_A_TIME = 16;

    /** Slot i has its hash at 2i and its reference, or NONE, at 2i + 1. */
    int[] slots;
    /** The number of slots, a power of two, less one. */
    int mask;
    /** What the table grows into, or null; it has what is in the first {@code moved} slots. */
    private int[] larger;
    private int moved;

    /** @param slots zeros, a power of two of them */
    HashIndex(int[] slots) {
        this.slots = slots;
        this.mask = slots.length / 2 - 1;
    }

    /** Adds an entry that is not here, which makes it so many. */
    void add(int ref, int hash, int count) {
        int slot = place(slots, mask, ref, hash);
        if (larger != null) {
            if (slot < moved) {
                place(larger, larger.length / 2 - 1, ref, hash);
            }
            moveSome();
        } else if (count > (mask + 1) / 2) {
            larger = new int[slots.length * 2];
            moved = 0;
        }
    }

    /** Puts the reference where it belongs, unless it is there already; returns the slot. */
    private static int place(int[] slots, int mask, int ref, int hash) {
        int i = hash & mask;
        while (slots[2 * i + 1] != NONE && slots[2 * i + 1] != ref) {
            i = (i + 1) & mask;
        }
        slots[2 * i] = hash;
        slots[2 * i + 1] = ref;
        return i;
    }

    /**
     * Copies some more slots into the larger table, which takes over when it has all: at once that would be a pause
     * of milliseconds. From half full on at a few slots an insert, it is done long before the table is full.
     */
    private void moveSome() {
        int end = Math.min(moved + MOVED_AT_A_TIME, mask + 1);
        int largerMask = larger.length / 2 - 1;
        for (; moved < end; moved++) {
            if (slots[2 * moved + 1] != NONE) {
                place(larger, largerMask, slots[2 * moved + 1], slots[2 * moved]);
            }
        }
        if (moved > mask) {
            slots = larger;
            mask = largerMask;
            larger = null;
        }
    }

    /** Removes an entry that is here. */
    void remove(int ref, int hash) {
        if (larger != null) {
            remove(larger, larger.length / 2 - 1, ref, hash);
        }
        remove(slots, mask, ref, hash);
    }

    /**
     * Removes by shifting back what follows (Knuth, TAOCP 3, 6.4 R): no marks are left that would slow look-ups. What
     * shifts from the part that is still to be copied to the larger table into the other part is copied now.
     */
    private void remove(int[] from, int fromMask, int ref, int hash) {
        int hole = hash & fromMask;
        while (from[2 * hole + 1] != ref) {
            if (from[2 * hole + 1] == NONE) {
                return;
            }
            hole = (hole + 1) & fromMask;
        }
        for (int i = (hole + 1) & fromMask; from[2 * i + 1] != NONE; i = (i + 1) & fromMask) {
            int home = from[2 * i] & fromMask;
            if (((i - home) & fromMask) >= ((i - hole) & fromMask)) {
                from[2 * hole] = from[2 * i];
                from[2 * hole + 1] = from[2 * i + 1];
                if (from == slots && larger != null && i >= moved && hole < moved) {
                    place(larger, larger.length / 2 - 1, from[2 * i + 1], from[2 * i]);
                }
                hole = i;
            }
        }
        from[2 * hole + 1] = NONE;
    }

    /** Gives the slots away: the end of this index. */
    int[] giveUp() {
        int[] given = slots;
        slots = null;
        larger = null;
        return given;
    }
}
