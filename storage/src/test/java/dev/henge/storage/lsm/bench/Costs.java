package dev.henge.storage.lsm.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.ScalarResult;

/**
 * What an invocation costs besides time: CPU of the calling thread, CPU of the whole process (background threads,
 * JIT and collector included), and what it read from the disk. Other load of the machine changes these far less
 * than time.
 */
public final class Costs implements InternalProfiler {

    static final String CALLER = "caller";
    static final String PROCESS = "process";
    static final String READ = "read";

    private static final double MICROS = 1e-3;

    /** JMH gives a benchmark no way to its profilers but this; one benchmark runs in a process at a time. */
    private static volatile Meter last;

    /** Counts from the end of an iteration's setup to the beginning of its teardown, both on the measuring thread. */
    static final class Meter {
        private double callerMicros = -callerMicros();
        private double processMicros = -processMicros();
        private double readBytes = -io("read_bytes");

        void end() {
            callerMicros += callerMicros();
            processMicros += processMicros();
            readBytes += io("read_bytes");
            last = this;
        }
    }

    private static double callerMicros() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() * MICROS;
    }

    private static double processMicros() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() * MICROS;
    }

    /** A figure of {@code /proc/self/io}; 0 where there is none. */
    static long io(String figure) {
        Path io = Path.of("/proc/self/io");
        if (!Files.isReadable(io)) {
            return 0;
        }
        try {
            return Files.readAllLines(io).stream().filter(line -> line.startsWith(figure + ":"))
                .mapToLong(line -> Long.parseLong(line.substring(figure.length() + 1).trim())).findFirst().orElse(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String getDescription() {
        return "CPU and disk";
    }

    @Override
    public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
        last = null;
    }

    @Override
    public Collection<? extends Result<?>> afterIteration(BenchmarkParams benchmark, IterationParams iteration,
            IterationResult result) {
        Meter meter = last;
        if (meter == null) {
            return List.of(); // the benchmark has failed, and JMH will say how
        }
        return List.of(new ScalarResult(CALLER, meter.callerMicros, "us", AggregationPolicy.AVG),
            new ScalarResult(PROCESS, meter.processMicros, "us", AggregationPolicy.AVG),
            new ScalarResult(READ, meter.readBytes, "B", AggregationPolicy.AVG));
    }
}
