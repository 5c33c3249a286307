package dev.henge.node.bench;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A fixed recipe of types, sixteen commands long, over and over: seven GETs, three SETs, and one each of INCR, HSET,
 * SADD, ZADD, LPUSH, and LRANGE of ten.
 *
 * <p>Connections begin at different steps, so that the servers see the mixture at any moment. Strings and counters
 * have as many keys as there are; a thousandth of that is the number of hashes, sets, sorted sets and lists.
 */
final class MixedRequests implements RequestStream {
    private static final int KEYS_A_COLLECTION = 1_000;
    private static final String N = RequestTemplate.NUMBER;
    private static final String VALUE = "x".repeat(BenchPlan.VALUE_BYTES);
    private static final List<List<String>> RECIPE = List.of(
            List.of("GET", "key:" + N), List.of("SET", "key:" + N, VALUE),
            List.of("GET", "key:" + N), List.of("INCR", "counter:" + N),
            List.of("GET", "key:" + N), List.of("HSET", "hash:" + N, "element:" + N, VALUE),
            List.of("GET", "key:" + N), List.of("SET", "key:" + N, VALUE),
            List.of("GET", "key:" + N), List.of("SADD", "set:" + N, "element:" + N),
            List.of("GET", "key:" + N), List.of("ZADD", "zset:" + N, N, "element:" + N),
            List.of("SET", "key:" + N, VALUE), List.of("LPUSH", "list:" + N, VALUE),
            List.of("GET", "key:" + N), List.of("LRANGE", "list:" + N, "0", "9"));

    /** A command and how many keys of its type there are. */
    private record Step(RequestTemplate request, int keys) {
        static Step of(List<String> words, int keys) {
            String key = words.get(1);
            boolean many = key.startsWith("key:") || key.startsWith("counter:");
            return new Step(new RequestTemplate(words.toArray(String[]::new)),
                    many ? keys : Math.max(1, keys / KEYS_A_COLLECTION));
        }
    }

    private final List<Step> steps = new ArrayList<>();
    private final int pipeline;
    private final int keys;
    private final SplittableRandom chance;
    private int next;

    /** @param first the step that it begins with, modulo their number */
    MixedRequests(int pipeline, int keys, int first, SplittableRandom chance) {
        RECIPE.forEach(words -> steps.add(Step.of(words, keys)));
        this.pipeline = pipeline;
        this.keys = keys;
        this.next = first % RECIPE.size();
        this.chance = chance;
    }

    @Override
    public int bytesMax() {
        return pipeline * steps.stream().mapToInt(step -> step.request().bytes()).max().orElseThrow();
    }

    @Override
    public int put(ByteBuffer into) {
        for (int i = 0; i < pipeline; i++) {
            Step step = steps.get(next);
            next = (next + 1) % steps.size();
            step.request().set(0, chance.nextInt(step.keys()));
            for (int which = 1; which < step.request().numbers(); which++) {
                step.request().set(which, chance.nextInt(keys));
            }
            step.request().put(into);
        }
        return pipeline;
    }
}
