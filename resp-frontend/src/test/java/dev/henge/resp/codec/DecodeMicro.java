package dev.henge.resp.codec;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** One socket read of sixteen pipelined commands, parsed in the loop's array. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class DecodeMicro {

    private static final int PIPELINE = 16;

    private final RespDecoder decoder = new RespDecoder();
    private final Request request = new Request();
    private final byte[] sets = read("SET", "x".repeat(100));
    private final byte[] gets = read("GET", null);

    private static byte[] read(String command, String value) {
        RespEncoder out = new RespEncoder();
        for (int i = 0; i < PIPELINE; i++) {
            out.array(value == null ? 2 : 3);
            out.bulk(command);
            out.bulk("key:" + (100_000_000_000L + i * 7919));
            if (value != null) {
                out.bulk(value.getBytes(StandardCharsets.ISO_8859_1));
            }
        }
        return out.toByteArray();
    }

    @Benchmark
    @OperationsPerInvocation(PIPELINE)
    public long sets() throws ProtocolException {
        decoder.feed(sets, 0, sets.length);
        return all();
    }

    @Benchmark
    @OperationsPerInvocation(PIPELINE)
    public long gets() throws ProtocolException {
        decoder.feed(gets, 0, gets.length);
        return all();
    }

    /** The read ends in the midst of a value: the rest moves to the connection's own buffer. */
    @Benchmark
    @OperationsPerInvocation(PIPELINE)
    public long setsInTwoReads() throws ProtocolException {
        int half = sets.length / 2 + 30;
        decoder.feed(sets, 0, half);
        long sum = parsed();
        decoder.feed(sets, half, sets.length - half);
        return sum + parsed();
    }

    private long all() throws ProtocolException {
        long sum = parsed();
        if (decoder.pendingBytes() > 0) {
            throw new AssertionError(decoder);
        }
        return sum;
    }

    private long parsed() throws ProtocolException {
        long sum = 0;
        while (decoder.next(request) == RespDecoder.Result.READY) {
            sum += request.offset(1) + request.argCount();
        }
        return sum;
    }
}
