package dev.henge.resp.codec;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A growing, reusable byte array that replies are written to, in RESP2 or RESP3.
 *
 * <p>One a loop: all replies of one read of one connection are written, sent, and {@link #reset}. Strings stand for
 * bytes (ISO 8859-1); line breaks in simple strings and errors become blanks.
 */
public final class RespEncoder {
    private static final int BYTES_INITIAL = 1024;
    /** An array that grew past this is given back at {@link #reset}. */
    private static final int BYTES_RETAINED_MAX = 1024 * 1024;
    /** Longest array the encoder grows to, in bytes. */
    public static final int BYTES_MAX = Integer.MAX_VALUE - 64;
    private static final int LONG_CHARS_MAX = 20;

    private static final byte[] OK = ascii("+OK\r\n");
    private static final byte[] NULL_BULK = ascii("$-1\r\n");
    private static final byte[] NULL_ARRAY = ascii("*-1\r\n");
    private static final byte[] NULL = ascii("_\r\n");
    private static final byte[] ZERO = ascii(":0\r\n");
    private static final byte[] ONE = ascii(":1\r\n");

    private byte[] bytes = new byte[BYTES_INITIAL];
    private int length;
    private int version = 2;

    /** Makes an encoder for RESP2. */
    public RespEncoder() {
    }

    /** Switches to protocol version 2 or 3 for what is written from now on. */
    public RespEncoder version(int protocolVersion) {
        if (protocolVersion != 2 && protocolVersion != 3) {
            throw new IllegalArgumentException("protocol version " + protocolVersion);
        }
        version = protocolVersion;
        return this;
    }

    public int version() {
        return version;
    }

    /** The array written to; valid up to {@link #length()}, until the next write. */
    public byte[] array() {
        return bytes;
    }

    public int length() {
        return length;
    }

    /** A copy of what has been written. */
    public byte[] toByteArray() {
        return Arrays.copyOf(bytes, length);
    }

    /** Forgets what has been written; the protocol version stays. */
    public void reset() {
        length = 0;
        if (bytes.length > BYTES_RETAINED_MAX) {
            bytes = new byte[BYTES_INITIAL];
        }
    }

    /** A position to {@link #truncate} to. */
    public int mark() {
        return length;
    }

    /** Forgets what was written since the mark. */
    public void truncate(int mark) {
        if (mark < 0 || mark > length) {
            throw new IllegalArgumentException("mark " + mark + " of " + length);
        }
        length = mark;
    }

    /** Forgets so many bytes from the mark on; what was written behind them stays. */
    public void remove(int mark, int count) {
        if (mark < 0 || count < 0 || mark + count > length) {
            throw new IllegalArgumentException(count + " bytes from mark " + mark + " of " + length);
        }
        System.arraycopy(bytes, mark + count, bytes, mark, length - mark - count);
        length -= count;
    }

    public void ok() {
        raw(OK, 0, OK.length);
    }

    public void simple(String text) {
        line('+', text);
    }

    /** Writes an error; the text starts with its code, as in {@code ERR syntax error}. */
    public void error(String text) {
        line('-', text);
    }

    public void integer(long value) {
        if (value == 1) {
            raw(ONE, 0, ONE.length);
        } else if (value == 0) {
            raw(ZERO, 0, ZERO.length);
        } else {
            header(':', value);
        }
    }

    public void bulk(byte[] value) {
        bulk(value, 0, value.length);
    }

    public void bulk(byte[] value, int offset, int count) {
        header('$', count);
        room(count + 2);
        System.arraycopy(value, offset, bytes, length, count);
        length += count;
        crlf();
    }

    public void bulk(String text) {
        header('$', text.length());
        room(text.length() + 2);
        latin1(text);
        crlf();
    }

    /** Writes an integer as a bulk string. */
    public void bulkLong(long value) {
        header('$', digits(value));
        room(LONG_CHARS_MAX + 2);
        length = decimal(value, bytes, length);
        crlf();
    }

    /** Writes "no such value": {@code $-1}, in RESP3 {@code _}. */
    public void nullBulk() {
        byte[] encoded = version == 3 ? NULL : NULL_BULK;
        raw(encoded, 0, encoded.length);
    }

    /** Writes "no such list": {@code *-1}, in RESP3 {@code _}. */
    public void nullArray() {
        byte[] encoded = version == 3 ? NULL : NULL_ARRAY;
        raw(encoded, 0, encoded.length);
    }

    /** Opens an array; its {@code count} elements are to follow. */
    public void array(int count) {
        header('*', count);
    }

    /** Opens a map; {@code pairs} keys and values are to follow. In RESP2 an array of twice as many. */
    public void map(int pairs) {
        header(version == 3 ? '%' : '*', version == 3 ? pairs : 2L * pairs);
    }

    /** Opens a set; in RESP2 an array. */
    public void set(int count) {
        header(version == 3 ? '~' : '*', count);
    }

    /** Opens a message that answers no request; in RESP2 an array. */
    public void push(int count) {
        header(version == 3 ? '>' : '*', count);
    }

    /** Puts an array's header in front of what was written since the mark, for a count that is known late. */
    public void arrayAt(int mark, int count) {
        insertHeader(mark, '*', count);
    }

    /** As {@link #arrayAt} for a map. */
    public void mapAt(int mark, int pairs) {
        insertHeader(mark, version == 3 ? '%' : '*', version == 3 ? pairs : 2L * pairs);
    }

    /** As {@link #arrayAt} for a set. */
    public void setAt(int mark, int count) {
        insertHeader(mark, version == 3 ? '~' : '*', count);
    }

    private void insertHeader(int mark, char type, long count) {
        int size = 1 + digits(count) + 2;
        room(size);
        System.arraycopy(bytes, mark, bytes, mark + size, length - mark);
        int end = length + size;
        length = mark;
        header(type, count);
        length = end;
    }

    /** Writes a double as Redis prints scores; in RESP2 a bulk string. */
    public void doubleValue(double value) {
        if (version == 2) {
            bulkDouble(value);
            return;
        }
        room(1);
        bytes[length++] = ',';
        String text = RedisNumbers.formatDouble(value);
        room(text.length() + 2);
        latin1(text);
        crlf();
    }

    /** Writes a double as a bulk string in both versions. */
    public void bulkDouble(double value) {
        long whole = (long) value;
        if (whole == value && whole < RedisNumbers.WHOLE_MAX && whole > -RedisNumbers.WHOLE_MAX && (whole != 0 || 1 / value > 0)) {
            bulkLong(whole);
        } else {
            bulk(RedisNumbers.formatDouble(value));
        }
    }

    /** Writes a boolean; in RESP2 the integer 1 or 0. */
    public void bool(boolean value) {
        if (version == 2) {
            integer(value ? 1 : 0);
            return;
        }
        room(4);
        bytes[length++] = '#';
        bytes[length++] = (byte) (value ? 't' : 'f');
        crlf();
    }

    /** Writes text for people with its three-letter format ({@code txt}, {@code mkd}); in RESP2 a bulk string. */
    public void verbatim(String format, String text) {
        if (version == 2) {
            bulk(text);
            return;
        }
        if (format.length() != 3) {
            throw new IllegalArgumentException("format " + format);
        }
        header('=', text.length() + 4L);
        room(text.length() + 6);
        latin1(format);
        bytes[length++] = ':';
        latin1(text);
        crlf();
    }

    /** Writes an integer of any size, in decimal; in RESP2 a bulk string. */
    public void bigNumber(String decimal) {
        if (version == 2) {
            bulk(decimal);
        } else {
            line('(', decimal);
        }
    }

    /** Writes a reply that is encoded already. */
    public void raw(byte[] encoded, int offset, int count) {
        room(count);
        System.arraycopy(encoded, offset, bytes, length, count);
        length += count;
    }

    /** Writes a decoded reply again, in this encoder's version. */
    public void reply(Reply reply) {
        ReplyWriter.write(this, reply);
    }

    private void line(char type, String text) {
        room(text.length() + 3);
        bytes[length++] = (byte) type;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            bytes[length++] = (byte) (c == '\r' || c == '\n' ? ' ' : c > 255 ? '?' : c);
        }
        crlf();
    }

    private void header(char type, long count) {
        room(LONG_CHARS_MAX + 3);
        bytes[length++] = (byte) type;
        if (count >= 0 && count < 10) {
            bytes[length++] = (byte) ('0' + count);
        } else {
            length = decimal(count, bytes, length);
        }
        crlf();
    }

    /** Needs room for two bytes. */
    private void crlf() {
        bytes[length] = '\r';
        bytes[length + 1] = '\n';
        length += 2;
    }

    /** Needs room for the text. */
    private void latin1(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            bytes[length++] = (byte) (c > 255 ? '?' : c);
        }
    }

    private void room(int more) {
        if (bytes.length - length < more) {
            long wanted = (long) length + more;
            if (wanted > BYTES_MAX) {
                throw new IllegalStateException("reply of more than " + BYTES_MAX + " bytes");
            }
            bytes = Arrays.copyOf(bytes, (int) Math.min(BYTES_MAX, Math.max(wanted, 2L * bytes.length)));
        }
    }

    static int digits(long value) {
        int sign = value < 0 ? 1 : 0;
        long rest = value < 0 ? value : -value;
        int count = 1;
        while (rest <= -10) {
            rest /= 10;
            count++;
        }
        return count + sign;
    }

    /** Writes a number in decimal and returns the position after it. */
    static int decimal(long value, byte[] to, int at) {
        int end = at + digits(value);
        long rest = value < 0 ? value : -value;
        int i = end;
        do {
            long tenth = rest / 10;
            to[--i] = (byte) ('0' + (tenth * 10 - rest));
            rest = tenth;
        } while (rest != 0);
        if (value < 0) {
            to[at] = '-';
        }
        return end;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
