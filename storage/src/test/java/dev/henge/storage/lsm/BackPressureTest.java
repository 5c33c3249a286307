package dev.henge.storage.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Writers that outrun the disk are slowed a little, and not stopped. */
class BackPressureTest {

    private static final long MILLI = 1_000_000;
    private static final LsmOptions OPTIONS = LsmOptions.defaults().withMemtableBytes(256 << 10)
        .withLogSync(LogSync.NEVER);

    @TempDir
    Path dir;

    private long nanos;

    /** A writer of 100 MB/s and a flush of 10 MB/s, in simulated time. */
    @Test
    void theWriterConvergesToTheRateOfTheFlush() {
        double flushBytesPerNano = 0.01;
        DrainRate flushes = new DrainRate();
        WriteThrottle throttle = new WriteThrottle(OPTIONS, flushes, new DrainRate(), () -> nanos, n -> nanos += n);
        Levels calm = new Levels(OPTIONS.levels(), OPTIONS.memtableBytes(), 0, new long[Levels.COUNT]);
        long memtable = OPTIONS.memtableBytes();
        flushes.did(memtable, (long) (memtable / flushBytesPerNano)); // the first one is known
        int turn = 2_000;
        long active = 0;
        long frozen = 0;
        long began = 0;
        long worst = 0;
        long half = 0;
        for (long written = 0; written < 200 * memtable; written += turn) {
            nanos += turn * 10;
            active += turn;
            if (frozen > 0 && nanos >= began + (long) (frozen / flushBytesPerNano)) {
                flushes.did(frozen, nanos - began);
                frozen = 0;
            }
            if (frozen == 0 && active >= memtable) {
                frozen = active;
                active = 0;
                began = nanos;
            }
            throttle.turn(turn, active + frozen, frozen, calm);
            worst = Math.max(worst, active + frozen);
            half = written < 100 * memtable ? nanos : half;
        }
        double rate = 100.0 * memtable / (nanos - half);
        assertEquals(flushBytesPerNano, rate, flushBytesPerNano / 7, "the writer has about the flush's rate");
        assertTrue(worst < OPTIONS.memoryBytes(), "never stopped: " + worst);
        assertTrue(throttle.longestDelayNanos() < 5 * MILLI, "gently: " + throttle.longestDelayNanos());
    }

    @Test
    void anIdleOrSlowWriterIsNotDelayed() {
        WriteThrottle throttle = new WriteThrottle(OPTIONS, new DrainRate(), new DrainRate(), () -> nanos,
            n -> nanos += n);
        Levels calm = new Levels(OPTIONS.levels(), OPTIONS.memtableBytes(), 0, new long[Levels.COUNT]);
        for (int i = 0; i < 1000; i++) {
            nanos += 100 * MILLI;
            throttle.turn(4_000, OPTIONS.memoryBytes() / 100 * 95, OPTIONS.memtableBytes(), calm);
            throttle.turn(0, OPTIONS.memoryBytes() / 100 * 98, OPTIONS.memtableBytes(), calm);
        }
        assertEquals(0, throttle.delays(), "slower than a part of the drain");
    }

    @Test
    void runsOfLevelZeroSlowToo() {
        WriteThrottle throttle = new WriteThrottle(OPTIONS, new DrainRate(), new DrainRate(), () -> nanos,
            n -> nanos += n);
        long[] bytes = new long[Levels.COUNT];
        Levels many = new Levels(OPTIONS.levels(), OPTIONS.memtableBytes(), 100, bytes);
        for (int i = 0; i < 100; i++) {
            throttle.turn(100_000, 0, 0, many);
        }
        assertEquals(100, throttle.delays());
        assertEquals(50 * MILLI, throttle.longestDelayNanos(), "and no more than the bound");
    }

    @Test
    void compactionIsSlowOnlyWhileNobodyWaits() {
        double[] pressure = {0};
        CompactionPace pace = new CompactionPace(1 << 20, () -> pressure[0], () -> false, () -> nanos,
            n -> nanos += n);
        pace.wrote(1 << 20);
        assertEquals(1000.0, nanos / (double) MILLI, 1);
        pressure[0] = 0.25;
        nanos = 0;
        pace = new CompactionPace(1 << 20, () -> pressure[0], () -> false, () -> nanos, n -> nanos += n);
        pace.wrote(1 << 20);
        assertEquals(500.0, nanos / (double) MILLI, 1);
        pressure[0] = 0.5;
        long before = nanos;
        pace.wrote(1 << 30);
        assertEquals(before, nanos);
    }

    @Test
    void aSlowDiskDelaysEachTurnALittle() {
        TestDisk disk = new TestDisk();
        disk.tableAppendNanos = 10 * MILLI;
        Random random = new Random(7);
        byte[] value = new byte[100];
        long longest = 0;
        LsmOptions options = OPTIONS.withMemtableBytes(1 << 20); // large enough that a turn is a small part of it
        try (LsmStore store = LsmStore.open(dir, options, new PutReplay(), disk)) {
            int turns = 0;
            for (long bytes = 0; bytes < 12 * options.memtableBytes(); turns++) {
                for (int i = 0; i < 5; i++) {
                    byte[] key = ByteBuffer.allocate(16).putLong(random.nextLong()).putLong(turns).array();
                    PutRecords.put(store, key, value);
                    bytes += 200;
                }
                long start = System.nanoTime();
                store.endTurn();
                longest = Math.max(longest, System.nanoTime() - start);
            }
            LsmStats stats = store.stats();
            assertTrue(stats.delays() > 10, stats.toString());
            assertTrue(stats.longestDelayNanos() <= 50 * MILLI, stats.toString());
            assertTrue(stats.stops() <= 2, "once the rate of flushes is known, none: " + stats);
            assertTrue(longest < 2_000 * MILLI, longest + " ns in a turn; " + stats);
            assertTrue(stats.memtableBytes() < stats.memtableBytesMax() + (64 << 10), stats.toString());
        }
    }
}
