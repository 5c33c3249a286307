package dev.henge.node.bench;

import dev.henge.node.bench.Measurement.Load;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** One run of the benchmark: the sides are started, warmed up, measured in turns, and stopped. */
public final class Bench {
    private static final int WARM_UP_REQUESTS = 50_000;
    private static final double MICROS_A_SECOND = 1e6;
    private static final double NANOS_A_SECOND = 1e9;

    private final BenchPlan plan;
    private final PrintStream progress;
    private final ProcessTimes times = new ProcessTimes(Path.of("/proc"));
    private final BenchReport report = new BenchReport();
    private final List<Contestant> running = new ArrayList<>();
    private long seed;

    /** @param progress where it is told what is being done */
    public Bench(BenchPlan plan, PrintStream progress) {
        this.plan = plan;
        this.progress = progress;
    }

    /** Measures and prints; the table appears part by part, JSON at the end. */
    public void run(PrintStream out, boolean json) throws IOException, InterruptedException {
        refuseMissing();
        Path directory = Files.createTempDirectory("henge-bench");
        Thread hook = new Thread(this::stop, "stop");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            if (!json) {
                report.header(out);
            }
            for (int nodes : new int[] {1, 3}) {
                List<Workload> wanted =
                        Workload.all().stream().filter(w -> w.nodes() == nodes && plan.wants(w)).toList();
                if (!wanted.isEmpty()) {
                    measure(directory.resolve("nodes-" + nodes), nodes, wanted);
                    if (!json) {
                        report.rows(out, nodes);
                    }
                }
            }
            if (json) {
                report.json(out);
            }
        } finally {
            stop();
            Runtime.getRuntime().removeShutdownHook(hook);
            delete(directory);
        }
    }

    private void refuseMissing() {
        for (String program : List.of(RedisBenchmark.PROGRAM, Servers.REDIS)) {
            if (!installed(program)) {
                throw new BenchException(program + " is not on the PATH; on Debian: apt-get install redis-server redis-tools");
            }
        }
        if (!times.available()) {
            throw new BenchException("needs Linux: CPU times are read from /proc");
        }
        if (Workload.all().stream().noneMatch(plan::wants)) {
            throw new BenchException("no workload is called so; there are "
                    + String.join(", ", Workload.all().stream().map(Workload::name).toList()));
        }
    }

    /** Whether a program is on the PATH. */
    public static boolean installed(String program) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                .anyMatch(place -> Files.isExecutable(Path.of(place, program)));
    }

    private void measure(Path directory, int nodes, List<Workload> workloads) throws IOException, InterruptedException {
        Files.createDirectories(directory);
        Servers servers = new Servers(directory, plan);
        progress.println("starting " + (nodes == 1 ? "a node and a redis-server"
                : "a ring of " + nodes + " nodes, and a Redis master with " + (nodes - 1) + " replicas"));
        Contestant henge = started(servers.henge(nodes));
        Contestant redis = started(servers.redis(nodes - 1));
        warmUp(henge, redis, workloads);
        for (int round = 0; round < plan.rounds(); round++) {
            progress.println("round " + (round + 1) + " of " + plan.rounds());
            for (Workload workload : workloads) {
                boolean hengeFirst = round % 2 == 0;
                for (boolean ofHenge : new boolean[] {hengeFirst, !hengeFirst}) {
                    report.add(workload, ofHenge, one(ofHenge ? henge : redis, workload));
                }
            }
        }
        stop();
    }

    private Contestant started(Contestant contestant) {
        synchronized (running) {
            running.add(contestant);
        }
        return contestant;
    }

    /** Redis has nothing to warm up but its keys: one pass of each workload; Henge has its JIT. */
    private void warmUp(Contestant henge, Contestant redis, List<Workload> workloads)
            throws IOException, InterruptedException {
        progress.println("warming up for " + plan.warmUpSeconds() + " s");
        int requests = Math.min(WARM_UP_REQUESTS, plan.requests());
        long endNanos = System.nanoTime() + plan.warmUpSeconds() * 1_000_000_000L;
        do {
            for (Workload workload : workloads) {
                load(henge, workload, requests);
            }
        } while (System.nanoTime() < endNanos);
        for (Workload workload : workloads) {
            load(redis, workload, requests);
        }
    }

    private Load load(Contestant contestant, Workload workload, int requests) throws IOException, InterruptedException {
        return workload.nodes() == 1 ? RedisBenchmark.run(contestant, workload, requests)
                : QuorumLoad.run(contestant, workload, requests, ++seed);
    }

    private Measurement one(Contestant contestant, Workload workload) throws IOException, InterruptedException {
        List<Long> all = running.stream().flatMap(c -> c.pids().stream()).toList();
        int requests = plan.requests(workload);
        long startNanos = System.nanoTime();
        long ours = times.of(all) + times.ofLoad();
        long servers = times.of(contestant.pids());
        long machine = times.ofMachine();
        Load load = load(contestant, workload, requests);
        double seconds = (System.nanoTime() - startNanos) / NANOS_A_SECOND;
        double cpuSeconds = (times.of(contestant.pids()) - servers) / ProcessTimes.TICKS_A_SECOND;
        long foreign = times.ofMachine() - machine - (times.of(all) + times.ofLoad() - ours);
        return new Measurement(load.perSecond(), load.p50Millis(), load.p99Millis(),
                cpuSeconds * MICROS_A_SECOND / requests,
                Math.max(0, foreign / ProcessTimes.TICKS_A_SECOND / seconds));
    }

    private void stop() {
        synchronized (running) {
            running.forEach(Contestant::close);
            running.clear();
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
