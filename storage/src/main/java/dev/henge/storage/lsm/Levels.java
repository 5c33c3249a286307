package dev.henge.storage.lsm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How large each level is, and how large it should be. Immutable, decided from sizes alone.
 *
 * <p>The targets hang from the largest level, as in RocksDB's dynamic level sizes (Dong et al., "Optimizing Space
 * Amplification in RocksDB", 2017): the last level takes what there is, each level above it a {@code factor}th of the
 * one below, up to the <em>base</em>, the first whose target is not much above the wanted base size. Levels between 0
 * and the base stay empty: level 0 is merged into the base. So all levels above the last one together are about a
 * ninth of it (factor 10), however large the store is; with targets fixed from the top that would be so only for the
 * sizes at which the last level happens to be full.
 *
 * <p>A store that grows gets a new, empty base above the old one; one that shrinks drains what is above its base.
 */
final class Levels {

    /** Levels 0 to 6: 250 MiB at the top and a factor of ten make 25 TB at the bottom. */
    static final int COUNT = 7;
    static final int LAST = COUNT - 1;
    /** The base's target is at most so many times what is wanted: a new base begins that much below it. */
    private static final int BASE_SLACK = 3;
    /** How urgently a level above the base is drained. */
    private static final double DRAIN_SCORE = 1.5;
    /** A level has about so many tables at most; its tables get larger instead. Each costs a mapping or two. */
    private static final int TABLES_PER_LEVEL = 1024;

    private final LevelOptions options;
    private final long unitBytes;
    private final int levelZeroRuns;
    private final long[] bytes;
    private final long[] targets = new long[COUNT];
    private final int base;

    /**
     * @param unitBytes what a memtable counts
     * @param bytes     a level
     */
    Levels(LevelOptions options, long unitBytes, int levelZeroRuns, long[] bytes) {
        this.options = options;
        this.unitBytes = unitBytes;
        this.levelZeroRuns = levelZeroRuns;
        this.bytes = bytes.clone();
        long wanted = options.baseMemtables() * unitBytes;
        long target = Math.max(wanted, Arrays.stream(bytes).skip(1).max().orElse(0));
        int level = LAST;
        targets[level] = target;
        while (level > 1 && target > BASE_SLACK * wanted) {
            target = Math.max(target / options.factor(), 1);
            targets[--level] = target;
        }
        this.base = level;
    }

    static Levels of(LsmOptions options, TableSet set) {
        return new Levels(options.levels(), options.unitBytes(), set.levelZeroRuns(), set.levelBytes());
    }

    /** The levels' figures, for those who watch. */
    List<LsmStats.Level> stats(List<Run> runs) {
        List<LsmStats.Level> levels = new ArrayList<>();
        for (int level = 0; level < COUNT; level++) {
            int at = level;
            List<Run> here = runs.stream().filter(run -> run.level() == at).toList();
            levels.add(new LsmStats.Level(level, here.size(), here.stream().mapToInt(run -> run.tables().size()).sum(),
                bytes[level], level == 0 ? options.levelZeroRuns() * unitBytes : targets[level]));
        }
        return levels;
    }

    int levelZeroRuns() {
        return levelZeroRuns;
    }

    /** Where level 0 goes: the base, or a level above it that is not drained yet. */
    int belowLevelZero() {
        for (int level = 1; level < base; level++) {
            if (bytes[level] > 0) {
                return level;
            }
        }
        return base;
    }

    /** The level that this one goes to. */
    int below(int level) {
        return level == 0 ? belowLevelZero() : level + 1;
    }

    long target(int level) {
        return targets[level];
    }

    /** From 1 on the level wants to be compacted into the next; the highest first. */
    double score(int level) {
        if (level == LAST || bytes[level] == 0) {
            return 0;
        }
        if (level == 0) {
            return (double) levelZeroRuns / options.levelZeroRuns();
        }
        return level < base ? DRAIN_SCORE : (double) bytes[level] / targets[level];
    }

    /** Of the levels from this one on that of the highest score, or -1 if none is too large. */
    int fullest(int from) {
        int best = -1;
        for (int level = from; level < LAST; level++) {
            if (score(level) >= 1 && (best < 0 || score(level) > score(best))) {
                best = level;
            }
        }
        return best;
    }

    /** Where a run of the level is cut into the next table. */
    long tableBytes(int level) {
        long fitting = Math.max(LevelOptions.TABLE_BYTES_MIN, Math.min(unitBytes, options.tableBytesMax()));
        return Math.min(Math.max(fitting, Math.max(targets[level], bytes[level]) / TABLES_PER_LEVEL),
            Math.max(fitting, RunBuilder.TABLE_BYTES_MAX));
    }

    /**
     * The debt: about how many bytes compaction would have to write for every level to be as large as it should be.
     * What is too much on a level is written once with what it meets on the next, and then counts there.
     */
    long debtBytes() {
        double debt = 0;
        double carried = 0;
        if (levelZeroRuns >= options.levelZeroRuns()) {
            carried = bytes[0];
            debt = carried + bytes[belowLevelZero()];
        }
        for (int level = belowLevelZero(); level < LAST; level++) {
            double excess = Math.max(0, bytes[level] + carried - targets[level]);
            double met = Math.min(options.factor(), (double) bytes[level + 1] / Math.max(1, bytes[level]));
            debt += excess * (1 + met);
            carried = excess;
        }
        return (long) debt;
    }
}
