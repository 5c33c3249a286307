package dev.henge.storage.lsm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Platform;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What of the log stays in the system's memory. */
class LogPagesTest {

    private static final long SEGMENT_BYTES = 1 << 18;
    private static final int RECORD_BYTES = 10_000;
    /** File systems whose files are in the system's cache and nowhere else in memory. */
    private static final Set<String> CACHED = Set.of("ext4", "xfs", "btrfs", "overlay");

    @TempDir
    Path dir;

    private final TestDisk disk = new TestDisk();
    private final List<byte[]> records = new ArrayList<>();
    private final List<Long> positions = new ArrayList<>();

    private CommitLog open(boolean ring) throws IOException {
        var segments = new LogRecovery(dir, disk, 0).recover(null, (position, end, record) -> { });
        return new CommitLog(dir, disk, SEGMENT_BYTES, segments, new StoreFailure(), Workers.threads(), !ring,
            ring ? LogRing.create(dir, disk, SEGMENT_BYTES) : null);
    }

    private void fill(CommitLog log, int count, Random random) {
        for (int i = 0; i < count; i++) {
            byte[] record = new byte[RECORD_BYTES];
            random.nextBytes(record);
            records.add(record);
            positions.add(log.append(record, 0, record.length));
            log.write();
            if (i % 10 == 9) {
                log.sync();
            }
        }
    }

    /** How many bytes of positions were let go, each once and in order; where they ended. */
    private long letGo() {
        Map<Path, Long> ends = new TreeMap<>();
        long bytes = 0;
        for (TestDisk.Uncached part : disk.uncached) {
            long before = ends.getOrDefault(part.file(), (long) LogSegment.HEADER_BYTES);
            assertEquals(before, part.offset(), "a gap, or told twice");
            ends.put(part.file(), part.offset() + part.length());
            bytes += part.length();
        }
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatPeersMayAskForStays(boolean ring) throws IOException {
        Random random = new Random(7);
        CommitLog log = open(ring);
        log.retained().neededFrom(0);
        fill(log, 300, random);
        assertEquals(List.of(), disk.uncached);
        long needed = positions.get(200);
        log.retained().neededFrom(needed);
        fill(log, 10, random);
        assertEquals(needed, letGo());
        log.retained().neededFrom(Long.MAX_VALUE);
        fill(log, 300, random);
        assertTrue(log.syncedPosition() - letGo() <= 2 << 20, "more than the last of it is kept");
        assertTrue(letGo() <= log.syncedPosition());
        for (int i = 0; i < positions.size(); i++) {
            assertArrayEquals(records.get(i), log.read(positions.get(i)));
        }
        log.close();
    }

    @Test
    void adviceIsTaken() throws IOException {
        assumeTrue(Platform.isLinux() && Platform.is64Bit());
        String type = Files.getFileStore(dir).type();
        assumeTrue(CACHED.contains(type), "what " + type + " keeps in memory is its own affair");
        Path file = dir.resolve("file");
        byte[] bytes = new byte[1 << 20];
        new Random(8).nextBytes(bytes);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(bytes));
            channel.force(false);
            MappedByteBuffer all = channel.map(FileChannel.MapMode.READ_ONLY, 0, bytes.length);
            MappedByteBuffer begin = channel.map(FileChannel.MapMode.READ_ONLY, 0, 4096);
            MappedByteBuffer end = channel.map(FileChannel.MapMode.READ_ONLY, bytes.length - 4096, 4096);
            assertTrue(all.isLoaded());
            FileAdvice.dontNeed(file, 5000, bytes.length - 5100);
            assertTrue(begin.isLoaded());
            assertTrue(end.isLoaded(), "the page that is written to next");
            FileAdvice.dontNeed(file, 0, bytes.length);
            assertFalse(begin.isLoaded());
            assertFalse(end.isLoaded());
            assertFalse(all.isLoaded());
        }
        FileAdvice.dontNeed(dir.resolve("none"), 0, bytes.length);
        assertArrayEquals(bytes, Files.readAllBytes(file));
    }
}
