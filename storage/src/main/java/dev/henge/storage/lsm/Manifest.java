package dev.henge.storage.lsm;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The list of what a store consists of, replaced as a whole: written beside, synced, renamed over, directory synced.
 * A file that it does not name does not exist.
 *
 * @param flushedPosition the runs hold everything that the log says before this position
 * @param nextNumber      the number of the next file
 * @param runs            the newest run first: those of level 0 and then level by level
 */
record Manifest(long flushedPosition, long nextNumber, List<NamedRun> runs) {

    static final String NAME = "MANIFEST";
    static final String NEW_NAME = "MANIFEST.new";
    static final int VERSION = 2;
    /** As {@link #VERSION}, but all its runs are of level 0 and all its tables MapDB's. */
    private static final int VERSION_WITHOUT_LEVELS = 1;
    private static final long MAGIC = 0x48454E47454D414EL;
    private static final int FIXED_BYTES = 8 + 4 + 8 + 8 + 4;
    private static final int RUN_BYTES = 1 + 4;
    private static final int TABLE_BYTES = 1 + 8;

    /** A run's level and tables, in ascending order of their keys. */
    record NamedRun(int level, List<NamedTable> tables) {
    }

    /** A table's kind and number. */
    record NamedTable(TableKind kind, long number) {
    }

    /** The manifest of the directory; of an empty store if there is none. */
    static Manifest read(Path directory, Disk disk) throws IOException {
        Path path = directory.resolve(NAME);
        if (!disk.exists(path)) {
            return new Manifest(0, 1, List.of());
        }
        ByteBuffer in;
        try (Disk.DiskFile file = disk.open(path)) {
            in = ByteBuffer.allocate((int) file.size());
            file.read(in, 0);
        }
        in.flip();
        int end = in.limit() - 4;
        if (end < FIXED_BYTES || in.getLong() != MAGIC || in.getInt(end) != LogSegment.crc(in.array(), 0, end)) {
            throw new CorruptTableException(path, "its checksum does not match");
        }
        int version = in.getInt();
        if (version != VERSION && version != VERSION_WITHOUT_LEVELS) {
            throw new CorruptTableException(path,
                "it has format version " + version + ", this release reads up to " + VERSION);
        }
        try {
            return parse(path, in, version == VERSION);
        } catch (BufferUnderflowException e) {
            throw new CorruptTableException(path, "it is too short");
        }
    }

    private static Manifest parse(Path path, ByteBuffer in, boolean withLevels) {
        long flushed = in.getLong();
        long next = in.getLong();
        List<NamedRun> runs = new ArrayList<>();
        for (int run = in.getInt(); run > 0; run--) {
            int level = withLevels ? in.get() & 0xFF : 0;
            List<NamedTable> tables = new ArrayList<>();
            for (int table = in.getInt(); table > 0; table--) {
                int code = withLevels ? in.get() & 0xFF : TableKind.SORTED_MAP.code;
                TableKind kind = TableKind.of(code);
                if (kind == null) {
                    throw new CorruptTableException(path, "it names a table of kind " + code);
                }
                tables.add(new NamedTable(kind, in.getLong()));
            }
            runs.add(new NamedRun(level, tables));
        }
        return new Manifest(flushed, next, runs);
    }

    /** Writes it beside the one in force, synced. If that fails nothing has changed. */
    void prepare(Path directory, Disk disk) throws IOException {
        int size = FIXED_BYTES + 4;
        for (NamedRun run : runs) {
            size += RUN_BYTES + TABLE_BYTES * run.tables.size();
        }
        ByteBuffer out = ByteBuffer.allocate(size).putLong(MAGIC).putInt(VERSION).putLong(flushedPosition)
            .putLong(nextNumber).putInt(runs.size());
        for (NamedRun run : runs) {
            out.put((byte) run.level).putInt(run.tables.size());
            run.tables.forEach(table -> out.put((byte) table.kind.code).putLong(table.number));
        }
        out.putInt(LogSegment.crc(out.array(), 0, out.position())).flip();
        Path fresh = directory.resolve(NEW_NAME);
        try (Disk.DiskFile file = disk.open(fresh)) {
            file.truncate(0);
            file.append(out);
            file.force();
        }
    }

    /** Puts the prepared one in force. If that fails nobody knows which one a crash would leave: it is final. */
    static void change(Path directory, Disk disk) {
        try {
            disk.rename(directory.resolve(NEW_NAME), directory.resolve(NAME));
            disk.syncDirectory(directory);
        } catch (IOException e) {
            // Not as the cause: whatever its words, this is not to be tried again.
            var failed = new IllegalStateException("cannot put the new " + directory.resolve(NAME) + " in force: " + e);
            failed.addSuppressed(e);
            throw failed;
        }
    }
}
