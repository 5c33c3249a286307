package dev.henge.node.bench;

import dev.henge.node.bench.GrowReport.Change;
import dev.henge.node.bench.RingOperator.Look;
import dev.henge.node.bench.Workload.Sides;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** A ring of three that is given a fourth node, and has it taken away again, under a load that does not wait. */
final class GrowBench {
    private static final long LOOK_MILLIS = 500;
    private static final int KNOWN_SECONDS_MAX = 60;
    /** A ring that takes no byte for so long, and is not done, never will be. */
    private static final int STUCK_SECONDS_MAX = 120;
    private static final int EQUAL_SECONDS_MAX = 60;
    private static final int SEED = 1;
    private static final double NANOS_A_SECOND = 1e9;

    private final GrowPlan grow;
    private final BenchPlan plan;
    private final Servers servers;
    private final UnaryOperator<Contestant> started;
    private final PrintStream progress;
    private final List<Change> changes = new ArrayList<>();
    private Contestant ring;
    private SteadyLoad load;

    /** @param started is told of what was started, so that it is stopped whatever happens */
    GrowBench(GrowPlan grow, BenchPlan plan, Servers servers, UnaryOperator<Contestant> started,
            PrintStream progress) {
        this.grow = grow;
        this.plan = plan;
        this.servers = servers;
        this.started = started;
        this.progress = progress;
    }

    GrowReport run() throws IOException, InterruptedException {
        progress.println("starting a ring of " + Sides.RING.nodes() + " nodes");
        ring = started.apply(servers.henge(Sides.RING));
        progress.println("writing " + grow.mib() + " MiB of data");
        OwnLoad.fill(ring, grow.keys(), GrowPlan.VALUE_BYTES);
        try (RingOperator operator = new RingOperator(ring.ports());
                SteadyLoad steady = new SteadyLoad(ring.ports(), grow, SEED)) {
            load = steady;
            load.start();
            progress.println("warming up for " + plan.warmUpSeconds() + " s at " + grow.rate()
                    + " commands a second");
            pause(plan.warmUpSeconds());
            if (grow.throttle() > 0) {
                operator.tell("THROTTLE", Long.toString(grow.throttle()));
            }
            String node = grow(operator);
            if (grow.shrink()) {
                shrink(operator, node);
            }
            LoadSeconds seconds = load.stop();
            progress.println("comparing the copies");
            return new GrowReport(grow, seconds, changes, copiesBehind(operator),
                    operator.keysMissing(grow.keys()));
        }
    }

    private String grow(RingOperator operator) throws IOException, InterruptedException {
        double before = before();
        double until = load.secondsNow();
        progress.println("starting a fourth node");
        Contestant joiner = started.apply(servers.joiner(ring));
        String id = operator.add(joiner.ports().get(0));
        long deadlineNanos = deadline(KNOWN_SECONDS_MAX);
        while (!operator.allKnow(id)) {
            pauseUntil(deadlineNanos, "the joiner is not known to all nodes");
        }
        operator.tell("JOIN", id);
        change("3 to 4 nodes", operator, id, true, before, until);
        return id;
    }

    private void shrink(RingOperator operator, String id) throws IOException, InterruptedException {
        double before = before();
        double until = load.secondsNow();
        operator.tell("LEAVE", id);
        change("4 to 3 nodes", operator, id, false, before, until);
    }

    private double before() throws InterruptedException {
        double from = load.secondsNow();
        progress.println("measuring " + grow.beforeSeconds() + " s without a change");
        // The seconds that are begun and ended in it count.
        pause(grow.beforeSeconds() + 1);
        return from;
    }

    private void change(String name, RingOperator operator, String node, boolean comes, double before,
            double beforeUntil) throws IOException, InterruptedException {
        long planned = operator.bytesPlanned();
        List<Look> looks = new ArrayList<>(List.of(operator.look(node, comes)));
        double committed = load.secondsNow();
        operator.tell("COMMIT");
        progress.println(name + ": committed");
        long deadlineNanos = deadline(STUCK_SECONDS_MAX);
        while (looks.size() < 2 || !looks.get(looks.size() - 1).done()) {
            pauseUntil(deadlineNanos, "nothing has moved for " + STUCK_SECONDS_MAX + " s");
            looks.add(operator.look(node, comes));
            if (Taking.bytesOfAll(looks) > Taking.bytesOfAll(looks.subList(0, looks.size() - 1))) {
                deadlineNanos = deadline(STUCK_SECONDS_MAX);
            }
        }
        double done = load.secondsNow();
        progress.printf(Locale.ROOT, "%s: done after %.1f s%n", name, done - committed);
        pause(grow.afterSeconds() + 1);
        changes.add(new Change(name, before, beforeUntil, committed, done, load.secondsNow(), planned, looks));
    }

    /** What was written last may be on its way yet. */
    private int copiesBehind(RingOperator operator) throws IOException, InterruptedException {
        long deadlineNanos = deadline(EQUAL_SECONDS_MAX);
        int behind;
        while ((behind = operator.copiesBehind(ring.ports().size())) != 0 && System.nanoTime() - deadlineNanos < 0) {
            rest(LOOK_MILLIS);
        }
        return behind;
    }

    private static long deadline(int seconds) {
        return System.nanoTime() + (long) (seconds * NANOS_A_SECOND);
    }

    private void pauseUntil(long deadlineNanos, String otherwise) throws InterruptedException {
        if (System.nanoTime() - deadlineNanos > 0) {
            throw new BenchException(otherwise);
        }
        rest(LOOK_MILLIS);
    }

    private void pause(int seconds) throws InterruptedException {
        double until = load.secondsNow() + seconds;
        while (load.secondsNow() < until && load.isRunning()) {
            rest(Math.min(LOOK_MILLIS, (long) Math.ceil((until - load.secondsNow()) * 1_000)));
        }
        if (!load.isRunning()) {
            throw new BenchException("the load has ended: a node takes no connections");
        }
    }

    /** A pause that the death of a node ends. */
    private void rest(long millis) throws InterruptedException {
        if (ring.processes().get(0).waitFor(Math.max(1, millis), TimeUnit.MILLISECONDS)) {
            throw new BenchException("a node has died");
        }
    }
}
