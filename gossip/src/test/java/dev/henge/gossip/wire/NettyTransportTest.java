package dev.henge.gossip.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.gossip.wire.TestMessages.Blob;
import dev.henge.gossip.wire.TestMessages.Number;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NettyTransportTest {
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable closeable : open) {
            closeable.close();
        }
    }

    private TestNode node(String id, EventLoops.Kind kind, int loops, int port, WireLimits limits) throws IOException {
        TestNode node = new TestNode("test", id, kind, loops, port, limits, TestMessages.codec());
        open.add(node);
        return node;
    }

    private TestNode node(String id) throws IOException {
        return node(id, EventLoops.Kind.AUTO, 1, 0, WireLimits.DEFAULT);
    }

    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "NIO"})
    void aTurnIsOneFrameAndOrderIsKept(EventLoops.Kind kind) throws IOException {
        TestNode a = node("a", kind, 1, 0, WireLimits.DEFAULT);
        TestNode b = node("b", kind, 1, 0, WireLimits.DEFAULT);
        a.knows("b", b);
        a.awaitConnected("b");
        int sends = 5000;
        a.onLoop(() -> {
            for (int i = 0; i < sends; i++) {
                assertTrue(a.transport().send("b", new Number(i)));
            }
            assertEquals(0, a.transport().framesWritten());
            assertTrue(a.transport().queuedBytes("b") > sends);
            a.transport().flush();
            assertEquals(1, a.transport().framesWritten());
            a.transport().flush();
            assertEquals(1, a.transport().framesWritten());
            return null;
        });
        TestNode.await(() -> b.count("received") == sends, "all received, log " + b.log);
        assertEquals(LongStream.range(0, sends).mapToObj(Number::new).toList(), b.messages());
        TestNode.await(() -> b.events.stream().reduce((x, y) -> y).orElseThrow().what().equals("turn"), "turn ended");
        assertEquals(0, b.count("WRONG THREAD") + a.count("WRONG THREAD"));
        Peer peer = a.onLoop(() -> a.transport().peerInfo("b"));
        assertEquals(new Peer("b", 1, 7, 0, 1, FrameFormat.VERSION_MAX), peer);
        TestNode.await(() -> a.onLoop(() -> a.transport().queuedBytes("b")) == 0, "queue drained");
    }

    @Test
    void aMessageOfManyPiecesArrivesWhole() throws IOException {
        TestNode a = node("a");
        TestNode b = node("b");
        a.knows("b", b);
        a.awaitConnected("b");
        byte[] large = new byte[(20 << 20) + 7];
        new Random(5).nextBytes(large);
        assertTrue(a.sendAndFlush("b", new Blob(large)));
        assertTrue(a.sendAndFlush("b", new Number(1)));
        TestNode.await(() -> b.count("received") == 2, "both received, log " + b.log);
        assertArrayEquals(large, ((Blob) b.messages().get(0)).bytes());
    }

    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "NIO"})
    void aKilledPeerIsRefusedAndFoundAgain(EventLoops.Kind kind) throws IOException {
        TestNode a = node("a", kind, 1, 0, WireLimits.DEFAULT);
        TestNode b = node("b", kind, 1, 0, WireLimits.DEFAULT);
        a.knows("b", b);
        a.awaitConnected("b");
        int port = b.port();
        b.close();
        TestNode.await(() -> a.count("lost") == 1 && a.count("refused") >= 1, "lost and refused, " + a.events);
        assertFalse(a.sendAndFlush("b", new Number(1)));
        TestNode again = node("b", kind, 1, port, WireLimits.DEFAULT);
        a.awaitConnected("b");
        assertTrue(a.sendAndFlush("b", new Number(2)));
        TestNode.await(() -> again.count("received") == 1, "received after the restart");
        assertEquals(List.of(new Number(2)), again.messages());
        assertEquals(List.of(), List.copyOf(a.log));
    }

    @Test
    void aPeerThatNeverWasIsRefused() throws IOException {
        TestNode a = node("a");
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        a.transport().peer("b", "127.0.0.1", port);
        TestNode.await(() -> a.count("refused") >= 2, "refused twice");
        assertEquals(0, a.count("lost") + a.count("connected"));
        a.transport().forget("b");
        a.transport().peer("c", "localhost", port);
        TestNode.await(() -> a.events.stream().anyMatch(e -> "c".equals(e.peer())), "a name is looked up");
    }

    @Test
    void overTheBoundSendsAreRefusedUntilItDrains() throws IOException {
        WireLimits limits = WireLimits.DEFAULT.withQueuedBytesMax(1 << 20).withFrameSplitBytes(1 << 16);
        TestNode a = node("a", EventLoops.Kind.AUTO, 1, 0, limits);
        TestNode b = node("b");
        a.knows("b", b);
        a.awaitConnected("b");
        long sent = a.onLoop(() -> {
            long count = 0;
            while (a.transport().send("b", new Blob(new byte[10_000]))) {
                count++;
            }
            assertFalse(a.transport().send("b", new Number(1)));
            assertTrue(a.transport().queuedBytes("b") < (1 << 20) + 20_000);
            assertTrue(a.transport().connected("b"));
            a.transport().flush();
            return count;
        });
        assertTrue(sent > 90, () -> sent + " sent");
        TestNode.await(() -> a.sendAndFlush("b", new Number(2)), "accepted after draining");
        TestNode.await(() -> b.count("received") == sent + 1, "all accepted ones received");
        assertEquals(1, a.log.size(), a.log::toString);
        assertTrue(a.log.peek().contains("the bound is 1048576"), a.log::toString);
    }

    @Test
    void aPeerThatStopsReadingReachesTheBoundAndRecovers() throws IOException {
        TestNode a = node("a", EventLoops.Kind.AUTO, 1, 0, WireLimits.DEFAULT.withQueuedBytesMax(1 << 20));
        try (ServerSocket listener = new ServerSocket(0)) {
            a.transport().peer("b", "127.0.0.1", listener.getLocalPort());
            try (Socket accepted = listener.accept()) {
                byte[] length = accepted.getInputStream().readNBytes(FrameFormat.LENGTH_BYTES);
                accepted.getInputStream().readNBytes(FrameFormat.i32(length, 0));
                accepted.getOutputStream().write(RawPeer.handshake("test", "b", 1, 1));
                a.awaitConnected("b");
                int sent = 0;
                while (a.sendAndFlush("b", new Blob(new byte[100_000]))) {
                    sent++;
                    assertTrue(sent < 10_000, "the bound was never reached");
                }
                long queued = a.onLoop(() -> a.transport().queuedBytes("b"));
                assertTrue(queued >= 1 << 20 && queued < (1 << 20) + 200_000, () -> queued + " bytes queued");
                long frameBytes = RawPeer.frame(new Blob(new byte[100_000])).length;
                accepted.setSoTimeout((int) TestNode.DEADLINE_MILLIS);
                accepted.getInputStream().skipNBytes(sent * frameBytes);
                TestNode.await(() -> a.onLoop(() -> a.transport().queuedBytes("b")) == 0, "drained");
                assertTrue(a.sendAndFlush("b", new Number(1)));
                byte[] last = RawPeer.frame(new Number(1));
                assertArrayEquals(last, accepted.getInputStream().readNBytes(last.length));
            }
        }
        assertEquals(1, a.log.stream().filter(line -> line.contains("the bound is")).count(), a.log::toString);
    }

    @Test
    void aMessageLargerThanAFrameIsRefusedAndTheConnectionStays() throws IOException {
        TestNode a = node("a", EventLoops.Kind.AUTO, 1, 0, WireLimits.DEFAULT.withFrameBytesMax(1 << 16));
        TestNode b = node("b");
        a.knows("b", b);
        a.awaitConnected("b");
        assertFalse(a.sendAndFlush("b", new Blob(new byte[1 << 17])));
        assertTrue(a.sendAndFlush("b", new Number(1)));
        TestNode.await(() -> b.count("received") == 1, "the next one");
        assertTrue(a.log.size() == 1 && a.log.peek().contains("larger than a frame"), a.log::toString);
    }

    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "NIO"})
    void everyLoopTalksWithItsNamesake(EventLoops.Kind kind) throws IOException {
        TestNode a = node("a", kind, 3, 0, WireLimits.DEFAULT);
        TestNode b = node("b", kind, 3, 0, WireLimits.DEFAULT);
        a.knows("b", b);
        b.knows("a", a);
        a.awaitConnected("b");
        b.awaitConnected("a");
        for (int i = 0; i < 300; i++) {
            int number = i;
            int loop = i % 3;
            a.onLoop(loop, () -> {
                assertTrue(a.transports.get(loop).send("b", new Number(number)));
                a.transports.get(loop).flush();
                return null;
            });
        }
        TestNode.await(() -> b.count("received") == 300, "all received, log " + b.log);
        for (TestNode.Event event : b.events) {
            if (event.message() instanceof Number number) {
                assertEquals(number.value() % 3, event.loop());
            }
        }
        assertEquals(0, a.count("WRONG THREAD") + b.count("WRONG THREAD"));
        assertEquals(3, b.onLoop(2, () -> b.transports.get(2).peerInfo("a")).loops());
    }

    @Test
    void aForgottenPeerIsLeftInSilence() throws IOException {
        TestNode a = node("a");
        TestNode b = node("b");
        a.knows("b", b);
        a.awaitConnected("b");
        a.transport().forget("b");
        TestNode.await(() -> b.server.connections() == 0, "closed");
        assertFalse(a.sendAndFlush("b", new Number(1)));
        assertEquals(0, a.count("lost") + a.count("refused"));
        a.knows("b", b);
        a.awaitConnected("b");
        a.transport().close();
        TestNode.await(() -> b.server.connections() == 0, "closed again");
        assertEquals(0, a.count("lost") + a.count("refused"));
    }

    @Test
    void aNewAddressReplacesTheOldOne() throws IOException {
        TestNode a = node("a");
        TestNode old = node("b");
        TestNode moved = node("b");
        a.knows("b", old);
        a.awaitConnected("b");
        a.knows("b", moved);
        a.awaitConnected("b");
        assertTrue(a.sendAndFlush("b", new Number(3)));
        TestNode.await(() -> moved.count("received") == 1, "received at the new address");
        TestNode.await(() -> old.server.connections() == 0, "the old one is closed");
    }

    @Test
    void aPeersNewConnectionEndsItsOldOne() throws IOException {
        TestNode b = node("b");
        try (Socket first = RawPeer.connect(b.port(), "x");
                Socket second = RawPeer.connect(b.port(), "x")) {
            assertEquals(-1, first.getInputStream().read());
            second.getOutputStream().write(RawPeer.frame(new Number(4)));
            TestNode.await(() -> b.count("received") == 1, "received on the new one");
        }
        assertEquals(List.of(), List.copyOf(b.log));
    }

    @Test
    void anotherNodeAtThePeersAddressIsNotThePeer() throws IOException {
        TestNode a = node("a");
        TestNode c = node("c");
        a.transport().peer("b", "127.0.0.1", c.port());
        TestNode.await(() -> a.log.size() == 1, "a line in the log");
        assertTrue(a.log.peek().contains("refused by this node: at this address is node \"c\""), a.log::toString);
        assertEquals(0, a.count("connected"));
    }

    @Test
    void ioUringWorksWithTwoLoopsOrSaysWhyNot() throws IOException {
        TestNode a;
        try {
            a = node("a", EventLoops.Kind.IO_URING, 2, 0, WireLimits.DEFAULT);
        } catch (IllegalStateException e) {
            assertTrue(e.getMessage().startsWith("IO_URING does not work here"), e::getMessage);
            return;
        }
        TestNode b = node("b", EventLoops.Kind.IO_URING, 2, 0, WireLimits.DEFAULT);
        a.knows("b", b);
        a.awaitConnected("b");
        assertTrue(a.sendAndFlush("b", new Number(1)));
        TestNode.await(() -> b.count("received") == 1, "received");
        assertEquals(Arrays.asList(new Number(1)), b.messages());
    }
}
