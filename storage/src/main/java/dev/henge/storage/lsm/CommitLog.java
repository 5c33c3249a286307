package dev.henge.storage.lsm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The commit log: records in the order of their appending, in segments.
 *
 * <p>Threads: the owner appends, writes and reads; any thread may {@link #sync}; one background thread calls
 * {@link #retire}. A failed write or sync is final: what the kernel did with the pages of a failed sync is unknown
 * (Rebello et al., "Can Applications Recover from fsync Failures?", 2020), so nothing is retried.
 */
final class CommitLog {

    /** What is written at most in one go. A larger turn, or a larger record, takes several. */
    static final int BUFFER_BYTES = 1 << 20;

    private final Path directory;
    private final Disk disk;
    private final long segmentBytes;
    private final ConcurrentSkipListMap<Long, LogSegment> segments;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final Object syncLock = new Object();
    private final AtomicLong writes = new AtomicLong();
    private final AtomicLong syncs = new AtomicLong();

    private long appended;
    /** True while the head of a record larger than the buffer is in the file and its rest is not. */
    private boolean drainedInPart;
    private volatile long written;
    private volatile long synced;
    private final StoreFailure failure;

    /** @param segments at least one; the last one is appended to */
    CommitLog(Path directory, Disk disk, long segmentBytes, ConcurrentSkipListMap<Long, LogSegment> segments,
            StoreFailure failure) {
        this.directory = directory;
        this.disk = disk;
        this.segmentBytes = segmentBytes;
        this.segments = segments;
        this.failure = failure;
        this.appended = segments.lastEntry().getValue().end;
        this.written = appended;
        this.synced = appended;
    }

    static LogSegment createSegment(Path directory, Disk disk, long start) throws IOException {
        Path path = directory.resolve(LogSegment.nameOf(start));
        Disk.DiskFile file = disk.open(path);
        file.append(LogSegment.header(start));
        LogSegment segment = new LogSegment(path, start, file, start);
        segment.newborn = true;
        return segment;
    }

    /** Buffers a record; returns its position. */
    long append(byte[] record, int offset, int length) {
        failure.check();
        if (length < 1 || length > LogSegment.RECORD_BYTES_MAX) {
            throw new IllegalArgumentException(
                "a record has 1 to " + LogSegment.RECORD_BYTES_MAX + " bytes, not " + length);
        }
        if (buffer.remaining() < LogSegment.RECORD_HEAD_BYTES + length && buffer.position() > 0) {
            write();
        }
        long position = appended;
        appended = position + LogSegment.RECORD_HEAD_BYTES + length;
        buffer.putInt(length).putInt(LogSegment.headCheck(position, length));
        buffer.putInt(LogSegment.crc(record, offset, length));
        int done = 0;
        while (length - done > buffer.remaining()) {
            int part = buffer.remaining();
            buffer.put(record, offset + done, part);
            done += part;
            drain();
            drainedInPart = true;
        }
        buffer.put(record, offset + done, length - done);
        if (done > 0) {
            write();
        }
        return position;
    }

    /** Writes what is buffered. Throws if that fails, or has failed before. */
    void write() {
        failure.check();
        if (buffer.position() == 0) {
            return;
        }
        drain();
        segments.lastEntry().getValue().end = appended;
        written = appended;
        drainedInPart = false;
    }

    private void drain() {
        try {
            LogSegment last = segments.lastEntry().getValue();
            if (!drainedInPart && last.fileBytes() >= segmentBytes && written > last.start) {
                last = roll(last);
            }
            buffer.flip();
            last.file.append(buffer);
            writes.incrementAndGet();
            buffer.clear();
        } catch (IOException e) {
            throw failure.fail("cannot write the commit log in " + directory, e);
        }
    }

    private LogSegment roll(LogSegment full) throws IOException {
        LogSegment next = createSegment(directory, disk, full.end);
        segments.put(next.start, next);
        return next;
    }

    /** Syncs all that is written when this is called; returns the synced position. Any thread. */
    long sync() {
        synchronized (syncLock) {
            long target = written;
            failure.check();
            if (target > synced) {
                force(target);
            }
            return synced;
        }
    }

    private void force(long target) {
        Long first = segments.floorKey(synced);
        boolean newborn = false;
        try {
            for (LogSegment segment : segments.tailMap(first == null ? 0 : first).values()) {
                if (segment.end > synced) {
                    segment.file.force();
                    newborn |= segment.newborn;
                    segment.newborn = false;
                }
            }
            if (newborn) {
                disk.syncDirectory(directory);
            }
        } catch (IOException e) {
            throw failure.fail("cannot sync the commit log in " + directory, e);
        }
        syncs.incrementAndGet();
        synced = target;
    }

    /** Reads a record that was appended, buffered ones included; null if it is not in the log any more. Owner. */
    byte[] read(long position) {
        if (position < 0 || position >= appended) {
            return null;
        }
        if (position >= written) {
            return readBuffered(position);
        }
        Map.Entry<Long, LogSegment> entry = segments.floorEntry(position);
        if (entry == null || position >= entry.getValue().end) {
            return null;
        }
        return readSegment(entry.getValue(), position);
    }

    private byte[] readBuffered(long position) {
        int at = (int) (position - written);
        if (at + LogSegment.RECORD_HEAD_BYTES > buffer.position()) {
            return null;
        }
        int length = buffer.getInt(at);
        if (length < 1 || buffer.getInt(at + 4) != LogSegment.headCheck(position, length)) {
            throw new IllegalArgumentException("no record begins at position " + position);
        }
        byte[] record = new byte[length];
        buffer.get(at + LogSegment.RECORD_HEAD_BYTES, record);
        return record;
    }

    private byte[] readSegment(LogSegment segment, long position) {
        try {
            ByteBuffer head = ByteBuffer.allocate(LogSegment.RECORD_HEAD_BYTES);
            segment.file.read(head, segment.offsetOf(position));
            int length = head.getInt(0);
            if (head.hasRemaining() || length < 1 || length > segment.end - position - LogSegment.RECORD_HEAD_BYTES
                    || head.getInt(4) != LogSegment.headCheck(position, length)) {
                throw new CorruptLogException(segment.path, segment.offsetOf(position), "no sound record begins here");
            }
            byte[] record = new byte[length];
            segment.file.read(ByteBuffer.wrap(record), segment.offsetOf(position) + LogSegment.RECORD_HEAD_BYTES);
            if (head.getInt(8) != LogSegment.crc(record, 0, length)) {
                throw new CorruptLogException(segment.path, segment.offsetOf(position),
                    "a record's checksum does not match");
            }
            return record;
        } catch (IOException e) {
            if (!segments.containsKey(segment.start)) {
                return null; // retired while we read
            }
            throw new UncheckedIOException("cannot read " + segment.path, e);
        }
    }

    /** Deletes the oldest segments, as long as they lie before {@code flushed} and {@code retainBytes} remain. */
    void retire(long flushed, long retainBytes) throws IOException {
        long total = bytes();
        boolean deleted = false;
        while (segments.size() > 1) {
            LogSegment oldest = segments.firstEntry().getValue();
            if (oldest.end > flushed || total - oldest.fileBytes() < retainBytes) {
                break;
            }
            total -= oldest.fileBytes();
            segments.remove(oldest.start);
            oldest.close();
            disk.delete(oldest.path);
            deleted = true;
        }
        if (deleted) {
            disk.syncDirectory(directory);
        }
    }

    void close() throws IOException {
        for (LogSegment segment : segments.values()) {
            segment.close();
        }
    }

    boolean failed() {
        return failure.cause() != null;
    }

    long appendedPosition() {
        return appended;
    }

    long writtenPosition() {
        return written;
    }

    long syncedPosition() {
        return synced;
    }

    long oldestPosition() {
        return segments.firstEntry().getValue().start;
    }

    long bytes() {
        long bytes = 0;
        for (LogSegment segment : segments.values()) {
            bytes += segment.fileBytes();
        }
        return bytes;
    }

    int segmentCount() {
        return segments.size();
    }

    long writeCount() {
        return writes.get();
    }

    long syncCount() {
        return syncs.get();
    }
}
