package dev.henge.gossip.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.henge.gossip.wire.TestMessages.Everything;
import dev.henge.gossip.wire.TestMessages.Number;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class MessageCodecTest {
    private final MessageCodec codec = TestMessages.codec();

    @Property(tries = 500)
    void everyFieldComesBack(@ForAll @IntRange(max = 0xff) int u8, @ForAll @IntRange(max = 0xffff) int u16,
            @ForAll int i32, @ForAll long i64, @ForAll long varint, @ForAll byte[] bytes, @ForAll String string,
            @ForAll boolean bool) {
        String wellFormed = new String(string.getBytes(java.nio.charset.StandardCharsets.UTF_8),
                java.nio.charset.StandardCharsets.UTF_8);
        Everything message = new Everything(u8, u16, i32, i64, varint, bytes, wellFormed, bool);
        assertEquals(message, codec.decode(codec.encode(message)));
    }

    @Test
    void limitsComeBack() {
        for (long value : new long[] {0, 1, 0x7f, 0x80, Long.MAX_VALUE, Long.MIN_VALUE, -1, (1L << 56) - 1, 1L << 56}) {
            assertEquals(new Number(value), codec.decode(codec.encode(new Number(value))), () -> "varint " + value);
        }
        Everything lowest = new Everything(0, 0, Integer.MIN_VALUE, Long.MIN_VALUE, 0, new byte[0], "", false);
        Everything highest = new Everything(0xff, 0xffff, Integer.MAX_VALUE, Long.MAX_VALUE, -1, new byte[3 << 20],
                "a\u00e4\u20ac\ud83d\ude00", true);
        assertEquals(lowest, codec.decode(codec.encode(lowest)));
        assertEquals(highest, codec.decode(codec.encode(highest)));
    }

    @Test
    void anUnsignedVarintTakesOneToNineBytes() {
        int around = codec.encode(new Number(0)).length - 1;
        assertEquals(around + 1, codec.encode(new Number(127)).length);
        assertEquals(around + 2, codec.encode(new Number(128)).length);
        assertEquals(around + 9, codec.encode(new Number(-1)).length);
    }

    @Test
    void refusesToWriteWhatDoesNotFit() {
        Everything message = new Everything(256, 0, 0, 0, 0, new byte[0], "", false);
        assertThrows(IllegalArgumentException.class, () -> codec.encode(message));
        assertThrows(IllegalArgumentException.class,
                () -> codec.encode(new Everything(0, -1, 0, 0, 0, new byte[0], "", false)));
        assertThrows(IllegalArgumentException.class,
                () -> codec.encode(new Everything(0, 0, 0, 0, 0, new byte[0], "x\ud800", false)));
        assertThrows(IllegalArgumentException.class, () -> codec.encode(new TestMessages.NotRegistered()));
    }

    @Test
    void aFailedWriteLeavesNothingBehind() {
        ScratchOutput out = new ScratchOutput(64, 1 << 20);
        codec.write(new Number(5), out);
        int before = out.position();
        assertThrows(IllegalArgumentException.class,
                () -> codec.write(new Everything(1, 2, 3, 4, 5, new byte[9], "\udc00", false), out));
        assertEquals(before, out.position());
        codec.write(new Number(6), out);
        BoundedInput in = codec.over(out.getBuffer(), 0, out.position());
        assertEquals(List.of(new Number(5), new Number(6)), List.of(codec.read(in), codec.read(in)));
    }

    @Test
    void twoTypesOfOneNumberOrOneClassAreRefused() {
        assertThrows(IllegalArgumentException.class,
                () -> new MessageCodec(List.of(TestMessages.NUMBER, TestMessages.NUMBER)));
    }

    @Test
    void nonsenseIsRefused() {
        refused("unknown message type 3", 3, 0, 0, 0, 0);
        refused("unknown message type 1024", 0x80, 0x08, 0, 0, 0, 0);
        refused("unknown message type 18446744073709551615", -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0);
        refused("overlong", 0x82, 0x00, 1, 0, 0, 0, 7);
        refused("where 1 are left", 2, 2, 0, 0, 0, 7);
        refused("where 1 are left", 2, -1, -1, -1, -1, 7);
        refused("trailing", 2, 1, 0, 0, 0, 7, 9);
        refused("unread", 2, 2, 0, 0, 0, 7, 9);
        refused("without an end", 2, 1, 0, 0, 0, 0x80);
        refused("a field of 127 bytes where 1 are left", 0xff, 0x07, 2, 0, 0, 0, 0x7f, 1);
        refused("a field of 4 bytes where 3 are left", 2, 1, 0, 0);
    }

    private void refused(String reason, int... bytes) {
        byte[] message = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            message[i] = (byte) bytes[i];
        }
        WireFormatException e = assertThrows(WireFormatException.class, () -> codec.decode(message));
        assertEquals(true, e.getMessage().contains(reason), () -> e.getMessage() + " does not say " + reason);
    }

    @Test
    void aStringMustBeUtf8AndABooleanABit() {
        byte[] good = codec.encode(new Everything(0, 0, 0, 0, 0, new byte[0], "\u00e4", true));
        byte[] badString = good.clone();
        badString[good.length - 2] = (byte) 0xc3;
        assertThrows(WireFormatException.class, () -> codec.decode(badString));
        byte[] badBoolean = good.clone();
        badBoolean[good.length - 1] = 2;
        assertThrows(WireFormatException.class, () -> codec.decode(badBoolean));
        assertEquals("\u00e4", ((Everything) codec.decode(good)).string());
    }

    @Property(tries = 1000)
    void whateverBytesComeOnlyAFormatErrorOrAMessageComesOut(@ForAll @Size(max = 64) byte[] bytes,
            @ForAll @IntRange(min = 1, max = 2) int type) {
        if (bytes.length > 0) {
            bytes[0] = (byte) type;
        }
        try {
            Object message = codec.decode(bytes);
            assertArrayEquals(bytes, codec.encode(message));
        } catch (WireFormatException expected) {
            assertEquals(false, expected.getMessage().isEmpty());
        }
    }

    @Property(tries = 500)
    void everyTruncationIsRefused(@ForAll @IntRange(max = 40) int size, @ForAll @IntRange(max = 100) int cut) {
        byte[] whole = codec.encode(new Everything(1, 2, 3, 4, 5, new byte[size], "abc", true));
        byte[] part = Arrays.copyOf(whole, cut % whole.length);
        assertThrows(WireFormatException.class, () -> codec.decode(part));
    }
}
