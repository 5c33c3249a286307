package dev.henge.gossip.membership;

import static dev.henge.gossip.membership.Liveness.ALIVE;
import static dev.henge.gossip.membership.Liveness.DEAD;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.gossip.membership.Gossipers.Gossiper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Memberships on real sockets in one JVM: meeting, parting, healing, restarting. */
class AtomixMembershipTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final Duration DEATH = Duration.ofSeconds(15);

    @TempDir
    Path directory;
    private Gossipers gossipers;

    @BeforeEach
    void open() {
        gossipers = new Gossipers(directory);
    }

    @AfterEach
    void close() throws Exception {
        gossipers.close();
    }

    @Test
    void nodesFindEachOtherFromAnyOneSeedAndRememberThemOnDisk() throws IOException {
        HostPort a = gossipers.start("a").address();
        HostPort b = gossipers.start("b", a).address();
        HostPort c = gossipers.start("c", b).address();
        gossipers.start("d", c, Gossipers.freeAddress());
        gossipers.awaitWhole("a", "b", "c", "d");

        Gossipers.await(SOON, () -> "the peers on disk", () -> peersOnDisk("d").equals(Set.of("a", "b", "c")));
        assertEquals(List.of("DEAD->ALIVE"), gossipers.get("d").story("a"));
        assertEquals(b, gossipers.get("d").knows("b").address());
    }

    @Test
    void anUnknownIdIsDeadAndNoException() {
        Gossiper a = gossipers.start("a");
        assertEquals(DEAD, a.sees("nobody"));
        assertEquals(ALIVE, a.sees("a"));
        gossipers.stop("a");
        assertEquals(DEAD, a.sees("a"));
    }

    @Test
    void listenersAreCalledOnTheOneMembershipThreadAndOneThatThrowsHarmsNobody() {
        Set<String> threads = ConcurrentHashMap.newKeySet();
        Gossiper a = gossipers.start("a");
        a.membership().listen(event -> {
            threads.add(Thread.currentThread().getName());
            throw new IllegalStateException("a listener's own fault");
        });
        gossipers.start("b", a.address());
        gossipers.awaitSees("a", "b", ALIVE, SOON);
        gossipers.start("c", a.address());
        gossipers.awaitSees("a", "c", ALIVE, SOON);
        assertEquals(Set.of("henge-membership"), threads);
    }

    @Test
    void splitSidesHealThoughTheSeedIsDead() {
        HostPort seed = gossipers.start("a").address();
        gossipers.start("b", seed);
        gossipers.start("c", seed);
        gossipers.awaitWhole("a", "b", "c");
        gossipers.cut("c", "a", "b");
        gossipers.awaitSees("b", "c", DEAD, DEATH);
        gossipers.awaitSees("c", "b", DEAD, DEATH);
        gossipers.awaitSees("c", "a", DEAD, DEATH);
        gossipers.stop("a");

        long healedNanos = System.nanoTime();
        gossipers.heal();
        gossipers.awaitWhole("b", "c");
        System.out.printf("healed with the seed dead after %d ms%n", (System.nanoTime() - healedNanos) / 1_000_000);
        gossipers.awaitSees("b", "a", DEAD, DEATH);
        Gossipers.await(SOON, () -> "b has been told of c: " + gossipers.get("b").story("c"),
                () -> gossipers.get("b").story("c")
                        .containsAll(List.of("ALIVE->SUSPECT", "SUSPECT->DEAD", "DEAD->ALIVE")));
    }

    @Test
    void nodesThatRestartFindEachOtherByThePeersFileThoughTheSeedIsDead() {
        HostPort seed = gossipers.start("a").address();
        HostPort b = gossipers.start("b", seed).address();
        HostPort c = gossipers.start("c", seed).address();
        gossipers.awaitWhole("a", "b", "c");
        Gossipers.await(SOON, () -> "peers on disk", () -> peersOnDisk("b").contains("c"));
        List.of("a", "b", "c").parallelStream().forEach(gossipers::stop);

        gossipers.start("b", b, 2, List.of(seed), Map.of());
        assertEquals(DEAD, gossipers.get("b").sees("c"), "never heard since the start");
        assertEquals(c, gossipers.get("b").knows("c").address(), "but remembered");
        gossipers.start("c", c, 2, List.of(seed), Map.of());
        gossipers.awaitWhole("b", "c");
    }

    @Test
    void aRestartedNodeIsSeenAnewWithAnotherAddressAndWithoutItsOldProperties() {
        HostPort a = gossipers.start("a").address();
        gossipers.start("c", a);
        gossipers.start("b", Gossipers.freeAddress(), 7, List.of(a), Map.of("zone", "east", "left", "over"));
        gossipers.awaitWhole("a", "b", "c");
        assertEquals("over", gossipers.get("a").knows("b").property("left"));
        gossipers.stop("b");
        HostPort moved = Gossipers.freeAddress();
        gossipers.start("b", moved, 8, List.of(a), Map.of("zone", "west"));

        for (String viewer : List.of("a", "c")) {
            Gossiper seen = gossipers.get(viewer);
            Gossipers.await(SOON, () -> viewer + " sees the new process: " + seen.knows("b"),
                    () -> seen.knows("b").property(Member.BOOT_EPOCH).equals("8") && seen.sees("b") == ALIVE);
            assertEquals(moved, seen.knows("b").address());
            assertEquals(Map.of("zone", "west", Member.CLUSTER, Gossipers.CLUSTER, Member.BOOT_EPOCH, "8"),
                    seen.knows("b").properties());
            // What is read is published before listeners hear of it: the new process' birth comes after its look.
            Gossipers.await(SOON, () -> viewer + " has been told: " + seen.story("b"),
                    () -> seen.story("b").stream().filter("DEAD->ALIVE"::equals).count() == 2);
            int end = seen.story("b").size();
            assertEquals("DEAD->ALIVE", seen.story("b").get(end - 1));
            assertTrue(seen.story("b").get(end - 2).endsWith("->DEAD"), () -> seen.story("b").toString());
        }
    }

    @Test
    void propertiesUpToTheLimitTravelAndMoreAreRefused() {
        Map<String, String> large = Map.of("p", "x".repeat(Member.PROPERTIES_BYTES_MAX - 40));
        HostPort a = gossipers.start("a", Gossipers.freeAddress(), 1, List.of(), large).address();
        gossipers.start("b", Gossipers.freeAddress(), 1, List.of(a), large);
        gossipers.start("c", Gossipers.freeAddress(), 1, List.of(a), large);
        gossipers.awaitWhole("a", "b", "c");
        assertEquals(large.get("p"), gossipers.get("c").knows("b").property("p"));
        assertThrows(IllegalArgumentException.class, () -> gossipers.start("d", Gossipers.freeAddress(), 1,
                List.of(a), Map.of("p", "x".repeat(Member.PROPERTIES_BYTES_MAX))));
    }

    @Test
    void nodesOfAnotherClusterAreIgnoredEvenWhenTheNamesHashAlike() {
        assertEquals("Aa".hashCode(), "BB".hashCode(), "the library compares these only");
        HostPort a = Gossipers.freeAddress();
        HostPort b = Gossipers.freeAddress();
        gossipers.start("Aa", "a", a, 1, List.of(b), Map.of());
        gossipers.start("BB", "b", b, 1, List.of(a), Map.of());
        gossipers.start("Aa", "c", Gossipers.freeAddress(), 1, List.of(a, b), Map.of());
        gossipers.awaitSees("a", "c", ALIVE, SOON);
        int before = gossipers.get("b").sent().get();
        Gossipers.await(SOON, () -> "the stranger has kept knocking",
                () -> gossipers.get("b").sent().get() >= before + 5);
        assertNull(gossipers.get("a").knows("b"));
        assertNull(gossipers.get("c").knows("b"));
        assertEquals(1, gossipers.get("b").membership().members().size());
        told("b", a + " does not hear this node's gossip: node \"b\" belongs to cluster \"BB\", node \"a\" to cluster \"Aa\"");
        told("a", "gossip of " + b + " is not heard: node \"b\" belongs to cluster \"BB\", node \"a\" to cluster \"Aa\"");
    }

    @Test
    void nodesWithAnotherSecretOrNoneDoNotMeetAndBothSidesSayWhy() {
        HostPort a = startWithSecret("a", "tag-1").address();
        HostPort other = startWithSecret("other", "tag-2", a).address();
        HostPort none = startWithSecret("none", "", a).address();
        startWithSecret("c", "tag-1", a);
        gossipers.awaitWhole("a", "c");
        told("other", a + " does not hear this node's gossip: node \"other\" and node \"a\" have different cluster-secrets");
        told("a", "gossip of " + other + " is not heard: node \"other\" and node \"a\" have different cluster-secrets");
        told("none", a + " does not hear this node's gossip: node \"none\" has no cluster-secret, node \"a\" asks for one");
        told("a", "gossip of " + none + " is not heard: node \"none\" has no cluster-secret, node \"a\" asks for one");

        int before = gossipers.get("other").sent().get();
        Gossipers.await(DEATH, () -> "the stranger has kept knocking",
                () -> gossipers.get("other").sent().get() >= before + 5);
        for (String stranger : List.of("other", "none")) {
            assertNull(gossipers.get("a").knows(stranger));
            assertEquals(1, gossipers.get(stranger).membership().members().size());
            assertEquals(1, gossipers.get(stranger).log().size(), gossipers.get(stranger).log()::toString);
        }
        assertEquals(2, gossipers.get("a").log().size(), gossipers.get("a").log()::toString);
    }

    private Gossiper startWithSecret(String id, String tag, HostPort... seeds) {
        return gossipers.start(MembershipConfig.of(Gossipers.CLUSTER, id, Gossipers.freeAddress(), 1, List.of(seeds),
                gossipers.peersFile(id), Map.of()).withSecretTag(tag));
    }

    private void told(String id, String line) {
        Gossipers.await(DEATH, () -> id + " tells: " + line + ", not only " + gossipers.get(id).log(),
                () -> gossipers.get(id).log().contains(line));
    }

    @Test
    void aMemberWhosePropertiesNameAnotherClusterIsIgnored() throws Exception {
        Gossiper a = gossipers.start("a");
        HostPort address = Gossipers.freeAddress();
        MembershipConfig config = MembershipConfig.of(Gossipers.CLUSTER, "forged", address, 1, List.of(),
                directory.resolve("forged"), Map.of());
        Member forged = new Member("forged", address.host(), address.port(), Map.of(Member.CLUSTER, "elsewhere"));
        Set<PeerDiscovery.Target> toA = Set.of(new PeerDiscovery.Target("a", a.address()));
        SwimCluster swim = SwimCluster.create(config, forged, new PeerDiscovery(() -> toA),
                new Wire(System::nanoTime, Runnable::run, (host, port) -> true, line -> { }));
        gossipers.closeAfter(() -> swim.stop().join());
        swim.start().join();
        Gossipers.await(SOON, () -> "SWIM itself has met a",
                () -> swim.getMembershipService().getMembers().size() == 2);
        gossipers.start("b", a.address());
        gossipers.awaitWhole("a", "b");
        assertNull(a.knows("forged"));
        assertEquals(DEAD, a.sees("forged"));
    }

    @Test
    void aTakenPortIsAClearErrorAndLeavesNothingBehind() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            HostPort address = new HostPort("127.0.0.1", taken.getLocalPort());
            UncheckedIOException error = assertThrows(UncheckedIOException.class,
                    () -> gossipers.start("a", address, 1, List.of(), Map.of()));
            assertTrue(error.getMessage().contains(address.toString()), error.getMessage());
        }
    }

    @Test
    void aPeersFileOfAnotherVersionStopsTheStart() throws IOException {
        Files.createDirectories(gossipers.peersFile("a").getParent());
        Files.writeString(gossipers.peersFile("a"), "henge-peers 2\n");
        assertThrows(UncheckedIOException.class, () -> gossipers.start("a"));
        assertFalse(Files.readString(gossipers.peersFile("a")).contains(PeersFile.HEADER));
    }

    private Set<String> peersOnDisk(String id) {
        try {
            return Set.copyOf(new PeersFile(gossipers.peersFile(id)).load().stream().map(Member::id).toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
