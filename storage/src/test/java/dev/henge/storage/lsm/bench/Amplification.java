package dev.henge.storage.lsm.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * How much both engines write, and take on disk, for what is put: a random load, then every key overwritten three
 * times by chance, in groups of 16, log written and not synced. Each run is a process of its own: what it wrote is
 * the system's count.
 */
final class Amplification {

    private static final int OVERWRITES = 3;
    private static final int GROUP = 16;
    private static final long RUN_MINUTES_MAX = 10;
    private static final int VALUE_BYTES = 120;

    private Amplification() {
    }

    /** What one run found. */
    private record Findings(double seconds, double settledSeconds, double written, double peakSpace, double space,
            double cpuMicros) {

        static Findings parse(String line) {
            double[] all = Stream.of(line.trim().split(" ")).mapToDouble(Double::parseDouble).toArray();
            return new Findings(all[0], all[1], all[2], all[3], all[4], all[5]);
        }
    }

    static void measure(Path dir, int entries, int rounds) throws IOException, InterruptedException {
        System.out.printf(Locale.ROOT, "%d entries of %d + %d bytes loaded, then overwritten %d times by chance; medians"
            + " of %d rounds.%n%n", entries, Work.KEY_BYTES, VALUE_BYTES, OVERWRITES, rounds);
        List<List<Findings>> all = List.of(new ArrayList<>(), new ArrayList<>());
        for (int round = 0; round < rounds; round++) {
            for (int n = 0; n < 2; n++) {
                int engine = (round + n) % 2;
                all.get(engine).add(run(engine == 0 ? Engine.HENGE : Engine.ROCKSDB, dir, entries));
            }
        }
        System.out.println("| | seconds | until settled | CPU µs a put | bytes written a byte put | of that without the"
            + " log | disk taken at most | at the end |");
        System.out.println("|---|---|---|---|---|---|---|---|");
        for (int engine = 0; engine < 2; engine++) {
            List<Findings> found = all.get(engine);
            System.out.printf(Locale.ROOT, "| %s | %.1f | %.1f | %.2f | %.2f | %.2f | %.2f | %.2f |%n",
                engine == 0 ? "Henge" : "RocksDB", EngineBench.median(found, Findings::seconds),
                EngineBench.median(found, Findings::settledSeconds), EngineBench.median(found, Findings::cpuMicros),
                EngineBench.median(found, Findings::written), EngineBench.median(found, Findings::written) - 1,
                EngineBench.median(found, Findings::peakSpace), EngineBench.median(found, Findings::space));
        }
        System.out.println();
        System.out.println("Disk taken: a byte of live keys and values, logs included.");
    }

    private static Findings run(String engine, Path dir, int entries) throws IOException, InterruptedException {
        Path store = dir.resolve("amplification");
        Path output = dir.resolve("amplification.txt");
        Work.delete(store);
        Files.createDirectories(store);
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx1g", "-XX:+UseParallelGC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp",
            System.getProperty("java.class.path"), Amplification.class.getName(), engine, store.toString(),
            Integer.toString(entries)).redirectOutput(output.toFile()).redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
        if (!process.waitFor(RUN_MINUTES_MAX, TimeUnit.MINUTES)) {
            process.destroyForcibly();
            throw new IOException(engine + " took more than " + RUN_MINUTES_MAX + " minutes");
        }
        String line = Files.readString(output, StandardCharsets.UTF_8);
        if (process.exitValue() != 0) {
            throw new IOException(engine + " ended with " + process.exitValue() + ": " + line);
        }
        Work.delete(store);
        return Findings.parse(line);
    }

    /** One run: engine, directory, entries. */
    public static void main(String[] args) {
        Path dir = Path.of(args[1]);
        int entries = Integer.parseInt(args[2]);
        long puts = (long) entries * (1 + OVERWRITES);
        double live = (double) entries * (Work.KEY_BYTES + VALUE_BYTES);
        long wroteBefore = Costs.io("wchar");
        long start = System.nanoTime();
        long peak = 0;
        double seconds;
        try (Engine engine = Engine.open(args[0], dir, Engine.Setting.UNSYNCED)) {
            Work.load(engine, Work.shuffled(entries, 1), VALUE_BYTES);
            byte[] key = Work.newKey();
            byte[] value = Work.newValue(VALUE_BYTES);
            int[] ids = Work.drawn(entries * OVERWRITES, entries, 2);
            int look = Math.max(1, ids.length / 50);
            for (int n = 0; n < ids.length; n++) {
                Work.key(key, ids[n]);
                Work.value(value, ids[n], 1 + n / entries);
                engine.put(key, value);
                if (n % GROUP == GROUP - 1) {
                    engine.endGroup();
                }
                if (n % look == 0) {
                    peak = Math.max(peak, space(dir));
                }
            }
            engine.endGroup();
            seconds = (System.nanoTime() - start) / 1e9;
            peak = Math.max(peak, space(dir));
            engine.settle();
            double settled = (System.nanoTime() - start) / 1e9;
            double written = (Costs.io("wchar") - wroteBefore) / ((double) puts * (Work.KEY_BYTES + VALUE_BYTES));
            System.out.printf(Locale.ROOT, "%f %f %f %f %f %f%n", seconds, settled, written, peak / live,
                space(dir) / live,
                ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos() / 1e3 / puts);
        }
    }

    private static long space(Path dir) {
        try (Stream<Path> files = Files.walk(dir)) {
            return files.mapToLong(Amplification::size).sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (UncheckedIOException e) {
            return 0; // a file went while we looked
        }
    }

    private static long size(Path file) {
        try {
            return Files.isRegularFile(file) ? Files.size(file) : 0;
        } catch (NoSuchFileException e) {
            return 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
