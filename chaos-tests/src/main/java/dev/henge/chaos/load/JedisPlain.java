package dev.henge.chaos.load;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/** A Jedis with one socket to one node. It sends nothing twice by itself. */
final class JedisPlain implements Client {

  private final HostAndPort node;
  private final JedisClientConfig config;
  private Jedis jedis;

  JedisPlain(InetSocketAddress node, Duration timeout) {
    this.node = new HostAndPort(node.getHostString(), node.getPort());
    this.config = config(timeout);
  }

  /** This class of Jedis knows RESP2 only, and says so on each connect where that is not asked for. */
  static JedisClientConfig config(Duration timeout) {
    return DefaultJedisClientConfig.builder().serverDefaultProtocol().autoNegotiateProtocol(false)
        .timeoutMillis((int) timeout.toMillis()).build();
  }

  @Override
  public Answer ask(List<String> words) {
    if (jedis == null) {
      try {
        jedis = new Jedis(node, config);
        jedis.connect();
      } catch (JedisException e) {
        close();
        return Answer.unsent(JedisReplies.why(e));
      }
    }
    try {
      return Answer.of(JedisReplies.reply(jedis.sendCommand(JedisReplies.command(words),
          JedisReplies.arguments(words))));
    } catch (JedisDataException e) {
      return Answer.of(JedisReplies.error(e));
    } catch (RuntimeException e) {
      close();
      return Answer.lost(JedisReplies.why(e));
    }
  }

  @Override
  public void close() {
    if (jedis != null) {
      try {
        jedis.close();
      } catch (JedisException e) {
        // it was broken, and is gone
      }
      jedis = null;
    }
  }
}
