package dev.henge.resp.codec;

/**
 * A breach of the protocol by the peer; its message is the text that follows {@code -ERR } on the wire, after which
 * the connection is closed.
 */
public final class ProtocolException extends Exception {
    private static final long serialVersionUID = 1L;

    ProtocolException(String message) {
        super("Protocol error: " + message, null, false, false);
    }
}
