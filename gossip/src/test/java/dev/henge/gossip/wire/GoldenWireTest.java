package dev.henge.gossip.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.gossip.wire.TestMessages.Number;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
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

    /** A file of hex bytes; blanks and what follows a # do not count. */
    private static String golden(String name) throws IOException {
        try (InputStream in = GoldenWireTest.class.getResourceAsStream("/wire/" + name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).replaceAll("#.*", "").replaceAll("\\s", "");
        }
    }
}
