package dev.henge.gossip.wire;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * The transport of one event loop over TCP.
 *
 * <p>To each peer there is one connection that this side opened and only sends on; what a peer sends comes on one
 * that the peer opened and that a {@link WireServer} handed over. So the two directions of a pair fail and heal each
 * by itself, and nobody has to decide which of two crossing connections to keep.
 *
 * <p>Threads: all fields belong to the loop's thread. {@link #peer}, {@link #forget} and {@link #close} may be called
 * from any thread and hop onto it; the methods of {@link Transport} must be called on it.
 */
public final class NettyTransport implements Transport, AutoCloseable {
    private static final long CLOSE_MILLIS_MAX = 5_000;

    /** A process that was heard so recently is alive: longer than any two messages are apart. */
    private static final long ALIVE_NANOS = 10_000_000_000L;

    final EventLoops loops;
    final EventLoop loop;
    final WireLimits limits;
    final MessageCodec codec;
    final MessageHandler handler;
    final Warnings warnings;
    final RandomGenerator chance;
    final NodeIdentity self;
    private final SecureRandom nonces = new SecureRandom();
    private final Versions versions;
    private final int loopIndex;
    private final Map<String, OutboundPeer> peers = new HashMap<>();
    private final Map<String, InboundConnection> inbound = new HashMap<>();
    private final List<OutboundPeer> pending = new ArrayList<>();
    private boolean closed;
    private long framesWritten;
    private long messagesTooNew;

    /**
     * @param loopIndex which of the loops this transport runs on; a peer's connection to loop k of this node comes
     *                  from its loop k
     * @param codec     this loop's own
     * @param log       takes the warnings, a line at a time; called on loop threads
     * @param chance    spreads the reconnects; used on the loop's thread only
     */
    public NettyTransport(EventLoops loops, int loopIndex, NodeIdentity self, WireLimits limits, MessageCodec codec,
            MessageHandler handler, Consumer<String> log, RandomGenerator chance) {
        this(loops, loopIndex, self, limits, codec, handler, log, chance, Versions.OURS);
    }

    /** One that speaks other versions of the wire. */
    NettyTransport(EventLoops loops, int loopIndex, NodeIdentity self, WireLimits limits, MessageCodec codec,
            MessageHandler handler, Consumer<String> log, RandomGenerator chance, Versions versions) {
        this.versions = versions;
        this.loops = loops;
        this.loop = loops.loop(loopIndex);
        this.loopIndex = loopIndex;
        this.self = self;
        this.limits = limits;
        this.codec = codec;
        this.handler = handler;
        this.warnings = new Warnings(log, System::nanoTime, limits.warningsPerSecondMax());
        this.chance = chance;
    }

    /**
     * Connects to a peer and keeps reconnecting until it is forgotten; a changed address drops the old connection
     * without telling of a disconnect. A literal address is best: a name is looked up again at every attempt.
     */
    public void peer(String peerId, String host, int port) {
        onLoop(() -> {
            if (closed) {
                return;
            }
            OutboundPeer known = peers.get(peerId);
            if (known != null && known.host.equals(host) && known.port == port) {
                return;
            }
            if (known != null) {
                known.abandon();
            }
            OutboundPeer peer = new OutboundPeer(this, peerId, host, port);
            peers.put(peerId, peer);
            peer.connect();
        });
    }

    /** Drops the peer's connections in both directions and what is queued for it, without telling of a disconnect. */
    public void forget(String peerId) {
        onLoop(() -> {
            OutboundPeer peer = peers.remove(peerId);
            if (peer != null) {
                peer.abandon();
            }
            InboundConnection connection = inbound.remove(peerId);
            if (connection != null) {
                connection.close();
            }
        });
    }

    @Override
    public boolean send(String peerId, Object message) {
        assert loop.inEventLoop();
        OutboundPeer peer = peers.get(peerId);
        return peer != null && peer.send(message);
    }

    @Override
    public void flush() {
        assert loop.inEventLoop();
        for (int i = 0; i < pending.size(); i++) {
            pending.get(i).flush();
        }
        pending.clear();
    }

    @Override
    public boolean connected(String peerId) {
        return peerInfo(peerId) != null;
    }

    /** What a connected peer said of itself; null if it is not connected. */
    public Peer peerInfo(String peerId) {
        assert loop.inEventLoop();
        OutboundPeer peer = peers.get(peerId);
        return peer == null ? null : peer.info();
    }

    @Override
    public long queuedBytes(String peerId) {
        assert loop.inEventLoop();
        OutboundPeer peer = peers.get(peerId);
        return peer == null ? 0 : peer.queuedBytes();
    }

    /** Frames handed to sockets since the start. */
    public long framesWritten() {
        assert loop.inEventLoop();
        return framesWritten;
    }

    /** Messages that were not sent because their type came with a later version than the peer speaks. */
    public long messagesTooNew() {
        assert loop.inEventLoop();
        return messagesTooNew;
    }

    void messageTooNew() {
        messagesTooNew++;
    }

    void frameWritten() {
        framesWritten++;
    }

    void hasPending(OutboundPeer peer) {
        pending.add(peer);
    }

    Handshake handshake() {
        return Handshake.of(self, versions, loopIndex, loops.size());
    }

    /** A handshake with a node that was dialled. */
    OpenerHandshake opens(String peerId) {
        return new OpenerHandshake(self, handshake(), peerId, nonce(), found -> clash(found, ""));
    }

    /** A handshake with a node that has dialled this loop, on whatever loop. */
    AcceptorHandshake accepts(byte[] first) {
        return new AcceptorHandshake(self, handshake(), first, nonce());
    }

    private byte[] nonce() {
        byte[] nonce = new byte[Introduction.NONCE_BYTES];
        nonces.nextBytes(nonce);
        return nonce;
    }

    /**
     * Takes over an accepted connection, on this loop; a newer connection of a peer ends its older one.
     *
     * @param welcome  the frame that tells the peer so
     * @param refusing takes the reason if the peer cannot be let in
     */
    void adopt(Channel channel, Peer from, byte[] welcome, Consumer<Refusal> refusing) {
        assert loop.inEventLoop();
        if (closed || !channel.isActive()) {
            channel.close();
            return;
        }
        Optional<Refusal> clash = clash(from, " at " + channel.remoteAddress());
        if (clash.isPresent()) {
            refusing.accept(clash.get());
            return;
        }
        InboundConnection connection = new InboundConnection(this, channel, from);
        InboundConnection older = inbound.put(from.id(), connection);
        if (older != null) {
            older.close();
        }
        connection.start(welcome);
    }

    /**
     * Whether a process that began later runs under the same node id and is alive. The later one of two is a restart
     * and takes over; the earlier one, if it ever comes again, is a second process with that id.
     */
    private Optional<Refusal> clash(Peer found, String where) {
        InboundConnection in = inbound.get(found.id());
        if (in != null && found.startedBefore(in.from()) && in.heardWithin(ALIVE_NANOS)) {
            return Optional.of(Refusal.sameId(found.id(), found.bootEpoch(), where, in.from().bootEpoch(),
                    " at " + in.remote()));
        }
        OutboundPeer out = peers.get(found.id());
        if (out != null && out.info() != null && found.startedBefore(out.info())) {
            return Optional.of(Refusal.sameId(found.id(), found.bootEpoch(), where, out.info().bootEpoch(),
                    " at " + out.host + ":" + out.port));
        }
        return Optional.empty();
    }

    void inboundClosed(InboundConnection connection) {
        inbound.remove(connection.from().id(), connection);
    }

    boolean isClosed() {
        return closed;
    }

    /**
     * Ends all connections and attempts; no call of the handler begins after this returns. What is queued is
     * dropped.
     */
    @Override
    public void close() {
        if (loop.isShuttingDown()) {
            return;
        }
        Runnable closing = () -> {
            closed = true;
            peers.values().forEach(OutboundPeer::abandon);
            peers.clear();
            List.copyOf(inbound.values()).forEach(InboundConnection::close);
            inbound.clear();
            pending.clear();
        };
        if (loop.inEventLoop()) {
            closing.run();
        } else {
            loop.submit(closing).awaitUninterruptibly(CLOSE_MILLIS_MAX, TimeUnit.MILLISECONDS);
        }
    }

    private void onLoop(Runnable task) {
        if (loop.inEventLoop()) {
            task.run();
        } else {
            loop.execute(task);
        }
    }
}
