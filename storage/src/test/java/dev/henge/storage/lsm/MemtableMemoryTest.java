package dev.henge.storage.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How memtables share their memory, and how much log they keep from being let go of. */
class MemtableMemoryTest {

    private static final LsmOptions OPTIONS = LsmOptions.defaults().withMemtableBytes(64 << 10)
        .withLogSync(LogSync.NEVER);

    @TempDir
    Path dir;

    @Test
    void theMemoryIsNotExceededWhileFlushesHang() {
        TestDisk disk = new TestDisk();
        disk.tableAppendNanos = 100_000_000;
        byte[] value = new byte[100];
        long worst = 0;
        try (LsmStore store = LsmStore.open(dir, OPTIONS, new PutReplay(), disk)) {
            for (long i = 0; store.stats().flushes() < 3; i++) {
                PutRecords.put(store, ByteBuffer.allocate(8).putLong(i * 0x9E3779B97F4A7C15L).array(), value);
                store.endTurn();
                worst = Math.max(worst, store.stats().memtableBytes());
            }
            LsmStats stats = store.stats();
            assertTrue(stats.stops() > 0, stats.toString());
            assertTrue(worst > OPTIONS.memtableBytes() * 5 / 4, "it goes on beside a flush: " + worst);
            assertTrue(worst <= OPTIONS.memoryBytes(), worst + " bytes in memtables; " + stats);
        }
    }

    @Test
    void aMemtableFillsMostOfTheMemoryBeforeItIsFlushed() {
        LsmOptions options = LsmOptions.defaults().withMemoryBytes(300 << 10);
        assertEquals(300 << 10, options.memoryBytes());
        assertEquals(200 << 10, options.memtableBytes());
        assertEquals((1L << 30) + (300 << 10), options.unflushedLogBytesMax());
    }

    @Test
    void whatIsOnlyOverwrittenIsFlushedWhenItsLogIsLong() {
        LsmOptions options = OPTIONS.withUnflushedLogBytesMax(32 << 10).withSegmentBytes(8 << 10)
            .withLogRetainBytes(0);
        try (LsmStore store = LsmStore.open(dir, options, new PutReplay(), new TestDisk())) {
            for (int i = 0; i < 4_000; i++) {
                PutRecords.put(store, ByteBuffer.allocate(8).putLong(i % 50).array(), new byte[100]);
                store.endTurn();
            }
            assertTrue(store.stats().memtableBytes() < options.memtableBytes(), "never full");
            store.checkpoint();
            assertTrue(store.stats().flushes() >= 4_000 * 120 / (40 << 10), store.stats().toString());
        }
    }

    @Test
    void aDiskThatRunsFullGetsLogBack() {
        TestDisk disk = new TestDisk();
        LsmOptions options = OPTIONS.withSegmentBytes(8 << 10);
        try (LsmStore store = LsmStore.open(dir, options, new PutReplay(), disk)) {
            overwrite(store, 300);
            assertEquals(0, store.stats().flushes(), "there is room");
            disk.space = new Disk.Space(24 << 10, 1_000_000); // of which a fiftieth is the reserve
            long deadline = System.nanoTime() + 30_000_000_000L;
            while (store.stats().flushes() == 0 && System.nanoTime() < deadline) {
                overwrite(store, 1);
                LockSupport.parkNanos(1_000_000);
            }
            assertTrue(store.stats().flushes() > 0, store.stats().toString());
        }
    }

    @Test
    void aCleanStopLeavesLittleToReplay() {
        byte[] large = new byte[1 << 20];
        LsmOptions options = LsmOptions.defaults().withMemtableBytes(8 << 20).withLogSync(LogSync.NEVER);
        try (LsmStore store = LsmStore.open(dir, options, new PutReplay(), new TestDisk())) {
            for (long i = 0; i <= LsmStore.UNFLUSHED_AT_CLOSE_MAX; i += large.length) {
                PutRecords.put(store, new byte[] {1}, large);
                store.endTurn();
            }
        }
        PutReplay replay = new PutReplay();
        try (LsmStore store = LsmStore.open(dir, options, replay, new TestDisk())) {
            assertEquals(0, replay.replayed.size());
            assertEquals(large.length, store.get(new byte[] {1}, 1).length);
        }
    }

    private static void overwrite(LsmStore store, int times) {
        for (int i = 0; i < times; i++) {
            PutRecords.put(store, new byte[] {1}, new byte[100]);
            store.endTurn();
        }
    }

    @Test
    void warmingChangesNothing() {
        Memtable memtable = new Memtable(new ChunkPool(4), 1);
        long[] hashes = new long[100];
        for (int i = 0; i < 5_000; i++) {
            byte[] key = ByteBuffer.allocate(4).putInt(i).array();
            hashes[i % 100] = KeyHash.of(key, 0, 4);
            memtable.put(key, 4, (int) KeyHash.of(key, 0, 4), key, 0, i % 5);
        }
        byte[] longer = new byte[ChunkPool.CHUNK_BYTES];
        for (int i = 7; i < 5_000; i += 10) { // values that lie elsewhere, some at their array's end
            byte[] key = ByteBuffer.allocate(4).putInt(i).array();
            memtable.put(key, 4, (int) KeyHash.of(key, 0, 4), longer, 0, i % 1000 == 7 ? longer.length : 200 + i % 5);
            memtable.put(key, 4, (int) KeyHash.of(key, 0, 4), key, 0, i % 5);
        }
        long changes = memtable.changes();
        long bytes = memtable.bytes();
        for (int count = 0; count <= hashes.length; count++) { // more than are taken at a time, and absent ones
            hashes[count % 100] = hashes[count % 100] * 31;
            memtable.warm(hashes, count);
        }
        assertEquals(changes, memtable.changes());
        assertEquals(bytes, memtable.bytes());
        for (int i = 0; i < 5_000; i++) {
            byte[] key = ByteBuffer.allocate(4).putInt(i).array();
            assertEquals(i % 5, memtable.value(memtable.find(key, 4, (int) KeyHash.of(key, 0, 4))).length);
        }
    }

    /** The table grows step by step, while keys come and go on both sides of where the copying is. */
    @Test
    void everyKeyIsFoundWhileTheHashTableGrows() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Memtable memtable = new Memtable(new ChunkPool(4), 1);
        Map<Integer, Integer> hashes = new HashMap<>();
        for (int i = 0; i < 60_000; i++) {
            int number = random.nextInt(40_000);
            byte[] key = ByteBuffer.allocate(4).putInt(number).array();
            Integer hash = hashes.get(number);
            if (hash == null) {
                // few bits: long chains, and many at the end of the table, which go round
                int fresh = random.nextInt(4) == 0 ? -1 - random.nextInt(3) : random.nextInt();
                memtable.put(key, 4, fresh, key, 0, 4);
                hashes.put(number, fresh);
            } else if (random.nextInt(3) > 0) {
                memtable.unlink(memtable.find(key, 4, hash));
                hashes.remove(number);
            }
            if (i % 1_000 == 0) {
                check(memtable, hashes, seed);
            }
            if (i > 30_000 && random.nextInt(4_000) == 0) {
                hashes.keySet().removeIf(n -> {
                    boolean goes = random.nextInt(10) == 0;
                    byte[] gone = ByteBuffer.allocate(4).putInt(n).array();
                    if (goes) {
                        memtable.unlink(memtable.find(gone, 4, hashes.get(n)));
                    }
                    return goes;
                });
            }
        }
        check(memtable, hashes, seed);
    }

    private static void check(Memtable memtable, Map<Integer, Integer> hashes, long seed) {
        assertEquals(hashes.size(), memtable.count(), "seed " + seed);
        hashes.forEach((number, hash) -> assertNotEquals(Memtable.NONE,
            memtable.find(ByteBuffer.allocate(4).putInt(number).array(), 4, hash), number + ", seed " + seed));
    }
}
