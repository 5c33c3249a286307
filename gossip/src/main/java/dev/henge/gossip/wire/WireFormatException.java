package dev.henge.gossip.wire;

/**
 * What is thrown when bytes of a peer break the wire format; it costs the peer its connection and nobody else
 * anything.
 */
public final class WireFormatException extends RuntimeException {
    public WireFormatException(String reason) {
        super(reason);
    }

    public WireFormatException(String reason, Throwable cause) {
        super(reason, cause);
    }
}
