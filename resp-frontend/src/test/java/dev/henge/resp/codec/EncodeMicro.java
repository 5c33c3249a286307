package dev.henge.resp.codec;

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

/** The replies of sixteen pipelined commands, into a connection's output. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class EncodeMicro {

    private static final int PIPELINE = 16;
    private static final int RANGE = 100;

    private final RespEncoder out = new RespEncoder();
    private final byte[] stored = new byte[120];
    private long number = 1000;

    @Benchmark
    @OperationsPerInvocation(PIPELINE)
    public int ok() {
        out.reset();
        for (int i = 0; i < PIPELINE; i++) {
            out.ok();
        }
        return out.length();
    }

    /** Strings of 100 bytes that stand within a stored row. */
    @Benchmark
    @OperationsPerInvocation(PIPELINE)
    public int bulk() {
        out.reset();
        for (int i = 0; i < PIPELINE; i++) {
            out.bulk(stored, 20, 100);
        }
        return out.length();
    }

    @Benchmark
    @OperationsPerInvocation(PIPELINE)
    public int integer() {
        out.reset();
        for (int i = 0; i < PIPELINE; i++) {
            out.integer(number++);
        }
        return out.length();
    }

    /** What LRANGE of a hundred elements answers. */
    @Benchmark
    public int array() {
        out.reset();
        out.array(RANGE);
        for (int i = 0; i < RANGE; i++) {
            out.bulk(stored, 20, 20);
        }
        return out.length();
    }
}
