package dev.henge.node.bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Counts the RESP2 replies in a stream of bytes, arrays excepted, without keeping them. */
final class ReplyCounter {
    private static final int ERROR_BYTES_MAX = 200;

    private long replies;
    private long zeros;
    private final StringBuilder error = new StringBuilder();
    private byte type;
    private long number;
    private boolean negative;
    private long skip;

    /** Takes the bytes in; returns how many replies have ended so far. */
    long feed(ByteBuffer bytes) {
        while (bytes.hasRemaining()) {
            if (skip > 0) {
                int part = (int) Math.min(skip, bytes.remaining());
                bytes.position(bytes.position() + part);
                skip -= part;
                replies += skip == 0 ? 1 : 0;
            } else {
                next(bytes.get());
            }
        }
        return replies;
    }

    private void next(byte b) {
        if (type == 0) {
            type = b;
            number = 0;
            negative = false;
        } else if (b == '\n') {
            lineEnded();
        } else if (type == '-') {
            if (error.length() < ERROR_BYTES_MAX && b != '\r') {
                error.append(new String(new byte[] {b}, StandardCharsets.ISO_8859_1));
            }
        } else if (b == '-') {
            negative = true;
        } else if (b >= '0' && b <= '9') {
            number = number * 10 + b - '0';
        }
    }

    private void lineEnded() {
        if (type == '$' && !negative) {
            skip = number + 2;
        } else {
            replies++;
            zeros += type == ':' && number == 0 ? 1 : 0;
        }
        type = 0;
    }

    /** The replies ":0": WAITs that no replica answered in time. */
    long zeros() {
        return zeros;
    }

    /** The first error replies, or an empty text. */
    String error() {
        return error.toString();
    }
}
