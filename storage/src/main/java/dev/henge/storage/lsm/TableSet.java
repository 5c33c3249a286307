package dev.henge.storage.lsm;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The runs of a store at one moment, the newest first. Immutable; who reads through it holds it, and it holds its
 * tables, so that no file goes while somebody may look into it.
 */
final class TableSet {

    final List<Run> runs;
    /** The runs hold all that the log says before this position. */
    final long flushedPosition;
    /**
     * The runs hold the memtables up to this one. Who reads the set must not read those too: an operand would count
     * twice.
     */
    final long flushedMemtables;
    private final AtomicInteger holders = new AtomicInteger(1);
    private final long[] levelBytes = new long[Levels.COUNT];
    private int levelZeroRuns;

    /** A set that is held once, by its maker. */
    TableSet(List<Run> runs, long flushedPosition) {
        this(runs, flushedPosition, 0);
    }

    /** @param flushedMemtables how many memtables of this store, in their order, the runs hold */
    TableSet(List<Run> runs, long flushedPosition, long flushedMemtables) {
        this.runs = List.copyOf(runs);
        this.flushedMemtables = flushedMemtables;
        this.flushedPosition = flushedPosition;
        for (Run run : runs) {
            run.tables().forEach(Table::hold);
            levelBytes[run.level()] += run.bytes();
            levelZeroRuns += run.level() == 0 ? 1 : 0;
        }
    }

    int levelZeroRuns() {
        return levelZeroRuns;
    }

    /** The bytes of each level, value files excepted. Not to be changed. */
    long[] levelBytes() {
        return levelBytes;
    }

    /** The run of a level from 1 on, or null. */
    Run runOf(int level) {
        for (int i = levelZeroRuns; i < runs.size(); i++) {
            if (runs.get(i).level() == level) {
                return runs.get(i);
            }
        }
        return null;
    }

    /** Holds the set once more, unless it is gone already. */
    boolean tryHold() {
        int now = holders.get();
        while (now > 0) {
            if (holders.compareAndSet(now, now + 1)) {
                return true;
            }
            now = holders.get();
        }
        return false;
    }

    /** Lets go, unless nobody else holds the set: then that is left to a {@link #release}, which may close files. */
    boolean releaseUnlessLast() {
        int now = holders.get();
        while (now > 1) {
            if (holders.compareAndSet(now, now - 1)) {
                return true;
            }
            now = holders.get();
        }
        return false;
    }

    /** Lets go; the last to do so releases the tables. */
    void release() throws IOException {
        if (holders.decrementAndGet() == 0) {
            for (Run run : runs) {
                for (Table table : run.tables()) {
                    table.release();
                }
            }
        }
    }
}
