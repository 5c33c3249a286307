package dev.henge.gossip.wire;
/** An in-memory network for tests. */
public final class LoopbackNetwork {
    public LoopbackNetwork(long queuedBytesMax) { throw new UnsupportedOperationException("not written yet: " + queuedBytesMax); }
    public Transport attach(String id, MessageCodec codec, MessageHandler handler) { throw new UnsupportedOperationException(); }
    public boolean step() { return false; }
}
