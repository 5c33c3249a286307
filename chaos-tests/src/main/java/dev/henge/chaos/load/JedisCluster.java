package dev.henge.chaos.load;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import redis.clients.jedis.BuilderFactory;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.CommandObject;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.RedisClusterClient;
import redis.clients.jedis.exceptions.JedisClusterOperationException;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisRedirectionException;

/**
 * A Jedis that knows the slots, shared by threads as programs share it. Jedis would send a command again after a
 * broken connection, an INCR too; with one attempt it does not, and it does not follow a redirection either: such a
 * command was refused.
 */
final class JedisCluster implements Client {

  private static final long LOOK_AGAIN_NANOS = 500_000_000;

  private final Set<HostAndPort> nodes;
  private final Duration timeout;
  private final int clients;
  private RedisClusterClient jedis;
  private long lookedNanos;

  JedisCluster(List<InetSocketAddress> nodes, Duration timeout, int clients) {
    this.nodes = nodes.stream().map(node -> new HostAndPort(node.getHostString(), node.getPort()))
        .collect(Collectors.toUnmodifiableSet());
    this.timeout = timeout;
    this.clients = clients;
  }

  private synchronized RedisClusterClient jedis() {
    if (jedis == null) {
      ConnectionPoolConfig pool = new ConnectionPoolConfig();
      pool.setMaxTotal(clients);
      pool.setMaxIdle(clients);
      pool.setMaxWait(timeout);
      jedis = RedisClusterClient.builder().nodes(nodes).clientConfig(DefaultJedisClientConfig.builder()
          .timeoutMillis((int) timeout.toMillis()).build()).poolConfig(pool).maxAttempts(1).build();
      lookedNanos = System.nanoTime();
    }
    return jedis;
  }

  /** Learns the slots anew, now and then; a program would find them by the redirections that it follows. */
  private void look(RedisClusterClient client) {
    synchronized (this) {
      if (System.nanoTime() - lookedNanos < LOOK_AGAIN_NANOS) {
        return;
      }
      lookedNanos = System.nanoTime();
    }
    try {
      client.refreshClusterTopology();
    } catch (JedisException e) {
      // no node that it knows tells: the next failure asks again
    }
  }

  @Override
  public Answer ask(List<String> words) {
    RedisClusterClient client;
    try {
      client = jedis();
    } catch (JedisException e) {
      return Answer.unsent(JedisReplies.why(e));
    }
    try {
      return Answer.of(JedisReplies.reply(client.executeCommand(command(words))));
    } catch (JedisClusterOperationException | JedisConnectionException e) {
      look(client);
      return failed(e);
    } catch (JedisDataException e) {
      return Answer.of(JedisReplies.error(e));
    } catch (RuntimeException e) {
      return unsent(e) ? Answer.unsent(JedisReplies.why(e)) : Answer.lost(JedisReplies.why(e));
    }
  }

  private static CommandObject<Object> command(List<String> words) {
    CommandArguments arguments = new CommandArguments(JedisReplies.command(words))
        .key(JedisReplies.bytes(words.get(1)));
    words.stream().skip(2).forEach(word -> arguments.add(JedisReplies.bytes(word)));
    return new CommandObject<>(arguments, BuilderFactory.RAW_OBJECT);
  }

  private static Answer failed(JedisException e) {
    if (e.getCause() instanceof JedisRedirectionException moved) {
      return Answer.of(JedisReplies.error(moved));
    }
    boolean uncovered = e instanceof JedisClusterOperationException && e.getCause() == null;
    return uncovered || unsent(e) ? Answer.unsent(JedisReplies.why(e)) : Answer.lost(JedisReplies.why(e));
  }

  /** Whether there was no connection to send it on. */
  private static boolean unsent(Throwable e) {
    for (Throwable one = e; one != null; one = one.getCause()) {
      String says = String.valueOf(one.getMessage());
      if (says.startsWith("Failed to connect to") || says.startsWith("Could not get a resource from the pool")) {
        return true;
      }
    }
    return false;
  }

  @Override
  public synchronized void close() {
    if (jedis != null) {
      jedis.close();
      jedis = null;
    }
  }
}
