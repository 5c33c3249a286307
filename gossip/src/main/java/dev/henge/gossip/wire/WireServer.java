package dev.henge.gossip.wire;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * The internal port: accepts other nodes' connections, hears their handshake, and hands each to the loop that it is
 * for.
 *
 * <p>Until its handshake is good a connection may hold {@link Handshake#FRAME_BYTES_MAX} bytes for a limited time,
 * whatever it sends. It is welcomed on its own loop only, after the hand-over; so nothing can arrive while it is
 * between two loops.
 */
public final class WireServer implements AutoCloseable {
    private static final int BACKLOG = 128;
    private static final long CLOSE_MILLIS_MAX = 5_000;

    private final Channel listener;
    private final ChannelGroup accepted = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicLong everAccepted = new AtomicLong();
    private final List<NettyTransport> transports;
    private final WireLimits limits;
    private final Warnings warnings;
    private final ToldOnce refusalsTold = new ToldOnce();

    /**
     * Binds the port.
     *
     * @param transports one for every loop, in the loops' order
     * @param log        takes the warnings, a line at a time
     */
    public WireServer(InetSocketAddress address, EventLoops loops, List<NettyTransport> transports, WireLimits limits,
            Consumer<String> log) throws IOException {
        if (transports.size() != loops.size()) {
            throw new IllegalArgumentException(transports.size() + " transports for " + loops.size() + " loops");
        }
        this.transports = List.copyOf(transports);
        this.limits = limits;
        this.warnings = new Warnings(log, System::nanoTime, limits.warningsPerSecondMax());
        ChannelFuture bound = new ServerBootstrap()
                .group(loops.group())
                .channel(loops.serverSocketChannel())
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        accept(channel);
                    }
                })
                .bind(address)
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException("cannot listen on " + address + ": " + bound.cause().getMessage(), bound.cause());
        }
        this.listener = bound.channel();
    }

    /** The address in use, with the port that was taken if 0 was asked for. */
    public InetSocketAddress address() {
        return (InetSocketAddress) listener.localAddress();
    }

    /** The accepted connections that are open. */
    public int connections() {
        return open.get();
    }

    /** The connections accepted since the start, those cut at once among them. */
    long accepted() {
        return everAccepted.get();
    }

    private void accept(Channel channel) {
        everAccepted.incrementAndGet();
        int now = open.incrementAndGet();
        channel.closeFuture().addListener(closed -> open.decrementAndGet());
        if (now > limits.inboundConnectionsMax()) {
            warnings.warn("connection from " + channel.remoteAddress() + ": " + limits.inboundConnectionsMax()
                    + " are open already; connection cut");
            channel.close();
            return;
        }
        accepted.add(channel);
        SocketOptions.apply(channel, limits);
        channel.pipeline().addLast(new Stranger());
    }

    /** Tells the log and the other side why, and closes the connection. */
    private void refuse(Channel channel, Handshake from, Step.Refuse refuse) {
        tell(channel, from, refuse.why(), " is refused: ");
        OutboundPeer.lastWords(channel, refuse.frame());
    }

    /** One line for a row of the same refusals of one node. */
    private void tell(Channel channel, Handshake from, Refusal why, String what) {
        if (refusalsTold.isNew(who(channel, from), why.reason())) {
            warnings.warn("connection from " + channel.remoteAddress() + ": node \"" + Refusal.printable(from.nodeId())
                    + "\"" + what + why.words() + "; connection cut");
        }
    }

    /** The node that calls itself so, and the host it calls from; its port is another each time. */
    private static String who(Channel channel, Handshake from) {
        String host = channel.remoteAddress() instanceof InetSocketAddress address ? address.getHostString() : "";
        return host + " " + from.nodeId();
    }

    /** Closes the port and every accepted connection. */
    @Override
    public void close() {
        listener.close().awaitUninterruptibly(CLOSE_MILLIS_MAX, TimeUnit.MILLISECONDS);
        accepted.close().awaitUninterruptibly(CLOSE_MILLIS_MAX, TimeUnit.MILLISECONDS);
    }

    /** An accepted connection that has not introduced itself. */
    private final class Stranger extends ChannelInboundHandlerAdapter {
        private final FrameParser parser =
                new FrameParser(FrameFormat.VERSION_HANDSHAKE, Handshake.FRAME_BYTES_MAX);
        private ScheduledFuture<?> deadline;
        private NettyTransport target;
        private AcceptorHandshake handshake;
        private boolean done;

        @Override
        public void channelActive(ChannelHandlerContext context) {
            deadline = context.executor().schedule(
                    () -> cut(context, "no handshake within " + limits.handshakeTimeoutMillis() + " ms"),
                    limits.handshakeTimeoutMillis(), TimeUnit.MILLISECONDS);
            context.fireChannelActive();
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object read) {
            ByteBuf bytes = (ByteBuf) read;
            try {
                if (!done) {
                    receive(context, bytes);
                }
            } catch (WireFormatException e) {
                cut(context, e.getMessage());
            } finally {
                bytes.release();
            }
        }

        private void receive(ChannelHandlerContext context, ByteBuf bytes) {
            parser.append(bytes);
            if (!parser.next()) {
                return;
            }
            byte[] body = parser.bodyCopy();
            Step step = handshake == null ? begin(body) : handshake.receive(body);
            if (parser.unread() > 0) {
                throw new WireFormatException("bytes after its handshake, before the answer");
            }
            if (step instanceof Step.Send answer) {
                OutboundPeer.writePieces(context.channel(), answer.frame(), 0, answer.frame().length);
                context.flush();
            } else if (step instanceof Step.Done accepted) {
                done = true;
                deadline.cancel(false);
                handOver(context, accepted);
            } else if (step instanceof Step.Refuse refuse) {
                end();
                refuse(context.channel(), handshake.theirs(), refuse);
            } else if (step instanceof Step.Turned turned) {
                end();
                tell(context.channel(), handshake.theirs(), turned.why(), " refuses this node: ");
                context.close();
            }
        }

        private Step begin(byte[] first) {
            // Where the loops of two nodes differ in number, the protocol above sees it in Peer.loops.
            target = transports.get(Handshake.read(first).loop() % transports.size());
            handshake = target.accepts(first);
            return handshake.begin();
        }

        private void handOver(ChannelHandlerContext context, Step.Done accepted) {
            Channel channel = context.channel();
            channel.config().setAutoRead(false);
            channel.pipeline().remove(this);
            if (channel.eventLoop() == target.loop) {
                adopt(channel, accepted);
                return;
            }
            // Not from inside a read: the channel's own loop may still touch it until the read has unwound.
            channel.eventLoop().execute(() -> channel.deregister().addListener(gone ->
                    target.loop.register(channel).addListener(there -> {
                        if (there.isSuccess()) {
                            adopt(channel, accepted);
                        } else {
                            channel.close();
                        }
                    })));
        }

        private void adopt(Channel channel, Step.Done accepted) {
            boolean[] refused = {false};
            target.adopt(channel, accepted.peer(), accepted.frame(), why -> {
                refused[0] = true;
                boolean tells = accepted.peer().version() >= Handshake.VERSION_OF_INTRODUCTIONS;
                refuse(channel, handshake.theirs(), tells ? Step.refuse(why) : Step.refuseSilently(why));
            });
            if (!refused[0]) {
                refusalsTold.forget(who(channel, handshake.theirs()));
            }
        }

        private void end() {
            done = true;
            deadline.cancel(false);
        }

        private void cut(ChannelHandlerContext context, String reason) {
            done = true;
            warnings.warn("connection from " + context.channel().remoteAddress() + ": " + reason + "; connection cut");
            context.close();
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            done = true;
            if (deadline != null) {
                deadline.cancel(false);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            if (!done && !(cause instanceof IOException)) {
                cut(context, cause.toString());
            } else {
                context.close();
            }
        }
    }
}
