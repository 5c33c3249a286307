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
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables that cannot be opened: the rest of the store, and its log, are there all the same. */
class LostTableTest {

    private static final LsmOptions OPTIONS = LsmOptions.defaults().withMemtableBytes(64 << 10)
        .withLogSync(LogSync.NEVER).withLogRetainBytes(1 << 20)
        .withLevels(LevelOptions.defaults().withLevelZeroRuns(2).withBaseMemtables(1).withFactor(3)
            .withTableBytesMax(64 << 10));
    private static final int KEYS = 3_000;

    @TempDir
    Path dir;

    private static byte[] key(int i) {
        return ByteBuffer.allocate(8).putInt(i).putInt(7).array();
    }

    private static byte[] value(int i) {
        byte[] value = new byte[60];
        Arrays.fill(value, (byte) (i * 31));
        return value;
    }

    private LsmStore open() {
        return LsmStore.open(dir, OPTIONS, new PutReplay());
    }

    private static void await(LsmStore store, BooleanSupplier condition) {
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, "not within twenty seconds");
            store.endTurn();
            Thread.onSpinWait();
        }
    }

    @BeforeEach
    void tablesAndATailInTheLog() {
        try (LsmStore store = open()) {
            for (int i = 0; i < KEYS; i++) {
                PutRecords.put(store, key(i), value(i));
                if (i % 50 == 0) {
                    store.endTurn();
                }
            }
            store.checkpoint();
            await(store, () -> store.stats().debtBytes() == 0 && store.stats().frozenMemtables() == 0);
            PutRecords.put(store, key(KEYS), value(KEYS));
        }
    }

    private List<Path> tables() throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            return files.filter(path -> path.toString().endsWith(".hblk")).sorted().toList();
        }
    }

    private static void rot(Path file, long fromEnd) throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(bytes.length() - fromEnd);
            int was = bytes.read();
            bytes.seek(bytes.length() - fromEnd);
            bytes.write(was ^ 0x10);
        }
    }

    /** The keys that cannot be read; all others are as they were. */
    private static TreeSet<Integer> unreadable(LsmStore store) {
        TreeSet<Integer> keys = new TreeSet<>();
        for (int i = 0; i <= KEYS; i++) {
            try {
                assertArrayEquals(value(i), store.get(key(i)), "key " + i);
            } catch (CorruptTableException e) {
                assertTrue(Damage.of(e, 0).meets(key(i), key(i + 1)), e.toString());
                keys.add(i);
            }
        }
        return keys;
    }

    private static int walk(LsmStore store, boolean reverse) {
        return count(store.scan(null, null, reverse));
    }

    /** Both ways are one. */
    private static int walk(LsmStore store, byte[] from, byte[] to) {
        int seen = count(store.scan(from, to, false));
        assertEquals(seen, count(store.scan(from, to, true)));
        return seen;
    }

    private static int count(ByteCursor walk) {
        int seen = 0;
        try (ByteCursor cursor = walk) {
            while (cursor.next()) {
                seen++;
            }
        }
        return seen;
    }

    @Test
    void theOtherTablesAndTheLogAreThereAndItsKeysComeBack() throws IOException {
        List<Path> tables = tables();
        assertTrue(tables.size() > 2, tables.toString());
        for (Path table : tables) {
            if (!Files.exists(table)) {
                continue; // rewritten, for it lay beside another
            }
            rot(table, 4); // of the magic number
            try (LsmStore store = open()) {
                assertEquals(1, store.damages().size(), "known before anything was read");
                Damage damage = store.damages().get(0);
                assertEquals(table, damage.file());
                TreeSet<Integer> lost = unreadable(store);
                assertFalse(lost.isEmpty());
                assertTrue(lost.size() < KEYS, "its neighbours say where it lay");
                assertFalse(lost.contains(KEYS), "what only the log has");
                assertThrows(CorruptTableException.class, () -> walk(store, false));
                assertThrows(CorruptTableException.class, () -> walk(store, true));
                long around = IntStream.rangeClosed(0, KEYS)
                    .filter(i -> !damage.meets(key(i), Arrays.copyOf(key(i), 9))).count();
                assertEquals(around, walk(store, null, damage.fromKey())
                    + (damage.toKey() == null ? 0 : walk(store, damage.toKey(), null)), "all around it can be walked");
                store.excise(damage);
                lost.forEach(i -> assertNull(store.get(key(i)), "key " + i));
                assertEquals(KEYS + 1 - lost.size(), walk(store, false), "a walk goes on behind it");
                assertEquals(KEYS + 1 - lost.size(), walk(store, true));
                lost.forEach(i -> PutRecords.put(store, key(i), value(i)));
                store.endTurn();
                store.repaired(damage);
                await(store, () -> !Files.exists(table));
                assertEquals(new TreeSet<>(), unreadable(store));
            }
        }
        try (LsmStore store = open()) {
            assertEquals(List.of(), store.damages());
            assertEquals(KEYS + 1, walk(store, false));
            assertEquals(new TreeSet<>(), unreadable(store));
        }
    }

    @Test
    void allTablesMayBeLost() throws IOException {
        for (Path table : tables()) {
            rot(table, 30);
        }
        try (LsmStore store = open()) {
            assertEquals(KEYS, unreadable(store).size());
            assertArrayEquals(value(KEYS), store.get(key(KEYS)));
            store.damages().forEach(store::excise);
            assertEquals(1, walk(store, true));
        }
    }

    @Test
    void aFileOfAnotherTableIsNoDamage() throws IOException {
        List<Path> tables = tables();
        byte[] before = Files.readAllBytes(tables.get(1));
        Files.copy(tables.get(0), tables.get(1), StandardCopyOption.REPLACE_EXISTING);
        CorruptTableException e = assertThrows(CorruptTableException.class, this::open);
        assertTrue(e.getMessage().contains("is not the file that it should be"), e.getMessage());
        Files.write(tables.get(1), before);
        try (LsmStore store = open()) {
            assertEquals(KEYS + 1, walk(store, false), "nothing was done about it");
        }
    }

    @Test
    void aMissingTableIsNoDamage() throws IOException {
        Files.delete(tables().get(0));
        assertThrows(CorruptTableException.class, this::open);
    }

    /** An owner whose state was in the lost tables is told what the log still has of the time before them. */
    @Test
    void theOwnerHearsTheWholeLogIfItWants() throws IOException {
        for (Path table : tables()) {
            rot(table, 4);
        }
        TreeSet<Integer> heard = new TreeSet<>();
        PutReplay tail = new PutReplay();
        LsmListener listener = new LsmListener() {
            private long last = -1;

            @Override
            public void opening(LsmStore store) {
                tail.opening(store);
            }

            @Override
            public boolean wantsEarlier() {
                return true;
            }

            @Override
            public void earlier(long position, byte[] record) {
                assertTrue(position > last, "in order");
                assertEquals(List.of(), tail.replayed, "before the tail");
                last = position;
                MemoryByteStore one = new MemoryByteStore();
                PutRecords.apply(one, record);
                try (ByteCursor cursor = one.scan(null, null, false)) {
                    assertTrue(cursor.next());
                    heard.add(ByteBuffer.wrap(cursor.key()).getInt());
                }
            }

            @Override
            public void replay(long position, byte[] record) {
                tail.replay(position, record);
            }
        };
        try (LsmStore store = LsmStore.open(dir, OPTIONS, listener)) {
            assertEquals(KEYS, heard.size());
            assertEquals(1, tail.replayed.size());
            assertArrayEquals(value(KEYS), store.get(key(KEYS)));
        }
    }
}
