package dev.henge.storage.lsm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The memtable against a sorted map: its order is made late, in pieces, and may be asked for at any moment. */
class MemtableTest {

    private final SplittableRandom seeds = new SplittableRandom();

    @Test
    void ordersWhatCameInAnyOrderWheneverItIsAsked() {
        for (int round = 0; round < 60; round++) {
            long seed = seeds.nextLong();
            try {
                new History(seed).run(3_000);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + "L", e);
            }
        }
    }

    /** The ends of lists: pushed to, popped from, with other keys in between, and seldom walked. */
    @Test
    void ordersKeysThatArriveInRuns() {
        for (int round = 0; round < 200; round++) {
            long seed = seeds.nextLong();
            try {
                new RunHistory(seed).run(2_000);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + "L", e);
            }
        }
    }

    @Test
    void linksKeysThatArriveInOrderAtOnce() {
        for (boolean ascending : new boolean[] {true, false}) {
            Memtable memtable = memtable();
            TreeMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);
            put(memtable, model, new byte[] {0, 7, 0}); // a head before all, and another behind
            put(memtable, model, new byte[] {0, 7, 9});
            for (int i = 0; i < 1_000; i++) {
                int at = ascending ? i : 999 - i;
                put(memtable, model, new byte[] {0, 7, 1, (byte) (at >> 8), (byte) at});
            }
            assertTrue(memtable.waiting(7) <= 2 + KeyRun.KEYS_MIN, "waiting: " + memtable.waiting(7));
            assertWalks(memtable, model);
            assertEquals(0, memtable.waiting(7));
            for (int i = 1_000; i < 1_100; i++) { // and what was walked goes on
                int at = ascending ? i : 999 - i;
                put(memtable, model, new byte[] {0, 7, (byte) (ascending ? 1 : 0), (byte) (at >> 8), (byte) at});
            }
            assertTrue(memtable.waiting(7) == 0, "waiting: " + memtable.waiting(7));
            assertWalks(memtable, model);
        }
    }

    @Test
    void keysThatArriveInNoOrderWait() {
        Memtable memtable = memtable();
        TreeMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);
        SplittableRandom random = new SplittableRandom(3);
        for (int i = 0; i < 1_000; i++) {
            byte[] key = new byte[12];
            random.nextBytes(key);
            key[0] = 0;
            key[1] = 7;
            put(memtable, model, key);
        }
        assertTrue(memtable.waiting(7) > 900, "waiting: " + memtable.waiting(7));
        assertWalks(memtable, model);
    }

    @Test
    void sortsKeysOfEveryLengthThatShareTheirBeginning() {
        Memtable memtable = memtable();
        TreeMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);
        for (int length = 2; length < 500; length++) { // each is the beginning of the next
            put(memtable, model, new byte[length]);
            byte[] more = new byte[length];
            more[length - 1] = 1;
            put(memtable, model, more);
        }
        assertWalks(memtable, model);
    }

    @Test
    void isReadByTwoThreadsWhileItsOrderIsMade() throws Exception {
        Memtable memtable = memtable();
        TreeMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < 60_000; i++) {
            byte[] key = new byte[12];
            random.nextBytes(key);
            key[0] = 0;
            key[1] &= 3; // four lists
            put(memtable, model, key);
        }
        memtable.freeze(1, 1);
        ExecutorService readers = Executors.newFixedThreadPool(2);
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                boolean reverse = i == 1;
                all.add(readers.submit(() -> assertWalk(memtable, model, null, null, reverse)));
            }
            for (Future<?> one : all) {
                one.get(60, TimeUnit.SECONDS);
            }
        } finally {
            readers.shutdownNow();
        }
    }

    private static Memtable memtable() {
        Memtable memtable = new Memtable(new ChunkPool(4), 1);
        memtable.hold();
        return memtable;
    }

    private static void put(Memtable memtable, TreeMap<byte[], byte[]> model, byte[] key) {
        byte[] value = {(byte) key.length};
        memtable.put(key, key.length, (int) KeyHash.of(key, 0, key.length), value, 0, 1);
        model.put(key, value);
    }

    private static void assertWalks(Memtable memtable, TreeMap<byte[], byte[]> model) {
        assertWalk(memtable, model, null, null, false);
        assertWalk(memtable, model, null, null, true);
    }

    /** A null value stands for a tombstone. */
    private static void assertWalk(
            Memtable memtable, TreeMap<byte[], byte[]> model, byte[] from, byte[] to, boolean reverse) {
        NavigableMap<byte[], byte[]> range = from == null ? model : model.subMap(from, true, to, false);
        NavigableMap<byte[], byte[]> expected = reverse ? range.descendingMap() : range;
        MemtableCursor cursor = new MemtableCursor(memtable, from, to, reverse);
        for (Map.Entry<byte[], byte[]> entry : expected.entrySet()) {
            assertTrue(cursor.next());
            assertArrayEquals(entry.getKey(), cursor.key());
            assertArrayEquals(entry.getValue(), cursor.value());
        }
        assertEquals(false, cursor.next());
    }

    /** Puts, deletes and walks, drawn by a seed. */
    private static final class History {

        private final SplittableRandom random;
        private final Memtable memtable = memtable();
        private final TreeMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);
        private final int readsIn;
        private final int alphabet;

        History(long seed) {
            random = new SplittableRandom(seed);
            readsIn = 1 + random.nextInt(400);
            alphabet = 2 + random.nextInt(200);
        }

        void run(int steps) {
            for (int i = 0; i < steps; i++) {
                if (random.nextInt(readsIn) == 0) {
                    read();
                } else {
                    write();
                }
            }
            assertWalks(memtable, model);
            assertEquals(model.size(), memtable.count());
        }

        private byte[] key() {
            byte[] key = new byte[random.nextInt(4) == 0 ? random.nextInt(24) : 10];
            for (int i = 0; i < key.length; i++) {
                key[i] = (byte) (i < 6 ? random.nextInt(2) : random.nextInt(alphabet));
            }
            return key;
        }

        private void write() {
            byte[] key = key();
            int hash = (int) KeyHash.of(key, 0, key.length);
            switch (random.nextInt(8)) {
                case 0 -> {
                    int ref = memtable.find(key, key.length, hash);
                    if (ref != Memtable.NONE) {
                        memtable.unlink(ref);
                    }
                    model.remove(key);
                }
                case 1 -> {
                    memtable.putTombstone(key, key.length, hash);
                    model.put(key, null);
                }
                default -> {
                    byte[] value = new byte[random.nextInt(40)];
                    random.nextBytes(value);
                    memtable.put(key, key.length, hash, value, 0, value.length);
                    model.put(key, value);
                }
            }
            int ref = memtable.find(key, key.length, hash);
            assertEquals(model.containsKey(key), ref != Memtable.NONE);
            if (ref != Memtable.NONE) {
                assertArrayEquals(model.get(key), memtable.value(ref));
            }
        }

        private void read() {
            byte[] from = key();
            byte[] to = key();
            boolean ordered = Arrays.compareUnsigned(from, to) < 0;
            switch (random.nextInt(4)) {
                case 0 -> assertWalk(memtable, model, ordered ? from : to, ordered ? to : from, random.nextBoolean());
                case 1 -> assertWalk(memtable, model, null, null, random.nextBoolean());
                case 2 -> assertKey(model.ceilingKey(from), memtable.ceiling(from));
                default -> assertKey(model.lowerKey(from), memtable.lower(from));
            }
        }

        private void assertKey(byte[] expected, int ref) {
            assertEquals(expected == null, ref == Memtable.NONE);
            if (expected != null) {
                assertArrayEquals(expected, memtable.key(ref));
            }
        }
    }

    /** Runs at both ends of some collections, of which several share a list, drawn by a seed. */
    private static final class RunHistory {

        private final SplittableRandom random;
        private final Memtable memtable = memtable();
        private final TreeMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);
        private final int collections;
        private final int readsIn;
        private final int[] firsts;
        private final int[] lasts;

        RunHistory(long seed) {
            random = new SplittableRandom(seed);
            collections = 1 + random.nextInt(4);
            readsIn = 1 + random.nextInt(300);
            firsts = new int[collections];
            lasts = new int[collections];
            Arrays.fill(firsts, 1 << 20);
            Arrays.fill(lasts, 1 << 20);
        }

        void run(int steps) {
            for (int i = 0; i < steps;) {
                int collection = random.nextInt(collections);
                int what = random.nextInt(6);
                for (int more = 1 + random.nextInt(40); more > 0; more--, i++) {
                    step(collection, what);
                    if (random.nextInt(readsIn) == 0) {
                        read(collection);
                    }
                }
            }
            assertWalks(memtable, model);
            assertEquals(model.size(), memtable.count());
        }

        private void step(int collection, int what) {
            boolean any = firsts[collection] < lasts[collection];
            switch (what) {
                case 0 -> put(key(collection, --firsts[collection]));
                case 1 -> put(key(collection, lasts[collection]++));
                case 2 -> unlink(any ? key(collection, firsts[collection]++) : null);
                case 3 -> unlink(any ? key(collection, --lasts[collection]) : null);
                case 4 -> put(key(collection, random.nextInt(1 << 21)));
                default -> unlink(random.nextInt(4) == 0 ? model.ceilingKey(key(collection, random.nextInt(1 << 21))) : null);
            }
        }

        /** Two collections are of one prefix. */
        private static byte[] key(int collection, int place) {
            return new byte[] {0, (byte) (collection / 2), (byte) collection, 1, 2, 3, 4,
                (byte) (place >> 16), (byte) (place >> 8), (byte) place};
        }

        private void put(byte[] key) {
            MemtableTest.put(memtable, model, key);
        }

        private void unlink(byte[] key) {
            int ref = key == null ? Memtable.NONE : memtable.find(key, key.length, (int) KeyHash.of(key, 0, key.length));
            assertEquals(key != null && model.containsKey(key), ref != Memtable.NONE);
            if (ref != Memtable.NONE) {
                memtable.unlink(ref);
                model.remove(key);
            }
        }

        private void read(int collection) {
            byte[] from = key(collection, random.nextInt(1 << 21));
            if (random.nextBoolean()) {
                byte[] above = model.ceilingKey(from);
                assertArrayEquals(above, above == null ? null : memtable.key(memtable.ceiling(from)));
            } else {
                byte[] below = model.lowerKey(from);
                assertArrayEquals(below, below == null ? null : memtable.key(memtable.lower(from)));
            }
        }
    }
}
