package dev.henge.gossip.membership;

/** How alive a member is, as far as this node can tell. It decides who is asked, never who owns what. */
public enum Liveness {
    /** It answers, or nobody has found that it does not. */
    ALIVE,
    /** It failed a probe, its neighbours' probes too, and it has not disputed that yet. */
    SUSPECT,
    /** It stayed suspect past the failure time-out, or it was never heard since this process started. */
    DEAD
}
