package dev.henge.storage.lsm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentSkipListMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
class CommitLogTest {

    /** What a log may have beside its segments. */
    enum With { NOTHING, ZEROS_AHEAD, RING }

    private final Disk disk = Disk.real();
    @Parameter
    With with;
    @TempDir
    Path dir;

    private final List<Long> positions = new ArrayList<>();
    private final List<byte[]> records = new ArrayList<>();

    private CommitLog open(Path directory, long segmentBytes, List<byte[]> replayed) throws IOException {
        ConcurrentSkipListMap<Long, LogSegment> segments = new LogRecovery(directory, disk, 0)
            .recover(null, (position, end, record) -> replayed.add(record));
        return open(directory, segmentBytes, segments, Workers.threads());
    }

    private CommitLog open(Path directory, long segmentBytes, ConcurrentSkipListMap<Long, LogSegment> segments,
            Workers workers) throws IOException {
        return new CommitLog(directory, disk, segmentBytes, segments, new StoreFailure(), workers,
            with == With.ZEROS_AHEAD, with == With.RING ? LogRing.create(directory, disk, segmentBytes) : null);
    }

    private void fill(CommitLog log, int count, int bytesMax, int turn) {
        Random random = new Random(42);
        for (int i = 0; i < count; i++) {
            byte[] record = new byte[1 + random.nextInt(bytesMax)];
            random.nextBytes(record);
            positions.add(log.append(record, 0, record.length));
            records.add(record);
            if (i % turn == turn - 1) {
                log.write();
            }
            if (random.nextBoolean()) {
                log.drain();
            }
        }
        log.write();
        log.drain();
    }

    private Path onlySegment(Path directory) {
        return directory.resolve(LogSegment.nameOf(0));
    }

    @Test
    void recordsAreReadByPositionBufferedOrNot() throws IOException {
        CommitLog log = open(dir, 4096, new ArrayList<>());
        fill(log, 200, 300, 3);
        byte[] last = {1, 2, 3};
        long buffered = log.append(last, 0, 3);
        assertEquals(log.writtenPosition(), buffered);
        assertArrayEquals(last, log.read(buffered));
        for (int i = 0; i < positions.size(); i++) {
            assertArrayEquals(records.get(i), log.read(positions.get(i)));
        }
        assertTrue(log.segmentCount() > 3);
        assertNull(log.read(log.appendedPosition()));
        assertThrows(CorruptLogException.class, () -> log.read(positions.get(5) + 1));
        log.close();
    }

    @Test
    void recordsLargerThanTheBufferAreWhole() throws IOException {
        CommitLog log = open(dir, 64 << 20, new ArrayList<>());
        fill(log, 6, 5 * CommitLog.BUFFER_BYTES, 2);
        byte[] fits = new byte[CommitLog.BUFFER_BYTES - LogSegment.RECORD_HEAD_BYTES];
        fits[7] = 7;
        long position = log.append(fits, 0, fits.length);
        assertArrayEquals(fits, log.read(position));
        log.write();
        assertArrayEquals(fits, log.read(position));
        log.close();
        List<byte[]> again = new ArrayList<>();
        open(dir, 64 << 20, again).close();
        assertEquals(records.size() + 1, again.size());
        for (int i = 0; i < records.size(); i++) {
            assertArrayEquals(records.get(i), again.get(i));
        }
    }

    @Test
    void aTailTornAtAnyByteIsCutAtTheRecordBefore() throws IOException {
        CommitLog log = open(dir, 1 << 20, new ArrayList<>());
        fill(log, 12, 40, 1);
        log.close();
        byte[] whole = Files.readAllBytes(onlySegment(dir));
        for (int cut = 0; cut < whole.length; cut++) {
            Path copy = Files.createDirectory(dir.resolve("cut-" + cut));
            Files.write(onlySegment(copy), Arrays.copyOf(whole, cut));
            List<byte[]> replayed = new ArrayList<>();
            CommitLog again = open(copy, 1 << 20, replayed);
            long end = cut - LogSegment.HEADER_BYTES;
            long expected = positions.stream().filter(p -> ends(p) <= end).count();
            assertEquals(expected, replayed.size(), "cut at " + cut);
            byte[] more = {9};
            long position = again.append(more, 0, 1);
            again.write();
            again.close();
            List<byte[]> third = new ArrayList<>();
            open(copy, 1 << 20, third).close();
            assertEquals(expected + 1, third.size(), "an append after the cut, at " + position);
        }
    }

    private long ends(long position) {
        return position + LogSegment.RECORD_HEAD_BYTES + records.get(positions.indexOf(position)).length;
    }

    @Test
    void aTailOfZerosIsCut() throws IOException {
        CommitLog log = open(dir, 1 << 20, new ArrayList<>());
        fill(log, 5, 40, 1);
        log.close();
        byte[] whole = Files.readAllBytes(onlySegment(dir));
        Files.write(onlySegment(dir), Arrays.copyOf(whole, whole.length + 10_000));
        List<byte[]> replayed = new ArrayList<>();
        open(dir, 1 << 20, replayed).close();
        assertEquals(5, replayed.size());
        assertEquals(whole.length, Files.size(onlySegment(dir)));
    }

    @Test
    void aFlippedByteInTheMiddleIsReportedWhereverItIs() throws IOException {
        CommitLog log = open(dir, 1 << 20, new ArrayList<>());
        fill(log, 12, 40, 1);
        log.close();
        byte[] whole = Files.readAllBytes(onlySegment(dir));
        int lastRecord = (int) (positions.get(positions.size() - 1) + LogSegment.HEADER_BYTES);
        for (int at = 0; at < lastRecord; at++) {
            Path copy = Files.createDirectory(dir.resolve("flip-" + at));
            byte[] flipped = whole.clone();
            flipped[at] ^= 0x10;
            Files.write(onlySegment(copy), flipped);
            CorruptLogException e = assertThrows(CorruptLogException.class,
                () -> open(copy, 1 << 20, new ArrayList<>()), "flipped at " + at);
            assertEquals(onlySegment(copy), e.file());
            assertTrue(e.offset() <= at && e.getMessage().contains(e.file().toString()), e.getMessage());
        }
    }

    @Test
    void damageBeforeTheLastSegmentIsReported() throws IOException {
        CommitLog log = open(dir, 512, new ArrayList<>());
        fill(log, 60, 100, 1);
        log.close();
        Path first = onlySegment(dir);
        byte[] whole = Files.readAllBytes(first);
        Files.write(first, Arrays.copyOf(whole, whole.length - 1));
        assertThrows(CorruptLogException.class, () -> open(dir, 512, new ArrayList<>()), "cut");
        byte[] flipped = whole.clone();
        flipped[whole.length - 1] ^= 1;
        Files.write(first, flipped);
        assertThrows(CorruptLogException.class, () -> open(dir, 512, new ArrayList<>()), "last record flipped");
        Files.write(first, whole);
        Path second = Files.list(dir).sorted().skip(1).findFirst().orElseThrow();
        Files.delete(second);
        assertThrows(CorruptLogException.class, () -> open(dir, 512, new ArrayList<>()), "a segment is missing");
    }

    @Test
    void segmentsThatAPeerMayLackGoWhenFlushedAndBeyondTheSize() throws IOException {
        CommitLog log = open(dir, 1000, new ArrayList<>());
        fill(log, 100, 100, 1);
        log.retained().neededFrom(0);
        long all = log.bytes();
        log.retire(0, retain(0, 0));
        assertEquals(all, log.bytes(), "nothing is flushed");
        log.retire(log.writtenPosition(), retain(3000, 1_000_000));
        assertTrue(log.bytes() >= 3000 && log.bytes() < 3000 + 1200, "kept " + log.bytes());
        assertNotEquals(0, log.oldestPosition());
        assertNull(log.read(positions.get(0)));
        assertTrue(positions.contains(log.oldestPosition()));
        int at = positions.indexOf(log.oldestPosition());
        assertArrayEquals(records.get(at), log.read(positions.get(at)));
        log.retire(log.writtenPosition(), retain(0, 1_000_000));
        assertEquals(1, log.segmentCount());
        assertTrue(log.retained().droppedForSize() > 2);
        assertEquals(0, log.retained().droppedForAge() + log.retained().heldByAll());
        long appended = log.appendedPosition();
        log.close();
        CommitLog again = open(dir, 1000, new ArrayList<>());
        assertEquals(appended, again.appendedPosition(), "positions go on after a restart");
        again.close();
    }

    private static LsmOptions retain(long bytes, long millis) {
        return LsmOptions.defaults().withLogRetainBytes(bytes).withLogRetainMillis(millis);
    }

    @Test
    void segmentsThatEveryPeerHasGoAtOnceAndNoOthers() throws IOException {
        CommitLog log = open(dir, 1000, new ArrayList<>());
        fill(log, 100, 100, 1);
        int segments = log.segmentCount();
        long needed = positions.get(60);
        log.retained().neededFrom(needed);
        assertTrue(log.mayRetire(log.writtenPosition(), retain(1 << 20, 1_000_000)));
        log.retire(log.writtenPosition(), retain(1 << 20, 1_000_000));
        assertFalse(log.mayRetire(log.writtenPosition(), retain(1 << 20, 1_000_000)));
        assertTrue(log.oldestPosition() <= needed && log.oldestPosition() > needed - 1200, "" + log.oldestPosition());
        assertEquals(segments - log.segmentCount(), log.retained().heldByAll());
        assertArrayEquals(records.get(60), log.read(needed));
        log.close();
    }

    @Test
    void segmentsThatAreTooOldGo() throws IOException {
        long[] nanos = {0};
        CommitLog log = open(dir, 1000, new LogRecovery(dir, disk, 0).recover(null, (p, e, r) -> { }),
            Workers.caller(() -> nanos[0]));
        fill(log, 50, 100, 1);
        nanos[0] = 5_000_000_000L;
        long middle = log.appendedPosition();
        fill(log, 50, 100, 1);
        log.retained().neededFrom(0);
        nanos[0] += 5_000_000_000L;
        log.retire(log.writtenPosition(), retain(1 << 20, 10_001));
        assertEquals(0, log.oldestPosition(), "not yet");
        log.retire(log.writtenPosition(), retain(1 << 20, 9_000));
        assertTrue(log.oldestPosition() > 0 && log.oldestPosition() <= middle);
        assertTrue(log.retained().droppedForAge() > 0);
        assertEquals(0, log.retained().droppedForSize());
        log.close();
    }
}
