package dev.henge.resp.codec;

/**
 * Where the second words of requests that are about to come stand: mostly their keys. Filled by {@link
 * RespDecoder#lookAhead}, and good for as long as the decoder keeps its input where it is.
 */
public final class WordsAhead {
    /** So many requests are looked at. */
    public static final int REQUESTS_MAX = 32;

    private final int[] offsets = new int[REQUESTS_MAX];
    private final int[] lengths = new int[REQUESTS_MAX];
    private byte[] buffer;
    private int count;

    /** Begins anew, on another buffer. */
    public void begin(byte[] in) {
        buffer = in;
        count = 0;
    }

    /** Whether no more can be added. */
    public boolean full() {
        return count == REQUESTS_MAX;
    }

    public void add(int offset, int length) {
        offsets[count] = offset;
        lengths[count] = length;
        count++;
    }

    public byte[] buffer() {
        return buffer;
    }

    public int[] offsets() {
        return offsets;
    }

    public int[] lengths() {
        return lengths;
    }

    public int count() {
        return count;
    }
}
