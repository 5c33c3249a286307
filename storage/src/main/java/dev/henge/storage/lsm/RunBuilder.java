package dev.henge.storage.lsm;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/** A run in the making: cuts it into tables, and puts large values apart. One thread. */
final class RunBuilder {

    /** The most that a run may be asked to put into one table; a kind of table may have a lower limit of its own. */
    static final long TABLE_BYTES_MAX = 256L << 20;

    private final Path directory;
    private final Disk disk;
    private final LsmOptions options;
    private final LongSupplier numbers;
    private final TableKind kind;
    private final int keyBytesMax;
    private final int storedBytesMax;
    private final long tableBytes;
    /** The value files that entries may point into: the inputs' and our own. */
    private final Map<Long, ValueFile> files = new HashMap<>();
    private final List<Table> tables = new ArrayList<>();
    private TableBuilder table;
    private ValueFile values;
    private final List<ValueFile> made = new ArrayList<>();
    private long writtenBytes;
    private byte[] body = new byte[256];

    /**
     * A run of block tables.
     *
     * @param numbers    gives each new file its number
     * @param tableBytes where to cut the run into the next table
     */
    RunBuilder(Path directory, Disk disk, LsmOptions options, LongSupplier numbers, long tableBytes) {
        this(directory, disk, options, numbers, TableKind.BLOCK, 0, 0, tableBytes);
    }

    /**
     * A run of tables of a kind.
     *
     * @param numbers        gives each new file its number
     * @param keyBytesMax    the longest key to come; block tables do not need it
     * @param storedBytesMax the longest stored value to come; block tables do not need it
     * @param tableBytes     where to cut the run into the next table
     */
    RunBuilder(Path directory, Disk disk, LsmOptions options, LongSupplier numbers, TableKind kind, int keyBytesMax,
            int storedBytesMax, long tableBytes) {
        this.directory = directory;
        this.disk = disk;
        this.options = options;
        this.numbers = numbers;
        this.kind = kind;
        this.keyBytesMax = keyBytesMax;
        this.storedBytesMax = storedBytesMax;
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

    /**
     * Adds a value, a tombstone or an operand from where it stands: what is not large is copied into its block, and
     * nowhere else.
     */
    void add(byte[] key, int keyLength, FoundBytes value, boolean operand) throws IOException {
        if (!value.any()) {
            addEntry(key, keyLength, StoredValue.TOMBSTONE_KIND, key, 0, 0);
        } else if (value.length() <= options.largeValueBytes()) {
            addEntry(key, keyLength, operand ? StoredValue.OPERAND_KIND : StoredValue.INLINE_KIND, value.array(),
                value.offset(), value.length());
        } else if (operand) {
            addOperand(Arrays.copyOf(key, keyLength), value.copy());
        } else {
            addApart(Arrays.copyOf(key, keyLength), value.copy());
        }
    }

    /** Adds an operand, for which something older may be in other tables. */
    void addOperand(byte[] key, byte[] operand) throws IOException {
        if (operand.length > options.largeValueBytes()) {
            addStored(key, apart(operand).encode(StoredValue.OPERAND_POINTER_KIND));
        } else {
            addEntry(key, key.length, StoredValue.OPERAND_KIND, operand, 0, operand.length);
        }
    }

    /** Adds a value to a value file of our own, whatever its size. */
    void addApart(byte[] key, byte[] value) throws IOException {
        addStored(key, apart(value).encode());
    }

    private StoredValue.Pointer apart(byte[] value) throws IOException {
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
        return values.append(value);
    }

    void addStored(byte[] key, byte[] stored) throws IOException {
        addEntry(key, key.length, stored[0], stored, 1, stored.length - 1);
    }

    private void addEntry(byte[] key, int keyLength, byte storedKind, byte[] bytes, int offset, int length)
            throws IOException {
        if (table != null && (table.bytes() >= tableBytes || table.isFull())) {
            cut();
        }
        if (table == null) {
            table = kind.build(directory, disk, numbers.getAsLong(), keyBytesMax, storedBytesMax,
                options.bloomBitsPerKey());
        }
        writtenBytes += keyLength + 1 + length;
        table.add(key, keyLength, storedKind, bytes, offset, length);
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
        Table built = table.finish(files::get);
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
