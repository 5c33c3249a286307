package dev.henge.storage.lsm;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.storage.lsm.FaultDisk.Harm;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every operation that a history asks of the disk fails in turn, in every way in which it can: afterwards all that was
 * acknowledged is there and nothing else, or an error names the file.
 *
 * <p>Repeat one that failed by its seed, mode and point: they are in the message.
 */
class FaultPointTest {

    private static final long SEEDS = Long.getLong("henge.faults.seeds", 2);
    private static final long FIRST_SEED = Long.getLong("henge.faults.first", 1);

    static Stream<Arguments> histories() {
        return Stream.iterate(FIRST_SEED, seed -> seed + 1).limit(SEEDS)
            .flatMap(seed -> Stream.of(LogSync.ALWAYS, LogSync.every(5)).map(sync -> Arguments.of(seed, sync)));
    }

    private static List<FaultDisk.Kind> operations(long seed, LogSync sync) {
        FaultDisk sound = FaultDisk.sound();
        FaultHistory history = new FaultHistory(seed, sync, sound);
        history.play();
        List<FaultDisk.Kind> kinds = List.copyOf(sound.kinds());
        history.closeAndReopen("seed " + seed + ", " + sync + ", undisturbed");
        return kinds;
    }

    private interface End {
        void check(FaultHistory history, FaultDisk disk, String what);
    }

    /** Plays the history once for each operation that the harm fits. */
    private static int eachPoint(long seed, LogSync sync, Harm harm, End end) {
        List<FaultDisk.Kind> kinds = operations(seed, sync);
        int points = 0;
        for (int at = 0; at < kinds.size(); at++) {
            if (!harm.fits(kinds.get(at))) {
                continue;
            }
            FaultDisk disk = new FaultDisk(harm, at, new Random(seed * 1_000_003 + at));
            FaultHistory history = new FaultHistory(seed, sync, disk);
            history.play();
            String what = "seed " + seed + ", " + sync + ", " + harm + " at " + at + ", " + disk.operation(at);
            assertTrue(disk.harmed(), what + " was not reached");
            end.check(history, disk, what);
            points++;
        }
        System.out.println(points + " points of " + harm + ", seed " + seed + ", " + sync);
        assertTrue(points > 10, "a history with too few operations");
        return points;
    }

    @ParameterizedTest
    @MethodSource("histories")
    void theProcessEnds(long seed, LogSync sync) {
        eachPoint(seed, sync, Harm.CRASH, (history, disk, what) ->
            history.reopenAfter(disk.afterCrash(), false, what));
    }

    @ParameterizedTest
    @MethodSource("histories")
    void powerIsLostAndAllThatWasNotSyncedToo(long seed, LogSync sync) {
        eachPoint(seed, sync, Harm.CRASH, (history, disk, what) ->
            history.reopenAfter(disk.afterPowerLoss(false), true, what + ", power lost"));
    }

    @ParameterizedTest
    @MethodSource("histories")
    void powerIsLostAndSomeOfWhatWasNotSynced(long seed, LogSync sync) {
        eachPoint(seed, sync, Harm.CRASH, (history, disk, what) ->
            history.reopenAfter(disk.afterPowerLoss(true), true, what + ", power lost, torn"));
    }

    static Stream<Long> seeds() {
        return Stream.iterate(FIRST_SEED, seed -> seed + 1).limit(SEEDS);
    }

    /** Where several segments may be unsynced, a lost end of one before the last is taken for damage. */
    @ParameterizedTest
    @MethodSource("seeds")
    void powerIsLostAndAnySectorsOfWhatWasNotSynced(long seed) {
        eachPoint(seed, LogSync.ALWAYS, Harm.CRASH, (history, disk, what) ->
            history.reopenAfter(disk.afterPowerLossOutOfOrder(), true, what + ", power lost, out of order"));
    }

    @ParameterizedTest
    @MethodSource("histories")
    void thereIsNoSpaceOnce(long seed, LogSync sync) {
        eachPoint(seed, sync, Harm.NO_SPACE_ONCE, (history, disk, what) -> history.heal(what));
    }

    @ParameterizedTest
    @MethodSource("histories")
    void thereIsNoSpaceForAWhile(long seed, LogSync sync) {
        eachPoint(seed, sync, Harm.NO_SPACE_FOR_A_WHILE, (history, disk, what) -> history.heal(what));
    }

    @ParameterizedTest
    @MethodSource("histories")
    void powerIsLostAfterAShortage(long seed, LogSync sync) {
        eachPoint(seed, sync, Harm.NO_SPACE_FOR_A_WHILE, (history, disk, what) ->
            history.reopenAfter(disk.afterPowerLoss(true), true, what + ", power lost"));
    }

    @ParameterizedTest
    @MethodSource("histories")
    void aSyncFails(long seed, LogSync sync) {
        eachPoint(seed, sync, Harm.SYNC_ERROR, (history, disk, what) -> {
            assertReported(history, what);
            history.reopenAfter(disk.afterPowerLoss(true), true, what + ", power lost");
        });
    }

    @ParameterizedTest
    @MethodSource("histories")
    void aWriteFails(long seed, LogSync sync) {
        eachPoint(seed, sync, Harm.WRITE_ERROR, (history, disk, what) -> {
            assertReported(history, what);
            history.reopenAfter(disk.afterCrash(), false, what + ", process ended");
        });
    }

    private static void assertReported(FaultHistory history, String what) {
        assertTrue(history.reported() != null && history.reported().matches(FaultHistory.NAMES_A_FILE),
            () -> what + " must be reported with the file: " + history.reported());
    }

    @ParameterizedTest
    @MethodSource("histories")
    void aBitIsFlipped(long seed, LogSync sync) {
        eachPoint(seed, sync, Harm.FLIPPED_BIT, (history, disk, what) -> history.closeAndReopen(what));
    }

    @Test
    void aHistoryHasAllKindsOfOperations() {
        List<FaultDisk.Kind> kinds = operations(1, LogSync.ALWAYS);
        for (FaultDisk.Kind kind : FaultDisk.Kind.values()) {
            assertTrue(kinds.contains(kind), kind + " is not among " + kinds.size() + " operations");
        }
    }
}
