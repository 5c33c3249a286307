package dev.henge.node.bench;

import dev.henge.node.bench.Measurement.Load;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** All measurements, and what they come to: medians, as a table for people or as JSON. */
final class BenchReport {
    static final String HEADER = String.format(Locale.ROOT,
            "%-24s %10s %10s %6s  %-15s %-15s %-15s %-13s %5s %-13s %s", "workload", "Henge/s", "Redis/s", "ratio",
            "p50 ms H | R", "p99 ms H | R", "p99.9 ms H | R", "CPU s/M H | R", "H/R", "RSS MB H | R",
            "foreign cores");

    private final Map<Workload, List<Measurement>> henge = new LinkedHashMap<>();
    private final Map<Workload, List<Measurement>> other = new LinkedHashMap<>();

    void add(Workload workload, boolean ofHenge, Measurement measurement) {
        (ofHenge ? henge : other).computeIfAbsent(workload, any -> new ArrayList<>()).add(measurement);
    }

    void header(PrintStream out) {
        out.println(HEADER);
    }

    String row(Workload w) {
        Measurement h = medians(henge.get(w));
        Measurement r = medians(other.get(w));
        Load ours = h.load();
        Load theirs = r.load();
        return String.format(Locale.ROOT, "%-24s %10.0f %10.0f %6.2f  %6.2f | %6.2f %6.2f | %6.2f %6.2f | %6.2f "
                + "%5.2f | %5.2f %5s %5.0f | %5.0f %6.2f", w.name(), ours.perSecond(), theirs.perSecond(),
                ours.perSecond() / theirs.perSecond(), ours.p50Millis(), theirs.p50Millis(), ours.p99Millis(),
                theirs.p99Millis(), ours.p999Millis(), theirs.p999Millis(), h.cpuMicros(), r.cpuMicros(),
                ratio(h.cpuMicros(), r.cpuMicros()), h.memoryMb(), r.memoryMb(),
                (h.foreignCores() + r.foreignCores()) / 2);
    }

    /** Few requests may take no whole tick of the clock: then there is no ratio to tell. */
    private static String ratio(double part, double of) {
        return of == 0 ? "-" : String.format(Locale.ROOT, "%.2f", part / of);
    }

    void json(PrintStream out) {
        List<String> rows = henge.keySet().stream().map(w -> "  {\"workload\": \"" + w.name() + "\", \"rounds\": "
                + henge.get(w).size() + ", \"henge\": " + json(medians(henge.get(w))) + ", \"" + w.sides().other()
                + "\": " + json(medians(other.get(w))) + "}").toList();
        out.println("[\n" + String.join(",\n", rows) + "\n]");
    }

    private static String json(Measurement m) {
        return String.format(Locale.ROOT, "{\"perSecond\": %.0f, \"p50Millis\": %.3f, \"p99Millis\": %.3f, "
                + "\"p999Millis\": %.3f, \"longestMillis\": %.3f, "
                + "\"cpuSecondsPerMillion\": %.2f, \"memoryMb\": %.0f, \"foreignCores\": %.2f}",
                m.load().perSecond(), m.load().p50Millis(), m.load().p99Millis(), m.load().p999Millis(), m.load().longestMillis(),
                m.cpuMicros(), m.memoryMb(), m.foreignCores());
    }

    /** Medians of all figures but the memory, which is that of the last round: it is what remains. */
    static Measurement medians(List<Measurement> all) {
        Load load = new Load(median(all, m -> m.load().perSecond()), median(all, m -> m.load().p50Millis()),
                median(all, m -> m.load().p99Millis()), median(all, m -> m.load().p999Millis()),
                median(all, m -> m.load().longestMillis()));
        return new Measurement(load, median(all, Measurement::cpuMicros), all.get(all.size() - 1).memoryMb(),
                median(all, Measurement::foreignCores));
    }

    private static double median(List<Measurement> all, ToDoubleFunction<Measurement> figure) {
        double[] sorted = all.stream().mapToDouble(figure).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
