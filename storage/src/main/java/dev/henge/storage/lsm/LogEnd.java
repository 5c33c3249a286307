package dev.henge.storage.lsm;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A small file that says how far the log was synced when the store was last closed. Without it a rotten or missing last
 * record looks like one that a crash tore; with it, it is seen to be damage.
 *
 * <pre>
 * magic u64 "HENGEEND" | version u32 | position u64 | CRC-32C u32 of the 20 bytes before
 * </pre>
 */
final class LogEnd {

    static final String NAME = "LOG-END";
    static final int VERSION = 1;
    private static final String NEW_NAME = "LOG-END.new";
    private static final long MAGIC = 0x48454E4745454E44L;
    private static final int BYTES = 24;
    private static final Logger LOG = LoggerFactory.getLogger(LogEnd.class);

    private LogEnd() {
    }

    static ByteBuffer encode(long position) {
        ByteBuffer out = ByteBuffer.allocate(BYTES).putLong(MAGIC).putInt(VERSION).putLong(position);
        return out.putInt(LogSegment.crc(out.array(), 0, BYTES - 4)).flip();
    }

    /** Notes that the log is on the disk up to this position. */
    static void write(Path directory, Disk disk, long position) throws IOException {
        Path fresh = directory.resolve(NEW_NAME);
        try (Disk.DiskFile file = disk.open(fresh)) {
            file.truncate(0);
            file.append(encode(position));
            file.force();
        }
        disk.rename(fresh, directory.resolve(NAME));
        disk.syncDirectory(directory);
    }

    /** The noted position, or 0 if none is, or the note itself is damaged: it only ever adds to what is known. */
    static long read(Path directory, Disk disk) throws IOException {
        Path path = directory.resolve(NAME);
        if (!disk.exists(path)) {
            return 0;
        }
        ByteBuffer in = ByteBuffer.allocate(BYTES);
        try (Disk.DiskFile file = disk.open(path)) {
            file.read(in, 0);
        }
        if (in.hasRemaining() || in.getLong(0) != MAGIC || in.getInt(8) != VERSION
                || in.getInt(20) != LogSegment.crc(in.array(), 0, 20)) {
            LOG.warn("{} is damaged or of another version; the log's end is taken from the log alone", path);
            return 0;
        }
        return in.getLong(12);
    }
}
