package dev.henge.node;

import dev.henge.gossip.wire.EventLoops;
import dev.henge.resp.session.ClientState;
import dev.henge.resp.session.Connection;
import dev.henge.resp.session.Frontend;
import dev.henge.resp.session.TurnClock;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Where clients come in: accepts connections up to the limit, knows them by id, ends idle ones. */
final class ClientDoor implements Clients {

  private static final int BACKLOG = 511;

  /** A client that leaves so much unread is not read from until it has caught up. */
  private static final WriteBufferWaterMark OUTPUT_MARKS = new WriteBufferWaterMark(1 << 20, 8 << 20);

  private static final byte[] TOO_MANY =
      "-ERR max number of clients reached\r\n".getBytes(StandardCharsets.ISO_8859_1);

  private final EventLoops loops;
  private final EventLoop loop;
  private final Frontend frontend;
  private final LiveConfig config;
  private final TurnClock turn;
  private final LongSupplier wallMillis;
  private final Map<Long, Connection> connections = new LinkedHashMap<>();
  private final Connection.Buffers buffers = new Connection.Buffers();
  private Channel server;
  private long ids;
  private long accepted;
  private long rejected;

  ClientDoor(EventLoops loops, EventLoop loop, Frontend frontend, LiveConfig config, TurnClock turn,
      LongSupplier wallMillis) {
    this.loops = loops;
    this.loop = loop;
    this.frontend = frontend;
    this.config = config;
    this.turn = turn;
    this.wallMillis = wallMillis;
  }

  void open(InetSocketAddress address) throws IOException {
    try {
      server = new ServerBootstrap()
          .group(loops.group())
          .channel(loops.serverSocketChannel())
          .option(ChannelOption.SO_BACKLOG, BACKLOG)
          .option(ChannelOption.SO_REUSEADDR, true)
          .childOption(ChannelOption.TCP_NODELAY, true)
          .childOption(ChannelOption.SO_KEEPALIVE, true)
          .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, OUTPUT_MARKS)
          .childOption(ChannelOption.RECVBUF_ALLOCATOR, new SharedReads(buffers))
          .childHandler(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
              accept(channel);
            }
          })
          .bind(address).sync().channel();
    } catch (InterruptedException e) {
      throw new IOException("interrupted", e);
    } catch (RuntimeException e) {
      throw new IOException("port " + address.getPort() + " on " + address.getHostString() + " cannot be used: "
          + e.getMessage(), e);
    }
    loop.scheduleAtFixedRate(this::endIdle, 1, 1, TimeUnit.SECONDS);
  }

  private void accept(Channel channel) {
    NodeConfig now = config.current();
    if (connections.size() >= now.maxclients()) {
      rejected++;
      channel.writeAndFlush(Unpooled.wrappedBuffer(TOO_MANY)).addListener(ChannelFutureListener.CLOSE);
      return;
    }
    accepted++;
    ClientState client = new ClientState(++ids, text(channel.remoteAddress()), text(channel.localAddress()),
        System.currentTimeMillis());
    Connection connection = new Connection(frontend, client, buffers, now.protoMaxBulkLenBytes(),
        wallMillis, gone -> connections.remove(gone.client().id));
    client.authenticated = now.requirepass().isEmpty();
    connections.put(client.id, connection);
    channel.pipeline().addLast(connection);
  }

  private static String text(java.net.SocketAddress address) {
    return address instanceof InetSocketAddress inet
        ? inet.getAddress().getHostAddress() + ":" + inet.getPort() : String.valueOf(address);
  }

  private void endIdle() {
    long seconds = config.current().timeoutSeconds();
    if (seconds > 0) {
      long before = System.currentTimeMillis() - seconds * 1000;
      new ArrayList<>(connections.values()).stream().filter(c -> c.client().lastActiveMillis < before)
          .forEach(Connection::close);
    }
  }

  @Override
  public Collection<ClientState> clients() {
    List<ClientState> clients = new ArrayList<>();
    connections.values().forEach(c -> clients.add(c.client()));
    return clients;
  }

  @Override
  public boolean kill(long id) {
    Connection connection = connections.get(id);
    if (connection == null) {
      return false;
    }
    connection.client().closing = true;
    turn.writes(connection);
    return true;
  }

  @Override
  public long accepted() {
    return accepted;
  }

  @Override
  public long rejected() {
    return rejected;
  }

  /** Ends every connection once the replies to what it has asked have left; nothing more is taken from it. */
  void endAll() {
    for (Connection connection : new ArrayList<>(connections.values())) {
      connection.client().closing = true;
      turn.writes(connection);
    }
  }

  /** Takes no new clients. */
  void close() throws InterruptedException {
    if (server != null) {
      server.close().sync();
    }
  }
}
