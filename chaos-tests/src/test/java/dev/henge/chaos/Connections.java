package dev.henge.chaos;

import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;

/** Plain connections to nodes, one socket each. */
final class Connections {

  private Connections() {}

  /** Connects by RESP2; waits for connection and replies at most so long. */
  static Jedis open(RingProcesses ring, int node, int timeoutMillis) {
    Jedis jedis = new Jedis(new HostAndPort(RingProcesses.HOST, ring.port(node)), DefaultJedisClientConfig.builder()
        .serverDefaultProtocol().autoNegotiateProtocol(false).timeoutMillis(timeoutMillis).build());
    jedis.connect();
    return jedis;
  }
}
