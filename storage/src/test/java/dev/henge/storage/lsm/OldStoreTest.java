package dev.henge.storage.lsm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A store that the first release wrote: manifest version 1, two runs of MapDB tables, a value file, a log with a tail.
 * Its bytes lie in the test resources.
 */
class OldStoreTest {

    private static final LsmOptions OPTIONS = LsmOptions.defaults().withLogSync(LogSync.NEVER)
        .withLevels(LevelOptions.defaults().withLevelZeroRuns(2));

    @TempDir
    Path dir;

    private final Map<String, String> expected = new HashMap<>();

    @BeforeEach
    void copy() throws IOException, URISyntaxException {
        Path stored = Path.of(OldStoreTest.class.getResource("v1-store/MANIFEST").toURI()).getParent();
        try (Stream<Path> files = Files.list(stored)) {
            for (Path file : files.toList()) {
                Files.copy(file, dir.resolve(file.getFileName()));
            }
        }
        for (int i = 0; i < 300; i++) {
            if (i % 10 == 0) {
                expected.put(key(i), "second " + i);
            } else if (i % 10 != 5) {
                expected.put(key(i), "first " + i);
            }
        }
        expected.put(key(7), "large ".repeat(40));
        expected.put(key(1), "tail");
        expected.remove(key(2));
    }

    private static String key(int i) {
        return String.format("key:%04d", i);
    }

    private void check(LsmStore store) {
        for (int i = 0; i < 300; i++) {
            String value = expected.get(key(i));
            assertArrayEquals(value == null ? null : value.getBytes(), store.get(key(i).getBytes()), key(i));
        }
        for (boolean reverse : new boolean[] {false, true}) {
            int count = 0;
            try (ByteCursor cursor = store.scan(null, null, reverse)) {
                while (cursor.next()) {
                    assertEquals(expected.get(new String(cursor.key())), new String(cursor.value()));
                    count++;
                }
            }
            assertEquals(expected.size(), count);
        }
    }

    private boolean has(String suffix) throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            return files.anyMatch(file -> file.toString().endsWith(suffix));
        }
    }

    @Test
    void isReadAndReplayed() throws IOException {
        Manifest manifest = Manifest.read(dir, Disk.real());
        assertEquals(List.of(
            new Manifest.NamedRun(0, List.of(new Manifest.NamedTable(TableKind.SORTED_MAP, 3))),
            new Manifest.NamedRun(0, List.of(new Manifest.NamedTable(TableKind.SORTED_MAP, 1)))), manifest.runs());
        PutReplay replay = new PutReplay();
        try (LsmStore store = LsmStore.open(dir, OPTIONS, replay)) {
            assertEquals(2, replay.replayed.size());
            check(store);
        }
    }

    @Test
    void takesNewTablesBesideTheOldOnesAndMergesThem() throws IOException {
        try (LsmStore store = LsmStore.open(dir, OPTIONS, new PutReplay())) {
            store.checkpoint();
            check(store);
            assertTrue(has(".hblk"));
            for (int round = 0; store.stats().compactions() == 0 && round < 100 || has(".htab"); round++) {
                assertTrue(round < 10_000, "not merged");
                String value = "round " + round;
                expected.put(key(round % 300), value);
                PutRecords.put(store, key(round % 300).getBytes(), value.getBytes());
                store.checkpoint();
            }
            check(store);
        }
        assertFalse(has(".htab") || has(".hidx"));
        try (LsmStore store = LsmStore.open(dir, OPTIONS, new PutReplay())) {
            check(store);
        }
    }
}
