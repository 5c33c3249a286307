package dev.henge.gossip.wire;

/**
 * Where a {@link MessageType} reads a message's fields, in the order they were written. Every overrun, overlong varint,
 * malformed string or impossible value is a {@link WireFormatException}, before anything is allocated for it.
 */
public interface WireInput {
    int u8();

    int u16();

    int i32();

    long i64();

    /** Reads an unsigned number; compare it with {@link Long#compareUnsigned} or check it before use. */
    long varint();

    /** Reads bytes into an array of their own, which the message may keep. */
    byte[] bytes();

    /**
     * Steps over bytes with their length before them and returns the length; they end at {@link #position} in {@link
     * #array}. For what is used before the handler returns: the array is overwritten afterwards.
     */
    int skipBytes();

    /** The bytes that are read from, of which the message is a part. */
    byte[] array();

    /** Where in {@link #array} the next field is. */
    int position();

    String string();

    boolean bool();

    /** The message's bytes not read yet: an upper bound for any count that the message claims. */
    int remaining();
}
