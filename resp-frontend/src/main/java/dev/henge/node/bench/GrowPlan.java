package dev.henge.node.bench;

/**
 * What {@code henge bench --grow} is asked to do.
 *
 * @param mib           MiB of values that are there when the ring grows
 * @param rate          commands a second that are due, whatever the ring does
 * @param throttle      bytes a second that a node takes at most; 0 for no limit
 * @param shrink        whether the node that came is sent away again
 * @param beforeSeconds seconds that are measured before a change
 * @param afterSeconds  seconds that are measured after it
 */
public record GrowPlan(int mib, int rate, long throttle, boolean shrink, int beforeSeconds, int afterSeconds) {
    static final int VALUE_BYTES = 1 << 10;
    public static final int RATE = 10_000;
    public static final int BEFORE_SECONDS = 20;
    public static final int AFTER_SECONDS = 10;
    private static final int MIB_MAX = 512 << 10;

    public GrowPlan {
        if (mib < 1 || mib > MIB_MAX || rate < 1 || throttle < 0) {
            throw new BenchException("--grow takes 1 to " + MIB_MAX + " MiB, and rates are positive");
        }
    }

    int keys() {
        return mib * ((1 << 20) / VALUE_BYTES);
    }
}
