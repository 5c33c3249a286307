package dev.henge.storage.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Opening a store does not read its tables: neither by calls nor by touching mapped pages. */
class OpeningTest {

    private static final int ENTRIES = 40_000;
    private static final int VALUE_BYTES = 1_000;
    /** Indexes, Bloom filters, and the pages around what is touched. */
    private static final double READ_OF_DATA_MAX = 0.05;

    @TempDir
    Path dir;

    @Test
    void readsNextToNothing() throws IOException {
        assumeTrue(Files.isReadable(Path.of("/proc/self/io")) && Files.isReadable(Path.of("/proc/self/smaps")),
            "reads are counted by Linux");
        LsmOptions options = LsmOptions.defaults().withMemtableBytes(8 << 20).withLogRetainBytes(0)
            .withLogSync(LogSync.NEVER);
        try (LsmStore store = LsmStore.open(dir, options, (position, record) -> { })) {
            byte[] value = new byte[VALUE_BYTES];
            for (int i = 0; i < ENTRIES; i++) {
                store.put(key(i), value);
                store.endTurn();
            }
            store.checkpoint();
        }
        long data = tableBytes();
        assertTrue(data >= (long) ENTRIES * VALUE_BYTES, "the tables have " + data + " bytes");
        long before = read();
        try (LsmStore store = LsmStore.open(dir, options, (position, record) -> { })) {
            long opened = read() - before + touched();
            assertTrue(opened <= data * READ_OF_DATA_MAX, "opening read " + opened + " of " + data + " bytes");
            for (int i = 0; i < ENTRIES; i++) {
                assertEquals(VALUE_BYTES, store.get(key(i)).length);
            }
            long all = read() - before + touched();
            assertTrue(all >= data * 0.9, "reading everything counts as " + all + " of " + data + " bytes");
        }
    }

    private static byte[] key(int i) {
        return String.format("%08d", i).getBytes();
    }

    private long tableBytes() throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            return files.filter(file -> file.getFileName().toString().startsWith("table-"))
                .mapToLong(file -> file.toFile().length()).sum();
        }
    }

    /** What this process has read by calls. */
    private static long read() throws IOException {
        return number(Files.readAllLines(Path.of("/proc/self/io")), "rchar:");
    }

    /** Bytes of the store's mapped files that this process has touched, with what the system mapped around them. */
    private long touched() throws IOException {
        long kib = 0;
        boolean ours = false;
        for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
            if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
                ours = line.contains(dir.toString());
            } else if (ours && line.startsWith("Rss:")) {
                kib += number(List.of(line), "Rss:");
            }
        }
        return kib << 10;
    }

    private static long number(List<String> lines, String name) {
        return lines.stream().filter(line -> line.startsWith(name))
            .mapToLong(line -> Long.parseLong(line.substring(name.length()).replace("kB", "").trim())).sum();
    }
}
