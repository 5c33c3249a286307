package dev.henge.storage.lsm.bench;

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

/** Reads of a loaded store whose pages are in memory. One invocation makes as many operations as it is told. */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ReadBench {

    static final int SCAN_ENTRIES = 100;

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
    public void open() {
        settings = BenchSettings.given();
        store = Engine.open(engine, settings.loaded(engine, valueBytes), Engine.Setting.UNSYNCED);
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
    public void close() {
        store.close();
    }

    @Benchmark
    public long hits() {
        long found = 0;
        for (int id : ids) {
            Work.key(key, id);
            found += store.get(key);
        }
        return check(found, (long) ids.length * valueBytes);
    }

    @Benchmark
    public long misses() {
        long found = 0;
        for (int id : ids) {
            Work.absentKey(key, id);
            found += store.get(key);
        }
        return check(found, -ids.length);
    }

    @Benchmark
    public long scanOf100() {
        return scans(false);
    }

    @Benchmark
    public long reverseScanOf100() {
        return scans(true);
    }

    private long scans(boolean reverse) {
        long digest = 0;
        for (int id : ids) {
            Work.key(key, id);
            digest += store.scan(key, SCAN_ENTRIES, reverse);
        }
        return digest;
    }

    @Benchmark
    public long scanOfAll() {
        return store.scan(null, Integer.MAX_VALUE, false);
    }

    static long check(long found, long wanted) {
        if (found != wanted) {
            throw new AssertionError("found " + found + ", not " + wanted);
        }
        return found;
    }
}
