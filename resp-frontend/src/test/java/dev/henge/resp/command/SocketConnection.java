package dev.henge.resp.command;

import dev.henge.resp.codec.ProtocolException;
import dev.henge.resp.codec.Reply;
import dev.henge.resp.codec.Request;
import dev.henge.resp.codec.RespReader;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.LockSupport;

/** Plays transcripts against a server that listens somewhere, by a client's means only. */
public final class SocketConnection implements Transcript.Connection, AutoCloseable {

  private static final int REPLY_MILLIS_MAX = 20_000;

  private final Socket socket;
  private final byte[] chunk = new byte[1 << 16];
  private final RespReader reader = new RespReader();

  public SocketConnection(String host, int port) throws IOException {
    socket = new Socket(host, port);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(REPLY_MILLIS_MAX);
  }

  @Override
  public Reply call(Request request) {
    try {
      socket.getOutputStream().write(encoded(request));
      Reply reply = reader.next();
      while (reply == null) {
        int n = socket.getInputStream().read(chunk);
        if (n < 0) {
          throw new EOFException("no reply to " + request);
        }
        reader.feed(chunk, 0, n);
        reply = reader.next();
      }
      return reply;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ProtocolException e) {
      throw new AssertionError("a reply that is none: " + request, e);
    }
  }

  private static byte[] encoded(Request request) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(("*" + request.argCount() + "\r\n").getBytes(StandardCharsets.US_ASCII));
    for (int i = 0; i < request.argCount(); i++) {
      out.writeBytes(("$" + request.length(i) + "\r\n").getBytes(StandardCharsets.US_ASCII));
      out.writeBytes(request.copy(i));
      out.writeBytes(new byte[] {'\r', '\n'});
    }
    return out.toByteArray();
  }

  private void demand(String... words) {
    Reply reply = call(Request.of(words));
    if (reply instanceof Reply.Error error) {
      throw new AssertionError(String.join(" ", words) + ": " + error.text());
    }
  }

  @Override
  public void restart() {
    protocol(2);
    demand("FLUSHALL");
    select(0);
  }

  @Override
  public void select(int db) {
    demand("SELECT", Integer.toString(db));
  }

  @Override
  public void protocol(int version) {
    demand("HELLO", Integer.toString(version));
  }

  /** The only way to move another process's time: to let it pass. */
  @Override
  public void advance(long millis) {
    long end = System.nanoTime() + millis * 1_000_000;
    for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
