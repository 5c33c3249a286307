package dev.henge.gossip.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.gossip.wire.TestMessages.Blob;
import dev.henge.gossip.wire.TestMessages.Number;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a rubbish peer costs: its own connection, one line, and nothing else. */
class RubbishPeerTest {
    private static final WireLimits LIMITS = WireLimits.DEFAULT.withWarningsPerSecondMax(1_000_000);

    private TestNode good;
    private TestNode victim;
    private long pings;

    @BeforeEach
    void connectANeighbour() throws IOException {
        victim = new TestNode("test", "victim", EventLoops.Kind.AUTO, 1, 0, LIMITS, TestMessages.codec());
        good = TestNode.start("good", EventLoops.Kind.AUTO);
        good.knows("victim", victim);
        good.awaitConnected("victim");
    }

    @AfterEach
    void closeAll() {
        good.close();
        victim.close();
    }

    private void theNeighbourStillWorks() {
        Number ping = new Number(1_000_000 + pings++);
        assertTrue(good.sendAndFlush("victim", ping));
        TestNode.await(() -> victim.messages().contains(ping), "the neighbour's message");
        assertEquals(0, good.count("lost"));
    }

    private void cutWithOneLine(Socket socket, String reason) throws IOException {
        RawPeer.awaitCut(socket);
        TestNode.await(() -> !victim.log.isEmpty(), "a line saying " + reason);
        theNeighbourStillWorks();
        assertEquals(1, victim.log.size(), victim.log::toString);
        String line = victim.log.poll();
        assertTrue(line.contains(reason) && line.contains("127.0.0.1"), line);
    }

    private void strangerSays(byte[] bytes, String reason) throws IOException {
        try (Socket socket = RawPeer.open(victim.port())) {
            socket.getOutputStream().write(bytes);
            cutWithOneLine(socket, reason);
        }
    }

    private void peerSays(byte[] bytes, String reason) throws IOException {
        try (Socket socket = RawPeer.connect(victim.port(), "rubbish")) {
            socket.getOutputStream().write(bytes);
            cutWithOneLine(socket, reason);
        }
    }

    @Test
    void aStrangerIsTurnedAway() throws IOException {
        strangerSays("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII),
                "a frame of 542393671 bytes");
        strangerSays(RawPeer.handshake("other", "x", 1, 1), "node \"x\" belongs to cluster \"other\", node \"victim\" to cluster \"test\"");
        strangerSays(RawPeer.handshake("test", "x", 3, 9), "node \"x\" speaks versions 3 to 9");
        strangerSays(RawPeer.frame(new Number(1)), "a frame of version 1 where 0");
        byte[] twice = RawPeer.handshake("test", "x", 1, 1);
        byte[] both = Arrays.copyOf(twice, 2 * twice.length);
        System.arraycopy(twice, 0, both, twice.length, twice.length);
        strangerSays(both, "bytes after its handshake");
        byte[] wrongMagic = rawFrame(0, new byte[] {'H', 'E', 'L', 'O', 1, 1, 1});
        strangerSays(wrongMagic, "is not Henge's");
        byte[] laterLayout = rawFrame(0, new byte[] {'H', 'N', 'G', 'W', 2, 1, 1});
        strangerSays(laterLayout, "a handshake of layout 2");
    }

    @Test
    void aPeerThatBreaksTheFormatIsCut() throws IOException {
        byte[] giant = new byte[FrameFormat.HEADER_BYTES];
        FrameFormat.putI32(giant, 0, Integer.MAX_VALUE);
        peerSays(giant, "a frame of 2147483647 bytes");
        byte[] badCrc = RawPeer.frame(new Number(1));
        badCrc[badCrc.length - 1] ^= 1;
        peerSays(badCrc, "checksum");
        peerSays(rawFrame(1, new byte[] {77, 0, 0, 0, 0}), "unknown message type 77");
        peerSays(rawFrame(1, new byte[] {2, 1, 0, 0, 0, 5, 9}), "unknown message type 9");
        assertTrue(victim.messages().contains(new Number(5)), "what stood before it in the frame");
        peerSays(rawFrame(1, new byte[] {2, 2, 0, 0, 0, 5, 9}), "left 1 bytes unread");
        peerSays(rawFrame(2, new byte[] {2, 1, 0, 0, 0, 5}), "a frame of version 2");
        peerSays(RawPeer.handshake("test", "rubbish", 1, 1), "a frame of version 0");
    }

    @Test
    void messagesBeforeTheFaultAreDeliveredAndNoneAfterIt() throws IOException {
        byte[] fine = RawPeer.frame(new Number(1), new Number(2));
        byte[] bad = RawPeer.frame(new Number(3));
        bad[6] ^= 1;
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(fine);
        all.writeBytes(bad);
        all.writeBytes(RawPeer.frame(new Number(4)));
        peerSays(all.toByteArray(), "checksum");
        assertEquals(List.of(new Number(1), new Number(2)), victim.messages().subList(0, 2));
        assertFalse(victim.messages().contains(new Number(4)));
    }

    @Test
    void aSilentStrangerIsCutAfterItsTime() throws IOException {
        try (TestNode strict = new TestNode("test", "strict", EventLoops.Kind.AUTO, 1, 0,
                LIMITS.withHandshakeTimeoutMillis(50).withInboundConnectionsMax(2), TestMessages.codec());
                Socket first = RawPeer.open(strict.port());
                Socket second = RawPeer.connect(strict.port(), "x")) {
            first.getOutputStream().write(1);
            RawPeer.awaitCut(first);
            assertTrue(strict.log.size() == 1 && strict.log.peek().contains("no handshake within 50 ms"),
                    strict.log::toString);
            second.getOutputStream().write(RawPeer.frame(new Number(8)));
            TestNode.await(() -> strict.count("received") == 1, "the one that did introduce itself");
            TestNode.await(() -> strict.server.connections() == 1, "the silent one is gone");
            try (Socket third = RawPeer.connect(strict.port(), "y"); Socket fourth = RawPeer.open(strict.port())) {
                RawPeer.awaitCut(fourth);
                assertTrue(third.isConnected());
            }
            assertTrue(strict.log.stream().anyMatch(line -> line.contains("2 are open already")), strict.log::toString);
        }
    }

    @Test
    void randomAndDamagedBytesNeverHurtANeighbour() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int rounds = 150;
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            boolean introduced = random.nextBoolean();
            Socket socket = introduced ? RawPeer.connect(victim.port(), "r" + i) : RawPeer.open(victim.port());
            sockets.add(socket);
            byte[] bytes = switch (random.nextInt(3)) {
                case 0 -> randomBytes(random, 1 + random.nextInt(5000));
                case 1 -> damaged(random, introduced ? RawPeer.frame(new Number(5), new Blob(new byte[300]))
                        : RawPeer.handshake("test", "r" + i, 1, 1));
                default -> rawFrame(introduced ? 1 : 0, randomBytes(random, 1 + random.nextInt(500)));
            };
            try {
                socket.getOutputStream().write(bytes);
                socket.shutdownOutput();
            } catch (SocketException cutAlready) {
                assertTrue(socket.isConnected());
            }
            if (i % 10 == 0) {
                theNeighbourStillWorks();
            }
        }
        for (Socket socket : sockets) {
            RawPeer.awaitCut(socket);
            socket.close();
        }
        TestNode.await(() -> victim.server.connections() == 1, "only the neighbour is left, seed " + seed);
        theNeighbourStillWorks();
        assertTrue(victim.log.size() <= rounds, () -> victim.log.size() + " lines, seed " + seed);
        assertTrue(victim.log.size() > rounds / 3, () -> victim.log.size() + " lines, seed " + seed);
    }

    @Test
    void aPeerThatIsCutInTheMiddleOfAFrameCostsNoLine() throws IOException {
        byte[] whole = RawPeer.frame(new Blob(new byte[5000]));
        try (Socket socket = RawPeer.connect(victim.port(), "x")) {
            socket.getOutputStream().write(whole, 0, 3000);
            TestNode.await(() -> victim.server.connections() == 2, "both connections");
        }
        TestNode.await(() -> victim.server.connections() == 1, "gone");
        theNeighbourStillWorks();
        assertEquals(List.of(), List.copyOf(victim.log));
    }

    @Test
    void linesAreCountedOnceThereAreTooMany() {
        List<String> lines = new ArrayList<>();
        long[] now = {0};
        Warnings warnings = new Warnings(lines::add, () -> now[0], 2);
        for (int i = 0; i < 5; i++) {
            warnings.warn("line " + i);
        }
        now[0] = 1_000_000_000L;
        warnings.warn("line 5");
        assertEquals(List.of("line 0", "line 1", "3 more lines about the wire were left out", "line 5"), lines);
    }

    private static byte[] rawFrame(int version, byte[] body) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        FrameBuilder builder = new FrameBuilder(LIMITS, version, out::write);
        builder.raw().writeBytes(body);
        builder.seal();
        return out.toByteArray();
    }

    private static byte[] randomBytes(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] damaged(Random random, byte[] bytes) {
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        return bytes;
    }
}
