package dev.henge.storage.lsm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a store does about bytes of its tables and value files that were changed behind its back. */
class DamageTest {

    private static final LsmOptions OPTIONS = LsmOptions.defaults().withMemtableBytes(64 << 10)
        .withLogSync(LogSync.NEVER).withLargeValueBytes(4096)
        .withLevels(LevelOptions.defaults().withLevelZeroRuns(2).withBaseMemtables(1).withFactor(3));
    private static final int KEYS = 3_000;

    @TempDir
    Path dir;

    private final Random chance = new Random(20261121);

    private static byte[] key(int i) {
        return ByteBuffer.allocate(8).putInt(i).putInt(7).array();
    }

    private static byte[] value(int i, int version) {
        byte[] value = new byte[60];
        Arrays.fill(value, (byte) (i * 31 + version));
        return value;
    }

    private LsmStore open() {
        return LsmStore.open(dir, OPTIONS, new PutReplay());
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, "not within twenty seconds");
            Thread.onSpinWait();
        }
    }

    private static void put(LsmStore store, int version) {
        for (int i = 0; i < KEYS; i++) {
            PutRecords.put(store, key(i), value(i, version));
            if (i % 50 == 0) {
                store.endTurn();
            }
        }
        store.endTurn();
    }

    @BeforeEach
    void twoVersionsOfEachKey() {
        try (LsmStore store = open()) {
            put(store, 1);
            put(store, 2);
            store.checkpoint();
            await(() -> {
                store.endTurn();
                return store.stats().debtBytes() == 0 && store.stats().frozenMemtables() == 0;
            });
        }
    }

    /** Changes a byte of the first half of a file, where its entries are. */
    private void flip(String suffix, int nth) throws IOException {
        Path file;
        try (Stream<Path> files = Files.list(dir)) {
            List<Path> all = files.filter(path -> path.toString().endsWith(suffix)).sorted().toList();
            file = all.get(nth % all.size());
        }
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            long at = bytes.length() / 10 + chance.nextInt((int) (bytes.length() / 3));
            bytes.seek(at);
            int was = bytes.read();
            bytes.seek(at);
            bytes.write(was ^ 0x10);
        }
    }

    /** The keys that cannot be read; all others must have the value of their last version. */
    private static TreeSet<Integer> unreadable(LsmStore store, int version) {
        TreeSet<Integer> keys = new TreeSet<>();
        for (int i = 0; i < KEYS; i++) {
            try {
                assertArrayEquals(value(i, version), store.get(key(i)), "key " + i);
            } catch (CorruptTableException e) {
                assertTrue(Arrays.compareUnsigned(e.fromKey(), key(i)) <= 0, e.toString());
                assertTrue(Arrays.compareUnsigned(key(i), e.toKey()) < 0, e.toString());
                keys.add(i);
            }
        }
        return keys;
    }

    @Test
    void aDamagedBlockIsNamedAndNeverServed() throws IOException {
        flip(".hblk", 0);
        try (LsmStore store = open()) {
            TreeSet<Integer> lost = unreadable(store, 2);
            assertFalse(lost.isEmpty(), "the damage hit no entry");
            assertTrue(lost.size() < KEYS / 4, lost.size() + " keys of one block");
            assertEquals(1, store.damages().size(), store.damages().toString());
            assertEquals(1, store.stats().damages());
            Damage damage = store.damages().get(0);
            assertTrue(damage.meets(key(lost.first()), key(lost.last())), damage.toString());
            assertThrows(CorruptTableException.class, () -> walk(store, false, -1));
            assertThrows(CorruptTableException.class, () -> walk(store, true, -1));
            assertFalse(store.failed(), store.failure());
        }
    }

    /** Returns how many entries a walk shows; all must be of the version, or of any if it is negative. */
    private static int walk(LsmStore store, boolean reverse, int version) {
        int seen = 0;
        byte[] last = null;
        try (ByteCursor cursor = store.scan(null, null, reverse)) {
            while (cursor.next()) {
                if (last != null) {
                    assertTrue(Arrays.compareUnsigned(last, cursor.key()) < 0 != reverse, "in order");
                }
                last = cursor.key().clone();
                if (version >= 0) {
                    int i = ByteBuffer.wrap(last).getInt();
                    assertArrayEquals(value(i, version), cursor.value());
                }
                seen++;
            }
        }
        return seen;
    }

    @Test
    void writesAndCompactionGoOnAroundIt() throws IOException {
        flip(".hblk", 0);
        try (LsmStore store = open()) {
            TreeSet<Integer> lost = unreadable(store, 2);
            for (int version = 3; version < 9; version++) {
                put(store, version);
            }
            store.checkpoint();
            await(() -> {
                store.endTurn();
                return store.stats().frozenMemtables() == 0;
            });
            assertFalse(store.failed(), store.failure());
            // what is newer than the damage is read without it
            assertEquals(0, unreadable(store, 8).size());
            assertEquals(1, store.damages().size(), "still there, though nothing reads it: " + lost);
        }
    }

    @Test
    void anExcisedBlockIsPassedByAndItsTableRewrittenOnceItIsRepaired() throws IOException {
        flip(".hblk", 0);
        int damages;
        try (LsmStore store = open()) {
            TreeSet<Integer> lost = unreadable(store, 2);
            Damage damage = store.damages().get(0);
            store.excise(damage);
            for (int i : lost) {
                byte[] under = store.get(key(i)); // why the owner must know that nothing under it counts
                assertTrue(under == null || Arrays.equals(value(i, 1), under), "key " + i);
                PutRecords.delete(store, key(i));
                assertNull(store.get(key(i)));
            }
            assertEquals(KEYS - lost.size(), walk(store, false, 2));
            assertEquals(KEYS - lost.size(), walk(store, true, 2));
            for (int i : lost) {
                PutRecords.put(store, key(i), value(i, 2));
            }
            store.endTurn();
            store.repaired(damage);
            assertEquals(List.of(), store.damages());
            await(() -> {
                store.endTurn();
                return !Files.exists(damage.file());
            });
            assertEquals(0, unreadable(store, 2).size());
            assertEquals(KEYS, walk(store, false, 2));
        }
        try (LsmStore store = open()) {
            assertEquals(KEYS, walk(store, true, 2));
            assertEquals(0, unreadable(store, 2).size());
            damages = store.damages().size();
        }
        assertEquals(0, damages);
    }

    @Test
    void anExcisionIsForgottenUntilTheTableIsRewritten() throws IOException {
        flip(".hblk", 0);
        try (LsmStore store = open()) {
            unreadable(store, 2);
            store.excise(store.damages().get(0));
        }
        try (LsmStore store = open()) {
            assertFalse(unreadable(store, 2).isEmpty());
        }
    }

    @Test
    void aDamagedLargeValueIsOneKey() throws IOException {
        byte[] large = new byte[50_000];
        chance.nextBytes(large);
        try (LsmStore store = open()) {
            PutRecords.put(store, key(KEYS + 1), large);
            PutRecords.put(store, key(KEYS + 2), value(1, 1));
            store.checkpoint();
        }
        flip(".hval", 0);
        try (LsmStore store = open()) {
            CorruptTableException e = assertThrows(CorruptTableException.class, () -> store.get(key(KEYS + 1)));
            assertArrayEquals(key(KEYS + 1), e.fromKey());
            assertArrayEquals(value(1, 1), store.get(key(KEYS + 2)));
            assertEquals(1, store.damages().size());
            for (int version = 3; version < 6; version++) {
                put(store, version);
            }
            store.checkpoint();
            assertFalse(store.failed(), store.failure());
            PutRecords.put(store, key(KEYS + 1), large);
            store.repaired(store.damages().get(0));
            assertEquals(List.of(), store.damages());
            assertArrayEquals(large, store.get(key(KEYS + 1)));
        }
    }
}
