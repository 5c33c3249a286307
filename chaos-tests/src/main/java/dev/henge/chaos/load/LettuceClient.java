package dev.henge.chaos.load;

import dev.henge.resp.codec.Reply;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.ProtocolKeyword;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * A connection of Lettuce, to one node or to a cluster, for one thread. Lettuce would send what was under way again
 * when it has connected anew; so it must not connect anew by itself: a connection that broke is closed, and the next
 * command opens another.
 */
final class LettuceClient implements Client {

  private record Keyword(String text) implements ProtocolKeyword {
    @Override
    public byte[] getBytes() {
      return JedisReplies.bytes(text);
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /** Lettuce's two kinds of connections have no common way to send a command. */
  interface Connection extends AutoCloseable {
    RedisFuture<Reply> dispatch(ProtocolKeyword name, LettuceReply reply, CommandArgs<String, String> arguments);

    @Override
    void close();
  }

  static final StringCodec CODEC = new StringCodec(StandardCharsets.ISO_8859_1);

  private final Supplier<Connection> connect;
  private final Duration timeout;
  private Connection connection;

  LettuceClient(Supplier<Connection> connect, Duration timeout) {
    this.connect = connect;
    this.timeout = timeout;
  }

  @Override
  public Answer ask(List<String> words) {
    if (connection == null) {
      try {
        connection = connect.get();
      } catch (RedisException e) {
        return Answer.unsent(JedisReplies.why(e));
      }
    }
    CommandArgs<String, String> arguments = new CommandArgs<>(CODEC);
    for (int i = 1; i < words.size(); i++) {
      if (i == 1) {
        arguments.addKey(words.get(i));
      } else {
        arguments.add(JedisReplies.bytes(words.get(i)));
      }
    }
    Answer answer = answer(new Keyword(words.get(0)), arguments);
    if (answer.broken()) {
      close();
    }
    return answer;
  }

  private Answer answer(ProtocolKeyword name, CommandArgs<String, String> arguments) {
    try {
      Reply reply = connection.dispatch(name, new LettuceReply(), arguments)
          .get(timeout.toNanos(), TimeUnit.NANOSECONDS);
      return Answer.of(reply == null ? new Reply.Null(false) : reply);
    } catch (ExecutionException e) {
      return failed(e.getCause());
    } catch (RedisException e) {
      return failed(e);
    } catch (TimeoutException e) {
      return Answer.lost("timed out");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Answer.lost("interrupted");
    }
  }

  private static Answer failed(Throwable e) {
    if (e instanceof RedisCommandExecutionException) {
      return Answer.of(new Reply.Error(e.getMessage()));
    }
    if (unsent(e)) {
      return Answer.unsent(JedisReplies.why(e));
    }
    return Answer.lost(JedisReplies.why(e));
  }

  /** Whether there was no connection to send it on: none could be opened, or the one there was had ended before. */
  private static boolean unsent(Throwable e) {
    for (Throwable one = e; one != null; one = one.getCause()) {
      String says = String.valueOf(one.getMessage());
      if (one instanceof RedisConnectionException && says.startsWith("Unable to ")
          || says.contains("Commands are rejected")) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void close() {
    if (connection != null) {
      connection.close();
      connection = null;
    }
  }
}
