package dev.henge.storage.lsm.bench;

import java.io.IOException;
import java.nio.file.Files;
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

/** Reads of what is all in the memtable. */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class MemtableBench {

    @Param({Engine.HENGE, Engine.ROCKSDB})
    public String engine;
    @Param("120")
    public int valueBytes;

    private BenchSettings settings;
    private Engine store;
    private Costs.Meter meter;
    private int[] ids;
    private final byte[] key = Work.newKey();

    @Setup(Level.Trial)
    public void fill() throws IOException {
        settings = BenchSettings.given();
        Work.delete(settings.scratch(engine));
        Files.createDirectories(settings.scratch(engine));
        store = Engine.open(engine, settings.scratch(engine), Engine.Setting.UNSYNCED);
        Work.load(store, Work.shuffled(settings.entries(), 1), valueBytes);
        ids = Work.drawn(settings.operations(), settings.entries(), System.nanoTime());
    }

    @Setup(Level.Iteration)
    public void begin() {
        meter = new Costs.Meter();
    }

    @TearDown(Level.Iteration)
    public void end() {
        meter.end();
    }

    @TearDown(Level.Trial)
    public void close() throws IOException {
        store.close();
        Work.delete(settings.scratch(engine));
    }

    @Benchmark
    public long memtableHits() {
        long found = 0;
        for (int id : ids) {
            Work.key(key, id);
            found += store.get(key);
        }
        return ReadBench.check(found, (long) ids.length * valueBytes);
    }
}
