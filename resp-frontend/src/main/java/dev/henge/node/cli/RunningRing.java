package dev.henge.node.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The processes of one {@code henge up}: started together, watched until they agree on the ring, stopped together. */
final class RunningRing {
    private static final long LOOK_INTERVAL_MILLIS = 50;
    private static final long SAY_INTERVAL_MILLIS = 10_000;
    private static final long STOP_MILLIS_MAX = 30_000;
    private static final int TAIL_LINES_MAX = 20;

    private final List<NodeProcess> processes;
    private final PrintStream out;
    private final long timeoutMillis;
    private final BlockingQueue<NodeProcess> ended = new LinkedBlockingQueue<>();
    private final long startNanos = System.nanoTime();
    private volatile boolean stopping;
    private long readyNanos;

    RunningRing(List<NodeProcess> processes, PrintStream out, int timeoutSeconds) {
        this.processes = processes;
        this.out = out;
        this.timeoutMillis = TimeUnit.SECONDS.toMillis(timeoutSeconds);
    }

    /** Starts all and waits; false, with the reason printed, if one died or the ring was not ready in time. */
    boolean start() throws IOException, InterruptedException {
        for (NodeProcess process : processes) {
            synchronized (this) {
                if (stopping) {
                    return false;
                }
                process.start();
            }
            process.onExit().thenRun(() -> ended.add(process));
            out.println(process.line());
        }
        return awaitReady();
    }

    private boolean awaitReady() throws InterruptedException {
        long sayAt = SAY_INTERVAL_MILLIS;
        while (true) {
            List<NodeView> views = new ArrayList<>();
            for (NodeProcess process : processes) {
                views.add(process.look());
            }
            NodeProcess dead = ended.poll(LOOK_INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
            if (dead != null) {
                sayDied(dead);
                return false;
            }
            if (NodeView.agree(views, processes.size())) {
                readyNanos = System.nanoTime();
                return true;
            }
            if (elapsedMillis() > timeoutMillis) {
                out.println("The ring was not ready after " + timeoutMillis / 1000 + " s.");
                sayLacks(views);
                return false;
            }
            if (elapsedMillis() > sayAt) {
                sayAt += SAY_INTERVAL_MILLIS;
                sayLacks(views);
            }
        }
    }

    private long elapsedMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
    }

    private void sayDied(NodeProcess dead) {
        if (stopping) {
            return;
        }
        out.println("node " + dead.number() + "  " + dead.end() + "; its last lines:");
        dead.logTail(TAIL_LINES_MAX).forEach(line -> out.println("    " + line));
    }

    private void sayLacks(List<NodeView> views) {
        for (int i = 0; i < views.size(); i++) {
            out.println("waiting: node " + processes.get(i).number() + " " + views.get(i).lacks(processes.size()));
        }
    }

    String startSeconds() {
        return String.format(Locale.ROOT, "%.1f", (readyNanos - startNanos) / 1e9);
    }

    /** Waits until the last process has ended, saying of each how; true if all ended cleanly. */
    boolean awaitEnd() throws InterruptedException {
        boolean clean = true;
        for (int left = processes.size() - 1; left >= 0; left--) {
            NodeProcess process = ended.take();
            clean &= process.endedCleanly();
            if (!stopping) {
                out.println("node " + process.number() + "  " + process.end()
                        + (left > 0 ? "; " + left + " of " + processes.size() + " nodes run on" : ""));
            }
        }
        return clean;
    }

    /** Whether somebody has asked for the stop already. */
    boolean isStopping() {
        return stopping;
    }

    /** Stops all that run; true if none had to be killed. */
    boolean stop() {
        synchronized (this) {
            stopping = true;
        }
        List<NodeProcess> running = processes.stream().filter(NodeProcess::isAlive).toList();
        running.forEach(NodeProcess::askToStop);
        long deadlineNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(STOP_MILLIS_MAX);
        boolean clean = true;
        for (NodeProcess process : running) {
            clean &= stopped(process, TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime()));
        }
        return clean;
    }

    private boolean stopped(NodeProcess process, long millisLeft) {
        try {
            if (process.awaitEnd(Math.max(1, millisLeft))) {
                out.println("node " + process.number() + "  " + process.end());
                return process.endedCleanly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process.kill();
        out.println("node " + process.number() + "  did not stop in " + STOP_MILLIS_MAX / 1000 + " s and was killed");
        return false;
    }

    /** The shutdown hook's work: a clean stop is exit status 0, whichever signal asked for it. */
    void stopAndHalt() {
        boolean anyRan = processes.stream().anyMatch(NodeProcess::isAlive);
        boolean clean = stop();
        if (anyRan) {
            out.flush();
            Runtime.getRuntime().halt(clean ? 0 : Shell.STATUS_FAILED);
        }
    }
}
