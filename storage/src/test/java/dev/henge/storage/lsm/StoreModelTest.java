package dev.henge.storage.lsm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The store against a TreeMap: the same random operations, the same answers, through flushes, merges and restarts. */
class StoreModelTest {

    @TempDir
    Path dir;

    private MemoryByteStore model = new MemoryByteStore();
    private LsmStore store;
    private Random random;
    private LsmOptions options;
    private int replayed;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void answersAsATreeMapDoes(long seed) {
        try {
            random = new Random(seed);
            options = LsmOptions.defaults()
                .withLogSync(seed % 2 == 0 ? LogSync.NEVER : LogSync.every(50))
                .withMemtableBytes(8 << 10 << random.nextInt(5))
                .withSegmentBytes(64 << 10).withLogRetainBytes(128 << 10)
                .withLevels(LevelOptions.defaults().withLevelZeroRuns(2 + random.nextInt(4))
                    .withBaseMemtables(1).withFactor(2 + random.nextInt(4)))
                .withLargeValueBytes(200);
            open();
            for (int i = 0; i < 12_000; i++) {
                step();
            }
            compareAll();
            store.checkpoint();
            store.close();
            open();
            assertEquals(0, replayed, "a checkpoint leaves nothing to replay");
            compareAll();
            store.close();
        } catch (Throwable e) {
            throw new AssertionError("seed " + seed, e);
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
        }, new TestDisk());
    }

    private void step() {
        int dice = random.nextInt(1000);
        if (dice < 550) {
            byte[] key = key();
            byte[] value = value();
            PutRecords.put(store, key, value);
            model.put(key, value);
        } else if (dice < 750) {
            byte[] key = key();
            PutRecords.delete(store, key);
            model.delete(key);
        } else if (dice < 950) {
            byte[] key = key();
            assertArrayEquals(model.get(key), store.get(key));
        } else if (dice < 990) {
            scan();
        } else if (dice < 992) {
            store.close();
            open();
        } else {
            store.endTurn();
        }
        if (random.nextInt(10) == 0) {
            store.endTurn();
        }
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
                    byte[] key = random.nextBoolean() ? actual.key() : key();
                    if (random.nextBoolean()) {
                        PutRecords.delete(store, key);
                        model.delete(key);
                    } else {
                        byte[] value = value();
                        PutRecords.put(store, key, value);
                        model.put(key, value);
                    }
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
