package dev.henge.gossip.wire;

/**
 * One kind of message: its number on the wire, its Java class, and how its fields are written and read.
 *
 * <p>The number never changes its meaning. {@code read} must consume exactly what {@code write} wrote; it must check a
 * count against {@link WireInput#remaining} before it allocates for it.
 *
 * <p>A type never changes its fields either: what must change is a new type, of a later {@link #since version}. So
 * nodes of two versions live in one ring; the newer one does not send the older what it could not read.
 */
public interface MessageType<M> {
    /** The number on the wire, 0 to {@link MessageCodec#TYPE_ID_MAX}. */
    int id();

    /** The exact class of the messages; subclasses are other types. */
    Class<M> type();

    /**
     * The version of the wire that this type came with, {@link MessageCodec#VERSION_FIRST} to
     * {@link MessageCodec#VERSION_LAST}: a peer that speaks an older one is not sent such messages.
     */
    default int since() {
        return MessageCodec.VERSION_FIRST;
    }

    void write(M message, WireOutput out);

    M read(WireInput in);
}
