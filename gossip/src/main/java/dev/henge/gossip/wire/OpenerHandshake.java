package dev.henge.gossip.wire;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.function.Function;

/**
 * The handshake of two nodes as its opener sees it; {@link AcceptorHandshake} is the other half. Frames' bodies in,
 * {@link Step}s out: no socket, no clock.
 *
 * <pre>
 *   opener                                    acceptor
 *     handshake (layout 1: who, versions)  -->
 *                                          <--  challenge (who, process, nonce A)
 *     proof (process, nonce O, proof O)    -->
 *                                          <--  welcome (proof A)
 *     messages                             -->
 * </pre>
 *
 * <p><b>What is proven.</b> Both proofs are HMAC-SHA256 under the cluster's secret of: who makes it (opener or
 * acceptor), the whole first frame, the whole challenge, the opener's process and nonce. So each proof is good for this
 * one connection (each side has put a fresh random number into it, nothing that was heard before can be said again),
 * for these two nodes, loops and versions, and for its own direction (one side's proof cannot be sent back to it as the
 * other's). The opener proves first: a stranger who dials gets nothing to try secrets against. Challenge and response
 * in both directions with the names of both inside is the pattern of ISO/IEC 9798-4 (mechanism 4, mutual authentication
 * with three passes).
 *
 * <p><b>What is not.</b> Later frames have a checksum, not a proof, and nothing is encrypted: one who can change what
 * two nodes say to each other on a connection that is up is not kept out by this.
 *
 * <p>Either side may send a refusal instead of its next frame, and close. A node that speaks version 1 alone answers
 * the first frame with one of its own, or closes without a word; it is a peer if there is no secret to prove.
 */
final class OpenerHandshake {
    static final String OPENER = "opener";
    static final String ACCEPTOR = "acceptor";

    private final NodeIdentity self;
    private final Handshake own;
    private final String wanted;
    private final byte[] nonce;
    private final Function<Peer, Optional<Refusal>> objection;
    private Handshake theirs;
    private Peer peer;
    private byte[] challenge;

    /**
     * @param wanted    the node that should be at the other end
     * @param nonce     fresh random bytes
     * @param objection what else speaks against a peer
     */
    OpenerHandshake(NodeIdentity self, Handshake own, String wanted, byte[] nonce,
            Function<Peer, Optional<Refusal>> objection) {
        this.self = self;
        this.own = own;
        this.wanted = wanted;
        this.nonce = nonce;
        this.objection = objection;
    }

    /** The frame to begin with. */
    byte[] first() {
        return Introduction.frame(own.body());
    }

    /** What comes of the other side's next frame; a {@link WireFormatException} if it is none. */
    Step receive(byte[] body) {
        if (theirs == null && Handshake.isFirst(body)) {
            return old(Handshake.read(body));
        }
        Introduction said = Introduction.read(body);
        if (said instanceof Introduction.Refused refused) {
            return new Step.Turned(refused.why());
        }
        if (theirs == null && said instanceof Introduction.Challenge asked) {
            return challenged(asked, body);
        }
        if (theirs != null && said instanceof Introduction.Welcome welcome) {
            boolean knows = self.secret().accepts(welcome.proof(), ACCEPTOR, own.body(), challenge,
                    said(self.process(), nonce));
            return knows ? new Step.Done(peer, new byte[0]) : Step.refuse(Refusal.otherSecret(theirs, own));
        }
        throw new WireFormatException("a handshake out of order");
    }

    /** An acceptor that speaks version 1 alone. */
    private Step old(Handshake from) {
        Optional<Refusal> differs = own.differs(from);
        if (differs.isEmpty() && from.versionMax() >= Handshake.VERSION_OF_INTRODUCTIONS && own.introduces(from)) {
            throw new WireFormatException("a handshake of layout 1 from a node that speaks version "
                    + from.versionMax());
        }
        if (differs.isEmpty() && self.secret().isSet()) {
            differs = Optional.of(Refusal.tooOldForSecrets(own, from));
        }
        Peer found = own.peer(from, 0);
        return differs.or(() -> mistaken(from, found)).<Step>map(Step::refuseSilently)
                .orElseGet(() -> new Step.Done(found, new byte[0]));
    }

    private Step challenged(Introduction.Challenge asked, byte[] body) {
        theirs = asked.who();
        challenge = body;
        peer = own.peer(theirs, asked.process());
        Optional<Refusal> differs = own.differs(theirs);
        if (differs.isEmpty() && asked.secret() != self.secret().isSet()) {
            differs = Optional.of(asked.secret() ? Refusal.onlyOneSecret(theirs, own)
                    : Refusal.onlyOneSecret(own, theirs));
        }
        return differs.or(() -> mistaken(theirs, peer)).<Step>map(Step::refuse).orElseGet(() -> {
            byte[] proof = self.secret().proof(OPENER, own.body(), challenge, said(self.process(), nonce));
            return new Step.Send(Introduction.frame(new Introduction.Proof(self.process(), nonce, proof).body()));
        });
    }

    /** Another node than the one looked for, or not the only one of its name. */
    private Optional<Refusal> mistaken(Handshake from, Peer found) {
        if (found.id().equals(self.nodeId())) {
            return Optional.of(ownName(self, own, found));
        }
        if (!found.id().equals(wanted)) {
            return Optional.of(Refusal.otherNode(wanted, from));
        }
        return objection.apply(found);
    }

    /** What it means that the other side has our own node id. */
    static Refusal ownName(NodeIdentity self, Handshake own, Peer other) {
        boolean same = other.bootEpoch() == self.bootEpoch()
                && (other.process() == 0 || other.process() == self.process());
        return same ? Refusal.self(own)
                : Refusal.sameId(self.nodeId(), self.bootEpoch(), "", other.bootEpoch(), "");
    }

    /** What the opener says in its second frame besides the proof. */
    static byte[] said(long process, byte[] nonce) {
        return ByteBuffer.allocate(Long.BYTES + nonce.length).order(ByteOrder.LITTLE_ENDIAN).putLong(process).put(nonce)
                .array();
    }
}
