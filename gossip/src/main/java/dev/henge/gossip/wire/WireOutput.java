package dev.henge.gossip.wire;

/**
 * Where a {@link MessageType} writes a message's fields. Integers are little-endian; a value that does not fit
 * its field is an {@link IllegalArgumentException}.
 */
public interface WireOutput {
    /** Writes 0 to 255 in one byte. */
    void u8(int value);

    /** Writes 0 to 65535 in two bytes. */
    void u16(int value);

    void i32(int value);

    void i64(long value);

    /** Writes an unsigned number in 1 to 9 bytes, small numbers in few. */
    void varint(long value);

    /** Writes a varint length and then the bytes. */
    void bytes(byte[] source, int offset, int length);

    /** Writes a varint length in bytes and then UTF-8; a lone surrogate is refused. */
    void string(String value);

    void bool(boolean value);
}
