package dev.henge.gossip.wire;

/**
 * The first frame of a connection in either direction: who speaks, for which cluster, in which versions.
 *
 * <pre>
 *   handshake := "HNGW" | layout u8 = 1 | version min u8 | version max u8 | cluster string | node id string
 *                | boot epoch i64 | loop u16 | loops u16
 * </pre>
 *
 * <p>The layout has a version of its own, so that a proof of a shared secret can be added: a later layout.
 */
record Handshake(int versionMin, int versionMax, String cluster, String nodeId, long bootEpoch, int loop, int loops) {
    static final int MAGIC = 'H' | 'N' << 8 | 'G' << 16 | 'W' << 24;
    static final int LAYOUT = 1;

    /** Longer than any handshake of layout 1, short enough for strangers. */
    static final int FRAME_BYTES_MAX = 1024;

    static Handshake of(NodeIdentity self, int loop, int loops) {
        return new Handshake(FrameFormat.VERSION_MIN, FrameFormat.VERSION_MAX, self.cluster(), self.nodeId(),
                self.bootEpoch(), loop, loops);
    }

    /** Writes the handshake as a frame. */
    void frame(WireLimits limits, FrameBuilder.FrameSink sink) {
        FrameBuilder builder = new FrameBuilder(limits, FrameFormat.VERSION_HANDSHAKE, sink);
        ScratchOutput out = builder.raw();
        out.i32(MAGIC);
        out.u8(LAYOUT);
        out.u8(versionMin);
        out.u8(versionMax);
        out.string(cluster);
        out.string(nodeId);
        out.i64(bootEpoch);
        out.u16(loop);
        out.u16(loops);
        builder.seal();
    }

    static Handshake read(byte[] body) {
        BoundedInput in = new BoundedInput();
        in.setBuffer(body);
        int magic = in.i32();
        if (magic != MAGIC) {
            throw new WireFormatException("magic " + Integer.toHexString(magic) + " is not Henge's");
        }
        int layout = in.u8();
        if (layout != LAYOUT) {
            throw new WireFormatException("a handshake of layout " + layout + ", not " + LAYOUT);
        }
        Handshake handshake = new Handshake(in.u8(), in.u8(), in.string(), in.string(), in.i64(), in.u16(), in.u16());
        if (in.remaining() > 0) {
            throw new WireFormatException(in.remaining() + " trailing bytes after the handshake");
        }
        return handshake;
    }

    /** What the other side turns out to be, if it may talk with us at all. */
    Peer agree(Handshake theirs) {
        if (!cluster.equals(theirs.cluster)) {
            throw new WireFormatException("it belongs to cluster \"" + theirs.cluster + "\", not \"" + cluster + "\"");
        }
        int version = Math.min(versionMax, theirs.versionMax);
        if (version < Math.max(versionMin, theirs.versionMin)) {
            throw new WireFormatException("it speaks versions " + theirs.versionMin + " to " + theirs.versionMax
                    + ", not " + versionMin + " to " + versionMax);
        }
        if (theirs.nodeId.isEmpty() || theirs.loop >= theirs.loops) {
            throw new WireFormatException("a node without a name, or loop " + theirs.loop + " of " + theirs.loops);
        }
        return new Peer(theirs.nodeId, theirs.bootEpoch, theirs.loop, theirs.loops, version);
    }
}
