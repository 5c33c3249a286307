package dev.henge.node.bench;

import dev.henge.node.bench.LoadSeconds.Stretch;
import dev.henge.node.bench.RingOperator.Look;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What changes of a ring cost those who used it meanwhile, beside what they may cost. */
final class GrowReport {
    static final double LEAST_SHARE_AIM = 0.9;
    static final double P99_RATIO_AIM = 2;
    private static final double MIB = 1 << 20;

    private final GrowPlan plan;
    private final LoadSeconds load;
    private final List<Change> changes;
    private final int copiesBehind;
    private final int keysMissing;

    /**
     * A change of the ring; times are seconds of the load.
     *
     * @param before      from here
     * @param beforeUntil to here nothing was changed
     * @param committed   when the operator said so
     * @param done        when all nodes said that nothing was left to do
     * @param after       until here nothing was changed any more
     * @param planned     bytes that the plan said
     * @param looks       what was seen from before the commit until it was done
     */
    record Change(String name, double before, double beforeUntil, double committed, double done, double after,
            long planned, List<Look> looks) {
        double seconds() {
            return done - committed;
        }
    }

    GrowReport(GrowPlan plan, LoadSeconds load, List<Change> changes, int copiesBehind, int keysMissing) {
        this.plan = plan;
        this.load = load;
        this.changes = List.copyOf(changes);
        this.copiesBehind = copiesBehind;
        this.keysMissing = keysMissing;
    }

    /** Whole seconds before a change. */
    private Stretch before(Change change) {
        return load.stretch((int) Math.ceil(change.before), (int) change.beforeUntil);
    }

    /** Whatever second has a part of the change in it. */
    private Stretch during(Change change) {
        return load.stretch((int) change.committed, (int) Math.ceil(change.done));
    }

    private Stretch after(Change change) {
        return load.stretch((int) Math.ceil(change.done), (int) change.after);
    }

    private long failed() {
        return load.size() == 0 ? 0 : load.stretch(0, load.size()).failed();
    }

    void text(PrintStream out) {
        for (Change change : changes) {
            Stretch before = before(change);
            Stretch during = during(change);
            double mib = Taking.bytesOfAll(change.looks) / MIB;
            line(out, "%s: %.1f MiB moved in %.1f s, %.1f MiB/s (the plan: %.1f MiB)", change.name, mib,
                    change.seconds(), mib / change.seconds(), change.planned / MIB);
            line(out, "  %-8s %8s %12s %11s %9s %9s %9s", "", "seconds", "commands/s", "least share", "p50 ms", "p99 ms",
                    "max ms");
            row(out, "before", before);
            row(out, "during", during);
            row(out, "after", after(change));
            judged(out, during.leastShare() >= LEAST_SHARE_AIM, "least second %.2f of the rate of %d/s (aim: %.1f)",
                    during.leastShare(), plan.rate(), LEAST_SHARE_AIM);
            judged(out, ratio(before, during) <= P99_RATIO_AIM, "p99 during / before %.2f (aim: at most %.0f)",
                    ratio(before, during), P99_RATIO_AIM);
            if (plan.throttle() > 0) {
                Taking taking = Taking.of(change.looks);
                judged(out, taking.obeys(plan.throttle()),
                        "throttle %d B/s: the busiest taker took %.0f B/s, %.2f of it; in %d s at most %.2f, at least"
                                + " %.2f (aim: within 10 %%)", plan.throttle(), taking.bytesPerSecond(),
                        taking.bytesPerSecond() / plan.throttle(), Taking.WINDOW_SECONDS,
                        taking.fastestWindow() / plan.throttle(), taking.slowestWindow() / plan.throttle());
            }
        }
        judged(out, failed() == 0, "failed commands: %d%s", failed(),
                failed() == 0 ? "" : ", the first: " + load.firstFailure());
        judged(out, copiesBehind == 0, "copies: %s", copiesBehind < 0 ? "a vnode has not its owners"
                : copiesBehind == 0 ? "all equal" : copiesBehind + " behind");
        judged(out, keysMissing == 0, "keys missing: %d of %d", keysMissing, plan.keys());
    }

    private static double ratio(Stretch before, Stretch during) {
        return during.p99Millis() / before.p99Millis();
    }

    private static void row(PrintStream out, String name, Stretch s) {
        line(out, "  %-8s %8d %12.0f %11.2f %9.2f %9.2f %9.2f", name, s.seconds(), (double) s.done() / s.seconds(),
                s.leastShare(), s.p50Millis(), s.p99Millis(), s.longestMillis());
    }

    private static void judged(PrintStream out, boolean met, String format, Object... values) {
        line(out, "  " + (met ? "ok      " : "MISSED  ") + format, values);
    }

    private static void line(PrintStream out, String format, Object... values) {
        out.println(String.format(Locale.ROOT, format, values));
    }

    void json(PrintStream out) {
        List<String> parts = new ArrayList<>();
        for (Change change : changes) {
            Taking taking = Taking.of(change.looks);
            parts.add(String.format(Locale.ROOT, "  {\"change\": \"%s\", \"seconds\": %.3f, \"bytes\": %d, "
                    + "\"bytesPlanned\": %d,%n   \"committedAt\": %.3f, \"doneAt\": %.3f, \"p99Ratio\": %.3f,%n"
                    + "   \"busiestTaker\": {\"bytesPerSecond\": %.0f, \"fastestWindow\": %.0f, \"slowestWindow\": %.0f},%n"
                    + "   \"before\": %s,%n   \"during\": %s,%n   \"after\": %s}", change.name, change.seconds(),
                    Taking.bytesOfAll(change.looks), change.planned, change.committed, change.done,
                    ratio(before(change), during(change)), taking.bytesPerSecond(), taking.fastestWindow(),
                    taking.slowestWindow(), json(before(change)), json(during(change)), json(after(change))));
        }
        List<String> seconds = new ArrayList<>();
        for (int second = 0; second < load.size(); second++) {
            Stretch s = load.stretch(second, second + 1);
            seconds.add(String.format(Locale.ROOT, "[%d, %.2f, %.2f, %d]", s.done(), finite(s.p50Millis()),
                    finite(s.p99Millis()), s.failed()));
        }
        out.println(String.format(Locale.ROOT, "{\"mib\": %d, \"rate\": %d, \"throttle\": %d, \"failed\": %d, "
                + "\"copiesBehind\": %d, \"keysMissing\": %d,%n \"changes\": [%n%s],%n"
                + " \"secondsDoneP50P99Failed\": [%s]}", plan.mib(), plan.rate(), plan.throttle(), failed(), copiesBehind,
                keysMissing, String.join(",\n", parts), String.join(", ", seconds)));
    }

    private static String json(Stretch s) {
        return String.format(Locale.ROOT, "{\"seconds\": %d, \"done\": %d, \"failed\": %d, \"leastShare\": %.3f, "
                + "\"p50Millis\": %.3f, \"p99Millis\": %.3f, \"longestMillis\": %.3f}", s.seconds(), s.done(), s.failed(),
                s.leastShare(), finite(s.p50Millis()), finite(s.p99Millis()), finite(s.longestMillis()));
    }

    /** JSON has no infinity: -1 where nothing was answered. */
    private static double finite(double millis) {
        return Double.isInfinite(millis) ? -1 : millis;
    }
}
