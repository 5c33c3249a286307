package dev.henge.chaos.mutants;

import dev.henge.chaos.check.History;
import dev.henge.chaos.check.Op;
import dev.henge.node.RespClient;
import dev.henge.resp.codec.Reply;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

/**
 * One client at one node, for one thread: what it asks, and what comes of it, goes to a history. It connects again
 * where it has to, and says first what it says on each connection.
 */
final class Asker implements AutoCloseable {

  private static final int PATIENCE_MILLIS = 6_000;
  private static final Set<String> REFUSALS = Set.of("CLUSTERDOWN", "NOREPLICAS", "TRYAGAIN", "MISCONF", "LOADING");

  private final int number;
  private final int node;
  private final InetSocketAddress address;
  private final List<List<String>> first;
  private final History history;
  private RespClient client;

  Asker(int number, int node, InetSocketAddress address, List<List<String>> first, History history) {
    this.number = number;
    this.node = node;
    this.address = address;
    this.first = first;
    this.history = history;
  }

  int number() {
    return number;
  }

  int node() {
    return node;
  }

  private RespClient connected() throws IOException {
    if (client == null) {
      RespClient fresh = new RespClient(address.getHostString(), address.getPort(), PATIENCE_MILLIS);
      for (List<String> words : first) {
        try {
          fresh.call(words.toArray(String[]::new));
        } catch (IOException e) {
          fresh.close();
          throw e;
        }
      }
      client = fresh;
    }
    return client;
  }

  /** Asks, and writes it down. */
  Op ask(String... words) {
    Op op = new Op(number, 0, List.of(words), System.nanoTime(), "n" + node);
    synchronized (history) {
      history.add(op);
    }
    answer(op, words);
    return op;
  }

  /** Asks what is nobody's business. */
  Op quietly(String... words) {
    Op op = new Op(number, 0, List.of(words), System.nanoTime(), "n" + node);
    answer(op, words);
    return op;
  }

  private void answer(Op op, String... words) {
    RespClient asked;
    try {
      asked = connected();
    } catch (IOException e) {
      op.end = Op.End.REFUSED; // not even sent
      op.endNanos = System.nanoTime();
      return;
    }
    try {
      op.reply = reply(asked.call(words));
      op.endNanos = System.nanoTime();
      op.end = Op.End.DONE;
    } catch (RespClient.ErrorReply e) {
      Reply.Error error = new Reply.Error(e.getMessage());
      op.reply = error;
      op.end = REFUSALS.contains(error.code()) ? Op.End.REFUSED : Op.End.IN_DOUBT;
      op.endNanos = op.end == Op.End.REFUSED ? System.nanoTime() : Op.NEVER;
    } catch (IOException e) {
      close();
    }
  }

  private static Reply reply(Object told) {
    if (told instanceof Long number) {
      return new Reply.Int(number);
    }
    if (told instanceof List<?> list) {
      return new Reply.Array(list.stream().map(Asker::reply).toList());
    }
    return told == null ? new Reply.Null(false) : new Reply.Bulk(String.valueOf(told).getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void close() {
    try {
      if (client != null) {
        client.close();
      }
    } catch (IOException e) {
      // it is of no more use in any case
    }
    client = null;
  }
}
