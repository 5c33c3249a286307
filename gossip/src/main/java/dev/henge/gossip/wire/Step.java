package dev.henge.gossip.wire;

/** What a frame of a handshake leads to. */
sealed interface Step {
    /** The next frame is to be sent, and another is awaited. */
    record Send(byte[] frame) implements Step {}

    /** The other side is a peer; the frame, if it has bytes, is what tells it so. */
    record Done(Peer peer, byte[] frame) implements Step {}

    /** The connection is to be closed, after the frame that says why; it is empty where nobody would understand it. */
    record Refuse(Refusal why, byte[] frame) implements Step {}

    /** The other side has said why it closes the connection. */
    record Turned(Refusal why) implements Step {}

    static Refuse refuse(Refusal why) {
        return new Refuse(why, Introduction.frame(new Introduction.Refused(why).body()));
    }

    static Refuse refuseSilently(Refusal why) {
        return new Refuse(why, new byte[0]);
    }
}
