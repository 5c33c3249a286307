package dev.henge.resp.codec;

/**
 * Where the first words behind the names of requests that are about to come stand: mostly their keys, and what they seek
 * in them. Filled by {@link RespDecoder#lookAhead}, and good for as long as the decoder keeps its input where it is.
 */
public final class WordsAhead {
    /** So many requests are looked at. */
    public static final int REQUESTS_MAX = 32;

    /** So many words of each request are noted, the name not among them. */
    public static final int WORDS = 3;

    private final int[] offsets = new int[WORDS * REQUESTS_MAX];
    private final int[] lengths = new int[WORDS * REQUESTS_MAX];
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

    /** Adds a request of which only the key is known. */
    public void add(int offset, int length) {
        word(1, offset, length);
        next(1);
    }

    /** Notes a word of the request that is added {@link #next}: the first behind its name is word 1. */
    void word(int word, int offset, int length) {
        offsets[WORDS * count + word - 1] = offset;
        lengths[WORDS * count + word - 1] = length;
    }

    /** Adds the request whose words have been noted, the first so many. */
    void next(int words) {
        for (int word = words + 1; word <= WORDS; word++) {
            word(word, 0, -1);
        }
        count++;
    }

    public byte[] buffer() {
        return buffer;
    }

    /** Where the words begin: {@link #WORDS} of each request. */
    public int[] offsets() {
        return offsets;
    }

    /** How long they are; negative where a request has no such word. */
    public int[] lengths() {
        return lengths;
    }

    /** How many requests. */
    public int count() {
        return count;
    }
}
