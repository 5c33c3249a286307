package dev.henge.gossip.wire;

/**
 * Every bound of the wire, by name.
 *
 * @param frameBytesMax           the longest frame that is sent or accepted, its length field not counted. Default
 *                                513 MiB: a value of 512 MiB, the largest that Redis allows, with 1 MiB of room
 *                                around it
 * @param frameSplitBytes         a turn's messages to one peer are split into frames of this size; a larger message
 *                                has a frame of its own. Default 4 MiB
 * @param queuedBytesMax          a peer with this much queued is refused further messages. The message that crosses the
 *                                line is still taken, so that one larger than the bound can be sent at all. Default
 *                                256 MiB
 * @param inboundConnectionsMax   accepted connections that a server holds at once; more are closed. Default 1024
 * @param handshakeTimeoutMillis  how long a new connection may take to introduce itself. Default 5000
 * @param connectTimeoutMillis    how long a connect may take. Default 1000
 * @param userTimeoutMillis       how long sent bytes may stay unacknowledged by the peer's kernel (epoll). Default
 *                                10000
 * @param reconnectMillisMin      the first pause between two attempts to connect; it doubles. Default 20
 * @param reconnectMillisMax      the longest pause. Default 1000: a peer that is back is found within about a second
 * @param warningsPerSecondMax    log lines of the wire in one second; the others are counted. Default 20
 */
public record WireLimits(
        int frameBytesMax,
        int frameSplitBytes,
        long queuedBytesMax,
        int inboundConnectionsMax,
        int handshakeTimeoutMillis,
        int connectTimeoutMillis,
        int userTimeoutMillis,
        int reconnectMillisMin,
        int reconnectMillisMax,
        int warningsPerSecondMax) {

    public static final WireLimits DEFAULT =
            new WireLimits(513 << 20, 4 << 20, 256L << 20, 1024, 5_000, 1_000, 10_000, 20, 1_000, 20);

    public WireLimits {
        positive("frameBytesMax", Math.min(frameBytesMax, (1 << 30) - frameBytesMax));
        positive("frameSplitBytes", frameSplitBytes);
        positive("queuedBytesMax", queuedBytesMax);
        positive("inboundConnectionsMax", inboundConnectionsMax);
        positive("handshakeTimeoutMillis", handshakeTimeoutMillis);
        positive("connectTimeoutMillis", connectTimeoutMillis);
        positive("userTimeoutMillis", userTimeoutMillis);
        positive("reconnectMillisMin", reconnectMillisMin);
        positive("reconnectMillisMax - reconnectMillisMin + 1", reconnectMillisMax - reconnectMillisMin + 1);
        positive("warningsPerSecondMax", warningsPerSecondMax);
    }

    private static void positive(String name, long value) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + " is out of range");
        }
    }

    public WireLimits withFrameBytesMax(int bytes) {
        return new WireLimits(bytes, frameSplitBytes, queuedBytesMax, inboundConnectionsMax, handshakeTimeoutMillis,
                connectTimeoutMillis, userTimeoutMillis, reconnectMillisMin, reconnectMillisMax, warningsPerSecondMax);
    }

    public WireLimits withFrameSplitBytes(int bytes) {
        return new WireLimits(frameBytesMax, bytes, queuedBytesMax, inboundConnectionsMax, handshakeTimeoutMillis,
                connectTimeoutMillis, userTimeoutMillis, reconnectMillisMin, reconnectMillisMax, warningsPerSecondMax);
    }

    public WireLimits withQueuedBytesMax(long bytes) {
        return new WireLimits(frameBytesMax, frameSplitBytes, bytes, inboundConnectionsMax, handshakeTimeoutMillis,
                connectTimeoutMillis, userTimeoutMillis, reconnectMillisMin, reconnectMillisMax, warningsPerSecondMax);
    }

    public WireLimits withHandshakeTimeoutMillis(int millis) {
        return new WireLimits(frameBytesMax, frameSplitBytes, queuedBytesMax, inboundConnectionsMax, millis,
                connectTimeoutMillis, userTimeoutMillis, reconnectMillisMin, reconnectMillisMax, warningsPerSecondMax);
    }

    public WireLimits withInboundConnectionsMax(int connections) {
        return new WireLimits(frameBytesMax, frameSplitBytes, queuedBytesMax, connections,
                handshakeTimeoutMillis,
                connectTimeoutMillis, userTimeoutMillis, reconnectMillisMin, reconnectMillisMax, warningsPerSecondMax);
    }

    public WireLimits withWarningsPerSecondMax(int lines) {
        return new WireLimits(frameBytesMax, frameSplitBytes, queuedBytesMax, inboundConnectionsMax,
                handshakeTimeoutMillis, connectTimeoutMillis, userTimeoutMillis, reconnectMillisMin,
                reconnectMillisMax, lines);
    }
}
