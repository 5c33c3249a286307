package dev.henge.resp.codec;

import java.util.Arrays;

/**
 * The reading side of one connection: bytes in, {@link Request}s out, by the rules of Redis 7.0.
 *
 * <p>Call {@link #feed} with what a read brought, then {@link #next} until it says {@link Result#NEED_MORE}. While
 * nothing is left over from earlier feeds, requests are parsed in place in the caller's array, which must not change
 * before {@code NEED_MORE}, or before {@link #retain} if the caller stops pulling earlier. What is incomplete then
 * moves to a buffer of the connection's own, and parsing resumes where it stopped: no byte is looked at twice, so
 * that a peer that sends byte by byte costs no more than its bytes.
 *
 * <p>Memory: own buffer &lt;= 2 * (bytes arrived and not consumed) + {@link #BUFFER_INITIAL_BYTES}. Nothing is
 * reserved for what a header announces. A steady connection allocates nothing.
 *
 * <p>Differences to Redis, both of input no client sends: a line is measured by its length, not by how reads
 * happened to cut it, and a NUL byte in a line is a byte like another.
 */
public final class RespDecoder {
    /** What {@link #next} found. */
    public enum Result {
        /** The request is filled. */
        READY,
        /** All input has been consumed or kept: feed more. */
        NEED_MORE
    }

    /** Longest inline request, and longest line with a count or length, in bytes without its line end. */
    public static final int LINE_BYTES_MAX = 64 * 1024;
    /** Most arguments of one command. */
    public static final int ARGS_MAX = Integer.MAX_VALUE;
    /** Longest argument unless set otherwise ({@code proto-max-bulk-len}), in bytes. */
    public static final long BULK_BYTES_MAX_DEFAULT = 512L * 1024 * 1024;
    /** Longest argument that can be set, in bytes: a request must fit a Java array. */
    public static final long BULK_BYTES_MAX_CEILING = 1024L * 1024 * 1024;
    /** Most bytes of one request that is not complete ({@code client-query-buffer-limit}). */
    public static final int REQUEST_BYTES_MAX = 1024 * 1024 * 1024 + 1024 * 1024;
    /** Most arguments before authentication. */
    public static final int ARGS_UNAUTHENTICATED_MAX = 10;
    /** Longest argument before authentication, in bytes. */
    public static final int BULK_BYTES_UNAUTHENTICATED_MAX = 16 * 1024;

    private static final int BUFFER_INITIAL_BYTES = 512;
    /** An own buffer that grew past this is given back once it is empty. */
    private static final int BUFFER_RETAINED_BYTES_MAX = 64 * 1024;
    /** Longest argument whose header is not worth a second look: two digits more still make an int. */
    private static final int SHORT_BULK_BYTES_MAX = 10_000_000;
    /** The header of a request of less than ten arguments, in bytes. */
    private static final int SHORT_COUNT_BYTES = 4;
    /** An empty argument with its header. */
    private static final int SHORTEST_BULK_BYTES = 6;
    private static final byte[] EMPTY = {};

    private long bulkBytesMax = BULK_BYTES_MAX_DEFAULT;
    private boolean authenticated = true;

    /** What is being parsed: the caller's array, or {@link #own}. Input is {@code [start, end)}. */
    private byte[] input = EMPTY;
    private int start;
    private int end;
    private byte[] own = EMPTY;

    /** The request being parsed starts at {@link #start}; all of this is relative to it. */
    private int parsed;
    private int scanned;
    /** Arguments still to come of a multibulk request; 0: its header has not been read. */
    private int argsLeft;
    /** Length of the argument to come; -1: its header has not been read. */
    private int bulkLength = -1;
    /** Arguments of a request that ran out of input. */
    private Request held;
    private byte[] inlineBytes = EMPTY;
    private ProtocolException broken;

    /** Sets the longest argument accepted from now on, in bytes. */
    public void bulkBytesMax(long bytes) {
        if (bytes < 1 || bytes > BULK_BYTES_MAX_CEILING) {
            throw new IllegalArgumentException("bulk bytes max " + bytes);
        }
        bulkBytesMax = bytes;
    }

    /** Says whether the peer has authenticated, or need not; if not, narrower limits hold. */
    public void authenticated(boolean yes) {
        authenticated = yes;
    }

    /** Hands over input. What it lies in belongs to the decoder until {@link #next} or {@link #retain} let go. */
    public void feed(byte[] bytes, int offset, int length) {
        java.util.Objects.checkFromIndexSize(offset, length, bytes.length);
        if (start == end) {
            input = bytes;
            start = offset;
            end = offset + length;
            return;
        }
        retain();
        append(bytes, offset, length);
    }

    /** Moves what is left of the input into the connection's own buffer, so that the caller's array is free. */
    public void retain() {
        int left = end - start;
        if (input == own && left > 0) {
            return;
        }
        if (left == 0) {
            release();
            return;
        }
        byte[] from = input;
        int at = start;
        input = own;
        start = 0;
        end = 0;
        append(from, at, left);
    }

    /** Bytes that have arrived and are not part of a request given out. */
    public int pendingBytes() {
        return end - start;
    }

    /** The memory that the connection's own buffer takes, in bytes. */
    public int bufferBytes() {
        return own.length;
    }

    private void release() {
        if (own.length > BUFFER_RETAINED_BYTES_MAX) {
            own = EMPTY;
        }
        input = own;
        start = 0;
        end = 0;
    }

    private void append(byte[] bytes, int offset, int length) {
        int left = end - start;
        long wanted = (long) left + length;
        if (wanted > REQUEST_BYTES_MAX) {
            broken = new ProtocolException("too big request");
            return;
        }
        if (own.length - end < length) {
            byte[] to = own;
            if (own.length < wanted) {
                long doubled = Math.max(2L * own.length, BUFFER_INITIAL_BYTES);
                to = new byte[(int) Math.min(REQUEST_BYTES_MAX, Math.max(wanted, Math.min(doubled, 2 * wanted
                        + BUFFER_INITIAL_BYTES)))];
            }
            System.arraycopy(own, start, to, 0, left);
            own = to;
            input = to;
            start = 0;
            end = left;
        }
        System.arraycopy(bytes, offset, own, end, length);
        end += length;
    }

    /**
     * Finds the next request. Empty requests are skipped.
     *
     * @throws ProtocolException if the peer breaks the protocol; every later call throws it again
     */
    public Result next(Request into) throws ProtocolException {
        if (broken != null) {
            throw broken;
        }
        if (argsLeft == 0) {
            into.clear();
        } else {
            into.swap(held);
        }
        try {
            while (start + parsed < end) {
                boolean complete = argsLeft == 0 && input[start] != '*' ? inline(into) : multibulk(into);
                if (!complete) {
                    break;
                }
                if (into.argCount() > 0) {
                    return Result.READY;
                }
            }
        } catch (ProtocolException e) {
            broken = e;
            throw e;
        }
        if (argsLeft > 0) {
            if (held == null) {
                held = new Request();
            }
            held.clear();
            into.swap(held);
        }
        retain();
        return Result.NEED_MORE;
    }

    /**
     * Looks at requests that are there as a whole, as clients write them, and are not taken yet: fills in where the
     * words behind their names stand, and returns how many requests it has passed. Takes nothing; what is unusual ends it.
     */
    public int lookAhead(WordsAhead into) {
        into.begin(input);
        int passed = 0;
        for (int at = argsLeft == 0 ? start : end; !into.full(); passed++) {
            if (end - at < SHORT_COUNT_BYTES || input[at] != '*' || input[at + 2] != '\r') {
                break;
            }
            int words = input[at + 1] - '0';
            at = words >= 2 && words <= 9 ? pass(at + SHORT_COUNT_BYTES, words, into) : -1;
            if (at < 0) {
                break;
            }
        }
        return passed;
    }

    /** Passes the words of a request and notes the first behind its name; returns where they end, or -1 if they are not all there. */
    private int pass(int from, int words, WordsAhead into) {
        int at = from;
        for (int word = 0; word < words; word++) {
            if (end - at < SHORTEST_BULK_BYTES || input[at] != '$') {
                return -1;
            }
            int length = 0;
            int i = at + 1;
            for (int digit; i < end && (digit = input[i] - '0') >= 0 && digit <= 9; i++) {
                length = length * 10 + digit;
                if (length > BULK_BYTES_UNAUTHENTICATED_MAX) {
                    return -1;
                }
            }
            at = i + 2 + length + 2;
            if (at > end) {
                return -1;
            }
            if (word > 0 && word <= WordsAhead.WORDS) {
                into.word(word, i + 2, length);
            }
        }
        into.next(Math.min(words - 1, WordsAhead.WORDS));
        return at;
    }

    private boolean multibulk(Request into) throws ProtocolException {
        if (argsLeft == 0 && !shortCount()) {
            int line = lineEnd("too big mbulk count string");
            if (line < 0) {
                return false;
            }
            argsLeft = argCount(start + 1, line);
            if (argsLeft == 0) {
                consumed(line + 2);
                return true;
            }
            parsed = line + 2 - start;
            scanned = parsed;
        }
        while (argsLeft > 0) {
            if (bulkLength < 0) {
                takeWhole(into);
                if (argsLeft == 0) {
                    break;
                }
                if (!bulkHeader()) {
                    return false;
                }
            }
            if (end - start - parsed < bulkLength + 2L) {
                return false;
            }
            into.add(parsed, bulkLength);
            parsed += bulkLength + 2;
            scanned = parsed;
            bulkLength = -1;
            argsLeft--;
        }
        into.place(input, start);
        consumed(start + parsed);
        return true;
    }

    /** Takes the header of a request of one to nine arguments, if that is there. */
    private boolean shortCount() {
        if (end - start < SHORT_COUNT_BYTES || input[start + 2] != '\r') {
            return false;
        }
        int count = input[start + 1] - '0';
        if (count < 1 || count > 9) {
            return false;
        }
        argsLeft = count;
        parsed = SHORT_COUNT_BYTES;
        scanned = SHORT_COUNT_BYTES;
        return true;
    }

    /**
     * Takes arguments as long as each is there as a whole and its header is as clients write it, in one pass over the
     * header's bytes. What is left is looked at with all that can be wrong with it.
     */
    private void takeWhole(Request into) {
        byte[] bytes = input;
        int limit = end;
        int lengthMax = authenticated ? SHORT_BULK_BYTES_MAX : BULK_BYTES_UNAUTHENTICATED_MAX;
        int at = start + parsed;
        int left = argsLeft;
        while (left > 0 && limit - at >= SHORTEST_BULK_BYTES && bytes[at] == '$') {
            int length = bytes[at + 1] - '0';
            int i = at + 2;
            if (length < 0 || length > 9) {
                break;
            }
            for (int digit; i < limit && (digit = bytes[i] - '0') >= 0 && digit <= 9 && length > 0; i++) {
                length = length * 10 + digit;
                if (length > lengthMax) {
                    length = -1;
                }
            }
            if (length < 0 || length > bulkBytesMax || limit - i < length + 4 || bytes[i] != '\r') {
                break;
            }
            into.add(i + 2 - start, length);
            at = i + 2 + length + 2;
            left--;
        }
        argsLeft = left;
        parsed = at - start;
        scanned = parsed;
    }

    private int argCount(int from, int to) throws ProtocolException {
        if (!RedisNumbers.isLong(input, from, to - from)) {
            throw new ProtocolException("invalid multibulk length");
        }
        long count = RedisNumbers.parseLong(input, from, to - from);
        if (count > ARGS_MAX) {
            throw new ProtocolException("invalid multibulk length");
        }
        if (count > ARGS_UNAUTHENTICATED_MAX && !authenticated) {
            throw new ProtocolException("unauthenticated multibulk length");
        }
        return (int) Math.max(0, count);
    }

    private boolean bulkHeader() throws ProtocolException {
        int at = start + parsed;
        int line = lineEnd("too big bulk count string");
        if (line < 0) {
            return false;
        }
        if (input[at] != '$') {
            char got = (char) (input[at] & 0xff);
            throw new ProtocolException("expected '$', got '" + (got == '\r' || got == '\n' ? ' ' : got) + "'");
        }
        at++;
        if (!RedisNumbers.isLong(input, at, line - at)) {
            throw new ProtocolException("invalid bulk length");
        }
        long length = RedisNumbers.parseLong(input, at, line - at);
        if (length < 0 || length > bulkBytesMax) {
            throw new ProtocolException("invalid bulk length");
        }
        if (length > BULK_BYTES_UNAUTHENTICATED_MAX && !authenticated) {
            throw new ProtocolException("unauthenticated bulk length");
        }
        bulkLength = (int) length;
        parsed = line + 2 - start;
        scanned = parsed;
        return true;
    }

    /** Where the carriage return of the line at {@link #parsed} is, once the byte after it has come too; or -1. */
    private int lineEnd(String tooBig) throws ProtocolException {
        int i = start + Math.max(scanned, parsed);
        int limit = Math.min(end, start + parsed + LINE_BYTES_MAX + 1);
        while (i < limit && input[i] != '\r') {
            i++;
        }
        scanned = i - start;
        if (i < limit) {
            return i + 1 < end ? i : -1;
        }
        if (i - start - parsed > LINE_BYTES_MAX) {
            throw new ProtocolException(tooBig);
        }
        return -1;
    }

    private boolean inline(Request into) throws ProtocolException {
        int i = start + scanned;
        int limit = Math.min(end, start + LINE_BYTES_MAX + 1);
        while (i < limit && input[i] != '\n') {
            i++;
        }
        scanned = i - start;
        if (i == limit) {
            if (i - start > LINE_BYTES_MAX) {
                throw new ProtocolException("too big inline request");
            }
            return false;
        }
        int to = i > start && input[i - 1] == '\r' ? i - 1 : i;
        if (inlineBytes.length < to - start) {
            inlineBytes = new byte[Math.min(LINE_BYTES_MAX, 2 * (to - start))];
        }
        into.place(inlineBytes, 0);
        if (!InlineArguments.split(input, start, to, inlineBytes, into)) {
            throw new ProtocolException("unbalanced quotes in request");
        }
        consumed(i + 1);
        return true;
    }

    private void consumed(int upTo) {
        start = upTo;
        parsed = 0;
        scanned = 0;
        argsLeft = 0;
        bulkLength = -1;
    }

    /** Everything a test wants to know when it fails. */
    @Override
    public String toString() {
        return "RespDecoder[" + Arrays.toString(new int[] {start, end, parsed, argsLeft, bulkLength}) + "]";
    }
}
