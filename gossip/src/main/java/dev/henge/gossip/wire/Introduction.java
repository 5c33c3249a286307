package dev.henge.gossip.wire;

import java.io.ByteArrayOutputStream;

/**
 * What follows the first {@link Handshake} frame between two nodes that both speak version 2 or later: the frames of
 * layout 2, see {@link OpenerHandshake}.
 *
 * <pre>
 *   body      := "HNGW" | layout u8 = 2 | step u8 | challenge or proof or welcome or refusal
 *   challenge := version min u8 | version max u8 | cluster string | node id string | boot epoch i64
 *                | loop u16 | loops u16 | process i64 | secret bool | nonce bytes
 *   proof     := process i64 | nonce bytes | proof bytes
 *   welcome   := proof bytes
 *   refusal   := reason u8 | words string
 * </pre>
 */
sealed interface Introduction {
    int LAYOUT = 2;
    int NONCE_BYTES = 32;

    /** The acceptor's answer to the first frame: who it is, and the number that the opener's proof must be made for. */
    record Challenge(Handshake who, long process, boolean secret, byte[] nonce) implements Introduction {}

    /** The opener's answer to that; the proof is empty without a secret. */
    record Proof(long process, byte[] nonce, byte[] proof) implements Introduction {}

    /** The acceptor's last word: messages may come. */
    record Welcome(byte[] proof) implements Introduction {}

    /** In the place of any of them: the sender closes the connection, and this is why. */
    record Refused(Refusal why) implements Introduction {}

    /** The bytes of the frame's body. */
    default byte[] body() {
        ScratchOutput out = new ScratchOutput(128, Handshake.FRAME_BYTES_MAX);
        out.i32(Handshake.MAGIC);
        out.u8(LAYOUT);
        if (this instanceof Challenge challenge) {
            out.u8(1);
            challenge.who.fields(out);
            out.i64(challenge.process);
            out.bool(challenge.secret);
            out.bytes(challenge.nonce, 0, challenge.nonce.length);
        } else if (this instanceof Proof proof) {
            out.u8(2);
            out.i64(proof.process);
            out.bytes(proof.nonce, 0, proof.nonce.length);
            out.bytes(proof.proof, 0, proof.proof.length);
        } else if (this instanceof Welcome welcome) {
            out.u8(3);
            out.bytes(welcome.proof, 0, welcome.proof.length);
        } else if (this instanceof Refused refused) {
            out.u8(4);
            out.u8(refused.why.reason().number);
            out.string(refused.why.words());
        }
        return out.toBytes();
    }

    /** Reads a body of layout 2; anything else is a {@link WireFormatException}. */
    static Introduction read(byte[] body) {
        BoundedInput in = new BoundedInput();
        in.setBuffer(body);
        Handshake.magic(in);
        int layout = in.u8();
        if (layout != LAYOUT) {
            throw new WireFormatException("a handshake of layout " + layout + " where one of " + LAYOUT + " is due");
        }
        int step = in.u8();
        Introduction read = switch (step) {
            case 1 -> new Challenge(Handshake.fields(in), in.i64(), in.bool(), nonce(in));
            case 2 -> new Proof(in.i64(), nonce(in), in.bytes());
            case 3 -> new Welcome(in.bytes());
            case 4 -> new Refused(new Refusal(Refusal.Reason.of(in.u8()), in.string()));
            default -> throw new WireFormatException("an unknown step " + step + " of a handshake");
        };
        if (in.remaining() > 0) {
            throw new WireFormatException(in.remaining() + " trailing bytes after the handshake");
        }
        return read;
    }

    private static byte[] nonce(BoundedInput in) {
        byte[] nonce = in.bytes();
        if (nonce.length != NONCE_BYTES) {
            throw new WireFormatException("a nonce of " + nonce.length + " bytes, not " + NONCE_BYTES);
        }
        return nonce;
    }

    /** A handshake frame around a body. */
    static byte[] frame(byte[] body) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        FrameBuilder builder = new FrameBuilder(WireLimits.DEFAULT, FrameFormat.VERSION_HANDSHAKE, out::write);
        builder.raw().writeBytes(body);
        builder.seal();
        return out.toByteArray();
    }
}
