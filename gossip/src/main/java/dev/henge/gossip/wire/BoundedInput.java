package dev.henge.gossip.wire;

import com.esotericsoftware.kryo.kryo5.io.Input;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** A Kryo input over a part of a heap array that checks before it reads or allocates. */
final class BoundedInput extends Input implements WireInput {
    private static final byte[] EMPTY = {};

    private final CharsetDecoder utf8 = StandardCharsets.UTF_8.newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);

    BoundedInput() {
        super(EMPTY);
    }

    @Override
    public int remaining() {
        return limit - position;
    }

    private int take(int length) {
        if (length > limit - position) {
            throw new WireFormatException("a field of " + length + " bytes where " + (limit - position) + " are left");
        }
        int at = position;
        position = at + length;
        return at;
    }

    @Override
    public int u8() {
        return buffer[take(1)] & 0xff;
    }

    @Override
    public int u16() {
        int at = take(2);
        return buffer[at] & 0xff | (buffer[at + 1] & 0xff) << 8;
    }

    @Override
    public int i32() {
        return FrameFormat.i32(buffer, take(4));
    }

    @Override
    public long i64() {
        int at = take(8);
        return FrameFormat.i32(buffer, at) & 0xffffffffL | (long) FrameFormat.i32(buffer, at + 4) << 32;
    }

    /** Little-endian groups of 7 bits, the top bit says that more follow; a ninth byte has 8 bits. */
    @Override
    public long varint() {
        int at = position;
        int end = limit;
        long value = 0;
        for (int shift = 0; at < end; shift += 7) {
            int b = buffer[at++];
            if (shift == 56) {
                value |= (long) (b & 0xff) << 56;
                b &= 0xff;
            } else {
                value |= (long) (b & 0x7f) << shift;
            }
            if (b >= 0) {
                if (b == 0 && shift > 0) {
                    throw new WireFormatException("an overlong varint");
                }
                position = at;
                return value;
            }
        }
        throw new WireFormatException("a varint without an end");
    }

    private int length() {
        long length = varint();
        if (length < 0 || length > limit - position) {
            throw new WireFormatException("a field of " + Long.toUnsignedString(length) + " bytes where "
                    + (limit - position) + " are left");
        }
        return (int) length;
    }

    @Override
    public byte[] bytes() {
        int length = length();
        if (length == 0) {
            return EMPTY;
        }
        byte[] copy = new byte[length];
        System.arraycopy(buffer, position, copy, 0, length);
        position += length;
        return copy;
    }

    @Override
    public int skipBytes() {
        int length = length();
        position += length;
        return length;
    }

    @Override
    public byte[] array() {
        return buffer;
    }

    @Override
    public String string() {
        int length = length();
        int start = position;
        position = start + length;
        for (int i = start; i < position; i++) {
            if (buffer[i] < 0) {
                return notAscii(start, length);
            }
        }
        return new String(buffer, start, length, StandardCharsets.ISO_8859_1);
    }

    private String notAscii(int start, int length) {
        try {
            return utf8.decode(ByteBuffer.wrap(buffer, start, length)).toString();
        } catch (CharacterCodingException e) {
            throw new WireFormatException("a string that is not UTF-8", e);
        }
    }

    @Override
    public boolean bool() {
        int b = u8();
        if (b > 1) {
            throw new WireFormatException("a boolean of " + b);
        }
        return b == 1;
    }
}
