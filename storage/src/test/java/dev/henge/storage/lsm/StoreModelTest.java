package dev.henge.storage.lsm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/**
 * The store against a TreeMap: the same random operations, the same answers, through flushes, compaction over five
 * levels, collections of value files, reclaims, snapshots, restarts and crashes.
 */
class StoreModelTest {

    private static final int STEPS = 9_000;
    private static final int SNAPSHOTS_MAX = 3;

    /** Not commutative: an order that is wrong shows. */
    private static final MergeOperator APPEND = (key, older, newer) -> {
        byte[] joined = Arrays.copyOf(older, older.length + newer.length);
        System.arraycopy(newer, 0, joined, older.length, newer.length);
        return joined;
    };

    /** A snapshot and what it must show, whenever it is asked. */
    private record Taken(StoreSnapshot snapshot, MemoryByteStore content) {
    }

    private final TestDisk disk = new TestDisk();
    private final List<Taken> snapshots = new ArrayList<>();
    private Path dir;
    private MemoryByteStore model;
    private LsmStore store;
    private Random random;
    private LsmOptions options;
    private int replayed;
    private int restarts;

    @Property(tries = 8, shrinking = ShrinkingMode.OFF)
    void answersAsATreeMapDoes(@ForAll long seed) throws IOException {
        // One instance serves all tries.
        model = new MemoryByteStore(APPEND);
        snapshots.clear();
        restarts = 0;
        random = new Random(seed);
        Path root = Files.createTempDirectory("model");
        try {
            dir = root.resolve("0");
            options = LsmOptions.defaults()
                .withLogSync(seed % 2 == 0 ? LogSync.NEVER : LogSync.every(50))
                .withMemtableBytes(4 << 10 << random.nextInt(4))
                .withSegmentBytes(64 << 10).withLogRetainBytes(128 << 10)
                .withLevels(LevelOptions.defaults().withLevelZeroRuns(2 + random.nextInt(3)).withBaseMemtables(1)
                    .withFactor(2 + random.nextInt(3)).withValueFileBytes(32 << 10))
                .withLargeValueBytes(200).withSnapshotsMax(SNAPSHOTS_MAX).withMergeOperator(APPEND);
            open();
            for (int i = 0; i < STEPS; i++) {
                step();
            }
            compareAll();
            snapshots.forEach(this::compare);
            closeSnapshots();
            store.checkpoint();
            store.close();
            open();
            assertEquals(0, replayed, "a checkpoint leaves nothing to replay");
            compareAll();
            store.close();
        } catch (Throwable e) {
            throw new AssertionError("seed " + seed, e);
        } finally {
            delete(root);
        }
    }

    private static void delete(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        }
    }

    private void open() {
        replayed = 0;
        store = LsmStore.open(dir, options, new LsmListener() {
            private LsmStore opening;

            @Override
            public void opening(LsmStore store) {
                opening = store;
            }

            @Override
            public void replay(long position, byte[] record) {
                replayed++;
                PutRecords.apply(opening, record);
            }
        }, disk);
    }

    private void closeSnapshots() {
        snapshots.forEach(taken -> taken.snapshot().close());
        snapshots.clear();
    }

    private void step() throws IOException {
        int dice = random.nextInt(1000);
        if (dice < 500) {
            change();
        } else if (dice < 600) {
            byte[] key = key();
            byte[] operand = new byte[random.nextInt(12)];
            random.nextBytes(operand);
            PutRecords.merge(store, key, operand);
            model.merge(key, key.length, operand);
        } else if (dice < 900) {
            byte[] key = key();
            assertArrayEquals(model.get(key), store.get(key));
        } else if (dice < 940) {
            scan();
        } else if (dice < 955) {
            snapshot();
        } else if (dice < 957) {
            restart();
        } else if (dice < 958) {
            store.reclaim();
        } else {
            store.endTurn();
        }
        if (random.nextInt(10) == 0) {
            store.endTurn();
        }
    }

    private void change() {
        byte[] key = key();
        if (random.nextInt(4) == 0) {
            PutRecords.delete(store, key);
            model.delete(key);
        } else {
            byte[] value = value();
            PutRecords.put(store, key, value);
            model.put(key, value);
        }
    }

    /** Takes one, looks into one, or closes one. */
    private void snapshot() {
        if (snapshots.size() < SNAPSHOTS_MAX && random.nextBoolean()) {
            MemoryByteStore content = new MemoryByteStore(APPEND);
            try (ByteCursor cursor = model.scan(null, null, false)) {
                while (cursor.next()) {
                    content.put(cursor.key(), cursor.value());
                }
            }
            snapshots.add(new Taken(store.snapshot(), content));
            assertEquals(store.appendedPosition(), snapshots.get(snapshots.size() - 1).snapshot().position());
            assertEquals(snapshots.size(), store.stats().snapshots());
        } else if (!snapshots.isEmpty()) {
            Taken taken = snapshots.get(random.nextInt(snapshots.size()));
            compare(taken);
            if (random.nextInt(3) == 0) {
                taken.snapshot().close();
                snapshots.remove(taken);
            }
        }
    }

    private void compare(Taken taken) {
        for (int i = 0; i < 20; i++) {
            byte[] key = key();
            assertArrayEquals(taken.content().get(key), taken.snapshot().get(key, key.length));
        }
        boolean reverse = random.nextBoolean();
        byte[] from = random.nextBoolean() ? null : key();
        try (ByteCursor expected = taken.content().scan(from, null, reverse);
                ByteCursor actual = taken.snapshot().scan(from, null, reverse)) {
            while (expected.next()) {
                assertTrue(actual.next());
                assertArrayEquals(expected.key(), actual.key());
                assertArrayEquals(expected.value(), actual.value());
            }
            assertFalse(actual.next());
        }
    }

    /** A clean stop, or what a crash of the process leaves: everything that was written. */
    private void restart() throws IOException {
        boolean crash = random.nextBoolean();
        closeSnapshots();
        store.endTurn();
        Path copy = dir.resolveSibling(Integer.toString(++restarts));
        if (crash) {
            disk.crashInto(dir, copy, false);
        }
        store.close();
        if (crash) {
            delete(dir);
            dir = copy;
        }
        open();
    }

    /** Scans both, and changes keys on the way: behind, at, and ahead of the cursor. */
    private void scan() {
        byte[] from = random.nextInt(4) == 0 ? null : key();
        byte[] to = random.nextInt(4) == 0 ? null : key();
        boolean reverse = random.nextBoolean();
        boolean change = random.nextBoolean();
        int limit = 1 + random.nextInt(200);
        try (ByteCursor actual = store.scan(from, to, reverse); ByteCursor expected = model.scan(from, to, reverse)) {
            while (limit-- > 0) {
                boolean more = expected.next();
                assertEquals(more, actual.next());
                if (!more) {
                    return;
                }
                assertArrayEquals(expected.key(), actual.key());
                assertArrayEquals(expected.value(), actual.value());
                if (change && random.nextInt(3) == 0) {
                    change();
                }
            }
        }
    }

    private byte[] key() {
        int kind = random.nextInt(20);
        if (kind == 0) {
            return new byte[random.nextInt(3)];
        }
        if (kind == 1) {
            byte[] key = new byte[random.nextInt(4)];
            random.nextBytes(key);
            return key;
        }
        if (kind == 2 && random.nextInt(30) == 0) {
            byte[] key = new byte[70_000];
            Arrays.fill(key, (byte) random.nextInt(4));
            return key;
        }
        return ByteBuffer.allocate(12).putShort((short) (random.nextInt(8) * 9000)).putInt(random.nextInt(300))
            .putInt(7).putShort((short) 0).array();
    }

    private byte[] value() {
        int dice = random.nextInt(100);
        byte[] value = new byte[random.nextInt(dice < 80 ? 60 : dice < 98 ? 500 : 9000)];
        random.nextBytes(value);
        return value;
    }

    private void compareAll() {
        for (boolean reverse : new boolean[] {false, true}) {
            List<byte[]> expected = new ArrayList<>();
            try (ByteCursor cursor = model.scan(null, null, reverse)) {
                while (cursor.next()) {
                    expected.add(cursor.key());
                    assertArrayEquals(cursor.value(), store.get(cursor.key()));
                }
            }
            int at = 0;
            try (ByteCursor cursor = store.scan(null, null, reverse)) {
                while (cursor.next()) {
                    assertTrue(at < expected.size());
                    assertArrayEquals(expected.get(at++), cursor.key());
                    assertArrayEquals(model.get(cursor.key()), cursor.value());
                }
            }
            assertEquals(expected.size(), at);
        }
    }
}
