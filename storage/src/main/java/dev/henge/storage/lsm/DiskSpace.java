package dev.henge.storage.lsm;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The watch over the room on a store's disk: looks once a second, on a thread of its own, since asking may take long.
 *
 * <p>Writes are refused before the disk is full, so that what must be written in any case (a flush of what is
 * acknowledged, the manifest, the notes of a clean stop) still finds room. The reserve has no setting.
 */
final class DiskSpace implements Runnable {

    /** Below so much free space writes are refused, or below {@link #RESERVE_PERCENT} of a small disk. */
    static final long RESERVE_BYTES = 64L << 20;
    static final int RESERVE_PERCENT = 2;
    /** Writes go on when there is this much more than the reserve, in percent of it: else they would flicker. */
    static final int RESUME_PERCENT = 25;
    static final long LOOK_MILLIS = 1_000;
    private static final Logger LOG = LoggerFactory.getLogger(DiskSpace.class);

    private final Path directory;
    private final Disk disk;
    private final Thread thread;
    private volatile long usableBytes = Long.MAX_VALUE;
    private volatile long reserveBytes;
    private volatile String refusal;
    private volatile boolean closed;

    DiskSpace(Path directory, Disk disk) {
        this.directory = directory;
        this.disk = disk;
        this.thread = new Thread(this, "henge-disk-space");
        this.thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    @Override
    public void run() {
        while (!closed) {
            look();
            LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS));
        }
    }

    /** Asks the disk. */
    void look() {
        try {
            Disk.Space space = disk.space(directory);
            usableBytes = space.usableBytes();
            reserveBytes = reserve(space.totalBytes());
            judge(usableBytes, reserveBytes);
        } catch (IOException e) {
            // Not to know is no reason to refuse: the write that finds no room will say so.
            LOG.debug("cannot see how much space is left for {}", directory, e);
        }
    }

    static long reserve(long totalBytes) {
        return Math.min(RESERVE_BYTES, totalBytes / 100 * RESERVE_PERCENT);
    }

    private void judge(long usable, long reserve) {
        if (refusal == null && usable < reserve) {
            refusal = "No space left on device: " + usable + " bytes are free where " + directory
                + " lies, fewer than the " + reserve + " that are kept in reserve";
            LOG.error("writes are refused until there is space: {}", refusal);
        } else if (refusal != null && usable >= reserve + reserve / 100 * RESUME_PERCENT) {
            refusal = null;
            LOG.info("writes go on: {} bytes are free where {} lies", usable, directory);
        }
    }

    /** Why writes are refused for want of space, or null. */
    String refusal() {
        return refusal;
    }

    /** How many bytes are left beside the reserve, as far as is known. */
    long room() {
        return usableBytes - reserveBytes;
    }

    /**
     * Throws, in the words of a full disk, if there is obviously no room beside the reserve for work that writes so
     * many bytes and can wait.
     */
    void require(long bytes) throws IOException {
        if (bytes > usableBytes - reserveBytes) {
            throw new IOException(directory + ": No space left on device for " + bytes + " bytes: " + usableBytes
                + " are free, " + reserveBytes + " of them kept in reserve");
        }
    }

    void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
