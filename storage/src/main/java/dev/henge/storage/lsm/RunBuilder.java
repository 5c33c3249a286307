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

    private final Path directory;
    private final Disk disk;
    private final LsmOptions options;
    private final LongSupplier numbers;
    private final TableKind kind;
    private final int keyBytesMax;
    private final int storedBytesMax;
    /** The value files that entries may point into: the inputs' and our own. */
    private final Map<Long, ValueFile> files = new HashMap<>();
    private final List<Table> tables = new ArrayList<>();
    private TableBuilder table;
    private ValueFile values;
    private byte[] body = new byte[256];

    /** A run of block tables; {@code numbers} gives each new file its number. */
    RunBuilder(Path directory, Disk disk, LsmOptions options, LongSupplier numbers) {
        this(directory, disk, options, numbers, TableKind.BLOCK, 0, 0);
    }

    /**
     * A run of tables of a kind.
     *
     * @param numbers        gives each new file its number
     * @param keyBytesMax    the longest key to come; block tables do not need it
     * @param storedBytesMax the longest stored value to come; block tables do not need it
     */
    RunBuilder(Path directory, Disk disk, LsmOptions options, LongSupplier numbers, TableKind kind, int keyBytesMax,
            int storedBytesMax) {
        this.directory = directory;
        this.disk = disk;
        this.options = options;
        this.numbers = numbers;
        this.kind = kind;
        this.keyBytesMax = keyBytesMax;
        this.storedBytesMax = storedBytesMax;
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
            addEntry(key, key.length, StoredValue.INLINE_KIND, value, 0, value.length);
        }
    }

    /** Adds the entry that a cursor stands on, as it is stored. */
    void addStored(Table.StoredCursor cursor) throws IOException {
        int length = cursor.bodyLength();
        if (body.length < length) {
            body = new byte[Math.max(length, 2 * body.length)];
        }
        cursor.copyBody(body, 0);
        addEntry(cursor.keyBytes(), cursor.keyLength(), cursor.kind(), body, 0, length);
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
        addEntry(key, key.length, stored[0], stored, 1, stored.length - 1);
    }

    private void addEntry(byte[] key, int keyLength, byte storedKind, byte[] bytes, int offset, int length)
            throws IOException {
        if (table != null && table.isFull()) {
            cut();
        }
        if (table == null) {
            table = kind.build(directory, disk, numbers.getAsLong(), keyBytesMax, storedBytesMax,
                options.bloomBitsPerKey());
        }
        table.add(key, keyLength, storedKind, bytes, offset, length);
    }

    private void cut() throws IOException {
        Table built = table.finish(files::get);
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
        return tables.isEmpty() ? null : new Run(tables);
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
