package dev.henge.storage.lsm;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Zeros that stand in the last segment behind its records, for the next ones to be written over.
 *
 * <p>Only where every turn waits for its sync. To sync bytes that lie inside of the file the disk writes those bytes;
 * to sync bytes behind its end the file system must also write down, in its journal, how long the file is now and
 * where it lies, which takes as long again. So a step of zeros is written now and then, and all syncs but the one
 * after it are of the first kind. A segment that takes no more is cut where its records end, and so is one that a
 * crash has left: see {@link LogScanner.Tail}.
 *
 * <p>The owner's, but for {@link #bytesBehind}.
 */
final class LogRoom {

    /** What is written ahead at a time: the turn that does so waits until the disk has that much more. */
    static final int STEP_BYTES = 64 << 10;
    /** A write larger than this takes longer than the file system's journal. */
    static final int WRITE_BYTES_MAX = STEP_BYTES / 4;
    /** Steps end where a page does, so that no page is written down for the sake of zeros twice. */
    private static final int PAGE_BYTES = 4096;

    private final long segmentBytes;
    private final ByteBuffer zeros = ByteBuffer.allocateDirect(STEP_BYTES);
    private LogSegment segment;
    /** Up to here the segment's file has been written. */
    private volatile long writtenTo;
    /** Whether the disk had no room for zeros: this segment gets no more. */
    private boolean full;

    /** @param segmentBytes no zeros are written behind that */
    LogRoom(long segmentBytes) {
        this.segmentBytes = segmentBytes;
    }

    /** Writes zeros if the next write, of so many bytes from an offset on, would end behind what there is. */
    void before(LogSegment last, long offset, int bytes) throws IOException {
        if (last != segment) {
            segment = last;
            writtenTo = offset;
            full = false;
        }
        long end = offset + bytes;
        if (end > writtenTo && bytes <= WRITE_BYTES_MAX && !full) {
            long pageEnd = (writtenTo + STEP_BYTES) / PAGE_BYTES * PAGE_BYTES;
            int step = (int) (Math.min(pageEnd, segmentBytes) - writtenTo);
            if (writtenTo + step > end) {
                write(step);
            }
        }
        writtenTo = Math.max(writtenTo, end);
    }

    private void write(int step) throws IOException {
        try {
            segment.file.writeAt(zeros.duplicate().limit(step), writtenTo);
            writtenTo += step;
        } catch (IOException e) {
            if (!DiskFull.is(e)) {
                throw e;
            }
            full = true; // the records may still fit; if not, their own write says so
        }
    }

    /**
     * Cuts the segment, which takes no more, where its records end; the disk knows when this returns. So records that
     * are not synced are only ever in the last segment, and so are zeros.
     */
    void close(LogSegment done) throws IOException {
        done.file.truncate(done.fileBytes());
        done.file.force();
    }

    /** How many bytes the file has behind its records. Any thread; roughly. */
    long bytesBehind(LogSegment last) {
        return last == segment ? Math.max(0, writtenTo - last.fileBytes()) : 0;
    }
}
