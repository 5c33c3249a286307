package dev.henge.node.bench;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** All measurements, and what they come to: medians, as a table for people or as JSON. */
final class BenchReport {
    static final String HEADER = String.format(Locale.ROOT, "%-24s %10s %10s %6s  %-15s %-15s %-13s %s", "workload",
            "Henge/s", "Redis/s", "ratio", "p50 ms H | R", "p99 ms H | R", "CPU s/M H | R", "foreign cores");

    private final Map<Workload, List<Measurement>> henge = new LinkedHashMap<>();
    private final Map<Workload, List<Measurement>> redis = new LinkedHashMap<>();

    void add(Workload workload, boolean ofHenge, Measurement measurement) {
        (ofHenge ? henge : redis).computeIfAbsent(workload, any -> new ArrayList<>()).add(measurement);
    }

    void header(PrintStream out) {
        out.println(HEADER);
    }

    void rows(PrintStream out, int nodes) {
        henge.keySet().stream().filter(workload -> workload.nodes() == nodes).forEach(w -> out.println(row(w)));
    }

    String row(Workload w) {
        Measurement h = medians(henge.get(w));
        Measurement r = medians(redis.get(w));
        return String.format(Locale.ROOT, "%-24s %10.0f %10.0f %6.2f  %6.2f | %6.2f %6.2f | %6.2f %5.2f | %5.2f %6.2f",
                w.name(), h.perSecond(), r.perSecond(), h.perSecond() / r.perSecond(), h.p50Millis(), r.p50Millis(),
                h.p99Millis(), r.p99Millis(), h.cpuMicros(), r.cpuMicros(),
                (h.foreignCores() + r.foreignCores()) / 2);
    }

    void json(PrintStream out) {
        List<String> rows = henge.keySet().stream().map(w -> "  {\"workload\": \"" + w.name() + "\", \"rounds\": "
                + henge.get(w).size() + ", \"henge\": " + json(medians(henge.get(w))) + ", \"redis\": "
                + json(medians(redis.get(w))) + "}").toList();
        out.println("[\n" + String.join(",\n", rows) + "\n]");
    }

    private static String json(Measurement m) {
        return String.format(Locale.ROOT, "{\"perSecond\": %.0f, \"p50Millis\": %.3f, \"p99Millis\": %.3f, "
                + "\"cpuSecondsPerMillion\": %.2f, \"foreignCores\": %.2f}", m.perSecond(), m.p50Millis(),
                m.p99Millis(), m.cpuMicros(), m.foreignCores());
    }

    static Measurement medians(List<Measurement> all) {
        return new Measurement(median(all, Measurement::perSecond), median(all, Measurement::p50Millis),
                median(all, Measurement::p99Millis), median(all, Measurement::cpuMicros),
                median(all, Measurement::foreignCores));
    }

    private static double median(List<Measurement> all, ToDoubleFunction<Measurement> figure) {
        double[] sorted = all.stream().mapToDouble(figure).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
