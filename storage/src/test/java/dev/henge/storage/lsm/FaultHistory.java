package dev.henge.storage.lsm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A scripted history of one store on a {@link FaultDisk}: the same steps, and so the same operations of the disk, up to
 * the one that fails. Keeps account of what was appended, and of what the store had acknowledged.
 */
final class FaultHistory {

    /** How the store may answer to damage: it names one of its files. */
    static final String NAMES_A_FILE = "(?s).*(log-[0-9a-f]{16}\\.hlog|MANIFEST|LOG-END|\\.htab|\\.hblk|\\.hidx|\\.hval"
        + "|/store\\b).*";

    private static final Path DIRECTORY = Path.of("/store");
    private static final int STEPS = 70;
    private static final int KEYS = 24;
    private static final int RETRIES_MAX = 60;
    private static final long TICK_NANOS = 3_000_000_000L;

    private final long seed;
    private final LsmOptions options;
    private final List<byte[]> records = new ArrayList<>();
    private final List<Long> ends = new ArrayList<>();
    private FaultDisk disk;
    private LsmStore store;
    private long nowNanos;
    private long acknowledgedWritten;
    private long acknowledgedSynced;
    private String reported;

    FaultHistory(long seed, LogSync sync, FaultDisk disk) {
        this.seed = seed;
        this.options = LsmOptions.defaults().withMemtableBytes(2048).withSegmentBytes(1500).withLogRetainBytes(2000)
            .withLevels(LevelOptions.defaults().withLevelZeroRuns(2).withBaseMemtables(1).withFactor(2))
            .withLargeValueBytes(200).withLogSync(sync);
        this.disk = disk;
    }

    /** What the store said when it gave up, or null. */
    String reported() {
        return reported == null && store != null && !disk.crashed() ? store.failure() : reported;
    }

    boolean failed() {
        return store == null || store.failed();
    }

    /** Plays the script until it ends, the process ends, or the store gives up. */
    void play() {
        Random random = new Random(seed);
        if (!open()) {
            return;
        }
        for (int step = 0; step < STEPS && goesOn(); step++) {
            int choice = random.nextInt(20);
            long own = random.nextLong();
            if (choice < 14) {
                turn(new Random(own));
            } else if (choice < 17) {
                guarded(store::sync);
            } else if (choice < 19) {
                guarded(store::checkpoint);
            } else {
                close();
                if (goesOn() && !open()) {
                    return;
                }
                forget();
            }
            acknowledge();
        }
    }

    /** What a close on a full disk could not write was never acknowledged. */
    private void forget() {
        if (!disk.crashed() && reported == null) {
            int there = count(store.appendedPosition());
            assertTrue(store.appendedPosition() >= acknowledgedWritten, "acknowledged, and not there after a close");
            records.subList(there, records.size()).clear();
            ends.subList(there, ends.size()).clear();
        }
    }

    /** How many records end by this position. */
    private int count(long end) {
        int there = 0;
        while (there < ends.size() && ends.get(there) <= end) {
            there++;
        }
        return there;
    }

    private boolean goesOn() {
        if (disk.crashed() || reported != null) {
            return false;
        }
        if (store.failed()) {
            reported = store.failure();
            return false;
        }
        return true;
    }

    private void guarded(Runnable work) {
        try {
            work.run();
        } catch (StoreFailedException | CorruptTableException | CorruptLogException e) {
            reported = e.getMessage();
        }
    }

    /** Notes what the store has acknowledged so far: it must be there whatever comes. */
    private void acknowledge() {
        if (store != null) {
            acknowledgedWritten = Math.max(acknowledgedWritten, store.writtenPosition());
            acknowledgedSynced = Math.max(acknowledgedSynced, store.syncedPosition());
        }
    }

    private void turn(Random random) {
        guarded(() -> {
            if (store.writable()) {
                for (int i = random.nextInt(4); i >= 0; i--) {
                    change(random);
                }
            }
            nowNanos += TICK_NANOS;
            store.endTurn();
        });
    }

    private void change(Random random) {
        byte[] key = ("key:" + random.nextInt(KEYS)).getBytes();
        long position;
        if (random.nextInt(4) == 0) {
            position = PutRecords.delete(store, key);
        } else {
            byte[] value = new byte[random.nextInt(8) == 0 ? 150 + random.nextInt(300) : random.nextInt(60)];
            random.nextBytes(value);
            position = PutRecords.put(store, key, value);
        }
        records.add(store.readRecord(position));
        ends.add(store.appendedPosition());
    }

    /** Opens the store; again and again if the disk is full. */
    private boolean open() {
        for (int attempt = 0;; attempt++) {
            try {
                store = LsmStore.open(DIRECTORY, options, new PutReplay(), disk, Workers.caller(() -> nowNanos));
                return true;
            } catch (RuntimeException e) {
                store = null;
                if (!disk.crashed() && DiskFull.is(e)) {
                    assertTrue(attempt < RETRIES_MAX, "still full");
                    continue;
                }
                reported = disk.crashed() ? null : text(e);
                return false;
            }
        }
    }

    static String text(Throwable thrown) {
        StringBuilder text = new StringBuilder();
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            text.append(cause).append('\n');
        }
        return text.toString();
    }

    private void close() {
        acknowledge();
        try {
            store.close();
        } catch (RuntimeException e) {
            reported = disk.crashed() ? null : text(e);
        }
        acknowledge();
        if (store.failed() && !disk.crashed()) {
            reported = store.failure();
        }
    }

    // ---- the end

    /** The shortage is over: the store must go on by itself, lose nothing, and take new writes. */
    void heal(String what) {
        assertFalse(failed(), () -> what + ": it must not fail for want of space: " + reported);
        for (int tick = 0; !store.writable() || disk.isFull(); tick++) {
            assertTrue(tick < RETRIES_MAX, () -> what + ": still paused: " + store.paused());
            check(store, records.size(), what + ", while there is no space");
            nowNanos += TICK_NANOS;
            store.endTurn();
            if (tick > RETRIES_MAX / 2) {
                disk.endOfShortage();
            }
        }
        assertFalse(store.failed(), () -> what + ": " + store.failure());
        turn(new Random(seed));
        check(store, records.size(), what + ", healed");
        close();
        assertEquals(null, reported, what);
        assertNoStrays(what);
        reopen(disk, Long.MAX_VALUE, what + ", closed and opened");
    }

    /** What was given up has been deleted: a full disk must not fill up with it. */
    private void assertNoStrays(String what) {
        try {
            List<Path> before = disk.list(DIRECTORY);
            TableStack.open(DIRECTORY, disk).close(); // deletes what the manifest does not name
            assertEquals(before, disk.list(DIRECTORY), what + " left files behind");
        } catch (IOException e) {
            throw new UncheckedIOException(what, e);
        }
    }

    /** A clean end, after which all must be there, unless damage was reported before or is now. */
    void closeAndReopen(String what) {
        if (reported == null && store != null) {
            close();
        }
        if (reported != null) {
            assertTrue(reported.matches(NAMES_A_FILE), () -> what + " names no file: " + reported);
            return;
        }
        reopen(disk, Long.MAX_VALUE, what);
    }

    /** Opens what a crash of the process, or of the machine, left: all that was acknowledged must be there. */
    void reopenAfter(FaultDisk left, boolean powerLoss, String what) {
        acknowledge();
        reopen(left, powerLoss ? acknowledgedSynced : acknowledgedWritten, what);
    }

    /**
     * @param acknowledged all up to here must be there; {@link Long#MAX_VALUE}: all, if the store opens, and if not it
     * must name the file
     */
    private void reopen(FaultDisk left, long acknowledged, String what) {
        disk = left;
        boolean all = acknowledged == Long.MAX_VALUE;
        if (!open()) {
            assertTrue(all && reported.matches(NAMES_A_FILE), () -> what + ": it does not open: " + reported);
            return;
        }
        long end = store.appendedPosition();
        long least = all ? ends.isEmpty() ? 0 : ends.get(ends.size() - 1) : acknowledged;
        assertTrue(end >= least, () -> what + ": acknowledged up to " + least + ", there up to " + end);
        int there = count(end);
        assertEquals(end, there == 0 ? 0 : ends.get(there - 1), what + ": it ends between two records");
        try {
            check(store, there, what);
        } catch (CorruptTableException | CorruptLogException e) {
            assertTrue(all && text(e).matches(NAMES_A_FILE), () -> what + " names no file: " + text(e));
            return;
        }
        if (!all) {
            records.subList(there, records.size()).clear();
            ends.subList(there, ends.size()).clear();
            goOnAndLosePower(what);
        }
    }

    /** What was opened counts as synced: a power loss right behind it takes nothing. */
    private void goOnAndLosePower(String what) {
        turn(new Random(seed + 1));
        store.sync();
        int there = records.size();
        FaultDisk left = disk.afterPowerLoss(false);
        disk = left;
        assertTrue(open(), () -> what + ", and a power loss behind it: " + reported);
        check(store, there, what + ", and a power loss behind it");
    }

    private void check(LsmStore actual, int count, String what) {
        MemoryByteStore model = new MemoryByteStore();
        records.subList(0, count).forEach(record -> PutRecords.apply(model, record));
        try (ByteCursor x = model.scan(null, null, false); ByteCursor y = actual.scan(null, null, false)) {
            while (x.next()) {
                assertTrue(y.next(), () -> what + ": " + new String(x.key()) + " is missing");
                assertArrayEquals(x.key(), y.key(), what);
                assertArrayEquals(x.value(), y.value(), what);
            }
            assertFalse(y.next(), what + ": there is more than there should be");
        }
        for (int i = 0; i < KEYS; i++) {
            byte[] key = ("key:" + i).getBytes();
            assertArrayEquals(model.get(key), actual.get(key), what);
        }
    }
}
