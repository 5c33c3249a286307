package dev.henge.node.bench;

import dev.henge.node.bench.Measurement.Load;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The load of redis-benchmark on one server, by its tests; LRANGE is asked of a list that is there already. */
final class RedisBenchmark {
    static final String PROGRAM = "redis-benchmark";
    /** The list of its tests of lists. */
    static final String LIST = "mylist";
    static final int RANGE = 100;
    private static final String THROUGHPUT = "throughput summary:";
    private static final Pattern PERCENTILE = Pattern.compile("([\\d.]+)% <= ([\\d.]+) milliseconds.*");
    private static final double TAIL = 99.9;
    private static final long TIMEOUT_SECONDS = 600;

    private RedisBenchmark() {
    }

    static Load run(Contestant on, Workload workload, int requests, int keys)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(PROGRAM, "-h", "127.0.0.1",
                "-p", Integer.toString(on.ports().get(0)), "-c", Integer.toString(BenchPlan.CLIENTS), "-n", Integer.toString(requests),
                "-r", Integer.toString(keys), "-d", Integer.toString(BenchPlan.VALUE_BYTES),
                "-P", Integer.toString(workload.pipeline()), "--precision", "3"));
        command.addAll(workload.command().equals(Workload.LRANGE)
                ? List.of("lrange", LIST, "0", Integer.toString(RANGE - 1)) : List.of("-t", workload.command()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new BenchException(PROGRAM + " failed on " + on.name() + ": " + output.strip());
            }
            return parse(output);
        } finally {
            process.destroyForcibly();
        }
    }

    /** Reads the summary, and the distribution for the 99.9th percentile: its next step above that is 99.902. */
    static Load parse(String output) {
        List<String> lines = output.lines().map(String::strip).toList();
        List<String> names = List.of();
        List<String> figures = List.of();
        double perSecond = 0;
        double tail = 0;
        for (int i = 0; i < lines.size(); i++) {
            Matcher percentile = PERCENTILE.matcher(lines.get(i));
            if (lines.get(i).startsWith(THROUGHPUT)) {
                perSecond = perSecond(lines.get(i).substring(THROUGHPUT.length()).strip().split(" ")[0]);
            } else if (lines.get(i).startsWith("avg ") && i + 1 < lines.size()) {
                names = List.of(lines.get(i).split("\\s+"));
                figures = List.of(lines.get(i + 1).split("\\s+"));
            } else if (tail == 0 && percentile.matches() && Double.parseDouble(percentile.group(1)) >= TAIL) {
                tail = Double.parseDouble(percentile.group(2));
            }
        }
        if (perSecond == 0 || tail == 0) {
            throw new BenchException(PROGRAM + " gave no summary: is it older than Redis 6.2? " + output.strip());
        }
        return new Load(perSecond, figure(names, figures, "p50"), figure(names, figures, "p99"), tail,
                figure(names, figures, "max"));
    }

    /** A run of less than a millisecond has no figure. */
    private static double perSecond(String text) {
        return text.equals("inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(text);
    }

    private static double figure(List<String> names, List<String> figures, String name) {
        int at = names.indexOf(name);
        if (at < 0 || at >= figures.size()) {
            throw new BenchException(PROGRAM + " told no " + name + ": it must be of Redis 6.2 or newer");
        }
        return Double.parseDouble(figures.get(at));
    }
}
