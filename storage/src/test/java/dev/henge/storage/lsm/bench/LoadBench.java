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

/** Loads of an empty store in groups of 16, log written and not synced, until all is in tables (not: compacted). */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class LoadBench {

    @Param({Engine.HENGE, Engine.ROCKSDB})
    public String engine;
    @Param("120")
    public int valueBytes;

    private BenchSettings settings;
    private Engine store;
    private Costs.Meter meter;
    private int[] sorted;
    private int[] shuffled;

    @Setup(Level.Trial)
    public void order() {
        settings = BenchSettings.given();
        sorted = Work.sorted(settings.entries());
        shuffled = Work.shuffled(settings.entries(), System.nanoTime());
    }

    @Setup(Level.Iteration)
    public void open() throws IOException {
        Work.delete(settings.scratch(engine));
        Files.createDirectories(settings.scratch(engine));
        store = Engine.open(engine, settings.scratch(engine), Engine.Setting.UNSYNCED);
        meter = new Costs.Meter();
    }

    @TearDown(Level.Iteration)
    public void close() throws IOException {
        meter.end();
        store.close();
        Work.delete(settings.scratch(engine));
    }

    @Benchmark
    public void sortedLoad() {
        Work.load(store, sorted, valueBytes);
        store.flush();
    }

    @Benchmark
    public void randomLoad() {
        Work.load(store, shuffled, valueBytes);
        store.flush();
    }
}
