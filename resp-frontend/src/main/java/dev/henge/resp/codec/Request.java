package dev.henge.resp.codec;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The arguments of one command, as ranges of one byte array; argument 0 is the command's name.
 *
 * <p>It is reused: what a decoder put in is valid until the decoder's next {@code next}, {@code feed} or
 * {@code retain}. {@link #detached()} makes a copy to keep.
 */
public final class Request {
    private static final int ARGS_INITIAL = 16;
    /** A request that needed more argument slots than this gives them back when it is next cleared. */
    private static final int ARGS_RETAINED_MAX = 4096;

    private byte[] buffer = new byte[0];
    private int base;
    private int count;
    /** For argument i: its offset from {@link #base} at 2i, its length at 2i+1. */
    private int[] ranges = new int[2 * ARGS_INITIAL];

    /** Makes a request whose arguments are copies of the given ones. */
    public static Request of(byte[]... args) {
        int total = 0;
        for (byte[] arg : args) {
            total = Math.addExact(total, arg.length);
        }
        byte[] bytes = new byte[total];
        Request request = new Request();
        request.begin(bytes);
        int at = 0;
        for (byte[] arg : args) {
            System.arraycopy(arg, 0, bytes, at, arg.length);
            request.add(at, arg.length);
            at += arg.length;
        }
        return request;
    }

    /** Makes a request of strings that stand for bytes. */
    public static Request of(String... args) {
        byte[][] bytes = new byte[args.length][];
        for (int i = 0; i < args.length; i++) {
            bytes[i] = args[i].getBytes(StandardCharsets.ISO_8859_1);
        }
        return of(bytes);
    }

    public int argCount() {
        return count;
    }

    /** The array that holds all arguments. */
    public byte[] buffer() {
        return buffer;
    }

    /** Where argument {@code i} starts in {@link #buffer()}. */
    public int offset(int i) {
        return base + ranges[2 * check(i)];
    }

    /** The number of bytes of argument {@code i}. */
    public int length(int i) {
        return ranges[2 * check(i) + 1];
    }

    /** A copy of argument {@code i}. */
    public byte[] copy(int i) {
        int from = offset(i);
        return Arrays.copyOfRange(buffer, from, from + length(i));
    }

    /** Argument {@code i} as a string of bytes (ISO 8859-1). */
    public String string(int i) {
        return new String(buffer, offset(i), length(i), StandardCharsets.ISO_8859_1);
    }

    /** Whether argument {@code i} is the given ASCII word in any case. */
    public boolean is(int i, String word) {
        int length = length(i);
        if (length != word.length()) {
            return false;
        }
        int from = offset(i);
        for (int k = 0; k < length; k++) {
            if (lower(buffer[from + k]) != lower(word.charAt(k))) {
                return false;
            }
        }
        return true;
    }

    private static int lower(int c) {
        return c >= 'A' && c <= 'Z' ? c + 32 : c;
    }

    /** Whether arguments {@code i} and {@code k} are the same bytes. */
    public boolean same(int i, int k) {
        int a = offset(i);
        int b = offset(k);
        return Arrays.equals(buffer, a, a + length(i), buffer, b, b + length(k));
    }

    public boolean isLong(int i) {
        return RedisNumbers.isLong(buffer, offset(i), length(i));
    }

    /** Argument {@code i} as a 64-bit integer. @throws NumberException if it is none, by Redis's strict rules */
    public long asLong(int i) {
        return RedisNumbers.parseLong(buffer, offset(i), length(i));
    }

    /** Argument {@code i} as a double; infinities are allowed. @throws NumberException if it is none */
    public double asDouble(int i) {
        return RedisNumbers.parseDouble(buffer, offset(i), length(i));
    }

    /** The number of bytes of all arguments together. */
    public long argBytes() {
        long total = 0;
        for (int i = 0; i < count; i++) {
            total += ranges[2 * i + 1];
        }
        return total;
    }

    /** A compact copy that shares nothing with this one. */
    public Request detached() {
        byte[] bytes = new byte[Math.toIntExact(argBytes())];
        Request copy = new Request();
        copy.buffer = bytes;
        copy.ranges = new int[2 * count];
        int at = 0;
        for (int i = 0; i < count; i++) {
            System.arraycopy(buffer, offset(i), bytes, at, length(i));
            copy.add(at, length(i));
            at += length(i);
        }
        return copy;
    }

    /** The request that the arguments from {@code first} on make; it shares this one's bytes. */
    public Request tail(int first) {
        Request rest = new Request();
        rest.buffer = buffer;
        for (int i = first; i < count; i++) {
            rest.add(offset(i), length(i));
        }
        return rest;
    }

    /** Forgets all arguments; those added from now on lie in {@code bytes}. */
    public void begin(byte[] bytes) {
        clear();
        buffer = bytes;
    }

    /** Adds an argument: a range of {@link #buffer()}. */
    public void add(int offset, int length) {
        if (2 * count == ranges.length) {
            ranges = Arrays.copyOf(ranges, Math.max(2 * ARGS_INITIAL, 4 * count));
        }
        ranges[2 * count] = offset;
        ranges[2 * count + 1] = length;
        count++;
    }

    void clear() {
        count = 0;
        base = 0;
        if (ranges.length > 2 * ARGS_RETAINED_MAX) {
            ranges = new int[2 * ARGS_INITIAL];
        }
    }

    /** Says where the ranges, which are relative, count from. */
    void place(byte[] bytes, int start) {
        buffer = bytes;
        base = start;
    }

    void swap(Request other) {
        int[] otherRanges = other.ranges;
        int otherCount = other.count;
        other.ranges = ranges;
        other.count = count;
        ranges = otherRanges;
        count = otherCount;
    }

    private int check(int i) {
        if (i < 0 || i >= count) {
            throw new IndexOutOfBoundsException("argument " + i + " of " + count);
        }
        return i;
    }

    /** The arguments, quoted, shortened for a log or a test's message. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < count && text.length() < 256; i++) {
            text.append(i == 0 ? "" : " ").append('\'').append(string(i)).append('\'');
        }
        return text.toString();
    }
}
