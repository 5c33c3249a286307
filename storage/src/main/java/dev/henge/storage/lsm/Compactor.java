package dev.henge.storage.lsm;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What compacts the levels, step by step; {@link CompactionChoice} says which. Each step is published by itself, so
 * that stopping loses one step at most.
 *
 * <p>One thread. Flushes push runs on top meanwhile; the two never touch the same run. Large values stay where they
 * are when their tables are merged; a step of its own moves what is live in a mostly dead value file.
 */
final class Compactor {

    private static final Logger LOG = LoggerFactory.getLogger(Compactor.class);

    /** A table may meet so many times its size of the level below, besides what it should by the levels' factor. */
    private static final int MET_TABLES_MAX = 6;

    private final Path directory;
    private final Disk disk;
    private final LsmOptions options;
    private final TableStack stack;
    private final DiskSpace space;
    private final Damages damages;
    private final CompactionChoice choice;
    private final CompactionPace pace;
    private final boolean unlimited;
    /** Tables in which steps failed for damage that is no table's own. */
    private final Set<Long> givenUp = new HashSet<>();
    private volatile boolean stopped;
    private volatile boolean sweepSoon;
    private volatile boolean sweepWanted;
    private volatile boolean sweeping;
    final AtomicLong compactions = new AtomicLong();
    final AtomicLong compactedBytes = new AtomicLong();
    final AtomicLong moves = new AtomicLong();
    final AtomicLong collections = new AtomicLong();
    /** How fast level 0 is worked off, all other work included; a run counts as a memtable. */
    final DrainRate rate = new DrainRate();

    /** Thrown through a merge when the store closes. */
    private static final class Stopped extends RuntimeException {
        private static final long serialVersionUID = 1;

        Stopped() {
            super("the store closes", null, false, false);
        }
    }

    Compactor(Path directory, Disk disk, LsmOptions options, TableStack stack, DiskSpace space,
            Damages damages, Workers workers) {
        this.damages = damages;
        this.directory = directory;
        this.disk = disk;
        this.options = options;
        this.stack = stack;
        this.space = space;
        this.unlimited = workers.isCaller();
        this.choice = new CompactionChoice(options, this::fit);
        this.pace = new CompactionPace(options.throttle().compactionBytesPerSecond(), this::pressure, () -> stopped,
            workers.clock(), LockSupport::parkNanos);
    }

    /** How near writers are to being slowed for compaction's sake; without limit in a sweep. */
    private double pressure() {
        Levels levels = Levels.of(options, stack.current());
        ThrottleOptions limits = options.throttle();
        double debt = (double) levels.debtBytes() / options.unitBytes() / limits.debtMemtablesSlow();
        double runs = (double) levels.levelZeroRuns() / limits.levelZeroRunsSlow();
        return unlimited || sweeping() ? 1 : Math.max(runs, debt);
    }

    void stop() {
        stopped = true;
    }

    /** A sweep over all tables will be asked for when the flushes on their way are done. Any thread. */
    void sweepSoon() {
        sweepSoon = true;
    }

    /** Asks for a sweep over all tables; {@link #compact} does it. Any thread. */
    void sweep() {
        sweepWanted = true;
        sweepSoon = false;
    }

    /** Whether a sweep is asked for or under way. Any thread. */
    boolean sweeping() {
        return sweepSoon || sweepWanted || sweeping;
    }

    /** Compacts until nothing needs it. */
    void compact() throws IOException {
        try {
            while (!stopped) {
                if (sweepWanted && !choice.sweeping()) {
                    sweeping = true;
                    sweepWanted = false;
                    choice.beginSweep(stack.nextNumber());
                }
                TableSet set = stack.hold();
                try {
                    CompactionStep step = mending(set);
                    step = step != null ? step : choice.choose(set, stack.nextNumber());
                    sweeping = choice.sweeping();
                    if (step == null) {
                        if (sweepWanted) {
                            continue;
                        }
                        return;
                    }
                    guarded(step, set);
                } finally {
                    set.release();
                }
            }
        } catch (Stopped e) {
            // the builder has been abandoned; the next open finds the inputs as they were
        }
    }

    private boolean fit(Table table) {
        return !givenUp.contains(table.number()) && damages.fit(table, stack.current().flushedPosition);
    }

    /** The rewriting of a table whose damaged parts hold nothing any more, or null. */
    private CompactionStep mending(TableSet set) {
        Set<Long> mendable = damages.mendable(set.flushedPosition);
        mendable.removeAll(givenUp);
        for (Run run : mendable.isEmpty() ? List.<Run>of() : set.runs) {
            for (Table table : run.tables()) {
                if (mendable.contains(table.number())) {
                    return new CompactionStep(List.of(new Run(run.level(), List.of(table))), run.level(), false, false);
                }
            }
        }
        return null;
    }

    /** A step that meets damage is given up; its tables stay as they are, and other steps go on. */
    private void guarded(CompactionStep step, TableSet set) throws IOException {
        try {
            run(step, set);
            damages.retain(stack.current());
        } catch (CorruptTableException e) {
            if (step.tables().stream().allMatch(this::fit)) {
                step.tables().forEach(table -> givenUp.add(table.number()));
            }
            LOG.warn("tables are not compacted: {}", e.getMessage());
        }
    }

    private void run(CompactionStep step, TableSet set) throws IOException {
        long start = System.nanoTime();
        if (step.moves()) {
            stack.replace(step.tables(), step.tables(), step.level());
            moves.incrementAndGet();
        } else {
            merge(step, set);
        }
        rate.did(step.levelZeroBytes(), System.nanoTime() - start);
    }

    private void merge(CompactionStep step, TableSet set) throws IOException {
        space.require(step.inputs().stream().mapToLong(Run::bytes).sum());
        Levels levels = Levels.of(options, set);
        RunBuilder builder = new RunBuilder(directory, disk, options, stack::takeNumber,
            levels.tableBytes(step.level()));
        builder.mayPointInto(TableStack.valueFiles(step.inputs()));
        Set<Long> sparse = step.collects() ? CompactionChoice.sparse(set, choice.livePercentMin()) : Set.of();
        boolean deepest = step.level() == Levels.LAST;
        long metMax = deepest ? 0
            : (options.levels().factor() + MET_TABLES_MAX) * levels.tableBytes(step.level() + 1);
        List<Table> tables;
        try {
            new TableMerge(step.inputs(), builder, options.mergeOperator(), filter(options, set.runs, damages),
                step.below(set), deepest ? null : set.runOf(step.level() + 1), metMax, sparse, new Paced(), damages)
                .run();
            tables = builder.finish();
        } catch (IOException | RuntimeException | Error e) {
            builder.abandon();
            throw e;
        }
        stack.replace(step.tables(), tables, step.level());
        compactions.incrementAndGet();
        collections.addAndGet(step.collects() ? 1 : 0);
        compactedBytes.addAndGet(builder.writtenBytes());
    }

    /** A filter for one walk over these runs, or null. */
    static CompactionFilter filter(LsmOptions options, List<Run> runs, Damages damages) {
        TableReads reads = new TableReads(damages, options.mergeOperator());
        return options.compactionFilter() == null ? null : options.compactionFilter()
            .apply(key -> reads.get(runs, key, key.length, KeyHash.of(key, 0, key.length)));
    }

    /** Keeps a merge to the pace, and stops it. */
    private final class Paced implements TableMerge.Progress {
        private long paid;

        @Override
        public void written(long bytes) {
            pace.wrote(bytes - paid);
            paid = bytes;
            if (stopped) {
                throw new Stopped();
            }
        }
    }

    static Map<ValueFile, Long> liveBytes(List<Run> runs) {
        Map<ValueFile, Long> live = new HashMap<>();
        for (Run run : runs) {
            for (Table table : run.tables()) {
                table.liveValueBytes().forEach((file, bytes) -> live.merge(file, bytes, Long::sum));
            }
        }
        return live;
    }
}
