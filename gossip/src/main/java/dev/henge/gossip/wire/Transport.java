package dev.henge.gossip.wire;

/**
 * How a loop sends messages to its peers: the seam between the protocol and the network. All calls are made on the one
 * thread of the loop.
 *
 * <p>Messages to one peer arrive in order, each at most once, while it stays connected; a disconnect loses an unknown
 * tail.
 */
public interface Transport {
    /**
     * Encodes the message now into the peer's pending frame; nothing is written before {@link #flush}.
     *
     * @return false if the peer is not connected, has reached the bound of queued bytes, or the message is larger
     *     than a frame may be: the caller treats the peer as absent
     */
    boolean send(String peerId, Object message);

    /** Ends the turn: every peer with something pending gets one frame written and flushed. */
    void flush();

    boolean connected(String peerId);

    /** The bytes accepted for the peer that its socket has not taken yet; 0 if it is not connected. */
    long queuedBytes(String peerId);
}
