package dev.henge.resp.codec;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/**
 * The replies in a stream of bytes, RESP2 or RESP3, as {@link Reply} trees: for those who talk to another node as a
 * client does, for tests and for the command line. Attributes are skipped. What is announced but has not arrived takes
 * no memory.
 */
public final class RespReader {
    /** Deepest nesting accepted. */
    public static final int DEPTH_MAX = 128;
    /** Longest line accepted, in bytes: an error or a status. */
    public static final int LINE_BYTES_MAX = 1024 * 1024;

    /** A reply with elements that are still to come. */
    private record Open(char type, long left, List<Reply> elements) {
    }

    private byte[] bytes = new byte[256];
    private int start;
    private int end;
    /** Bytes of the line at {@link #start} that are known to hold no carriage return. */
    private int lineScanned;
    /** Whether {@link #element} went on without giving a reply. */
    private boolean opened;
    private final Deque<Open> open = new ArrayDeque<>();

    /** Makes a reader with nothing in it. */
    public RespReader() {
    }

    /** Reads the one reply that the bytes are. @throws ProtocolException if they are not exactly one */
    public static Reply one(byte[] encoded, int offset, int length) throws ProtocolException {
        RespReader reader = new RespReader();
        reader.feed(encoded, offset, length);
        Reply reply = reader.next();
        if (reply == null || reader.start != reader.end) {
            throw new ProtocolException("not exactly one reply");
        }
        return reply;
    }

    /** Reads the one reply that the encoder holds. */
    public static Reply one(RespEncoder encoder) throws ProtocolException {
        return one(encoder.array(), 0, encoder.length());
    }

    /** Adds a copy of the range to the input. */
    public void feed(byte[] more, int offset, int length) {
        if (bytes.length - end < length) {
            int left = end - start;
            byte[] to = bytes.length >= left + length ? bytes
                    : new byte[(int) Math.min(Integer.MAX_VALUE - 64, 2L * ((long) left + length))];
            System.arraycopy(bytes, start, to, 0, left);
            bytes = to;
            start = 0;
            end = left;
        }
        System.arraycopy(more, offset, bytes, end, length);
        end += length;
    }

    /** The next whole reply, or null if more input is needed. */
    public Reply next() throws ProtocolException {
        while (true) {
            Reply reply = element();
            if (reply == null && !opened) {
                return null;
            }
            opened = false;
            while (reply != null) {
                if (open.isEmpty()) {
                    return reply;
                }
                reply = add(reply);
            }
        }
    }

    /** Adds a reply to the innermost open one, and returns that if it is complete; null if not. */
    private Reply add(Reply reply) {
        Open top = open.pop();
        top.elements().add(reply);
        if (top.left() > 1) {
            open.push(new Open(top.type(), top.left() - 1, top.elements()));
            return null;
        }
        return closed(top);
    }

    private static Reply closed(Open done) {
        return switch (done.type()) {
            case '*' -> new Reply.Array(done.elements());
            case '%' -> new Reply.Map(done.elements());
            case '~' -> new Reply.SetReply(done.elements());
            case '>' -> new Reply.Push(done.elements());
            default -> null;
        };
    }

    /** A scalar or an empty aggregate; null if an aggregate was opened, or closed as an attribute, or if input ends. */
    private Reply element() throws ProtocolException {
        int line = lineEnd();
        if (line < 0) {
            return null;
        }
        char type = (char) (bytes[start] & 0xff);
        int from = start + 1;
        return switch (type) {
            case '$', '=', '!' -> blob(type, from, line);
            case '*', '%', '~', '>', '|' -> aggregate(type, from, line);
            default -> {
                Reply reply = scalar(type, from, line);
                consumed(line + 2);
                yield reply;
            }
        };
    }

    private Reply scalar(char type, int from, int line) throws ProtocolException {
        String text = new String(bytes, from, line - from, StandardCharsets.ISO_8859_1);
        return switch (type) {
            case '+' -> new Reply.Simple(text);
            case '-' -> new Reply.Error(text);
            case ':' -> new Reply.Int(number(from, line));
            case '_' -> new Reply.Null(false);
            case '#' -> new Reply.Bool(text.equals("t"));
            case ',' -> new Reply.Double(floating(text));
            case '(' -> new Reply.Big(text);
            default -> throw new ProtocolException("unknown reply type '" + type + "'");
        };
    }

    private static double floating(String text) throws ProtocolException {
        if (text.equalsIgnoreCase("nan") || text.equalsIgnoreCase("-nan")) {
            return Double.NaN;
        }
        try {
            return RedisNumbers.parseDouble(text.getBytes(StandardCharsets.ISO_8859_1));
        } catch (NumberException e) {
            throw new ProtocolException("invalid double");
        }
    }

    private Reply blob(char type, int from, int line) throws ProtocolException {
        long length = number(from, line);
        if (length == -1 && type == '$') {
            consumed(line + 2);
            return new Reply.Null(false);
        }
        if (length < 0 || length > RespDecoder.BULK_BYTES_MAX_CEILING) {
            throw new ProtocolException("invalid bulk length");
        }
        int at = line + 2;
        if (end - at < length + 2) {
            return null;
        }
        byte[] value = Arrays.copyOfRange(bytes, at, at + (int) length);
        consumed(at + (int) length + 2);
        if (type == '$') {
            return new Reply.Bulk(value);
        }
        String text = new String(value, StandardCharsets.ISO_8859_1);
        if (type == '!') {
            return new Reply.Error(text);
        }
        if (text.length() < 4 || text.charAt(3) != ':') {
            throw new ProtocolException("invalid verbatim string");
        }
        return new Reply.Verbatim(text.substring(0, 3), text.substring(4));
    }

    private Reply aggregate(char type, int from, int line) throws ProtocolException {
        long count = number(from, line);
        if (count == -1 && type == '*') {
            consumed(line + 2);
            return new Reply.Null(true);
        }
        if (count < 0 || count > Integer.MAX_VALUE) {
            throw new ProtocolException("invalid multibulk length");
        }
        consumed(line + 2);
        long elements = type == '%' || type == '|' ? 2 * count : count;
        if (elements == 0) {
            opened = type == '|';
            return closed(new Open(type, 0, List.of()));
        }
        if (open.size() >= DEPTH_MAX) {
            throw new ProtocolException("replies nested too deep");
        }
        open.push(new Open(type, elements, new ArrayList<>()));
        opened = true;
        return null;
    }

    private long number(int from, int to) throws ProtocolException {
        if (!RedisNumbers.isLong(bytes, from, to - from)) {
            throw new ProtocolException("invalid number");
        }
        return RedisNumbers.parseLong(bytes, from, to - from);
    }

    /** Where the carriage return of the line at {@link #start} is, if its line feed has come too; or -1. */
    private int lineEnd() throws ProtocolException {
        int i = start + Math.max(1, lineScanned);
        while (i < end && bytes[i] != '\r') {
            i++;
        }
        lineScanned = i - start;
        if (i - start > LINE_BYTES_MAX) {
            throw new ProtocolException("too big reply line");
        }
        return i + 1 < end ? i : -1;
    }

    private void consumed(int upTo) {
        start = upTo;
        lineScanned = 0;
    }
}
