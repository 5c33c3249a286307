package dev.henge.storage.lsm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** A reader of one segment's records, through a window of the file. */
final class LogScanner {

    private static final int WINDOW_BYTES = 1 << 20;

    private final LogSegment segment;
    private final long fileBytes;
    private byte[] window = new byte[WINDOW_BYTES];
    private long windowStart;
    private int windowLength;

    LogScanner(LogSegment segment) {
        this.segment = segment;
        this.fileBytes = segment.fileBytes();
    }

    /** The payload of the record at this position, or null if no whole and sound record begins there. */
    byte[] recordAt(long position) {
        long offset = segment.offsetOf(position);
        if (!load(offset, LogSegment.RECORD_HEAD_BYTES)) {
            return null;
        }
        ByteBuffer head = ByteBuffer.wrap(window, (int) (offset - windowStart), LogSegment.RECORD_HEAD_BYTES);
        int length = head.getInt();
        int headCheck = head.getInt();
        int check = head.getInt();
        if (length < 1 || length > LogSegment.RECORD_BYTES_MAX
                || headCheck != LogSegment.headCheck(position, length)
                || !load(offset + LogSegment.RECORD_HEAD_BYTES, length)) {
            return null;
        }
        int at = (int) (offset + LogSegment.RECORD_HEAD_BYTES - windowStart);
        return LogSegment.crc(window, at, length) == check ? Arrays.copyOfRange(window, at, at + length) : null;
    }

    /** The first position after this one at which a sound record begins, or -1. */
    long soundRecordAfter(long position) {
        long last = segment.end - LogSegment.RECORD_HEAD_BYTES - 1;
        for (long candidate = position + 1; candidate <= last; candidate++) {
            if (recordAt(candidate) != null) {
                return candidate;
            }
        }
        return -1;
    }

    private boolean load(long offset, int length) {
        if (offset + length > fileBytes) {
            return false;
        }
        if (offset >= windowStart && offset + length <= windowStart + windowLength) {
            return true;
        }
        if (length > window.length) {
            window = new byte[length];
        }
        try {
            int wanted = (int) Math.min(window.length, fileBytes - offset);
            windowStart = offset;
            windowLength = segment.file.read(ByteBuffer.wrap(window, 0, wanted), offset);
            return windowLength >= length;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + segment.path, e);
        }
    }
}
