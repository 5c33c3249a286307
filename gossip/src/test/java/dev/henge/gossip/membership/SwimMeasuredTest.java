package dev.henge.gossip.membership;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.gossip.membership.CountingRelay.Passed;
import dev.henge.gossip.membership.Gossipers.Gossiper;
import dev.henge.gossip.membership.SwimModel.Death;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@link SwimModel} held against real memberships on loopback, whose bytes are counted on their way.
 * {@code -Dhenge.long=true} measures 10 and 20 as well as 3.
 */
@Timeout(120)
class SwimMeasuredTest {
    private static final Duration REST = Duration.ofSeconds(8);
    private static final Duration DEATH = Duration.ofSeconds(20);
    /** Where the memberships themselves listen: relays have the addresses that they announce. */
    private static final String BEHIND = "127.0.0.2";
    private static final long SETTLED_NANOS = TimeUnit.MILLISECONDS.toNanos(1_500);
    private static final int SEEDS = 100;

    @TempDir
    Path directory;
    private final Map<String, CountingRelay> relays = new LinkedHashMap<>();

    @BeforeEach
    void needsTwoLoopbackAddresses() {
        boolean there = true;
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getByName(BEHIND))) {
            there = probe.isBound();
        } catch (IOException e) {
            there = false;
        }
        Assumptions.assumeTrue(there, "127.0.0.2 is an address of this machine");
    }

    private Passed passed() {
        return relays.values().stream().map(CountingRelay::passed)
                .reduce(new Passed(0, 0, 0, 0, 0), Passed::plus);
    }

    private String start(Gossipers gossipers, List<HostPort> seeds) throws Exception {
        String id = String.format(Locale.ROOT, "%040x", relays.size() + 1); // as long as a node's
        HostPort front = Gossipers.freeAddress();
        relays.put(id, new CountingRelay(front, new HostPort(BEHIND, front.port())));
        MembershipConfig config = MembershipConfig.of("henge", id, front, 1_700_000_000_000L, seeds,
                gossipers.peersFile(id), Map.of("internal", "17379"));
        gossipers.start(new MembershipConfig(config.clusterName(), config.secretTag(), id, BEHIND, front.host(),
                front.port(), config.bootEpoch(), config.seeds(), config.peersFile(), config.properties(),
                config.probeInterval(), config.probeTimeout(), config.failureTimeout(), config.gossipInterval()));
        return id;
    }

    private void measure(int members) throws Exception {
        try (Gossipers gossipers = new Gossipers(directory); Standstill standstill = new Standstill()) {
            List<String> ids = new ArrayList<>();
            HostPort seed = null;
            for (int i = 0; i < members; i++) {
                ids.add(start(gossipers, seed == null ? List.of() : List.of(seed)));
                seed = seed == null ? gossipers.get(ids.get(0)).address() : seed;
            }
            gossipers.awaitWhole(ids.toArray(String[]::new));
            awaitQuiet();
            Passed before = passed();
            long startNanos = System.nanoTime();
            LockSupport.parkNanos(REST.toNanos());
            Gossipers.await(REST.plusSeconds(1), () -> "rest", () -> System.nanoTime() - startNanos >= REST.toNanos());
            Passed rest = passed().minus(before);
            double bytes = rest.bytes() / ((System.nanoTime() - startNanos) / 1e9) / members;

            String dead = ids.get(members - 1);
            before = passed();
            long killedNanos = System.nanoTime();
            List<String> others = ids.subList(0, members - 1);
            // It must not say to others that it is alive, either.
            gossipers.cut(dead, others.toArray(String[]::new));
            relays.get(dead).close();
            long suspectMillis = all(gossipers, others, dead, Liveness.SUSPECT, killedNanos);
            long deadMillis = all(gossipers, others, dead, Liveness.DEAD, killedNanos);
            Passed dying = passed().minus(before);
            report(members, rest, bytes, suspectMillis, deadMillis, dying);
            boolean stoodStill = standstill.longestMillis() > 500;
            hold(members, bytes, suspectMillis, deadMillis, stoodStill);
        } finally {
            for (CountingRelay relay : relays.values()) {
                relay.close();
            }
        }
    }

    /** News of those who have just come have gone round. */
    private void awaitQuiet() {
        long[] packets = {-1};
        long[] sinceNanos = {0};
        Gossipers.await(DEATH, () -> "gossip goes on", () -> {
            long now = passed().packets();
            if (now != packets[0]) {
                packets[0] = now;
                sinceNanos[0] = System.nanoTime();
            }
            return System.nanoTime() - sinceNanos[0] > SETTLED_NANOS;
        });
    }

    /** When the last of them was told so. */
    private static long all(Gossipers gossipers, List<String> viewers, String id, Liveness liveness, long sinceNanos) {
        Gossipers.await(DEATH, () -> liveness + " to all: " + gossipers.beliefs(), () -> viewers.stream()
                .allMatch(viewer -> told(gossipers.get(viewer), id, liveness, sinceNanos).isPresent()));
        return viewers.stream().map(viewer -> told(gossipers.get(viewer), id, liveness, sinceNanos).orElseThrow())
                .max(Comparator.naturalOrder()).orElseThrow() / 1_000_000;
    }

    private static Optional<Long> told(Gossiper viewer, String id, Liveness liveness, long sinceNanos) {
        return viewer.reports().stream().filter(report -> report.nanos() >= sinceNanos
                && report.event().member().id().equals(id) && report.event().after().ordinal() >= liveness.ordinal())
                .map(report -> report.nanos() - sinceNanos).findFirst();
    }

    private static void report(int members, Passed rest, double bytes, long suspect, long dead, Passed dying) {
        System.out.printf(Locale.ROOT, "%d members measured: at rest %.0f B/s a member, a probe %.0f + %.0f bytes, %.2f"
                + " probes/s a member, %d packets of gossip; killed: all suspect after %d ms, dropped after %d ms;"
                + " meanwhile %d packets of %.0f bytes%n", members, bytes, rest.bytesThere() / (double) rest.connections(),
                rest.bytesBack() / (double) rest.connections(),
                rest.connections() / (double) REST.toSeconds() / members, rest.packets(), suspect, dead,
                dying.packets(), dying.packetBytes() / (double) dying.packets());
    }

    /** Real memberships lie where the model says that they may, a crowded machine's time aside. */
    private static void hold(int members, double bytes, long suspectMillis, long deadMillis, boolean stoodStill) {
        List<SwimModel.Figures> figures = SwimModelTest.figures(members, Death.KILLED, 0, SEEDS);
        double rest = figures.get(0).restBytesPerSecond();
        double suspectMax = figures.stream().mapToDouble(SwimModel.Figures::suspectMillis).max().orElseThrow();
        double deadMin = figures.stream().mapToDouble(SwimModel.Figures::deadMillis).min().orElseThrow();
        double deadMax = figures.stream().mapToDouble(SwimModel.Figures::deadMillis).max().orElseThrow();
        System.out.printf(Locale.ROOT, "%d members modelled: at rest %.0f B/s; all suspect after at most %.0f ms, dropped"
                + " after %.0f to %.0f ms; measured / modelled bytes %.3f%n", members, rest, suspectMax, deadMin, deadMax,
                bytes / rest);
        assertTrue(deadMillis >= deadMin - 100, () -> "dropped after " + deadMillis + " ms, at least " + deadMin);
        if (!stoodStill) {
            assertEquals(1, bytes / rest, 0.05, "bytes at rest, measured / modelled");
            assertTrue(suspectMillis <= suspectMax + 300, () -> suspectMillis + " ms, at most " + suspectMax);
            assertTrue(deadMillis <= deadMax + 600, () -> deadMillis + " ms, at most " + deadMax);
        }
    }

    @Test
    void threeMembers() throws Exception {
        measure(3);
    }

    @Test
    @EnabledIfSystemProperty(named = "henge.long", matches = "true")
    void tenMembers() throws Exception {
        measure(10);
    }

    @Test
    @EnabledIfSystemProperty(named = "henge.long", matches = "true")
    void twentyMembers() throws Exception {
        measure(20);
    }
}
