package dev.henge.gossip.wire;

/**
 * One kind of message: its number on the wire, its Java class, and how its fields are written and read.
 *
 * <p>The number never changes its meaning. {@code read} must consume exactly what {@code write} wrote; it must check a
 * count against {@link WireInput#remaining} before it allocates for it.
 */
public interface MessageType<M> {
    /** The number on the wire, 0 to {@link MessageCodec#TYPE_ID_MAX}. */
    int id();

    /** The exact class of the messages; subclasses are other types. */
    Class<M> type();

    void write(M message, WireOutput out);

    M read(WireInput in);
}
