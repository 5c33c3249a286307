package dev.henge.chaos;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Ports for nodes that are killed and start again on the same ones. They lie below the range from which systems take
 * the ports of outgoing connections, for such a connection might sit on a dead node's port when it comes back.
 */
final class FreePorts {

  private static final int FIRST = 11_000;
  private static final int LAST = 32_000;
  private static final int ATTEMPTS_MAX = 1_000;

  private FreePorts() {}

  /** So many different ports, each free for TCP and UDP at this moment. */
  static List<Integer> take(int count, RandomGenerator random) throws IOException {
    List<Integer> ports = new ArrayList<>();
    for (int attempt = 0; attempt < ATTEMPTS_MAX && ports.size() < count; attempt++) {
      int port = random.nextInt(FIRST, LAST);
      if (!ports.contains(port) && isFree(port)) {
        ports.add(port);
      }
    }
    if (ports.size() < count) {
      throw new IOException("no " + count + " free ports between " + FIRST + " and " + LAST);
    }
    return ports;
  }

  /** The first of a row of client ports whose internal and gossip ports, 10000 and 11000 above, are free too. */
  static int takeRow(int count, RandomGenerator random) throws IOException {
    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      int first = random.nextInt(FIRST, LAST - 11_000 - count);
      boolean free = true;
      for (int port = first; port < first + count && free; port++) {
        free = isFree(port) && isFree(port + 10_000) && isFree(port + 11_000);
      }
      if (free) {
        return first;
      }
    }
    throw new IOException("no row of " + count + " free ports");
  }

  private static boolean isFree(int port) {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    try (ServerSocket tcp = new ServerSocket(); DatagramSocket udp = new DatagramSocket(null)) {
      tcp.bind(address);
      udp.bind(address);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
