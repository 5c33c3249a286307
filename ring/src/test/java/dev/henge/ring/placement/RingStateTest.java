package dev.henge.ring.placement;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class RingStateTest {
    /** One of each node's fields at its least and most; no operator has said anything. */
    private static final String GOLDEN_1 = "golden/ring-state-1.hex";
    /** The same with a goal, the one before it, a staged one and a pace. */
    private static final String GOLDEN_2 = "golden/ring-state-2.hex";
    /** What the first release computed for the nodes of {@link #GOLDEN_1}. */
    private static final long FINGERPRINT_1 = 0xd3cafa4c6b671ea4L;
    private static final long OWNERS_1 = -5930301151544077136L;
    private static final int MAGIC_BYTES = 4;

    /** Small domains, so that ids, incarnations and versions meet; the rest differs even under one version. */
    private static Arbitrary<NodeState> nodeStates() {
        return Combinators.combine(Arbitraries.of("a", "b", "c"), Arbitraries.longs().between(0, 3),
            Arbitraries.longs().between(0, 3), Arbitraries.of("h", "i"),
            Arbitraries.of("", "z"), Arbitraries.integers().between(1, 3))
            .as((id, inc, ver, host, zone, weight) ->
                new NodeState(id, inc, ver, new NodeAddress(host, 1, 2, 3), zone, weight));
    }

    /** Versions and edits that meet, and contents that differ under one of them. */
    private static Arbitrary<Goal> goals() {
        Arbitrary<Seat> seats = Combinators.combine(Arbitraries.of("x", "y"), Arbitraries.of("", "z"),
            Arbitraries.integers().between(1, 2)).as((name, zone, weight) -> new Seat("a", name, zone, weight));
        Arbitrary<List<String>> gone = Arbitraries.of(List.of(), List.of("c"), List.of("c", "b"));
        return Combinators.combine(Arbitraries.longs().between(1, 3), Arbitraries.longs().between(0, 2),
            Arbitraries.of("", "n"), Arbitraries.integers().between(1, 2), seats.list().ofSize(1), gone,
            Arbitraries.of(true, false)).as((version, edit, author, replicas, seat, dead, second) -> {
                List<Seat> all = new ArrayList<>(seat);
                if (second) {
                    all.add(0, new Seat("d", "d", "", 1));
                }
                return new Goal(version, edit, author, replicas, all, dead);
            });
    }

    private static Arbitrary<Wishes> wishes() {
        Arbitrary<Pace> paces = Combinators.combine(Arbitraries.longs().between(0, 2), Arbitraries.of("", "n"),
            Arbitraries.longs().between(0, 1), Arbitraries.of(true, false)).as(Pace::new);
        return Combinators.combine(goals().optional(0.6), goals().optional(0.6), goals().optional(0.6), paces)
            .as((goal, before, staged, pace) -> new Wishes(goal, before.filter(b -> goal.isPresent()
                && b.version() < goal.get().version()), staged, pace));
    }

    @Provide
    Arbitrary<RingState> states() {
        Arbitrary<RingState> nodes = nodeStates().list().ofMaxSize(6).map(list -> {
            RingState state = RingState.empty("c", RingSettings.DEFAULT);
            for (NodeState n : list) {
                state = state.with(n);
            }
            return state;
        });
        Arbitrary<Optional<Long>> removal = Arbitraries.longs().between(0, 3).optional(0.5);
        Arbitrary<Wishes> wishes = Arbitraries.frequencyOf(Tuple.of(1, Arbitraries.just(Wishes.NONE)),
            Tuple.of(2, wishes().withoutEdgeCases())).withoutEdgeCases();
        return Combinators.combine(nodes, removal, removal, wishes).as((state, a, b, w) -> {
            RingState s = RingState.of("c", state.settings(), List.copyOf(state.nodes().values()), Map.of(), w);
            s = a.isPresent() ? s.withRemoved("a", a.get()) : s;
            return b.isPresent() ? s.withRemoved("b", b.get()) : s;
        });
    }

    @Provide
    Arbitrary<NodeState> anyNode() {
        return nodeStates();
    }

    @Property
    void mergeCommutes(@ForAll("states") RingState x, @ForAll("states") RingState y) {
        assertEquals(x.merge(y), y.merge(x));
    }

    @Property
    void mergeAssociates(@ForAll("states") RingState x, @ForAll("states") RingState y,
                         @ForAll("states") RingState z) {
        assertEquals(x.merge(y).merge(z), x.merge(y.merge(z)));
    }

    @Property
    void mergeIsIdempotent(@ForAll("states") RingState x, @ForAll("states") RingState y) {
        RingState merged = x.merge(y);
        assertEquals(x, x.merge(x));
        assertEquals(merged, merged.merge(x));
        assertEquals(merged, merged.merge(y));
    }

    @Property
    void mergeKeepsTheNewestOfEachNode(@ForAll("states") RingState x, @ForAll("anyNode") NodeState n) {
        RingState merged = x.with(n);
        boolean removed = n.incarnation() <= x.removed().getOrDefault(n.id(), -1L);
        Optional<NodeState> before = x.node(n.id());
        if (removed) {
            assertEquals(x, merged);
        } else if (before.isEmpty() || n.incarnation() > before.get().incarnation()
            || n.incarnation() == before.get().incarnation() && n.version() > before.get().version()) {
            assertEquals(Optional.of(n), merged.node(n.id()));
        } else if (n.incarnation() < before.get().incarnation() || n.version() < before.get().version()) {
            assertEquals(x, merged);
        }
    }

    @Property
    void bytesRoundTripAndAreCanonical(@ForAll("states") RingState x, @ForAll("states") RingState y) {
        assertEquals(x, RingState.decode(x.encode()));
        assertEquals(x.fingerprint(), RingState.decode(x.encode()).fingerprint());
        assertEquals(x.equals(y), Arrays.equals(x.encode(), y.encode()));
        assertArrayEquals(x.merge(y).encode(), y.merge(x).encode());
    }

    /** A merge keeps of each register the greatest, and what is staged only above the goal. */
    @Property
    void mergeKeepsTheGreatestWishes(@ForAll("states") RingState x, @ForAll("states") RingState y) {
        RingState merged = x.merge(y);
        assertEquals(greatest(x.goal(), y.goal()), merged.goal());
        assertEquals(x.pace().compareTo(y.pace()) >= 0 ? x.pace() : y.pace(), merged.pace());
        assertTrue(merged.before().equals(x.before()) && merged.goal().equals(x.goal())
            || merged.before().equals(y.before()) && merged.goal().equals(y.goal()));
        long reached = merged.goal().map(Goal::version).orElse(0L);
        assertEquals(greatest(x.staged(), y.staged()).filter(g -> g.version() > reached), merged.staged());
    }

    private static Optional<Goal> greatest(Optional<Goal> a, Optional<Goal> b) {
        return Stream.of(a, b).flatMap(Optional::stream).max(Comparator.naturalOrder());
    }

    @Property(tries = 400)
    void equalFingerprintsMeanEqualOwners(@ForAll("states") RingState x, @ForAll("states") RingState y) {
        assertEquals(inputs(x).equals(inputs(y)), x.fingerprint() == y.fingerprint());
    }

    private static String inputs(RingState state) {
        return state.replicas() + ": " + state.seats();
    }

    private static RingState example() {
        return RingState.empty("stones", RingSettings.DEFAULT)
            .with(new NodeState("é", 3, 0, new NodeAddress("127.0.0.1", 0, 1, 65535), "", 10_000))
            .with(new NodeState("a", 1, 7, new NodeAddress("node-a.x", 6379, 17115, 8082), "rak-1", 100))
            .withRemoved("y", 9);
    }

    private static RingState wishedExample() {
        Goal first = Goal.first(example());
        List<Seat> seats = List.of(first.seats().get(0), new Seat("ö", "é", "", 1));
        Goal goal = new Goal(2, 5, "a", 2, seats, List.of("é", "b"));
        Goal staged = new Goal(3, 1, "ö", 64, List.of(new Seat("a", "a", "rak-2", 10_000)), List.of());
        return example().withGoal(goal, Optional.of(first)).withStaged(staged)
            .withPace(new Pace(9, "a", 20_000_000, true));
    }

    private static byte[] golden(String resource) throws IOException {
        try (InputStream in = RingStateTest.class.getClassLoader().getResourceAsStream(resource)) {
            return HexFormat.of().parseHex(new String(in.readAllBytes(), StandardCharsets.US_ASCII).strip());
        }
    }

    @Test
    void formatIsFrozen() throws IOException {
        assertEquals(HexFormat.of().formatHex(golden(GOLDEN_1)), HexFormat.of().formatHex(example().encode()));
        assertEquals(HexFormat.of().formatHex(golden(GOLDEN_2)), HexFormat.of().formatHex(wishedExample().encode()));
        assertEquals(wishedExample(), RingState.decode(golden(GOLDEN_2)));
    }

    /** The first release wrote these bytes and computed these owners; a ring that it formed must not move. */
    @Test
    void whatTheFirstReleaseWroteIsRead() throws IOException {
        RingState read = RingState.decode(golden(GOLDEN_1));
        assertEquals(example(), read);
        assertEquals(Optional.empty(), read.goal());
        assertEquals(Pace.DEFAULT, read.pace());
        assertEquals(FINGERPRINT_1, read.fingerprint());
        assertEquals(OWNERS_1, ownersHash(Placement.of(read)));
        RingState wished = read.withGoal(Goal.first(read), Optional.empty());
        assertEquals(FINGERPRINT_1, wished.fingerprint());
        assertEquals(OWNERS_1, ownersHash(Placement.of(wished)));
    }

    private static long ownersHash(Placement p) {
        long h = 0;
        for (int v = 0; v < p.vnodes(); v++) {
            for (String node : p.owners(v)) {
                h = 31 * h + node.hashCode();
            }
        }
        return h;
    }

    /** Versions, standings and flags that nobody wrote, under a checksum that is right. */
    @Test
    void whatIsNotKnownIsRefused() throws IOException {
        assertRefused(golden(GOLDEN_1), MAGIC_BYTES, 3, "version 3 is not known");
        assertRefused(golden(GOLDEN_1), MAGIC_BYTES, 0, "version 0 is not known");
        assertRefused(golden(GOLDEN_1), MAGIC_BYTES, 2, "cut off");
        assertRefused(golden(GOLDEN_2), MAGIC_BYTES, 1, "bytes too many");
        int standing = indexOf(golden(GOLDEN_1), "0000000000000007") + 8;
        assertRefused(golden(GOLDEN_1), standing, 2, "standing 2");
        int hasGoal = indexOf(golden(GOLDEN_2), "0000000000000009") + 8;
        assertRefused(golden(GOLDEN_2), hasGoal, 2, "2 is no yes or no");
        int versionLow = hasGoal + 8;
        assertRefused(golden(GOLDEN_2), versionLow, 1, "not before it");
        assertRefused(golden(GOLDEN_2), versionLow, 0, "too low");
        int replicasLow = versionLow + 8 + 2 + 4;
        assertRefused(golden(GOLDEN_2), replicasLow, 65, "replicas 65");
        assertRefused(golden(GOLDEN_2), replicasLow + 2, 0, "");
        assertRefused(golden(GOLDEN_2), replicasLow + 2, 255, "");
        assertRefused(golden(GOLDEN_2), indexOf(golden(GOLDEN_2), "02c3b602c3a9") + 2, 0xa9, "stands twice");
    }

    /** Any byte may be anything: what comes of it is a state or a refusal, and a state is one that can be written. */
    @Property(tries = 3000)
    void hostileBytesAreRefusedOrHarmless(@ForAll @IntRange(min = 5, max = 400) int at, @ForAll byte value,
                                          @ForAll @IntRange(min = 0, max = 40) int cut) throws IOException {
        byte[] good = golden(GOLDEN_2);
        byte[] bytes = Arrays.copyOf(good, good.length - cut);
        bytes[at % bytes.length] = value;
        try {
            RingState read = RingState.decode(checked(bytes));
            assertEquals(read, RingState.decode(read.encode()));
        } catch (RingState.FormatException told) {
            assertTrue(told.getMessage().contains("ring state"), told.getMessage());
        }
    }

    private static int indexOf(byte[] bytes, String hex) {
        int at = HexFormat.of().formatHex(bytes).indexOf(hex);
        assertTrue(at > 0 && at % 2 == 0, hex);
        return at / 2;
    }

    private static void assertRefused(byte[] bytes, int at, int value, String because) {
        bytes[at] = (byte) value;
        RingState.FormatException told = assertThrows(RingState.FormatException.class,
            () -> RingState.decode(checked(bytes)));
        assertTrue(told.getMessage().contains(because), told.getMessage());
    }

    /** The bytes under the checksum that they should have. */
    private static byte[] checked(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, bytes.length - Integer.BYTES);
        ByteBuffer.wrap(bytes).putInt(bytes.length - Integer.BYTES, (int) crc.getValue());
        return bytes;
    }

    @Test
    void damageIsRefused() {
        assertDamageIsRefused(example().encode());
        assertDamageIsRefused(wishedExample().encode());
    }

    private static void assertDamageIsRefused(byte[] good) {
        for (int length = 0; length < good.length; length++) {
            byte[] cut = Arrays.copyOf(good, length);
            assertThrows(RingState.FormatException.class, () -> RingState.decode(cut), "cut to " + length);
        }
        for (int at = 0; at < good.length; at++) {
            byte[] flipped = good.clone();
            flipped[at] ^= 0x10;
            assertThrows(RingState.FormatException.class, () -> RingState.decode(flipped), "flipped at " + at);
        }
        assertThrows(RingState.FormatException.class, () -> RingState.decode(Arrays.copyOf(good, good.length + 1)));
        assertThrows(RingState.FormatException.class,
            () -> RingState.decode(new byte[RingStateCodec.MAX_ENCODED_BYTES + 1]));
    }

    @Test
    void theLargestStateFits() {
        String text = "x".repeat(NodeState.MAX_TEXT_BYTES - 4);
        RingState state = RingState.empty(text, RingSettings.DEFAULT);
        List<NodeState> nodes = new ArrayList<>();
        Map<String, Long> removed = new TreeMap<>();
        List<Seat> seats = new ArrayList<>();
        List<String> gone = new ArrayList<>();
        for (int i = 0; i < RingState.MAX_NODES; i++) {
            String number = String.format("%04d", i);
            nodes.add(new NodeState(text + number, Long.MAX_VALUE, Long.MAX_VALUE,
                new NodeAddress(text + "host", 65535, 65535, 65535), text + "zone", NodeState.MAX_WEIGHT));
            removed.put(number + text, Long.MAX_VALUE);
            seats.add(new Seat(text + number, number + text, text + "zone", NodeState.MAX_WEIGHT));
            gone.add(number + text);
        }
        String author = "x".repeat(NodeState.MAX_TEXT_BYTES);
        Wishes wishes = new Wishes(Optional.of(new Goal(2, 0, author, 64, seats, gone)),
            Optional.of(new Goal(1, 0, author, 64, seats, gone)), Optional.of(new Goal(3, 0, author, 64, seats, gone)),
            new Pace(1, author, 1, true));
        RingState full = RingState.of(state.cluster(), state.settings(), nodes, removed, wishes);
        assertEquals(full, RingState.decode(full.encode()));
        NodeAddress address = new NodeAddress("h", 1, 1, 1);
        RingState more = full.with(nodes.get(0)); // what is known fits
        NodeState one = new NodeState("one more", 1, 1, address, "", 100);
        assertThrows(IllegalArgumentException.class, () -> more.with(one));
        seats.add(new Seat("one more", "one more", "", 1));
        assertThrows(IllegalArgumentException.class, () -> new Goal(4, 0, author, 3, seats, List.of()));
        gone.add("one more");
        assertThrows(IllegalArgumentException.class, () -> new Goal(4, 0, author, 3, seats.subList(0, 1), gone));
    }

    @Test
    void aRemovedNodeComesBackOnlyInANewIncarnation() {
        NodeState n = new NodeState("n", 4, 9, new NodeAddress("h", 1, 2, 3), "", 100);
        RingState without = RingState.empty("c", RingSettings.DEFAULT).with(n).withRemoved("n", 4);
        assertTrue(without.nodes().isEmpty());
        assertTrue(without.with(n.withWeight(99)).nodes().isEmpty());
        NodeState again = new NodeState("n", 5, 0, n.address(), "", 100);
        assertEquals(Optional.of(again), without.with(again).node("n"));
    }

    @Test
    void fingerprintFollowsOwnershipOnly() {
        RingState x = example();
        NodeState a = x.node("a").orElseThrow();
        assertEquals(x.fingerprint(), x.with(a.withAddress(new NodeAddress("moved", 1, 2, 3))).fingerprint());
        assertNotEquals(x.fingerprint(), x.withRemoved("é", 3).fingerprint());
        RingState wished = x.withGoal(Goal.first(x), Optional.empty());
        assertEquals(x.fingerprint(), wished.fingerprint());
        assertEquals(x.fingerprint(), wished.withRemoved("é", 3).fingerprint());
        assertEquals(x.fingerprint(), wished.with(a.withWeight(99)).fingerprint());
        Goal one = new Goal(2, 1, "a", 1, wished.seats(), List.of());
        assertEquals(x.fingerprint(), wished.withStaged(one).fingerprint());
        assertNotEquals(x.fingerprint(), wished.withGoal(one, Optional.empty()).fingerprint());
        assertNotEquals(x.fingerprint(), x.with(a.withWeight(99)).fingerprint());
        RingState other = RingState.empty("stones", RingSettings.DEFAULT.withReplicas(2)).with(a);
        assertNotEquals(x.fingerprint(), other.fingerprint());
    }

    @Test
    void anotherNameKeepsAllElse() {
        RingState moved = wishedExample().withCluster("henge");
        assertEquals(wishedExample(), moved.withCluster("stones"));
        assertEquals(wishedExample().goal(), moved.goal());
        assertFalse(moved.isMergeableWith(wishedExample()));
    }

    @Test
    void aGoalHoldsWhatOneMay() {
        List<Seat> one = List.of(new Seat("a", "a", "", 1));
        Goal sorted = new Goal(1, 0, "", 1, List.of(new Seat("b", "a", "", 1), new Seat("a", "b", "", 1)),
            List.of("y", "x"));
        assertEquals(List.of("a", "b"), sorted.seats().stream().map(Seat::node).toList());
        assertEquals(List.of("x", "y"), sorted.gone());
        for (Executable wrong : List.<Executable>of(
            () -> new Goal(0, 0, "", 1, one, List.of()), () -> new Goal(1, -1, "", 1, one, List.of()),
            () -> new Goal(1, 0, "", 0, one, List.of()), () -> new Goal(1, 0, "", 1, List.of(), List.of()),
            () -> new Goal(1, 0, "", 1, List.of(one.get(0), new Seat("a", "b", "", 1)), List.of()),
            () -> new Goal(1, 0, "", 1, List.of(one.get(0), new Seat("b", "a", "", 1)), List.of()),
            () -> new Goal(1, 0, "", 1, one, List.of("a")), () -> new Goal(1, 0, "", 1, one, List.of("b", "b")),
            () -> new Seat("", "a", "", 1), () -> new Seat("a", "", "", 1), () -> new Seat("a", "a", "", 0),
            () -> new Pace(-1, "", 0, false), () -> new Pace(1, "", -1, false))) {
            assertThrows(IllegalArgumentException.class, wrong);
        }
    }

    @Test
    void strangersDoNotMerge() {
        RingState x = RingState.empty("c", RingSettings.DEFAULT);
        assertThrows(IllegalArgumentException.class, () -> x.merge(RingState.empty("d", RingSettings.DEFAULT)));
        assertThrows(IllegalArgumentException.class,
            () -> x.merge(RingState.empty("c", RingSettings.DEFAULT.withReplicas(2))));
    }
}
