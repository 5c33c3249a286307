package dev.henge.gossip.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.gossip.wire.TestMessages.Blob;
import dev.henge.gossip.wire.TestMessages.Number;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class FrameTest {
    private static final int SPLIT_BYTES = 1000;
    private static final WireLimits LIMITS =
            WireLimits.DEFAULT.withFrameBytesMax(64 << 10).withFrameSplitBytes(SPLIT_BYTES);

    private final MessageCodec codec = TestMessages.codec();
    private final List<byte[]> frames = new ArrayList<>();
    private final FrameBuilder builder = new FrameBuilder(LIMITS, FrameFormat.VERSION_MAX,
            (bytes, offset, length) -> frames.add(Arrays.copyOfRange(bytes, offset, offset + length)));

    @Test
    void aTurnIsOneFrame() {
        for (int i = 0; i < 100; i++) {
            assertTrue(builder.append(new Number(i), codec));
        }
        assertEquals(List.of(), frames);
        builder.seal();
        builder.seal();
        assertEquals(1, frames.size());
    }

    @Test
    void aFullFrameIsSealedAndALargeMessageHasItsOwn() {
        builder.append(new Blob(new byte[600]), codec);
        builder.append(new Blob(new byte[600]), codec);
        builder.append(new Blob(new byte[5000]), codec);
        builder.append(new Blob(new byte[10]), codec);
        builder.append(new Blob(new byte[20]), codec);
        builder.seal();
        assertEquals(List.of(List.of(600), List.of(600), List.of(5000), List.of(10, 20)),
                frames.stream().map(frame -> sizes(decode(frame))).toList());
    }

    @Test
    void aMessageLargerThanAFrameIsRefusedAndTheOthersGo() {
        builder.append(new Number(1), codec);
        assertFalse(builder.append(new Blob(new byte[64 << 10]), codec));
        assertFalse(builder.append(new Blob(new byte[1 << 20]), codec));
        builder.append(new Number(2), codec);
        builder.seal();
        assertEquals(List.of(new Number(1), new Number(2)), decode(frames.get(0)));
    }

    @Property(tries = 200)
    void anySplittingOfTheBytesGivesTheSameMessages(@ForAll long seed) {
        frames.clear();
        Random random = new Random(seed);
        List<Integer> sent = new ArrayList<>();
        FrameParser parser = new FrameParser(FrameFormat.VERSION_MAX, LIMITS.frameBytesMax());
        List<Object> received = new ArrayList<>();
        for (int turn = 0; turn < 8; turn++) {
            for (int i = random.nextInt(20); i >= 0; i--) {
                int size = random.nextInt(random.nextInt(10) == 0 ? 9000 : 300);
                sent.add(size);
                builder.append(new Blob(new byte[size]), codec);
            }
            builder.seal();
        }
        byte[] stream = join(frames);
        for (int at = 0; at < stream.length;) {
            int piece = Math.min(stream.length - at, 1 + random.nextInt(4000));
            parser.append(Arrays.copyOfRange(stream, at, at + piece));
            at += piece;
            while (parser.next()) {
                BoundedInput body = parser.body(codec);
                while (body.remaining() > 0) {
                    received.add(codec.read(body));
                }
            }
        }
        assertEquals(sent, sizes(received));
        assertEquals(0, parser.unread());
    }

    @Test
    void aGiantLengthTakesNoMemoryUntilBytesCome() {
        FrameParser parser = new FrameParser(FrameFormat.VERSION_MAX, 513 << 20);
        byte[] start = new byte[FrameFormat.HEADER_BYTES];
        FrameFormat.putI32(start, 0, 513 << 20);
        start[FrameFormat.VERSION_AT] = FrameFormat.VERSION_MAX;
        parser.append(start);
        assertFalse(parser.next());
        parser.append(new byte[10_000]);
        assertFalse(parser.next());
        assertTrue(parser.heldBytes() <= 2 * 10_010, () -> parser.heldBytes() + " bytes held");
    }

    @Test
    void anArrayThatGrewIsGivenBack() {
        FrameParser parser = new FrameParser(FrameFormat.VERSION_MAX, 64 << 20);
        WireLimits wide = WireLimits.DEFAULT.withFrameBytesMax(64 << 20);
        FrameBuilder large = new FrameBuilder(wide, FrameFormat.VERSION_MAX,
                (bytes, offset, length) -> parser.append(Arrays.copyOfRange(bytes, offset, offset + length)));
        large.append(new Blob(new byte[20 << 20]), codec);
        large.seal();
        assertTrue(parser.next());
        assertTrue(parser.heldBytes() > 20 << 20);
        assertTrue(large.raw().getBuffer().length <= FrameBuilder.SCRATCH_BYTES_KEPT_MAX);
        large.append(new Number(1), codec);
        large.seal();
        assertTrue(parser.next());
        assertTrue(parser.heldBytes() <= FrameParser.BYTES_KEPT_MAX);
    }

    @Property(tries = 500)
    void everyChangedByteIsNoticedOrOnlyWaitsForMore(@ForAll long seed) {
        frames.clear();
        Random random = new Random(seed);
        builder.append(new Blob(new byte[random.nextInt(50)]), codec);
        builder.append(new Number(random.nextLong()), codec);
        builder.seal();
        byte[] frame = frames.get(0);
        frame[random.nextInt(frame.length)] ^= (byte) (1 << random.nextInt(8));
        FrameParser parser = new FrameParser(FrameFormat.VERSION_MAX, LIMITS.frameBytesMax());
        parser.append(frame);
        try {
            assertFalse(parser.next(), "a damaged frame was taken");
        } catch (WireFormatException expected) {
            assertFalse(expected.getMessage().isEmpty());
        }
    }

    @Test
    void aFrameNamesWhatIsWrongWithIt() {
        builder.append(new Number(1), codec);
        builder.seal();
        refused("of version 3", 4, 3);
        refused("unknown flags 1", 5, 1);
        refused("checksum", 6, frames.get(0)[6] + 1);
        refused("a frame of 4294967295 bytes", 0, -1, -1, -1, -1);
        refused("a frame of 6 bytes", 0, 6);
    }

    private void refused(String reason, int at, int... values) {
        byte[] frame = frames.get(0).clone();
        for (int i = 0; i < values.length; i++) {
            frame[at + i] = (byte) values[i];
        }
        FrameParser parser = new FrameParser(FrameFormat.VERSION_MAX, LIMITS.frameBytesMax());
        parser.append(frame);
        WireFormatException e = assertThrows(WireFormatException.class, parser::next);
        assertTrue(e.getMessage().contains(reason), e::getMessage);
    }

    private List<Object> decode(byte[] frame) {
        FrameParser parser = new FrameParser(FrameFormat.VERSION_MAX, LIMITS.frameBytesMax());
        parser.append(frame);
        assertTrue(parser.next());
        BoundedInput body = parser.body(codec);
        List<Object> messages = new ArrayList<>();
        while (body.remaining() > 0) {
            messages.add(codec.read(body));
        }
        return messages;
    }

    private static List<Integer> sizes(List<Object> blobs) {
        return blobs.stream().map(blob -> ((Blob) blob).bytes().length).toList();
    }

    private static byte[] join(List<byte[]> parts) {
        byte[] all = new byte[parts.stream().mapToInt(part -> part.length).sum()];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }
}
