package dev.henge.storage.lsm;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What merges runs: the newest version of each key wins, tombstones go at the bottom, the filter judges the rest.
 *
 * <p>One thread. A merge of everything can take minutes while flushes go on; so every few thousand entries it looks
 * up, and if small runs have gathered above those in its hands it merges them first, within itself. The two never
 * share a run,
 * for a merge only takes runs newer than those of the merges around it.
 *
 * <p>Large values stay where they are when their tables are merged, unless less than half of their file is still
 * pointed at: then they move to a new file, and the old one goes with its last pointer.
 */
final class Compactor {

    private static final int LOOK_UP_ENTRIES = 4096;
    /** A run is rewritten for its value files' sake when this much of them is dead, and at least half. */
    private static final long DEAD_VALUE_BYTES_MIN = 1 << 20;

    private final Path directory;
    private final Disk disk;
    private final LsmOptions options;
    private final TableStack stack;
    private final DiskSpace space;
    private volatile boolean stopped;
    final AtomicLong compactions = new AtomicLong();
    final AtomicLong compactedBytes = new AtomicLong();

    /** Thrown through a merge when the store closes. */
    private static final class Stopped extends RuntimeException {
        Stopped() {
            super("the store closes", null, false, false);
        }
    }

    Compactor(Path directory, Disk disk, LsmOptions options, TableStack stack, DiskSpace space) {
        this.directory = directory;
        this.disk = disk;
        this.options = options;
        this.stack = stack;
        this.space = space;
    }

    void stop() {
        stopped = true;
    }

    /** Merges until nothing needs it. */
    void compact() throws IOException {
        try {
            while (!stopped) {
                List<Run> runs = stack.current().runs;
                CompactionChoice.Range range = CompactionChoice.choose(sizes(runs), options.tablesMax(), true);
                List<Run> group = range != null ? runs.subList(range.from(), range.to()) : wasteful(runs);
                if (group.isEmpty()) {
                    return;
                }
                merge(List.copyOf(group));
            }
        } catch (Stopped e) {
            // the builder has been abandoned; the next open finds the inputs as they were
        }
    }

    private static List<Long> sizes(List<Run> runs) {
        return runs.stream().map(Run::bytes).toList();
    }

    /** A single run whose value files are mostly dead, or nothing. */
    private static List<Run> wasteful(List<Run> runs) {
        Map<ValueFile, Long> live = liveBytes(runs);
        for (Run run : runs) {
            long total = 0;
            long used = 0;
            for (ValueFile file : TableStack.valueFiles(List.of(run))) {
                total += file.bytes();
                used += live.get(file);
            }
            if (total - used >= DEAD_VALUE_BYTES_MIN && used < total / 2) {
                return List.of(run);
            }
        }
        return List.of();
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

    private void merge(List<Run> group) throws IOException {
        space.require(group.stream().mapToLong(Run::bytes).sum());
        List<Run> runs = stack.current().runs;
        boolean bottom = runs.get(runs.size() - 1) == group.get(group.size() - 1);
        int keyMax = group.stream().mapToInt(Run::keyBytesMax).max().orElse(0);
        int storedMax = group.stream().mapToInt(Run::storedBytesMax).max().orElse(0);
        RunBuilder builder = new RunBuilder(directory, disk, options, stack::takeNumber,
            TableShape.fitting(keyMax, storedMax));
        builder.mayPointInto(TableStack.valueFiles(group));
        Run merged;
        try {
            new Merge(group, builder, bottom).run();
            merged = builder.finish();
        } catch (IOException | RuntimeException | Error e) {
            builder.abandon();
            throw e;
        }
        stack.replace(group, merged);
        compactions.incrementAndGet();
        compactedBytes.addAndGet(merged == null ? 0 : merged.bytes());
    }

    /** If runs have gathered above the group, merges those first. */
    private void lookUp(List<Run> group) throws IOException {
        if (stopped) {
            throw new Stopped();
        }
        List<Run> runs = stack.current().runs;
        List<Run> above = runs.subList(0, runs.indexOf(group.get(0)));
        CompactionChoice.Range range = CompactionChoice.choose(sizes(above), options.tablesMax(), false);
        if (range != null) {
            merge(List.copyOf(above.subList(range.from(), range.to())));
        }
    }

    /** One merge. */
    private final class Merge {
        private final List<Run> group;
        private final RunBuilder builder;
        private final boolean bottom;
        private final Run.RunCursor[] cursors;
        private final boolean[] alive;
        private final CompactionFilter filter;
        private final Set<Long> sparseFiles = new HashSet<>();

        Merge(List<Run> group, RunBuilder builder, boolean bottom) {
            this.group = group;
            this.builder = builder;
            this.bottom = bottom;
            this.cursors = group.stream().map(run -> run.scan(null, null, false)).toArray(Run.RunCursor[]::new);
            this.alive = new boolean[cursors.length];
            this.filter = options.compactionFilter() == null ? null : options.compactionFilter().get();
            liveBytes(stack.current().runs).forEach((file, live) -> {
                if (live < file.bytes() / 2) {
                    sparseFiles.add(file.number);
                }
            });
        }

        void run() throws IOException {
            for (int i = 0; i < cursors.length; i++) {
                alive[i] = cursors[i].next();
            }
            long seen = 0;
            for (int newest = newestOfLeast(); newest >= 0; newest = newestOfLeast()) {
                byte[] key = cursors[newest].key();
                emit(key, cursors[newest]);
                for (int i = 0; i < cursors.length; i++) {
                    if (alive[i] && (i == newest || Arrays.equals(cursors[i].key(), key))) {
                        alive[i] = cursors[i].next();
                    }
                }
                if (++seen % LOOK_UP_ENTRIES == 0) {
                    lookUp(group);
                }
            }
        }

        /** Of the cursors that stand on the least key the newest one's index, or -1. */
        private int newestOfLeast() {
            int best = -1;
            for (int i = 0; i < cursors.length; i++) {
                if (alive[i] && (best < 0 || Arrays.compareUnsigned(cursors[i].key(), cursors[best].key()) < 0)) {
                    best = i;
                }
            }
            return best;
        }

        private void emit(byte[] key, Run.RunCursor cursor) throws IOException {
            byte[] stored = cursor.stored();
            boolean dead = StoredValue.isTombstone(stored) || filter != null && filter.drop(key, cursor.value());
            if (dead) {
                if (!bottom) {
                    builder.addStored(key, StoredValue.TOMBSTONE);
                }
            } else if (StoredValue.isPointer(stored) && sparseFiles.contains(StoredValue.pointer(stored).file())) {
                builder.addApart(key, cursor.value());
            } else {
                builder.addStored(key, stored);
            }
        }
    }
}
