package dev.henge.node.bench;

import dev.henge.node.bench.Measurement.Load;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** The load of redis-benchmark on one server. */
final class RedisBenchmark {
    static final String PROGRAM = "redis-benchmark";
    private static final long TIMEOUT_SECONDS = 600;

    private RedisBenchmark() {
    }

    static Load run(Contestant on, Workload workload, int requests) throws IOException, InterruptedException {
        List<String> command = List.of(PROGRAM, "-h", "127.0.0.1", "-p", Integer.toString(on.ports().get(0)),
                "-c", Integer.toString(BenchPlan.CLIENTS), "-n", Integer.toString(requests),
                "-r", Integer.toString(BenchPlan.KEYS), "-d", Integer.toString(BenchPlan.VALUE_BYTES),
                "-P", Integer.toString(workload.pipeline()), "-t", workload.command(), "--csv");
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

    /** Reads the header line and the line below it; warnings of the program may stand before them. */
    static Load parse(String output) {
        List<String> lines = output.lines().filter(line -> line.startsWith("\"")).toList();
        if (lines.size() != 2) {
            throw new BenchException(PROGRAM + " gave no table of one row: " + output.strip());
        }
        List<String> header = cells(lines.get(0));
        List<String> row = cells(lines.get(1));
        return new Load(cell(header, row, "rps"), cell(header, row, "p50_latency_ms"),
                cell(header, row, "p99_latency_ms"));
    }

    private static double cell(List<String> header, List<String> row, String name) {
        int at = header.indexOf(name);
        if (at < 0 || at >= row.size()) {
            throw new BenchException(PROGRAM + " told no " + name + ": it must be of Redis 6.2 or newer");
        }
        return Double.parseDouble(row.get(at));
    }

    private static List<String> cells(String line) {
        List<String> cells = new ArrayList<>();
        for (String cell : line.split("\",\"")) {
            cells.add(cell.replace("\"", "").strip().toLowerCase(Locale.ROOT));
        }
        return cells;
    }
}
