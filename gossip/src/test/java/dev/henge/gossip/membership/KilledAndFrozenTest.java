package dev.henge.gossip.membership;

import static dev.henge.gossip.membership.Liveness.ALIVE;
import static dev.henge.gossip.membership.Liveness.DEAD;
import static dev.henge.gossip.membership.Liveness.SUSPECT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.gossip.membership.Gossipers.Gossiper;
import dev.henge.gossip.membership.Gossipers.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A child JVM among two memberships of this one: killed, frozen, continued, restarted. */
class KilledAndFrozenTest {
    private static final long KILL_SEEN_MILLIS_MAX = 1_000;
    private static final long FREEZE_SEEN_MILLIS_MAX = 6_000;
    /** Half of a probe's time-out. */
    private static final long STANDSTILL_MILLIS = 500;
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final List<String> VIEWERS = List.of("a", "b");

    @TempDir
    Path directory;
    private final Standstill standstill = new Standstill();
    private Gossipers gossipers;
    private HostPort seed;
    private Path log;

    @BeforeEach
    void open() {
        gossipers = new Gossipers(directory);
        seed = gossipers.start("a").address();
        gossipers.start("b", seed);
        gossipers.awaitWhole("a", "b");
        log = directory.resolve("child.log");
    }

    @AfterEach
    void close() throws Exception {
        standstill.close();
        gossipers.close();
    }

    @Test
    void aKilledNodeIsSuspectWithinASecondThenDeadAndSeenAnewWhenItRestarts() throws Exception {
        HostPort address = Gossipers.freeAddress();
        GossiperProcess child = child(address, 1);
        awaitChild(ALIVE);
        long killedNanos = System.nanoTime();
        child.killHard();
        awaitChild(SUSPECT);
        awaitChild(DEAD);
        assertReported("killed", killedNanos, KILL_SEEN_MILLIS_MAX);

        child(address, 2);
        awaitChild(ALIVE);
        for (String viewer : VIEWERS) {
            assertEquals("2", gossipers.get(viewer).knows("child").property(Member.BOOT_EPOCH));
            assertEquals("z2", gossipers.get(viewer).knows("child").property("zone"));
        }
        assertTrue(Files.readAllLines(log).size() <= 20, () -> "the log must stay quiet: " + read(log));
    }

    @Test
    void aFrozenNodeIsSuspectWithinSixSecondsAndAliveAgainWhenItContinuesAccusingNobody() throws Exception {
        GossiperProcess child = child(Gossipers.freeAddress(), 1);
        awaitChild(ALIVE);
        long frozenNanos = System.nanoTime();
        child.signal("STOP");
        awaitChild(SUSPECT);
        assertReported("frozen", frozenNanos, FREEZE_SEEN_MILLIS_MAX);
        child.signal("CONT");
        awaitChild(ALIVE);

        child.signal("STOP");
        awaitChild(DEAD);
        child.signal("CONT");
        awaitChild(ALIVE);
        gossipers.awaitWhole("a", "b");
        assertNeverAccused("a", "b");
        assertNeverAccused("b", "a");
    }

    /** A suspicion is nobody's fault while this very process stood still; a death always is. */
    private void assertNeverAccused(String viewer, String id) {
        List<String> story = gossipers.get(viewer).story(id);
        if (standstill.longestMillis() < STANDSTILL_MILLIS) {
            assertEquals(List.of("DEAD->ALIVE"), story, viewer + " of " + id);
        }
        assertTrue(story.stream().noneMatch(step -> step.endsWith("->DEAD")), () -> viewer + " of " + id + ": " + story);
    }

    private GossiperProcess child(HostPort address, long epoch) throws IOException {
        GossiperProcess child = GossiperProcess.start("child", address, epoch, seed,
                gossipers.peersFile("child"), log);
        gossipers.closeAfter(child);
        return child;
    }

    private void awaitChild(Liveness liveness) {
        VIEWERS.forEach(viewer -> gossipers.awaitSees(viewer, "child", liveness, SOON));
    }

    private void assertReported(String what, long sinceNanos, long millisMax) {
        for (String viewer : VIEWERS) {
            Gossiper gossiper = gossipers.get(viewer);
            // What is read is published before listeners hear of it.
            Gossipers.await(SOON, () -> viewer + " has been told", () -> suspicion(gossiper).isPresent());
            Report report = suspicion(gossiper).orElseThrow();
            long millis = (report.nanos() - sinceNanos) / 1_000_000;
            System.out.printf("%s: suspected by %s after %d ms%n", what, viewer, millis);
            assertTrue(millis <= millisMax, () -> what + ": suspected by " + viewer + " after " + millis + " ms");
        }
    }

    private static Optional<Report> suspicion(Gossiper gossiper) {
        return gossiper.reports().stream()
                .filter(report -> report.event().member().id().equals("child") && report.event().after() == SUSPECT)
                .findFirst();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
