package dev.henge.node.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.node.bench.StringRequests.Reads;
import dev.henge.node.bench.Workload.Group;
import dev.henge.node.bench.Workload.Sides;
import dev.henge.node.bench.Workload.Wait;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.IntSupplier;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What the benchmark's own generator sends, and which rows there are. */
class RequestStreamsTest {
    private static final long SEED = 20_261_121;
    private static final int DRAWS = 400_000;

    @Test
    void drawsRanksByZipfsLaw() {
        int keys = 10_000;
        Zipf zipf = new Zipf(keys, new SplittableRandom(SEED));
        int[] seen = new int[keys + 1];
        for (int i = 0; i < DRAWS; i++) {
            seen[zipf.rank()]++;
        }
        double all = IntStream.rangeClosed(1, keys).mapToDouble(rank -> Math.pow(rank, -Zipf.SKEW)).sum();
        for (int[] range : new int[][] {{1, 1}, {2, 2}, {3, 3}, {4, 9}, {10, 99}, {100, 999}, {1_000, keys}}) {
            double expected = DRAWS / all
                    * IntStream.rangeClosed(range[0], range[1]).mapToDouble(rank -> Math.pow(rank, -Zipf.SKEW)).sum();
            long drawn = IntStream.rangeClosed(range[0], range[1]).mapToLong(rank -> seen[rank]).sum();
            // Five standard deviations of a binomial.
            assertEquals(expected, drawn, 5 * Math.sqrt(expected),
                    "seed " + SEED + ", ranks " + Arrays.toString(range));
        }
    }

    @Test
    void givesEachRankAKeyOfItsOwn() {
        for (int keys : new int[] {1, 2, 1_000, 65_536, 99_991}) {
            Zipf zipf = new Zipf(keys, new SplittableRandom(SEED));
            Set<Integer> numbers = IntStream.rangeClosed(1, keys).mapToObj(zipf::keyOf).collect(Collectors.toSet());
            assertEquals(keys, numbers.size());
            assertTrue(Collections.min(numbers) >= 0 && Collections.max(numbers) < keys);
            assertTrue(zipf.rank() <= keys);
        }
        Zipf large = new Zipf(Integer.MAX_VALUE, new SplittableRandom(SEED));
        assertTrue(large.keyOf(Integer.MAX_VALUE) >= 0 && large.rank() >= 1);
    }

    @Test
    void mixesByARecipeOfSixteen() {
        List<String> sent = new ArrayList<>();
        MixedRequests requests = new MixedRequests(1, 5_000, 3, new SplittableRandom(SEED));
        for (int i = 0; i < 160; i++) {
            sent.add(next(requests, 1));
        }
        Map<String, Long> commands = sent.stream()
                .collect(Collectors.groupingBy(text -> words(text).get(0), Collectors.counting()));
        assertEquals(Map.of("GET", 70L, "SET", 30L, "INCR", 10L, "HSET", 10L, "SADD", 10L, "ZADD", 10L, "LPUSH", 10L,
                "LRANGE", 10L), commands);
        assertEquals("INCR", words(sent.get(0)).get(0), "begins at its step");
        for (String text : sent) {
            assertFalse(text.contains("#"), text);
            List<String> words = words(text);
            boolean many = words.get(1).startsWith("key:") || words.get(1).startsWith("counter:");
            int number = Integer.parseInt(words.get(1).substring(words.get(1).indexOf(':') + 1));
            assertTrue(number < (many ? 5_000 : 5), text);
        }
        assertTrue(sent.stream().distinct().count() > 100, "keys differ");
    }

    @Test
    void sendsTheSameBytesForTheSameSeed() {
        List<Function<SplittableRandom, RequestStream>> streams = List.of(
                chance -> new MixedRequests(4, 1_000, 5, chance),
                chance -> new StringRequests(4, Reads.HALF, Wait.NEVER, new Zipf(1_000, chance), chance));
        for (Function<SplittableRandom, RequestStream> stream : streams) {
            RequestStream one = stream.apply(new SplittableRandom(SEED));
            RequestStream two = stream.apply(new SplittableRandom(SEED));
            for (int i = 0; i < 20; i++) {
                assertEquals(next(one, 4), next(two, 4));
            }
        }
    }

    @Test
    void readsHalfOfTheTime() {
        SplittableRandom chance = new SplittableRandom(SEED);
        RequestStream requests = new StringRequests(10_000, Reads.HALF, Wait.NEVER, new Zipf(1_000, chance), chance);
        double gets = next(requests, 10_000).split("GET", -1).length - 1;
        assertEquals(5_000, gets, 250, "seed " + SEED);
    }

    @Test
    void putsWaitsBehindAPipelineOrEachSet() {
        int[] number = {0};
        IntSupplier keys = () -> number[0]++;
        String set = "*3\r\n$3\r\nSET\r\n$16\r\nkey:00000000000%d\r\n$100\r\n" + "x".repeat(100) + "\r\n";
        String wait = "*3\r\n$4\r\nWAIT\r\n$1\r\n1\r\n$4\r\n1000\r\n";
        SplittableRandom chance = new SplittableRandom(SEED);
        assertEquals(set.formatted(0) + set.formatted(1) + wait,
                next(new StringRequests(2, Reads.NONE, Wait.A_PIPELINE, keys, chance), 3));
        assertEquals(set.formatted(2) + wait + set.formatted(3) + wait,
                next(new StringRequests(2, Reads.NONE, Wait.A_SET, keys, chance), 4));
        assertEquals("*2\r\n$3\r\nGET\r\n$16\r\nkey:000000000004\r\n",
                next(new StringRequests(1, Reads.ALL, Wait.NEVER, keys, chance), 1));
    }

    @Test
    void fillsEachKeyOfANodeOnce() {
        IntSupplier odd = OwnLoad.inOrder(from -> from % 2 == 1 ? from : (from + 1) % 10, 10);
        assertArrayEquals(new int[] {1, 3, 5, 7, 9, -1, -1}, IntStream.generate(odd).limit(7).toArray());
        IntSupplier even = OwnLoad.inOrder(from -> from % 2 == 0 ? from : (from + 1) % 10, 10);
        assertArrayEquals(new int[] {0, 2, 4, 6, 8, -1, -1}, IntStream.generate(even).limit(7).toArray());
    }

    @Test
    void coversTheRowsAndKeepsSlowOnesOutOfTheQuickRun() {
        List<String> names = Workload.all().stream().map(Workload::name).toList();
        assertEquals(names.size(), new HashSet<>(names).size(), "names are unique");
        assertTrue(names.containsAll(List.of("lpush-p16", "rpop-p16", "lrange-p1", "mset-p1", "mixed-p1",
                "sync-set-p1", "sync-set-p16", "3-get-cluster-p1", "3-get-cluster-p16", "larger-than-heap-p1")), names::toString);
        assertEquals(names, wanted(false));
        assertTrue(wanted(true).containsAll(List.of("set-p1", "rpop-p16", "3-get-routed-p16")));
        assertFalse(wanted(true).contains("larger-than-heap-p1"));
        assertEquals(List.of("larger-than-heap-p1", "larger-than-heap-p16"), wanted(true, "larger"));
        assertEquals(List.of("set-p1", "set-p16", "3-get-cluster-p16"), wanted(false, "set-p", "3-get-cluster-p16"));
        assertEquals(5_785_246, plan(false).keys(Sides.LARGER), "10 times 64 MiB of keys and values");
        assertEquals(1_000, plan(false).keys(Sides.ONE));
    }

    private static List<String> wanted(boolean quick, String... only) {
        return Workload.groups().stream().map((Group group) -> plan(quick, only).wanted(group)).flatMap(List::stream)
                .map(Workload::name).toList();
    }

    private static BenchPlan plan(boolean quick, String... only) {
        return new BenchPlan(1, 1, 1, 1_000, quick, List.of(only), "512m", 64, heap -> List.of());
    }

    private static String next(RequestStream requests, int replies) {
        ByteBuffer bytes = ByteBuffer.allocate(requests.bytesMax());
        assertEquals(replies, requests.put(bytes));
        return new String(bytes.array(), 0, bytes.position(), StandardCharsets.US_ASCII);
    }

    private static List<String> words(String request) {
        String[] lines = request.split("\r\n");
        return IntStream.range(0, lines.length).filter(i -> i > 0 && i % 2 == 0).mapToObj(i -> lines[i]).toList();
    }
}
