package dev.henge.storage.lsm;

import java.util.Arrays;

/**
 * A memtable's hash table from a key's hash to its entry: open addressing, linear probing, pairs of (hash, reference).
 * Who looks up walks the slots itself, for only the memtable can compare keys.
 *
 * <p>The table lies in parts of half a megabyte. Millions of slots in one array would be zeroed at once when the table
 * begins to grow: fresh memory costs milliseconds a megabyte. So each part is made when the first slot moves there.
 */
final class HashIndex {

    private static final int NONE = Memtable.NONE;
    /** Slots that an insert copies while the table grows: it must be done within an eighth of them. */
    private static final int MOVED_AT_A_TIME = 16;
    static final int PART_SHIFT = 16;
    static final int PART_MASK = (1 << PART_SHIFT) - 1;

    /** Part i >> PART_SHIFT has slot i: its hash at 2 * (i & PART_MASK), its reference, or NONE, behind that. */
    int[][] parts;
    /** The number of slots, a power of two, less one. */
    int mask;
    /** What the table grows into, or null; it has what is in the first {@code moved} slots. Parts may be missing. */
    private int[][] larger;
    private int moved;

    /** @param parts zeros, a power of two of slots in all */
    HashIndex(int[][] parts) {
        this.parts = parts;
        this.mask = slots(parts) - 1;
    }

    /** Parts for so many slots, a power of two. */
    static int[][] made(int slots) {
        int[][] made = new int[Math.max(1, slots >>> PART_SHIFT)][];
        for (int part = 0; part < made.length; part++) {
            made[part] = new int[2 * Math.min(slots, 1 << PART_SHIFT)];
        }
        return made;
    }

    /** How many slots there are in parts of equal length. */
    static int slots(int[][] parts) {
        return parts.length * (parts[0].length / 2);
    }

    /** The reference in the slot where a look-up of the hash begins. */
    int first(int hash) {
        int slot = hash & mask;
        return parts[slot >>> PART_SHIFT][2 * (slot & PART_MASK) + 1];
    }

    /** The first reference with this hash, most likely the key's, or NONE. */
    int likely(int hash) {
        for (int i = hash & mask;; i = (i + 1) & mask) {
            int[] part = parts[i >>> PART_SHIFT];
            int at = 2 * (i & PART_MASK);
            if (part[at + 1] == NONE || part[at] == hash) {
                return part[at + 1];
            }
        }
    }

    /** Adds an entry that is not here, which makes it so many. */
    void add(int ref, int hash, int count) {
        int slot = place(parts, mask, ref, hash);
        if (larger != null) {
            if (slot < moved) {
                place(larger, 2 * mask + 1, ref, hash);
            }
            moveSome();
        } else if (count > (mask + 1) / 2) {
            larger = new int[Math.max(1, 2 * (mask + 1) >>> PART_SHIFT)][];
            moved = 0;
        }
    }

    /** Puts the reference where it belongs, unless it is there already; returns the slot. */
    private static int place(int[][] parts, int mask, int ref, int hash) {
        int i = hash & mask;
        for (int there = ref(parts, i); there != NONE && there != ref; there = ref(parts, i)) {
            i = (i + 1) & mask;
        }
        set(parts, mask, i, hash, ref);
        return i;
    }

    private static int ref(int[][] parts, int slot) {
        int[] part = parts[slot >>> PART_SHIFT];
        return part == null ? NONE : part[2 * (slot & PART_MASK) + 1];
    }

    private static int hash(int[][] parts, int slot) {
        return parts[slot >>> PART_SHIFT][2 * (slot & PART_MASK)];
    }

    private static void set(int[][] parts, int mask, int slot, int hash, int ref) {
        int[] part = part(parts, mask, slot);
        part[2 * (slot & PART_MASK)] = hash;
        part[2 * (slot & PART_MASK) + 1] = ref;
    }

    /** The part with the slot, made if it is missing. */
    private static int[] part(int[][] parts, int mask, int slot) {
        int at = slot >>> PART_SHIFT;
        if (parts[at] == null) {
            parts[at] = new int[2 * Math.min(mask + 1, 1 << PART_SHIFT)];
        }
        return parts[at];
    }

    /**
     * Copies some more slots into the larger table, which takes over when it has all: at once that would be a pause
     * of milliseconds. From half full on at a few slots an insert, it is done long before the table is full.
     */
    private void moveSome() {
        int end = Math.min(moved + MOVED_AT_A_TIME, mask + 1);
        int largerMask = 2 * mask + 1;
        // where these slots go to, so that no part is missing in the end
        part(larger, largerMask, moved);
        part(larger, largerMask, moved + mask + 1);
        for (; moved < end; moved++) {
            int ref = ref(parts, moved);
            if (ref != NONE) {
                place(larger, largerMask, ref, hash(parts, moved));
            }
        }
        if (moved > mask) {
            parts = larger;
            mask = largerMask;
            larger = null;
        }
    }

    /** Removes an entry that is here. */
    void remove(int ref, int hash) {
        if (larger != null) {
            remove(larger, 2 * mask + 1, ref, hash);
        }
        remove(parts, mask, ref, hash);
    }

    /**
     * Removes by shifting back what follows (Knuth, TAOCP 3, 6.4 R): no marks are left that would slow look-ups. What
     * shifts from the part that is still to be copied to the larger table into the other part is copied now.
     */
    private void remove(int[][] from, int fromMask, int ref, int hash) {
        int hole = hash & fromMask;
        while (ref(from, hole) != ref) {
            if (ref(from, hole) == NONE) {
                return;
            }
            hole = (hole + 1) & fromMask;
        }
        for (int i = (hole + 1) & fromMask; ref(from, i) != NONE; i = (i + 1) & fromMask) {
            int home = hash(from, i) & fromMask;
            if (((i - home) & fromMask) >= ((i - hole) & fromMask)) {
                set(from, fromMask, hole, hash(from, i), ref(from, i));
                if (from == parts && larger != null && i >= moved && hole < moved) {
                    place(larger, 2 * mask + 1, ref(from, i), hash(from, i));
                }
                hole = i;
            }
        }
        set(from, fromMask, hole, 0, NONE);
    }

    /** Gives the table away: the end of this index. */
    int[][] giveUp() {
        int[][] given = parts;
        parts = null;
        larger = null;
        return given;
    }

    static void clean(int[][] parts) {
        for (int[] part : parts) {
            Arrays.fill(part, 0);
        }
    }
}
