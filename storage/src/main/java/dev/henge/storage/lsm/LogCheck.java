package dev.henge.storage.lsm;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedList;
import java.util.List;
import java.util.TreeMap;

/** Checks every record of a store's commit log, those that only lagging peers still need too. */
final class LogCheck {

    private final Path directory;
    private final Disk disk;
    private final long flushed;
    private final CheckReport report;

    LogCheck(Path directory, Disk disk, long flushed, CheckReport report) {
        this.directory = directory;
        this.disk = disk;
        this.flushed = flushed;
        this.report = report;
    }

    void check() throws IOException {
        TreeMap<Long, Path> paths = new TreeMap<>();
        for (Path file : disk.list(directory)) {
            if (LogSegment.startOf(file) >= 0) {
                paths.put(LogSegment.startOf(file), file);
            }
        }
        LinkedList<LogSegment> segments = new LinkedList<>();
        try {
            // From the last one back: a power loss may leave several at the end in which nothing is.
            for (var entry : paths.descendingMap().entrySet()) {
                open(entry.getValue(), entry.getKey(), segments.isEmpty(), segments);
            }
            checkJoints(segments);
            for (int i = 0; i < segments.size(); i++) {
                checkRecords(segments.get(i), i + 1 == segments.size());
            }
            checkEnd(segments);
            noteRing(segments);
        } finally {
            for (LogSegment segment : segments) {
                segment.close();
            }
        }
    }

    private void open(Path path, long start, boolean last, LinkedList<LogSegment> segments) throws IOException {
        Disk.DiskFile file = disk.open(path);
        long size = file.size();
        report.segments++;
        report.bytes += size;
        ByteBuffer header = ByteBuffer.allocate(LogSegment.HEADER_BYTES);
        file.read(header, 0);
        LogSegment segment = LogSegment.opened(path, start, file, header, size);
        if (last && LogScanner.isTornHeader(segment, header)) {
            report.note(path + " has no whole header: a crash while it was made; the next start drops it");
            file.close();
            return;
        }
        String fault = header.hasRemaining() ? "its header is cut" : LogSegment.faultOfHeader(header, start);
        if (fault != null) {
            report.add(CheckReport.Fault.of(path, 0, fault));
        }
        segments.addFirst(segment);
    }

    private void checkJoints(List<LogSegment> segments) {
        if (!segments.isEmpty() && segments.get(0).start > flushed) {
            report.add(CheckReport.Fault.of(segments.get(0).path, 0, "it is the first segment and starts at position "
                + segments.get(0).start + ", but the tables end at " + flushed + ": what was between is missing"));
        }
        for (int i = 1; i < segments.size(); i++) {
            LogSegment before = segments.get(i - 1);
            LogSegment next = segments.get(i);
            if (before.end < next.start && next.start <= flushed) {
                report.note("the log has a gap before " + next.path + ", of records that are in the tables");
            } else if (before.end != next.start) {
                report.add(CheckReport.Fault.of(before.path, before.fileBytes(), "it ends at position " + before.end
                    + " but the next segment starts at " + next.start));
            }
        }
    }

    private void checkRecords(LogSegment segment, boolean last) {
        LogScanner scanner = new LogScanner(segment);
        long position = segment.start;
        while (position < segment.end) {
            byte[] record = scanner.recordAt(position);
            if (record != null) {
                report.records++;
                position = scanner.next();
                continue;
            }
            LogScanner.Tail tail = last ? scanner.tailAt(position) : LogScanner.Tail.DAMAGED;
            if (tail != LogScanner.Tail.DAMAGED) {
                noteTail(segment, position, tail);
                segment.end = position; // checkEnd tells a torn tail from a lost one
                return;
            }
            long sound = scanner.soundRecordAfter(position);
            report.add(CheckReport.Fault.of(segment.path, segment.offsetOf(position), "a bad record at position "
                + position + (position < flushed ? ", which only peers that lag would need" : "")));
            position = sound < 0 ? segment.end : sound;
        }
    }

    private void noteTail(LogSegment segment, long position, LogScanner.Tail tail) {
        String bytes = segment.path + " has " + (segment.end - position) + " bytes from offset "
            + segment.offsetOf(position) + " on that are ";
        report.note(bytes + (tail == LogScanner.Tail.ROOM ? "zeros for records to come: the next start cuts them"
            : "no record: the tail of a crash, which the next start cuts"));
    }

    /** Records that the process had not written to a segment when it was killed. */
    private void noteRing(List<LogSegment> segments) throws IOException {
        if (segments.isEmpty()) {
            return;
        }
        try {
            int waiting = LogRing.recordsFrom(segments.get(segments.size() - 1).end, directory, disk).length;
            if (waiting > 0) {
                report.note(waiting + " bytes of records wait in " + directory.resolve(LogRing.NAME)
                    + ": the next start adds them to the log");
            }
        } catch (CorruptLogException e) {
            report.add(CheckReport.Fault.of(e.file(), e.offset(), e.getMessage()));
        }
    }

    /** What was synced at the last close must be in the tables or in the log. */
    private void checkEnd(List<LogSegment> segments) throws IOException {
        long known = LogEnd.read(directory, disk);
        Path note = directory.resolve(LogEnd.NAME);
        if (known == 0 && disk.exists(note) && !LogEnd.encode(0).equals(ByteBuffer.wrap(Files.readAllBytes(note)))) {
            report.add(CheckReport.Fault.of(note, 0, "its checksum does not match; the next start does without it"));
        }
        long end = segments.isEmpty() ? 0 : segments.get(segments.size() - 1).end;
        if (known > end && known > flushed) {
            Path path = segments.isEmpty() ? directory : segments.get(segments.size() - 1).path;
            report.add(CheckReport.Fault.of(path, segments.isEmpty() ? -1
                : segments.get(segments.size() - 1).offsetOf(end), "the log ends at position " + end
                + ", but it was synced up to " + known + " when the store was closed"));
        }
    }
}
