package dev.henge.gossip.wire;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;

/** A node of the wire's tests: loops, a server, a transport a loop, and what was told to them. */
final class TestNode implements AutoCloseable {
    static final long DEADLINE_MILLIS = 10_000;

    record Event(int loop, String what, String peer, Object message) {}

    final EventLoops loops;
    final List<NettyTransport> transports = new ArrayList<>();
    final Queue<Event> events = new ConcurrentLinkedQueue<>();
    final Queue<String> log = new ConcurrentLinkedQueue<>();
    final WireServer server;
    private final String id;

    static TestNode start(String id, EventLoops.Kind kind) throws IOException {
        return new TestNode("test", id, kind, 1, 0, WireLimits.DEFAULT, TestMessages.codec());
    }

    /** One of this identity and these versions, with one loop. */
    static TestNode start(NodeIdentity self, Versions versions, MessageCodec codec) throws IOException {
        return new TestNode(self, versions, EventLoops.Kind.AUTO, 1, 0, WireLimits.DEFAULT, codec);
    }

    TestNode(String cluster, String id, EventLoops.Kind kind, int loopCount, int port, WireLimits limits,
            MessageCodec first) throws IOException {
        this(new NodeIdentity(cluster, id, 1, 7, ClusterSecret.NONE), Versions.OURS, kind, loopCount, port, limits,
                first);
    }

    private TestNode(NodeIdentity self, Versions versions, EventLoops.Kind kind, int loopCount, int port,
            WireLimits limits, MessageCodec first) throws IOException {
        id = self.nodeId();
        loops = EventLoops.create(loopCount, kind, "wire-" + id);
        IntFunction<MessageCodec> codecs = i -> i == 0 ? first : TestMessages.codec();
        for (int i = 0; i < loopCount; i++) {
            transports.add(new NettyTransport(loops, i, self, limits, codecs.apply(i), new Recorder(i), log::add,
                    new Random(i), versions));
        }
        server = new WireServer(new InetSocketAddress("127.0.0.1", port), loops, transports, limits, log::add);
    }

    String id() {
        return id;
    }

    int port() {
        return server.address().getPort();
    }

    NettyTransport transport() {
        return transports.get(0);
    }

    void knows(String id, TestNode other) {
        transports.forEach(transport -> transport.peer(id, "127.0.0.1", other.port()));
    }

    /** Runs on the first loop and waits. */
    <T> T onLoop(Callable<T> task) {
        return onLoop(0, task);
    }

    <T> T onLoop(int loop, Callable<T> task) {
        try {
            return loops.loop(loop).submit(task).get(DEADLINE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    boolean sendAndFlush(String peer, Object message) {
        return onLoop(() -> {
            boolean sent = transport().send(peer, message);
            transport().flush();
            return sent;
        });
    }

    void awaitConnected(String peer) {
        await(() -> transports.stream().allMatch(t -> onLoop(transports.indexOf(t), () -> t.connected(peer))),
                "connected to " + peer + ", log " + log);
    }

    long count(String what) {
        return events.stream().filter(event -> event.what.equals(what)).count();
    }

    List<Object> messages() {
        return events.stream().filter(event -> event.what.equals("received")).map(Event::message).toList();
    }

    static void await(BooleanSupplier condition, String what) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(DEADLINE_MILLIS);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + DEADLINE_MILLIS + " ms: " + what);
            }
            Thread.onSpinWait();
            Thread.yield();
        }
    }

    @Override
    public void close() {
        server.close();
        transports.forEach(NettyTransport::close);
        loops.close();
    }

    private final class Recorder implements MessageHandler {
        private final int loop;

        Recorder(int loop) {
            this.loop = loop;
        }

        private void add(String what, String peer, Object message) {
            if (!loops.loop(loop).inEventLoop()) {
                events.add(new Event(loop, "WRONG THREAD", peer, message));
            }
            events.add(new Event(loop, what, peer, message));
        }

        @Override
        public void received(String fromId, Object message) {
            add("received", fromId, message);
        }

        @Override
        public void turnEnded() {
            add("turn", "", null);
        }

        @Override
        public void connected(String peerId) {
            add("connected", peerId, null);
        }

        @Override
        public void disconnected(String peerId, boolean refused) {
            add(refused ? "refused" : "lost", peerId, null);
        }
    }
}
