package dev.henge.storage.lsm;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a commit log is read again after a stop or a crash.
 *
 * <ol>
 * <li>Segments that end at or before the flushed position are kept unread, unless the tables lost what they had.
 * <li>From there on every record is checked and replayed.
 * <li>What the last segment lacks is taken from the ring, if this machine has not been started again since: see {@link
 *     LogRing}.
 * <li>Zeros at the end of the last segment are cut, and so is, with a warning, a bad record there with all that
 *     follows, if a crash can have made it: see {@link LogScanner#tailAt}. It was never reported as synced; if {@link
 *     LogEnd} says that it was, it is damage.
 * <li>Any other bad record is damage, and the store refuses to open: see {@link CorruptLogException}.
 * </ol>
 */
final class LogRecovery {

    private static final Logger LOG = LoggerFactory.getLogger(LogRecovery.class);

    /** Takes a replayed record. */
    interface Sink {
        void record(long position, long end, byte[] record);
    }

    /** Takes a record that the tables had. */
    interface Earlier {
        void record(long position, byte[] record);
    }

    private final Path directory;
    private final Disk disk;
    private final long flushed;
    /** Up to here the log was whole and synced at the last close. */
    private long known;

    LogRecovery(Path directory, Disk disk, long flushed) {
        this.directory = directory;
        this.disk = disk;
        this.flushed = flushed;
    }

    /**
     * Opens the segments, hands all records after the flushed position to the sink; the last segment takes appends.
     *
     * @param earlier takes those before it, or null
     */
    ConcurrentSkipListMap<Long, LogSegment> recover(Earlier earlier, Sink sink) throws IOException {
        ConcurrentSkipListMap<Long, LogSegment> segments = new ConcurrentSkipListMap<>();
        try {
            known = LogEnd.read(directory, disk);
            List<LogSegment> found = openAll();
            for (LogSegment segment : found) {
                if (segment.end > flushed) {
                    // After a crash of the process alone its bytes may be in memory only, and count as synced now.
                    segment.file.force();
                }
            }
            for (LogSegment segment : earlier == null ? List.<LogSegment>of() : found) {
                tell(segment, earlier);
            }
            for (int i = 0; i < found.size(); i++) {
                LogSegment segment = found.get(i);
                segments.put(segment.start, segment);
                LogSegment next = i + 1 < found.size() ? found.get(i + 1) : null;
                checkJoint(segment, next);
                replay(segment, next == null, sink);
            }
            checkEnd(segments);
            if (segments.isEmpty() || segments.lastEntry().getValue().end < flushed) {
                if (!segments.isEmpty()) {
                    LOG.warn("the commit log in {} ends at {} before the flushed position {}; nothing is lost, a new "
                        + "segment begins there", directory, segments.lastEntry().getValue().end, flushed);
                }
                segments.put(flushed, CommitLog.createSegment(directory, disk, flushed));
            }
            LogSegment last = segments.lastEntry().getValue();
            last.file.force();
            disk.syncDirectory(directory);
            last.newborn = false;
            return segments;
        } catch (IOException | RuntimeException e) {
            for (LogSegment segment : segments.values()) {
                segment.close();
            }
            throw e;
        }
    }

    /** What was synced at the last close must be in the tables or in the log. */
    private void checkEnd(ConcurrentSkipListMap<Long, LogSegment> segments) {
        long end = segments.isEmpty() ? 0 : segments.lastEntry().getValue().end;
        if (known > flushed && known > end) {
            Path path = segments.isEmpty() ? directory : segments.lastEntry().getValue().path;
            long offset = segments.isEmpty() ? 0 : segments.lastEntry().getValue().fileBytes();
            throw new CorruptLogException(path, offset, "the log ends at position " + end
                + ", but it was synced up to " + known + " when the store was closed");
        }
    }

    private List<LogSegment> openAll() throws IOException {
        TreeMap<Long, Path> paths = new TreeMap<>();
        for (Path file : disk.list(directory)) {
            if (LogSegment.startOf(file) >= 0) {
                paths.put(LogSegment.startOf(file), file);
            }
        }
        LinkedList<LogSegment> found = new LinkedList<>();
        // From the last one back: a power loss may leave several segments at the end of which nothing is there.
        for (var entry : paths.descendingMap().entrySet()) {
            LogSegment segment = open(entry.getValue(), entry.getKey(), found.isEmpty());
            if (segment != null) {
                found.addFirst(segment);
            }
        }
        return found;
    }

    private LogSegment open(Path path, long start, boolean last) throws IOException {
        Disk.DiskFile file = disk.open(path);
        long size = file.size();
        ByteBuffer header = ByteBuffer.allocate(LogSegment.HEADER_BYTES);
        file.read(header, 0);
        LogSegment segment = LogSegment.opened(path, start, file, header, size);
        if (last && LogScanner.isTornHeader(segment, header)) {
            file.close();
            LOG.warn("commit log {} has no whole header: a crash while it was made; it is dropped", path);
            disk.delete(path);
            return null;
        }
        String fault = header.hasRemaining() ? "its header is cut" : LogSegment.faultOfHeader(header, start);
        if (fault != null) {
            file.close();
            throw new CorruptLogException(path, 0, fault);
        }
        segment.closedMillis = disk.modifiedMillis(path);
        return segment;
    }

    /** Segments follow each other without a gap; only what tables hold already may be missing. */
    private void checkJoint(LogSegment segment, LogSegment next) {
        if (next == null || next.start == segment.end) {
            return;
        }
        if (next.start < segment.end || next.start > flushed) {
            long at = Math.min(segment.fileBytes(), segment.offsetOf(next.start));
            throw new CorruptLogException(segment.path, at,
                "it ends at position " + segment.end + " but the next segment starts at " + next.start);
        }
    }

    private void tell(LogSegment segment, Earlier earlier) throws IOException {
        LogScanner scanner = new LogScanner(segment);
        long end = Math.min(segment.end, flushed);
        for (long position = segment.start; position < end; ) {
            byte[] record = scanner.recordAt(position);
            if (record == null) {
                LOG.warn("the commit log {} has a bad record at offset {}: the rest of it up to position {} is not told",
                    segment.path, segment.offsetOf(position), end);
                return;
            }
            earlier.record(position, record);
            position = scanner.next();
        }
    }

    private void replay(LogSegment segment, boolean last, Sink sink) throws IOException {
        long position = replay(segment, Math.max(segment.start, flushed), sink);
        if (last && mend(segment, position)) {
            position = replay(segment, position, sink);
        }
        if (position < segment.end) {
            cutTail(segment, position, last);
        }
    }

    /** Replays sound records; returns where they end. */
    private static long replay(LogSegment segment, long from, Sink sink) {
        LogScanner scanner = new LogScanner(segment);
        long position = from;
        while (position < segment.end) {
            byte[] record = scanner.recordAt(position);
            if (record == null) {
                break;
            }
            long end = scanner.next();
            sink.record(position, end, record);
            position = end;
        }
        return position;
    }

    /** Puts what the ring has from there on in place of what the segment has; false if the ring has nothing. */
    private boolean mend(LogSegment segment, long position) throws IOException {
        byte[] records = position > segment.end ? new byte[0] : LogRing.recordsFrom(position, directory, disk);
        if (records.length == 0) {
            return false;
        }
        LOG.info("{} bytes of records that waited to be written when the process ended are added to {}",
            records.length, segment.path);
        try {
            segment.file.writeAt(ByteBuffer.wrap(records), segment.offsetOf(position));
        } catch (IOException e) {
            if (!DiskFull.is(e) || !LogRing.giveUpRoom(directory, disk)) {
                throw e;
            }
            segment.file.writeAt(ByteBuffer.wrap(records), segment.offsetOf(position));
        }
        segment.end = position + records.length;
        segment.file.truncate(segment.fileBytes());
        return true;
    }

    private void cutTail(LogSegment segment, long position, boolean last) throws IOException {
        LogScanner scanner = new LogScanner(segment);
        long offset = segment.offsetOf(position);
        if (!last) {
            throw new CorruptLogException(segment.path, offset, "a bad record, and later segments follow");
        }
        LogScanner.Tail tail = scanner.tailAt(position);
        if (tail == LogScanner.Tail.DAMAGED) {
            throw new CorruptLogException(segment.path, offset, "a bad record, and a sound one follows at offset "
                + segment.offsetOf(scanner.soundRecordAfter(position)));
        }
        if (position < known) {
            throw new CorruptLogException(segment.path, offset, "a bad record, and the log was synced up to offset "
                + segment.offsetOf(known) + " when the store was closed");
        }
        if (tail == LogScanner.Tail.TORN) {
            LOG.warn("commit log {} has a torn tail: {} bytes from offset {} are cut", segment.path,
                segment.end - position, offset);
        }
        segment.file.truncate(offset);
        segment.end = position;
    }
}
