package dev.henge.gossip.wire;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The event loops of a node, with the channel classes that go with their kind. */
public final class EventLoops implements AutoCloseable {
    /** How a loop waits for its sockets. */
    public enum Kind { EPOLL, NIO, IO_URING, AUTO }

    private static final long CLOSE_MILLIS_MAX = 5_000;

    private final Kind kind;
    private final EventLoopGroup group;
    private final List<EventLoop> loops;

    private EventLoops(Kind kind, EventLoopGroup group) {
        this.kind = kind;
        this.group = group;
        List<EventLoop> list = new ArrayList<>();
        for (EventExecutor executor : group) {
            list.add((EventLoop) executor);
        }
        this.loops = List.copyOf(list);
    }

    /**
     * Starts loops. {@link Kind#AUTO} takes epoll where it works and NIO elsewhere; a kind asked for by name that
     * does not work here is an {@link IllegalStateException} with the reason.
     */
    public static EventLoops create(int loops, Kind wanted, String threadName) {
        Kind kind = wanted != Kind.AUTO ? wanted : Epoll.isAvailable() ? Kind.EPOLL : Kind.NIO;
        Throwable unavailable = switch (kind) {
            case EPOLL -> Epoll.unavailabilityCause();
            case IO_URING -> IoUring.unavailabilityCause();
            default -> null;
        };
        if (unavailable != null) {
            throw new IllegalStateException(kind + " does not work here: " + unavailable, unavailable);
        }
        IoHandlerFactory handlers = switch (kind) {
            case EPOLL -> EpollIoHandler.newFactory();
            case IO_URING -> IoUringIoHandler.newFactory();
            default -> NioIoHandler.newFactory();
        };
        return new EventLoops(kind,
                new MultiThreadIoEventLoopGroup(loops, new DefaultThreadFactory(threadName), handlers));
    }

    /** Never {@link Kind#AUTO}: what was taken. */
    public Kind kind() {
        return kind;
    }

    public EventLoopGroup group() {
        return group;
    }

    public int size() {
        return loops.size();
    }

    public EventLoop loop(int index) {
        return loops.get(index);
    }

    public Class<? extends SocketChannel> socketChannel() {
        return switch (kind) {
            case EPOLL -> EpollSocketChannel.class;
            case IO_URING -> IoUringSocketChannel.class;
            default -> NioSocketChannel.class;
        };
    }

    public Class<? extends ServerSocketChannel> serverSocketChannel() {
        return switch (kind) {
            case EPOLL -> EpollServerSocketChannel.class;
            case IO_URING -> IoUringServerSocketChannel.class;
            default -> NioServerSocketChannel.class;
        };
    }

    /** Stops the loops, dropping what is queued on them. */
    @Override
    public void close() {
        group.shutdownGracefully(0, CLOSE_MILLIS_MAX, TimeUnit.MILLISECONDS).awaitUninterruptibly(CLOSE_MILLIS_MAX);
    }
}
