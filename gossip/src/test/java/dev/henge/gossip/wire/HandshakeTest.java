package dev.henge.gossip.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** The two halves of a handshake against each other, without a socket. */
class HandshakeTest {
    private static final ClusterSecret SECRET = ClusterSecret.of("sixteen letters!");

    private static NodeIdentity identity(String id, ClusterSecret secret) {
        return new NodeIdentity("c", id, 1, 7, secret);
    }

    private static byte[] nonce(int value) {
        byte[] nonce = new byte[Introduction.NONCE_BYTES];
        Arrays.fill(nonce, (byte) value);
        return nonce;
    }

    private static OpenerHandshake opener(NodeIdentity self, byte[] nonce) {
        return new OpenerHandshake(self, Handshake.of(self, Versions.OURS, 0, 1), "b", nonce,
                peer -> Optional.empty());
    }

    private static AcceptorHandshake acceptor(NodeIdentity self, byte[] first, byte[] nonce) {
        return new AcceptorHandshake(self, Handshake.of(self, Versions.OURS, 0, 1), first, nonce);
    }

    private static byte[] body(byte[] frame) {
        FrameParser parser = new FrameParser(FrameFormat.VERSION_HANDSHAKE, Handshake.FRAME_BYTES_MAX);
        parser.append(frame);
        assertTrue(parser.next());
        assertEquals(0, parser.unread());
        return parser.bodyCopy();
    }

    private static byte[] sent(Step step) {
        return body(((Step.Send) step).frame());
    }

    @Test
    void bothProveAndBothKnowWhoTheOtherIs() {
        OpenerHandshake a = opener(identity("a", SECRET), nonce(1));
        AcceptorHandshake b = acceptor(identity("b", SECRET), body(a.first()), nonce(2));
        Step.Done accepted = (Step.Done) b.receive(sent(a.receive(sent(b.begin()))));
        assertEquals(new Peer("a", 1, 7, 0, 1, FrameFormat.VERSION_MAX), accepted.peer());
        Step.Done opened = (Step.Done) a.receive(body(accepted.frame()));
        assertEquals(new Peer("b", 1, 7, 0, 1, FrameFormat.VERSION_MAX), opened.peer());
    }

    /** Whatever bit of what the two say is turned on the way, they do not come to terms. */
    @Property(tries = 2000)
    void nothingCanBeChangedOnTheWay(@ForAll long seed) {
        Random random = new Random(seed);
        int changed = random.nextInt(4);
        OpenerHandshake a = opener(identity("a", SECRET), nonce(1));
        try {
            AcceptorHandshake b = acceptor(identity("b", SECRET), turned(body(a.first()), changed == 0, random),
                    nonce(2));
            Step asked = b.begin();
            if (!(asked instanceof Step.Send)) {
                return;
            }
            Step proven = a.receive(turned(sent(asked), changed == 1, random));
            if (!(proven instanceof Step.Send)) {
                return;
            }
            Step welcome = b.receive(turned(sent(proven), changed == 2, random));
            if (!(welcome instanceof Step.Done done)) {
                return;
            }
            assertEquals(3, changed, "the acceptor took it");
            Step end = a.receive(turned(body(done.frame()), true, random));
            assertFalse(end instanceof Step.Done, "the opener took it");
        } catch (WireFormatException expected) {
            assertFalse(expected.getMessage().isEmpty());
        }
    }

    private static byte[] turned(byte[] body, boolean turn, Random random) {
        if (turn) {
            body[random.nextInt(body.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return body;
    }

    /** A stranger between two nodes cannot give the one's proof back to it, nor use it at another node. */
    @Test
    void aProofIsGoodForOneConnectionOneDirectionAndTwoNodes() {
        NodeIdentity self = identity("a", SECRET);
        OpenerHandshake a = opener(self, nonce(1));
        byte[] challenge = sent(acceptor(identity("b", SECRET), body(a.first()), nonce(2)).begin());
        Introduction.Proof proof = (Introduction.Proof) Introduction.read(sent(a.receive(challenge)));
        Step back = a.receive(new Introduction.Welcome(proof.proof()).body());
        assertEquals(Refusal.Reason.SECRET, ((Step.Refuse) back).why().reason(), "its own proof as the other's");

        AcceptorHandshake another = acceptor(identity("d", SECRET), body(a.first()), nonce(2));
        another.begin();
        assertTrue(another.receive(proof.body()) instanceof Step.Refuse, "at another node");
        AcceptorHandshake later = acceptor(identity("b", SECRET), body(a.first()), nonce(3));
        later.begin();
        assertTrue(later.receive(proof.body()) instanceof Step.Refuse, "at another time");
    }

    @Test
    void withoutASecretNothingIsProvenAndAProofIsNotTaken() {
        OpenerHandshake a = opener(identity("a", ClusterSecret.NONE), nonce(1));
        AcceptorHandshake b = acceptor(identity("b", ClusterSecret.NONE), body(a.first()), nonce(2));
        byte[] proof = sent(a.receive(sent(b.begin())));
        assertEquals(0, ((Introduction.Proof) Introduction.read(proof)).proof().length);
        Step.Done accepted = (Step.Done) b.receive(proof);
        assertTrue(a.receive(body(accepted.frame())) instanceof Step.Done);
        Step forced = b.receive(new Introduction.Proof(7, nonce(1), new byte[ClusterSecret.PROOF_BYTES]).body());
        assertTrue(((Step.Refuse) forced).why().words().contains("node \"b\" has no cluster-secret"));
    }

    @Test
    void aRefusalIsPrintableFitsAFrameAndNamesBoth() {
        String name = "\u20ac".repeat(85);
        Handshake one = new Handshake(1, 2, name, "evil\n2026-11-22 ERROR \u001b[31m\u202e", 1, 0, 1);
        Handshake other = new Handshake(1, 2, "d" + name.substring(1), "\ud83d\ude00".repeat(60), 1, 0, 1);
        Refusal why = one.differs(other).orElseThrow();
        assertTrue(why.words().chars().noneMatch(c -> Character.isISOControl(c) || c == 0x202e), why::words);
        assertTrue(why.words().contains("evil?2026"), why::words);
        byte[] frame = Introduction.frame(new Introduction.Refused(why).body());
        assertTrue(frame.length <= Handshake.FRAME_BYTES_MAX, () -> frame.length + " bytes");
        assertEquals(new Introduction.Refused(why), Introduction.read(body(frame)));
        Refusal widest = new Refusal(Refusal.Reason.OTHER, "\ud83d\ude00".repeat(2000));
        byte[] wide = Introduction.frame(new Introduction.Refused(widest).body());
        assertTrue(wide.length <= Handshake.FRAME_BYTES_MAX, () -> wide.length + " bytes");
        byte[] later = new Introduction.Refused(why).body();
        later[6] = 99;
        assertEquals(Refusal.Reason.OTHER, ((Introduction.Refused) Introduction.read(later)).why().reason());
    }

    @Test
    void theLongestIntroductionFitsAFrame() {
        String name = "n".repeat(NodeIdentity.NAME_BYTES_MAX);
        Handshake who = new Handshake(255, 255, name, name, Long.MIN_VALUE, 65534, 65535);
        assertTrue(Introduction.frame(who.body()).length <= Handshake.FRAME_BYTES_MAX);
        Introduction longest = new Introduction.Challenge(who, -1, true, nonce(9));
        assertTrue(Introduction.frame(longest.body()).length <= Handshake.FRAME_BYTES_MAX);
    }

    @Test
    void aSecretIsNeverTold() {
        NodeIdentity self = identity("a", SECRET);
        assertFalse(self.toString().contains("sixteen"), self::toString);
        IllegalArgumentException tooShort =
                assertThrows(IllegalArgumentException.class, () -> ClusterSecret.of("hunter2"));
        assertFalse(tooShort.getMessage().contains("hunter2"), tooShort::getMessage);
        Set<String> tags = new HashSet<>();
        for (ClusterSecret secret : new ClusterSecret[] {SECRET, ClusterSecret.of("sixteen letters?")}) {
            tags.add(secret.tag("c"));
            tags.add(secret.tag("d"));
        }
        assertEquals(4, tags.size());
        assertEquals("", ClusterSecret.NONE.tag("c"));
    }

    /** HMAC-SHA256 over parts with their lengths: another cut of the same bytes is another text. */
    @Test
    void aProofTellsItsPartsApart() {
        byte[] one = SECRET.proof("opener", new byte[] {1, 2}, new byte[] {3});
        assertEquals(ClusterSecret.PROOF_BYTES, one.length);
        assertArrayEquals(one, SECRET.proof("opener", new byte[] {1, 2}, new byte[] {3}));
        assertNotEquals(java.util.HexFormat.of().formatHex(one),
                java.util.HexFormat.of().formatHex(SECRET.proof("opener", new byte[] {1}, new byte[] {2, 3})));
        assertFalse(SECRET.accepts(one, "acceptor", new byte[] {1, 2}, new byte[] {3}));
        assertFalse(SECRET.accepts(Arrays.copyOf(one, 31), "opener", new byte[] {1, 2}, new byte[] {3}));
    }
}
