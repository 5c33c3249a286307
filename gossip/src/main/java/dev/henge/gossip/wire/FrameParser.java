package dev.henge.gossip.wire;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * The bytes of one connection that are not a whole frame yet, and the frames found in them.
 *
 * <p>The array grows with the bytes that have arrived, never with the length that a frame claims: at most twice what
 * the peer really sent, and never beyond one frame and one socket read.
 */
final class FrameParser {
    static final int BYTES_INITIAL = 4 << 10;
    /** An array that grew beyond this is given back once it is empty. */
    static final int BYTES_KEPT_MAX = 1 << 20;

    private final CRC32C crc = new CRC32C();
    private int version;
    private int frameBytesMax;
    private byte[] bytes = new byte[BYTES_INITIAL];
    private int from;
    private int to;
    private int bodyStart;
    private int bodyEnd;

    FrameParser(int version, int frameBytesMax) {
        expect(version, frameBytesMax);
    }

    /** What the next frame must be. */
    void expect(int version, int frameBytesMax) {
        this.version = version;
        this.frameBytesMax = frameBytesMax;
    }

    void append(ByteBuf source) {
        int length = source.readableBytes();
        room(length);
        source.readBytes(bytes, to, length);
        to += length;
    }

    void append(byte[] source) {
        room(source.length);
        System.arraycopy(source, 0, bytes, to, source.length);
        to += source.length;
    }

    private void room(int length) {
        if (from == to) {
            from = 0;
            to = 0;
            if (bytes.length > BYTES_KEPT_MAX) {
                bytes = new byte[BYTES_INITIAL];
            }
        }
        if (bytes.length - to >= length) {
            return;
        }
        int kept = to - from;
        long needed = (long) kept + length;
        if (needed > bytes.length) {
            byte[] larger = new byte[Math.toIntExact(Math.min(Math.max(needed, 2L * bytes.length),
                    Math.max(needed, (long) frameBytesMax + FrameFormat.LENGTH_BYTES)))];
            System.arraycopy(bytes, from, larger, 0, kept);
            bytes = larger;
        } else {
            System.arraycopy(bytes, from, bytes, 0, kept);
        }
        from = 0;
        to = kept;
    }

    /** Moves to the next whole frame; false if more bytes must come first. */
    boolean next() {
        if (to - from < FrameFormat.LENGTH_BYTES) {
            return false;
        }
        int length = FrameFormat.i32(bytes, from);
        if (length <= FrameFormat.OVERHEAD_BYTES || length > frameBytesMax) {
            throw new WireFormatException("a frame of " + Integer.toUnsignedString(length) + " bytes, where "
                    + (FrameFormat.OVERHEAD_BYTES + 1) + " to " + frameBytesMax + " are allowed");
        }
        if (to - from > FrameFormat.VERSION_AT && (bytes[from + FrameFormat.VERSION_AT] & 0xff) != version) {
            throw new WireFormatException("a frame of version " + (bytes[from + FrameFormat.VERSION_AT] & 0xff)
                    + " where " + version + " is spoken");
        }
        if (to - from > FrameFormat.FLAGS_AT && bytes[from + FrameFormat.FLAGS_AT] != 0) {
            throw new WireFormatException("unknown flags " + (bytes[from + FrameFormat.FLAGS_AT] & 0xff));
        }
        if (to - from < FrameFormat.LENGTH_BYTES + length) {
            return false;
        }
        bodyStart = from + FrameFormat.HEADER_BYTES;
        bodyEnd = from + FrameFormat.LENGTH_BYTES + length;
        int said = FrameFormat.i32(bytes, from + FrameFormat.CRC_AT);
        int found = FrameFormat.crc(crc, bytes, bodyStart, bodyEnd - bodyStart);
        if (said != found) {
            throw new WireFormatException("checksum " + Integer.toHexString(said) + " on a body whose checksum is "
                    + Integer.toHexString(found));
        }
        from = bodyEnd;
        return true;
    }

    /** The codec's input over the frame's body. */
    BoundedInput body(MessageCodec codec) {
        return codec.over(bytes, bodyStart, bodyEnd - bodyStart);
    }

    /** Writes over the frame's body, as the next frame may: who kept a part of it instead of a copy reads nonsense. */
    void spoil() {
        Arrays.fill(bytes, bodyStart, bodyEnd, (byte) 0xA5);
    }

    byte[] bodyCopy() {
        return Arrays.copyOfRange(bytes, bodyStart, bodyEnd);
    }

    /** Bytes that belong to no frame yet. */
    int unread() {
        return to - from;
    }

    /** The heap that the connection's bytes hold. */
    int heldBytes() {
        return bytes.length;
    }
}
