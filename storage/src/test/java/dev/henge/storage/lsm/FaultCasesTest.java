package dev.henge.storage.lsm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What the fault points found, each kept as a case of its own. */
class FaultCasesTest {

    private static final Path DIRECTORY = Path.of("/store");
    private static final LsmOptions OPTIONS =
        LsmOptions.defaults().withSegmentBytes(256).withLogSync(LogSync.every(1000));

    private static LsmStore open(FaultDisk disk) {
        return LsmStore.open(DIRECTORY, OPTIONS, new PutReplay(), disk, Workers.caller(() -> 0));
    }

    private static byte[] key(int i) {
        return new byte[] {(byte) i};
    }

    /** Recovery synced the last segment only; the tails of those before it counted as synced and were not. */
    @Test
    void whatAnEarlierSegmentHadUnsyncedIsSyncedByTheNextOpen() {
        FaultDisk disk = FaultDisk.sound();
        LsmStore store = open(disk);
        for (int i = 0; i < 20; i++) {
            PutRecords.put(store, key(i), new byte[60]);
            store.endTurn();
        }
        assertTrue(store.stats().logSegments() > 3);
        disk.crash();
        FaultDisk left = disk.afterCrash();
        LsmStore again = open(left);
        assertEquals(again.appendedPosition(), again.syncedPosition());
        LsmStore last = open(left.afterPowerLoss(false));
        for (int i = 0; i < 20; i++) {
            assertArrayEquals(new byte[60], last.get(key(i)), "key " + i);
        }
        last.close();
    }

    /** Rot in the last record looked like a torn tail and was cut, also after a clean stop. */
    @Test
    void rotInTheLastRecordIsReportedAfterACleanStop() throws IOException {
        FaultDisk disk = FaultDisk.sound();
        LsmStore store = open(disk);
        PutRecords.put(store, key(1), new byte[10]);
        store.close();
        Path segment = DIRECTORY.resolve(LogSegment.nameOf(0));
        try (Disk.DiskFile file = disk.open(segment)) {
            file.writeAt(ByteBuffer.wrap(new byte[] {77}), file.size() - 1);
        }
        CorruptLogException e = assertThrows(CorruptLogException.class, () -> open(disk));
        assertEquals(segment, e.file());
        try (Disk.DiskFile file = disk.open(segment)) {
            file.truncate(LogSegment.HEADER_BYTES);
        }
        CorruptLogException cut = assertThrows(CorruptLogException.class, () -> open(disk), "missing altogether");
        assertEquals(segment, cut.file());
    }

    /** A reserve is kept: writes are refused before the disk is full, and go on when there is space. */
    @Test
    void writesAreRefusedBelowTheReserve() throws IOException {
        FaultDisk disk = FaultDisk.sound();
        DiskSpace space = new DiskSpace(DIRECTORY, disk);
        space.look();
        assertEquals(null, space.refusal());
        space.require(1 << 30);
        disk.usableBytes(DiskSpace.RESERVE_BYTES - 1);
        space.look();
        assertTrue(space.refusal().contains("No space left on device"), space.refusal());
        IOException e = assertThrows(IOException.class, () -> space.require(1));
        assertTrue(DiskFull.is(e), "a merge that has no room waits as one that met a full disk");
        disk.usableBytes(DiskSpace.RESERVE_BYTES + 1);
        space.look();
        assertTrue(space.refusal() != null, "a little more is not enough: it would flicker");
        disk.usableBytes(2 * DiskSpace.RESERVE_BYTES);
        space.look();
        assertEquals(null, space.refusal());
        assertEquals(1_000_000_000L / 50, DiskSpace.reserve(1_000_000_000L), "a small disk has a small reserve");
    }

    @Test
    void onlyAFullDiskIsTakenForOne() {
        assertTrue(DiskFull.is(new IOException("/x: No space left on device")));
        assertTrue(DiskFull.is(new RuntimeException("flush", new IOException("/x: Disk quota exceeded"))));
        assertTrue(!DiskFull.is(new IOException("/x: Input/output error")));
        assertTrue(!DiskFull.is(new IllegalStateException("No space left on device")));
    }
}
