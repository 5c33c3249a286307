package dev.henge.storage.lsm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Records that wait for the next sync in memory that outlives the process. */
class LogRingTest {

    private static final long SEGMENT_BYTES = 4096;
    private static final LsmOptions HOURLY =
        LsmOptions.defaults().withLogSync(LogSync.every(LogSync.INTERVAL_MILLIS_MAX));

    @TempDir
    Path dir;

    private final TestDisk disk = new TestDisk();
    private final List<byte[]> records = new ArrayList<>();

    private CommitLog open(Path directory, List<byte[]> replayed) throws IOException {
        var segments = new LogRecovery(directory, disk, 0)
            .recover(null, (position, end, record) -> replayed.add(record));
        return new CommitLog(directory, disk, SEGMENT_BYTES, segments, new StoreFailure(), Workers.threads(), false,
            LogRing.create(directory, disk, SEGMENT_BYTES));
    }

    private long append(CommitLog log, byte[] record) {
        records.add(record);
        return log.append(record, 0, record.length);
    }

    private static byte[] record(Random random, int bytesMax) {
        byte[] record = new byte[1 + random.nextInt(bytesMax)];
        random.nextBytes(record);
        return record;
    }

    private static void assertSame(List<byte[]> expected, List<byte[]> actual, String what) {
        assertEquals(expected.size(), actual.size(), what);
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i), actual.get(i), what + ", record " + i);
        }
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, "not within ten seconds");
            Thread.onSpinWait();
        }
    }

    /** Sizes around those of the ring and of the buffer, so that records go through all ways in turn. */
    @ParameterizedTest
    @ValueSource(ints = {40, 900, 2100, 9000, 3 << 20})
    void aKilledProcessLosesNothingOfManyLives(int bytesMax) throws IOException {
        Random random = new Random(bytesMax);
        for (int life = 0; life < 12; life++) {
            Path at = dir.resolve("life-" + life);
            Files.createDirectories(at);
            List<byte[]> replayed = new ArrayList<>();
            CommitLog log = open(at, replayed);
            assertSame(records, replayed, "life " + life);
            List<Long> positions = new ArrayList<>();
            int first = records.size();
            for (int i = random.nextInt(bytesMax > 1 << 20 ? 6 : 150); i >= 0; i--) {
                positions.add(append(log, record(random, random.nextInt(4) == 0 ? bytesMax : 40)));
                switch (random.nextInt(8)) {
                    case 0 -> log.drain();
                    case 1 -> log.sync();
                    case 2, 3 -> log.write();
                    default -> { }
                }
                int any = random.nextInt(positions.size());
                assertArrayEquals(records.get(first + any), log.read(positions.get(any)), "record " + any);
            }
            log.write();
            disk.crashInto(at, dir.resolve("life-" + (life + 1)), false);
            log.close();
        }
    }

    @Test
    void aLostTailOfTheSegmentIsMendedFromTheRing() throws IOException {
        Path live = Files.createDirectory(dir.resolve("live"));
        CommitLog log = open(live, new ArrayList<>());
        Random random = new Random(7);
        for (int i = 0; i < 20; i++) {
            append(log, record(random, 60));
        }
        log.write();
        log.drain();
        byte[] whole = Files.readAllBytes(live.resolve(LogSegment.nameOf(0)));
        for (int cut = LogSegment.HEADER_BYTES; cut < whole.length; cut += 7) {
            Path copy = dir.resolve("cut-" + cut);
            disk.crashInto(live, copy, false);
            try (var file = disk.open(copy.resolve(LogSegment.nameOf(0)))) {
                file.truncate(cut);
                file.writeAt(ByteBuffer.wrap(record(random, 50)), cut); // what a torn write may leave
            }
            List<byte[]> replayed = new ArrayList<>();
            open(copy, replayed).close();
            assertSame(records, replayed, "cut at " + cut);
            assertArrayEquals(whole, Files.readAllBytes(copy.resolve(LogSegment.nameOf(0))), "cut at " + cut);
        }
        log.close();
    }

    @Test
    void aRingOfAnEarlierRunOfTheMachineIsNotTaken() throws IOException {
        Path live = Files.createDirectory(dir.resolve("live"));
        CommitLog log = open(live, new ArrayList<>());
        append(log, new byte[] {1});
        log.write();
        log.sync();
        append(log, new byte[] {2});
        log.write();
        disk.crashInto(live, dir.resolve("copy"), false);
        disk.boot = "second";
        List<byte[]> replayed = new ArrayList<>();
        open(dir.resolve("copy"), replayed).close();
        assertSame(records.subList(0, 1), replayed, "the machine has lost what was not synced");
        log.close();
    }

    @Test
    void noRingIsLeftWhereNothingWaits() throws IOException {
        CommitLog log = open(dir, new ArrayList<>());
        append(log, new byte[] {1});
        log.write();
        assertTrue(Files.exists(dir.resolve(LogRing.NAME)));
        log.sync();
        log.close();
        assertFalse(Files.exists(dir.resolve(LogRing.NAME)));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 9, 13, 40, 66})
    void aDamagedHeaderIsReportedAndACutOneIsNot(int at) throws IOException {
        CommitLog log = open(dir, new ArrayList<>());
        append(log, new byte[] {1});
        log.write();
        byte[] whole = Files.readAllBytes(dir.resolve(LogRing.NAME));
        byte[] damaged = whole.clone();
        damaged[at] ^= 1;
        Files.write(dir.resolve(LogRing.NAME), damaged);
        CorruptLogException e = assertThrows(CorruptLogException.class, () -> open(dir, new ArrayList<>()));
        assertTrue(e.getMessage().contains(LogRing.NAME) && e.getMessage().contains("delete it"), e.getMessage());
        Files.write(dir.resolve(LogRing.NAME), new byte[at]);
        List<byte[]> replayed = new ArrayList<>();
        open(dir, replayed).close();
        assertEquals(0, replayed.size(), "a power loss has left it like that");
    }

    @Test
    void aFullDiskHasRoomForWhatWaits() throws IOException {
        CommitLog log = open(dir, new ArrayList<>());
        append(log, new byte[1000]);
        append(log, new byte[100]);
        log.write();
        disk.failAppendsTo = "log-.*";
        assertThrows(IOException.class, () -> open(dir, new ArrayList<>()), "even the room that was kept is taken");
        disk.cutsMakeRoom = true;
        assertThrows(IOException.class, () -> open(dir, new ArrayList<>()), "it is kept once");
        disk.failAppendsTo = null;
        List<byte[]> replayed = new ArrayList<>();
        log = open(dir, replayed);
        assertSame(records, replayed, "there is room");
        append(log, new byte[200]);
        log.write();
        disk.failAppendsTo = "log-.*";
        replayed.clear();
        open(dir, replayed).close();
        assertSame(records, replayed, "what was kept is given up");
    }

    @Test
    void whereThereCanBeNoRingThereIsNone() throws IOException {
        disk.failAppendsTo = "LOG-RING.*";
        assertNull(LogRing.create(dir, disk, SEGMENT_BYTES));
        try (var files = Files.list(dir)) {
            assertEquals(0, files.count());
        }
        disk.failAppendsTo = null;
        LogRing ring = LogRing.create(dir, disk, SEGMENT_BYTES);
        assertNotNull(ring);
        ring.close(false);
        disk.maps = false;
        assertNull(LogRing.create(dir, disk, SEGMENT_BYTES), "a file system of which no file can be mapped");
        disk.maps = true;
        disk.boot = null;
        assertNull(LogRing.create(dir, disk, SEGMENT_BYTES), "nobody could tell whether it counts");
    }

    @Test
    void whoTouchesPagesAheadDisturbsNoStore() throws Exception {
        LogRing ring = LogRing.create(dir, disk, SEGMENT_BYTES);
        AtomicBoolean ends = new AtomicBoolean();
        Thread toucher = new Thread(() -> {
            while (!ends.get()) {
                ring.warm(0, ring.size());
            }
        });
        toucher.start();
        byte[] record = new byte[20];
        for (int i = 0; i < 2_000_000; i++) {
            record[i % 20]++;
            long position = (long) i * ring.size();
            ring.put(position, record.length, i, i, 0, record, 0, record.length);
            byte[] stored = ring.bytes(position, position + 32);
            assertEquals(i, ByteBuffer.wrap(stored).getInt(4), "store " + i);
            assertEquals(20, stored[3], "store " + i);
        }
        ends.set(true);
        toucher.join();
        ring.close(false);
    }

    @Test
    void theOwnerDoesNotWaitForASync() {
        LsmOptions often = LsmOptions.defaults().withLogSync(LogSync.every(1));
        LsmStore store = LsmStore.open(dir, often, new PutReplay(), disk);
        disk.stall = new CountDownLatch(1);
        assertTimeoutPreemptively(Duration.ofSeconds(30), () -> {
            PutRecords.put(store, new byte[] {0}, new byte[] {0});
            store.endTurn();
            await(() -> disk.stalled.get() > 0);
            for (int turn = 1; turn < 1000; turn++) {
                PutRecords.put(store, new byte[] {(byte) turn}, new byte[1000]);
                store.endTurn();
                assertEquals(store.appendedPosition(), store.writtenPosition(), "it survives the process");
            }
        });
        assertTrue(store.syncedPosition() < store.writtenPosition());
        disk.stall.countDown();
        await(() -> store.syncedPosition() == store.writtenPosition());
        store.close();
    }

    @Test
    void aRingThatIsHalfFullIsWrittenAndAFullOneWaitsForThat() {
        LsmStore store = LsmStore.open(dir, HOURLY, new PutReplay(), disk);
        long before = store.stats().logBytes();
        byte[] value = new byte[100 << 10];
        long half = LogRing.BYTES_MAX / 2;
        while (store.writtenPosition() < half + 3 * value.length) {
            PutRecords.put(store, new byte[] {1}, value);
            store.endTurn();
        }
        await(() -> store.stats().logBytes() > before + half);
        for (int i = 0; i < 3 * LogRing.BYTES_MAX / value.length; i++) {
            PutRecords.put(store, new byte[] {1}, value); // all in one turn
        }
        assertTrue(store.stats().logBytes() > before + 2L * LogRing.BYTES_MAX);
        assertEquals(0, store.syncedPosition());
        store.close();
    }

    @Test
    void whoFindsItFullWritesOnlyAStepOfIt() throws IOException {
        CommitLog log = open(dir, new ArrayList<>());
        Random random = new Random(7);
        long before = log.bytes();
        int steps = 0;
        for (int i = 0; i < 500; i++) {
            append(log, record(random, 40));
            long step = log.bytes() - before;
            assertTrue(step < 600, step + " bytes at record " + i);
            steps += step > 0 ? 1 : 0;
            before = log.bytes();
        }
        assertTrue(steps > 10, steps + " steps");
        log.write();
        disk.crashInto(dir, dir.resolve("next"), false);
        List<byte[]> replayed = new ArrayList<>();
        open(dir.resolve("next"), replayed);
        assertSame(records, replayed, "after a kill");
    }

    @Test
    void whatWaitsIsSyncedBeforeATableIsNamed() {
        try (LsmStore store = LsmStore.open(dir, HOURLY, new PutReplay(), disk)) {
            PutRecords.put(store, new byte[] {1}, new byte[] {2});
            store.checkpoint();
            assertTrue(store.flushedPosition() > 0);
            assertEquals(store.flushedPosition(), store.syncedPosition());
        }
    }

    @Test
    void aFullDiskHoldsAFlushBackUntilTheLogHasRoom() {
        LsmStore store = LsmStore.open(dir, HOURLY, new PutReplay(), disk);
        PutRecords.put(store, new byte[] {1}, new byte[] {2});
        store.endTurn();
        disk.failAppendsTo = "log-.*";
        store.reclaim(); // freezes: the log is written by who flushes
        store.endTurn();
        await(() -> {
            store.endTurn();
            return store.paused() != null;
        });
        assertEquals(0, store.flushedPosition());
        assertFalse(store.failed());
        disk.failAppendsTo = null;
        await(() -> {
            store.endTurn();
            return store.flushedPosition() > 0 && store.writable();
        });
        assertEquals(store.flushedPosition(), store.syncedPosition());
        store.close();
    }

    @Test
    void aCheckSaysThatRecordsWait() throws IOException {
        Path live = Files.createDirectory(dir.resolve("live"));
        disk.boot = Disk.real().bootId();
        LsmStore store = LsmStore.open(live, HOURLY, new PutReplay(), disk);
        PutRecords.put(store, new byte[] {1}, new byte[] {2});
        store.endTurn();
        Path copy = dir.resolve("copy");
        disk.crashInto(live, copy, false);
        store.close();
        CheckReport ofCopy = StoreCheck.ofStore(copy, null);
        assertEquals(List.of(), ofCopy.faults());
        assertTrue(ofCopy.notes().toString().contains(LogRing.NAME), ofCopy.notes().toString());
        assertEquals(List.of(), StoreCheck.ofStore(live, null).notes());
    }

    @Test
    void itsBytesAreAsTheFormatSays() throws IOException {
        disk.boot = "a";
        CommitLog log = open(dir, new ArrayList<>());
        append(log, "hi".getBytes());
        byte[] ring = Files.readAllBytes(dir.resolve(LogRing.NAME));
        assertEquals(4096 + 2 * 2048, ring.length);
        assertEquals("48454e4745524e47" + "00000001" + "00000800" + "61" + "00".repeat(47) + "6753e6c9",
            HexFormat.of().formatHex(ring, 0, 68));
        assertEquals("00000002" + "ca5bc5aa" + "f59dd9c2" + "6869", HexFormat.of().formatHex(ring, 4096, 4110));
        log.close();
    }
}
