package dev.henge.gossip.wire;

import java.util.zip.CRC32C;

/**
 * The frame's layout, shared by both ends.
 *
 * <pre>
 *   frame   := length u32 | version u8 | flags u8 | crc u32 | body        integers little-endian
 *   body    := handshake (version 0)  |  message+ (version 1 and later)
 *   message := type varint | length u32 | that many bytes, as the message's type writes them
 * </pre>
 *
 * <p>The frame's length counts what follows it; the crc is CRC-32C of the body, since TCP's 16-bit sum misses one
 * damaged segment in 65536. A message's length confines a message type that reads too much or too little to its own
 * message.
 */
final class FrameFormat {
    /** The version of a frame that carries a handshake: never changes. */
    static final int VERSION_HANDSHAKE = 0;

    static final int VERSION_MIN = 1;
    static final int VERSION_MAX = 2;

    static final int LENGTH_BYTES = 4;
    static final int HEADER_BYTES = 10;
    static final int VERSION_AT = 4;
    static final int FLAGS_AT = 5;
    static final int CRC_AT = 6;

    /** What the length field counts besides the body. */
    static final int OVERHEAD_BYTES = HEADER_BYTES - LENGTH_BYTES;

    private FrameFormat() {}

    static int i32(byte[] from, int at) {
        return from[at] & 0xff | (from[at + 1] & 0xff) << 8 | (from[at + 2] & 0xff) << 16 | from[at + 3] << 24;
    }

    static void putI32(byte[] to, int at, int value) {
        to[at] = (byte) value;
        to[at + 1] = (byte) (value >> 8);
        to[at + 2] = (byte) (value >> 16);
        to[at + 3] = (byte) (value >> 24);
    }

    static int crc(CRC32C crc, byte[] bytes, int offset, int length) {
        crc.reset();
        crc.update(bytes, offset, length);
        return (int) crc.getValue();
    }
}
