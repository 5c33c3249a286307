package dev.henge.resp.session;

import dev.henge.resp.codec.ProtocolException;
import dev.henge.resp.codec.Request;
import dev.henge.resp.codec.RespDecoder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/** A {@link ServerBench} a connection behind a port, for clients as people use them. Only the commands without keys. */
final class ServerSocketBench implements AutoCloseable {

  private final ServerSocket server;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final AtomicLong ids = new AtomicLong();
  private volatile FakeNodeView view;

  /** Each request that got an error, with it. */
  final List<String> errors = new CopyOnWriteArrayList<>();

  ServerSocketBench() throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  int port() {
    return server.getLocalPort();
  }

  void serve(FakeNodeView as) {
    view = as;
    daemon(() -> {
      while (!server.isClosed()) {
        Socket socket = server.accept();
        sockets.add(socket);
        daemon(() -> talk(socket));
      }
    });
  }

  private interface Work {

    void run() throws IOException, ProtocolException;
  }

  private static void daemon(Work work) {
    Thread thread = new Thread(() -> {
      try {
        work.run();
      } catch (IOException | ProtocolException e) {
        // the socket was closed
      }
    });
    thread.setDaemon(true);
    thread.start();
  }

  private void talk(Socket socket) throws IOException, ProtocolException {
    ServerBench bench = new ServerBench(view, ids.incrementAndGet());
    RespDecoder decoder = new RespDecoder();
    Request request = new Request();
    byte[] chunk = new byte[8_192];
    int n = socket.getInputStream().read(chunk);
    while (n >= 0) {
      decoder.feed(chunk, 0, n);
      while (decoder.next(request) == RespDecoder.Result.READY) {
        byte[] reply = bench.bytes(request);
        if (reply.length > 0 && reply[0] == '-') {
          errors.add(request + " got " + new String(reply, StandardCharsets.ISO_8859_1));
        }
        socket.getOutputStream().write(reply);
      }
      n = socket.getInputStream().read(chunk);
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
