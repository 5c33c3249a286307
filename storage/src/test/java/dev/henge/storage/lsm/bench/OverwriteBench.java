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

/** Random overwrites of a store that has been loaded, flushes and compactions going on beside them. */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class OverwriteBench {

    @Param({Engine.HENGE, Engine.ROCKSDB})
    public String engine;
    @Param("120")
    public int valueBytes;
    @Param({"1", "16"})
    public int group;
    @Param({"false", "true"})
    public boolean sync;

    private BenchSettings settings;
    private Engine store;
    private Costs.Meter meter;
    private int[] ids;
    private int round;
    private final byte[] key = Work.newKey();
    private byte[] value;

    @Setup(Level.Trial)
    public void load() throws IOException {
        settings = BenchSettings.given();
        Work.delete(settings.scratch(engine));
        Files.createDirectories(settings.scratch(engine));
        try (Engine loading = Engine.open(engine, settings.scratch(engine), Engine.Setting.UNSYNCED)) {
            Work.load(loading, Work.shuffled(settings.entries(), 1), valueBytes);
            loading.settle();
        }
        store = Engine.open(engine, settings.scratch(engine),
            sync ? Engine.Setting.SYNCED : Engine.Setting.UNSYNCED);
        value = Work.newValue(valueBytes);
    }

    @Setup(Level.Iteration)
    public void draw() {
        ids = Work.drawn(settings.operations(), settings.entries(), System.nanoTime());
        round++;
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
    public void overwrites() {
        for (int n = 0; n < ids.length; n++) {
            Work.key(key, ids[n]);
            Work.value(value, ids[n], round);
            store.put(key, value);
            if ((n + 1) % group == 0) {
                store.endGroup();
            }
        }
        store.endGroup();
    }
}
