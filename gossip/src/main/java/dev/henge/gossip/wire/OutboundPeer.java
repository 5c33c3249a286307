package dev.henge.gossip.wire;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.BitSet;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A peer that this loop sends to: its address, its one connection or the attempts to get one, its pending frame.
 *
 * <p>connecting → handshake sent → ready → (lost) → pause → connecting. The pause doubles with every attempt that led
 * to no lasting connection, and a random half of it spreads the nodes that lost the same peer at the same moment. The
 * first attempt after a lasting connection comes at once: if the process died, the refusal tells so within a round
 * trip.
 */
final class OutboundPeer {
    private static final Logger LOG = LoggerFactory.getLogger(OutboundPeer.class);

    /** A frame is handed to Netty in pieces of this size, which its pools keep; larger ones they do not. */
    static final int PIECE_BYTES_MAX = 1 << 20;

    /** The pause doubles at most so often. */
    private static final int DOUBLINGS_MAX = 20;

    final String id;
    final String host;
    final int port;
    private final NettyTransport transport;
    private Channel channel;
    private Peer info;
    private FrameBuilder frame;
    private boolean pending;
    private boolean abandoned;
    private Object failureTold;
    private boolean attemptTold;
    private boolean everyType;
    private final BitSet tooNewTold = new BitSet();
    private boolean boundTold;
    private int failures;
    private long readyNanos;
    private ScheduledFuture<?> timer;

    OutboundPeer(NettyTransport transport, String id, String host, int port) {
        this.transport = transport;
        this.id = id;
        this.host = host;
        this.port = port;
    }

    Peer info() {
        return info;
    }

    // ---- sending -------------------------------------------------------------------------------------------------

    boolean send(Object message) {
        if (info == null) {
            return false;
        }
        if (queuedBytes() >= transport.limits.queuedBytesMax()) {
            tellBound();
            return false;
        }
        if (!everyType && transport.codec.since(message) > info.version()) {
            tooNew(message);
            return false;
        }
        if (!frame.append(message, transport.codec)) {
            transport.warnings.warn("peer " + id + ": a message of " + message.getClass().getSimpleName()
                    + " is larger than a frame may be, " + transport.limits.frameBytesMax() + " bytes; not sent");
            return false;
        }
        boundTold = false;
        if (!pending) {
            pending = true;
            transport.hasPending(this);
        }
        return true;
    }

    /** A peer cannot read what came with a later version than it speaks: it would cut the connection. */
    private void tooNew(Object message) {
        transport.messageTooNew();
        int since = transport.codec.since(message);
        int type = transport.codec.id(message);
        if (!tooNewTold.get(type)) {
            tooNewTold.set(type);
            transport.warnings.warn("peer " + id + " speaks version " + info.version()
                    + " of the wire: messages of type " + type + ", " + message.getClass().getSimpleName() + ", came with " + since + "; not sent");
        }
    }

    /** One line each time the bound is reached, not one a message. */
    private void tellBound() {
        if (!boundTold) {
            boundTold = true;
            transport.warnings.warn("peer " + id + ": " + queuedBytes() + " bytes are queued, the bound is "
                    + transport.limits.queuedBytesMax() + "; messages are refused until it drains");
        }
    }

    void flush() {
        pending = false;
        if (info != null) {
            frame.seal();
            channel.flush();
        }
    }

    long queuedBytes() {
        if (info == null) {
            return 0;
        }
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        return frame.pendingBytes() + (buffer == null ? 0 : buffer.totalPendingWriteBytes());
    }

    private void write(byte[] bytes, int offset, int length) {
        transport.frameWritten();
        try {
            writePieces(channel, bytes, offset, length);
        } catch (OutOfMemoryError e) {
            // Half a frame is queued: only an end of the connection keeps the peer from reading nonsense.
            transport.warnings.warn("peer " + id + ": no memory for a frame of " + length + " bytes; connection cut");
            channel.close();
        }
    }

    /** The frame is copied into direct buffers here: the array is free again when this returns. */
    static void writePieces(Channel channel, byte[] bytes, int offset, int length) {
        int end = offset + length;
        for (int at = offset; at < end; at += PIECE_BYTES_MAX) {
            int piece = Math.min(PIECE_BYTES_MAX, end - at);
            ByteBuf buffer = channel.alloc().directBuffer(piece, piece);
            buffer.writeBytes(bytes, at, piece);
            channel.write(buffer, channel.voidPromise());
        }
    }

    /** Closes the connection once the bytes have left, if there are any. */
    static void lastWords(Channel channel, byte[] frame) {
        if (frame.length == 0) {
            channel.close();
        } else {
            channel.writeAndFlush(Unpooled.wrappedBuffer(frame)).addListener(ChannelFutureListener.CLOSE);
        }
    }

    // ---- connecting ----------------------------------------------------------------------------------------------

    void connect() {
        timer = null;
        if (NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host)) {
            attempt(new InetSocketAddress(NetUtil.createInetAddressFromIpAddressString(host), port));
            return;
        }
        // A look-up may block for seconds: never on the loop.
        Future<InetAddress> lookup = GlobalEventExecutor.INSTANCE.submit(() -> InetAddress.getByName(host));
        lookup.addListener(done -> transport.loop.execute(() -> {
            if (lookup.isSuccess()) {
                attempt(new InetSocketAddress(lookup.getNow(), port));
            } else {
                failed(lookup.cause());
            }
        }));
    }

    private void attempt(InetSocketAddress address) {
        if (abandoned) {
            return;
        }
        attemptTold = false;
        Bootstrap bootstrap = new Bootstrap()
                .group(transport.loop)
                .channel(transport.loops.socketChannel())
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel opened) {
                        SocketOptions.apply(opened, transport.limits);
                        opened.pipeline().addLast(new HandshakeReply());
                    }
                });
        ChannelFuture attempt = bootstrap.connect(address);
        channel = attempt.channel();
        attempt.addListener(done -> {
            if (!attempt.isSuccess()) {
                failed(attempt.cause());
            }
        });
    }

    private void failed(Throwable cause) {
        if (abandoned || transport.isClosed()) {
            return;
        }
        channel = null;
        failures++;
        boolean refused = refused(cause);
        LOG.debug("peer {} at {}:{}: {}", id, host, port, cause.toString());
        connectLater();
        if (refused) {
            transport.handler.disconnected(id, true);
            transport.handler.turnEnded();
        }
    }

    /**
     * Only ECONNREFUSED proves that nobody listens; time-outs and others share its exception class, so the text
     * decides.
     */
    private static boolean refused(Throwable cause) {
        return cause instanceof ConnectException && String.valueOf(cause.getMessage()).contains("onnection refused");
    }

    private void connectLater() {
        WireLimits limits = transport.limits;
        long pause = 0;
        if (failures > 0) {
            long doubled = (long) limits.reconnectMillisMin() << Math.min(failures - 1, DOUBLINGS_MAX);
            long bounded = Math.min(doubled, limits.reconnectMillisMax());
            pause = bounded / 2 + transport.chance.nextLong(bounded / 2 + 1);
        }
        timer = transport.loop.schedule(this::connect, pause, TimeUnit.MILLISECONDS);
    }

    private void ready(Peer peer) {
        info = peer;
        readyNanos = System.nanoTime();
        failureTold = null;
        everyType = peer.version() >= transport.codec.sinceMax();
        tooNewTold.clear();
        boundTold = false;
        pending = false;
        frame = new FrameBuilder(transport.limits, peer.version(), this::write);
        transport.handler.connected(id);
        transport.handler.turnEnded();
    }

    private void lost() {
        channel = null;
        if (abandoned || transport.isClosed()) {
            return;
        }
        boolean wasReady = info != null;
        boolean lasted = wasReady && System.nanoTime() - readyNanos
                > TimeUnit.MILLISECONDS.toNanos(transport.limits.reconnectMillisMax());
        failures = lasted ? 0 : failures + 1;
        info = null;
        frame = null;
        connectLater();
        if (wasReady) {
            transport.handler.disconnected(id, false);
            transport.handler.turnEnded();
        } else {
            tellHandshakeFailure("it closed the connection during the handshake; its own log says why");
        }
    }

    /** One line for a row of failures of one kind, and at most one for an attempt. */
    private void tellHandshakeFailure(Object kind, String reason) {
        if (!attemptTold && !kind.equals(failureTold)) {
            failureTold = kind;
            transport.warnings.warn("peer " + id + " at " + host + ":" + port + ": " + reason);
        }
        attemptTold = true;
    }

    private void tellHandshakeFailure(String reason) {
        tellHandshakeFailure(reason, reason);
    }

    void abandon() {
        abandoned = true;
        info = null;
        frame = null;
        if (timer != null) {
            timer.cancel(false);
        }
        if (channel != null) {
            channel.close();
        }
    }

    /** The receiving half of an outbound connection: the answers to our handshake, and nothing after them. */
    private final class HandshakeReply extends ChannelInboundHandlerAdapter {
        private final FrameParser parser =
                new FrameParser(FrameFormat.VERSION_HANDSHAKE, Handshake.FRAME_BYTES_MAX);
        private final OpenerHandshake handshake = transport.opens(id);
        private ScheduledFuture<?> deadline;

        @Override
        public void channelActive(ChannelHandlerContext context) {
            write(context, handshake.first());
            deadline = context.executor().schedule(() -> {
                tellHandshakeFailure("no handshake within " + transport.limits.handshakeTimeoutMillis() + " ms");
                context.close();
            }, transport.limits.handshakeTimeoutMillis(), TimeUnit.MILLISECONDS);
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object read) {
            ByteBuf bytes = (ByteBuf) read;
            try {
                if (!abandoned && context.channel().isActive()) {
                    receive(context, bytes);
                }
            } catch (WireFormatException e) {
                tellHandshakeFailure(e.getMessage() + "; connection cut");
                context.close();
            } finally {
                bytes.release();
            }
        }

        private void receive(ChannelHandlerContext context, ByteBuf bytes) {
            if (info != null) {
                throw new WireFormatException("bytes after its handshake on a connection that only sends");
            }
            parser.append(bytes);
            if (!parser.next()) {
                return;
            }
            Step step = handshake.receive(parser.bodyCopy());
            if (parser.unread() > 0) {
                throw new WireFormatException("bytes after its handshake on a connection that only sends");
            }
            if (step instanceof Step.Send next) {
                write(context, next.frame());
            } else if (step instanceof Step.Done done) {
                deadline.cancel(false);
                ready(done.peer());
            } else if (step instanceof Step.Refuse refuse) {
                tellHandshakeFailure(refuse.why().reason(), "refused by this node: " + refuse.why().words());
                lastWords(context.channel(), refuse.frame());
            } else if (step instanceof Step.Turned turned) {
                tellHandshakeFailure(turned.why().reason(), "it refuses this node: " + turned.why().words());
                context.close();
            }
        }

        private void write(ChannelHandlerContext context, byte[] frame) {
            writePieces(context.channel(), frame, 0, frame.length);
            context.flush();
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            if (deadline != null) {
                deadline.cancel(false);
            }
            lost();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            if (!(cause instanceof IOException)) {
                LOG.error("peer {}: connection cut", id, cause);
            }
            context.close();
        }
    }
}
