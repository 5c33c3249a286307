package dev.henge.node.bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Counts the RESP2 replies in a stream of bytes without keeping them.
 *
 * <p>A reply has ended when no value of it is owed any more: it begins with one, a value pays one, and the head of an
 * array pays one and owes its items. So arrays within arrays need no stack.
 */
final class ReplyCounter {
    private static final int ERROR_BYTES_MAX = 200;

    private long replies;
    private long zeros;
    private long nulls;
    private long errors;
    private final StringBuilder error = new StringBuilder();
    private byte type;
    private long number;
    private boolean negative;
    private long skip;
    private long owed = 1;

    /** Takes the bytes in; returns how many replies have ended so far. */
    long feed(ByteBuffer bytes) {
        while (bytes.hasRemaining()) {
            if (skip > 0) {
                int part = (int) Math.min(skip, bytes.remaining());
                bytes.position(bytes.position() + part);
                skip -= part;
                if (skip == 0) {
                    valueEnded();
                }
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
            owed += type == '*' && !negative ? number : 0;
            zeros += type == ':' && number == 0 ? 1 : 0;
            nulls += type == '$' && negative ? 1 : 0;
            errors += type == '-' ? 1 : 0;
            valueEnded();
        }
        type = 0;
    }

    private void valueEnded() {
        owed--;
        if (owed == 0) {
            replies++;
            owed = 1;
        }
    }

    /** The numbers 0: WAITs that no replica answered in time. */
    long zeros() {
        return zeros;
    }

    /** The bulk strings that are none: of keys that do not exist. */
    long nulls() {
        return nulls;
    }

    long errors() {
        return errors;
    }

    /** The first error replies, or an empty text. */
    String error() {
        return error.toString();
    }
}
