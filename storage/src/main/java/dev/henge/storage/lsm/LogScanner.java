package dev.henge.storage.lsm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** A reader of one segment's records, through a window of the file. */
final class LogScanner {

    /** A disk that loses its power has written so many neighbouring bytes, or has not. */
    static final int SECTOR_BYTES = 512;

    /** What stands where the records of a segment end. */
    enum Tail {
        /** Zeros, for records to come. */
        ROOM,
        /** What a crash has left of records that were not synced. */
        TORN,
        /** A bad record that a crash cannot have made. */
        DAMAGED
    }

    private static final int WINDOW_BYTES = 1 << 20;

    private final LogSegment segment;
    private final long fileBytes;
    private byte[] window = new byte[WINDOW_BYTES];
    private long windowStart;
    private int windowLength;
    /** Of the last sound record: its mark, or -1 if it has none; and its end. */
    private long mark;
    private long next;

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
        int word = head.getInt();
        int headCheck = head.getInt();
        int check = head.getInt();
        int length = segment.lengthOf(word);
        int headBytes = LogSegment.headBytesOf(word);
        if (length < 1 || !load(offset, headBytes)) {
            return null;
        }
        long marked = word < 0 ? ByteBuffer.wrap(window).getLong((int) (offset - windowStart) + headBytes
            - LogSegment.MARK_BYTES) : -1;
        if (headCheck != LogSegment.headCheck(position, word, marked) || !load(offset + headBytes, length)) {
            return null;
        }
        int at = (int) (offset + headBytes - windowStart);
        if (LogSegment.crc(window, at, length) != check) {
            return null;
        }
        mark = marked;
        next = position + headBytes + length;
        return Arrays.copyOfRange(window, at, at + length);
    }

    /** Where the record ends that {@link #recordAt} has returned last. */
    long next() {
        return next;
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

    /**
     * What stands from here on, where no sound record begins in the last segment.
     *
     * <p>If sound records follow, one of them may say that the disk had all before it when it was made: then this one
     * was there. If none does, all of them were written since the last sync that is known of, and a power loss may
     * have kept any sectors of what was written since, and of the others what they had before: zeros. A bad record
     * in which no sector is left as it was, it has not made. Segments of the first version have no zeros ahead
     * of their records: there a sound record behind a bad one is proof enough.
     */
    Tail tailAt(long position) {
        long sound = soundRecordAfter(position);
        if (sound < 0) {
            return isZero(segment.offsetOf(position), fileBytes) ? Tail.ROOM : Tail.TORN;
        }
        if (!segment.takesMarks() || !hasSectorOfZeros(position, sound)) {
            return Tail.DAMAGED;
        }
        for (long at = sound; at >= 0; ) {
            if (recordAt(at) == null) {
                at = soundRecordAfter(at);
            } else if (mark > position) {
                return Tail.DAMAGED;
            } else {
                at = next;
            }
        }
        return Tail.TORN;
    }

    /**
     * Whether a crash can have left the last segment with this header: cut short, or in a first sector that was not
     * written. All of the segment is synced at once for the first time, so nothing in it ever was.
     */
    static boolean isTornHeader(LogSegment segment, ByteBuffer header) {
        if (header.hasRemaining()) {
            return true;
        }
        for (byte b : header.array()) {
            if (b != 0) {
                return false;
            }
        }
        return new LogScanner(segment).tailAt(segment.start) != Tail.DAMAGED;
    }

    /** Whether a sector, from the bad record on, has nothing but zeros. */
    private boolean hasSectorOfZeros(long position, long sound) {
        long end = segment.offsetOf(sound);
        for (long at = segment.offsetOf(position); at < end; ) {
            long sectorEnd = (at / SECTOR_BYTES + 1) * SECTOR_BYTES;
            if (sectorEnd <= fileBytes && isZero(at, sectorEnd)) {
                return true;
            }
            at = sectorEnd;
        }
        return false;
    }

    private boolean isZero(long offset, long end) {
        for (long at = offset; at < end; at++) {
            if (!load(at, 1) || window[(int) (at - windowStart)] != 0) {
                return false;
            }
        }
        return true;
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
