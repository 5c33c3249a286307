package dev.henge.node.bench;

import dev.henge.node.RespClient;
import dev.henge.node.bench.Measurement.Load;
import dev.henge.node.bench.Workload.Group;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** One run of the benchmark: the sides are started, warmed up, measured in turns, and stopped. */
public final class Bench {
    private static final int WARM_UP_REQUESTS = 50_000;
    /** A warm-up that gets too little CPU ends after so many times its length. */
    private static final int WARM_UP_WALL_FACTOR = 5;
    /** The JIT has had its time once a pass spends no larger part on it, or so many times the asked for are used. */
    private static final double COMPILERS_MAX = 0.05;
    private static final int WARM_UP_MOST_FACTOR = 3;
    private static final int REPLY_TIMEOUT_MILLIS = 10_000;
    private static final Workload LPUSH = Workload.one("lpush", 16);
    private static final int REST_MINUTES = 7;
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

    /** Loads a node for minutes, then leaves a ring of three alone, and prints what both came to. */
    public void soak(PrintStream out, int minutes) throws IOException, InterruptedException {
        if (!times.available()) {
            throw new BenchException("needs Linux: CPU times are read from /proc");
        }
        inDirectory(directory -> {
            Soak soak = new Soak(new Servers(directory, plan), plan, times, progress);
            soak.load(started(soak.node()), Duration.ofMinutes(minutes), out);
            stop();
            soak.rest(started(soak.ring()), Duration.ofMinutes(1), REST_MINUTES, out);
        });
    }

    /** Grows a ring under a steady load, shrinks it again if asked to, and prints what that came to. */
    public void grow(GrowPlan grow, PrintStream out, boolean json) throws IOException, InterruptedException {
        inDirectory(directory -> {
            GrowReport report = new GrowBench(grow, plan, new Servers(directory, plan), this::started, progress).run();
            if (json) {
                report.json(out);
            } else {
                report.text(out);
            }
        });
    }

    /** What is done with servers whose files are in a directory. */
    private interface Work {
        void in(Path directory) throws IOException, InterruptedException;
    }

    /** Gives the work a directory, stops what it has started, also at the end of this process, and deletes all. */
    private void inDirectory(Work work) throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("henge-bench");
        Thread hook = new Thread(this::stop, "stop");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            work.in(directory);
        } finally {
            stop();
            Runtime.getRuntime().removeShutdownHook(hook);
            delete(directory);
        }
    }

    /** Measures and prints; the table appears part by part, JSON at the end. */
    public void run(PrintStream out, boolean json) throws IOException, InterruptedException {
        refuseMissing();
        inDirectory(directory -> {
            if (!json) {
                report.header(out);
            }
            for (Group group : Workload.groups()) {
                List<Workload> wanted = plan.wanted(group);
                if (!wanted.isEmpty()) {
                    measure(directory.resolve(wanted.get(0).name()), group, wanted);
                    if (!json) {
                        wanted.forEach(workload -> out.println(report.row(workload)));
                    }
                }
            }
            if (json) {
                report.json(out);
            }
        });
    }

    private void refuseMissing() {
        for (String program : List.of(RedisBenchmark.PROGRAM, Servers.REDIS)) {
            if (!installed(program)) {
                throw new BenchException(program
                        + " is not on the PATH; on Debian: apt-get install redis-server redis-tools");
            }
        }
        if (!times.available()) {
            throw new BenchException("needs Linux: CPU times are read from /proc");
        }
        if (Workload.groups().stream().allMatch(group -> plan.wanted(group).isEmpty())) {
            throw new BenchException("no workload is called so; there are "
                    + String.join(", ", Workload.all().stream().map(Workload::name).toList()));
        }
    }

    /** Whether a program is on the PATH. */
    public static boolean installed(String program) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                .anyMatch(place -> Files.isExecutable(Path.of(place, program)));
    }

    private void measure(Path directory, Group group, List<Workload> workloads)
            throws IOException, InterruptedException {
        Files.createDirectories(directory);
        Servers servers = new Servers(directory, plan);
        progress.println("starting " + group.sides().text());
        Contestant henge = started(servers.henge(group.sides()));
        Contestant other = started(servers.other(group.sides()));
        warmUp(henge, other, group, workloads);
        for (int round = 0; round < plan.rounds(); round++) {
            progress.println("round " + (round + 1) + " of " + plan.rounds());
            for (Workload workload : workloads) {
                boolean hengeFirst = round % 2 == 0;
                seed++;
                for (boolean ofHenge : new boolean[] {hengeFirst, !hengeFirst}) {
                    report.add(workload, ofHenge, one(ofHenge ? henge : other, workload));
                }
            }
        }
        stop();
        delete(directory);
    }

    private Contestant started(Contestant contestant) {
        synchronized (running) {
            running.add(contestant);
        }
        return contestant;
    }

    /**
     * Redis has nothing to warm up but its keys. Henge has its JIT, one in each node, which counts in CPU time, not in
     * seconds: on a crowded machine it gets less of it. Where several rows share a node, that time is theirs together,
     * and the JIT may be busy yet: then it goes on, but not for ever. Where each pass leaves more data, or both are
     * Henge, both make equally many.
     */
    private void warmUp(Contestant henge, Contestant other, Group group, List<Workload> workloads)
            throws IOException, InterruptedException {
        int seconds = plan.warmUpSeconds() * henge.pids().size();
        long startTicks = times.of(henge.pids());
        long enoughTicks = (long) (seconds * ProcessTimes.TICKS_A_SECOND);
        long mostTicks = plan.quick() ? enoughTicks : WARM_UP_MOST_FACTOR * enoughTicks;
        if (group.filled()) {
            progress.println("writing " + plan.keys(group.sides()) + " keys to each side");
            OwnLoad.fill(henge, plan.keys(group.sides()));
            OwnLoad.fill(other, plan.keys(group.sides()));
        }
        progress.println("warming up until Henge has used " + seconds + " s of CPU");
        long endNanos = System.nanoTime() + WARM_UP_WALL_FACTOR * seconds * 1_000_000_000L;
        int passes = 0;
        long usedTicks = 0;
        boolean compiling;
        do {
            long before = usedTicks;
            long compilers = times.ofCompilers(henge.pids());
            pass(henge, workloads);
            passes++;
            usedTicks = times.of(henge.pids()) - startTicks;
            compiling = times.ofCompilers(henge.pids()) - compilers > COMPILERS_MAX * (usedTicks - before);
        } while ((usedTicks < enoughTicks || compiling && usedTicks < mostTicks) && System.nanoTime() < endNanos);
        boolean asMany = workloads.stream().anyMatch(Workload::grows) || group.sides() == Workload.Sides.LARGER;
        for (int i = 0; i < (asMany ? passes : 1); i++) {
            pass(other, workloads);
        }
    }

    private void pass(Contestant contestant, List<Workload> workloads) throws IOException, InterruptedException {
        for (Workload workload : workloads) {
            seed++;
            int requests = Math.min(WARM_UP_REQUESTS, plan.requests());
            prepare(contestant, workload, requests);
            load(contestant, workload, requests);
        }
    }

    /** Sees to it that there is a list to read, and that no RPOP finds it empty. */
    private void prepare(Contestant contestant, Workload workload, int requests)
            throws IOException, InterruptedException {
        int items = workload.command().equals(Workload.RPOP) ? requests
                : workload.command().equals(Workload.LRANGE) ? RedisBenchmark.RANGE : 0;
        if (items == 0) {
            return;
        }
        long there;
        try (RespClient client = new RespClient("127.0.0.1", contestant.ports().get(0), REPLY_TIMEOUT_MILLIS)) {
            there = (Long) client.call("LLEN", RedisBenchmark.LIST);
        }
        if (there < items) {
            load(contestant, LPUSH, (int) (items - there));
        }
    }

    private Load load(Contestant contestant, Workload workload, int requests)
            throws IOException, InterruptedException {
        int keys = plan.keys(workload.sides());
        return workload.ownLoad() ? OwnLoad.run(contestant, workload, requests, keys, seed)
                : RedisBenchmark.run(contestant, workload, requests, keys);
    }

    private Measurement one(Contestant contestant, Workload workload) throws IOException, InterruptedException {
        List<Long> all = running.stream().flatMap(c -> c.pids().stream()).toList();
        int requests = plan.requests(workload);
        prepare(contestant, workload, requests);
        long startNanos = System.nanoTime();
        long ours = times.of(all) + times.ofLoad();
        long servers = times.of(contestant.pids());
        long machine = times.ofMachine();
        Load load = load(contestant, workload, requests);
        double seconds = (System.nanoTime() - startNanos) / NANOS_A_SECOND;
        double cpuSeconds = (times.of(contestant.pids()) - servers) / ProcessTimes.TICKS_A_SECOND;
        long foreign = times.ofMachine() - machine - (times.of(all) + times.ofLoad() - ours);
        return new Measurement(load, cpuSeconds * MICROS_A_SECOND / requests, times.residentMb(contestant.pids()),
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
