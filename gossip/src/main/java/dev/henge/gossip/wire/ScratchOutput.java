package dev.henge.gossip.wire;

import com.esotericsoftware.kryo.kryo5.io.Output;
import java.nio.charset.StandardCharsets;

/** A Kryo output over a growing heap array, with the wire's own field types. */
final class ScratchOutput extends Output implements WireOutput {
    ScratchOutput(int bytesInitial, int bytesMax) {
        super(bytesInitial, bytesMax);
    }

    @Override
    public void u8(int value) {
        if ((value & ~0xff) != 0) {
            throw new IllegalArgumentException("u8 out of range: " + value);
        }
        writeByte(value);
    }

    @Override
    public void u16(int value) {
        if ((value & ~0xffff) != 0) {
            throw new IllegalArgumentException("u16 out of range: " + value);
        }
        writeShort(value);
    }

    @Override
    public void i32(int value) {
        writeInt(value);
    }

    @Override
    public void i64(long value) {
        writeLong(value);
    }

    @Override
    public void varint(long value) {
        writeVarLong(value, true);
    }

    @Override
    public void bytes(byte[] source, int offset, int length) {
        writeVarLong(length, true);
        require(length);
        System.arraycopy(source, offset, buffer, position, length);
        position += length;
    }

    @Override
    public void string(String value) {
        int length = value.length();
        writeVarLong(length, true);
        require(length);
        int start = position;
        byte[] to = buffer;
        for (int i = 0; i < length; i++) {
            char c = value.charAt(i);
            if (c >= 0x80) {
                notAscii(value, start - varLongLength(length, true));
                return;
            }
            to[start + i] = (byte) c;
        }
        position = start + length;
    }

    private void notAscii(String value, int start) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (Character.isSurrogate(c)) {
                if (Character.isLowSurrogate(c) || i + 1 == value.length()
                        || !Character.isLowSurrogate(value.charAt(++i))) {
                    throw new IllegalArgumentException("a lone surrogate in a string");
                }
            }
        }
        position = start;
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        bytes(utf8, 0, utf8.length);
    }

    @Override
    public void bool(boolean value) {
        writeByte(value ? 1 : 0);
    }

    /** Writes an i32 over what stands at a place already written. */
    void patch(int at, int value) {
        FrameFormat.putI32(buffer, at, value);
    }
}
