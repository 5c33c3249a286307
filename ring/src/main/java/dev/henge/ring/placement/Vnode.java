package dev.henge.ring.placement;

/** A run of neighbouring slots, numbered from 0: the unit that is owned, replicated, moved and repaired. */
public final class Vnode {
    /** How many vnodes a cluster has unless it was made with another number: 16 slots each. */
    public static final int DEFAULT_COUNT = 1024;

    private Vnode() {
    }

    /** The vnode that a slot belongs to. */
    public static int ofSlot(int slot, int vnodeCount) {
        return slot * vnodeCount / HashSlot.COUNT; // at most 2^28, and HashSlot.COUNT is a power of two
    }

    /** The vnode that a key belongs to. */
    public static int ofKey(byte[] key, int off, int len, int vnodeCount) {
        return ofSlot(HashSlot.of(key, off, len), vnodeCount);
    }

    /** The lowest slot of a vnode. */
    public static int firstSlot(int vnode, int vnodeCount) {
        return vnode * (HashSlot.COUNT / vnodeCount);
    }

    /** The highest slot of a vnode, inclusive. */
    public static int lastSlot(int vnode, int vnodeCount) {
        return firstSlot(vnode + 1, vnodeCount) - 1;
    }

    /** True for a number of vnodes that cuts the slots into equal runs: a power of two up to 16384. */
    public static boolean isCount(int vnodeCount) {
        return vnodeCount >= 1 && vnodeCount <= HashSlot.COUNT && Integer.bitCount(vnodeCount) == 1;
    }
}
