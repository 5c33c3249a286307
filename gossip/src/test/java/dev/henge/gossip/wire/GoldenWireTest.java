package dev.henge.gossip.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.gossip.wire.TestMessages.Number;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Bytes of docs/formats/wire.md's example: a change of either is a new version of the protocol. */
class GoldenWireTest {
    @Test
    void handshake() throws IOException {
        Handshake handshake = new Handshake(1, 1, "henge", "node-1", 7, 0, 1);
        assertEquals(golden("handshake.hex"), HexFormat.of().formatHex(Introduction.frame(handshake.body())));

        FrameParser parser = new FrameParser(FrameFormat.VERSION_HANDSHAKE, Handshake.FRAME_BYTES_MAX);
        parser.append(HexFormat.of().parseHex(golden("handshake.hex")));
        assertTrue(parser.next());
        assertEquals(handshake, Handshake.read(parser.bodyCopy()));
    }

    @Test
    void message() throws IOException {
        MessageCodec codec = TestMessages.codec();
        StringBuilder written = new StringBuilder();
        FrameBuilder builder = new FrameBuilder(WireLimits.DEFAULT, 1,
                (bytes, offset, length) -> written.append(HexFormat.of().formatHex(bytes, offset, offset + length)));
        builder.append(new Number(300), codec);
        builder.seal();
        assertEquals(golden("message.hex"), written.toString());

        FrameParser parser = new FrameParser(1, 1 << 20);
        parser.append(HexFormat.of().parseHex(golden("message.hex")));
        assertTrue(parser.next());
        assertEquals(new Number(300), codec.read(parser.body(codec)));
    }

    /** The whole conversation of two nodes that know a secret, and a refusal. */
    @Test
    void introduction() throws IOException {
        ClusterSecret secret = ClusterSecret.of("correct horse battery staple");
        NodeIdentity opener = new NodeIdentity("henge", "node-1", 7, 0x0123456789abcdefL, secret);
        NodeIdentity acceptor = new NodeIdentity("henge", "node-2", 9, 0x1122334455667788L, secret);
        Versions versions = new Versions(1, 2);
        OpenerHandshake one = new OpenerHandshake(opener, Handshake.of(opener, versions, 0, 1), "node-2", nonce(0),
                peer -> Optional.empty());
        said("introduction-1-first.hex", one.first());
        AcceptorHandshake other = new AcceptorHandshake(acceptor, Handshake.of(acceptor, versions, 0, 1),
                body("introduction-1-first.hex"), nonce(0x80));
        said("introduction-2-challenge.hex", ((Step.Send) other.begin()).frame());
        said("introduction-3-proof.hex", ((Step.Send) one.receive(body("introduction-2-challenge.hex"))).frame());
        Step.Done accepted = (Step.Done) other.receive(body("introduction-3-proof.hex"));
        said("introduction-4-welcome.hex", accepted.frame());
        assertEquals(new Peer("node-2", 9, 0x1122334455667788L, 0, 1, 2),
                ((Step.Done) one.receive(body("introduction-4-welcome.hex"))).peer());

        Refusal why = new Refusal(Refusal.Reason.CLUSTER, "other words");
        said("introduction-refusal.hex", Introduction.frame(new Introduction.Refused(why).body()));
        assertEquals(new Introduction.Refused(why), Introduction.read(body("introduction-refusal.hex")));
    }

    private static byte[] nonce(int from) {
        byte[] nonce = new byte[Introduction.NONCE_BYTES];
        for (int i = 0; i < nonce.length; i++) {
            nonce[i] = (byte) (from + i);
        }
        return nonce;
    }

    private static void said(String name, byte[] frame) throws IOException {
        assertEquals(golden(name), HexFormat.of().formatHex(frame), name);
    }

    private static byte[] body(String name) throws IOException {
        FrameParser parser = new FrameParser(FrameFormat.VERSION_HANDSHAKE, Handshake.FRAME_BYTES_MAX);
        parser.append(HexFormat.of().parseHex(golden(name)));
        assertTrue(parser.next());
        return parser.bodyCopy();
    }

    /** Frames of version 2 differ from those of version 1 in the version alone. */
    @Test
    void messageOfVersion2() throws IOException {
        MessageCodec codec = TestMessages.codec();
        FrameParser parser = new FrameParser(2, 1 << 20);
        parser.append(HexFormat.of().parseHex(golden("message-2.hex")));
        assertTrue(parser.next());
        assertEquals(new Number(300), codec.read(parser.body(codec)));
        StringBuilder written = new StringBuilder();
        FrameBuilder builder = new FrameBuilder(WireLimits.DEFAULT, FrameFormat.VERSION_MAX,
                (bytes, offset, length) -> written.append(HexFormat.of().formatHex(bytes, offset, offset + length)));
        builder.append(new Number(300), codec);
        builder.seal();
        assertEquals(golden("message-2.hex"), written.toString());
    }

    /** A file of hex bytes; blanks and what follows a # do not count. */
    static String golden(String name) throws IOException {
        try (InputStream in = GoldenWireTest.class.getResourceAsStream("/wire/" + name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).replaceAll("#.*", "").replaceAll("\\s", "");
        }
    }
}
