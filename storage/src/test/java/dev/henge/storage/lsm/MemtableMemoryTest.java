package dev.henge.storage.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
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
    void theFirstMemtableIsFrozenWhereItIsToldAndTheNextWhenTheyAreFull() {
        LsmOptions options = OPTIONS.withFirstMemtable(0.5);
        long full = options.memtableBytes();
        try (LsmStore store = onThisThread(options)) {
            assertEquals(0.5, bytesOfTheNext(store) / (double) full, 0.05, "the first");
            assertEquals(1, bytesOfTheNext(store) / (double) full, 0.05, "the second");
            PutRecords.put(store, new byte[] {1}, new byte[0]);
            store.checkpoint();
            assertEquals(0.5, bytesOfTheNext(store) / (double) full, 0.05, "the first since one that was not full");
            assertEquals(1, bytesOfTheNext(store) / (double) full, 0.05, "the one after it");
        }
    }

    private LsmStore onThisThread(LsmOptions options) {
        return LsmStore.open(dir, options, new PutReplay(), Disk.real(), Workers.caller(System::nanoTime));
    }

    /** Fills the active memtable until it is flushed; returns what it held at most. */
    private static long bytesOfTheNext(LsmStore store) {
        long flushes = store.stats().flushes();
        long held = 0;
        for (long i = 0; store.stats().flushes() == flushes; i++) {
            held = Math.max(held, store.stats().memtableBytes());
            PutRecords.put(store, ByteBuffer.allocate(8).putLong(i * 0x9E3779B97F4A7C15L).array(), new byte[100]);
            store.endTurn();
        }
        return held;
    }

    @Test
    void aFlushMakesNoGarbageOfWhatItWrites() {
        LsmOptions options = LsmOptions.defaults().withMemtableBytes(64 << 20).withLogSync(LogSync.NEVER);
        try (LsmStore store = onThisThread(options)) {
            for (long i = 0; store.stats().memtableBytes() < 32 << 20; i++) {
                PutRecords.put(store, ByteBuffer.allocate(8).putLong(i * 0x9E3779B97F4A7C15L).array(), new byte[1000]);
                store.endTurn();
            }
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
            store.checkpoint();
            long made = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
            assertEquals(1, store.stats().flushes());
            assertTrue(made < 8 << 20, made + " bytes for a flush of 32 MiB");
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

    /** Places that are remembered from put to put serve their keys, whatever becomes of those meanwhile. */
    @Test
    void whoRemembersWhereAKeyIsPutsToThatKey() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        FoundBytes[] places = new FoundBytes[40];
        Map<Integer, Integer> model = new HashMap<>();
        try (LsmStore store = LsmStore.open(dir, OPTIONS, new PutReplay(), new TestDisk())) {
            for (int i = 0; i < 20_000; i++) {
                int number = random.nextInt(places.length);
                byte[] key = {7, (byte) number};
                byte[] value = new byte[random.nextInt(60)];
                switch (random.nextInt(8)) {
                    case 0 -> {
                        store.delete(key, key.length);
                        model.remove(number);
                    }
                    case 1 -> {
                        store.put(key, key.length, value, 0, value.length);
                        model.put(number, value.length);
                    }
                    case 2 -> {
                        FoundBytes found = places[number] = new FoundBytes();
                        store.find(key, key.length, found);
                        assertEquals(model.containsKey(number), found.any(), "seed " + seed);
                    }
                    default -> {
                        places[number] = places[number] == null ? new FoundBytes() : places[number];
                        store.put(key, key.length, places[number], value, 0, value.length);
                        places[number].letGo();
                        model.put(number, value.length);
                    }
                }
                if (random.nextInt(500) == 0) {
                    store.checkpoint(); // another memtable from here on
                }
            }
            for (int number = 0; number < places.length; number++) {
                byte[] value = store.get(new byte[] {7, (byte) number});
                Integer length = model.get(number);
                assertEquals(length == null ? -1 : length, value == null ? -1 : value.length, "seed " + seed);
            }
            assertTrue(store.stats().flushes() > 5, store.stats().toString());
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
