package dev.henge.node.bench;

import dev.henge.node.RespClient;
import dev.henge.node.bench.Measurement.Load;
import dev.henge.node.bench.Workload.Sides;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** How even a node is under mixed load for minutes, and what a ring of three costs that nobody uses. */
final class Soak {
    private static final Workload MIXED = Workload.one(Workload.MIXED, 1);
    /** So many requests are made at a time, between which the clock is looked at. */
    private static final int REQUESTS = 100_000;
    private static final int REPLY_TIMEOUT_MILLIS = 10_000;
    private static final int PERCENT = 100;
    private static final double MICROS_A_MILLI = 1e3;

    private final Servers servers;
    private final BenchPlan plan;
    private final ProcessTimes times;
    private final PrintStream progress;
    private long seed;

    Soak(Servers servers, BenchPlan plan, ProcessTimes times, PrintStream progress) {
        this.servers = servers;
        this.plan = plan;
        this.times = times;
        this.progress = progress;
    }

    Contestant node() throws IOException, InterruptedException {
        progress.println("starting a node");
        return servers.henge(Sides.ONE);
    }

    Contestant ring() throws IOException, InterruptedException {
        progress.println("starting a ring of " + Sides.RING.nodes() + " nodes");
        return servers.henge(Sides.RING);
    }

    /** A node under the mixture of types, 50 connections without a pipeline. */
    void load(Contestant node, Duration time, PrintStream out) throws IOException {
        progress.println("writing " + plan.keys() + " keys, warming up for " + plan.warmUpSeconds() + " s");
        OwnLoad.fill(node, plan.keys());
        until(node, TimeUnit.SECONDS.toNanos(plan.warmUpSeconds()));
        try (RespClient client = new RespClient("127.0.0.1", node.ports().get(0), REPLY_TIMEOUT_MILLIS)) {
            client.call("CONFIG", "RESETSTAT");
            progress.println("mixed load for " + time.toSeconds() + " s");
            double longestMillis = until(node, time.toNanos());
            Map<String, String> stats = client.fields("INFO", "stats");
            Map<String, String> store = client.fields("INFO", "storage");
            out.printf(Locale.ROOT, "mixed load, %d s: %s commands in %s turns of the loop; longest turn %.1f ms, "
                    + "%.1f of it on a core; %s over 20 ms, %s of them on a core for so long; longest delay for the "
                    + "store %.1f ms; longest reply as a client saw it %.1f ms; resident %.0f MB%n", time.toSeconds(),
                    stats.get("total_commands_processed"), stats.get("loop_turns"),
                    millis(stats, "loop_longest_turn_usec"), millis(stats, "loop_longest_turn_cpu_usec"),
                    stats.get("loop_turns_over_20ms"), stats.get("loop_turns_over_20ms_working"),
                    millis(store, "store_longest_delay_nanos") / MICROS_A_MILLI, longestMillis,
                    times.residentMb(node.pids()));
        }
    }

    /** A figure of microseconds, in milliseconds. */
    private static double millis(Map<String, String> figures, String name) {
        return Long.parseLong(figures.get(name)) / MICROS_A_MILLI;
    }

    /** Returns the longest that a request took, in milliseconds. */
    private double until(Contestant node, long forNanos) throws IOException {
        double longestMillis = 0;
        long startNanos = System.nanoTime();
        while (System.nanoTime() - startNanos < forNanos) {
            seed++;
            Load load = OwnLoad.run(node, MIXED, Math.min(plan.requests(), REQUESTS), plan.keys(), seed);
            longestMillis = Math.max(longestMillis, load.longestMillis());
        }
        return longestMillis;
    }

    /** A ring that nobody uses: what each stretch of time takes, but the first, in which it comes to rest. */
    void rest(Contestant ring, Duration stretch, int stretches, PrintStream out)
            throws IOException, InterruptedException {
        rest(ring, stretch);
        StringBuilder each = new StringBuilder();
        for (int i = 1; i < stretches; i++) {
            long before = times.of(ring.pids());
            rest(ring, stretch);
            double cores = (times.of(ring.pids()) - before) / ProcessTimes.TICKS_A_SECOND / stretch.toSeconds();
            each.append(String.format(Locale.ROOT, " %.2f", PERCENT * cores / ring.ports().size()));
        }
        out.printf(Locale.ROOT, "at rest, %% of a core a node, each %d s but the first:%s%n", stretch.toSeconds(),
                each);
    }

    private static void rest(Contestant ring, Duration time) throws InterruptedException {
        // A pause that the death of the process ends.
        if (ring.processes().get(0).waitFor(time.toSeconds(), TimeUnit.SECONDS)) {
            throw new BenchException("a node at rest has ended");
        }
    }
}
