package dev.henge.chaos.load;

import dev.henge.chaos.check.Op;
import dev.henge.chaos.cluster.RedisReplicated;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;

/**
 * A Jedis with one socket to the master of which the Sentinel at hand tells. It asks when it has none, when it was
 * refused, and every so often, which stands for what a Sentinel's subscribers are told.
 */
final class JedisSentinel implements Client {

  private static final long ASK_AGAIN_NANOS = 1_000_000_000;

  private final HostAndPort sentinel;
  private final Duration timeout;
  private HostAndPort master;
  private JedisPlain client;
  private long askedNanos;

  JedisSentinel(InetSocketAddress node, Duration timeout) {
    this.sentinel = new HostAndPort(node.getHostString(), RedisReplicated.SENTINEL_PORT);
    this.timeout = timeout;
  }

  @Override
  public Answer ask(List<String> words) {
    if (client == null || System.nanoTime() - askedNanos >= ASK_AGAIN_NANOS) {
      try {
        look();
      } catch (JedisException e) {
        close();
        return Answer.unsent(JedisReplies.why(e));
      }
    }
    if (client == null) {
      return Answer.unsent("the Sentinel tells of no master");
    }
    Answer answer = client.ask(words);
    if (answer.broken() || answer.end() == Op.End.REFUSED) {
      close();
    }
    return answer;
  }

  private void look() {
    HostAndPort told;
    try (Jedis jedis = new Jedis(sentinel, JedisPlain.config(timeout))) {
      List<String> address = jedis.sentinelGetMasterAddrByName(RedisReplicated.MASTER_NAME);
      told = address == null ? null : new HostAndPort(address.get(0), Integer.parseInt(address.get(1)));
    }
    askedNanos = System.nanoTime();
    if (client == null || !master.equals(told)) {
      close();
      master = told;
      client = told == null ? null : new JedisPlain(InetSocketAddress.createUnresolved(told.getHost(), told.getPort()), timeout);
    }
  }

  @Override
  public void close() {
    if (client != null) {
      client.close();
      client = null;
    }
  }
}
