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
 * <p>A record survives the process once the owner has called {@link #write}. Then it is in a segment; or, where there
 * is a {@link LogRing}, in that: who syncs the log writes it to a segment first, and so does who finds the ring half
 * full. What the ring does not take, a record that is too large, and all while the disk is full, goes through the
 * buffer, behind what is in the ring.
 *
 * <p>Threads: the owner appends, writes and reads; any thread may {@link #sync} and {@link #drain}; one background
 * thread calls {@link #retire}.
 *
 * <p>A failed sync is final, and so is a failed write, with one exception: a disk that says it is full has kept all
 * that was written before, so the records wait where they are and are written again, from the first one that is not
 * whole in the file, over what came of the attempt. A crash meanwhile leaves a torn tail as any crash does.
 *
 * <p>The first record that is made after a sync, of those in the buffer the first in it, has a mark: up to where the
 * disk has the log. It tells recovery which bad records a crash cannot have made.
 */
final class CommitLog {

    /** What is written at most in one go. A larger turn, or a larger record, takes several. */
    static final int BUFFER_BYTES = 1 << 20;
    private static final int BUFFER_BYTES_MIN = 1 << 16;
    private static final int HEAD_BYTES_MAX = LogSegment.RECORD_HEAD_BYTES + LogSegment.MARK_BYTES;
    private static final long NO_MARK = -1;
    /** So much of the ring at least is made ready for what comes until it is written again. */
    private static final long WARM_BYTES_MIN = 1 << 20;
    /** The system is told of so much at least that it need not keep in its memory. */
    private static final long UNCACHE_BYTES_MIN = 1 << 20;

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
    /** Where records wait for the next sync, or null. */
    private final LogRing ring;
    /** Held by who writes to the segments; who waits for a sync does not hold it. */
    private final Object writeLock = new Object();

    /** The records from {@link #ringed} on. */
    private ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES_MIN);
    private long appended;
    /** The end of the records in the ring; without one, of those in the segments. */
    private long ringed;
    /** Up to here the records in the ring are there for whoever writes them. */
    private volatile long ready;
    /** The last mark. */
    private long marked;
    private volatile long written;
    private volatile long synced;
    /** What is before this need not stay in the system's memory, and it has been told. Guarded by the sync lock. */
    private long uncached;

    /**
     * @param segments at least one; the last one is appended to
     * @param ahead    whether zeros are written ahead of the records, for syncs to be quick
     * @param ring     where records wait for the next sync, or null; not together with zeros
     */
    CommitLog(Path directory, Disk disk, long segmentBytes, ConcurrentSkipListMap<Long, LogSegment> segments,
            StoreFailure failure, Workers workers, boolean ahead, LogRing ring) {
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
        this.uncached = appended;
        this.ringed = appended;
        this.ready = appended;
        this.ring = ring;
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

    /** Takes a record; returns its position. */
    long append(byte[] record, int offset, int length) {
        failure.check();
        if (length < 1 || length > LogSegment.RECORD_BYTES_MAX) {
            throw new IllegalArgumentException(
                "a record has 1 to " + LogSegment.RECORD_BYTES_MAX + " bytes, not " + length);
        }
        long position = appended;
        if (ring == null || !putIntoRing(position, record, offset, length)) {
            putIntoBuffer(position, record, offset, length);
        }
        return position;
    }

    /** Returns false if the record belongs into the buffer. */
    private boolean putIntoRing(long position, byte[] record, int offset, int length) {
        int bytesMax = HEAD_BYTES_MAX + length;
        if (buffer.position() > 0 || pause.reason() != null || bytesMax > ring.size() / 2
                || !makeRoomInRing(position + bytesMax)) {
            return false;
        }
        long mark = mark();
        int word = mark == NO_MARK ? length : length | LogSegment.MARKED;
        ring.put(position, word, checks.ofHead(position, word, mark), checks.of(record, offset, length), mark, record,
            offset, length);
        ringed = position + LogSegment.headBytesOf(word) + length;
        appended = ringed;
        return true;
    }

    private void putIntoBuffer(long position, byte[] record, int offset, int length) {
        if (buffer.position() > 0 && buffer.position() + HEAD_BYTES_MAX + length > BUFFER_BYTES) {
            write();
        }
        long mark = buffer.position() == 0 ? mark() : NO_MARK;
        int bytes = (mark == NO_MARK ? LogSegment.RECORD_HEAD_BYTES : HEAD_BYTES_MAX) + length;
        if (bytes > BUFFER_BYTES && buffer.position() == 0 && pause.reason() == null) {
            writeInParts(position, mark, record, offset, length);
        } else {
            checkPending();
            roomFor(bytes);
            putRecord(position, mark, record, offset, length);
        }
        appended = position + bytes;
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
        boolean fits = drainAll();
        roomFor(BUFFER_BYTES);
        putHead(position, mark, record, offset, length);
        long at = position;
        for (int done = 0; done < length && fits; ) {
            int part = Math.min(buffer.remaining(), length - done);
            buffer.put(record, offset + done, part);
            done += part;
            int bytes = buffer.position();
            fits = writeBuffer(at, at == position);
            at += bytes;
        }
        if (fits) {
            advance(at);
        } else {
            buffer = ByteBuffer.allocateDirect(HEAD_BYTES_MAX + length);
            putRecord(position, mark, record, offset, length);
        }
    }

    /**
     * Has all that was appended survive the process, unless the disk is full: then {@link #paused} says why, and the
     * next call that comes late enough tries again. Throws if a write fails otherwise, or something has failed before.
     */
    void write() {
        failure.check();
        ready = ringed;
        if ((buffer.position() > 0 || pause.reason() != null) && pause.due()) {
            writeNow();
        }
    }

    /** Writes all to the segments, without waiting for the time of the next try. */
    void writeNow() {
        if (drainAll() && buffer.position() > 0 && writeBuffer(ringed, true)) {
            advance(appended);
            if (buffer.capacity() > BUFFER_BYTES) {
                buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
            }
        }
    }

    /** Writes the buffer to where this position lies, and empties it; false if the disk is full. */
    private boolean writeBuffer(long at, boolean recordBegins) {
        boolean done = put(at, recordBegins, buffer.duplicate().flip(), null);
        if (done) {
            buffer.clear();
        }
        return done;
    }

    /** All up to there is in the segments, and nothing anywhere else. */
    private void advance(long end) {
        synchronized (writeLock) {
            ringed = end;
            ready = end;
            advanceWritten(end);
        }
    }

    private void advanceWritten(long end) {
        segments.lastEntry().getValue().end = end;
        written = end;
    }

    private boolean drainAll() {
        ready = ringed;
        return drain();
    }

    /** Writes what is ready in the ring to the segments; returns false if the disk is full. Any thread. */
    boolean drain() {
        if (ring == null) {
            return true;
        }
        long from = written;
        long to = ready;
        while (written < to) {
            if (!drainStep(to)) {
                return false;
            }
        }
        if (from < to) {
            ring.warm(to, (int) Math.max(WARM_BYTES_MIN, 2 * (to - from)));
        }
        return true;
    }

    /**
     * Writes the first records of what is to be drained. In steps, so that an owner who finds the ring full need not
     * wait until all of it is written, by itself or by another.
     */
    private boolean drainStep(long to) {
        synchronized (writeLock) {
            failure.check();
            long from = written;
            if (from >= to) {
                return true; // another has been here
            }
            long end = ring.recordsEnd(from, to);
            ByteBuffer part = ring.part(from, end);
            long wrapped = from + part.remaining();
            if (!put(from, true, part, wrapped < end ? ring.part(wrapped, end) : null)) {
                return false;
            }
            advanceWritten(end);
        }
        return true;
    }

    /** Has what lies in the ring written until all up to this position fits; false if the disk is full. */
    private boolean makeRoomInRing(long end) {
        while (end - written > ring.size()) {
            ready = ringed;
            if (!drainStep(ringed)) {
                return false;
            }
        }
        return true;
    }

    /** Whether the ring has so much that it is time to {@link #drain} it. The owner. */
    boolean isRingHalfFull() {
        return ring != null && ready - written > ring.size() / 2;
    }

    /** Writes bytes, and more behind them, to where this position lies; false if the disk is full. */
    private boolean put(long at, boolean recordBegins, ByteBuffer bytes, ByteBuffer more) {
        LogSegment last = segments.lastEntry().getValue();
        try {
            if (recordBegins && last.fileBytes() >= segmentBytes && written > last.start) {
                last = roll(last);
            }
            long offset = last.offsetOf(at);
            if (room != null && last.takesMarks()) {
                room.before(last, offset, bytes.remaining());
            }
            int count = bytes.remaining();
            last.file.writeAt(bytes, offset);
            if (more != null) {
                last.file.writeAt(more, offset + count);
            }
        } catch (IOException e) {
            if (!DiskFull.is(e)) {
                throw failure.fail("cannot write the commit log", e);
            }
            pause.begin("cannot write the commit log", e);
            return false;
        }
        writes.incrementAndGet();
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

    /** Why records wait for room on the disk, or null if they do not. */
    String paused() {
        return pause.reason();
    }

    /**
     * Syncs all that survives the process when this is called, or what of it there is room for on the disk; returns the
     * synced position. Any thread.
     */
    long sync() {
        synchronized (syncLock) {
            failure.check();
            if (pause.due()) {
                drain();
            }
            long target = written;
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
        uncache();
    }

    /**
     * What the disk has and no peer may ask for is read again by who recovers, if by anybody: so the system need not
     * keep it in memory, and what is written next takes the pages that are free again, not ones that nobody has used.
     */
    private void uncache() {
        long to = Math.min(synced, retained.neededFrom());
        if (to - uncached < UNCACHE_BYTES_MIN) {
            return;
        }
        Long first = segments.floorKey(uncached);
        for (LogSegment segment : segments.subMap(first == null ? 0 : first, to).values()) {
            long from = Math.max(uncached, segment.start);
            long end = Math.min(to, segment.end);
            if (from < end) {
                disk.uncache(segment.path, segment.offsetOf(from), end - from);
            }
        }
        uncached = to;
    }

    /** Reads a record that was appended, buffered ones included; null if it is not in the log any more. Owner. */
    byte[] read(long position) {
        if (position < 0 || position >= appended) {
            return null;
        }
        if (position >= ringed) {
            return readBuffered(position);
        }
        if (position >= written) {
            return readRing(position);
        }
        Map.Entry<Long, LogSegment> entry = segments.floorEntry(position);
        if (entry == null || position >= entry.getValue().end) {
            return null;
        }
        return readSegment(entry.getValue(), position);
    }

    private byte[] readBuffered(long position) {
        int at = (int) (position - ringed);
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

    private byte[] readRing(long position) {
        ByteBuffer head = ByteBuffer.wrap(ring.bytes(position, Math.min(position + HEAD_BYTES_MAX, ringed)));
        int word = head.remaining() < LogSegment.RECORD_HEAD_BYTES ? 0 : head.getInt(0);
        int length = word & ~LogSegment.MARKED;
        long begin = position + LogSegment.headBytesOf(word);
        if (length < 1 || length > ringed - begin
                || head.getInt(4) != LogSegment.headCheck(position, word, markAt(head, 0, word))) {
            throw new IllegalArgumentException("no record begins at position " + position);
        }
        return ring.bytes(begin, begin + length);
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
        if (ring != null) {
            ringed = written; // nobody reads it any more
            ring.close(failed() || written < ready);
        }
    }

    boolean failed() {
        return failure.cause() != null;
    }

    long appendedPosition() {
        return appended;
    }

    /** What is before it survives the process. Any thread. */
    long writtenPosition() {
        return ring == null ? written : ready;
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
