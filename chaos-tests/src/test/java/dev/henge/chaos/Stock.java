package dev.henge.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.henge.node.RespClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Keys of all types that are written once, before anything happens, and must be the same ever after. */
final class Stock {

  private static final int AT_ONCE = 100;

  private final int ofEachType;
  private final String value;

  Stock(int ofEachType, int valueBytes) {
    this.ofEachType = ofEachType;
    this.value = "x".repeat(valueBytes);
  }

  private record Pair(String[] write, Object written, String[] read, Object found) {}

  private List<Pair> pairs(int i) {
    String text = i + value;
    return List.of(
        new Pair(words("SET", "stock:s" + i, text), "OK", words("GET", "stock:s" + i), text),
        new Pair(words("HSET", "stock:h" + i, "a", text, "b", "" + i), 2L, words("HMGET", "stock:h" + i, "a", "b"),
            List.of(text, "" + i)),
        new Pair(words("SADD", "stock:m" + i, "x", text), 2L, words("SMISMEMBER", "stock:m" + i, "x", text, "y"),
            List.of(1L, 1L, 0L)),
        new Pair(words("ZADD", "stock:z" + i, "1", "a", "" + i, "b"), 2L, words("ZMSCORE", "stock:z" + i, "a", "b"),
            List.of("1", "" + i)),
        new Pair(words("RPUSH", "stock:l" + i, "a", text, "c"), 3L, words("LRANGE", "stock:l" + i, "0", "-1"),
            List.of("a", text, "c")),
        new Pair(words("INCRBY", "stock:c" + i, "" + (i + 1)), i + 1L, words("GET", "stock:c" + i), "" + (i + 1)));
  }

  private static String[] words(String... words) {
    return words;
  }

  void write(RespClient client) throws IOException {
    all(client, true);
  }

  void check(RespClient client) throws IOException {
    all(client, false);
  }

  private void all(RespClient client, boolean writes) throws IOException {
    List<Pair> some = new ArrayList<>();
    for (int i = 0; i < ofEachType; i++) {
      some.addAll(pairs(i));
      if (some.size() >= AT_ONCE || i == ofEachType - 1) {
        ByteArrayOutputStream requests = new ByteArrayOutputStream();
        some.forEach(pair -> requests.writeBytes(RespClient.encode(writes ? pair.write() : pair.read())));
        client.send(requests.toByteArray());
        for (Pair pair : some) {
          assertEquals(writes ? pair.written() : pair.found(), client.read(),
              () -> String.join(" ", writes ? pair.write() : pair.read()));
        }
        some.clear();
      }
    }
  }
}
