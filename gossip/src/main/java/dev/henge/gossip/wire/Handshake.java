package dev.henge.gossip.wire;

import java.util.Optional;

/**
 * The first frame of a connection: who opens it, for which cluster, in which versions. Its layout never changes, so
 * that two nodes of any versions can tell each other why they do not talk.
 *
 * <pre>
 *   handshake := "HNGW" | layout u8 = 1 | version min u8 | version max u8 | cluster string | node id string
 *                | boot epoch i64 | loop u16 | loops u16
 * </pre>
 *
 * <p>Between two nodes that both speak version 2 or later the frames of {@link Introduction} follow. One that speaks
 * version 1 alone is answered with a frame like this one, and that is all.
 */
record Handshake(int versionMin, int versionMax, String cluster, String nodeId, long bootEpoch, int loop, int loops) {
    static final int MAGIC = 'H' | 'N' << 8 | 'G' << 16 | 'W' << 24;
    static final int LAYOUT = 1;

    /** From this version on nodes introduce themselves in the frames of {@link Introduction}. */
    static final int VERSION_OF_INTRODUCTIONS = 2;

    /** Longer than any handshake, short enough for strangers. */
    static final int FRAME_BYTES_MAX = 1024;

    static Handshake of(NodeIdentity self, Versions versions, int loop, int loops) {
        return new Handshake(versions.min(), versions.max(), self.cluster(), self.nodeId(), self.bootEpoch(), loop,
                loops);
    }

    /** The body of the frame of layout 1. */
    byte[] body() {
        ScratchOutput out = new ScratchOutput(128, FRAME_BYTES_MAX);
        out.i32(MAGIC);
        out.u8(LAYOUT);
        fields(out);
        return out.toBytes();
    }

    void fields(ScratchOutput out) {
        out.u8(versionMin);
        out.u8(versionMax);
        out.string(cluster);
        out.string(nodeId);
        out.i64(bootEpoch);
        out.u16(loop);
        out.u16(loops);
    }

    /** Reads a body of layout 1. */
    static Handshake read(byte[] body) {
        BoundedInput in = new BoundedInput();
        in.setBuffer(body);
        magic(in);
        int layout = in.u8();
        if (layout != LAYOUT) {
            throw new WireFormatException("a handshake of layout " + layout + " where one of " + LAYOUT + " is due");
        }
        Handshake handshake = fields(in);
        if (in.remaining() > 0) {
            throw new WireFormatException(in.remaining() + " trailing bytes after the handshake");
        }
        return handshake;
    }

    /** Whether a body claims to be of layout 1. */
    static boolean isFirst(byte[] body) {
        return body.length > Integer.BYTES && body[Integer.BYTES] == LAYOUT;
    }

    static void magic(BoundedInput in) {
        int magic = in.i32();
        if (magic != MAGIC) {
            throw new WireFormatException("magic " + Integer.toHexString(magic) + " is not Henge's");
        }
    }

    static Handshake fields(BoundedInput in) {
        Handshake read = new Handshake(in.u8(), in.u8(), in.string(), in.string(), in.i64(), in.u16(), in.u16());
        if (read.nodeId.isEmpty() || read.loop >= read.loops) {
            throw new WireFormatException("a node without a name, or loop " + read.loop + " of " + read.loops);
        }
        return read;
    }

    /** Whether the two go on with the frames of {@link Introduction}. */
    boolean introduces(Handshake other) {
        return Math.min(versionMax, other.versionMax) >= VERSION_OF_INTRODUCTIONS;
    }

    /** Why the two cannot talk; empty if they can. */
    Optional<Refusal> differs(Handshake theirs) {
        if (!cluster.equals(theirs.cluster)) {
            return Optional.of(Refusal.cluster(theirs, this));
        }
        if (version(theirs) < Math.max(versionMin, theirs.versionMin)) {
            return Optional.of(Refusal.version(theirs, this));
        }
        return Optional.empty();
    }

    private int version(Handshake theirs) {
        return Math.min(versionMax, theirs.versionMax);
    }

    /** The other side as a peer, in the version that both speak. */
    Peer peer(Handshake theirs, long process) {
        return new Peer(theirs.nodeId, theirs.bootEpoch, process, theirs.loop, theirs.loops, version(theirs));
    }
}
