package dev.henge.ring.placement;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class RingStateTest {
    private static final String GOLDEN = "48524e4701"
        + "0673746f6e6573" + "00000400" + "00000100" + "00000003" + "00000032"
        + "0002"
        + "0161" + "0000000000000001" + "0000000000000007" + "01" + "086e6f64652d612e78" + "18eb" + "42db" + "1f92"
        + "0572616b2d31" + "00000064"
        + "02c3a9" + "0000000000000003" + "0000000000000000" + "02" + "093132372e302e302e31" + "0000" + "0001" + "ffff"
        + "00" + "00002710"
        + "0001" + "0179" + "0000000000000009"
        + "049eadb8";

    /** Small domains, so that ids, incarnations and versions meet; the rest differs even under one version. */
    private static Arbitrary<NodeState> nodeStates() {
        return Combinators.combine(Arbitraries.of("a", "b", "c"), Arbitraries.longs().between(0, 3),
            Arbitraries.longs().between(0, 3), Arbitraries.of(Phase.class), Arbitraries.of("h", "i"),
            Arbitraries.of("", "z"), Arbitraries.integers().between(1, 3))
            .as((id, inc, ver, phase, host, zone, weight) ->
                new NodeState(id, inc, ver, phase, new NodeAddress(host, 1, 2, 3), zone, weight));
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
        return Combinators.combine(nodes, removal, removal).as((state, a, b) -> {
            RingState s = a.isPresent() ? state.withRemoved("a", a.get()) : state;
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

    @Property(tries = 200)
    void equalFingerprintsMeanEqualOwners(@ForAll("states") RingState x, @ForAll("states") RingState y) {
        boolean sameInputs = inputs(x).equals(inputs(y));
        assertEquals(sameInputs, x.fingerprint() == y.fingerprint());
    }

    private static String inputs(RingState state) {
        StringBuilder text = new StringBuilder();
        state.placedNodes().forEach(n -> text.append(n.id() + "/" + n.zone() + "/" + n.weight() + ";"));
        return text.toString();
    }

    private static RingState example() {
        return RingState.empty("stones", RingSettings.DEFAULT)
            .with(new NodeState("é", 3, 0, Phase.LEAVING, new NodeAddress("127.0.0.1", 0, 1, 65535), "", 10_000))
            .with(new NodeState("a", 1, 7, Phase.UP, new NodeAddress("node-a.x", 6379, 17115, 8082), "rak-1", 100))
            .withRemoved("y", 9);
    }

    @Test
    void formatIsFrozen() {
        byte[] bytes = example().encode();
        String hex = HexFormat.of().formatHex(bytes);
        assertEquals(GOLDEN, hex);
        assertEquals(example(), RingState.decode(HexFormat.of().parseHex(GOLDEN)));
    }

    @Test
    void damageIsRefused() {
        byte[] good = example().encode();
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
        for (int i = 0; i < RingState.MAX_NODES; i++) {
            nodes.add(new NodeState(text + String.format("%04d", i), Long.MAX_VALUE, Long.MAX_VALUE, Phase.UP,
                new NodeAddress(text + "host", 65535, 65535, 65535), text + "zone", NodeState.MAX_WEIGHT));
            removed.put(String.format("%04d", i) + text, Long.MAX_VALUE);
        }
        RingState full = RingState.of(state.cluster(), state.settings(), nodes, removed);
        assertEquals(full, RingState.decode(full.encode()));
        assertThrows(IllegalArgumentException.class, () -> full.with(nodes.get(0).withPhase(Phase.UP))
            .with(new NodeState("one more", 1, 1, Phase.UP, new NodeAddress("h", 1, 1, 1), "", 100)));
    }

    @Test
    void aRemovedNodeComesBackOnlyInANewIncarnation() {
        NodeState n = new NodeState("n", 4, 9, Phase.UP, new NodeAddress("h", 1, 2, 3), "", 100);
        RingState without = RingState.empty("c", RingSettings.DEFAULT).with(n).withRemoved("n", 4);
        assertTrue(without.nodes().isEmpty());
        assertTrue(without.with(n.withPhase(Phase.UP)).nodes().isEmpty());
        NodeState again = new NodeState("n", 5, 0, Phase.JOINING, n.address(), "", 100);
        assertEquals(Optional.of(again), without.with(again).node("n"));
    }

    @Test
    void fingerprintFollowsOwnershipOnly() {
        RingState x = example();
        NodeState a = x.node("a").orElseThrow();
        assertEquals(x.fingerprint(), x.with(a.withAddress(new NodeAddress("moved", 1, 2, 3))).fingerprint());
        assertEquals(x.fingerprint(), x.with(a.withPhase(Phase.JOINING)).fingerprint());
        assertEquals(x.fingerprint(), x.withRemoved("é", 3).fingerprint());
        assertNotEquals(x.fingerprint(), x.with(a.withPhase(Phase.LEAVING)).fingerprint());
        assertNotEquals(x.fingerprint(), x.with(a.withWeight(99)).fingerprint());
        RingState other = RingState.empty("stones", RingSettings.DEFAULT.withReplicas(2)).with(a);
        assertNotEquals(x.fingerprint(), other.fingerprint());
    }

    @Test
    void strangersDoNotMerge() {
        RingState x = RingState.empty("c", RingSettings.DEFAULT);
        assertThrows(IllegalArgumentException.class, () -> x.merge(RingState.empty("d", RingSettings.DEFAULT)));
        assertThrows(IllegalArgumentException.class,
            () -> x.merge(RingState.empty("c", RingSettings.DEFAULT.withReplicas(2))));
    }
}
