package dev.henge.ring.placement;

import java.nio.charset.StandardCharsets;

/**
 * The 64-bit hash that tokens, vnode points and fingerprints come from; all nodes must compute the same, for ever.
 *
 * <p>The step is SplitMix64's (Steele, Lea, Flood 2014): add the golden ratio, then Stafford's mix 13.
 */
final class Mix64 {
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    private Mix64() {
    }

    /** One well mixed value of a running hash and a further one. */
    static long mix(long hash, long value) {
        long z = (hash ^ Long.rotateLeft(value, 32)) * GOLDEN + value + GOLDEN;
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }

    /** Text by its UTF-8 bytes and its length, so that neighbours cannot run together. */
    static long mix(long hash, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        long h = mix(hash, utf8.length);
        for (byte b : utf8) {
            h = mix(h, b);
        }
        return h;
    }
}
