package dev.henge.chaos.nemesis;

import dev.henge.chaos.cluster.Cluster;
import dev.henge.node.RespClient;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * Who executes the commands on a key, asked from outside in the words that every such server knows: CLUSTER SLOTS, or
 * ROLE where there is no cluster.
 */
final class Primaries implements Place.Scene {

  private static final int TIMEOUT_MILLIS = 1_000;
  private static final long WITHIN_NANOS = 10_000_000_000L;

  private final Cluster cluster;

  Primaries(Cluster cluster) {
    this.cluster = cluster;
  }

  @Override
  public int size() {
    return cluster.size();
  }

  @Override
  public int primaryOf(String key) throws IOException {
    long start = System.nanoTime();
    String last = "no server runs";
    do {
      for (int host = 0; host < cluster.size(); host++) {
        InetSocketAddress at = cluster.address(host);
        try (RespClient client = new RespClient(at.getHostString(), at.getPort(), TIMEOUT_MILLIS)) {
          int primary = asked(client, host, key);
          if (primary >= 0) {
            return primary;
          }
          last = "host " + host + " names none";
        } catch (IOException e) {
          last = "host " + host + ": " + e.getMessage();
        }
      }
    } while (System.nanoTime() - start < WITHIN_NANOS);
    throw new IOException("nobody knows the primary of " + key + ": " + last);
  }

  /** -1 if this server does not know. */
  private int asked(RespClient client, int host, String key) throws IOException {
    try {
      long slot = Long.parseLong(String.valueOf(client.call("CLUSTER", "KEYSLOT", key)));
      for (Object entry : (List<?>) client.call("CLUSTER", "SLOTS")) {
        List<?> range = (List<?>) entry;
        if (slot >= number(range.get(0)) && slot <= number(range.get(1))) {
          return host(String.valueOf(((List<?>) range.get(2)).get(0)));
        }
      }
      return -1;
    } catch (RespClient.ErrorReply e) { // a server without cluster
      return "master".equals(((List<?>) client.call("ROLE")).get(0)) ? host : -1;
    }
  }

  private static long number(Object integer) {
    return Long.parseLong(String.valueOf(integer));
  }

  private int host(String address) {
    for (int host = 0; host < cluster.size(); host++) {
      if (cluster.address(host).getHostString().equals(address)
          || cluster.address(host).getAddress() != null
          && address.equals(cluster.address(host).getAddress().getHostAddress())) {
        return host;
      }
    }
    return -1;
  }
}
