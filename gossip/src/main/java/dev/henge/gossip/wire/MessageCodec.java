package dev.henge.gossip.wire;
import java.util.List;
/** The message types of a protocol by number. */
public final class MessageCodec {
    public static final int TYPE_ID_MAX = 1023;
    public MessageCodec(List<MessageType<?>> types) { throw new UnsupportedOperationException("not written yet: " + types); }
    public byte[] encode(Object message) { throw new UnsupportedOperationException(); }
    public Object decode(byte[] bytes) { throw new UnsupportedOperationException(); }
}
