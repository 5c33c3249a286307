package dev.henge.ring.placement;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HashSlotTest {
    private static int slot(String key) {
        return HashSlot.of(key.getBytes(UTF_8));
    }

    private static int whole(String key) {
        byte[] bytes = key.getBytes(UTF_8);
        return HashSlot.ofWhole(bytes, 0, bytes.length);
    }

    /** CRC16-XMODEM bit by bit, as its definition says. */
    private static int bitwise(byte[] bytes, int off, int len) {
        int crc = 0;
        for (int i = off; i < off + len; i++) {
            for (int bit = 7; bit >= 0; bit--) {
                boolean carry = (crc >>> 15 & 1) != (bytes[i] >>> bit & 1);
                crc = crc << 1 & 0xffff;
                crc = carry ? crc ^ 0x1021 : crc;
            }
        }
        return crc;
    }

    /** The hash tag's rule as Redis's specification words it, on strings. */
    private static String hashed(String key) {
        int open = key.indexOf('{');
        int close = open < 0 ? -1 : key.indexOf('}', open + 1);
        return close > open + 1 ? key.substring(open + 1, close) : key;
    }

    @Test
    void matchesTheCatalogueOfCrcs() {
        assertEquals(0x31c3, HashSlot.crc16("123456789".getBytes(UTF_8), 0, 9));
    }

    @ParameterizedTest
    @CsvSource({"foo,12182", "bar,5061", "hello,866", "'',0", "123456789,12739", "a,15495", "b,3300", "c,7365"})
    void matchesWhatRedisAnswers(String key, int slot) {
        assertEquals(slot, slot(key));
    }

    @ParameterizedTest
    @CsvSource({"{user1000}.following,user1000", "{user1000}.followers,user1000", "foo{}{bar},foo{}{bar}",
        "foo{{bar}}zap,{bar", "foo{bar}{zap},bar", "foo{bar,foo{bar", "foo}bar{,foo}bar{", "{},{}",
        "a-key-longer-than-eight{tag-longer-than-eight}x,tag-longer-than-eight", "}{a}b,a"})
    void hashesTheTagOnly(String key, String counted) {
        assertEquals(whole(counted), slot(key));
    }

    @Test
    void keepsRelatedKeysTogether() {
        assertEquals(slot("{user1000}.following"), slot("{user1000}.followers"));
        assertNotEquals(whole("{user1000}.following"), whole("{user1000}.followers"));
    }

    @Property
    void agreesWithTheBitwiseCrc(@ForAll @Size(max = 100) byte[] bytes, @ForAll @IntRange(max = 100) int from) {
        int off = Math.min(from, bytes.length);
        assertEquals(bitwise(bytes, off, bytes.length - off), HashSlot.crc16(bytes, off, bytes.length - off));
        assertEquals(bitwise(bytes, 0, off) % HashSlot.COUNT, HashSlot.ofWhole(bytes, 0, off));
    }

    @Property
    void agreesWithTheWordingOfTheTagRule(
            @ForAll @StringLength(max = 30) @CharRange(from = 'x', to = '~') String key,
            @ForAll @IntRange(max = 9) int off) {
        byte[] bytes = ("}".repeat(off) + key + "{z}").getBytes(UTF_8); // what stands around must not count
        assertEquals(whole(hashed(key)), HashSlot.of(bytes, off, key.length()));
    }

    @Test
    void spreadsOverAllSlots() {
        int[] counts = new int[HashSlot.COUNT];
        for (int i = 0; i < 64 * HashSlot.COUNT; i++) {
            counts[slot("key:" + i)]++;
        }
        int least = Arrays.stream(counts).min().orElseThrow();
        int most = Arrays.stream(counts).max().orElseThrow();
        assertEquals(true, least > 16 && most < 160, least + ".." + most);
    }
}
