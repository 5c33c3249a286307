package dev.henge.storage.lsm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreTest {

    private static final LsmOptions SMALL = LsmOptions.defaults().withMemtableBytes(64 << 10)
        .withLogSync(LogSync.NEVER)
        .withLevels(LevelOptions.defaults().withLevelZeroRuns(2).withBaseMemtables(1).withFactor(3));

    @TempDir
    Path dir;

    private final TestDisk disk = new TestDisk();

    private LsmStore open(LsmOptions options) {
        return LsmStore.open(dir, options, new PutReplay(), disk);
    }

    private static byte[] key(int i) {
        return ByteBuffer.allocate(8).putShort((short) (i * 31)).putInt(i).putShort((short) 1).array();
    }

    private long count(String suffix) throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            return files.filter(file -> file.toString().endsWith(suffix)).count();
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
    void aDataSetLargerThanTheMemtableIsReadBack() throws IOException {
        try (LsmStore store = open(SMALL)) {
            for (int i = 0; i < 50_000; i++) {
                PutRecords.put(store, key(i), ("value " + i).getBytes());
                if (i % 50 == 0) {
                    store.endTurn();
                }
            }
            await(() -> {
                store.endTurn();
                return store.stats().debtBytes() == 0 && store.stats().frozenMemtables() == 0;
            });
            for (int i = 0; i < 50_000; i++) {
                assertArrayEquals(("value " + i).getBytes(), store.get(key(i)));
                assertNull(store.get(key(i + 50_000)));
            }
            LsmStats stats = store.stats();
            assertTrue(stats.flushes() > 20 && stats.compactions() > 3, stats.toString());
            assertTrue(stats.bloomFalse() < stats.bloomNegatives() / 20, stats.toString());
        }
        assertEquals(Manifest.read(dir, Disk.real()).runs().stream().mapToInt(run -> run.tables().size()).sum(),
            count(".hblk"), "files of merged tables are gone");
    }

    @Test
    void largeValuesLiveApartAndTheirFilesGoWhenDead() throws IOException {
        Random random = new Random(3);
        byte[][] values = new byte[40][];
        try (LsmStore store = open(SMALL)) {
            for (int round = 0; round < 30; round++) {
                for (int i = 0; i < values.length; i++) {
                    values[i] = new byte[4097 + random.nextInt(20_000)];
                    random.nextBytes(values[i]);
                    PutRecords.put(store, key(i), values[i]);
                    store.endTurn();
                }
            }
            store.checkpoint();
            for (int i = 0; i < values.length; i++) {
                assertArrayEquals(values[i], store.get(key(i)));
            }
            LsmStats stats = store.stats();
            assertTrue(stats.valueFiles() > 0, stats.toString());
            await(() -> {
                store.endTurn();
                LsmStats now = store.stats();
                return now.valueFileBytes() < 8L * values.length * 14_000;
            });
        }
        try (LsmStore store = open(SMALL)) {
            for (int i = 0; i < values.length; i++) {
                assertArrayEquals(values[i], store.get(key(i)));
                PutRecords.delete(store, key(i));
            }
            for (int i = 0; i < 8; i++) {
                PutRecords.put(store, key(1000 + i), new byte[1]);
                store.checkpoint();
            }
            await(() -> {
                store.endTurn();
                return store.stats().valueFiles() == 0;
            });
        }
        assertEquals(0, count(".hval"));
    }

    @Test
    void longKeysFit() {
        byte[][] keys = new byte[12][];
        try (LsmStore store = open(SMALL)) {
            for (int i = 0; i < keys.length; i++) {
                keys[i] = new byte[i < 6 ? 65_536 : LsmStore.KEY_BYTES_MAX - i];
                Arrays.fill(keys[i], (byte) (i % 3));
                keys[i][keys[i].length - 1] = (byte) i;
                PutRecords.put(store, keys[i], new byte[4096]);
                PutRecords.put(store, key(i), new byte[i]);
            }
            store.checkpoint();
            for (byte[] key : keys) {
                assertEquals(4096, store.get(key).length);
            }
            assertThrows(IllegalArgumentException.class,
                () -> store.put(new byte[LsmStore.KEY_BYTES_MAX + 1], new byte[0]));
        }
    }

    @Test
    void aKeyThatIsNowhereElseIsForgottenAtOnce() {
        try (LsmStore store = open(SMALL)) {
            for (int i = 0; i < 1000; i++) {
                store.put(key(i), new byte[10]);
                store.delete(key(i));
            }
            assertEquals(0, store.stats().memtableEntries());
            store.put(key(1), new byte[10]);
            store.checkpoint();
            store.delete(key(1));
            assertEquals(1, store.stats().memtableEntries(), "a tombstone hides the table's entry");
            assertNull(store.get(key(1)));
            store.checkpoint();
            assertNull(store.get(key(1)));
        }
    }

    @Test
    void theCompactionFilterDropsForGood() {
        LsmOptions options = SMALL
            .withCompactionFilter(tables -> (key, value) -> value.get().length == 3);
        try (LsmStore store = open(options)) {
            for (int round = 0; round < 10; round++) {
                for (int i = 0; i < 200; i++) {
                    PutRecords.put(store, key(i * 10 + round), new byte[i % 2 == 0 ? 3 : 4]);
                }
                store.checkpoint();
            }
            await(() -> {
                store.endTurn();
                return store.stats().compactions() > 0 && store.get(key(0)) == null;
            });
            // A compactor that is late may have merged all at once: what follows does not depend on how often it did.
            store.reclaim();
            await(() -> {
                store.endTurn();
                return !store.reclaiming();
            });
            store.endTurn(); // takes up the last tables
            for (int round = 0; round < 10; round++) {
                for (int i = 0; i < 200; i++) {
                    byte[] value = store.get(key(i * 10 + round));
                    assertEquals(i % 2 == 0 ? 0 : 4, value == null ? 0 : value.length);
                }
            }
        }
    }

    @Test
    void anOpenCursorKeepsItsFilesAndMemory() {
        try (LsmStore store = open(SMALL)) {
            for (int i = 0; i < 5000; i++) {
                PutRecords.put(store, key(i), new byte[50]);
                store.endTurn();
            }
            store.checkpoint();
            for (int i = 0; i < 100; i++) {
                PutRecords.put(store, key(5000 + i), new byte[50]);
            }
            int count = 0;
            try (ByteCursor cursor = store.scan(null, null, true)) {
                while (cursor.next()) {
                    if (count++ % 500 == 0) {
                        for (int i = 0; i < 1000; i++) {
                            PutRecords.put(store, key(i), new byte[60]);
                            store.endTurn();
                        }
                        store.checkpoint();
                    }
                }
            }
            assertEquals(5100, count);
        }
    }

    /** The flushed position says nothing about puts without records: they too must wait for their own flush. */
    @Test
    void putsWithoutRecordsAreReadThroughFlushesAndMerges() {
        try (LsmStore store = open(SMALL.withMemtableBytes(8 << 10))) {
            Random random = new Random(11);
            for (int i = 0; i < 15_000; i++) {
                store.put(key(i), ByteBuffer.allocate(20).putInt(i).array());
                store.endTurn();
                int old = random.nextInt(i + 1);
                assertEquals(old, ByteBuffer.wrap(store.get(key(old))).getInt());
            }
            assertTrue(store.stats().compactions() > 5, store.stats().toString());
        }
    }

    @Test
    void beforeFreezeBelongsToTheFrozenMemtable() {
        byte[] meta = {9, 9, 9};
        LsmListener listener = new LsmListener() {
            @Override
            public void replay(long position, byte[] record) {
                throw new AssertionError("nothing to replay");
            }

            @Override
            public void beforeFreeze(LsmStore store) {
                store.put(meta, ByteBuffer.allocate(8).putLong(store.appendedPosition()).array());
            }
        };
        long position;
        try (LsmStore store = LsmStore.open(dir, SMALL, listener, disk)) {
            PutRecords.put(store, key(1), new byte[10]);
            position = store.appendedPosition();
            store.checkpoint();
            assertEquals(position, store.flushedPosition());
        }
        try (LsmStore store = LsmStore.open(dir, SMALL, listener, disk)) {
            assertEquals(position, ByteBuffer.wrap(store.get(meta)).getLong());
            assertEquals(position, store.appendedPosition());
        }
    }

    @Test
    void logSyncIsReadFromText() {
        assertEquals(LogSync.ALWAYS, LogSync.parse("always"));
        assertEquals(LogSync.EVERYSEC, LogSync.parse(" EverySec "));
        assertEquals(LogSync.EVERYSEC, LogSync.parse("1000"));
        assertEquals(LogSync.NEVER, LogSync.parse("never"));
        assertEquals(LogSync.NEVER, LogSync.parse("no"));
        assertEquals(LogSync.every(25), LogSync.parse("25"));
        for (LogSync sync : new LogSync[] {LogSync.ALWAYS, LogSync.EVERYSEC, LogSync.NEVER, LogSync.every(7)}) {
            assertEquals(sync, LogSync.parse(sync.toString()));
        }
        for (String wrong : new String[] {"", "0", "-1", "sometimes", "1.5", "99999999"}) {
            assertThrows(IllegalArgumentException.class, () -> LogSync.parse(wrong), wrong);
        }
    }

    @Test
    void optionsRefuseWhatCannotWork() {
        LsmOptions options = LsmOptions.defaults();
        assertEquals(64L << 20, options.memtableBytes());
        assertThrows(IllegalArgumentException.class, () -> options.withMemtableBytes(10));
        assertThrows(IllegalArgumentException.class, () -> options.withLargeValueBytes(1 << 20));
        assertThrows(IllegalArgumentException.class, () -> options.withLevels(null));
        assertThrows(IllegalArgumentException.class, () -> options.withLogSync(null));
        assertFalse(options.withBloomBitsPerKey(12).equals(options));
    }
}
