package dev.henge.resp.command;

import dev.henge.resp.codec.Reply;
import dev.henge.resp.codec.Request;
import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** A redis-server of 7.0 on a port of its own, if this machine has one: what transcripts were written from. */
final class RedisServer implements AutoCloseable {

  private static final Duration START_MAX = Duration.ofSeconds(20);

  private final Process process;
  private final int port;

  private RedisServer(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /** Starts one; null if there is no binary of that name on the PATH, or of another version. */
  static RedisServer start() throws IOException {
    Path binary = binary();
    if (binary == null || !isSeven(binary)) {
      return null;
    }
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    Process process = new ProcessBuilder(binary.toString(), "--port", Integer.toString(port), "--bind", "127.0.0.1",
        "--save", "", "--appendonly", "no").redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    RedisServer server = new RedisServer(process, port);
    try {
      server.awaitPong();
    } catch (IOException | RuntimeException e) {
      server.close();
      throw e;
    }
    return server;
  }

  private static Path binary() {
    for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
      Path binary = Path.of(folder, "redis-server");
      if (Files.isExecutable(binary)) {
        return binary;
      }
    }
    return null;
  }

  private static boolean isSeven(Path binary) throws IOException {
    Process version = new ProcessBuilder(binary.toString(), "--version").redirectErrorStream(true).start();
    return new String(version.getInputStream().readAllBytes()).contains("v=7.0.");
  }

  private void awaitPong() throws IOException {
    long end = System.nanoTime() + START_MAX.toNanos();
    while (true) {
      try (SocketConnection connection = connect()) {
        if (connection.call(Request.of("PING")) instanceof Reply.Simple) {
          return;
        }
      } catch (java.net.ConnectException e) {
        // not yet
      }
      if (System.nanoTime() > end || !process.isAlive()) {
        throw new IOException("redis-server does not answer");
      }
      LockSupport.parkNanos(5_000_000);
    }
  }

  SocketConnection connect() throws IOException {
    return new SocketConnection("127.0.0.1", port);
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().join();
  }
}
