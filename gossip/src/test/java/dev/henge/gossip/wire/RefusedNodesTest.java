package dev.henge.gossip.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.gossip.wire.TestMessages.Number;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Nodes over loopback that must not talk: each says why in one line, however often they try. */
class RefusedNodesTest {
    private static final ClusterSecret SECRET = ClusterSecret.of("a secret of many characters");
    private static final ClusterSecret OTHER_SECRET = ClusterSecret.of("a secret of more characters");
    private static final Versions OLD = new Versions(1, 1);

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable closeable : open) {
            closeable.close();
        }
    }

    private TestNode node(NodeIdentity self, Versions versions) throws IOException {
        TestNode node = TestNode.start(self, versions, TestMessages.codec());
        open.add(node);
        return node;
    }

    private TestNode node(String cluster, String id, ClusterSecret secret) throws IOException {
        return node(new NodeIdentity(cluster, id, 1, 7, secret), Versions.OURS);
    }

    private static void awaitLine(TestNode node, String... parts) {
        TestNode.await(() -> node.log.stream().anyMatch(line -> List.of(parts).stream().allMatch(line::contains)),
                "a line with " + List.of(parts) + " in " + node.log);
    }

    /** Both sides tell it, once, though the opener tries again and again. */
    private static void refused(TestNode opener, TestNode acceptor, String refuser, String words) {
        opener.knows(acceptor.id(), acceptor);
        long before = acceptor.server.accepted();
        boolean byOpener = refuser.equals(opener.id());
        awaitLine(opener, "peer " + acceptor.id() + " at 127.0.0.1:" + acceptor.port(),
                byOpener ? "refused by this node: " : "it refuses this node: ", words);
        awaitLine(acceptor, "connection from /127.0.0.1:", "node \"" + opener.id() + "\""
                + (byOpener ? " refuses this node: " : " is refused: "), words);
        TestNode.await(() -> acceptor.server.accepted() >= before + 5, "further attempts");
        assertEquals(1, opener.log.size(), opener.log::toString);
        assertEquals(1, acceptor.log.size(), acceptor.log::toString);
        assertEquals(0, opener.count("connected") + acceptor.count("connected"));
        assertFalse(opener.sendAndFlush(acceptor.id(), new Number(1)));
    }

    @Test
    void anotherCluster() throws IOException {
        refused(node("blue", "a", ClusterSecret.NONE), node("green", "b", ClusterSecret.NONE), "b",
                "node \"a\" belongs to cluster \"blue\", node \"b\" to cluster \"green\"");
        refused(node("blue", "c", SECRET), node("green", "d", SECRET), "d",
                "node \"c\" belongs to cluster \"blue\", node \"d\" to cluster \"green\"");
    }

    @Test
    void anotherSecret() throws IOException {
        refused(node("x", "a", SECRET), node("x", "b", OTHER_SECRET), "b",
                "node \"a\" and node \"b\" have different cluster-secrets");
    }

    @Test
    void noSecretWhereOneIsAsked() throws IOException {
        refused(node("x", "a", ClusterSecret.NONE), node("x", "b", SECRET), "a",
                "node \"a\" has no cluster-secret, node \"b\" asks for one");
        refused(node("x", "c", SECRET), node("x", "d", ClusterSecret.NONE), "c",
                "node \"d\" has no cluster-secret, node \"c\" asks for one");
    }

    @Test
    void noCommonVersion() throws IOException {
        TestNode newer = node(new NodeIdentity("x", "a", 1, 7, SECRET), new Versions(3, 4));
        refused(newer, node("x", "b", SECRET), "b",
                "node \"a\" speaks versions 3 to 4 of the wire, node \"b\" 1 to " + FrameFormat.VERSION_MAX);
        refused(node("x", "c", SECRET), node(new NodeIdentity("x", "d", 1, 7, SECRET), new Versions(3, 4)), "d",
                "node \"c\" speaks versions 1 to " + FrameFormat.VERSION_MAX + " of the wire, node \"d\" 3 to 4");
    }

    @Test
    void aNodeThatDialsItself() throws IOException {
        TestNode a = node("x", "a", SECRET);
        a.knows("b", a);
        awaitLine(a, "peer b at", "refused by this node: node \"a\" has dialled itself");
        awaitLine(a, "node \"a\" refuses this node: node \"a\" has dialled itself");
        TestNode.await(() -> a.server.accepted() >= 5, "further attempts");
        assertEquals(2, a.log.size(), a.log::toString);
    }

    @Test
    void anotherNodeThanTheOneLookedFor() throws IOException {
        TestNode a = node("x", "a", SECRET);
        TestNode c = node("x", "c", SECRET);
        a.knows("b", c);
        awaitLine(a, "refused by this node: at this address is node \"c\", not node \"b\" which was looked for");
        awaitLine(c, "node \"a\" refuses this node: at this address is node \"c\", not node \"b\"");
    }

    @Test
    void theSameSecretConnectsBothWays() throws IOException {
        TestNode a = node("x", "a", SECRET);
        TestNode b = node("x", "b", SECRET);
        a.knows("b", b);
        b.knows("a", a);
        a.awaitConnected("b");
        b.awaitConnected("a");
        assertTrue(a.sendAndFlush("b", new Number(1)));
        TestNode.await(() -> b.messages().equals(List.of(new Number(1))), "the message");
        assertEquals(0, a.log.size() + b.log.size());
    }

    /** Two processes on copies of one directory: the later start is let in, as a restart is; the earlier is told. */
    @Test
    void theEarlierOfTwoProcessesWithOneIdIsRefused() throws IOException {
        TestNode c = node("x", "c", SECRET);
        TestNode first = node(new NodeIdentity("x", "a", 5, 100, SECRET), Versions.OURS);
        first.knows("c", c);
        first.awaitConnected("c");
        TestNode second = node(new NodeIdentity("x", "a", 5, 101, SECRET), Versions.OURS);
        second.knows("c", c);
        second.awaitConnected("c");
        String words = "two processes run as node \"a\": start 5 at /127.0.0.1:";
        awaitLine(first, "it refuses this node: " + words, "was its directory copied?");
        awaitLine(c, "node \"a\" is refused: " + words);
        TestNode.await(() -> c.server.accepted() >= 6, "further attempts");
        assertEquals(1, first.log.size(), first.log::toString);
        assertEquals(1, c.log.size(), c.log::toString);
        assertEquals(0, second.count("lost"));
        assertTrue(second.sendAndFlush("c", new Number(3)));
        TestNode.await(() -> c.messages().contains(new Number(3)), "the later one's message");
    }

    @Test
    void theEarlierProcessIsRefusedByOneThatDialsItToo() throws IOException {
        TestNode c = node("x", "c", SECRET);
        TestNode later = node(new NodeIdentity("x", "a", 6, 1, SECRET), Versions.OURS);
        TestNode earlier = node(new NodeIdentity("x", "a", 5, 9, SECRET), Versions.OURS);
        later.knows("c", c);
        later.awaitConnected("c");
        c.knows("a", earlier);
        awaitLine(c, "refused by this node: two processes run as node \"a\": start 5 and start 6 at /127.0.0.1");
        awaitLine(earlier, "node \"c\" refuses this node: two processes run as node \"a\"");
        c.knows("a", later);
        c.awaitConnected("a");
    }

    @Test
    void aProcessWithTheIdOfTheOneItDialsIsRefused() throws IOException {
        TestNode a = node(new NodeIdentity("x", "a", 5, 100, SECRET), Versions.OURS);
        TestNode copy = node(new NodeIdentity("x", "a", 6, 101, SECRET), Versions.OURS);
        refused(copy, a, "a", "two processes run as node \"a\": start 6 and start 5");
    }

    @Test
    void aRestartedNodeWithALaterBootEpochIsNoClash() throws IOException {
        TestNode c = node("x", "c", SECRET);
        for (int epoch = 1; epoch <= 3; epoch++) {
            TestNode run = node(new NodeIdentity("x", "a", epoch, 1000 - epoch, SECRET), Versions.OURS);
            run.knows("c", c);
            run.awaitConnected("c");
            c.knows("a", run);
            c.awaitConnected("a");
            assertEquals(epoch, c.onLoop(() -> c.transport().peerInfo("a")).bootEpoch());
            run.close();
        }
        assertEquals(List.of(), List.copyOf(c.log));
    }

    // ---- nodes of the version before ---------------------------------------------------------------------------

    @Test
    void aNodeOfTheVersionBeforeWorksInARingWithoutASecretBothWays() throws IOException {
        TestNode old = node(new NodeIdentity("x", "old", 1, 7, ClusterSecret.NONE), OLD);
        TestNode now = node("x", "now", ClusterSecret.NONE);
        old.knows("now", now);
        now.knows("old", old);
        old.awaitConnected("now");
        now.awaitConnected("old");
        assertTrue(old.sendAndFlush("now", new Number(1)));
        assertTrue(now.sendAndFlush("old", new Number(2)));
        TestNode.await(() -> now.messages().contains(new Number(1)), "from the old one");
        TestNode.await(() -> old.messages().contains(new Number(2)), "from the new one");
        assertEquals(1, now.onLoop(() -> now.transport().peerInfo("old")).version());
        assertEquals(0, old.log.size() + now.log.size());
    }

    @Test
    void aNodeOfTheVersionBeforeIsRefusedWhereASecretIsAsked() throws IOException {
        TestNode old = node(new NodeIdentity("x", "old", 1, 7, ClusterSecret.NONE), OLD);
        TestNode now = node("x", "now", SECRET);
        String words = "node \"old\" speaks versions 1 to 1 of the wire and cannot prove the cluster-secret that node"
                + " \"now\" asks for";
        old.knows("now", now);
        awaitLine(now, "node \"old\" is refused: " + words);
        awaitLine(old, "it closed the connection during the handshake; its own log says why");
        now.knows("old", old);
        awaitLine(now, "peer old at", "refused by this node: " + words);
        TestNode.await(() -> now.server.accepted() >= 5 && old.server.accepted() >= 5, "further attempts");
        assertEquals(2, now.log.size(), now.log::toString);
        assertEquals(1, old.log.size(), old.log::toString);
    }

    // ---- who tries to get in without the secret ------------------------------------------------------------------

    @Test
    void whatANodeProvedOnceOpensNothingLater() throws Exception {
        TestNode b = node("x", "b", SECRET);
        NodeIdentity a = new NodeIdentity("x", "a", 1, 9, SECRET);
        Handshake hello = Handshake.of(a, Versions.OURS, 0, 1);
        OpenerHandshake honest = new OpenerHandshake(a, hello, "b", new byte[Introduction.NONCE_BYTES],
                peer -> java.util.Optional.empty());
        byte[] proof;
        try (Socket socket = RawPeer.open(b.port())) {
            socket.getOutputStream().write(honest.first());
            proof = ((Step.Send) honest.receive(body(socket))).frame();
            socket.getOutputStream().write(proof);
            assertTrue(honest.receive(body(socket)) instanceof Step.Done, "the true one is let in");
        }
        try (Socket socket = RawPeer.open(b.port())) {
            socket.getOutputStream().write(honest.first());
            body(socket);
            socket.getOutputStream().write(proof);
            Introduction answer = Introduction.read(body(socket));
            assertEquals(Refusal.Reason.SECRET, ((Introduction.Refused) answer).why().reason());
            RawPeer.awaitCut(socket);
        }
        awaitLine(b, "node \"a\" is refused: node \"a\" and node \"b\" have different cluster-secrets");
    }

    @Test
    void messagesBeforeTheProofAreNotRead() throws Exception {
        TestNode b = node("x", "b", SECRET);
        try (Socket socket = RawPeer.open(b.port())) {
            NodeIdentity a = new NodeIdentity("x", "a", 1, 9, ClusterSecret.NONE);
            socket.getOutputStream().write(Introduction.frame(Handshake.of(a, Versions.OURS, 0, 1).body()));
            body(socket);
            socket.getOutputStream().write(RawPeer.frame(new Number(1)));
            RawPeer.awaitCut(socket);
        }
        awaitLine(b, "a frame of version 1 where 0 is spoken");
        assertEquals(0, b.count("received"));
    }

    private static byte[] body(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        int length = FrameFormat.i32(in.readNBytes(FrameFormat.LENGTH_BYTES), 0);
        byte[] rest = in.readNBytes(length);
        FrameParser parser = new FrameParser(FrameFormat.VERSION_HANDSHAKE, Handshake.FRAME_BYTES_MAX);
        byte[] frame = new byte[FrameFormat.LENGTH_BYTES + length];
        FrameFormat.putI32(frame, 0, length);
        System.arraycopy(rest, 0, frame, FrameFormat.LENGTH_BYTES, length);
        parser.append(frame);
        assertTrue(parser.next());
        assertArrayEquals(new byte[] {'H', 'N', 'G', 'W'}, java.util.Arrays.copyOf(parser.bodyCopy(), 4));
        return parser.bodyCopy();
    }
}
