package dev.henge.gossip.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.gossip.wire.TestMessages.Blob;
import dev.henge.gossip.wire.TestMessages.Number;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Nodes of neighbouring versions in one ring, and saved bytes of the old one against this one. */
class MixedVersionsTest {
    private static final Versions OLD = new Versions(1, 1);

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable closeable : open) {
            closeable.close();
        }
    }

    /** What came with version 2, for the test. */
    private record News(long value) {}

    private record NewsType(int since) implements MessageType<News> {
        @Override
        public int id() {
            return 500;
        }

        @Override
        public Class<News> type() {
            return News.class;
        }

        @Override
        public void write(News news, WireOutput out) {
            out.varint(news.value);
        }

        @Override
        public News read(WireInput in) {
            return new News(in.varint());
        }
    }

    private static MessageCodec newCodec() {
        return new MessageCodec(List.of(TestMessages.EVERYTHING, TestMessages.NUMBER, TestMessages.BLOB, new NewsType(2)));
    }

    private TestNode node(String id, Versions versions, MessageCodec codec) throws IOException {
        TestNode node = TestNode.start(new NodeIdentity("henge", id, 7, 1, ClusterSecret.NONE), versions, codec);
        open.add(node);
        return node;
    }

    @Test
    void aNewTypeIsNotSentToAPeerThatDoesNotKnowItAndCostsNoConnection() throws IOException {
        TestNode old = node("old", OLD, TestMessages.codec());
        TestNode now = node("now", Versions.OURS, newCodec());
        TestNode other = node("other", Versions.OURS, newCodec());
        now.knows("old", old);
        now.knows("other", other);
        now.awaitConnected("old");
        now.awaitConnected("other");
        for (int i = 0; i < 3; i++) {
            assertFalse(now.sendAndFlush("old", new News(i)));
            assertTrue(now.sendAndFlush("other", new News(i)));
            assertTrue(now.sendAndFlush("old", new Number(i)));
        }
        TestNode.await(() -> old.messages().equals(List.of(new Number(0), new Number(1), new Number(2))), "old types");
        TestNode.await(() -> other.messages().equals(List.of(new News(0), new News(1), new News(2))), "new types");
        assertEquals(3, now.onLoop(() -> now.transport().messagesTooNew()));
        assertEquals(List.of("peer old speaks version 1 of the wire: messages of type 500, News, came with 2; not sent"),
                List.copyOf(now.log));
        assertEquals(0, now.count("lost"));
        assertEquals(List.of(), List.copyOf(old.log));
    }

    @Test
    void aTypeOfAVersionThatNobodySpeaksIsRefused() {
        for (int since : new int[] {0, FrameFormat.VERSION_MAX + 1}) {
            assertThrows(IllegalArgumentException.class, () -> new MessageCodec(List.of(new NewsType(since))));
        }
    }

    /** Byte for byte what a node of version 1 says, as the saved files have it, and what it must hear. */
    @Test
    void aSavedConversationOfVersion1IsUnderstood() throws IOException {
        TestNode now = node("now", Versions.OURS, newCodec());
        try (Socket socket = RawPeer.open(now.port())) {
            socket.getOutputStream().write(golden("handshake.hex"));
            byte[] expected = Introduction.frame(new Handshake(1, FrameFormat.VERSION_MAX, "henge", "now", 7, 0, 1).body());
            assertArrayEquals(expected, socket.getInputStream().readNBytes(expected.length));
            socket.getOutputStream().write(golden("message.hex"));
            socket.getOutputStream().write(golden("message.hex"));
            TestNode.await(() -> now.messages().equals(List.of(new Number(300), new Number(300))), "the messages");
        }
        assertEquals(List.of(), List.copyOf(now.log));
    }

    @Test
    void aNodeOfVersion1ThatIsDialledHearsItsOwnLayoutAndFrames() throws IOException {
        TestNode now = node("now", Versions.OURS, newCodec());
        try (ServerSocket listener = new ServerSocket(0)) {
            now.transport().peer("node-1", "127.0.0.1", listener.getLocalPort());
            try (Socket accepted = listener.accept()) {
                accepted.setSoTimeout((int) TestNode.DEADLINE_MILLIS);
                byte[] hello = Introduction.frame(new Handshake(1, FrameFormat.VERSION_MAX, "henge", "now", 7, 0, 1).body());
                assertArrayEquals(hello, accepted.getInputStream().readNBytes(hello.length));
                accepted.getOutputStream().write(golden("handshake.hex"));
                now.awaitConnected("node-1");
                assertTrue(now.sendAndFlush("node-1", new Number(300)));
                byte[] message = golden("message.hex");
                assertArrayEquals(message, accepted.getInputStream().readNBytes(message.length));
                assertFalse(now.sendAndFlush("node-1", new News(1)));
                assertTrue(now.sendAndFlush("node-1", new Blob(new byte[1])));
            }
        }
    }

    private static byte[] golden(String name) throws IOException {
        return HexFormat.of().parseHex(GoldenWireTest.golden(name));
    }
}
