package dev.henge.chaos.load;

import dev.henge.resp.codec.Reply;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.ProtocolKeyword;
import io.lettuce.core.resource.ClientResources;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The client libraries of a load, with what their clients share: threads, pools, and what they know of the slots. */
final class Libraries implements AutoCloseable {

  private static final Duration REFRESH = Duration.ofSeconds(2);
  private static final long CLOSE_SECONDS_MAX = 5;

  private final List<InetSocketAddress> nodes;
  private final Duration timeout;
  private final JedisCluster jedisCluster;
  private ClientResources resources;
  private RedisClient lettuce;
  private RedisClusterClient lettuceCluster;

  Libraries(List<InetSocketAddress> nodes, Duration timeout, int clients) {
    this.nodes = nodes;
    this.timeout = timeout;
    this.jedisCluster = new JedisCluster(nodes, timeout, clients);
  }

  /** A client for one thread; one that knows the slots goes to any node. */
  Client open(ClientKind kind, int node) {
    return switch (kind) {
      case JEDIS -> new JedisPlain(nodes.get(node), timeout);
      case JEDIS_CLUSTER -> new Client() {
        @Override
        public Answer ask(List<String> words) {
          return jedisCluster.ask(words);
        }

        @Override
        public void close() {
          // it is shared
        }
      };
      case LETTUCE -> new LettuceClient(() -> connect(node), timeout);
      case LETTUCE_CLUSTER -> new LettuceClient(this::connectToCluster, timeout);
      case JEDIS_SENTINEL -> new JedisSentinel(nodes.get(node), timeout);
    };
  }

  private RedisURI uri(InetSocketAddress node) {
    return RedisURI.builder().withHost(node.getHostString()).withPort(node.getPort()).withTimeout(timeout).build();
  }

  private SocketOptions socketOptions() {
    return SocketOptions.builder().connectTimeout(timeout).build();
  }

  private synchronized ClientResources resources() {
    if (resources == null) {
      resources = ClientResources.builder().ioThreadPoolSize(2).computationThreadPoolSize(2).build();
    }
    return resources;
  }

  private synchronized RedisClient lettuce() {
    if (lettuce == null) {
      lettuce = RedisClient.create(resources());
      lettuce.setOptions(ClientOptions.builder().autoReconnect(false).replayFilter(command -> true)
          .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS).socketOptions(socketOptions())
          .build());
    }
    return lettuce;
  }

  private LettuceClient.Connection connect(int node) {
    StatefulRedisConnection<String, String> connection = lettuce().connect(LettuceClient.CODEC, uri(nodes.get(node)));
    return new LettuceClient.Connection() {
      @Override
      public RedisFuture<Reply> dispatch(ProtocolKeyword name, LettuceReply reply,
          CommandArgs<String, String> arguments) {
        return connection.async().dispatch(name, reply, arguments);
      }

      @Override
      public void close() {
        connection.closeAsync();
      }
    };
  }

  private synchronized RedisClusterClient lettuceCluster() {
    if (lettuceCluster == null) {
      lettuceCluster = RedisClusterClient.create(resources(), nodes.stream().map(this::uri).toList());
      ClusterClientOptions.Builder options = ClusterClientOptions.builder();
      options.replayFilter(command -> true);
      // who would have commands rejected while a node is not connected has all rejected, since connections to the nodes
      // are only opened by commands; without reconnecting what has no connection times out
      lettuceCluster.setOptions(options.autoReconnect(false)
          .disconnectedBehavior(ClientOptions.DisconnectedBehavior.ACCEPT_COMMANDS).socketOptions(socketOptions())
          .topologyRefreshOptions(ClusterTopologyRefreshOptions.builder().enablePeriodicRefresh(REFRESH).build())
          .build());
    }
    return lettuceCluster;
  }

  private LettuceClient.Connection connectToCluster() {
    StatefulRedisClusterConnection<String, String> connection = lettuceCluster().connect(LettuceClient.CODEC);
    return new LettuceClient.Connection() {
      @Override
      public RedisFuture<Reply> dispatch(ProtocolKeyword name, LettuceReply reply,
          CommandArgs<String, String> arguments) {
        return connection.async().dispatch(name, reply, arguments);
      }

      @Override
      public void close() {
        connection.closeAsync();
      }
    };
  }

  @Override
  public synchronized void close() {
    jedisCluster.close();
    if (lettuce != null) {
      lettuce.shutdown(0, CLOSE_SECONDS_MAX, TimeUnit.SECONDS);
    }
    if (lettuceCluster != null) {
      lettuceCluster.suspendTopologyRefresh();
      lettuceCluster.shutdown(0, CLOSE_SECONDS_MAX, TimeUnit.SECONDS);
    }
    if (resources != null) {
      resources.shutdown(0, CLOSE_SECONDS_MAX, TimeUnit.SECONDS)
          .awaitUninterruptibly(CLOSE_SECONDS_MAX, TimeUnit.SECONDS);
    }
  }
}
