package dev.henge.gossip.wire;

import com.esotericsoftware.kryo.kryo5.io.KryoBufferOverflowException;
import java.util.zip.CRC32C;

/**
 * The messages of a turn for one peer, in one heap array that is reused from turn to turn, and the frames they make.
 *
 * <p>The array holds one open frame: ten bytes for its header at {@code frameStart}, then messages. Where a message
 * does not fit the open frame, the frame is sealed and handed on, and the next header is written over the ten bytes
 * before that message, which are free by then: no message is ever moved.
 */
final class FrameBuilder {
    /** Takes a finished frame before the call returns; the array is overwritten afterwards. */
    @FunctionalInterface
    interface FrameSink {
        void accept(byte[] bytes, int offset, int length);
    }

    static final int SCRATCH_BYTES_INITIAL = 64 << 10;
    /** An array that grew beyond this for a large message is given back after the turn. */
    static final int SCRATCH_BYTES_KEPT_MAX = 8 << 20;

    private final WireLimits limits;
    private final FrameSink sink;
    private final int version;
    private final CRC32C crc = new CRC32C();
    private final int scratchBytesMax;
    private ScratchOutput out;
    private int frameStart;

    FrameBuilder(WireLimits limits, int version, FrameSink sink) {
        this.limits = limits;
        this.version = version;
        this.sink = sink;
        this.scratchBytesMax = limits.frameSplitBytes() + limits.frameBytesMax() + FrameFormat.HEADER_BYTES;
        open();
    }

    private void open() {
        if (out == null || out.getBuffer().length > SCRATCH_BYTES_KEPT_MAX) {
            out = new ScratchOutput(Math.min(SCRATCH_BYTES_INITIAL, scratchBytesMax), scratchBytesMax);
        }
        frameStart = 0;
        out.setPosition(FrameFormat.HEADER_BYTES);
    }

    /** The bytes of the open frame's messages. */
    int pendingBytes() {
        return out.position() - frameStart - FrameFormat.HEADER_BYTES;
    }

    /** Appends a message, sealing frames as they fill; false if it is larger than a frame may be. */
    boolean append(Object message, MessageCodec codec) {
        int start = out.position();
        try {
            codec.write(message, out);
        } catch (KryoBufferOverflowException e) {
            return refuse(start);
        }
        int messageBytes = out.position() - start;
        if (messageBytes + FrameFormat.OVERHEAD_BYTES > limits.frameBytesMax()) {
            return refuse(start);
        }
        int before = start - frameStart - FrameFormat.HEADER_BYTES;
        if (before > 0 && before + messageBytes > limits.frameSplitBytes()) {
            emit(start);
            frameStart = start - FrameFormat.HEADER_BYTES;
        }
        if (pendingBytes() >= limits.frameSplitBytes()) {
            seal();
        }
        return true;
    }

    private boolean refuse(int start) {
        out.setPosition(start);
        if (pendingBytes() == 0) {
            open();
        }
        return false;
    }

    /** Hands the open frame on, if anything is in it. */
    void seal() {
        if (pendingBytes() > 0) {
            emit(out.position());
            open();
        }
    }

    /** The open frame's body, for what is not a message: the handshake. */
    ScratchOutput raw() {
        return out;
    }

    private void emit(int end) {
        byte[] bytes = out.getBuffer();
        int body = frameStart + FrameFormat.HEADER_BYTES;
        FrameFormat.putI32(bytes, frameStart, end - frameStart - FrameFormat.LENGTH_BYTES);
        bytes[frameStart + FrameFormat.VERSION_AT] = (byte) version;
        bytes[frameStart + FrameFormat.FLAGS_AT] = 0;
        FrameFormat.putI32(bytes, frameStart + FrameFormat.CRC_AT, FrameFormat.crc(crc, bytes, body, end - body));
        sink.accept(bytes, frameStart, end - frameStart);
    }
}
