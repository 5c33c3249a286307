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
 * @param runs            the tables of each run, the newest run first
 */
record Manifest(long flushedPosition, long nextNumber, List<List<Long>> runs) {

    static final String NAME = "MANIFEST";
    static final String NEW_NAME = "MANIFEST.new";
    static final int VERSION = 1;
    private static final long MAGIC = 0x48454E47454D414EL;
    private static final int FIXED_BYTES = 8 + 4 + 8 + 8 + 4;

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
        if (version != VERSION) {
            throw new CorruptTableException(path,
                "it has format version " + version + ", this release reads " + VERSION);
        }
        try {
            return parse(in);
        } catch (BufferUnderflowException e) {
            throw new CorruptTableException(path, "it is too short");
        }
    }

    private static Manifest parse(ByteBuffer in) {
        long flushed = in.getLong();
        long next = in.getLong();
        List<List<Long>> runs = new ArrayList<>();
        for (int run = in.getInt(); run > 0; run--) {
            List<Long> tables = new ArrayList<>();
            for (int table = in.getInt(); table > 0; table--) {
                tables.add(in.getLong());
            }
            runs.add(tables);
        }
        return new Manifest(flushed, next, runs);
    }

    void write(Path directory, Disk disk) throws IOException {
        int size = FIXED_BYTES + 4;
        for (List<Long> run : runs) {
            size += 4 + 8 * run.size();
        }
        ByteBuffer out = ByteBuffer.allocate(size).putLong(MAGIC).putInt(VERSION).putLong(flushedPosition)
            .putLong(nextNumber).putInt(runs.size());
        for (List<Long> run : runs) {
            out.putInt(run.size());
            run.forEach(out::putLong);
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
