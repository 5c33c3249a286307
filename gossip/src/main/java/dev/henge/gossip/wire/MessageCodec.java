package dev.henge.gossip.wire;

import com.esotericsoftware.kryo.kryo5.Kryo;
import com.esotericsoftware.kryo.kryo5.KryoException;
import com.esotericsoftware.kryo.kryo5.Registration;
import com.esotericsoftware.kryo.kryo5.Serializer;
import com.esotericsoftware.kryo.kryo5.io.Input;
import com.esotericsoftware.kryo.kryo5.io.Output;
import com.esotericsoftware.kryo.kryo5.util.DefaultInstantiatorStrategy;
import java.util.Arrays;
import java.util.List;

/**
 * The message types of a protocol by number, and the Kryo instance that writes and reads their messages.
 *
 * <p>Not thread-safe: one instance a loop. Kryo has every class registered with a serializer of ours, and no
 * references, so that no class name is on the wire and no field is read by reflection; nothing is allocated for a
 * message but what the message keeps.
 */
public final class MessageCodec {
    /** The highest number that a message type may have. */
    public static final int TYPE_ID_MAX = 1023;

    /** The first version of the wire. */
    public static final int VERSION_FIRST = FrameFormat.VERSION_MIN;

    /** The version that this node speaks with peers that can. */
    public static final int VERSION_LAST = FrameFormat.VERSION_MAX;

    /** Kryo keeps the first numbers for primitives. */
    private static final int KRYO_ID_BASE = 16;

    private static final int ENCODE_BYTES_INITIAL = 256;

    private final Kryo kryo = new Kryo();
    private final TypeSerializer<?>[] byId;
    private final BoundedInput input = new BoundedInput();
    private final int sinceMax;

    public MessageCodec(List<MessageType<?>> types) {
        kryo.setRegistrationRequired(true);
        kryo.setReferences(false);
        kryo.setInstantiatorStrategy(new DefaultInstantiatorStrategy());
        byId = new TypeSerializer<?>[types.stream().mapToInt(MessageType::id).max().orElse(0) + 1];
        for (MessageType<?> type : types) {
            register(type);
        }
        sinceMax = types.stream().mapToInt(MessageType::since).max().orElse(VERSION_FIRST);
    }

    private void register(MessageType<?> type) {
        int id = type.id();
        if (id < 0 || id > TYPE_ID_MAX || byId[id] != null) {
            throw new IllegalArgumentException("message type " + id + " is out of range or there twice");
        }
        if (type.since() < VERSION_FIRST || type.since() > VERSION_LAST) {
            throw new IllegalArgumentException("message type " + id + " came with version " + type.since()
                    + ", which nobody speaks");
        }
        if (kryo.getClassResolver().getRegistration(type.type()) != null) {
            throw new IllegalArgumentException(type.type() + " is registered twice");
        }
        byId[id] = new TypeSerializer<>(type);
        kryo.register(new Registration(type.type(), byId[id], KRYO_ID_BASE + id));
    }

    /** Who speaks this version can read all types. */
    int sinceMax() {
        return sinceMax;
    }

    /** The version that the message's type came with. */
    int since(Object message) {
        return type(message).since;
    }

    /** The number of the message's type. */
    int id(Object message) {
        return type(message).id;
    }

    private TypeSerializer<?> type(Object message) {
        Registration registration = kryo.getClassResolver().getRegistration(message.getClass());
        if (registration == null || !(registration.getSerializer() instanceof TypeSerializer<?> type)) {
            throw new IllegalArgumentException("no message type for " + message.getClass());
        }
        return type;
    }

    /** Encodes one message with its number, as it stands in a frame. */
    public byte[] encode(Object message) {
        ScratchOutput out = new ScratchOutput(ENCODE_BYTES_INITIAL, Integer.MAX_VALUE - 8);
        write(message, out);
        return Arrays.copyOf(out.getBuffer(), out.position());
    }

    /** Decodes exactly one message with its number. */
    public Object decode(byte[] bytes) {
        BoundedInput in = over(bytes, 0, bytes.length);
        Object message = read(in);
        if (in.remaining() > 0) {
            throw new WireFormatException(in.remaining() + " trailing bytes");
        }
        return message;
    }

    /** The codec's one input, set over a frame's body; the next call takes it away. */
    BoundedInput over(byte[] bytes, int offset, int length) {
        input.setBuffer(bytes, offset, length);
        return input;
    }

    /** Appends a message; on any exception the output's position is where it was. */
    void write(Object message, ScratchOutput out) {
        TypeSerializer<?> type = type(message);
        int start = out.position();
        boolean complete = false;
        try {
            out.varint(type.id);
            int lengthAt = out.position();
            out.i32(0);
            kryo.writeObject(out, message, type);
            out.patch(lengthAt, out.position() - lengthAt - FrameFormat.LENGTH_BYTES);
            complete = true;
        } finally {
            if (!complete) {
                out.setPosition(start);
            }
        }
    }

    /** Reads the message at the input's position; only a {@link WireFormatException} comes out of bad bytes. */
    Object read(BoundedInput in) {
        long id = in.varint();
        TypeSerializer<?> type = id >= 0 && id < byId.length ? byId[(int) id] : null;
        if (type == null) {
            throw new WireFormatException("unknown message type " + Long.toUnsignedString(id));
        }
        int length = in.i32();
        int frameEnd = in.limit();
        if (length < 0 || length > in.remaining()) {
            throw new WireFormatException("message type " + id + " of " + Integer.toUnsignedString(length)
                    + " bytes where " + in.remaining() + " are left");
        }
        in.setLimit(in.position() + length);
        Object message = read(in, type);
        if (in.remaining() != 0) {
            throw new WireFormatException("message type " + id + " left " + in.remaining() + " bytes unread");
        }
        in.setLimit(frameEnd);
        return message;
    }

    private <M> M read(BoundedInput in, TypeSerializer<M> type) {
        try {
            return kryo.readObject(in, type.type, type);
        } catch (WireFormatException e) {
            throw e;
        } catch (KryoException | IllegalArgumentException | IndexOutOfBoundsException | NullPointerException
                | ArithmeticException | NegativeArraySizeException | StackOverflowError e) {
            // Constructors of messages check their arguments: what they refuse is the sender's fault.
            throw new WireFormatException("message type " + type.id + ": " + e, e);
        }
    }

    /** A message type as Kryo sees it. */
    private static final class TypeSerializer<M> extends Serializer<M> {
        final int id;
        final int since;
        final Class<M> type;
        private final MessageType<M> messages;

        TypeSerializer(MessageType<M> messages) {
            this.id = messages.id();
            this.since = messages.since();
            this.type = messages.type();
            this.messages = messages;
        }

        @Override
        public void write(Kryo kryo, Output output, M message) {
            messages.write(message, (ScratchOutput) output);
        }

        @Override
        public M read(Kryo kryo, Input input, Class<? extends M> type) {
            return messages.read((BoundedInput) input);
        }
    }
}
