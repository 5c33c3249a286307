package dev.henge.storage.lsm;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * What random overwrites cost in bytes written and in disk: a main, not a test. Loads {@code entries} of 35 + 120 bytes
 * in random order, then overwrites {@code overwrites} of them at random.
 */
final class AmplificationBench {

    private static final int ENTRIES = Integer.getInteger("entries", 500_000);
    private static final int OVERWRITES = Integer.getInteger("overwrites", 3_000_000);
    private static final int MEMTABLE_BYTES = Integer.getInteger("memtable", 2 << 20);
    /** Puts a second at most, after the load. */
    private static final int RATE = Integer.getInteger("rate", Integer.MAX_VALUE);
    private static final int ENTRY_BYTES = 35 + 120;

    private AmplificationBench() {
    }

    public static void main(String[] args) throws Exception {
        Path dir = Files.createTempDirectory("amplification");
        SplittableRandom random = new SplittableRandom(1);
        byte[] key = new byte[35];
        byte[] value = new byte[120];
        long worst = 0;
        double sum = 0;
        int samples = 0;
        try (LsmStore store = LsmStore.open(dir, LsmOptions.defaults().withMemtableBytes(MEMTABLE_BYTES)
                .withLogSync(LogSync.NEVER).withLogRetainBytes(0), (p, r) -> { })) {
            long start = System.nanoTime();
            LsmStats loaded = null;
            for (int i = 0; i < ENTRIES + OVERWRITES; i++) {
                int n = i < ENTRIES ? i : random.nextInt(ENTRIES);
                ByteBuffer.wrap(key).putLong(n * 0x9E3779B97F4A7C15L).putLong(n);
                random.nextBytes(value);
                store.put(key, value);
                if (i % 64 == 0) {
                    store.endTurn();
                    while (i > ENTRIES && System.nanoTime() - start < (long) (i * 1e9 / RATE)) {
                        java.util.concurrent.locks.LockSupport.parkNanos(500_000);
                    }
                }
                if (i == ENTRIES) {
                    loaded = store.stats();
                }
                if (i > 2 * ENTRIES && i % 20_000 == 0) {
                    long bytes = tableBytes(dir);
                    worst = Math.max(worst, bytes);
                    sum += bytes;
                    samples++;
                }
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            LsmStats stats = store.stats();
            double put = (double) OVERWRITES * ENTRY_BYTES;
            double live = (double) ENTRIES * ENTRY_BYTES;
            System.out.printf("%.0f s; write amplification %.2f; space amplification mean %.2f, worst %.2f%n", seconds,
                (stats.flushedBytes() + stats.compactedBytes() - loaded.flushedBytes() - loaded.compactedBytes())
                    / put, sum / samples / live, worst / live);
            System.out.println(stats);
        }
        try (Stream<Path> files = Files.walk(dir)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        }
    }

    private static long tableBytes(Path dir) throws Exception {
        try (Stream<Path> files = Files.list(dir)) {
            return files.filter(file -> !file.toString().endsWith(".hlog")).mapToLong(file -> file.toFile().length())
                .sum();
        }
    }
}
