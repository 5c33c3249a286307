package dev.henge.storage.lsm;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Sorts entries of a memtable by their keys.
 *
 * <p>Keys that are sorted together mostly begin alike: they are rows of one collection. So first it is seen how many
 * bytes all of them share; the four bytes that follow, with the reference below, are one number an entry, and
 * sorting numbers touches no key. Entries whose four bytes are equal are a group, sorted in the same way from there
 * on (a radix sort from the most significant word, Knuth, TAOCP 3, 5.2.5, without the buckets). What is small, or
 * would go too deep, is sorted by comparing keys.
 */
final class KeySort {

    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final int SMALL = 12;
    private static final int DEPTH_MAX = 32;
    private static final long FLIP = 1L << 63;

    private final Memtable memtable;
    private final int[] refs;

    KeySort(Memtable memtable, int[] refs) {
        this.memtable = memtable;
        this.refs = refs;
    }

    /** Four bytes of a key behind its prefix. */
    static int sign(byte[] key, int keyAt, int keyLength) {
        return word(key, keyAt, keyLength, 2);
    }

    /** Four bytes of a key from a place on, as a number; zeros behind its end. */
    private static int word(byte[] key, int keyAt, int keyLength, int from) {
        if (from + Integer.BYTES <= keyLength) {
            return (int) INTS.get(key, keyAt + from);
        }
        int word = 0;
        for (int i = from; i < from + Integer.BYTES; i++) {
            word = word << 8 | (i < keyLength ? key[keyAt + i] & 0xFF : 0);
        }
        return word;
    }

    /** Sorts the first {@code n} references. */
    void sort(int n) {
        sort(0, n, 0, 0);
    }

    /** @param known how many bytes all of these keys certainly share */
    private void sort(int from, int to, int known, int depth) {
        if (to - from <= SMALL) {
            insert(from, to);
            return;
        }
        if (depth == DEPTH_MAX) {
            merge(from, to);
            return;
        }
        int common = Integer.MAX_VALUE;
        for (int i = from + 1; i < to; i++) {
            common = common(refs[from], refs[i], known, common);
        }
        long[] words = new long[to - from];
        for (int i = from; i < to; i++) {
            words[i - from] = ((long) word(refs[i], common) << 32 ^ FLIP) | refs[i];
        }
        Arrays.sort(words);
        for (int i = from; i < to; i++) {
            refs[i] = (int) words[i - from];
        }
        groups(from, words, common, depth);
    }

    private int word(int ref, int from) {
        return word(memtable.keyArray(ref), memtable.keyOffset(ref), memtable.keyLength(ref), from);
    }

    /** How many bytes, {@code max} at most, two entries' keys begin with alike, the first {@code from} known. */
    private int common(int ref, int other, int from, int max) {
        int end = Math.min(max, Math.min(memtable.keyLength(ref), memtable.keyLength(other)));
        int at = memtable.keyOffset(ref);
        int otherAt = memtable.keyOffset(other);
        int first = Arrays.mismatch(memtable.keyArray(ref), at + from, at + end,
            memtable.keyArray(other), otherAt + from, otherAt + end);
        return first < 0 ? end : from + first;
    }

    private int compare(int ref, int other) {
        int at = memtable.keyOffset(ref);
        int otherAt = memtable.keyOffset(other);
        return Arrays.compareUnsigned(memtable.keyArray(ref), at, at + memtable.keyLength(ref),
            memtable.keyArray(other), otherAt, otherAt + memtable.keyLength(other));
    }

    private void groups(int from, long[] words, int common, int depth) {
        for (int i = 0; i < words.length;) {
            int end = i + 1;
            while (end < words.length && words[end] >> 32 == words[i] >> 32) {
                end++;
            }
            // a key may have ended within the word: only what came before is surely shared
            sort(from + i, from + end, common, depth + 1);
            i = end;
        }
    }

    private void insert(int from, int to) {
        for (int i = from + 1; i < to; i++) {
            int ref = refs[i];
            int at = i;
            while (at > from && compare(refs[at - 1], ref) > 0) {
                refs[at] = refs[at - 1];
                at--;
            }
            refs[at] = ref;
        }
    }

    private void merge(int from, int to) {
        int[] other = new int[to - from];
        for (int width = 1; width < to - from; width *= 2) {
            for (int low = from; low < to; low += 2 * width) {
                int middle = Math.min(low + width, to);
                merge(low, middle, Math.min(middle + width, to), other, from);
            }
            System.arraycopy(other, 0, refs, from, to - from);
        }
    }

    private void merge(int low, int middle, int high, int[] out, int outFrom) {
        int left = low;
        int right = middle;
        for (int i = low; i < high; i++) {
            boolean takeLeft = right == high || left < middle && compare(refs[left], refs[right]) <= 0;
            out[i - outFrom] = takeLeft ? refs[left++] : refs[right++];
        }
    }
}
