package dev.henge.storage.lsm;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** What turns a frozen memtable into a run. One thread. */
final class Flusher {

    private final Path directory;
    private final Disk disk;
    private final LsmOptions options;
    private final TableStack stack;
    final AtomicLong flushes = new AtomicLong();
    final AtomicLong flushedBytes = new AtomicLong();
    /** How fast memtables are flushed. */
    final DrainRate rate = new DrainRate();

    Flusher(Path directory, Disk disk, LsmOptions options, TableStack stack) {
        this.directory = directory;
        this.disk = disk;
        this.options = options;
        this.stack = stack;
    }

    void flush(Memtable memtable) throws IOException {
        long start = System.nanoTime();
        RunBuilder builder = new RunBuilder(directory, disk, options, stack::takeNumber, RunBuilder.TABLE_BYTES_MAX);
        List<Table> tables;
        try {
            boolean bottom = stack.current().runs.isEmpty();
            byte[] key = new byte[64];
            FoundBytes value = new FoundBytes();
            for (int ref = memtable.ceiling(null); ref != Memtable.NONE; ref = memtable.next(ref)) {
                if (!bottom || !memtable.isTombstone(ref)) {
                    int keyLength = memtable.keyLength(ref);
                    if (key.length < keyLength) {
                        key = new byte[Math.max(keyLength, 2 * key.length)];
                    }
                    memtable.copyKey(ref, key);
                    memtable.view(ref, value);
                    builder.add(key, keyLength, value, !bottom && memtable.isOperand(ref));
                }
            }
            tables = builder.finish();
        } catch (IOException | RuntimeException | Error e) {
            builder.abandon();
            throw e;
        }
        Run run = tables.isEmpty() ? null : new Run(0, tables);
        // counted first: who waits for the run to be there may look at the figures at once
        flushes.incrementAndGet();
        flushedBytes.addAndGet(builder.writtenBytes());
        stack.push(run, memtable);
        rate.did(memtable.bytes(), System.nanoTime() - start);
    }
}
