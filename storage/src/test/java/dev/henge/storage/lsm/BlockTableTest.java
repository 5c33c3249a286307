package dev.henge.storage.lsm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The block table against a TreeMap, at its edges, and with bytes flipped. */
class BlockTableTest {

    @TempDir
    Path dir;

    private final TestDisk disk = new TestDisk();
    /** Null is a tombstone. */
    private final NavigableMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);
    private BlockTable table;

    @AfterEach
    void close() throws IOException {
        if (table != null) {
            table.release();
            table = null;
        }
    }

    private static byte[] bytes(int... bytes) {
        byte[] key = new byte[bytes.length];
        for (int i = 0; i < key.length; i++) {
            key[i] = (byte) bytes[i];
        }
        return key;
    }

    private void build() throws IOException {
        close();
        BlockTableBuilder builder = new BlockTableBuilder(dir, disk, 7, 10);
        for (Map.Entry<byte[], byte[]> entry : model.entrySet()) {
            byte[] key = Arrays.copyOf(entry.getKey(), entry.getKey().length + 3);
            byte[] value = entry.getValue();
            if (value == null) {
                builder.add(key, key.length - 3, StoredValue.TOMBSTONE_KIND, key, 0, 0);
            } else {
                builder.add(key, key.length - 3, StoredValue.INLINE_KIND, value, 0, value.length);
            }
        }
        table = builder.finish(number -> null);
        table.hold();
        assertEquals(model.size(), table.entries());
        assertEquals(Files.size(path()), table.bytes());
        assertArrayEquals(model.firstKey(), table.firstKey());
        assertArrayEquals(model.lastKey(), table.lastKey());
    }

    private Path path() {
        return dir.resolve(BlockTable.nameOf(7));
    }

    private void reopen() throws IOException {
        close();
        table = BlockTable.open(dir, disk, 7, number -> null);
        table.hold();
    }

    private static boolean get(Table table, byte[] key, FoundValue into) {
        long hash = KeyHash.of(key, 0, key.length);
        byte[] longer = Arrays.copyOf(key, key.length + 2);
        return table.mayContain(longer, key.length, hash) && table.get(longer, key.length, hash, into);
    }

    /** Looks up without the filter's help, too. */
    private void checkGet(byte[] key) {
        FoundValue found = new FoundValue();
        boolean there = table.get(key, key.length, KeyHash.of(key, 0, key.length), found);
        assertEquals(model.containsKey(key), there);
        assertEquals(there, get(table, key, found));
        if (there) {
            assertArrayEquals(model.get(key), found.value);
            assertEquals(model.get(key) == null, found.kind == StoredValue.TOMBSTONE_KIND);
        }
    }

    private void checkScan(byte[] from, byte[] to, boolean reverse) {
        NavigableMap<byte[], byte[]> range = model;
        if (from != null) {
            range = range.tailMap(from, true);
        }
        if (to != null) {
            boolean empty = from != null && Arrays.compareUnsigned(from, to) >= 0;
            range = empty ? new TreeMap<>(model.comparator()) : range.headMap(to, false);
        }
        Table.StoredCursor cursor = table.scan(from, to, reverse);
        for (Map.Entry<byte[], byte[]> entry : (reverse ? range.descendingMap() : range).entrySet()) {
            assertTrue(cursor.next());
            assertArrayEquals(entry.getKey(), cursor.key());
            assertEquals(0, Arrays.compare(entry.getKey(), 0, entry.getKey().length, cursor.keyBytes(), 0,
                cursor.keyLength()));
            assertArrayEquals(entry.getValue(), cursor.value());
            byte[] stored = entry.getValue() == null ? StoredValue.TOMBSTONE : StoredValue.inline(entry.getValue());
            assertArrayEquals(stored, cursor.stored());
        }
        assertFalse(cursor.next());
        assertFalse(cursor.next(), "the end stays the end");
    }

    /** All keys, their neighbours, and ranges that start and end at, before and after some. */
    private void checkAll(Random random) {
        int step = Math.max(1, model.size() / 500);
        int at = 0;
        for (byte[] key : model.keySet()) {
            checkGet(key);
            if (at++ % step == 0) {
                for (byte[] near : neighbours(key)) {
                    checkGet(near);
                }
            }
        }
        for (boolean reverse : new boolean[] {false, true}) {
            checkScan(null, null, reverse);
            byte[][] keys = model.keySet().toArray(new byte[0][]);
            for (int i = 0; i < 20; i++) {
                byte[][] from = neighbours(keys[random.nextInt(keys.length)]);
                int start = random.nextInt(keys.length);
                byte[][] to = neighbours(keys[Math.min(keys.length - 1, start + random.nextInt(100))]);
                checkScan(from[random.nextInt(4)], null, reverse);
                checkScan(null, to[random.nextInt(4)], reverse);
                checkScan(neighbours(keys[start])[random.nextInt(4)], to[random.nextInt(4)], reverse);
                checkScan(from[random.nextInt(4)], to[random.nextInt(4)], reverse);
            }
        }
    }

    /** The key, and keys right after and before it. */
    private static byte[][] neighbours(byte[] key) {
        byte[] shorter = Arrays.copyOf(key, Math.max(0, key.length - 1));
        byte[] lower = key.clone();
        for (int i = lower.length - 1; i >= 0 && lower[i]-- == 0;) {
            i--;
        }
        return new byte[][] {key, Arrays.copyOf(key, key.length + 1), shorter, lower};
    }

    @Test
    void aTableOfOneEntry() throws IOException {
        byte[][] values = {null, bytes(), bytes(1), new byte[4000], new byte[5000], new byte[1 << 20]};
        for (byte[] key : new byte[][] {bytes(), bytes(0), bytes(255), new byte[512 << 10]}) {
            for (byte[] value : values) {
                model.clear();
                model.put(key, value);
                build();
                checkAll(new Random(1));
                reopen();
                checkAll(new Random(1));
            }
        }
    }

    @Test
    void keysOfHalfAMegabyteThatDifferInTheirLastByte() throws IOException {
        for (int i = 0; i < 12; i++) {
            byte[] key = new byte[(512 << 10) - i % 2];
            key[key.length - 1] = (byte) (i * 20);
            model.put(key, new byte[i]);
            model.put(bytes(0, i), new byte[i]);
            model.put(bytes(1, i), null);
        }
        build();
        checkAll(new Random(2));
    }

    @Test
    void aHundredThousandKeysThatBeginAlike() throws IOException {
        Random random = new Random(3);
        byte[] key = new byte[30];
        for (int i = 0; i < 100_000; i++) {
            ByteBuffer.wrap(key).position(16).putInt(random.nextInt()).putInt(i);
            model.put(key.clone(), ByteBuffer.allocate(4).putInt(i).array());
        }
        model.put(bytes(0), bytes(1));
        model.put(bytes(1), bytes(2));
        build();
        checkAll(random);
    }

    @Test
    void keysOfOneTag() throws IOException {
        Random random = new Random(4);
        for (int i = 0; model.size() < 2000; i++) {
            byte[] key = ByteBuffer.allocate(12).putInt(random.nextInt()).putLong(i).array();
            if ((byte) KeyHash.of(key, 0, key.length) == 0x42) {
                model.put(key, ByteBuffer.allocate(4).putInt(i).array());
            }
        }
        build();
        checkAll(random);
        for (int i = 0; i < 500_000; i++) {
            byte[] key = model.floorKey(ByteBuffer.allocate(4).putInt(random.nextInt()).array());
            if (key != null) {
                key = key.clone();
                key[11] ^= (byte) (1 + random.nextInt(255));
                if ((byte) KeyHash.of(key, 0, key.length) == 0x42) {
                    checkGet(key);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void answersAsATreeMapDoes(long seed) throws IOException {
        try {
            Random random = new Random(seed);
            int count = 1 + random.nextInt(seed % 3 == 0 ? 20 : 6000);
            int shape = random.nextInt(5);
            while (count-- > 0) {
                model.put(randomKey(random, shape), randomValue(random));
            }
            build();
            checkAll(random);
            reopen();
            checkAll(random);
        } catch (Throwable e) {
            throw new AssertionError("seed " + seed, e);
        }
    }

    private static byte[] randomKey(Random random, int shape) {
        byte[] key = new byte[shape == 0 ? random.nextInt(4) : shape == 1 ? 8 : 9 + random.nextInt(40)];
        switch (random.nextInt(40) == 0 ? 0 : shape) {
            case 0, 1 -> random.nextBytes(key);
            case 2 -> key[random.nextInt(key.length)] = (byte) random.nextInt();
            case 3 -> ByteBuffer.wrap(key).put((byte) random.nextInt(3)).putInt(key.length - 4, random.nextInt(2000));
            default -> ByteBuffer.wrap(key).putShort((short) random.nextInt(16384)).putInt(random.nextInt());
        }
        if (random.nextInt(700) == 0) {
            return Arrays.copyOf(key, 3000 + random.nextInt(70_000));
        }
        return key;
    }

    private static byte[] randomValue(Random random) {
        int dice = random.nextInt(100);
        if (dice < 8) {
            return null;
        }
        byte[] value = new byte[random.nextInt(dice < 80 ? 60 : dice < 98 ? 600 : 9000)];
        random.nextBytes(value);
        return value;
    }

    @Test
    void blocksOfSmallEntriesKeepWithinAPage() throws IOException {
        for (int i = 0; i < 20_000; i++) {
            model.put(ByteBuffer.allocate(12).putInt(i * 77_777).putLong(i).array(), new byte[100 + i % 50]);
        }
        build();
        BlockFile file = BlockFile.open(path(), disk, 7);
        for (int i = 0; i < file.blocks() - 1; i++) {
            assertEquals(0, file.block(i) % BlockFormat.PAGE_BYTES);
        }
        file.close();
        long raw = model.entrySet().stream().mapToLong(e -> e.getKey().length + e.getValue().length).sum();
        assertTrue(table.bytes() < raw * 1.12, table.bytes() + " for " + raw);
    }

    @Test
    void aFullTableSaysSo() throws IOException {
        BlockTableBuilder builder = new BlockTableBuilder(dir, disk, 7, 10);
        byte[] key = new byte[512 << 10];
        int added = 0;
        for (; !builder.isFull(); added++) {
            ByteBuffer.wrap(key).putInt(key.length - 4, added);
            builder.add(key, key.length, StoredValue.INLINE_KIND, key, 0, 10);
        }
        assertTrue(added < 20, "separators are bounded too: " + added);
        builder.abandon();
        assertFalse(Files.exists(path()));
    }

    @Test
    void keysMustAscend() throws IOException {
        BlockTableBuilder builder = new BlockTableBuilder(dir, disk, 7, 10);
        builder.add(bytes(1, 2), 2, StoredValue.TOMBSTONE_KIND, bytes(), 0, 0);
        for (byte[] wrong : new byte[][] {bytes(), bytes(1), bytes(1, 2), bytes(1, 1, 3), bytes(0, 9)}) {
            assertThrows(IllegalArgumentException.class,
                () -> builder.add(wrong, wrong.length, StoredValue.TOMBSTONE_KIND, bytes(), 0, 0));
        }
        builder.abandon();
    }

    @Test
    void pointersAndOperandsComeBackAsWhatTheyAre() throws IOException {
        ValueFile values = ValueFile.create(dir, disk, 3);
        values.hold();
        byte[] pointer = Arrays.copyOfRange(values.append("a large one".getBytes()).encode(), 1, 25);
        byte[] operand = Arrays.copyOfRange(values.append("an operand".getBytes()).encode(), 1, 25);
        values.sync();
        BlockTableBuilder builder = new BlockTableBuilder(dir, disk, 7, 10);
        builder.add(bytes(1), 1, StoredValue.POINTER_KIND, pointer, 0, 24);
        builder.add(bytes(2), 1, StoredValue.OPERAND_KIND, "+1".getBytes(), 0, 2);
        builder.add(bytes(3), 1, StoredValue.OPERAND_POINTER_KIND, operand, 0, 24);
        table = builder.finish(number -> number == 3 ? values : null);
        table.hold();
        assertEquals(Map.of(values, 11L + 10 + 16), table.liveValueBytes());
        String[] expected = {"a large one", "+1", "an operand"};
        Table.StoredCursor cursor = table.scan(null, null, false);
        for (int i = 0; i < 3; i++) {
            FoundValue found = new FoundValue();
            assertTrue(get(table, bytes(i + 1), found));
            assertEquals(expected[i], new String(found.value));
            assertEquals(i + 2, found.kind);
            assertTrue(cursor.next());
            assertEquals(expected[i], new String(cursor.value()));
            assertEquals(i + 2, cursor.kind());
        }
        byte[] file = Files.readAllBytes(dir.resolve(ValueFile.nameOf(3)));
        file[file.length - 1]++;
        Files.write(dir.resolve(ValueFile.nameOf(3)), file);
        CorruptTableException e =
            assertThrows(CorruptTableException.class, () -> get(table, bytes(3), new FoundValue()));
        assertEquals(dir.resolve(ValueFile.nameOf(3)), e.file());
        assertArrayEquals(bytes(3), e.fromKey());
        assertArrayEquals(bytes(3, 0), e.toKey());
        values.release();
    }

    // ---- damage

    private void smallModel() {
        Random random = new Random(5);
        for (int i = 0; i < 12; i++) {
            byte[] value = new byte[400 + random.nextInt(100)];
            random.nextBytes(value);
            model.put(ByteBuffer.allocate(9).putInt(i < 6 ? 9 : i * 99_999).putInt(i < 6 ? 9 : i).put((byte) i)
                .array(), i % 9 == 0 ? null : value);
        }
    }

    @Test
    void aFlipOfAnyByteIsReportedAndNeverServed() throws IOException {
        smallModel();
        build();
        byte[] whole = Files.readAllBytes(path());
        close();
        assertTrue(whole.length > BlockFormat.BLOCK_BYTES + 256, "more than one block");
        Random random = new Random(6);
        for (int at = 0; at < whole.length; at++) {
            byte[] rotten = whole.clone();
            rotten[at] ^= (byte) (1 << random.nextInt(8));
            Files.write(path(), rotten);
            assertTrue(isReported(), "byte " + at);
        }
        Files.write(path(), whole);
        assertFalse(isReported());
    }

    /** Reads everything in every way; what is answered must be right. */
    private boolean isReported() throws IOException {
        boolean reported = false;
        try {
            reopen();
        } catch (CorruptTableException e) {
            assertEquals(path(), e.file());
            return true;
        }
        FoundValue found = new FoundValue();
        for (Map.Entry<byte[], byte[]> entry : model.entrySet()) {
            try {
                assertTrue(get(table, entry.getKey(), found));
                assertArrayEquals(entry.getValue(), found.value);
            } catch (CorruptTableException e) {
                reported = true;
                assertCovers(e, entry.getKey());
            }
        }
        for (boolean reverse : new boolean[] {false, true}) {
            try {
                checkScan(null, null, reverse);
            } catch (CorruptTableException e) {
                reported = true;
                assertEquals(path(), e.file());
            }
        }
        try {
            table.warm();
        } catch (CorruptTableException e) {
            reported = true;
        }
        assertEquals(reported ? 1 : 0, table.damages());
        return reported;
    }

    private void assertCovers(CorruptTableException e, byte[] key) {
        assertEquals(path(), e.file());
        assertTrue(Arrays.compareUnsigned(e.fromKey(), key) <= 0);
        assertTrue(Arrays.compareUnsigned(e.toKey(), key) > 0);
    }

    @Test
    void aTruncatedOrLengthenedFileIsNotOpened() throws IOException {
        smallModel();
        build();
        byte[] whole = Files.readAllBytes(path());
        close();
        for (int length = 0; length < whole.length; length += 1 + length / 50) {
            Files.write(path(), Arrays.copyOf(whole, length));
            assertThrows(CorruptTableException.class, this::reopen, "length " + length);
        }
        Files.write(path(), Arrays.copyOf(whole, whole.length + 1));
        assertThrows(CorruptTableException.class, this::reopen);
        Files.write(path(), whole);
        assertThrows(CorruptTableException.class, () -> {
            Files.copy(path(), dir.resolve(BlockTable.nameOf(8)));
            BlockTable.open(dir, disk, 8, number -> null);
        }, "another table's file");
    }

    @Test
    void oneBadBlockLeavesTheOthers() throws IOException {
        for (int i = 0; i < 5000; i++) {
            model.put(ByteBuffer.allocate(8).putInt(i * 777_777).putInt(i).array(), new byte[50]);
        }
        build();
        close();
        byte[] whole = Files.readAllBytes(path());
        whole[5 * BlockFormat.PAGE_BYTES + 100] ^= 1;
        Files.write(path(), whole);
        reopen();
        CorruptTableException damage = null;
        int lost = 0;
        for (int round = 0; round < 2; round++) {
            for (byte[] key : model.keySet()) {
                try {
                    assertTrue(get(table, key, new FoundValue()));
                    assertTrue(damage == null || Arrays.compareUnsigned(key, damage.fromKey()) < 0
                        || Arrays.compareUnsigned(key, damage.toKey()) >= 0, "a second read fails again");
                } catch (CorruptTableException e) {
                    assertCovers(e, key);
                    assertEquals(5 * BlockFormat.PAGE_BYTES, e.offset());
                    damage = e;
                    lost++;
                }
            }
        }
        assertTrue(lost > 40 && lost < 200, lost + " keys");
        assertEquals(1, table.damages());
        byte[] from = damage.toKey();
        checkScan(from, null, true);
        checkScan(null, damage.fromKey(), false);
    }

    /**
     * What a failing disk does to a mapping: pages that were read before are not there any more. The virtual machine
     * may raise its error only a frame above the table; but no answer comes instead.
     */
    @Test
    void aFaultOfTheMappingIsReported() throws IOException {
        for (int i = 0; i < 50_000; i++) {
            model.put(ByteBuffer.allocate(8).putInt(i * 80_000).putInt(i).array(), new byte[20]);
        }
        build();
        byte[][] keys = model.keySet().toArray(new byte[0][]);
        for (byte[] key : keys) {
            assertTrue(get(table, key, new FoundValue()));
        }
        try (FileChannel channel = FileChannel.open(path(), StandardOpenOption.WRITE)) {
            channel.truncate(4096 * 10L);
        }
        int answers = 0;
        int named = 0;
        for (byte[] key : keys) {
            try {
                get(table, key, new FoundValue());
                answers++;
            } catch (CorruptTableException e) {
                assertCovers(e, key);
                named++;
            } catch (InternalError e) {
                assertTrue(e.getMessage().contains("fault"), e.getMessage());
            }
        }
        while (Thread.holdsLock(this)) {
            answers++; // never; a call out of Java, so that no error is left for others
        }
        assertEquals(0, answers);
        assertTrue(named > keys.length / 2, named + " of " + keys.length);
    }
}
