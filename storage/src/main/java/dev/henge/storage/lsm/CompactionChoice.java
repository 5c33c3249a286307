package dev.henge.storage.lsm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What to compact next. In this order:
 *
 * <ol>
 * <li>Level 0, if it exceeds what it should be more than any other level does: its oldest runs go to the base, see
 *     {@link Levels}. (Level 0 first whenever it has too many runs would pour more and more into the base under load,
 *     and rewrite all of it each time.)
 * <li>What a sweep (a reclaim) has not reached yet: level by level everything goes down, and the last level is
 *     rewritten where the filter may find something.
 * <li>The level that exceeds its target most: its next tables, in the order of their keys and round again, with those
 *     that they meet on the next level. Round robin makes each part of a level wait equally long (as in LevelDB).
 * <li>Value files of which too little is live: tables that point into them are rewritten where they are.
 * <li>Tables of mostly tombstones go down, so that a great deletion does not wait for writes to push it.
 * </ol>
 *
 * <p>One thread. It remembers only where each level's round is.
 */
final class CompactionChoice {

    /** A step takes at most so many runs of level 0; their bytes are bounded by as many memtables. */
    static final int LEVEL_ZERO_RUNS_MAX = 12;
    /** Value files are collected once this much in them is dead, and reclaimed from a hundredth of it on. */
    static final long DEAD_VALUE_BYTES_MIN = 1 << 20;
    /** A sweep collects value files of which less is live. */
    private static final int SWEEP_LIVE_PERCENT_MIN = 90;

    private final LsmOptions options;
    /** The last key that was compacted out of a level, or null. */
    private final byte[][] rounds = new byte[Levels.COUNT][];
    private final Predicate<Table> fit;
    private Sweep sweep;

    /** How far a sweep has come: tables of {@code level} with numbers below {@code before} are still to go down. */
    private static final class Sweep {
        private final long start;
        private int level;
        private long before;

        Sweep(long start) {
            this.start = start;
            this.before = start;
        }
    }

    CompactionChoice(LsmOptions options) {
        this(options, table -> true);
    }

    /**
     * @param fit whether a table can be read as a whole; steps with others are not chosen
     */
    CompactionChoice(LsmOptions options, Predicate<Table> fit) {
        this.options = options;
        this.fit = fit;
    }

    /** Begins a sweep over all tables that there are: their numbers are below this one. */
    void beginSweep(long nextNumber) {
        sweep = new Sweep(nextNumber);
    }

    boolean sweeping() {
        return sweep != null;
    }

    /** The next step, or null; {@code nextNumber} is above the numbers of all tables. */
    CompactionStep choose(TableSet set, long nextNumber) {
        Levels levels = Levels.of(options, set);
        int fullest = levels.fullest(0);
        CompactionStep top = fullest == 0 ? fit(levelZero(set, levels)) : null;
        if (top != null) {
            return top;
        }
        if (sweep != null) {
            CompactionStep step = sweepOn(set, levels, nextNumber);
            if (step != null) {
                return step;
            }
            sweep = null;
        }
        fullest = fullest == 0 ? levels.fullest(1) : fullest;
        for (int n = fullest > 0 ? set.runOf(fullest).tables().size() : 0; n > 0; n--) {
            CompactionStep step = fit(down(set, levels, fullest, afterRound(set.runOf(fullest), rounds[fullest])));
            if (step != null) {
                return step;
            }
        }
        CompactionStep values = collect(set, levels, options.levels().valueLivePercentMin(), DEAD_VALUE_BYTES_MIN);
        return values != null ? values : buried(set, levels);
    }

    private CompactionStep fit(CompactionStep step) {
        return step == null || !step.tables().stream().allMatch(fit) ? null : step;
    }

    // ---- going down

    private CompactionStep levelZero(TableSet set, Levels levels) {
        int below = levels.belowLevelZero();
        Run next = set.runOf(below);
        List<Run> group = new ArrayList<>();
        long bytes = 0;
        byte[] first = null;
        byte[] last = null;
        for (int i = set.levelZeroRuns() - 1; i >= 0 && group.size() < LEVEL_ZERO_RUNS_MAX; i--) {
            Run run = set.runs.get(i);
            bytes += run.bytes();
            if (!group.isEmpty() && bytes > LEVEL_ZERO_RUNS_MAX * options.unitBytes()) {
                break;
            }
            group.add(0, run);
            first = first == null || Arrays.compareUnsigned(run.firstKey(), first) < 0 ? run.firstKey() : first;
            last = last == null || Arrays.compareUnsigned(run.lastKey(), last) > 0 ? run.lastKey() : last;
            List<Table> met = next == null ? List.of() : next.overlapping(first, last);
            if (group.size() == 1 && met.isEmpty() && mayMove(set, run.tables(), below)) {
                return new CompactionStep(group, below, true, false);
            }
        }
        return merged(group, next, first, last, below);
    }

    /** The table at this index of a level and some after it, with what they meet on the next level. */
    private CompactionStep down(TableSet set, Levels levels, int level, int index) {
        Run run = set.runOf(level);
        Run next = set.runOf(level + 1);
        long bytesMax = (options.levels().factor() + 2) * levels.tableBytes(level + 1);
        int to = index + 1;
        long excess = run.bytes() - levels.target(level) - run.tables().get(index).bytes();
        while (to < run.tables().size() && excess > 0 && bytes(run, index, to + 1, next) <= bytesMax) {
            excess -= run.tables().get(to++).bytes();
        }
        List<Table> tables = run.tables().subList(index, to);
        Run part = new Run(level, tables);
        rounds[level] = part.lastKey();
        boolean meets = next != null && !next.overlapping(part.firstKey(), part.lastKey()).isEmpty();
        if (!meets && mayMove(set, tables, level + 1)) {
            return new CompactionStep(List.of(part), level + 1, true, false);
        }
        return merged(new ArrayList<>(List.of(part)), next, part.firstKey(), part.lastKey(), level + 1);
    }

    private static long bytes(Run run, int from, int to, Run next) {
        Run part = new Run(run.level(), run.tables().subList(from, to));
        return part.bytes() + (next == null ? 0
            : next.overlapping(part.firstKey(), part.lastKey()).stream().mapToLong(Table::bytes).sum());
    }

    private static CompactionStep merged(List<Run> upper, Run next, byte[] first, byte[] last, int level) {
        List<Table> met = next == null ? List.of() : next.overlapping(first, last);
        if (!met.isEmpty()) {
            upper.add(new Run(level, met));
        }
        return new CompactionStep(List.copyOf(upper), level, false, false);
    }

    /** Tombstones are not moved to where nothing is below them: there they go. */
    private static boolean mayMove(TableSet set, List<Table> tables, int level) {
        return set.runs.get(set.runs.size() - 1).level() > level
            || tables.stream().allMatch(table -> table.tombstones() == 0);
    }

    private static int afterRound(Run run, byte[] round) {
        for (int i = 0; round != null && i < run.tables().size(); i++) {
            if (Arrays.compareUnsigned(run.tables().get(i).firstKey(), round) > 0) {
                return i;
            }
        }
        return 0;
    }

    // ---- tombstones

    private CompactionStep buried(TableSet set, Levels levels) {
        for (Run run : set.runs) {
            for (int i = 0; i < run.tables().size() && run.level() < Levels.LAST; i++) {
                Table table = run.tables().get(i);
                if (table.tombstones() * 2 > table.entries()) {
                    CompactionStep step =
                        fit(run.level() == 0 ? levelZero(set, levels) : down(set, levels, run.level(), i));
                    if (step != null) {
                        return step;
                    }
                }
            }
        }
        return null;
    }

    // ---- value files

    /** The value files of which less than so many percent is live. */
    static Set<Long> sparse(TableSet set, int livePercentMin) {
        Set<Long> files = new HashSet<>();
        Compactor.liveBytes(set.runs).forEach((file, live) -> {
            if (live * 100 < (file.bytes() - ValueFile.HEADER_BYTES) * livePercentMin) {
                files.add(file.number);
            }
        });
        return files;
    }

    private CompactionStep collect(TableSet set, Levels levels, int livePercentMin, long deadMin) {
        Map<ValueFile, Long> live = Compactor.liveBytes(set.runs);
        Set<Long> sparse = sparse(set, livePercentMin);
        long dead = live.entrySet().stream().filter(entry -> sparse.contains(entry.getKey().number))
            .mapToLong(entry -> entry.getKey().bytes() - entry.getValue()).sum();
        if (dead < deadMin || sparse.isEmpty()) {
            return null;
        }
        for (Run run : set.runs) {
            List<Table> tables = new ArrayList<>();
            long bytes = 0;
            for (Table table : run.tables()) {
                long moved = movedBytes(table, sparse);
                bytes += table.bytes() + moved;
                boolean full = bytes > options.levels().valueFileBytes() + levels.tableBytes(run.level());
                if (!tables.isEmpty() && (moved == 0 || full)) {
                    break;
                }
                if (moved > 0 && fit.test(table)) {
                    tables.add(table);
                } else {
                    bytes = 0;
                }
            }
            if (!tables.isEmpty()) {
                return new CompactionStep(List.of(new Run(run.level(), tables)), run.level(), false, true);
            }
        }
        return null;
    }

    private static long movedBytes(Table table, Set<Long> files) {
        return table.liveValueBytes().entrySet().stream().filter(entry -> files.contains(entry.getKey().number))
            .mapToLong(Map.Entry::getValue).sum();
    }

    /** The percentage below which the files of a step that collects are sparse. */
    int livePercentMin() {
        return sweep != null ? SWEEP_LIVE_PERCENT_MIN : options.levels().valueLivePercentMin();
    }

    // ---- sweeping

    private CompactionStep sweepOn(TableSet set, Levels levels, long nextNumber) {
        for (; sweep.level < Levels.LAST; sweep.level++, sweep.before = nextNumber) {
            if (sweep.level == 0) {
                CompactionStep top =
                    set.levelZeroRuns() > 0 && newest(set.runs.get(set.levelZeroRuns() - 1)) < sweep.before
                        ? fit(levelZero(set, levels)) : null;
                if (top != null) {
                    return top;
                }
                continue;
            }
            Run run = set.runOf(sweep.level);
            for (int i = 0; run != null && i < run.tables().size(); i++) {
                CompactionStep step =
                    run.tables().get(i).number() < sweep.before ? fit(down(set, levels, sweep.level, i)) : null;
                if (step != null) {
                    return step;
                }
            }
        }
        Run last = set.runOf(Levels.LAST);
        if (options.compactionFilter() != null && last != null) {
            for (Table table : last.tables()) {
                if (table.number() < sweep.start && fit.test(table)) {
                    return new CompactionStep(List.of(new Run(Levels.LAST, List.of(table))), Levels.LAST, false,
                        false);
                }
            }
        }
        return collect(set, levels, SWEEP_LIVE_PERCENT_MIN, DEAD_VALUE_BYTES_MIN / 100);
    }

    private static long newest(Run run) {
        return run.tables().stream().map(Table::number).max(Comparator.naturalOrder()).orElseThrow();
    }
}
