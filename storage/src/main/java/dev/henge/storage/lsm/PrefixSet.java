package dev.henge.storage.lsm;

/** Which prefixes have a list: a bitmap whose neighbours are found a word at a time. */
final class PrefixSet {

    private final int size;
    private final long[] bits;

    PrefixSet(int size) {
        this.size = size;
        this.bits = new long[size / Long.SIZE];
    }

    void add(int prefix) {
        bits[prefix >>> 6] |= 1L << prefix;
    }

    /** The first one from {@code prefix} on; -1 if there is none. */
    int from(int prefix) {
        if (prefix >= size) {
            return -1;
        }
        int word = prefix >>> 6;
        long left = bits[word] & (-1L << prefix);
        while (left == 0) {
            if (++word == bits.length) {
                return -1;
            }
            left = bits[word];
        }
        return (word << 6) + Long.numberOfTrailingZeros(left);
    }

    /** The last one up to {@code prefix}; -1 if there is none. */
    int upTo(int prefix) {
        if (prefix < 0) {
            return -1;
        }
        int word = prefix >>> 6;
        long left = bits[word] & (-1L >>> (63 - (prefix & 63)));
        while (left == 0) {
            if (--word < 0) {
                return -1;
            }
            left = bits[word];
        }
        return (word << 6) + 63 - Long.numberOfLeadingZeros(left);
    }
}
