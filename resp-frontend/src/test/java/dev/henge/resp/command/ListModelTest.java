package dev.henge.resp.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.henge.resp.codec.Reply;
import dev.henge.resp.codec.Request;
import dev.henge.storage.type.Keyspace;
import dev.henge.storage.type.ListValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Assumptions;

/**
 * Random histories of list commands, the same on Henge's commands and on a redis-server: every reply is the same, and
 * the replica, which only hears of the bundles, shows the same lists.
 */
class ListModelTest {

  private static final int SEEDS = 25;
  private static final int COMMANDS = 800;
  private static final int KEYS = 4;

  private static RedisServer redis;

  private Random random;
  private CommandBench bench;
  private int names;

  @BeforeAll
  static void start() throws IOException {
    redis = RedisServer.start();
  }

  @AfterAll
  static void stop() {
    if (redis != null) {
      redis.close();
    }
  }

  private String key() {
    return "k" + random.nextInt(KEYS);
  }

  private String element() {
    return random.nextInt(3) == 0 ? "d" + random.nextInt(6) : "e" + names++;
  }

  private String side() {
    return random.nextBoolean() ? "LEFT" : "RIGHT";
  }

  private String index() {
    return Integer.toString(random.nextInt(random.nextBoolean() ? 8 : 600) * (random.nextBoolean() ? 1 : -1));
  }

  private String small() {
    return Integer.toString(random.nextInt(5));
  }

  private List<String> command() {
    String key = key();
    String end = random.nextBoolean() ? "L" : "R";
    return switch (random.nextInt(19)) {
      case 0, 1, 2 -> push(end + "PUSH", key);
      case 3 -> push(end + "PUSHX", key);
      case 4 -> List.of(end + "POP", key);
      case 5 -> List.of(end + "POP", key, random.nextInt(12) == 0 ? "1000" : small());
      case 6 -> List.of("LINDEX", key, index());
      case 7 -> List.of("LRANGE", key, index(), index());
      case 8 -> List.of("LSET", key, index(), element());
      case 9, 10 -> List.of("LINSERT", key, random.nextBoolean() ? "BEFORE" : "AFTER", "d" + random.nextInt(6), element());
      case 11 -> List.of("LREM", key, Integer.toString(random.nextInt(7) - 3), "d" + random.nextInt(6));
      case 12 -> List.of("LTRIM", key, small(), Integer.toString(-1 - random.nextInt(5)));
      case 13 -> find(key);
      case 14 -> List.of("LMOVE", key, key(), side(), side());
      case 15 -> List.of("RPOPLPUSH", key, key());
      case 16 -> List.of("LMPOP", "2", key, key(), side(), "COUNT", Integer.toString(1 + random.nextInt(4)));
      case 17 -> List.of("LLEN", key);
      default -> List.of("LRANGE", key, "0", "-1");
    };
  }

  private List<String> push(String name, String key) {
    List<String> words = new ArrayList<>(List.of(name, key));
    for (int i = random.nextInt(random.nextInt(10) == 0 ? 400 : 6); i >= 0; i--) {
      words.add(element());
    }
    return words;
  }

  private List<String> find(String key) {
    List<String> words = new ArrayList<>(List.of("LPOS", key, "d" + random.nextInt(6)));
    if (random.nextBoolean()) {
      words.addAll(List.of("RANK", random.nextBoolean() ? "-2" : "2"));
    }
    if (random.nextBoolean()) {
      words.addAll(List.of("COUNT", small()));
    }
    if (random.nextBoolean()) {
      words.addAll(List.of("MAXLEN", index().replace("-", "")));
    }
    return words;
  }

  @Test
  void repliesAreThoseOfRedis() throws IOException {
    Assumptions.assumeTrue(redis != null, "there is no redis-server 7.0");
    long first = new Random().nextInt(1_000_000);
    for (long seed = first; seed < first + SEEDS; seed++) {
      random = new Random(seed);
      bench = new CommandBench(seed);
      Families.registerAll(bench.binder());
      names = 0;
      try (SocketConnection connection = redis.connect()) {
        connection.restart();
        for (int i = 0; i < COMMANDS; i++) {
          String[] words = command().toArray(String[]::new);
          Reply expected = connection.call(Request.of(words));
          assertEquals(text(expected), text(bench.run(words)), "seed " + seed + " command " + i + ": "
              + String.join(" ", words));
        }
      }
      for (int i = 0; i < KEYS; i++) {
        assertEquals(elements(bench.primary, "k" + i), elements(bench.replica, "k" + i), "seed " + seed);
      }
    }
  }

  private static List<String> text(Reply reply) {
    return ReplyText.of(reply).lines();
  }

  private static List<String> elements(Keyspace keyspace, String key) {
    byte[] name = key.getBytes(StandardCharsets.ISO_8859_1);
    List<String> elements = new ArrayList<>();
    keyspace.begin(1, Integer.MAX_VALUE, () -> 0);
    new ListValue(keyspace, keyspace.open(keyspace.locate(0, name, 0, name.length))).walk(false,
        (index, element) -> elements.add(new String(element, StandardCharsets.ISO_8859_1)));
    keyspace.finish();
    return elements;
  }
}
