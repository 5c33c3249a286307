package dev.henge.chaos.cluster;

import dev.henge.node.RespClient;
import dev.henge.ring.placement.HashSlot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.IntUnaryOperator;

/** Which host has a slot first, by what a server tells of it in CLUSTER SLOTS. */
final class SlotMap {

  private static final int TIMEOUT_MILLIS = 2_000;

  private SlotMap() {}

  /** As a server has it; -1 if it has none for the key's slot, or does not answer. */
  static int told(Cluster cluster, int by, String key) {
    byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
    long slot = HashSlot.of(bytes);
    try (RespClient client = new RespClient(cluster.address(by).getHostString(), Target.CLIENT_PORT, TIMEOUT_MILLIS)) {
      for (Object range : (List<?>) client.call("CLUSTER", "SLOTS")) {
        List<?> parts = (List<?>) range;
        if ((Long) parts.get(0) <= slot && slot <= (Long) parts.get(1)) {
          String address = String.valueOf(((List<?>) parts.get(2)).get(0));
          // A server that nobody has told its own address yet.
          return address.isEmpty() ? by : host(cluster, address);
        }
      }
    } catch (IOException e) {
      // as good as nothing told
    }
    return -1;
  }

  static int mostSay(Cluster cluster, String key) {
    return mostSay(cluster, i -> told(cluster, i, key));
  }

  /** What most of the servers that run tell; -1 if none tells anything. */
  static int mostSay(Cluster cluster, IntUnaryOperator told) {
    int[] votes = new int[cluster.size()];
    int most = -1;
    for (int i = 0; i < cluster.size(); i++) {
      int host = cluster.isAlive(i) ? told.applyAsInt(i) : -1;
      if (host >= 0) {
        votes[host]++;
        most = most < 0 || votes[host] > votes[most] ? host : most;
      }
    }
    return most;
  }

  /** The number of the host that has an address; -1 if none has. */
  static int host(Cluster cluster, String address) {
    for (int i = 0; i < cluster.size(); i++) {
      if (cluster.address(i).getHostString().equals(address)) {
        return i;
      }
    }
    return -1;
  }
}
