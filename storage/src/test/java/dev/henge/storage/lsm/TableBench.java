package dev.henge.storage.lsm;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * A rough measure of the kinds of table in one interleaved run: a main, not a test. 35-byte keys, 120-byte values; first
 * keys of many slots, then the members of one collection, whose keys begin alike.
 */
final class TableBench {

    private static final int ENTRIES = Integer.getInteger("entries", 1_000_000);
    private static final int KEY_BYTES = 35;
    private static final int ROUNDS = Integer.getInteger("rounds", 5);

    private final String what;
    private final byte[][] keys;
    /** The keys in the order of the look-ups, one after the other, so that the bench itself waits little for memory. */
    private final byte[] asked;
    private final byte[] value = new byte[Integer.getInteger("valueBytes", 120)];
    private final Path dir;
    private long sum;

    private TableBench(String what, byte[][] keys, Path dir) {
        this.what = what;
        this.keys = keys;
        this.asked = new byte[ENTRIES * KEY_BYTES];
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < ENTRIES; i++) {
            System.arraycopy(keys[random.nextInt(ENTRIES)], 0, asked, i * KEY_BYTES, KEY_BYTES);
        }
        this.dir = dir;
    }

    public static void main(String[] args) throws Exception {
        Path dir = Files.createTempDirectory("bench");
        try {
            for (boolean collection : new boolean[] {false, true}) {
                TableBench bench = new TableBench(collection ? "one collection" : "many keys", keys(collection), dir);
                for (int round = 0; round < ROUNDS; round++) {
                    for (TableKind kind : TableKind.values()) {
                        bench.run(kind);
                    }
                }
                System.out.println(bench.sum == 0 ? "nothing read" : "");
            }
        } finally {
            try (Stream<Path> files = Files.walk(dir)) {
                files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
            }
        }
    }

    /** slot, hash of the key, db, length, key:000000123456, kind and the rest of a sub-row's key. */
    private static byte[][] keys(boolean collection) {
        byte[][] keys = new byte[ENTRIES][];
        for (int i = 0; i < ENTRIES; i++) {
            int hash = (int) KeyHash.of(ByteBuffer.allocate(4).putInt(i).array(), 0, 4);
            ByteBuffer key = ByteBuffer.allocate(KEY_BYTES);
            if (collection) {
                key.putShort((short) 77).putInt(123_456_789).put((byte) 0).put((byte) 5).put("board".getBytes())
                    .put((byte) 1).putInt(0).put((byte) 'Z').putInt(hash).put(String.format("m%011d", i).getBytes());
            } else {
                key.putShort((short) (hash >>> 18)).putInt(hash * 0x85EBCA6B).put((byte) 0).put((byte) 16)
                    .put(String.format("key:%012d", i).getBytes());
            }
            keys[i] = key.array();
        }
        Arrays.sort(keys, Arrays::compareUnsigned);
        return keys;
    }

    private void run(TableKind kind) throws Exception {
        long t0 = cpu();
        TableBuilder builder = kind.build(dir, Disk.real(), 1, 35, 121, 10);
        for (byte[] key : keys) {
            builder.add(key, key.length, StoredValue.INLINE_KIND, value, 0, value.length);
        }
        Table table = builder.finish(number -> null);
        report(kind, "build", t0);
        t0 = cpu();
        int count = scan(table);
        report(kind, "scan, first", t0);
        t0 = cpu();
        count += scan(table);
        report(kind, "scan", t0);
        t0 = cpu();
        get(table);
        report(kind, "get", t0);
        t0 = cpu();
        getAbsent(table);
        report(kind, "get of an absent key", t0);
        if (count != 2 * ENTRIES) {
            throw new AssertionError(count + " entries");
        }
        System.out.printf("%-12s %-16s %6.1f bytes an entry%n", kind, what, (double) table.bytes() / ENTRIES);
        table.hold();
        table.retire();
        table.release();
    }

    private int scan(Table table) {
        Table.StoredCursor cursor = table.scan(null, null, false);
        int count = 0;
        while (cursor.next()) {
            sum += cursor.key().length + cursor.value().length;
            count++;
        }
        return count;
    }

    private void get(Table table) {
        FoundValue found = new FoundValue();
        byte[] key = new byte[KEY_BYTES];
        for (int i = 0; i < ENTRIES; i++) {
            System.arraycopy(asked, i * KEY_BYTES, key, 0, KEY_BYTES);
            long hash = KeyHash.of(key, 0, KEY_BYTES);
            if (!table.mayContain(key, KEY_BYTES, hash) || !table.get(key, KEY_BYTES, hash, found)) {
                throw new AssertionError("look-up " + i);
            }
            sum += found.value.length;
        }
    }

    private void getAbsent(Table table) {
        FoundValue found = new FoundValue();
        byte[] absent = new byte[KEY_BYTES];
        for (int i = 0; i < ENTRIES; i++) {
            System.arraycopy(asked, i * KEY_BYTES, absent, 0, KEY_BYTES);
            absent[KEY_BYTES - 1] ^= (byte) 0x80;
            long hash = KeyHash.of(absent, 0, KEY_BYTES);
            if (table.mayContain(absent, KEY_BYTES, hash) && table.get(absent, KEY_BYTES, hash, found)) {
                throw new AssertionError("look-up " + i);
            }
        }
    }

    /** This thread's CPU time, so that a busy machine disturbs less. */
    private static long cpu() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private void report(TableKind kind, String did, long start) {
        System.out.printf("%-12s %-16s %-24s %6d ns%n", kind, what, did, (cpu() - start) / ENTRIES);
    }
}
