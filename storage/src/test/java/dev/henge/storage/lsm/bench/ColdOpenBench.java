package dev.henge.storage.lsm.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The opening of a loaded store none of whose pages are in memory, and one get. */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ColdOpenBench {

    @Param({Engine.HENGE, Engine.ROCKSDB})
    public String engine;
    @Param("1024")
    public int valueBytes;

    private Engine store;
    private Costs.Meter meter;
    private Path dir;
    private final byte[] key = Work.newKey();

    @Setup(Level.Iteration)
    public void evict() throws IOException, InterruptedException {
        dir = BenchSettings.given().loaded(engine, valueBytes);
        Work.evict(dir);
        meter = new Costs.Meter();
    }

    @TearDown(Level.Iteration)
    public void close() {
        meter.end();
        store.close();
    }

    @Benchmark
    public long coldOpen() {
        store = Engine.open(engine, dir, Engine.Setting.UNSYNCED);
        Work.key(key, 1);
        return ReadBench.check(store.get(key), valueBytes);
    }
}
