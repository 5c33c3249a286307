package dev.henge.chaos.load;

import dev.henge.resp.codec.Reply;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import redis.clients.jedis.commands.ProtocolCommand;
import redis.clients.jedis.exceptions.JedisDataException;

/** What Jedis gives for a command of any words, as a reply; it does not tell a status from a string. */
final class JedisReplies {

  private static final int WHY_CHARS_MAX = 120;

  private JedisReplies() {}

  static ProtocolCommand command(List<String> words) {
    byte[] name = bytes(words.get(0));
    return () -> name;
  }

  static byte[][] arguments(List<String> words) {
    return words.stream().skip(1).map(JedisReplies::bytes).toArray(byte[][]::new);
  }

  static byte[] bytes(String word) {
    return word.getBytes(StandardCharsets.ISO_8859_1);
  }

  static Reply reply(Object given) {
    if (given == null) {
      return new Reply.Null(false);
    }
    if (given instanceof byte[] bytes) {
      return new Reply.Bulk(bytes);
    }
    if (given instanceof Long n) {
      return new Reply.Int(n);
    }
    if (given instanceof Double n) {
      return number(n);
    }
    if (given instanceof Boolean flag) {
      return new Reply.Int(flag ? 1 : 0);
    }
    if (given instanceof JedisDataException e) {
      return error(e);
    }
    if (given instanceof Collection<?> some) {
      List<Reply> elements = new ArrayList<>();
      some.forEach(one -> elements.add(reply(one)));
      return new Reply.Array(elements);
    }
    throw new IllegalArgumentException("no reply is a " + given.getClass());
  }

  /** As RESP2 has it. */
  static Reply number(double n) {
    return new Reply.Bulk(bytes(n == Math.rint(n) && Math.abs(n) < 1e17 ? Long.toString((long) n)
        : Double.toString(n)));
  }

  static Reply.Error error(JedisDataException e) {
    return new Reply.Error(e.getMessage());
  }

  /** The innermost reason, shortly. */
  static String why(Throwable e) {
    Throwable inner = e;
    while (inner.getCause() != null && inner.getCause() != inner) {
      inner = inner.getCause();
    }
    String says = inner.getMessage() == null ? inner.getClass().getSimpleName() : inner.getMessage();
    String line = says.lines().findFirst().orElse("");
    return line.substring(0, Math.min(WHY_CHARS_MAX, line.length()));
  }
}
