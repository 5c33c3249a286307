package dev.henge.storage.lsm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a crash, a power loss, a full disk or a rotten byte does to a store. */
class StoreCrashTest {

    private static final LsmOptions SMALL = LsmOptions.defaults().withMemtableBytes(16 << 10).withSegmentBytes(32 << 10)
        .withLogRetainBytes(32 << 10)
        .withLevels(LevelOptions.defaults().withLevelZeroRuns(2).withBaseMemtables(1).withFactor(2))
        .withLargeValueBytes(300)
        .withLogSync(LogSync.every(5));

    @TempDir
    Path dir;

    private final TestDisk disk = new TestDisk();
    private final List<byte[]> written = new ArrayList<>();
    private final List<Long> ends = new ArrayList<>();

    private void put(LsmStore store, byte[] key, byte[] value) {
        long position = value == null ? PutRecords.delete(store, key) : PutRecords.put(store, key, value);
        written.add(store.readRecord(position));
        ends.add(store.appendedPosition());
    }

    private static byte[] key(Random random) {
        return ("key:" + random.nextInt(400)).getBytes();
    }

    private static byte[] value(Random random) {
        byte[] value = new byte[random.nextInt(20) == 0 ? random.nextInt(3000) : random.nextInt(100)];
        random.nextBytes(value);
        return value;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aCopyOfTheDirectoryOpensWithExactlyWhatWasWritten(long seed) throws IOException {
        Random random = new Random(seed);
        Path live = dir.resolve("live");
        LsmStore store = LsmStore.open(live, SMALL, new PutReplay(), disk);
        for (int crash = 0; crash < 40; crash++) {
            for (int i = random.nextInt(300); i >= 0; i--) {
                put(store, key(random), random.nextInt(4) == 0 ? null : value(random));
                if (random.nextInt(10) == 0) {
                    store.endTurn();
                }
            }
            boolean powerLoss = random.nextBoolean();
            long least = powerLoss ? store.syncedPosition() : store.writtenPosition();
            long most = store.appendedPosition();
            Path copy = dir.resolve("crash-" + crash);
            disk.crashInto(live, copy, powerLoss);
            checkCopy(copy, least, most, "seed " + seed + " crash " + crash + (powerLoss ? " of power" : ""));
        }
        assertTrue(store.stats().compactions() > 0, store.stats().toString());
        store.close();
    }

    private void checkCopy(Path copy, long least, long most, String what) throws IOException {
        PutReplay replay = new PutReplay();
        long flushed = Manifest.read(copy, Disk.real()).flushedPosition();
        try (LsmStore store = LsmStore.open(copy, SMALL, replay)) {
            long end = store.appendedPosition();
            assertTrue(end >= least && end <= most, what + ": " + least + " <= " + end + " <= " + most);
            MemoryByteStore model = new MemoryByteStore();
            int tail = 0;
            for (int i = 0; i < ends.size() && ends.get(i) <= end; i++) {
                PutRecords.apply(model, written.get(i));
                tail += ends.get(i) > flushed ? 1 : 0;
            }
            assertEquals(tail, replay.replayed.size(), what + ": exactly the tail is replayed");
            assertSame(model, store, what);
        }
    }

    private static void assertSame(ByteStore expected, ByteStore actual, String what) {
        try (ByteCursor x = expected.scan(null, null, false); ByteCursor y = actual.scan(null, null, false)) {
            while (x.next()) {
                assertTrue(y.next(), what);
                assertArrayEquals(x.key(), y.key(), what);
                assertArrayEquals(x.value(), y.value(), what);
            }
            assertFalse(y.next(), what);
        }
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, "not within ten seconds");
            Thread.onSpinWait();
        }
    }

    @Test
    void aFailedWriteStopsAppendsAndLeavesReads() {
        LsmStore store = LsmStore.open(dir, SMALL, new PutReplay(), disk);
        put(store, new byte[] {1}, new byte[] {2});
        store.endTurn();
        disk.failure = "Input/output error";
        disk.failAppendsTo = "log-.*";
        put(store, new byte[] {3}, new byte[] {4});
        store.endTurn();
        await(store::failed);
        assertTrue(store.failure().contains("Input/output error") && store.failure().contains(".hlog"),
            store.failure());
        assertThrows(StoreFailedException.class, () -> store.append(new byte[1], 0, 1));
        assertArrayEquals(new byte[] {2}, store.get(new byte[] {1}));
        disk.failAppendsTo = null;
        assertThrows(StoreFailedException.class, () -> store.append(new byte[1], 0, 1), "a failure is final");
        store.close();
        try (LsmStore again = LsmStore.open(dir, SMALL, new PutReplay(), disk)) {
            assertArrayEquals(new byte[] {4}, again.get(new byte[] {3}), "it was in the ring");
        }
    }

    @Test
    void aFailedWriteIsNotReportedAsWrittenWhereEveryTurnIsSynced() {
        LsmStore store = LsmStore.open(dir, SMALL.withLogSync(LogSync.ALWAYS), new PutReplay(), disk);
        put(store, new byte[] {1}, new byte[] {2});
        store.endTurn();
        long before = store.writtenPosition();
        disk.failure = "Input/output error";
        disk.failAppendsTo = "log-.*";
        put(store, new byte[] {3}, new byte[] {4});
        store.endTurn();
        assertTrue(store.failed());
        assertEquals(before, store.writtenPosition());
        store.close();
    }

    @Test
    void aFullDiskPausesAppendsLeavesReadsAndHealsByItself() {
        LsmStore store = LsmStore.open(dir, SMALL, new PutReplay(), disk);
        put(store, new byte[] {1}, new byte[] {2});
        store.endTurn();
        disk.failAppendsTo = "log-.*";
        put(store, new byte[] {3}, new byte[] {4});
        await(() -> {
            store.endTurn();
            return !store.writable();
        });
        store.endTurn(); // a turn in whose midst the syncer met the full disk takes what it still brings
        assertFalse(store.failed());
        assertTrue(store.paused().contains("No space left") && store.paused().contains(".hlog"), store.paused());
        StorePausedException e =
            assertThrows(StorePausedException.class, () -> store.append(new byte[1], 0, 1));
        assertTrue(e.getMessage().contains("No space left"), e.getMessage());
        assertArrayEquals(new byte[] {4}, store.get(new byte[] {3}));
        disk.failAppendsTo = null;
        await(() -> {
            store.endTurn();
            return store.writable();
        });
        assertEquals(store.appendedPosition(), store.writtenPosition());
        put(store, new byte[] {5}, new byte[] {6});
        store.close();
        try (LsmStore again = LsmStore.open(dir, SMALL, new PutReplay(), disk)) {
            for (int key = 1; key < 6; key += 2) {
                assertArrayEquals(new byte[] {(byte) (key + 1)}, again.get(new byte[] {(byte) key}));
            }
        }
    }

    @Test
    void slowSyncsAreHandedToTheSyncer() {
        PutReplay replay = new PutReplay();
        try (LsmStore store = LsmStore.open(dir, SMALL.withLogSync(LogSync.ALWAYS), replay, disk)) {
            disk.forceNanos = 30 * LogSyncer.OWN_SYNC_NANOS_MAX;
            put(store, new byte[] {1}, new byte[] {2});
            store.endTurn();
            assertEquals(-1, replay.synced, "nothing was known of syncs: the owner did it");
            put(store, new byte[] {1}, new byte[] {3});
            store.endTurn();
            assertTrue(store.syncedPosition() < store.writtenPosition(), "the owner does not wait");
            await(() -> replay.synced == store.writtenPosition());
            disk.forceNanos = 0;
            await(() -> {
                put(store, new byte[] {1}, new byte[] {4});
                store.endTurn();
                return store.syncedPosition() == store.writtenPosition() && replay.synced < store.writtenPosition();
            });
        }
    }

    @Test
    void anHourlySyncComesSoonForWhoAsks() {
        PutReplay replay = new PutReplay();
        LsmOptions hourly = SMALL.withLogSync(LogSync.every(LogSync.INTERVAL_MILLIS_MAX));
        try (LsmStore store = LsmStore.open(dir, hourly, replay, disk)) {
            for (byte turn = 2; turn < 5; turn++) {
                put(store, new byte[] {1}, new byte[] {turn});
                store.syncSoon();
                store.endTurn();
                await(() -> replay.synced == store.writtenPosition());
                put(store, new byte[] {1}, new byte[] {0});
                store.endTurn();
                assertTrue(store.syncedPosition() < store.writtenPosition(), "nobody asked for this one");
            }
        }
    }

    @Test
    void aFailedSyncStopsAppendsAndIsNotReportedAsSynced() {
        PutReplay replay = new PutReplay();
        LsmStore store = LsmStore.open(dir, SMALL.withLogSync(LogSync.ALWAYS), replay, disk);
        put(store, new byte[] {1}, new byte[] {2});
        store.endTurn();
        long synced = store.syncedPosition();
        assertEquals(store.writtenPosition(), synced, "the owner syncs itself");
        disk.failForcesOf = "log-.*";
        put(store, new byte[] {1}, new byte[] {3});
        store.endTurn();
        await(store::failed);
        assertEquals(synced, store.syncedPosition());
        assertThrows(StoreFailedException.class, () -> store.append(new byte[1], 0, 1));
        assertArrayEquals(new byte[] {3}, store.get(new byte[] {1}));
        store.close();
    }

    @Test
    void aFullDiskInAFlushStopsAppendsAndLosesNothing() {
        Random random = new Random(9);
        disk.failAppendsTo = "table-.*";
        LsmStore store = LsmStore.open(dir, SMALL, new PutReplay(), disk);
        assertThrows(StorePausedException.class, () -> putUntilRefused(store, random));
        assertTrue(store.paused().contains("cannot flush"), store.paused());
        MemoryByteStore model = new MemoryByteStore();
        written.forEach(record -> PutRecords.apply(model, record));
        assertSame(model, store, "reads go on");
        store.close();
        try (LsmStore again = LsmStore.open(dir, SMALL, new PutReplay(), disk)) {
            assertSame(model, again, "all comes back from the log, still without space");
            disk.failAppendsTo = null;
            await(() -> {
                again.endTurn();
                return again.writable();
            });
            put(again, new byte[] {1}, new byte[] {2});
            await(() -> {
                again.checkpoint(); // does nothing while a flush waits for its next attempt
                return again.appendedPosition() == again.flushedPosition();
            });
            PutRecords.apply(model, written.get(written.size() - 1));
            assertSame(model, again, "it goes on when there is space");
        }
    }

    private void putUntilRefused(LsmStore store, Random random) {
        for (int i = 0; i < 100_000; i++) {
            put(store, key(random), value(random));
            store.endTurn();
        }
    }

    @Test
    void aBrokenDiskInAFlushIsFinal() {
        Random random = new Random(9);
        disk.failAppendsTo = "table-.*";
        disk.failure = "Input/output error";
        try (LsmStore store = LsmStore.open(dir, SMALL, new PutReplay(), disk)) {
            assertThrows(StoreFailedException.class, () -> putUntilRefused(store, random));
            assertNotNull(store.failure());
        }
    }

    @Test
    void aRottenByteInATableIsReported() throws IOException {
        LsmOptions options = SMALL.withMemtableBytes(1 << 20);
        Random random = new Random(5);
        try (LsmStore store = LsmStore.open(dir, options, new PutReplay(), disk)) {
            for (int i = 0; i < 3000; i++) {
                put(store, ("key:" + i).getBytes(), value(random));
            }
            store.checkpoint();
        }
        Path table = Files.list(dir).filter(f -> f.toString().endsWith(".hblk")).findFirst().orElseThrow();
        byte[] whole = Files.readAllBytes(table);
        for (int at = 70; at < whole.length; at += 3571) {
            byte[] rotten = whole.clone();
            rotten[at] ^= 4;
            Files.write(table, rotten);
            CorruptTableException e = assertThrows(CorruptTableException.class, this::readAll, "byte " + at);
            assertEquals(table, e.file());
        }
        Files.write(table, whole);
        readAll();
    }

    private void readAll() {
        try (LsmStore store = LsmStore.open(dir, SMALL, new PutReplay(), disk);
                ByteCursor cursor = store.scan(null, null, false)) {
            int count = 0;
            while (cursor.next()) {
                count++;
            }
            assertEquals(3000, count);
        }
    }

    @Test
    void twoOwnersCannotOpenOneDirectory() {
        try (LsmStore store = LsmStore.open(dir, SMALL, new PutReplay(), disk)) {
            IllegalStateException e = assertThrows(IllegalStateException.class,
                () -> LsmStore.open(dir, SMALL, new PutReplay(), disk));
            assertTrue(e.getMessage().contains(dir.toString()));
            assertNull(store.get(new byte[] {1}));
        }
        LsmStore.open(dir, SMALL, new PutReplay(), disk).close();
    }
}
