package dev.henge.storage.lsm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class StoreBackupTest {

    private static final LsmOptions SMALL = LsmOptions.defaults().withMemtableBytes(64 << 10)
        .withLogSync(LogSync.NEVER)
        .withLevels(LevelOptions.defaults().withLevelZeroRuns(2).withBaseMemtables(1).withFactor(3))
        .withLargeValueBytes(300);
    private static final long MADE = 1_795_243_406_000L;

    @TempDir
    Path temp;

    private final TestDisk disk = new TestDisk();
    private MemoryByteStore model = new MemoryByteStore();

    private LsmStore open(Path dir) {
        return LsmStore.open(dir, SMALL, new PutReplay(), disk);
    }

    private Path dir() {
        return temp.resolve("store");
    }

    private static byte[] key(int i) {
        return String.format("key %05d", i).getBytes();
    }

    private void write(LsmStore store, Random random, int count) {
        for (int i = 0; i < count; i++) {
            byte[] key = key(random.nextInt(3_000));
            if (random.nextInt(4) == 0) {
                PutRecords.delete(store, key);
                model.delete(key);
            } else {
                byte[] value = new byte[random.nextInt(random.nextInt(20) == 0 ? 2_000 : 60)];
                random.nextBytes(value);
                PutRecords.put(store, key, value);
                model.put(key, value);
            }
            if (i % 20 == 0) {
                store.endTurn();
            }
        }
    }

    private MemoryByteStore copyOfModel() {
        MemoryByteStore copy = new MemoryByteStore();
        try (ByteCursor all = model.scan(null, null, false)) {
            while (all.next()) {
                copy.put(all.key(), all.value());
            }
        }
        return copy;
    }

    private StoreBackup backup(LsmStore store, StoreBackup.Plan plan) {
        return new StoreBackup(store, dir(), plan, () -> MADE, disk);
    }

    private static StoreBackup.Plan whole(Path target) {
        return new StoreBackup.Plan(target, null, false, false, 0);
    }

    private static StoreBackup.Plan against(Path target, Path earlier) {
        return new StoreBackup.Plan(target, earlier, false, false, 0);
    }

    private static void begin(LsmStore store, StoreBackup backup) {
        while (!backup.begin()) {
            store.endTurn();
            Thread.onSpinWait();
        }
    }

    private static CompletableFuture<BackupFile> writing(StoreBackup backup) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return backup.write();
            } catch (IOException e) {
                throw new CompletionException(e);
            }
        });
    }

    private BackupFile made(LsmStore store, StoreBackup.Plan plan) throws Exception {
        StoreBackup backup = backup(store, plan);
        begin(store, backup);
        return writing(backup).get(30, TimeUnit.SECONDS);
    }

    private Path restored(Path backup, boolean link) throws IOException {
        Path to = temp.resolve("restored of " + backup.getFileName() + (link ? " linked" : ""));
        BackupDirectory found = BackupDirectory.open(backup);
        assertEquals(List.of(), found.faults(bytes -> { }));
        found.restoreInto(to, link, bytes -> { });
        return to;
    }

    private void assertHolds(MemoryByteStore expected, Path dir) {
        PutReplay replay = new PutReplay();
        try (LsmStore store = LsmStore.open(dir, SMALL, replay); ByteCursor found = store.scan(null, null, false);
                ByteCursor wanted = expected.scan(null, null, false)) {
            assertEquals(0, replay.replayed.size());
            while (wanted.next()) {
                assertTrue(found.next());
                assertArrayEquals(wanted.key(), found.key());
                assertArrayEquals(wanted.value(), found.value());
            }
            assertFalse(found.next());
        }
    }

    private static List<String> names(Path dir) throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void underWritesItIsTheStateAtItsMomentWhateverItsKind(long seed) throws Exception {
        Random random = new Random(seed);
        disk.failLinks = seed % 2 == 0;
        try (LsmStore store = open(dir())) {
            List<CompletableFuture<BackupFile>> written = new ArrayList<>();
            List<MemoryByteStore> then = new ArrayList<>();
            List<Long> positions = new ArrayList<>();
            for (int n = 0; n < 4; n++) {
                write(store, random, random.nextInt(6_000));
                StoreBackup.Plan plan = n % 2 == 0 ? whole(temp.resolve("b" + n))
                    : new StoreBackup.Plan(temp.resolve("b" + n), null, true, false, 0);
                StoreBackup backup = backup(store, plan);
                while (!backup.begin()) {
                    write(store, random, 50);
                }
                then.add(copyOfModel());
                positions.add(store.appendedPosition());
                written.add(writing(backup));
                write(store, random, 3_000);
            }
            for (int n = 0; n < 4; n++) {
                BackupFile file = written.get(n).get(30, TimeUnit.SECONDS);
                assertEquals(positions.get(n), file.position());
                assertHolds(then.get(n), restored(temp.resolve("b" + n), n % 2 == 0 && seed < 3));
            }
            assertHolds(then.get(0), restored(temp.resolve("b0"), seed >= 3));
            write(store, random, 1_000);
            store.checkpoint();
            assertEquals(List.of(), BackupDirectory.open(temp.resolve("b0")).faults(bytes -> { }),
                "what the store does later does not touch it");
        } catch (Throwable e) {
            throw new AssertionError("seed " + seed, e);
        }
    }

    @Test
    void aPortableBackupHasNoTombstonesAndWhatTheFilterDropsIsGone() throws Exception {
        LsmOptions options = SMALL.withCompactionFilter(newest -> (key, value) -> key[0] == 'x');
        try (LsmStore store = LsmStore.open(dir(), options, new PutReplay(), disk)) {
            PutRecords.put(store, "a".getBytes(), new byte[400]);
            PutRecords.put(store, "b".getBytes(), "1".getBytes());
            PutRecords.put(store, "x".getBytes(), "1".getBytes());
            store.checkpoint();
            PutRecords.delete(store, "b".getBytes());
            made(store, new StoreBackup.Plan(temp.resolve("p"), null, true, false, 0));
        }
        assertEquals(List.of("BACKUP", "MANIFEST", "table-0000000000000001.hidx", "table-0000000000000001.htab",
            "values-0000000000000002.hval").size(), names(temp.resolve("p")).size());
        try (LsmStore store = open(restored(temp.resolve("p"), false))) {
            assertArrayEquals(new byte[400], store.get("a".getBytes()));
            assertNull(store.get("x".getBytes()));
            assertEquals(1, store.stats().tableEntries());
        }
    }

    @Test
    void anIncrementalOneSharesTheFilesOfTheEarlier() throws Exception {
        disk.failLinks = true;
        Random random = new Random(5);
        Path one = temp.resolve("one");
        Path two = temp.resolve("two");
        try (LsmStore store = open(dir())) {
            write(store, random, 3_000);
            BackupFile first = made(store, whole(one));
            assertFalse(Files.isSameFile(one.resolve("MANIFEST"), dir().resolve("MANIFEST")));
            disk.failLinks = false;
            PutRecords.put(store, key(1), "later".getBytes());
            model.put(key(1), "later".getBytes());
            BackupFile second = made(store, against(two, one));
            int shared = 0;
            for (BackupFile.Entry entry : second.files()) {
                if (!entry.name().equals("MANIFEST") && first.file(entry.name()).isPresent()) {
                    assertTrue(Files.isSameFile(one.resolve(entry.name()), two.resolve(entry.name())), entry.name());
                    shared++;
                }
            }
            assertTrue(shared >= 2, names(two).toString());
            assertEquals(List.of(new BackupFile.Earlier(first.id(), one)), second.earlier());
            BackupFile third = made(store, against(temp.resolve("three"), two));
            assertTrue(third.files().stream().anyMatch(entry -> first.file(entry.name()).isPresent()));
        }
        assertHolds(model, restored(two, false));
        assertHolds(model, restored(temp.resolve("three"), true));
    }

    @Test
    void aReferencingOneNeedsTheEarlierWhereItWasOrBesideIt() throws Exception {
        Path one = temp.resolve("a").resolve("one");
        Path three = temp.resolve("a").resolve("three");
        try (LsmStore store = open(dir())) {
            write(store, new Random(6), 2_000);
            made(store, whole(one));
            made(store, new StoreBackup.Plan(temp.resolve("a").resolve("two"), one, false, true, 0));
            Path two = temp.resolve("a").resolve("two");
            BackupFile third = made(store, new StoreBackup.Plan(three, two, false, true, 0));
            assertEquals(2, third.earlier().size(), "the base, and the one that has the files");
            assertTrue(third.files().stream().filter(entry -> entry.in() != null).count() >= 2);
        }
        assertHolds(model, restored(three, false));
        Path moved = temp.resolve("moved");
        Files.move(temp.resolve("a"), moved);
        assertEquals(List.of(), BackupDirectory.open(moved.resolve("three")).faults(bytes -> { }));
        Files.move(moved.resolve("one"), moved.resolve("gone"));
        assertFalse(BackupDirectory.open(moved.resolve("three")).faults(bytes -> { }).isEmpty());
    }

    @Test
    void anotherStoresFilesOfTheSameNumbersAreNotShared() throws Exception {
        disk.failLinks = true;
        Path other = temp.resolve("other");
        try (LsmStore store = LsmStore.open(other, SMALL, new PutReplay(), disk)) {
            PutRecords.put(store, "a".getBytes(), "of another store".getBytes());
            StoreBackup backup = new StoreBackup(store, other, whole(temp.resolve("o")), () -> MADE, disk);
            begin(store, backup);
            writing(backup).get(30, TimeUnit.SECONDS);
        }
        try (LsmStore store = open(dir())) {
            PutRecords.put(store, "a".getBytes(), "of the store too".getBytes());
            disk.failLinks = false;
            made(store, against(temp.resolve("mine"), temp.resolve("o")));
        }
        assertEquals(names(temp.resolve("o")), names(temp.resolve("mine")));
        model.put("a".getBytes(), "of the store too".getBytes());
        assertHolds(model, restored(temp.resolve("mine"), false));
    }

    @Test
    void damageIsNeitherTakenFromTheEarlierOneNorFromTheStore() throws Exception {
        disk.failLinks = true;
        Path one = temp.resolve("one");
        try (LsmStore store = open(dir())) {
            write(store, new Random(7), 500);
            BackupFile first = made(store, whole(one));
            String table = first.files().stream().map(BackupFile.Entry::name).filter(name -> name.endsWith("hblk"))
                .findFirst().orElseThrow();
            flip(one.resolve(table), 5_000);
            disk.failLinks = false;
            made(store, against(temp.resolve("two"), one));
            assertHolds(model, restored(temp.resolve("two"), false));
            Files.copy(one.resolve(table), temp.resolve("kept"));
            flip(one.resolve(table), 5_000);
            Files.delete(dir().resolve(table));
            Files.copy(temp.resolve("kept"), dir().resolve(table));
            Exception refused = assertThrows(Exception.class, () -> made(store, against(temp.resolve("three"), one)));
            assertTrue(refused.getMessage().contains(table + " is not what the backup"), refused.toString());
            assertFalse(Files.exists(temp.resolve("three")));
        }
    }

    private static void flip(Path file, int offset) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[offset] ^= 0x10;
        Files.write(file, bytes);
    }

    @Test
    void everyFlippedByteOfEveryFileIsFound() throws Exception {
        Path one = temp.resolve("one");
        try (LsmStore store = open(dir())) {
            write(store, new Random(8), 800);
            disk.failLinks = true;
            made(store, whole(one));
        }
        Random random = new Random(8);
        assertTrue(names(one).size() >= 5);
        for (String name : names(one)) {
            Path file = one.resolve(name);
            byte[] sound = Files.readAllBytes(file);
            for (int n = 0; n < (name.equals("BACKUP") ? sound.length : 8); n++) {
                flip(file, name.equals("BACKUP") ? n : random.nextInt(sound.length));
                assertFalse(isSound(one), name + " " + n);
                Files.write(file, sound);
            }
            Files.delete(file);
            assertFalse(isSound(one), name);
            Files.write(file, sound);
        }
        assertTrue(isSound(one));
    }

    private static boolean isSound(Path backup) throws IOException {
        try {
            return BackupDirectory.open(backup).faults(bytes -> { }).isEmpty();
        } catch (CorruptBackupException e) {
            return false;
        }
    }

    @Test
    void restoringADamagedFileIsRefusedEvenUnverified() throws Exception {
        Path one = temp.resolve("one");
        disk.failLinks = true;
        try (LsmStore store = open(dir())) {
            write(store, new Random(9), 100);
            made(store, whole(one));
        }
        flip(one.resolve("table-0000000000000001.hblk"), 30);
        assertThrows(CorruptBackupException.class,
            () -> BackupDirectory.open(one).restoreInto(temp.resolve("r"), false, bytes -> { }));
    }

    @Test
    void aFullTargetLeavesNothingAndTheStoreGoesOn() throws Exception {
        disk.failLinks = true;
        try (LsmStore store = open(dir())) {
            write(store, new Random(10), 3_000);
            store.checkpoint();
            for (String full : List.of(".*hblk", ".*hval", "MANIFEST.new", "BACKUP.new")) {
                Path target = temp.resolve("t");
                StoreBackup backup = backup(store, whole(target));
                begin(store, backup);
                store.checkpoint(); // its flush is not what fails
                disk.failAppendsTo = full;
                Exception failed = assertThrows(Exception.class, () -> writing(backup).get(30, TimeUnit.SECONDS));
                disk.failAppendsTo = null;
                assertTrue(failed.getMessage().contains("No space left"), full + ": " + failed);
                assertFalse(Files.exists(target), full);
                assertFalse(store.failed());
            }
            made(store, whole(temp.resolve("t")));
        }
        assertHolds(model, restored(temp.resolve("t"), false));
    }

    @Test
    void aCancelledOneLeavesNothing() throws Exception {
        try (LsmStore store = open(dir())) {
            write(store, new Random(11), 3_000);
            Path target = temp.resolve("t");
            StoreBackup backup = backup(store, new StoreBackup.Plan(target, null, false, false, 1));
            begin(store, backup);
            CompletableFuture<BackupFile> writing = writing(backup);
            long deadline = System.nanoTime() + 20_000_000_000L;
            while (backup.progress().bytesDone() == 0) {
                assertTrue(System.nanoTime() < deadline);
                Thread.onSpinWait();
            }
            assertTrue(backup.progress().bytesTotal() > 0);
            backup.cancel();
            Exception end = assertThrows(Exception.class, () -> writing.get(20, TimeUnit.SECONDS));
            assertTrue(end.getCause() instanceof StoreBackup.CancelledException, end.toString());
            assertFalse(Files.exists(target));
            StoreBackup unbegun = backup(store, whole(target));
            unbegun.cancel();
            assertThrows(StoreBackup.CancelledException.class, unbegun::write);
        }
    }

    @Test
    void aTargetInUseIsRefused() throws Exception {
        Path target = Files.createDirectories(temp.resolve("t"));
        Files.writeString(target.resolve("mine"), "x");
        try (LsmStore store = open(dir())) {
            Exception refused = assertThrows(Exception.class, () -> made(store, whole(target)));
            assertTrue(refused.getMessage().contains("is not empty"), refused.toString());
        }
        assertEquals(List.of("mine"), names(target));
    }

    /** The example of docs/formats/backup.md. */
    @Test
    void theFormatIsFrozen() throws Exception {
        BackupFile file = new BackupFile(BackupFile.Kind.STORE, "5f0c1e2d3b4a59687786950a1b2c3d4e",
            "00112233445566778899aabbccddeeff", MADE, 14,
            List.of(new BackupFile.Earlier("0123456789abcdef0123456789abcdef", Path.of("/backup/mon day/shard-0"))),
            List.of(new BackupFile.Entry("table-0000000000000001.htab", 65536, 0x1cb1bafc,
                    "0123456789abcdef0123456789abcdef"),
                new BackupFile.Entry("values-0000000000000002.hval", 49, 0x0a0b0c0d, null)));
        String text = """
            henge-backup 1
            kind store
            id 5f0c1e2d3b4a59687786950a1b2c3d4e
            of 00112233445566778899aabbccddeeff
            made 1795243406000
            position 14
            earlier 0123456789abcdef0123456789abcdef %2Fbackup%2Fmon+day%2Fshard-0
            file 65536 1cb1bafc 0123456789abcdef0123456789abcdef table-0000000000000001.htab
            file 49 0a0b0c0d here values-0000000000000002.hval
            end 19ada8be
            """;
        assertEquals(text, new String(file.encode(), java.nio.charset.StandardCharsets.US_ASCII));
        Files.write(temp.resolve("BACKUP"), file.encode());
        assertEquals(file, BackupFile.read(temp));
        String page = Files.readString(Path.of("..", "docs", "formats", "backup.md"));
        assertTrue(page.contains(text.indent(4)), "the page shows these bytes");
    }

    @Test
    void namesThatLeadElsewhereAreRefused() throws Exception {
        for (String name : List.of("../identity", "/etc/passwd", "a/../b", ".hidden", "a/b/c", "")) {
            BackupFile file = new BackupFile(BackupFile.Kind.STORE, StoreBackup.freshId(), StoreBackup.freshId(), MADE,
                1, List.of(), List.of(new BackupFile.Entry(name, 1, 1, null)));
            Files.write(temp.resolve("BACKUP"), file.encode());
            assertThrows(CorruptBackupException.class, () -> BackupFile.read(temp), name);
        }
    }

    @Test
    void theThrottleWaitsUntilTheBytesWereDue() {
        long[] now = {0};
        Throttle throttle = new Throttle(1_000, () -> now[0], nanos -> now[0] += nanos);
        throttle.took(500, () -> { });
        assertEquals(500_000_000L, now[0]);
        now[0] += 250_000_000L;
        throttle.took(500, () -> { });
        assertEquals(1_000_000_000L, now[0], "what other work took counts");
        now[0] += 60_000_000_000L;
        throttle.took(1_000, () -> { });
        assertEquals(62_000_000_000L, now[0], "a long pause gives no credit");
        new Throttle(0, () -> now[0], nanos -> now[0] += nanos).took(1 << 30, () -> { });
        assertEquals(62_000_000_000L, now[0]);
    }
}
