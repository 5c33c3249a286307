package dev.henge.storage.lsm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * The commit log: records in the order of their appending, in segments.
 *
 * <p>Threads: the owner appends, writes and reads; any thread may {@link #sync}; one background thread calls
 * {@link #retire}.
 *
 * <p>A failed sync is final, and so is a failed write, with one exception: a disk that says it is full has kept all
 * that was written before, so the records wait in the buffer and are written again, from the first one that is not
 * whole in the file, over what came of the attempt. A crash meanwhile leaves a torn tail as any crash does.
 *
 * <p>The first record that is buffered after a sync has a mark: up to where the disk has the log. It tells recovery
 * which bad records a crash cannot have made.
 */
final class CommitLog {

    /** What is written at most in one go. A larger turn, or a larger record, takes several. */
    static final int BUFFER_BYTES = 1 << 20;
    private static final int BUFFER_BYTES_MIN = 1 << 16;
    private static final int HEAD_BYTES_MAX = LogSegment.RECORD_HEAD_BYTES + LogSegment.MARK_BYTES;
    private static final long NO_MARK = -1;

    /** What may wait for a full disk; one record more, and the store fails for good. The owner stops long before. */
    static final int PENDING_BYTES_MAX = 64 << 20;

    private final Path directory;
    private final Disk disk;
    private final long segmentBytes;
    private final ConcurrentSkipListMap<Long, LogSegment> segments;
    private final Object syncLock = new Object();
    private final AtomicLong writes = new AtomicLong();
    private final AtomicLong syncs = new AtomicLong();
    private final StoreFailure failure;
    private final Pause pause;
    private final LongSupplier wallMillis;
    private final LogRetained retained = new LogRetained();
    /** The owner's. */
    private final RecordChecks checks = new RecordChecks();
    /** What is written ahead of the records, or null. */
    private final LogRoom room;

    /** The records from the written position on. */
    private ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES_MIN);
    private long appended;
    /** The last mark. */
    private long marked;
    private volatile long written;
    private volatile long synced;

    /**
     * @param segments at least one; the last one is appended to
     * @param ahead    whether zeros are written ahead of the records, for syncs to be quick
     */
    CommitLog(Path directory, Disk disk, long segmentBytes, ConcurrentSkipListMap<Long, LogSegment> segments,
            StoreFailure failure, Workers workers, boolean ahead) {
        this.directory = directory;
        this.disk = disk;
        this.segmentBytes = segmentBytes;
        this.segments = segments;
        this.failure = failure;
        this.pause = new Pause(workers.clock());
        this.wallMillis = workers.wallMillis();
        this.appended = segments.lastEntry().getValue().end;
        this.written = appended;
        this.synced = appended;
        this.room = ahead ? new LogRoom(segmentBytes) : null;
    }

    static LogSegment createSegment(Path directory, Disk disk, long start) throws IOException {
        Path path = directory.resolve(LogSegment.nameOf(start));
        Disk.DiskFile file = disk.open(path);
        try {
            file.truncate(0); // a full disk may have left the beginning of one
            file.writeAt(LogSegment.header(start), 0);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
        LogSegment segment = new LogSegment(path, start, file, LogSegment.VERSION, start);
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
        if (buffer.position() > 0 && buffer.position() + HEAD_BYTES_MAX + length > BUFFER_BYTES) {
            write();
        }
        long position = appended;
        long mark = buffer.position() == 0 ? mark() : NO_MARK;
        int bytes = (mark == NO_MARK ? LogSegment.RECORD_HEAD_BYTES : HEAD_BYTES_MAX) + length;
        if (pause.reason() != null) {
            checkPending();
            roomFor(bytes);
            putRecord(position, mark, record, offset, length);
        } else if (bytes <= BUFFER_BYTES) {
            roomFor(bytes);
            putRecord(position, mark, record, offset, length);
        } else {
            writeInParts(position, mark, record, offset, length);
        }
        appended = position + bytes;
        return position;
    }

    private long mark() {
        long now = synced;
        if (now <= marked || !segments.lastEntry().getValue().takesMarks()) {
            return NO_MARK;
        }
        marked = now;
        return now;
    }

    private void checkPending() {
        if (buffer.position() > PENDING_BYTES_MAX) {
            throw failure.fail("more than " + PENDING_BYTES_MAX + " bytes wait for a full disk",
                new IOException(pause.reason()));
        }
    }

    /** Makes room for so many bytes behind those that are buffered. */
    private void roomFor(int bytes) {
        if (buffer.remaining() >= bytes) {
            return;
        }
        int usual = pause.reason() == null ? BUFFER_BYTES : PENDING_BYTES_MAX;
        long wanted = Math.max((long) buffer.position() + bytes, Math.min(2L * buffer.capacity(), usual));
        ByteBuffer larger = ByteBuffer.allocateDirect(Math.toIntExact(wanted));
        larger.put(buffer.flip());
        buffer = larger;
    }

    private void putHead(long position, long mark, byte[] record, int offset, int length) {
        int word = mark == NO_MARK ? length : length | LogSegment.MARKED;
        buffer.putInt(word).putInt(checks.ofHead(position, word, mark)).putInt(checks.of(record, offset, length));
        if (mark != NO_MARK) {
            buffer.putLong(mark);
        }
    }

    private void putRecord(long position, long mark, byte[] record, int offset, int length) {
        putHead(position, mark, record, offset, length);
        buffer.put(record, offset, length);
    }

    /** Writes a record that is larger than the buffer, which is empty. If the disk is full, all of it is buffered. */
    private void writeInParts(long position, long mark, byte[] record, int offset, int length) {
        roomFor(BUFFER_BYTES);
        putHead(position, mark, record, offset, length);
        long at = position;
        int done = 0;
        while (done < length) {
            int part = Math.min(buffer.remaining(), length - done);
            buffer.put(record, offset + done, part);
            done += part;
            int drained = buffer.position();
            if (!drain(at, at == position)) {
                buffer = ByteBuffer.allocateDirect(HEAD_BYTES_MAX + length);
                putRecord(position, mark, record, offset, length);
                return;
            }
            at += drained;
        }
        advance(at);
    }

    /**
     * Writes what is buffered, unless the disk is full: then {@link #paused} says why, and the next call that comes
     * late enough tries again. Throws if a write fails otherwise, or something has failed before.
     */
    void write() {
        failure.check();
        if (pause.due()) {
            writeNow();
        }
    }

    /** The same, without waiting for the time of the next try. */
    void writeNow() {
        if (buffer.position() > 0 && drain(written, true)) {
            advance(appended);
            if (buffer.capacity() > BUFFER_BYTES) {
                buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
            }
        }
    }

    private void advance(long end) {
        segments.lastEntry().getValue().end = end;
        written = end;
    }

    /** Writes the buffer to where this position lies, and empties it; false if the disk is full. */
    private boolean drain(long at, boolean recordBegins) {
        LogSegment last = segments.lastEntry().getValue();
        try {
            if (recordBegins && last.fileBytes() >= segmentBytes && written > last.start) {
                last = roll(last);
            }
            if (room != null && last.takesMarks()) {
                room.before(last, last.offsetOf(at), buffer.position());
            }
            last.file.writeAt(buffer.duplicate().flip(), last.offsetOf(at));
        } catch (IOException e) {
            if (!DiskFull.is(e)) {
                throw failure.fail("cannot write the commit log", e);
            }
            pause.begin("cannot write the commit log", e);
            return false;
        }
        writes.incrementAndGet();
        buffer.clear();
        pause.end();
        return true;
    }

    private LogSegment roll(LogSegment full) throws IOException {
        if (room != null) {
            closeRoom(full);
        }
        LogSegment next = createSegment(directory, disk, full.end);
        full.closedMillis = wallMillis.getAsLong();
        segments.put(next.start, next);
        return next;
    }

    private void closeRoom(LogSegment full) throws IOException {
        try {
            room.close(full);
        } catch (IOException e) {
            throw failure.fail("cannot sync the commit log", e);
        }
    }

    /** Why records wait in the buffer for room on the disk, or null if they do not. */
    String paused() {
        return pause.reason();
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
            throw failure.fail("cannot sync the commit log", e);
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
        int word = buffer.getInt(at);
        int length = word & ~LogSegment.MARKED;
        int headBytes = LogSegment.headBytesOf(word);
        if (length < 1 || length > buffer.position() - at - headBytes
                || buffer.getInt(at + 4) != LogSegment.headCheck(position, word, markAt(buffer, at, word))) {
            throw new IllegalArgumentException("no record begins at position " + position);
        }
        byte[] record = new byte[length];
        buffer.get(at + headBytes, record);
        return record;
    }

    private static long markAt(ByteBuffer in, int at, int word) {
        return word < 0 ? in.getLong(at + LogSegment.RECORD_HEAD_BYTES) : NO_MARK;
    }

    private byte[] readSegment(LogSegment segment, long position) {
        try {
            ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES_MAX);
            int read = segment.file.read(head, segment.offsetOf(position));
            int word = head.getInt(0);
            int length = segment.lengthOf(word);
            int headBytes = LogSegment.headBytesOf(word);
            if (read < headBytes || length < 1 || length > segment.end - position - headBytes
                    || head.getInt(4) != LogSegment.headCheck(position, word, markAt(head, 0, word))) {
                throw new CorruptLogException(segment.path, segment.offsetOf(position), "no sound record begins here");
            }
            byte[] record = new byte[length];
            segment.file.read(ByteBuffer.wrap(record), segment.offsetOf(position) + headBytes);
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

    /** Deletes the oldest segments that are flushed, as far as {@link LogRetained} lets them go. */
    void retire(long flushed, LsmOptions options) throws IOException {
        long total = bytes();
        boolean deleted = false;
        while (segments.size() > 1) {
            LogSegment oldest = segments.firstEntry().getValue();
            if (oldest.end > flushed || !retained.letsGo(oldest, total, wallMillis.getAsLong(), options)) {
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

    /** Whether {@link #retire} would find something to do. Any thread. */
    boolean mayRetire(long flushed, LsmOptions options) {
        LogSegment oldest = segments.firstEntry().getValue();
        return oldest.end <= flushed && segments.size() > 1
            && retained.wouldLetGo(oldest, bytes(), wallMillis.getAsLong(), options);
    }

    LogRetained retained() {
        return retained;
    }

    void close() throws IOException {
        if (room != null && !failed()) {
            room.close(segments.lastEntry().getValue());
        }
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

    /** The bytes of all segments' records, with what is written ahead of them. Any thread. */
    long fileBytes() {
        return bytes() + (room == null ? 0 : room.bytesBehind(segments.lastEntry().getValue()));
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
