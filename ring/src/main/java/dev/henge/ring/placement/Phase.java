package dev.henge.ring.placement;

/** Where a node stands between its join and its leave. The order is part of the ring state's format. */
public enum Phase {
    /** Owns vnodes by placement and is being filled. */
    JOINING,
    /** Owns vnodes by placement. */
    UP,
    /** Owns nothing by placement any more, and holds on to its vnodes until the new owners have them. */
    LEAVING;

    /** True if placement gives vnodes to a node in this phase. */
    public boolean isPlaced() {
        return this != LEAVING;
    }
}
