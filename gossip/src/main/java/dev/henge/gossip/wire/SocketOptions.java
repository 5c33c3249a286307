package dev.henge.gossip.wire;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;

/** The options of every socket between nodes. */
final class SocketOptions {
    private SocketOptions() {}

    static void apply(Channel channel, WireLimits limits) {
        channel.config().setOption(ChannelOption.TCP_NODELAY, true);
        channel.config().setOption(ChannelOption.SO_KEEPALIVE, true);
        channel.config().setOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, limits.connectTimeoutMillis());
        if (channel instanceof EpollSocketChannel) {
            channel.config().setOption(EpollChannelOption.TCP_USER_TIMEOUT, limits.userTimeoutMillis());
        }
    }
}
