package dev.henge.ring.placement;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeyHashTest {
    private static int hash(String key) {
        byte[] bytes = key.getBytes(UTF_8);
        return KeyHash.of(bytes, 0, bytes.length);
    }

    /** The disk format: these values may never change. The first seven are published vectors of MurmurHash3. */
    @ParameterizedTest
    @CsvSource({"'',00000000", "hello,248bfa47", "'hello, world',149bbb7f",
        "The quick brown fox jumps over the lazy dog,2e4ff723", "test,ba6bd213", "'Hello, world!',c0363e43",
        "abc,b3dd93fa"})
    void isFrozen(String key, String hex) {
        assertEquals(hex, String.format("%08x", hash(key)));
    }

    @Property
    void dependsOnNothingAroundTheKey(@ForAll @Size(max = 40) byte[] key, @ForAll byte around,
                                      @ForAll @IntRange(max = 9) int off) {
        byte[] framed = new byte[off + key.length + 3];
        java.util.Arrays.fill(framed, around);
        System.arraycopy(key, 0, framed, off, key.length);
        assertEquals(KeyHash.of(key, 0, key.length), KeyHash.of(framed, off, key.length));
    }

    @Test
    void everyBitOfTheKeyReachesEveryBitOfTheHash() {
        int keys = 4000;
        byte[] key = new byte[19];
        for (int bit = 0; bit < key.length * 8; bit++) {
            int[] flips = new int[32];
            java.util.Random random = new java.util.Random(bit);
            for (int i = 0; i < keys; i++) {
                random.nextBytes(key);
                int before = KeyHash.of(key, 0, key.length);
                key[bit / 8] ^= (byte) (1 << bit % 8);
                int changed = before ^ KeyHash.of(key, 0, key.length);
                for (int out = 0; out < 32; out++) {
                    flips[out] += changed >>> out & 1;
                }
            }
            for (int out = 0; out < 32; out++) {
                double share = (double) flips[out] / keys;
                assertTrue(share > 0.44 && share < 0.56, "bit " + bit + " flips " + out + " in " + share);
            }
        }
    }

    @Test
    void numberedKeysCollideNoMoreThanChance() {
        int keys = 500_000; // by chance 29 pairs collide, with a deviation of 5.4
        Set<Integer> seen = new HashSet<>();
        for (int i = 0; i < keys; i++) {
            seen.add(hash(String.format("key:%012d", i)));
        }
        assertTrue(keys - seen.size() < 60, "collisions: " + (keys - seen.size()));
    }
}
