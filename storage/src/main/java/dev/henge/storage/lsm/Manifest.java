package dev.henge.storage.lsm;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The list of what a store consists of, replaced as a whole: written beside, synced, renamed over, directory synced.
 * A file that it does not name does not exist.
 *
 * @param flushedPosition the runs hold everything that the log says before this position
 * @param nextNumber      the number of the next file
 * @param runs            the newest run first
 */
record Manifest(long flushedPosition, long nextNumber, List<RunEntry> runs) {

    /** One run: its level, and its tables in ascending order. */
    record RunEntry(int level, List<TableEntry> tables) {
    }

    /** One table. */
    record TableEntry(TableKind kind, long number) {
    }

    static final String NAME = "MANIFEST";
    static final String NEW_NAME = "MANIFEST.new";
    static final int VERSION = 2;
    /** All runs are of level 0, all tables of kind 1. */
    static final int FIRST_VERSION = 1;
    private static final long MAGIC = 0x48454E47454D414EL;
    private static final int FIXED_BYTES = 8 + 4 + 8 + 8 + 4;

    /** The manifest of the directory; of an empty store if there is none. */
    static Manifest read(Path directory, Disk disk) throws IOException {
        Path path = directory.resolve(NAME);
        if (!Files.exists(path)) {
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
        if (version != VERSION && version != FIRST_VERSION) {
            throw new CorruptTableException(path,
                "it has format version " + version + ", this release reads " + FIRST_VERSION + " and " + VERSION);
        }
        try {
            return parse(path, in, version);
        } catch (BufferUnderflowException e) {
            throw new CorruptTableException(path, "it is too short");
        }
    }

    private static Manifest parse(Path path, ByteBuffer in, int version) {
        long flushed = in.getLong();
        long next = in.getLong();
        List<RunEntry> runs = new ArrayList<>();
        for (int run = in.getInt(); run > 0; run--) {
            int level = version == FIRST_VERSION ? 0 : in.get() & 0xFF;
            List<TableEntry> tables = new ArrayList<>();
            for (int table = in.getInt(); table > 0; table--) {
                int code = version == FIRST_VERSION ? TableKind.SORTED_MAP.code : in.get() & 0xFF;
                TableKind kind = TableKind.of(code);
                if (kind == null) {
                    throw new CorruptTableException(path, "it names a table of kind " + code);
                }
                tables.add(new TableEntry(kind, in.getLong()));
            }
            runs.add(new RunEntry(level, tables));
        }
        return new Manifest(flushed, next, runs);
    }

    void write(Path directory, Disk disk) throws IOException {
        int size = FIXED_BYTES + 4;
        for (RunEntry run : runs) {
            size += 1 + 4 + 9 * run.tables().size();
        }
        ByteBuffer out = ByteBuffer.allocate(size).putLong(MAGIC).putInt(VERSION).putLong(flushedPosition)
            .putLong(nextNumber).putInt(runs.size());
        for (RunEntry run : runs) {
            out.put((byte) run.level()).putInt(run.tables().size());
            run.tables().forEach(table -> out.put((byte) table.kind().code).putLong(table.number()));
        }
        out.putInt(LogSegment.crc(out.array(), 0, out.position())).flip();
        Path fresh = directory.resolve(NEW_NAME);
        try (Disk.DiskFile file = disk.open(fresh)) {
            file.truncate(0);
            file.append(out);
            file.force();
        }
        disk.rename(fresh, directory.resolve(NAME));
        disk.syncDirectory(directory);
    }
}
