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

/** Reads of a loaded store none of whose pages are in memory: each invocation begins with cold files. */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ColdReadBench {

    @Param({Engine.HENGE, Engine.ROCKSDB})
    public String engine;
    @Param("1024")
    public int valueBytes;

    private Engine store;
    private Costs.Meter meter;
    private int[] ids;
    private final byte[] key = Work.newKey();

    @Setup(Level.Iteration)
    public void open() throws IOException, InterruptedException {
        BenchSettings settings = BenchSettings.given();
        Path dir = settings.loaded(engine, valueBytes);
        Work.evict(dir);
        store = Engine.open(engine, dir, Engine.Setting.UNSYNCED);
        ids = Work.drawn(settings.operations(), settings.entries(), System.nanoTime());
        meter = new Costs.Meter();
    }

    @TearDown(Level.Iteration)
    public void close() {
        meter.end();
        store.close();
    }

    @Benchmark
    public long coldHits() {
        long found = 0;
        for (int id : ids) {
            Work.key(key, id);
            found += store.get(key);
        }
        return ReadBench.check(found, (long) ids.length * valueBytes);
    }
}
