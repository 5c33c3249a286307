package dev.henge.gossip.wire;

import java.util.Arrays;

/**
 * The next messages of a frame, decoded together before the first of them is delivered, so that whoever takes them can
 * look at all before it deals with one.
 *
 * <p>Messages may have parts that lie in the frame: all are delivered before the frame's bytes may be written over. What
 * stands before bytes that are no message is delivered; then the fault is told.
 */
final class ArrivedMessages {
    /** So many are decoded together. */
    static final int MESSAGES_MAX = 32;

    private final Object[] messages = new Object[MESSAGES_MAX];
    private int count;
    private WireFormatException fault;

    /** Decodes what the body has next; false if it has nothing more. */
    boolean decode(BoundedInput body, MessageCodec codec) {
        count = 0;
        try {
            while (count < MESSAGES_MAX && body.remaining() > 0) {
                messages[count] = codec.read(body);
                count++;
            }
        } catch (WireFormatException e) {
            fault = e;
        }
        return count > 0 || fault != null;
    }

    int count() {
        return count;
    }

    Object message(int index) {
        return messages[index];
    }

    /** Tells the handler what it will receive. */
    void announce(MessageHandler handler) {
        if (count > 1) {
            handler.coming(messages, count);
        }
    }

    /** Lets go of the messages, and throws what was wrong with the bytes behind them. */
    void end() {
        Arrays.fill(messages, 0, count, null);
        count = 0;
        WireFormatException wrong = fault;
        fault = null;
        if (wrong != null) {
            throw wrong;
        }
    }
}
