package dev.henge.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two whole nodes on loopback that know the same secret, and two that do not. */
class ClusterSecretTest {

  private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final String SECRET = "nobody may read this anywhere";

  @TempDir
  Path directory;

  private final List<Node> nodes = new ArrayList<>();
  private final ByteArrayOutputStream log = new ByteArrayOutputStream();
  private final PrintStream standardError = System.err;

  @BeforeEach
  void listen() {
    System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void close() {
    System.setErr(standardError);
    nodes.forEach(Node::close);
  }

  @Test
  void theSameSecretMakesARing() throws Exception {
    int[] ports = {free(), free(), free(), free(), free(), free()};
    start("one", ports, 0, SECRET);
    start("two", ports, 3, SECRET);
    await(() -> answer(ports[0], "SET key value").equals("+OK"), "a ring of two");
    assertEquals("$5", answer(ports[3], "GET key"));
    assertEquals("*0", answer(ports[0], "CONFIG GET cluster-secret"));
    assertFalse(logged().contains(SECRET));
  }

  @Test
  void anotherSecretMakesNoneAndBothSidesSayWhy() throws Exception {
    int[] ports = {free(), free(), free(), free(), free(), free()};
    start("one", ports, 0, SECRET);
    start("two", ports, 3, SECRET + "!");
    String one = "127.0.0.1:" + ports[2];
    String two = "127.0.0.1:" + ports[5];
    for (String line : List.of(one + " does not hear this node's gossip: ", "gossip of " + two + " is not heard: ",
        two + " does not hear this node's gossip: ", "gossip of " + one + " is not heard: ")) {
      await(() -> logged().lines().anyMatch(said -> said.contains(line) && said.contains("have different cluster-secrets")),
          line);
    }
    assertFalse(answer(ports[0], "SET key value").equals("+OK"), "a ring of two has formed");
    assertFalse(logged().contains(SECRET));
  }

  private void start(String name, int[] ports, int from, String secret) throws Exception {
    Map<String, String> settings = new HashMap<>(Map.of("dir", directory.resolve(name).toString(), "bootstrap-nodes", "2",
        "vnodes", "16", "tokens", "16", "memtable-bytes", "4mb", "cluster-secret", secret));
    settings.put("port", Integer.toString(ports[from]));
    settings.put("internal-port", Integer.toString(ports[from + 1]));
    settings.put("gossip-port", Integer.toString(ports[from + 2]));
    int other = 3 - from;
    settings.put("seeds", "127.0.0.1:" + ports[other] + "@" + ports[other + 2]);
    nodes.add(Node.start(NodeConfig.of(settings)));
  }

  private String logged() {
    return log.toString(StandardCharsets.UTF_8);
  }

  /** The first line of the reply. */
  private static String answer(int port, String command) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.UTF_8));
      return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8)).readLine();
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** A port that is free for TCP and UDP. */
  private static int free() throws IOException {
    for (int attempt = 0; attempt < 50; attempt++) {
      try (ServerSocket tcp = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
          DatagramSocket udp = new DatagramSocket(tcp.getLocalPort(), InetAddress.getLoopbackAddress())) {
        return udp.getLocalPort();
      } catch (java.net.BindException taken) {
        LockSupport.parkNanos(1);
      }
    }
    return fail("no port is free for both TCP and UDP");
  }

  private void await(BooleanSupplier condition, String what) {
    long deadline = System.nanoTime() + DEADLINE_NANOS;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        fail("not in time: " + what + "; log: " + logged());
      }
      LockSupport.parkNanos(20_000_000);
    }
  }
}
