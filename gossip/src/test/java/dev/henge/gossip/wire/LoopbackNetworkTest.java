package dev.henge.gossip.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.gossip.wire.TestMessages.Blob;
import dev.henge.gossip.wire.TestMessages.Number;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LoopbackNetworkTest {
    private final LoopbackNetwork network = new LoopbackNetwork(WireLimits.DEFAULT.withQueuedBytesMax(1000));
    private final List<String> events = new ArrayList<>();

    private Transport attach(String id) {
        return network.attach(id, TestMessages.codec(), new Recorder(id, events));
    }

    @Test
    void attachedNodesAreConnectedAndATurnIsOneFrameInOrder() {
        Transport a = attach("a");
        attach("b");
        assertEquals(List.of("b+a", "b.", "a+b", "a."), events);
        events.clear();
        for (int i = 0; i < 3; i++) {
            assertTrue(a.send("b", new Number(i)));
        }
        assertFalse(network.step());
        a.flush();
        assertEquals(1, network.inFlight("a", "b"));
        assertEquals(1, network.run(10));
        assertEquals(List.of("b<a 0", "b<a 1", "b<a 2", "b."), events);
        assertFalse(a.send("c", new Number(1)));
    }

    /** Whoever receives is told before what comes, all together up to a bound, and receives it all the same. */
    @Test
    void whatComesIsToldBefore() {
        List<String> told = new ArrayList<>();
        Transport a = attach("a");
        network.attach("b", TestMessages.codec(), new Recorder("b", told) {
            @Override
            public void coming(Object[] messages, int count) {
                told.add("coming " + IntStream.range(0, count)
                        .mapToObj(i -> String.valueOf(((Number) messages[i]).value())).collect(Collectors.joining(" ")));
            }
        });
        told.clear();
        int messages = ArrivedMessages.MESSAGES_MAX + 3;
        List<String> expected = new ArrayList<>();
        for (int from = 0; from < messages; from += ArrivedMessages.MESSAGES_MAX) {
            int to = Math.min(messages, from + ArrivedMessages.MESSAGES_MAX);
            expected.add("coming " + IntStream.range(from, to).mapToObj(String::valueOf).collect(Collectors.joining(" ")));
            for (int i = from; i < to; i++) {
                assertTrue(a.send("b", new Number(i)));
                expected.add("b<a " + i);
            }
        }
        a.flush();
        assertTrue(a.send("b", new Number(99)));
        a.flush();
        expected.addAll(List.of("b.", "b<a 99", "b."));
        network.run(10);
        assertEquals(expected, told);
    }

    @Test
    void aCutLosesWhatIsInFlightAndTellsBoth() {
        Transport a = attach("a");
        attach("b");
        a.send("b", new Number(1));
        a.flush();
        events.clear();
        network.cut("a", "b");
        assertFalse(a.connected("b"));
        assertFalse(a.send("b", new Number(2)));
        assertEquals(0, network.run(10));
        assertEquals(List.of("a-b", "a.", "b-a", "b."), events);
        network.heal("a", "b");
        assertTrue(a.send("b", new Number(3)));
        a.flush();
        network.run(10);
        assertTrue(events.contains("b<a 3"), events::toString);
        assertFalse(events.contains("b<a 1"), events::toString);
    }

    @Test
    void aStalledLinkHoldsAndADropLoses() {
        Transport a = attach("a");
        attach("b");
        events.clear();
        network.stall("a", "b");
        for (int i = 0; i < 2; i++) {
            a.send("b", new Number(i));
            a.flush();
        }
        assertFalse(network.step());
        assertTrue(network.drop("a", "b"));
        network.heal("a", "b");
        network.run(10);
        assertEquals(List.of("b<a 1", "b."), events);
    }

    @Test
    void aKilledNodeIsRefusedToTheOthers() {
        attach("a");
        attach("b");
        events.clear();
        network.detach("b");
        assertEquals(List.of("a!b", "a."), events);
        attach("b");
        assertTrue(events.contains("a+b"), events::toString);
    }

    @Test
    void theBoundRefusesUntilDelivered() {
        Transport a = attach("a");
        attach("b");
        assertTrue(a.send("b", new Blob(new byte[2000])));
        assertFalse(a.send("b", new Number(1)));
        a.flush();
        assertTrue(a.queuedBytes("b") > 2000);
        network.run(1);
        assertEquals(0, a.queuedBytes("b"));
        assertTrue(a.send("b", new Number(1)));
    }

    @Test
    void theSameSeedIsTheSameRunAndAnotherIsNot() {
        List<String> first = randomRun(11);
        assertEquals(first, randomRun(11), "seed 11");
        assertNotEquals(first, randomRun(12), "seeds 11 and 12");
    }

    private static List<String> randomRun(long seed) {
        LoopbackNetwork network = new LoopbackNetwork(WireLimits.DEFAULT);
        List<String> events = new ArrayList<>();
        Random chance = new Random(seed);
        List<Transport> nodes = new ArrayList<>();
        for (String id : List.of("a", "b", "c")) {
            nodes.add(network.attach(id, TestMessages.codec(), new Recorder(id, events)));
        }
        for (int i = 0; i < 60; i++) {
            nodes.get(i % 3).send(List.of("b", "c", "a").get(i % 3), new Number(i));
            nodes.get(i % 3).send(List.of("c", "a", "b").get(i % 3), new Number(i));
            nodes.get(i % 3).flush();
        }
        int steps = 0;
        while (network.step(chance)) {
            steps++;
        }
        assertEquals(120, steps);
        for (String link : List.of("b<a ", "c<b ", "a<c ", "c<a ", "a<b ", "b<c ")) {
            List<Integer> numbers = events.stream().filter(event -> event.startsWith(link))
                    .map(event -> Integer.valueOf(event.substring(link.length()))).toList();
            assertEquals(numbers.stream().sorted().toList(), numbers, () -> link + "is out of order, seed " + seed);
        }
        return events;
    }

    /** Writes down every call: + connected, - lost, ! refused, < received, . turn ended. */
    private static class Recorder implements MessageHandler {
        private final String id;
        private final List<String> events;

        Recorder(String id, List<String> events) {
            this.id = id;
            this.events = events;
        }

        @Override
        public void received(String fromId, Object message) {
            events.add(id + "<" + fromId + " " + (message instanceof Number n ? n.value() : message));
        }

        @Override
        public void turnEnded() {
            events.add(id + ".");
        }

        @Override
        public void connected(String peerId) {
            events.add(id + "+" + peerId);
        }

        @Override
        public void disconnected(String peerId, boolean refused) {
            events.add(id + (refused ? "!" : "-") + peerId);
        }
    }
}
