package dev.henge.storage.lsm;

import java.util.Arrays;

/**
 * A place in one of a memtable's lists at which keys arrive in order, each right beside the one before: a list's
 * pushes, what is written by time. There an entry is linked at once, without a search, and need not wait for its
 * place (Pugh's search finger, kept from insert to insert; "A skip list cookbook", 1990).
 *
 * <p>The place is a cut between two neighbours: {@link #before} has the last entry before it, a level. Keys that
 * ascend move it behind themselves, keys that descend leave it before themselves. It takes some keys in one direction
 * until a run is believed in; its place is then searched for once. Keys that arrive in no order never come so far,
 * and wait.
 */
final class KeyRun {

    /** So many keys of one direction make a run: chance alone does that once in 2,048 keys. */
    static final int KEYS_MIN = 12;

    /** So many keys of other lists pass before a run that has kept going gives up its place. */
    private static final int PATIENCE = 256;

    /** The list's head; {@link Memtable#NONE} while it is nobody's. */
    private int head = Memtable.NONE;
    private boolean open;
    private final int[] before;
    /** The last key that came, whether it is still an entry or not. */
    private int last;
    private int streak;
    private boolean ascending;
    /** The direction in which the keys come to the place, once it is open. */
    private boolean moves;
    private int patience;

    KeyRun(int heightMax) {
        before = new int[heightMax];
    }

    /** Whether it keeps the list; it may take it up, in place of another one that it has heard nothing of for long. */
    boolean keeps(int list) {
        if (head == list) {
            return true;
        }
        if (--patience > 0) {
            return false;
        }
        head = list;
        open = false;
        last = Memtable.NONE;
        streak = 0;
        return true;
    }

    /** Whether the place is right for a new key; the list is the one that it {@link #keeps}. */
    boolean takes(Memtable memtable, byte[] key, int keyLength) {
        if (open && memtable.isBetween(before[0], head, key, keyLength)) {
            patience = PATIENCE;
            return true;
        }
        if (last == Memtable.NONE) {
            return false;
        }
        boolean above = memtable.compare(last, key, 0, keyLength) < 0;
        streak = above == ascending ? streak + 1 : 1;
        ascending = above;
        if (streak < KEYS_MIN) {
            return false;
        }
        streak = 0;
        Arrays.fill(before, head);
        memtable.seek(before, head, key, 0, keyLength);
        open = true;
        moves = ascending;
        patience = PATIENCE;
        return true;
    }

    /** What came became an entry. */
    void inserted(int entry) {
        last = entry;
    }

    /** The last entries before the place, a level. */
    int[] before() {
        return before;
    }

    /** Whether the place is then behind the key that it took: the keys ascend. */
    boolean moves() {
        return moves;
    }

    /** Another entry of the list comes into its order, behind {@code its}. */
    void linked(Memtable memtable, int list, int entry, int height, int[] its) {
        if (!open || head != list) {
            return;
        }
        if (its[0] == before[0]) { // right at the place: on which side of it is for us to say
            int order = compare(memtable, entry, last);
            if (order < 0 || moves && order == 0) {
                Arrays.fill(before, 0, height, entry);
            }
            return;
        }
        for (int level = 1; level < height; level++) {
            if (its[level] == before[level] && before[0] != head && compare(memtable, entry, before[0]) < 0) {
                before[level] = entry;
            }
        }
    }

    private static int compare(Memtable memtable, int entry, int other) {
        return memtable.compare(entry, memtable.keyArray(other), memtable.keyOffset(other), memtable.keyLength(other));
    }

    /** An entry leaves the order of the list; {@code its} are before it. */
    void unlinked(int list, int entry, int height, int[] its) {
        if (!open || head != list) {
            return;
        }
        for (int level = 0; level < height; level++) {
            if (before[level] == entry) {
                before[level] = its[level];
            }
        }
    }
}
