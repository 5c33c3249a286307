package dev.henge.node.bench;

import dev.henge.node.bench.Workload.Wait;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.function.IntSupplier;

/** GETs and SETs, and WAITs behind them. */
final class StringRequests implements RequestStream {
    /** What a key supplier tells when there are no more keys. */
    static final int NO_KEY = -1;

    /** Which of the requests are GETs. */
    enum Reads { NONE, HALF, ALL }

    static final String KEY = "key:" + RequestTemplate.NUMBER;
    private static final RequestTemplate WAIT = new RequestTemplate("WAIT", "1", "1000");

    private final RequestTemplate get = new RequestTemplate("GET", KEY);
    private final RequestTemplate set;
    private final int pipeline;
    private final Reads reads;
    private final Wait wait;
    private final IntSupplier keys;
    private final SplittableRandom chance;

    /** @param keys the numbers of the keys, one a request, or {@link #NO_KEY} for the end */
    StringRequests(int pipeline, Reads reads, Wait wait, IntSupplier keys, SplittableRandom chance) {
        this(pipeline, reads, wait, keys, chance, BenchPlan.VALUE_BYTES);
    }

    StringRequests(int pipeline, Reads reads, Wait wait, IntSupplier keys, SplittableRandom chance, int valueBytes) {
        this.set = new RequestTemplate("SET", KEY, value(valueBytes));
        this.pipeline = pipeline;
        this.reads = reads;
        this.wait = wait;
        this.keys = keys;
        this.chance = chance;
    }

    static String value(int bytes) {
        return "x".repeat(bytes);
    }

    @Override
    public int bytesMax() {
        return pipeline * (set.bytes() + WAIT.bytes());
    }

    @Override
    public int put(ByteBuffer into) {
        int replies = 0;
        for (int i = 0; i < pipeline; i++) {
            int number = keys.getAsInt();
            if (number == NO_KEY) {
                return replies;
            }
            RequestTemplate request = reads == Reads.ALL || reads == Reads.HALF && chance.nextBoolean() ? get : set;
            request.set(0, number);
            request.put(into);
            replies++;
            if (wait == Wait.A_SET || wait == Wait.A_PIPELINE && i + 1 == pipeline) {
                WAIT.put(into);
                replies++;
            }
        }
        return replies;
    }
}
