package dev.henge.storage.lsm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Frozen memtables and the tables below them: what a store is at one moment, and stays while this is held. Any thread
 * may hold it; one at a time reads, cursors count for themselves.
 */
final class ReadView {

    private final List<Memtable> memtables;
    private final TableSet tables;
    private final Damages damages;
    private final MergeOperator operator;
    private final TableReads reads;
    private final AtomicInteger holders = new AtomicInteger(1);

    /** @param memtables the newest first; as the tables, held for this view */
    ReadView(List<Memtable> memtables, TableSet tables, Damages damages, MergeOperator operator) {
        this.damages = damages;
        this.memtables = memtables;
        this.tables = tables;
        this.operator = operator;
        this.reads = new TableReads(damages, operator);
    }

    /** The last memtable that is in it, in memory or in a table. */
    long lastMemtable() {
        return memtables.isEmpty() ? tables.flushedMemtables : memtables.get(0).order();
    }

    byte[] get(byte[] key, int keyLength) {
        long hash = KeyHash.of(key, 0, keyLength);
        byte[] newer = null;
        for (Memtable memtable : memtables) {
            int ref = memtable.find(key, keyLength, (int) hash);
            if (ref != Memtable.NONE) {
                newer = TableReads.join(operator, key, keyLength, memtable.value(ref), newer);
                if (!memtable.isOperand(ref)) {
                    return newer;
                }
            }
        }
        return reads.get(tables.runs, key, keyLength, hash, newer);
    }

    /** A cursor that holds the view. */
    ByteCursor scan(byte[] from, byte[] to, boolean reverse) {
        hold();
        return cursor(memtables, tables, from, to, reverse, damages, operator, this::release);
    }

    static MergeCursor cursor(List<Memtable> memtables, TableSet tables, byte[] from, byte[] to, boolean reverse,
            Damages damages, MergeOperator operator, Runnable onClose) {
        byte[] low = from == null ? null : from.clone();
        byte[] high = to == null ? null : to.clone();
        List<EntryCursor> sources = new ArrayList<>();
        for (Memtable memtable : memtables) {
            sources.add(new MemtableCursor(memtable, low, high, reverse));
        }
        if (low == null || high == null || Arrays.compareUnsigned(low, high) < 0) {
            for (Run run : tables.runs) {
                sources.add(run.scan(low, high, reverse, damages));
            }
        }
        return new MergeCursor(sources, reverse, operator, onClose);
    }

    /** The same view of other tables, which are held for it, and of no memtables. */
    ReadView on(TableSet others) {
        return new ReadView(List.of(), others, damages, operator);
    }

    void hold() {
        holders.incrementAndGet();
    }

    void release() {
        if (holders.decrementAndGet() > 0) {
            return;
        }
        memtables.forEach(Memtable::release);
        try {
            tables.release();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot close a table", e);
        }
    }
}
