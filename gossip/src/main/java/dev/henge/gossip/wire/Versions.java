package dev.henge.gossip.wire;

/** The versions of the wire that a node speaks; tests make older nodes with others than {@link #OURS}. */
record Versions(int min, int max) {
    static final Versions OURS = new Versions(FrameFormat.VERSION_MIN, FrameFormat.VERSION_MAX);
}
