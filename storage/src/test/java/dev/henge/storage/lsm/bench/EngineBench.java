package dev.henge.storage.lsm.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Henge's store and RocksDB on the same work: JMH benchmarks, each in a process of its own, round by round and
 * engine by engine, now one first, now the other, so that what else the machine does hits both. A main, not a
 * test; prints Markdown.
 *
 * <p>A round's figure is the median of its measured invocations; the table shows medians over the rounds, and the
 * ratio is the median of the rounds' ratios. A ratio above 1 means that Henge is faster, or cheaper.
 */
public final class EngineBench {

    private static final int ENTRIES = 1_000_000;
    private static final List<String> ENGINES = List.of(Engine.HENGE, Engine.ROCKSDB);
    private static final String JVM_HEAP = "1g";

    /** One line of the table: a benchmark, what it is given, and how many operations an invocation is. */
    private record Job(String title, String benchmark, int valueBytes, int entries, int operations,
            Map<String, String> params) {

        Job with(String param, String value) {
            Map<String, String> more = new TreeMap<>(params);
            more.put(param, value);
            return new Job(title, benchmark, valueBytes, entries, operations, more);
        }

        boolean reads() {
            return benchmark.contains("ReadBench") || benchmark.contains("ColdOpenBench");
        }
    }

    /** What one operation took in one round. */
    private record Figures(double wall, double process, double caller, double read) {
    }

    private record Plan(int rounds, int warmUps, int measured, double scale, boolean amplification, List<String> only,
            Path dir) {

        static Plan of(String[] args) {
            boolean quick = Arrays.asList(args).contains("--quick");
            int rounds = Integer.parseInt(option(args, "--rounds", quick ? "2" : "5"));
            double scale = Double.parseDouble(option(args, "--scale", quick ? "0.5" : "1"));
            String only = option(args, "--only", "");
            Path dir = Path.of(option(args, "--dir", "target/engine-bench")).toAbsolutePath();
            return new Plan(rounds, quick ? 3 : 5, quick ? 3 : 5, scale,
                !Arrays.asList(args).contains("--no-amplification"),
                only.isEmpty() ? List.of() : List.of(only.split(",")), dir);
        }

        private static String option(String[] args, String name, String otherwise) {
            int at = Arrays.asList(args).indexOf(name);
            return at < 0 ? otherwise : args[at + 1];
        }

        boolean wants(String title) {
            return only.isEmpty() || only.stream().anyMatch(title::contains);
        }
    }

    private final Plan plan;
    private final PrintStream progress = System.err;

    private EngineBench(Plan plan) {
        this.plan = plan;
    }

    public static void main(String[] args) throws Exception {
        Plan plan = Plan.of(args);
        Files.createDirectories(plan.dir());
        try {
            new EngineBench(plan).run();
        } finally {
            Work.delete(plan.dir());
        }
    }

    private int scaled(double count) {
        return (int) Math.max(16, count * plan.scale());
    }

    private Job job(String title, String benchmark, int valueBytes, double entries, double operations) {
        return new Job(title, benchmark, valueBytes, scaled(entries), (int) operations, Map.of());
    }

    private List<Job> jobs() {
        List<Job> jobs = new ArrayList<>();
        jobs.add(job("get, all in the memtable", "MemtableBench.memtableHits", 120, 300_000 / plan.scale(), 300_000));
        for (int valueBytes : new int[] {120, 1024, 16 << 10}) {
            int entries = entries(valueBytes);
            int operations = valueBytes > 1024 ? 40_000 : 400_000;
            jobs.add(job("get", "\\.ReadBench.hits", valueBytes, entries, operations));
            if (valueBytes == 120) {
                jobs.add(job("get of an absent key", "\\.ReadBench.misses", valueBytes, entries, operations));
            }
        }
        jobs.add(job("scan of 100", "\\.ReadBench.scanOf100", 120, ENTRIES, 10_000));
        jobs.add(job("reverse scan of 100", "\\.ReadBench.reverseScanOf100", 120, ENTRIES, 10_000));
        jobs.add(job("scan of all, an entry", "\\.ReadBench.scanOfAll", 120, ENTRIES, scaled(ENTRIES)));
        jobs.add(job("get, cold files", "ColdReadBench.coldHits", 1024, 1_000_000, 2_000));
        jobs.add(job("open, cold files", "ColdOpenBench.coldOpen", 1024, 1_000_000, 1));
        jobs.add(load("sorted load", "LoadBench.sortedLoad", 120));
        for (int valueBytes : new int[] {120, 1024, 16 << 10}) {
            jobs.add(load("random load", "LoadBench.randomLoad", valueBytes));
        }
        for (int valueBytes : new int[] {120, 1024, 16 << 10}) {
            int operations = valueBytes == 120 ? 300_000 : valueBytes == 1024 ? 100_000 : 8_000;
            jobs.add(job("overwrite, groups of 16", "OverwriteBench.overwrites", valueBytes, entries(valueBytes),
                operations).with("group", "16").with("sync", "false"));
        }
        jobs.add(job("overwrite, one by one", "OverwriteBench.overwrites", 120, ENTRIES, 200_000)
            .with("group", "1").with("sync", "false"));
        jobs.add(job("overwrite, groups of 16, synced", "OverwriteBench.overwrites", 120, ENTRIES, 16_000)
            .with("group", "16").with("sync", "true"));
        jobs.add(job("overwrite, one by one, synced", "OverwriteBench.overwrites", 120, ENTRIES, 1_000)
            .with("group", "1").with("sync", "true"));
        return jobs.stream().filter(job -> plan.wants(job.title())).toList();
    }

    private static int entries(int valueBytes) {
        return valueBytes == 120 ? ENTRIES : valueBytes == 1024 ? 200_000 : 16_000;
    }

    private Job load(String title, String benchmark, int valueBytes) {
        double entries = valueBytes == 120 ? 500_000 : entries(valueBytes);
        return job(title, benchmark, valueBytes, entries, scaled(entries));
    }

    private void run() throws Exception {
        List<Job> jobs = jobs();
        prepare(jobs);
        Map<Job, Map<String, List<Figures>>> figures = new LinkedHashMap<>();
        for (int round = 0; round < plan.rounds(); round++) {
            for (Job job : jobs) {
                for (String engine : round % 2 == 0 ? ENGINES : List.of(Engine.ROCKSDB, Engine.HENGE)) {
                    Figures measured = measure(job, engine);
                    figures.computeIfAbsent(job, j -> new TreeMap<>()).computeIfAbsent(engine, e -> new ArrayList<>())
                        .add(measured);
                    progress.printf(Locale.ROOT, "round %d  %-32s %5d B  %-8s %9.2f us  process %9.2f us%n", round + 1,
                        job.title(), job.valueBytes(), engine, measured.wall(), measured.process());
                }
            }
        }
        print(jobs, figures);
        if (plan.amplification() && plan.wants("amplification")) {
            Amplification.measure(plan.dir(), scaled(ENTRIES), plan.scale() < 1 ? 1 : Math.min(plan.rounds(), 3));
        }
    }

    /** Loads, by chance, what the read benchmarks read. */
    private void prepare(List<Job> jobs) throws IOException {
        for (Job job : jobs) {
            for (String engine : ENGINES) {
                Path dir = new BenchSettings(plan.dir(), job.entries(), 0).loaded(engine, job.valueBytes());
                if (job.reads() && !Files.exists(dir)) {
                    Files.createDirectories(dir);
                    try (Engine store = Engine.open(engine, dir, Engine.Setting.UNSYNCED)) {
                        Work.load(store, Work.shuffled(job.entries(), 1), job.valueBytes());
                        store.settle();
                    }
                }
            }
        }
    }

    private Figures measure(Job job, String engine) throws RunnerException {
        ChainedOptionsBuilder options = new OptionsBuilder()
            .include(job.benchmark() + "$").param("engine", engine)
            .param("valueBytes", Integer.toString(job.valueBytes()))
            .forks(1).warmupIterations(plan.warmUps()).measurementIterations(plan.measured())
            .addProfiler(Costs.class).shouldFailOnError(true).verbosity(VerboseMode.SILENT)
            .jvmArgsAppend("-Xms" + JVM_HEAP, "-Xmx" + JVM_HEAP, "-XX:+UseParallelGC",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-D" + BenchSettings.DIR + "=" + plan.dir(),
                "-D" + BenchSettings.ENTRIES + "=" + job.entries(),
                "-D" + BenchSettings.OPERATIONS + "=" + job.operations());
        job.params().forEach(options::param);
        RunResult result = new Runner(options.build()).runSingle();
        List<IterationResult> iterations = new ArrayList<>();
        result.getBenchmarkResults().forEach(fork -> iterations.addAll(fork.getIterationResults()));
        return new Figures(
            median(iterations, i -> i.getPrimaryResult().getScore()) / job.operations(),
            median(iterations, i -> i.getSecondaryResults().get(Costs.PROCESS).getScore()) / job.operations(),
            median(iterations, i -> i.getSecondaryResults().get(Costs.CALLER).getScore()) / job.operations(),
            median(iterations, i -> i.getSecondaryResults().get(Costs.READ).getScore()) / job.operations());
    }

    static <T> double median(List<T> all, ToDoubleFunction<T> figure) {
        double[] sorted = all.stream().mapToDouble(figure).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    // ---- the table

    private void print(List<Job> jobs, Map<Job, Map<String, List<Figures>>> figures) {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        out.println("µs an operation, Henge / RocksDB, medians of " + plan.rounds() + " rounds; ratios above 1: Henge"
            + " is faster or cheaper.");
        out.println();
        out.println("| work | values | time | ratio (rounds) | CPU of the caller | ratio"
            + " | CPU of the process | ratio |");
        out.println("|---|---|---|---|---|---|---|---|");
        for (Job job : jobs) {
            List<Figures> henge = figures.get(job).get(Engine.HENGE);
            List<Figures> rocks = figures.get(job).get(Engine.ROCKSDB);
            double[] ratios = ratios(henge, rocks, Figures::wall);
            out.printf(Locale.ROOT, "| %s | %s | %s | **%.2f** (%.2f–%.2f) | %s | %.2f | %s | %.2f |%n", job.title(),
                size(job.valueBytes()), pair(henge, rocks, Figures::wall), middle(ratios), ratios[0],
                ratios[ratios.length - 1], pair(henge, rocks, Figures::caller),
                middle(ratios(henge, rocks, Figures::caller)), pair(henge, rocks, Figures::process),
                middle(ratios(henge, rocks, Figures::process)));
        }
        out.println();
        jobs.stream().filter(job -> job.benchmark().contains("Cold")).forEach(job -> out.printf(Locale.ROOT,
            "%s: %s KiB read from the disk an operation, Henge / RocksDB.%n%n", job.title(),
            pair(figures.get(job).get(Engine.HENGE), figures.get(job).get(Engine.ROCKSDB), f -> f.read() / 1024)));
    }

    private static String size(int bytes) {
        return bytes < 1024 ? bytes + " B" : bytes / 1024 + " KiB";
    }

    private static String pair(List<Figures> henge, List<Figures> rocks, ToDoubleFunction<Figures> figure) {
        return String.format(Locale.ROOT, "%s / %s", digits(median(henge, figure)), digits(median(rocks, figure)));
    }

    private static String digits(double figure) {
        return String.format(Locale.ROOT, figure < 10 ? "%.2f" : figure < 100 ? "%.1f" : "%.0f", figure);
    }

    private static double[] ratios(List<Figures> henge, List<Figures> rocks, ToDoubleFunction<Figures> figure) {
        double[] ratios = new double[henge.size()];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = figure.applyAsDouble(rocks.get(i)) / figure.applyAsDouble(henge.get(i));
        }
        Arrays.sort(ratios);
        return ratios;
    }

    private static double middle(double[] sorted) {
        return median(Stream.of(sorted).flatMap(all -> Arrays.stream(all).boxed()).toList(), Double::doubleValue);
    }
}
