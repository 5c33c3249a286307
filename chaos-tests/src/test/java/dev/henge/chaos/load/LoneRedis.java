package dev.henge.chaos.load;

import dev.henge.chaos.Await;
import dev.henge.node.RespClient;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** A redis-server of a test's own, on a free port of loopback. Tests are skipped where none is installed. */
final class LoneRedis implements AutoCloseable {

  private static final String HOST = "127.0.0.1";

  private final Process process;
  private final int port;
  private final Path dir;

  private LoneRedis(Process process, int port, Path dir) {
    this.process = process;
    this.port = port;
    this.dir = dir;
  }

  static LoneRedis start(Path dir, String... more) throws IOException {
    boolean installed = Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "redis-server")));
    Assumptions.assumeTrue(installed, "no redis-server to load");
    int port = freePort();
    List<String> words = new ArrayList<>(List.of("redis-server", "--bind", HOST, "--port", "" + port, "--save", "",
        "--dir", dir.toString()));
    words.addAll(List.of(more));
    Process process = new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(dir.resolve("log").toFile())
        .start();
    LoneRedis redis = new LoneRedis(process, port, dir);
    Await.until(Duration.ofSeconds(20), "redis-server answers", () -> "PONG".equals(redis.call("PING")) ? null
        : "no PONG");
    return redis;
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(HOST))) {
      return socket.getLocalPort();
    }
  }

  InetSocketAddress address() {
    return new InetSocketAddress(HOST, port);
  }

  Object call(String... words) throws IOException {
    try (RespClient client = new RespClient(HOST, port, 5_000)) {
      return client.call(words);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        throw new AssertionError("redis-server in " + dir + " does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
