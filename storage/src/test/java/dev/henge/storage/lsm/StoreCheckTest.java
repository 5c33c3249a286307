package dev.henge.storage.lsm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Each kind of damage to a small store is found, and told where it is. */
@Timeout(120)
class StoreCheckTest {

    private static final LsmOptions OPTIONS = LsmOptions.defaults().withMemtableBytes(1 << 20)
        .withSegmentBytes(4 << 10).withLargeValueBytes(300);
    private static final int FLIPS_A_FILE = 30;

    @TempDir
    Path dir;

    private static byte[] key(int i) {
        return String.format("key %05d", i).getBytes();
    }

    /** Two tables, one of several pages and one with large values, and a tail of the log. */
    @BeforeEach
    void makeStore() {
        Random random = new Random(1);
        try (LsmStore store = LsmStore.open(dir, OPTIONS, new PutReplay())) {
            for (int i = 0; i < 3_000; i++) {
                byte[] value = new byte[60];
                random.nextBytes(value);
                PutRecords.put(store, key(i), value);
                if (i % 100 == 0) {
                    store.endTurn();
                }
            }
            store.checkpoint();
            for (int i = 0; i < 20; i++) {
                PutRecords.put(store, key(i * 7), new byte[400 + i]);
                PutRecords.delete(store, key(i * 7 + 1));
            }
            store.checkpoint();
            for (int i = 0; i < 300; i++) {
                PutRecords.put(store, key(i), ("tail " + i).getBytes());
                if (i % 10 == 0) {
                    store.endTurn();
                }
            }
        }
    }

    private CheckReport check() throws IOException {
        return StoreCheck.ofStore(dir, null);
    }

    private CheckReport.Fault onlyFault() throws IOException {
        CheckReport report = check();
        assertEquals(1, report.faultCount(), report.faults().toString());
        return report.faults().get(0);
    }

    private List<Path> files(String pattern) throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            return files.filter(file -> file.getFileName().toString().matches(pattern)).sorted().toList();
        }
    }

    private static void flip(Path file, int offset) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[offset] ^= 0x20;
        Files.write(file, bytes);
    }

    @Test
    void aSoundStoreIsFoundSoundAndCounted() throws IOException {
        CheckReport report = check();
        assertEquals(List.of(), report.faults());
        assertEquals(List.of(), report.notes());
        assertEquals(2, report.tables);
        assertEquals(3_040, report.entries);
        assertEquals(20, report.values);
        assertTrue(report.records >= 300, "the tail's: " + report.records);
        assertTrue(report.blocks >= 5 && report.segments >= 2, report.blocks + " " + report.segments);
        long bytes = 0;
        for (Path file : files("(MANIFEST|log-|table-|values-).*")) {
            bytes += Files.size(file);
        }
        assertEquals(bytes, report.bytes, "every byte was looked at");
    }

    @Test
    void everyFlippedByteIsFoundInItsFile() throws IOException {
        Random random = new Random(2);
        List<Path> files = files("MANIFEST|LOG-END|log-.*|table-.*|values-.*");
        assertTrue(files.size() >= 7, files.toString());
        List<String> missed = new ArrayList<>();
        for (Path file : files) {
            byte[] sound = Files.readAllBytes(file);
            for (int n = 0; n < FLIPS_A_FILE; n++) {
                int offset = n == 0 ? 0 : n == 1 ? sound.length - 1 : random.nextInt(sound.length);
                byte[] bytes = sound.clone();
                bytes[offset] ^= (byte) (1 << random.nextInt(8));
                Files.write(file, bytes);
                if (check().faults().stream().noneMatch(fault -> fault.file().equals(file))) {
                    missed.add(file.getFileName() + " at " + offset);
                }
            }
            Files.write(file, sound);
        }
        assertEquals(List.of(), missed);
        assertEquals(0, check().faultCount());
    }

    @Test
    void everyTruncationOfAnyFileIsFound() throws IOException {
        Random random = new Random(3);
        for (Path file : files("MANIFEST|log-.*|table-.*|values-.*")) {
            byte[] sound = Files.readAllBytes(file);
            for (int n = 0; n < 8; n++) {
                Files.write(file, Arrays.copyOf(sound, n == 0 ? sound.length - 1 : random.nextInt(sound.length)));
                CheckReport report = check();
                assertTrue(report.faultCount() > 0 || isFlushed(file) && !report.notes().isEmpty(), file.toString());
            }
            Files.write(file, sound);
        }
    }

    @Test
    void everyMissingFileIsFound() throws IOException {
        for (Path file : files("MANIFEST|log-.*|table-.*|values-.*")) {
            byte[] sound = Files.readAllBytes(file);
            Files.delete(file);
            CheckReport report = check();
            assertTrue(report.faultCount() > 0 || isFlushed(file), file.toString());
            Files.write(file, sound);
        }
    }

    /** Whether all of the log's segment is in the tables: then nobody misses it but a peer that lags. */
    private boolean isFlushed(Path segment) throws IOException {
        return LogSegment.startOf(segment) >= 0
            && LogSegment.startOf(segment) < Manifest.read(dir, Disk.real()).flushedPosition();
    }

    @Test
    void aDamagedBlockIsToldWithItsOffsetAndTheKeysAroundIt() throws IOException {
        Path table = files("table-.*hblk").get(0);
        flip(table, 100_000);
        CheckReport.Fault fault = onlyFault();
        assertEquals(table, fault.file());
        assertTrue(fault.offset() <= 100_000 && fault.offset() > 100_000 - 2 * BlockFormat.BLOCK_BYTES,
            fault.toString());
        assertTrue(fault.what().contains("checksum"), fault.what());
        assertTrue(Arrays.compareUnsigned(fault.after(), fault.before()) < 0);
        assertTrue(Arrays.compareUnsigned(fault.after(), key(0)) > 0);
        assertTrue(Arrays.compareUnsigned(fault.before(), key(2_999)) < 0);
        flip(table, 100);
        assertEquals(2, check().faultCount());
        assertArrayEquals(key(0), check().faults().get(0).after());
    }

    /** The same store, in tables of MapDB, as a portable backup has it. */
    private Path portable() throws Exception {
        Path target = dir.resolve("portable");
        try (LsmStore store = LsmStore.open(dir, OPTIONS, new PutReplay())) {
            StoreBackup backup = new StoreBackup(store, dir,
                new StoreBackup.Plan(target, null, true, false, 0), () -> 1);
            assertTrue(backup.begin());
            backup.write();
        }
        return target;
    }

    @Test
    void theTablesOfAPortableBackupAreCheckedAsWell() throws Exception {
        Path backup = portable();
        BackupDirectory directory = BackupDirectory.open(backup);
        CheckReport sound = StoreCheck.ofBackup(directory, null);
        assertEquals(List.of(), sound.faults());
        assertEquals(3_000, sound.entries);
        Path table = backup.resolve("table-0000000000000001.htab");
        byte[] pages = Files.readAllBytes(table);
        flip(table, TableShape.PAGE_BYTES + 1_000);
        CheckReport.Fault fault = StoreCheck.ofBackup(directory, null).faults().get(0);
        assertEquals(table, fault.file());
        assertEquals(TableShape.PAGE_BYTES, fault.offset());
        assertEquals("the checksum of page 1 does not match", fault.what());
        assertTrue(Arrays.compareUnsigned(key(0), fault.after()) < 0);
        assertTrue(Arrays.compareUnsigned(fault.after(), fault.before()) < 0);
        Files.write(table, pages);
        Random random = new Random(4);
        for (Path file : List.of(table, backup.resolve("table-0000000000000001.hidx"), backup.resolve("MANIFEST"))) {
            byte[] bytes = Files.readAllBytes(file);
            for (int n = 0; n < 10; n++) {
                flip(file, random.nextInt(bytes.length));
                assertTrue(StoreCheck.ofBackup(directory, null).faultCount() > 0, file.toString());
                Files.write(file, Arrays.copyOf(bytes, random.nextInt(bytes.length)));
                assertTrue(StoreCheck.ofBackup(directory, null).faultCount() > 0, file.toString());
                Files.write(file, bytes);
            }
        }
    }

    @Test
    void aDamagedValueIsToldWithItsKey() throws IOException {
        Path values = files("values-.*").get(0);
        flip(values, ValueFile.HEADER_BYTES + ValueFile.VALUE_HEAD_BYTES + 3);
        CheckReport.Fault fault = onlyFault();
        assertEquals(values, fault.file());
        assertEquals(ValueFile.HEADER_BYTES + ValueFile.VALUE_HEAD_BYTES, fault.offset());
        assertArrayEquals(key(0), fault.key());
    }

    @Test
    void aRecordLostBetweenSegmentsAndATableNobodyNamesAreTold() throws IOException {
        List<Path> segments = files("log-.*");
        Files.delete(segments.get(segments.size() - 2));
        assertTrue(onlyFault().what().contains("but the next segment starts at"), onlyFault().what());
        Files.write(dir.resolve("table-00000000000000ff.hblk"), new byte[10]);
        assertTrue(check().notes().stream().anyMatch(note -> note.startsWith("1 files")), check().notes().toString());
    }

    @Test
    void theTailOfACrashIsNotedAndNoDamage() throws IOException {
        Files.delete(dir.resolve(LogEnd.NAME)); // a store that was killed has none of its last run
        List<Path> segments = files("log-.*");
        Path last = segments.get(segments.size() - 1);
        Files.write(last, Arrays.copyOf(Files.readAllBytes(last), (int) Files.size(last) - 3));
        CheckReport report = check();
        assertEquals(0, report.faultCount(), report.faults().toString());
        assertTrue(report.notes().get(0).contains("the tail of a crash"), report.notes().toString());
    }

    @Test
    void anOpenStoreIsNotChecked() {
        LsmStore store = LsmStore.open(dir, OPTIONS, new PutReplay());
        try (store) {
            assertThrows(IllegalStateException.class, this::check);
        }
    }

    @Test
    void theRowsAreShownAsAGetWouldFindThem() throws IOException {
        MemoryByteStore seen = new MemoryByteStore();
        boolean[] ended = new boolean[1];
        StoreCheck.ofStore(dir, new StoreCheck.Rows() {
            @Override
            public void row(byte[] key, byte[] value, CheckReport report) {
                seen.put(key, value);
            }

            @Override
            public void end(CheckReport report) {
                ended[0] = true;
            }
        });
        assertTrue(ended[0]);
        assertEquals(3_000 - 20, count(seen));
        assertArrayEquals(new byte[407], seen.get(key(49)));
    }

    @Test
    void operandsAreShownMerged() throws IOException {
        MergeOperator longer = (key, older, newer) -> new byte[older.length + newer.length];
        byte[] key = key(49);
        try (LsmStore store = LsmStore.open(dir, OPTIONS.withMergeOperator(longer), new PutReplay())) {
            store.merge(key, key.length, new byte[2]);
            store.checkpoint();
            store.merge(key, key.length, new byte[3]);
            store.checkpoint();
            assertEquals("tail 49".length() + 5, store.get(key).length);
        }
        MemoryByteStore seen = new MemoryByteStore();
        CheckReport report = StoreCheck.ofStore(dir, new StoreCheck.Rows() {
            @Override
            public void row(byte[] key, byte[] value, CheckReport report) {
                seen.put(key, value);
            }

            @Override
            public void end(CheckReport report) {
                assertTrue(seen.get(key) != null);
            }

            @Override
            public MergeOperator mergeOperator() {
                return longer;
            }
        });
        assertEquals(0, report.faultCount(), report.faults().toString());
        assertEquals("tail 49".length() + 5, seen.get(key).length);
    }

    private static int count(MemoryByteStore store) {
        int count = 0;
        try (ByteCursor cursor = store.scan(null, null, false)) {
            while (cursor.next()) {
                count++;
            }
        }
        return count;
    }
}
