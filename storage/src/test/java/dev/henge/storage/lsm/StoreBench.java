package dev.henge.storage.lsm;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** A rough measure of the memtable and the tables: a main, not a test. 1M entries, 35-byte keys, 120-byte values. */
final class StoreBench {

    private static final int ENTRIES = Integer.getInteger("entries", 1_000_000);

    private StoreBench() {
    }

    /** slot, hash of the key, db, length, key:000000123456, kind and the rest of a sub-row's key. */
    private static void fillKey(byte[] key, int i) {
        int hash = (int) (i * 0x9E3779B97F4A7C15L >>> 32);
        ByteBuffer.wrap(key).putShort((short) (hash >>> 18)).putInt(hash).put((byte) 0).put((byte) 16);
        byte[] digits = String.format("key:%012d", i).getBytes();
        System.arraycopy(digits, 0, key, 8, 16);
    }

    public static void main(String[] args) throws Exception {
        byte[][] keys = new byte[ENTRIES][35];
        for (int i = 0; i < ENTRIES; i++) {
            fillKey(keys[i], i);
        }
        int[] order = new SplittableRandom(1).ints(ENTRIES, 0, ENTRIES).toArray();
        for (int round = 0; round < Math.max(3, 3_000_000 / ENTRIES); round++) {
            run(keys, order, 1L << 30, "memtable");
            run(keys, order, 64L << 20, "64 MiB memtable, tables");
        }
    }

    private static void run(byte[][] keys, int[] order, long memtableBytes, String what) throws Exception {
        Path dir = Files.createTempDirectory("bench");
        byte[] value = new byte[120];
        byte[] found = null;
        try (LsmStore store = LsmStore.open(dir,
                LsmOptions.defaults().withMemtableBytes(memtableBytes).withLogSync(LogSync.NEVER), (p, r) -> { })) {
            long t0 = cpu();
            for (int i = 0; i < ENTRIES; i++) {
                store.put(keys[(int) (i * 611_953L % ENTRIES)], value);
                if (i % 64 == 0) {
                    store.endTurn();
                }
            }
            report(what + " insert", t0, ENTRIES);
            if (memtableBytes < 1 << 30) {
                t0 = cpu();
                store.checkpoint();
                report(what + " flush of the rest", t0, ENTRIES);
            }
            t0 = cpu();
            for (int i : order) {
                found = store.get(keys[i]);
            }
            report(what + " get", t0, ENTRIES);
            byte[] absent = new byte[35];
            t0 = cpu();
            for (int i : order) {
                System.arraycopy(keys[i], 0, absent, 0, 35);
                absent[34] = 1;
                found = store.get(absent);
            }
            report(what + " get of an absent key", t0, ENTRIES);
            if (memtableBytes == 1 << 30) {
                t0 = cpu();
                for (int i : order) {
                    store.put(keys[i], value);
                }
                report(what + " overwrite", t0, ENTRIES);
            }
            t0 = cpu();
            int count = 0;
            try (ByteCursor cursor = store.scan(null, null, false)) {
                while (cursor.next()) {
                    count++;
                }
            }
            report(what + " scan", t0, count);
            byte[] record = new byte[150];
            t0 = cpu();
            for (int i = 0; i < ENTRIES; i++) {
                store.append(record, 0, record.length);
                if (i % 16 == 0) {
                    store.endTurn();
                }
            }
            report("log append, turns of 16", t0, ENTRIES);
            System.out.println(store.stats());
        }
        try (Stream<Path> files = Files.walk(dir)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        }
        if (found != null && found.length == 1) {
            throw new AssertionError();
        }
    }

    /** This thread's CPU time, so that a busy machine disturbs less. */
    private static long cpu() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static void report(String what, long start, int operations) {
        System.out.printf("%-45s %6d ns%n", what, (cpu() - start) / operations);
    }
}
