package dev.henge.storage.lsm.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/** The measurements measure what they say: both engines give the same answers, and every benchmark runs. */
@Timeout(120)
class EnginesAgreeTest {

    private static final long SEED = 20261121;
    private static final int KEYS = 4_000;
    private static final int STEPS = 20_000;
    private static final int VALUE_BYTES = 120;
    private static final Engine.Setting SMALL = new Engine.Setting(256 << 10, false);

    @TempDir
    Path dir;

    @Test
    void bothGiveTheSameAnswers() throws IOException {
        Files.createDirectories(dir.resolve("h"));
        Files.createDirectories(dir.resolve("r"));
        try (Engine henge = Engine.open(Engine.HENGE, dir.resolve("h"), SMALL);
                Engine rocks = Engine.open(Engine.ROCKSDB, dir.resolve("r"), SMALL)) {
            change(henge);
            change(rocks);
            compare(henge, rocks);
            henge.flush();
            rocks.flush();
            compare(henge, rocks);
        }
        try (Engine henge = Engine.open(Engine.HENGE, dir.resolve("h"), Engine.Setting.SYNCED);
                Engine rocks = Engine.open(Engine.ROCKSDB, dir.resolve("r"), Engine.Setting.SYNCED)) {
            compare(henge, rocks);
        }
    }

    private static void change(Engine engine) {
        SplittableRandom random = new SplittableRandom(SEED);
        byte[] key = Work.newKey();
        byte[] value = Work.newValue(VALUE_BYTES);
        for (int n = 0; n < STEPS; n++) {
            int i = random.nextInt(KEYS);
            Work.key(key, i);
            if (random.nextInt(4) == 0) {
                engine.delete(key);
            } else {
                Work.value(value, i, n);
                engine.put(key, value);
            }
            if (n % 16 == 15) {
                engine.endGroup();
            }
        }
    }

    private static void compare(Engine henge, Engine rocks) {
        byte[] key = Work.newKey();
        for (int i = 0; i < KEYS; i++) {
            Work.key(key, i);
            assertEquals(rocks.get(key), henge.get(key), "key " + i + ", seed " + SEED);
            Work.absentKey(key, i);
            assertEquals(-1, rocks.get(key));
            assertEquals(-1, henge.get(key));
            if (i % 40 == 0) {
                Work.key(key, i);
                assertEquals(rocks.scan(key, 100, false), henge.scan(key, 100, false), "from key " + i);
                assertEquals(rocks.scan(key, 100, true), henge.scan(key, 100, true), "down from key " + i);
            }
        }
        assertEquals(rocks.scan(null, KEYS, false), henge.scan(null, KEYS, false));
        assertEquals(rocks.scan(null, KEYS, true), henge.scan(null, KEYS, true));
    }

    @Test
    void everyBenchmarkRunsOnBoth() throws IOException, RunnerException {
        int entries = 2_000;
        for (String engine : List.of(Engine.HENGE, Engine.ROCKSDB)) {
            Path loaded = new BenchSettings(dir, entries, 0).loaded(engine, VALUE_BYTES);
            Files.createDirectories(loaded);
            try (Engine store = Engine.open(engine, loaded, SMALL)) {
                Work.load(store, Work.shuffled(entries, SEED), VALUE_BYTES);
                store.flush();
            }
        }
        System.setProperty("jmh.ignoreLock", "true");
        System.setProperty(BenchSettings.DIR, dir.toString());
        System.setProperty(BenchSettings.ENTRIES, Integer.toString(entries));
        System.setProperty(BenchSettings.OPERATIONS, "100");
        var results = new Runner(new OptionsBuilder().include("\\.bench\\..*Bench\\.")
            .param("valueBytes", Integer.toString(VALUE_BYTES)).param("group", "16").param("sync", "true").forks(0)
            .warmupIterations(0).measurementIterations(1).addProfiler(Costs.class).shouldFailOnError(true)
            .verbosity(VerboseMode.SILENT).build()).run();
        assertEquals(2 * 11, results.size(), () -> "benchmarks on two engines: " + results.stream()
            .map(RunResult::getParams).toList());
    }
}
