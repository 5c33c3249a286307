package dev.henge.storage.lsm;

/** How fast something is worked off, over the last few pieces of work. One thread tells, any thread asks. */
final class DrainRate {

    /** What an older piece counts against the one after it. */
    private static final double MEMORY = 0.8;
    /** Assumed until the first piece is done. */
    private static final double UNKNOWN_BYTES_PER_SECOND = 32 << 20;

    private double bytes;
    private double nanos;
    private volatile double bytesPerSecond = UNKNOWN_BYTES_PER_SECOND;

    void did(long moreBytes, long moreNanos) {
        bytes = bytes * MEMORY + moreBytes;
        nanos = nanos * MEMORY + moreNanos;
        if (bytes > 0 && nanos > 0) {
            bytesPerSecond = bytes * 1e9 / nanos;
        }
    }

    double bytesPerSecond() {
        return bytesPerSecond;
    }
}
