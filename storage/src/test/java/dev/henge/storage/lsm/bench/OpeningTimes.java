package dev.henge.storage.lsm.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * How long a store takes to open, and what it reads from the disk for it, as its data grows: a main, not a test.
 * Give a directory on a disk and the sizes in GiB; the store grows from one to the next and is deleted at the end.
 * Every opening is of cold files, in a process of its own.
 */
public final class OpeningTimes {

    private static final int VALUE_BYTES = 1024;
    private static final int GROUP = 16;
    private static final int OPENINGS = 3;
    private static final long GIB = 1L << 30;
    private static final long OPEN_MINUTES_MAX = 5;

    private OpeningTimes() {
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        if (args[0].equals("open")) {
            open(Path.of(args[1]));
            return;
        }
        Path dir = Path.of(args[0]).toAbsolutePath().resolve("opening-times");
        Work.delete(dir);
        Files.createDirectories(dir);
        try {
            System.out.println("| data | loaded in | opened in ms, cold | the first get in ms | MiB read | files |");
            System.out.println("|---|---|---|---|---|---|");
            int entries = 0;
            for (int n = 1; n < args.length; n++) {
                int wanted = (int) (Double.parseDouble(args[n]) * GIB / (Work.KEY_BYTES + VALUE_BYTES));
                long start = System.nanoTime();
                grow(dir, entries, wanted);
                entries = wanted;
                System.out.printf(Locale.ROOT, "| %s GiB | %.0f s |", args[n], (System.nanoTime() - start) / 1e9);
                measure(dir);
            }
        } finally {
            Work.delete(dir);
        }
    }

    private static void grow(Path dir, int from, int to) {
        try (Engine engine = Engine.open(Engine.HENGE, dir, Engine.Setting.UNSYNCED)) {
            byte[] key = Work.newKey();
            byte[] value = Work.newValue(VALUE_BYTES);
            for (int i = from; i < to; i++) {
                Work.key(key, i);
                Work.value(value, i, 0);
                engine.put(key, value);
                if (i % GROUP == 0) {
                    engine.endGroup();
                }
            }
            engine.endGroup();
            engine.settle();
        }
    }

    private static void measure(Path dir) throws IOException, InterruptedException {
        for (int n = 0; n < OPENINGS; n++) {
            Work.evict(dir);
            Path output = dir.resolveSibling("opening-times.txt");
            Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp",
                System.getProperty("java.class.path"), OpeningTimes.class.getName(), "open", dir.toString())
                .redirectOutput(output.toFile()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
            if (!process.waitFor(OPEN_MINUTES_MAX, TimeUnit.MINUTES) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IOException("the store in " + dir + " did not open");
            }
            if (n == OPENINGS - 1) {
                System.out.print(Files.readString(output));
            }
            Files.delete(output);
        }
    }

    private static void open(Path dir) throws IOException {
        long files;
        try (var list = Files.list(dir)) {
            files = list.count();
        }
        Engine.open(Engine.HENGE, Files.createTempDirectory("warm-up"), Engine.Setting.UNSYNCED).close();
        long read = Costs.io("read_bytes");
        long start = System.nanoTime();
        try (Engine engine = Engine.open(Engine.HENGE, dir, Engine.Setting.UNSYNCED)) {
            double opened = (System.nanoTime() - start) / 1e6;
            byte[] key = Work.newKey();
            Work.key(key, 1);
            int length = engine.get(key);
            System.out.printf(Locale.ROOT, " %.0f | %.1f | %.1f | %d |%n", opened,
                (System.nanoTime() - start) / 1e6 - opened,
                (Costs.io("read_bytes") - read) / 1024.0 / 1024, files);
            if (length != VALUE_BYTES) {
                throw new IllegalStateException("the first value has " + length + " bytes");
            }
        }
    }
}
