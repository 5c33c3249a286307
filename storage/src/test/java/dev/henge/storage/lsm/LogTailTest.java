package dev.henge.storage.lsm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentSkipListMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a crash can leave of a log's unsynced end is cut; what it cannot have made is damage. */
class LogTailTest {

    private static final int SEGMENT_BYTES = 1 << 20;
    private static final int SECTOR = LogScanner.SECTOR_BYTES;
    /** So many sectors are there or not one by one; if there are more, those so far apart have the same fate. */
    private static final int SECTORS_MAX = 10;

    private final Disk disk = Disk.real();
    @TempDir
    Path dir;

    private final List<byte[]> records = new ArrayList<>();
    private final List<Long> positions = new ArrayList<>();
    private int copies;

    private CommitLog open(Path directory, boolean ahead, List<byte[]> replayed) throws IOException {
        ConcurrentSkipListMap<Long, LogSegment> segments = new LogRecovery(directory, disk, 0)
            .recover(null, (position, end, record) -> replayed.add(record));
        return new CommitLog(directory, disk, SEGMENT_BYTES, segments, new StoreFailure(), Workers.threads(), ahead,
            null);
    }

    private Path segment(Path directory) {
        return directory.resolve(LogSegment.nameOf(0));
    }

    private byte[] image() throws IOException {
        return Files.readAllBytes(segment(dir));
    }

    private void group(CommitLog log, Random random, int count) {
        for (int i = 0; i < count; i++) {
            byte[] record = new byte[1 + random.nextInt(random.nextInt(6) == 0 ? 1500 : 150)];
            random.nextBytes(record);
            positions.add(log.append(record, 0, record.length));
            records.add(record);
        }
        log.write();
    }

    private int offset(int record) {
        return (int) (positions.get(record) + LogSegment.HEADER_BYTES);
    }

    private Path copy(byte[] bytes) throws IOException {
        Path copy = Files.createDirectory(dir.resolve("copy-" + copies++));
        Files.write(segment(copy), bytes);
        return copy;
    }

    /** What is left opens, has a beginning of the records and at least those that were synced, and takes more. */
    private void assertCut(byte[] left, int synced, boolean ahead, String what) throws IOException {
        Path copy = copy(left);
        CheckReport report = new CheckReport();
        new LogCheck(copy, new ReadOnlyDisk(), 0, report).check();
        assertEquals(List.of(), report.faults(), what);
        List<byte[]> replayed = new ArrayList<>();
        CommitLog log = open(copy, ahead, replayed);
        assertTrue(replayed.size() >= synced, what + ": " + replayed.size() + " of " + synced);
        for (int i = 0; i < replayed.size(); i++) {
            assertArrayEquals(records.get(i), replayed.get(i), what + ", record " + i);
        }
        byte[] more = {9, 9, 9};
        log.append(more, 0, 3);
        log.write();
        log.sync();
        byte[] killed = Files.readAllBytes(segment(copy));
        log.close();
        Files.write(segment(copy), killed);
        List<byte[]> again = new ArrayList<>();
        open(copy, ahead, again).close();
        assertEquals(replayed.size() + 1, again.size(), what + ", and a kill behind it");
        assertArrayEquals(more, again.get(again.size() - 1), what);
        Files.delete(segment(copy));
    }

    private void assertDamaged(byte[] left, int at, String what) throws IOException {
        Path copy = copy(left);
        CorruptLogException e =
            assertThrows(CorruptLogException.class, () -> open(copy, true, new ArrayList<>()).close(), what);
        assertTrue(e.offset() <= at, what + ": " + e.getMessage());
        CheckReport report = new CheckReport();
        new LogCheck(copy, new ReadOnlyDisk(), 0, report).check();
        assertTrue(report.faultCount() > 0, what + ": the check finds nothing");
        Files.delete(segment(copy));
    }

    /** Every set of sectors may have been written, for each byte at which the last one may be torn. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, -1, -2, -3, -4, -5, -6})
    void whateverSectorsOfTheUnsyncedEndAreThereItIsCut(long seed) throws IOException {
        boolean ahead = seed > 0;
        Random random = new Random(seed);
        CommitLog log = open(dir, ahead, new ArrayList<>());
        for (int i = random.nextInt(4); i >= 0; i--) {
            group(log, random, 1 + random.nextInt(6));
            log.sync();
        }
        int synced = records.size();
        byte[] before = image();
        for (int i = random.nextInt(3); i >= 0; i--) {
            group(log, random, 1 + random.nextInt(5));
        }
        byte[] after = image();
        log.close();
        before = Arrays.copyOf(before, after.length);
        List<Integer> dirty = new ArrayList<>();
        for (int at = 0; at < after.length; at += SECTOR) {
            int end = Math.min(at + SECTOR, after.length);
            if (!Arrays.equals(before, at, end, after, at, end)) {
                dirty.add(at);
            }
        }
        String what = "seed " + seed + ", sectors ";
        int sets = 1 << Math.min(dirty.size(), SECTORS_MAX);
        for (int set = 0; set < sets; set += 1 + random.nextInt(1 + sets / 200)) {
            byte[] left = before.clone();
            for (int i = 0; i < dirty.size(); i++) {
                int at = dirty.get(i);
                if ((set >> (i % SECTORS_MAX) & 1) == 1) {
                    System.arraycopy(after, at, left, at, Math.min(SECTOR, after.length - at));
                }
            }
            assertCut(left, synced, ahead, what + Integer.toBinaryString(set));
        }
        for (int at = dirty.get(0); at < after.length && at <= dirty.get(dirty.size() - 1) + SECTOR;
                at += 1 + random.nextInt(40)) {
            byte[] left = before.clone();
            System.arraycopy(after, 0, left, 0, at);
            assertCut(left, synced, ahead, "seed " + seed + ", torn at " + at);
            assertCut(Arrays.copyOf(after, Math.max(at, offset(synced))), synced, ahead,
                "seed " + seed + ", cut at " + at);
        }
    }

    /** A killed store, so zeros follow: nothing but marks and sound records say what was acknowledged. */
    @Test
    void aFlippedByteOfWhatWasSyncedIsDamageThoughZerosFollow() throws IOException {
        Random random = new Random(7);
        CommitLog log = open(dir, true, new ArrayList<>());
        for (int i = 0; i < 4; i++) {
            group(log, random, 4);
            log.sync();
        }
        byte[] whole = image();
        log.close();
        assertTrue(whole.length > image().length + 1000, "zeros follow");
        for (int at = 0; at < offset(records.size() - 1); at++) {
            byte[] flipped = whole.clone();
            flipped[at] ^= (byte) (1 + random.nextInt(255));
            assertDamaged(flipped, at, "flipped at " + at);
        }
    }

    @Test
    void sectorsLostOfWhatALaterMarkSaysWasSyncedAreDamage() throws IOException {
        Random random = new Random(8);
        CommitLog log = open(dir, true, new ArrayList<>());
        for (int i = 0; i < 6; i++) {
            group(log, random, 5);
            log.sync();
        }
        group(log, random, 1);
        byte[] whole = image();
        log.close();
        int last = records.size() - 1;
        int tested = 0;
        for (int at = SECTOR; at + SECTOR <= offset(last); at += SECTOR) {
            byte[] lost = whole.clone();
            Arrays.fill(lost, at, at + SECTOR, (byte) 0);
            assertDamaged(lost, at + SECTOR, "lost at " + at);
            tested++;
        }
        assertTrue(tested >= 4, tested + " sectors");
        byte[] all = whole.clone();
        Arrays.fill(all, LogSegment.HEADER_BYTES, offset(last), (byte) 0);
        assertDamaged(all, LogSegment.HEADER_BYTES, "only the last record is left");
    }

    /** A new segment's first sector, with its header, may be the one that was not written. */
    @Test
    void aSegmentWithoutItsFirstSectorIsDroppedUnlessItWasSynced() throws IOException {
        Random random = new Random(10);
        CommitLog log = open(dir, true, new ArrayList<>());
        group(log, random, 20);
        byte[] unsynced = image();
        log.sync();
        group(log, random, 1);
        byte[] synced = image();
        log.close();
        Arrays.fill(unsynced, 0, SECTOR, (byte) 0);
        assertCut(unsynced, 0, true, "nothing was synced");
        Arrays.fill(synced, 0, SECTOR, (byte) 0);
        assertDamaged(synced, 0, "a mark says that it was synced");
    }

    /** Without a mark behind it a lost sector is one that a crash has not written. */
    @Test
    void aSectorLostBehindTheLastMarkIsCut() throws IOException {
        Random random = new Random(9);
        CommitLog log = open(dir, true, new ArrayList<>());
        group(log, random, 3);
        log.sync();
        int synced = records.size();
        group(log, random, 1);
        byte[] large = new byte[3 * SECTOR];
        random.nextBytes(large);
        positions.add(log.append(large, 0, large.length));
        records.add(large);
        group(log, random, 3);
        byte[] left = image();
        log.close();
        int at = (offset(synced + 1) / SECTOR + 1) * SECTOR;
        Arrays.fill(left, at, at + SECTOR, (byte) 0);
        assertCut(left, synced + 1, true, "a hole");
        byte[] flipped = image();
        flipped[at + 5] ^= 1;
        assertDamaged(flipped, at + 5, "no crash flips a bit");
    }

    @Test
    void onlyTheFirstRecordAfterASyncHasAMark() throws IOException {
        CommitLog log = open(dir, true, new ArrayList<>());
        byte[] record = {1};
        long[] at = new long[7];
        for (int i = 0; i < at.length - 1; i++) {
            at[i] = log.append(record, 0, 1);
            if (i == 1 || i == 3) {
                log.write();
            }
            if (i == 1) {
                log.sync();
            }
        }
        at[6] = log.appendedPosition();
        long[] sizes = new long[6];
        for (int i = 0; i < 6; i++) {
            sizes[i] = at[i + 1] - at[i];
            assertArrayEquals(record, log.read(at[i]));
        }
        assertArrayEquals(new long[] {13, 13, 21, 13, 13, 13}, sizes);
        assertThrows(IllegalArgumentException.class, () -> log.read(at[4] + 1));
        log.close();
    }

    @Test
    void zerosAreAheadOfSmallWritesAndNotBehindAClosedSegment() throws IOException {
        CommitLog log = open(dir, true, new ArrayList<>());
        byte[] small = new byte[100];
        log.append(small, 0, small.length);
        log.write();
        long ahead = image().length;
        assertTrue(ahead > LogRoom.STEP_BYTES / 2 && ahead % 4096 == 0, "" + ahead);
        assertEquals(ahead, log.fileBytes());
        log.append(small, 0, small.length);
        log.write();
        assertEquals(ahead, image().length, "inside of what there is");
        byte[] large = new byte[2 * LogRoom.STEP_BYTES];
        log.append(large, 0, large.length);
        log.write();
        assertEquals(log.bytes(), image().length, "a large write takes no zeros");
        while (log.segmentCount() == 1) {
            assertTrue(image().length <= Math.max(SEGMENT_BYTES, log.bytes()));
            log.append(small, 0, small.length);
            log.write();
        }
        Path second = dir.resolve(LogSegment.nameOf(log.appendedPosition() - 112));
        assertEquals(log.bytes(), image().length + LogSegment.HEADER_BYTES + 112, "the first is cut");
        assertTrue(Files.size(second) > LogRoom.STEP_BYTES / 2);
        log.close();
        assertEquals(LogSegment.HEADER_BYTES + 112, Files.size(second), "and the second too");
    }

    @Test
    void whereThereIsNoRoomForZerosRecordsAreWrittenAllTheSame() throws IOException {
        FaultDisk full = FaultDisk.sound();
        Path directory = Path.of("/log");
        Disk narrow = new NarrowDisk(full, 4096);
        CommitLog log = new CommitLog(directory, narrow, SEGMENT_BYTES,
            new LogRecovery(directory, narrow, 0).recover(null, (p, e, r) -> { }), new StoreFailure(),
            Workers.threads(), true, null);
        for (int i = 0; i < 30; i++) {
            log.append(new byte[50], 0, 50);
            log.write();
            assertEquals(null, log.paused());
        }
        log.close();
        int[] count = new int[1];
        new LogRecovery(directory, full, 0).recover(null, (p, e, r) -> count[0]++);
        assertEquals(30, count[0]);
    }

    /** A file of the first version, as the first release wrote it, with one record. */
    private static final String FIRST_VERSION = "48454e47454c4f47" + "00000001" + "0000000000000000" + "a73bd512"
        + "00000002" + "ca5bc5aa" + "f59dd9c2" + "6869";

    @Test
    void aSegmentOfTheFirstVersionIsReadAndWrittenToAsItIs() throws IOException {
        byte[] old = HexFormat.of().parseHex(FIRST_VERSION);
        Files.write(segment(dir), old);
        List<byte[]> replayed = new ArrayList<>();
        CommitLog log = open(dir, true, replayed);
        assertArrayEquals("hi".getBytes(), replayed.get(0));
        assertEquals(1, replayed.size());
        byte[] record = new byte[60_000];
        new Random(3).nextBytes(record);
        int count = 0;
        for (; log.segmentCount() == 1; count++) {
            long position = log.append(record, 0, record.length);
            assertEquals(log.segmentCount() == 1 ? 14 + count * 60_012L : position, position, "no marks");
            log.write();
            log.sync();
            assertArrayEquals(record, log.read(position));
        }
        log.append(record, 0, record.length);
        log.write();
        byte[] first = image();
        assertArrayEquals(old, Arrays.copyOf(first, old.length));
        assertEquals(24 + 14 + (count - 1) * 60_012, first.length, "no zeros");
        log.close();
        List<byte[]> again = new ArrayList<>();
        open(dir, true, again).close();
        assertEquals(1 + count + 1, again.size());
        assertArrayEquals(record, again.get(count));
    }

    @Test
    void inTheFirstVersionASoundRecordBehindABadOneIsProofEnough() throws IOException {
        Files.write(segment(dir), HexFormat.of().parseHex(FIRST_VERSION));
        CommitLog log = open(dir, false, new ArrayList<>());
        for (int i = 0; i < 5; i++) {
            log.append(new byte[600], 0, 600);
        }
        log.write();
        log.close();
        byte[] whole = image();
        byte[] lost = whole.clone();
        Arrays.fill(lost, SECTOR, 2 * SECTOR, (byte) 0);
        lost[600] = 1;
        assertDamaged(lost, 2 * SECTOR, "zeros, and sound records behind them");
        byte[] marked = whole.clone();
        marked[LogSegment.HEADER_BYTES] |= (byte) 0x80;
        assertDamaged(marked, LogSegment.HEADER_BYTES, "the first version has no marks");
        for (int cut = 38; cut < 1300; cut += 7) {
            Path copy = copy(Arrays.copyOf(whole, cut));
            List<byte[]> replayed = new ArrayList<>();
            open(copy, true, replayed).close();
            assertEquals(1 + (cut - 38) / 612, replayed.size(), "cut at " + cut);
        }
    }

    /** A disk that takes no write larger than this. */
    private record NarrowDisk(Disk disk, int writeBytesMax) implements Disk {
        @Override
        public DiskFile open(Path file) throws IOException {
            DiskFile opened = disk.open(file);
            return new DiskFile() {
                @Override
                public void append(ByteBuffer bytes) throws IOException {
                    opened.append(bytes);
                }

                @Override
                public void writeAt(ByteBuffer bytes, long offset) throws IOException {
                    if (bytes.remaining() > writeBytesMax) {
                        throw new IOException(file + ": No space left on device");
                    }
                    opened.writeAt(bytes, offset);
                }

                @Override
                public int read(ByteBuffer into, long offset) throws IOException {
                    return opened.read(into, offset);
                }

                @Override
                public void force() throws IOException {
                    opened.force();
                }

                @Override
                public long size() throws IOException {
                    return opened.size();
                }

                @Override
                public void truncate(long size) throws IOException {
                    opened.truncate(size);
                }

                @Override
                public void close() throws IOException {
                    opened.close();
                }
            };
        }

        @Override
        public void syncDirectory(Path directory) throws IOException {
            disk.syncDirectory(directory);
        }

        @Override
        public boolean exists(Path file) {
            return disk.exists(file);
        }

        @Override
        public List<Path> list(Path directory) throws IOException {
            return disk.list(directory);
        }
    }
}
