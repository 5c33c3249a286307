package dev.henge.chaos.load;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A way to a server on which, where that is wanted, a command with a certain word arrives, and its reply does not: the
 * connection is closed in place of it, or nothing comes.
 */
final class CuttingProxy implements AutoCloseable {

  /** What becomes of a reply. */
  enum Reply { PASSED, CUT, WITHHELD }

  private final ServerSocket listening;
  private final InetSocketAddress server;
  private final String word;
  private final AtomicInteger arrived = new AtomicInteger();
  private volatile Reply reply = Reply.PASSED;

  CuttingProxy(int port, InetSocketAddress server, String word) throws IOException {
    this.listening = new ServerSocket(port, 50, InetAddress.getByName("127.0.0.1"));
    this.server = server;
    this.word = word;
    begin(this::accept);
  }

  private static void begin(Runnable work) {
    Thread thread = new Thread(work, "proxy");
    thread.setDaemon(true);
    thread.start();
  }

  InetSocketAddress address() {
    return new InetSocketAddress("127.0.0.1", listening.getLocalPort());
  }

  void reply(Reply which) {
    reply = which;
  }

  /** How many of the commands have come by. */
  int arrived() {
    return arrived.get();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listening.accept();
        Socket upstream = new Socket();
        try {
          upstream.connect(server, 2_000);
        } catch (IOException e) {
          client.close();
          continue;
        }
        Connection connection = new Connection(client, upstream);
        begin(connection::toServer);
        begin(connection::toClient);
      }
    } catch (IOException e) {
      // closed
    }
  }

  /** Replies of a connection on which the word came by are held back from then on. */
  private final class Connection {

    private final Socket client;
    private final Socket upstream;
    private volatile boolean struck;

    Connection(Socket client, Socket upstream) {
      this.client = client;
      this.upstream = upstream;
    }

    void toServer() {
      pump(client, upstream, true);
    }

    void toClient() {
      pump(upstream, client, false);
    }

    private void pump(Socket from, Socket to, boolean toServer) {
      byte[] buffer = new byte[16 << 10];
      try {
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          if (toServer && new String(buffer, 0, n, StandardCharsets.ISO_8859_1).contains(word)) {
            arrived.incrementAndGet();
            struck = reply != Reply.PASSED;
          }
          if (!toServer && struck) {
            if (reply == Reply.CUT) {
              return;
            }
          } else {
            out.write(buffer, 0, n);
            out.flush();
          }
        }
      } catch (IOException e) {
        // one side has ended, and so does the other
      } finally {
        close(client);
        close(upstream);
      }
    }

    private static void close(Socket socket) {
      try {
        socket.close();
      } catch (IOException e) {
        // it is of no more use
      }
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
  }
}
