package dev.henge.resp.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.resp.RealRedis;
import dev.henge.resp.codec.Reply;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;

class GlobPatternTest {
    private static boolean matches(String pattern, String text) {
        return new GlobPattern(pattern, false).matches(text);
    }

    @Test
    void knowsEveryElement() {
        for (List<String> fits : List.of(List.of("*", "abc"), List.of("a*c", "abbc"), List.of("a*", "a"),
                List.of("h?llo", "hello"), List.of("h[ae]llo", "hallo"), List.of("h[^e]llo", "hallo"),
                List.of("h[a-c]", "hb"), List.of("h[c-a]", "hb"), List.of("a\\*", "a*"), List.of("[\\]]", "]"),
                List.of("a\\", "a\\"), List.of("[^", "x"), List.of("[ab", "b"), List.of("**a**", "xay"),
                List.of("", ""), List.of("*ab*cd", "abxabcdxcd"))) {
            assertTrue(matches(fits.get(0), fits.get(1)), fits.toString());
        }
        for (List<String> not : List.of(List.of("a", "b"), List.of("a", "aa"), List.of("aa", "a"), List.of("?", ""),
                List.of("h[^a]llo", "hallo"), List.of("*a", "ab"), List.of("[a-c]", "d"), List.of("a*b", "acbc"),
                List.of("[", "["), List.of("*", ""), List.of("A", "a"))) {
            assertFalse(matches(not.get(0), not.get(1)), not.toString());
        }
        assertTrue(new GlobPattern("H[A-C]*", true).matches("hbX"));
        assertTrue(new GlobPattern("*", false).matchesAll());
        assertFalse(new GlobPattern("**", false).matchesAll());
    }

    @Test
    void manyStarsTakeNoTime() {
        String text = "a".repeat(20_000);
        assertTimeout(Duration.ofSeconds(5), () -> assertFalse(matches("a*".repeat(200) + "b", text)));
    }

    @Test
    void fitsWhatRedisFits() throws Exception {
        try (RealRedis redis = RealRedis.start()) {
            Assumptions.assumeTrue(redis.isVersion("7.0."), "another version of redis-server");
            long seed = new Random().nextLong();
            Random random = new Random(seed);
            TreeSet<String> keys = new TreeSet<>();
            while (keys.size() < 150) {
                keys.add(text(random, "abAB-]^\\*\u00ff", random.nextInt(6)));
            }
            for (String key : keys) {
                redis.call("SET", key, "");
            }
            for (int i = 0; i < 5_000; i++) {
                String pattern = text(random, "aabbAB**?[[]]^--\\\u00ff", random.nextInt(9));
                TreeSet<String> theirs = new TreeSet<>();
                for (Reply key : ((Reply.Array) redis.call("KEYS", pattern)).elements()) {
                    theirs.add(key.asText());
                }
                GlobPattern glob = new GlobPattern(pattern, false);
                TreeSet<String> ours = new TreeSet<>(keys);
                ours.removeIf(key -> !glob.matchesAll() && !glob.matches(key));
                assertEquals(theirs, ours, pattern + ", seed " + seed);
            }
        }
    }

    private static String text(Random random, String alphabet, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return text.toString();
    }
}
