package dev.henge.storage.lsm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What compaction promises about the disk: what is dead goes, what lives is not copied about. */
class CompactionTest {

    private static final LsmOptions SMALL = LsmOptions.defaults().withMemtableBytes(16 << 10)
        .withLogSync(LogSync.NEVER).withLogRetainBytes(0).withSegmentBytes(64 << 10)
        .withLevels(LevelOptions.defaults().withBaseMemtables(1).withFactor(4));

    @TempDir
    Path dir;

    private final TestDisk disk = new TestDisk();

    private LsmStore open(LsmOptions options) {
        return LsmStore.open(dir, options, new PutReplay(), disk);
    }

    private static byte[] key(int i) {
        return ByteBuffer.allocate(8).putInt(i * 0x9E3779B9).putInt(i).array();
    }

    private static void await(LsmStore store, BooleanSupplier condition) {
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, () -> "not within twenty seconds: " + store.stats());
            store.endTurn();
            Thread.onSpinWait();
        }
    }

    private static void awaitCalm(LsmStore store) {
        await(store, () -> {
            LsmStats stats = store.stats();
            return stats.debtBytes() == 0 && stats.frozenMemtables() == 0 && !stats.reclaiming();
        });
    }

    @Test
    void spaceStaysBoundedUnderRandomOverwritesOverManyLevels() {
        Random random = new Random(1);
        int keys = 6_000;
        byte[] value = new byte[60];
        try (LsmStore store = open(SMALL)) {
            for (int i = 0; i < 60_000; i++) {
                random.nextBytes(value);
                PutRecords.put(store, key(i < keys ? i : random.nextInt(keys)), value);
                if (i % 20 == 0) {
                    store.endTurn();
                }
                if (i % 10_000 == 9_999) {
                    awaitCalm(store);
                    LsmStats stats = store.stats();
                    long live = keys * (8L + 60 + 8);
                    assertTrue(stats.tableEntries() < 1.6 * keys, stats.toString());
                    assertTrue(stats.tableBytes() < 2.2 * live + 5 * 16_384, stats.toString());
                }
            }
            LsmStats stats = store.stats();
            assertTrue(stats.levels().stream().filter(level -> level.tables() > 0).count() >= 3, stats.toString());
            assertTrue(stats.levels().stream().skip(1).allMatch(level -> level.runs() <= 1), stats.toString());
        }
    }

    @Test
    void aMassDeletionLeavesNothing() throws IOException {
        int keys = 20_000;
        try (LsmStore store = open(SMALL)) {
            for (int i = 0; i < keys; i++) {
                PutRecords.put(store, key(i), new byte[40]);
                store.endTurn();
            }
            store.checkpoint();
            for (int i = 0; i < keys; i++) {
                PutRecords.delete(store, key(i));
                store.endTurn();
            }
            store.checkpoint();
            await(store, () -> store.stats().tables() == 0);
            assertEquals(0, store.stats().tableEntries());
        }
        assertEquals(List.of(), Manifest.read(dir, Disk.real()).runs());
    }

    @Test
    void aReclaimDropsTombstonesAndWhatTheFilterDrops() {
        int keys = 5_000;
        try (LsmStore store = open(SMALL.withCompactionFilter(tables -> (key, value) -> value.get()[0] == 1))) {
            byte[] dropped = new byte[40];
            dropped[0] = 1;
            for (int i = 0; i < keys; i++) {
                PutRecords.put(store, key(i), i % 3 == 0 ? dropped : new byte[40]);
                store.endTurn();
            }
            for (int i = 1; i < keys; i += 3) {
                PutRecords.delete(store, key(i));
                store.endTurn();
            }
            store.reclaim();
            assertTrue(store.reclaiming());
            await(store, () -> !store.reclaiming());
            LsmStats stats = store.stats();
            assertEquals(keys / 3, stats.tableEntries(), stats.toString());
            assertNull(store.get(key(0)));
            assertNull(store.get(key(1)));
            assertEquals(40, store.get(key(2)).length);
        }
    }

    @Test
    void aMostlyDeadValueFileIsCollectedAndAHealthyOneIsLeft() throws IOException {
        Random random = new Random(4);
        byte[][] values = new byte[200][];
        try (LsmStore store = open(SMALL.withMemtableBytes(4 << 20))) {
            for (int i = 0; i < 200; i++) {
                values[i] = new byte[20_000];
                random.nextBytes(values[i]);
                PutRecords.put(store, key(i), values[i]);
                if (i == 99) {
                    store.checkpoint();
                }
            }
            store.checkpoint();
            List<Path> before = valueFiles();
            assertEquals(2, before.size());
            byte[] healthy = Files.readAllBytes(before.get(1));
            for (int i = 0; i < 80; i++) {
                values[i] = new byte[10];
                PutRecords.put(store, key(i), values[i]);
            }
            store.checkpoint();
            store.reclaim();
            await(store, () -> !store.reclaiming());
            LsmStats stats = store.stats();
            assertTrue(stats.collections() > 0, stats.toString());
            assertTrue(stats.valueFileBytes() < 121 * 20_100, stats.toString());
            await(store, () -> !Files.exists(before.get(0)));
            assertArrayEquals(healthy, Files.readAllBytes(before.get(1)), "the healthy file is where it was");
            for (int i = 0; i < 200; i++) {
                assertArrayEquals(values[i], store.get(key(i)));
            }
        }
    }

    private List<Path> valueFiles() throws IOException {
        try (var files = Files.list(dir)) {
            return files.filter(file -> file.toString().endsWith(".hval")).sorted().toList();
        }
    }

    @Test
    void operandsBecomeOneOnTheWayDown() {
        MergeOperator add = (key, older, newer) -> ByteBuffer.allocate(8)
            .putLong(ByteBuffer.wrap(older).getLong() + ByteBuffer.wrap(newer).getLong()).array();
        try (LsmStore store = open(SMALL.withMergeOperator(add))) {
            byte[] one = ByteBuffer.allocate(8).putLong(1).array();
            for (int i = 0; i < 40_000; i++) {
                PutRecords.merge(store, key(i % 2_000), one);
                store.endTurn();
            }
            for (int i = 0; i < 2_000; i++) {
                assertEquals(20, ByteBuffer.wrap(store.get(key(i))).getLong());
            }
            store.reclaim();
            await(store, () -> !store.reclaiming());
            assertEquals(2_000, store.stats().tableEntries());
            try (ByteCursor cursor = store.scan(null, null, true)) {
                while (cursor.next()) {
                    assertEquals(20, ByteBuffer.wrap(cursor.value()).getLong());
                }
            }
            byte[] key = key(1);
            PutRecords.delete(store, key);
            PutRecords.merge(store, key, one);
            assertArrayEquals(one, store.get(key), "nothing of before the deletion");
        }
        try (LsmStore store = LsmStore.open(dir.resolve("other"), SMALL, new PutReplay(), disk)) {
            assertThrows(UnsupportedOperationException.class, () -> store.merge(key(1), 8, new byte[8]));
        }
    }

    @Test
    void compactionStopsPromptlyAtClose() {
        LsmOptions slow = SMALL.withMemtableBytes(256 << 10)
            .withThrottle(ThrottleOptions.defaults().withCompactionBytesPerSecond(1 << 10));
        LsmStore store = open(slow);
        for (int i = 0; store.stats().levels().get(0).runs() < 5; i++) {
            PutRecords.put(store, key(i), new byte[100]);
            store.endTurn();
        }
        long start = System.nanoTime();
        store.close();
        long millis = (System.nanoTime() - start) / 1_000_000;
        assertTrue(millis < 5_000, millis + " ms, where the merge would have taken minutes");
    }

    @Test
    void snapshotsAreReadByAnotherThreadAndBounded() throws Exception {
        try (LsmStore store = open(SMALL.withSnapshotsMax(2))) {
            for (int i = 0; i < 3_000; i++) {
                PutRecords.put(store, key(i), ByteBuffer.allocate(4).putInt(i).array());
                store.endTurn();
            }
            StoreSnapshot snapshot = store.snapshot();
            StoreSnapshot second = store.snapshot();
            assertThrows(IllegalStateException.class, store::snapshot);
            second.close();
            int[] seen = {0};
            Thread reader = new Thread(() -> {
                for (int round = 0; round < 10; round++) {
                    try (ByteCursor cursor = snapshot.scan(null, null, round % 2 == 0)) {
                        while (cursor.next()) {
                            int i = ByteBuffer.wrap(cursor.key()).getInt(4);
                            seen[0] += ByteBuffer.wrap(cursor.value()).getInt() == i ? 1 : 0;
                            seen[0] += snapshot.get(cursor.key(), 8) == null ? 0 : 1;
                        }
                    }
                }
            });
            reader.start();
            for (int i = 0; reader.isAlive(); i++) {
                PutRecords.put(store, key(i % 6_000), new byte[4]);
                store.endTurn();
            }
            reader.join();
            assertEquals(10 * 2 * 3_000, seen[0]);
            snapshot.close();
            snapshot.close();
            assertEquals(0, store.stats().snapshots());
            assertThrows(IllegalStateException.class, () -> snapshot.get(key(1), 8));
        }
    }
}
