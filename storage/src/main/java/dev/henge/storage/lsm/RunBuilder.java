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

    /** The most that a table holds: MapDB's offsets, the filters, and the work of opening one all want a bound. */
    static final long TABLE_BYTES_MAX = 256L << 20;
    static final int TABLE_ENTRIES_MAX = 4 << 20;

    private final Path directory;
    private final Disk disk;
    private final LsmOptions options;
    private final LongSupplier numbers;
    private final TableShape shape;
    private final long tableBytes;
    /** The value files that entries may point into: the inputs' and our own. */
    private final Map<Long, ValueFile> files = new HashMap<>();
    private final List<Table> tables = new ArrayList<>();
    private TableBuilder table;
    private ValueFile values;
    private final List<ValueFile> made = new ArrayList<>();
    private long writtenBytes;

    /**
     * @param numbers    gives each new file its number
     * @param tableBytes where to cut the run into the next table
     */
    RunBuilder(Path directory, Disk disk, LsmOptions options, LongSupplier numbers, TableShape shape,
            long tableBytes) {
        this.directory = directory;
        this.disk = disk;
        this.options = options;
        this.numbers = numbers;
        this.shape = shape;
        this.tableBytes = tableBytes;
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

    /** Adds a value to a value file of our own, whatever its size. */
    void addApart(byte[] key, byte[] value) throws IOException {
        if (values != null && values.bytes() >= options.levels().valueFileBytes()) {
            values.sync();
            values = null;
        }
        if (values == null) {
            values = ValueFile.create(directory, disk, numbers.getAsLong());
            values.hold();
            made.add(values);
            files.put(values.number, values);
        }
        writtenBytes += ValueFile.footprint(value.length);
        addStored(key, values.append(value).encode());
    }

    void addStored(byte[] key, byte[] stored) throws IOException {
        if (table != null && (table.bytes() >= tableBytes || table.entries() >= TABLE_ENTRIES_MAX)) {
            cut();
        }
        if (table == null) {
            table = new TableBuilder(directory, disk, numbers.getAsLong(), shape, options.bloomBitsPerKey());
        }
        writtenBytes += key.length + stored.length;
        table.add(key, stored);
    }

    /** What has been added, in bytes: about what has been written. */
    long writtenBytes() {
        return writtenBytes;
    }

    /** Ends the table that is being built, if there is one: what is added next begins another. */
    void endTable() throws IOException {
        if (table != null) {
            cut();
        }
    }

    private void cut() throws IOException {
        SortedMapTable built = table.finish(files);
        table = null;
        built.hold();
        tables.add(built);
    }

    /** The tables, synced, in ascending order, each held once. */
    List<Table> finish() throws IOException {
        if (values != null) {
            values.sync();
        }
        endTable();
        for (ValueFile file : made) {
            file.release(); // the tables hold it now
        }
        disk.syncDirectory(directory);
        return List.copyOf(tables);
    }

    /** Gives up, and leaves nothing behind. */
    void abandon() throws IOException {
        if (table != null) {
            table.abandon();
        }
        made.forEach(ValueFile::retire);
        for (Table built : tables) {
            built.retire();
            built.release();
        }
        for (ValueFile file : made) {
            file.release();
        }
    }
}
