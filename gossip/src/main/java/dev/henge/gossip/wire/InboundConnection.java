package dev.henge.gossip.wire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection that a peer opened, on the loop it is for: bytes in, messages to the handler.
 *
 * <p>Each socket read is copied once, to the heap, where frames are checked and decoded in place. Whatever is wrong
 * with the bytes ends this connection with one line; the messages before the fault have been delivered and stay
 * delivered.
 */
final class InboundConnection extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(InboundConnection.class);

    private final NettyTransport transport;
    private final Channel channel;
    private final Peer from;
    private final FrameParser parser;
    private final ArrivedMessages arrived = new ArrivedMessages();
    private boolean open = true;
    private boolean delivered;
    private long heardNanos = System.nanoTime();

    InboundConnection(NettyTransport transport, Channel channel, Peer from) {
        this.transport = transport;
        this.channel = channel;
        this.from = from;
        this.parser = new FrameParser(from.version(), transport.limits.frameBytesMax());
    }

    Peer from() {
        return from;
    }

    /** Whether anything has come in the last so many nanoseconds: the peer's process is alive. */
    boolean heardWithin(long nanos) {
        return open && System.nanoTime() - heardNanos < nanos;
    }

    /** The other end's address, to be told of. */
    String remote() {
        return String.valueOf(channel.remoteAddress());
    }

    /** Sends the handshake's last frame and begins to read. */
    void start(byte[] welcome) {
        channel.pipeline().addLast(this);
        OutboundPeer.writePieces(channel, welcome, 0, welcome.length);
        channel.flush();
        channel.config().setAutoRead(true);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object read) {
        ByteBuf bytes = (ByteBuf) read;
        try {
            if (open) {
                heardNanos = System.nanoTime();
                parser.append(bytes);
                deliver();
            }
        } catch (WireFormatException e) {
            cut(e.getMessage());
        } finally {
            bytes.release();
        }
    }

    private void deliver() {
        while (open && parser.next()) {
            BoundedInput body = parser.body(transport.codec);
            while (open && arrived.decode(body, transport.codec)) {
                arrived.announce(transport.handler);
                for (int i = 0; open && i < arrived.count(); i++) {
                    delivered = true;
                    transport.handler.received(from.id(), arrived.message(i));
                }
                if (open) {
                    arrived.end();
                }
            }
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        endTurn();
    }

    private void endTurn() {
        if (delivered) {
            delivered = false;
            if (!transport.isClosed()) {
                transport.handler.turnEnded();
            }
        }
    }

    private void cut(String reason) {
        transport.warnings.warn("peer " + from.id() + " from " + channel.remoteAddress() + ": " + reason
                + "; connection cut");
        close();
    }

    void close() {
        open = false;
        channel.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        open = false;
        transport.inboundClosed(this);
        endTurn();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (open && !(cause instanceof IOException)) {
            LOG.error("peer {}: connection cut", from.id(), cause);
        }
        close();
    }
}
