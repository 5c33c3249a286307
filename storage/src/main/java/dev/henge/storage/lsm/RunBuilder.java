package dev.henge.storage.lsm;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/** A run in the making: cuts it into tables, and puts large values apart. One thread. */
final class RunBuilder {

    /** Where a run is cut into the next table. */
    static final long TABLE_BYTES_MAX = 256L << 20;
    static final int TABLE_ENTRIES_MAX = 4 << 20;

    private final Path directory;
    private final Disk disk;
    private final LsmOptions options;
    private final LongSupplier numbers;
    private final TableShape shape;
    /** The value files that entries may point into: the inputs' and our own. */
    private final Map<Long, ValueFile> files = new HashMap<>();
    private final List<Table> tables = new ArrayList<>();
    private TableBuilder table;
    private ValueFile values;

    /** @param numbers gives each new file its number */
    RunBuilder(Path directory, Disk disk, LsmOptions options, LongSupplier numbers, TableShape shape) {
        this.directory = directory;
        this.disk = disk;
        this.options = options;
        this.numbers = numbers;
        this.shape = shape;
    }

    /** Entries that are added may point into these files. */
    void mayPointInto(Iterable<ValueFile> inputs) {
        for (ValueFile file : inputs) {
            files.put(file.number, file);
        }
    }

    /** Adds a value; null is a tombstone. Keys ascend. */
    void add(byte[] key, byte[] value) throws IOException {
        if (value == null) {
            addStored(key, StoredValue.TOMBSTONE);
        } else if (value.length > options.largeValueBytes()) {
            addApart(key, value);
        } else {
            addStored(key, StoredValue.inline(value));
        }
    }

    /** Adds a value to our own value file, whatever its size. */
    void addApart(byte[] key, byte[] value) throws IOException {
        if (values == null) {
            values = ValueFile.create(directory, disk, numbers.getAsLong());
            values.hold();
            files.put(values.number, values);
        }
        addStored(key, values.append(value).encode());
    }

    void addStored(byte[] key, byte[] stored) throws IOException {
        if (table != null && (table.bytes() >= TABLE_BYTES_MAX || table.entries() >= TABLE_ENTRIES_MAX)) {
            cut();
        }
        if (table == null) {
            table = new TableBuilder(directory, disk, numbers.getAsLong(), shape, options.bloomBitsPerKey());
        }
        table.add(key, stored);
    }

    private void cut() throws IOException {
        SortedMapTable built = table.finish(files);
        table = null;
        built.hold();
        tables.add(built);
    }

    /** The run, synced, each table held once; null if nothing was added. */
    Run finish() throws IOException {
        if (values != null) {
            values.sync();
        }
        if (table != null) {
            cut();
        }
        if (values != null) {
            values.release(); // the tables hold it now
        }
        disk.syncDirectory(directory);
        return tables.isEmpty() ? null : new Run(0, tables);
    }

    /** Gives up, and leaves nothing behind. */
    void abandon() throws IOException {
        if (table != null) {
            table.abandon();
        }
        if (values != null) {
            values.retire();
        }
        for (Table built : tables) {
            built.retire();
            built.release();
        }
        if (values != null) {
            values.release();
        }
    }
}
