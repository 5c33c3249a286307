package dev.henge.resp.command;

import java.util.Arrays;

/** Which arguments of a request are keys, and what is done with each; reused. */
public final class KeyPositions {
    private static final int RETAINED_MAX = 4096;

    private int[] positions = new int[8];
    private int[] flags = new int[8];
    private int count;

    /** Makes an empty list. */
    public KeyPositions() {
    }

    public int count() {
        return count;
    }

    /** The number of the argument that is the {@code i}-th key. */
    public int position(int i) {
        return positions[java.util.Objects.checkIndex(i, count)];
    }

    /** The {@link KeyFlag} bits of the {@code i}-th key. */
    public int flags(int i) {
        return flags[java.util.Objects.checkIndex(i, count)];
    }

    /** Whether the command may change the {@code i}-th key. */
    public boolean writes(int i) {
        return (flags(i) & KeyFlag.RO.bit()) == 0;
    }

    void clear() {
        count = 0;
        if (positions.length > RETAINED_MAX) {
            positions = new int[8];
            flags = new int[8];
        }
    }

    void add(int position, int keyFlags) {
        if (count == positions.length) {
            positions = Arrays.copyOf(positions, 2 * count);
            flags = Arrays.copyOf(flags, 2 * count);
        }
        positions[count] = position;
        flags[count] = keyFlags;
        count++;
    }

    @Override
    public String toString() {
        return Arrays.toString(Arrays.copyOf(positions, count));
    }
}
