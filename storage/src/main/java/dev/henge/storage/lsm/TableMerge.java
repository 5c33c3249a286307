package dev.henge.storage.lsm;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * The merging of one step's tables: the newest version of each key wins, operands become one with what is
 * below them, tombstones go where nothing older may be, the filter judges the rest. One thread, once.
 */
final class TableMerge {

    /** How many keys pass between two looks at the clock and whether to stop. */
    private static final int LOOK_UP_ENTRIES = 256;

    private final RunBuilder builder;
    private final MergeOperator operator;
    private final CompactionFilter filter;
    private final List<Run> below;
    private final Set<Long> sparseFiles;
    private final Progress progress;
    private final Run.RunCursor[] cursors;
    private final boolean[] alive;
    /** The tables that the result's tables will meet when they go further down. */
    private final List<Table> next;
    private final long metBytesMax;
    private int nextAt;
    private long metBytes;

    /** Hears, every few entries, what has been written; throws to stop the merge. */
    interface Progress {
        void written(long bytes);
    }

    /**
     * @param below       all runs older than the inputs
     * @param next        the run of the level after the result's, or null
     * @param metBytesMax how much of it a table of the result may meet
     * @param sparseFiles value files whose live values move
     */
    TableMerge(List<Run> inputs, RunBuilder builder, MergeOperator operator, CompactionFilter filter,
            List<Run> below, Run next, long metBytesMax, Set<Long> sparseFiles, Progress progress, Damages damages) {
        this.builder = builder;
        this.operator = operator;
        this.filter = filter;
        this.below = below;
        this.sparseFiles = sparseFiles;
        this.progress = progress;
        this.cursors = inputs.stream().map(run -> run.scan(null, null, false, damages)).toArray(Run.RunCursor[]::new);
        this.alive = new boolean[cursors.length];
        this.next = next == null ? List.of() : next.tables();
        this.metBytesMax = metBytesMax;
    }

    void run() throws IOException {
        for (int i = 0; i < cursors.length; i++) {
            alive[i] = cursors[i].next();
        }
        long seen = 0;
        for (int newest = newestOfLeast(); newest >= 0; newest = newestOfLeast()) {
            if (cursors[newest].isOperand()) {
                emitMerged(newest);
            } else {
                emit(cursors[newest]);
            }
            for (int i = newest + 1; i < cursors.length; i++) {
                if (alive[i] && cursors[i].compareKey(cursors[newest]) == 0) {
                    alive[i] = cursors[i].next();
                }
            }
            alive[newest] = cursors[newest].next();
            if (++seen % LOOK_UP_ENTRIES == 0) {
                progress.written(builder.writtenBytes());
            }
        }
        progress.written(builder.writtenBytes());
    }

    /** Of the cursors that stand on the least key the newest one's index, or -1. */
    private int newestOfLeast() {
        int best = -1;
        for (int i = 0; i < cursors.length; i++) {
            if (alive[i] && (best < 0 || cursors[i].compareKey(cursors[best]) < 0)) {
                best = i;
            }
        }
        return best;
    }

    private void emit(Run.RunCursor cursor) throws IOException {
        Table.StoredCursor entry = cursor.entry();
        boolean dead = cursor.isTombstone() || drops(cursor);
        if (!dead) {
            cutBefore(entry.keyBytes(), entry.keyLength());
            if (pointsIntoSparseFile(entry)) {
                addApart(entry, cursor);
            } else {
                builder.addStored(entry);
            }
        } else if (mayBeBelow(entry.keyBytes(), entry.keyLength())) {
            cutBefore(entry.keyBytes(), entry.keyLength());
            builder.addStored(cursor.key(), StoredValue.TOMBSTONE);
        }
    }

    /** The key's newest operand, with all that the inputs have below it. */
    private void emitMerged(int newest) throws IOException {
        byte[] key = cursors[newest].key();
        byte[] value = null;
        int count = 0;
        boolean open = true;
        for (int i = newest; open && i < cursors.length; i++) {
            if (alive[i] && (i == newest || cursors[i].compareKey(cursors[newest]) == 0)) {
                value = MergeOperator.join(operator, key, cursors[i].value(), value);
                open = cursors[i].isOperand();
                count++;
            }
        }
        boolean below = mayBeBelow(key, key.length);
        byte[] whole = value;
        if (open && below) {
            cutBefore(key, key.length);
            if (count > 1 || pointsIntoSparseFile(cursors[newest].entry())) {
                builder.addOperand(key, value);
            } else {
                builder.addStored(cursors[newest].entry());
            }
        } else if (filter == null || !filter.drop(key, () -> whole)) {
            cutBefore(key, key.length);
            builder.add(key, value);
        } else if (below) {
            cutBefore(key, key.length);
            builder.addStored(key, StoredValue.TOMBSTONE);
        }
    }

    /** What the filter cannot judge, because something it looks at is damaged, stays. */
    private boolean drops(Run.RunCursor cursor) {
        try {
            return filter != null && filter.drop(cursor.key(), cursor::value);
        } catch (CorruptTableException e) {
            return false;
        }
    }

    /** A value that cannot be read stays where it is. */
    private void addApart(Table.StoredCursor entry, Run.RunCursor cursor) throws IOException {
        byte[] value;
        try {
            value = cursor.value();
        } catch (CorruptTableException e) {
            builder.addStored(entry);
            return;
        }
        builder.addApart(cursor.key(), value);
    }

    private boolean pointsIntoSparseFile(Table.StoredCursor entry) {
        return !sparseFiles.isEmpty() && StoredValue.isPointer(entry.kind())
            && sparseFiles.contains(StoredValue.pointer(entry.stored()).file());
    }

    private boolean mayBeBelow(byte[] key, int keyLength) {
        if (below.isEmpty()) {
            return false;
        }
        long hash = KeyHash.of(key, 0, keyLength);
        for (Run run : below) {
            if (TableReads.mayContain(run.tableFor(key, keyLength), key, keyLength, hash)) {
                return true;
            }
        }
        return false;
    }

    /** Ends the table where it would meet too much of the next level: a later step with it would be too large. */
    private void cutBefore(byte[] key, int keyLength) throws IOException {
        boolean passed = false;
        while (nextAt < next.size() && isBelow(next.get(nextAt).lastKey(), key, keyLength)) {
            metBytes += next.get(nextAt++).bytes();
            passed = true;
        }
        if (passed && metBytes > metBytesMax) {
            builder.endTable();
            metBytes = 0;
        }
    }

    private static boolean isBelow(byte[] last, byte[] key, int keyLength) {
        return Arrays.compareUnsigned(last, 0, last.length, key, 0, keyLength) < 0;
    }
}
