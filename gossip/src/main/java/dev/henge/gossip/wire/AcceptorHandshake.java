package dev.henge.gossip.wire;

import java.util.Optional;

/**
 * The handshake of two nodes as its acceptor sees it; the essay is in {@link OpenerHandshake}. It is made of the
 * stranger's first frame, which says whom it wants of our loops.
 */
final class AcceptorHandshake {
    private final NodeIdentity self;
    private final Handshake own;
    private final Handshake theirs;
    private final byte[] first;
    private final byte[] nonce;
    private byte[] challenge;

    /**
     * @param own   of the loop that the first frame is for
     * @param first the body of the first frame
     * @param nonce fresh random bytes
     */
    AcceptorHandshake(NodeIdentity self, Handshake own, byte[] first, byte[] nonce) {
        this.self = self;
        this.own = own;
        this.first = first;
        this.theirs = Handshake.read(first);
        this.nonce = nonce;
    }

    Handshake theirs() {
        return theirs;
    }

    /** What comes of the first frame. */
    Step begin() {
        boolean introduces = own.introduces(theirs);
        Optional<Refusal> differs = own.differs(theirs);
        if (differs.isPresent()) {
            return introduces ? Step.refuse(differs.get()) : Step.refuseSilently(differs.get());
        }
        if (introduces) {
            challenge = new Introduction.Challenge(own, self.process(), self.secret().isSet(), nonce).body();
            return new Step.Send(Introduction.frame(challenge));
        }
        if (self.secret().isSet()) {
            return Step.refuseSilently(Refusal.tooOldForSecrets(own, theirs));
        }
        Peer peer = own.peer(theirs, 0);
        return peer.id().equals(self.nodeId())
                ? Step.refuseSilently(OpenerHandshake.ownName(self, own, peer))
                : new Step.Done(peer, Introduction.frame(own.body()));
    }

    /** What comes of the second frame; a {@link WireFormatException} if it is none. */
    Step receive(byte[] body) {
        Introduction said = Introduction.read(body);
        if (said instanceof Introduction.Refused refused) {
            return new Step.Turned(refused.why());
        }
        if (!(said instanceof Introduction.Proof proof)) {
            throw new WireFormatException("a handshake out of order");
        }
        byte[] spoken = OpenerHandshake.said(proof.process(), proof.nonce());
        if (!self.secret().accepts(proof.proof(), OpenerHandshake.OPENER, first, challenge, spoken)) {
            return Step.refuse(wrong(proof));
        }
        Peer peer = own.peer(theirs, proof.process());
        if (peer.id().equals(self.nodeId())) {
            return Step.refuse(OpenerHandshake.ownName(self, own, peer));
        }
        byte[] ours = self.secret().proof(OpenerHandshake.ACCEPTOR, first, challenge, spoken);
        return new Step.Done(peer, Introduction.frame(new Introduction.Welcome(ours).body()));
    }

    private Refusal wrong(Introduction.Proof proof) {
        if (!self.secret().isSet()) {
            return Refusal.onlyOneSecret(theirs, own);
        }
        return proof.proof().length == 0 ? Refusal.onlyOneSecret(own, theirs) : Refusal.otherSecret(theirs, own);
    }
}
