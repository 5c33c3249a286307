package dev.henge.resp.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.resp.codec.Reply;
import dev.henge.resp.codec.Request;
import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.lsm.MemoryByteStore;
import dev.henge.storage.type.KeyRef;
import dev.henge.storage.type.SortedSetValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random sorted-set commands: replies as a redis-server's, a replica as its primary; and what chance and time decide.
 */
class SortedSetCommandsTest {

  private static final String[] SCORES = {
    "0", "1", "2", "-1", "0.1", "0.2", "3.25", "1e300", "-1e300", "inf", "-inf", "17", "1e-7"
  };

  private static CommandBench bench() {
    CommandBench bench = new CommandBench(1);
    Families.registerAll(bench.binder());
    return bench;
  }

  /** Draws commands on three keys. */
  private record Chance(Random random, int names) {

    String key() {
      return "z" + random.nextInt(3);
    }

    String name() {
      return "m" + random.nextInt(names);
    }

    String score() {
      return random.nextBoolean() ? SCORES[random.nextInt(SCORES.length)] : Integer.toString(random.nextInt(100));
    }

    String end() {
      return (random.nextInt(3) == 0 ? "(" : "") + score();
    }

    String rank() {
      return Integer.toString(random.nextInt(2 * names) - names);
    }

    String small() {
      return Integer.toString(random.nextInt(4));
    }

    String[] command() {
      return switch (random.nextInt(26)) {
        case 0, 1, 2, 3, 4, 5 -> new String[] {"ZADD", key(), score(), name(), score(), name(), score(), name()};
        case 6 -> new String[] {
          "ZADD", key(), pick("NX", "XX", "GT", "LT", "CH"), "CH", score(), name(), score(), name()
        };
        case 7 -> new String[] {"ZADD", key(), pick("NX", "XX", "GT", "LT", "CH"), "INCR", score(), name()};
        case 8, 9 -> new String[] {"ZINCRBY", key(), score(), name()};
        case 10 -> new String[] {"ZREM", key(), name(), name()};
        case 11 -> new String[] {"ZSCORE", key(), name()};
        case 12 -> new String[] {pick("ZRANK", "ZREVRANK"), key(), name()};
        case 13 -> new String[] {pick("ZRANGE", "ZREVRANGE"), key(), rank(), rank(), "WITHSCORES"};
        case 14 -> new String[] {
          pick("ZRANGEBYSCORE", "ZREVRANGEBYSCORE"), key(), end(), end(), "WITHSCORES", "LIMIT", rank(), rank()
        };
        case 15 -> new String[] {"ZRANGE", key(), end(), end(), "BYSCORE", pick("REV", "WITHSCORES")};
        case 16 -> new String[] {"ZCOUNT", key(), end(), end()};
        case 17 -> new String[] {pick("ZPOPMIN", "ZPOPMAX"), key(), small()};
        case 18 -> new String[] {"ZREMRANGEBYSCORE", key(), score(), score()};
        case 19 -> new String[] {"ZREMRANGEBYRANK", key(), rank(), small()};
        case 20 -> new String[] {
          pick("ZUNIONSTORE", "ZINTERSTORE"), "s", "2", key(), key(),
          "WEIGHTS", small(), "0.5", "AGGREGATE", pick("SUM", "MIN", "MAX")
        };
        case 21 -> new String[] {pick("ZUNION", "ZINTER", "ZDIFF"), "2", key(), key(), "WITHSCORES"};
        case 22 -> new String[] {"ZRANGE", "s", "0", "-1", "WITHSCORES"};
        case 23 -> new String[] {"ZRANGESTORE", "s", key(), rank(), rank()};
        case 24 -> new String[] {
          "ZMPOP", "2", key(), key(), pick("MIN", "MAX"), "COUNT", Integer.toString(1 + random.nextInt(3))
        };
        default -> new String[] {"ZINTERCARD", "2", key(), key(), "LIMIT", small()};
      };
    }

    String pick(String... words) {
      return words[random.nextInt(words.length)];
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void repliesAsARedisServer(long seed) throws IOException {
    try (RedisServer redis = RedisServer.start()) {
      Assumptions.assumeTrue(redis != null, "no redis-server 7.0");
      try (SocketConnection connection = redis.connect()) {
        connection.restart();
        CommandBench bench = bench();
        Chance chance = new Chance(new Random(seed), seed % 2 == 0 ? 15 : 600);
        for (int i = 0; i < 4000; i++) {
          Request request = Request.of(chance.command());
          Reply expected = connection.call(request);
          assertEquals(lines(expected), lines(bench.run(request)), "seed " + seed + ", " + i + ": " + request);
        }
      }
    }
  }

  /** A sign on a zero score, which Redis keeps in large sets and drops in small ones, is dropped. */
  private static List<String> lines(Reply reply) {
    return ReplyText.of(reply).lines().stream().map(line -> line.replace("\"-0\"", "\"0\"")).toList();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void replicasAreTheSameByteForByte(long seed) {
    CommandBench bench = bench();
    Chance chance = new Chance(new Random(seed), 40);
    for (int i = 0; i < 4000; i++) {
      bench.run(chance.command());
      if (i % 100 == 0) {
        assertEquals(records(bench.primaryStore), records(bench.replicaStore), "seed " + seed + ", " + i);
      }
    }
  }

  private static Map<String, String> records(MemoryByteStore store) {
    Map<String, String> records = new TreeMap<>();
    try (ByteCursor cursor = store.scan(null, null, false)) {
      while (cursor.next()) {
        records.put(Arrays.toString(cursor.key()), Arrays.toString(cursor.value()));
      }
    }
    return records;
  }

  private static final int LARGE = 3000;

  private static CommandBench large() {
    CommandBench bench = bench();
    for (int i = 0; i < LARGE; i++) {
      bench.run("ZADD", "big", Integer.toString(i % 50), "m" + i);
    }
    return bench;
  }

  private static List<String> texts(Reply reply) {
    List<String> texts = new ArrayList<>();
    ((Reply.Array) reply).elements().forEach(e -> texts.add(e.asText()));
    return texts;
  }

  @Test
  void aScanSeesEveryMemberOfALargeSetWhateverGoesBetween() {
    CommandBench bench = large();
    Set<String> seen = new HashSet<>();
    String cursor = "0";
    int pages = 0;
    do {
      List<Reply> page = ((Reply.Array) bench.run("ZSCAN", "big", cursor, "COUNT", "50")).elements();
      cursor = page.get(0).asText();
      List<String> entries = texts(page.get(1));
      for (int i = 0; i < entries.size(); i += 2) {
        seen.add(entries.get(i));
        assertEquals(Integer.parseInt(entries.get(i).substring(1)) % 50, Integer.parseInt(entries.get(i + 1)));
      }
      bench.run("ZADD", "big", "7", "new" + pages);
      bench.run("ZREM", "big", "new" + pages);
      pages++;
    } while (!cursor.equals("0"));
    assertEquals(LARGE, seen.stream().filter(name -> name.startsWith("m")).count());
    assertTrue(pages > 40 && pages < 70, pages + " pages");
  }

  @Test
  void randomMembersAreDistinctOrNotAndSpreadOverALargeSet() {
    CommandBench bench = large();
    for (int count : new int[] {1, 10, 300, 1000, LARGE, LARGE + 5}) {
      List<String> picked = texts(bench.run("ZRANDMEMBER", "big", Integer.toString(count)));
      assertEquals(Math.min(count, LARGE), picked.size());
      assertEquals(picked.size(), new HashSet<>(picked).size());
    }
    int[] hits = new int[10];
    for (String name : texts(bench.run("ZRANDMEMBER", "big", "-20000"))) {
      hits[Integer.parseInt(name.substring(1)) * 10 / LARGE]++;
    }
    for (int h : hits) {
      assertTrue(Math.abs(h - 2000) < 300, "uneven: " + Arrays.toString(hits));
    }
  }

  @Test
  void anExpiredSetIsGoneAndStartsAnew() {
    CommandBench bench = bench();
    bench.binder().bind("EXPIRE-IN", c -> {
      c.keyspace().setDeadline(c.head(1), c.nowMillis() + c.argLong(2));
      c.out().ok();
    });
    bench.run("ZADD", "z", "1", "a", "2", "b");
    bench.run("EXPIRE-IN", "z", "100");
    bench.run("ZINCRBY", "z", "5", "a");
    bench.advance(101);
    assertEquals(new Reply.Int(0), bench.run("ZCARD", "z"));
    assertEquals(new Reply.Null(false), bench.run("ZSCORE", "z", "a"));
    assertEquals(List.of(), texts(bench.run("ZRANGE", "z", "0", "-1")));
    assertEquals(List.of(), texts(bench.run("ZPOPMIN", "z", "3")));
    assertEquals("5", bench.run("ZINCRBY", "z", "5", "a").asText());
    assertEquals(List.of("a", "5"), texts(bench.run("ZRANGE", "z", "0", "-1", "WITHSCORES")));
    bench.advance(1000);
    assertEquals(new Reply.Int(1), bench.run("ZCARD", "z"));
    assertEquals(records(bench.primaryStore), records(bench.replicaStore));
  }

  /** A replica that never was asked for a rank gives the same ones when it becomes the primary. */
  @Test
  void aReplicaRanksAsItsPrimary() {
    CommandBench bench = large();
    bench.run("ZRANK", "big", "m1234");
    bench.run("ZREMRANGEBYRANK", "big", "500", "700");
    byte[] key = "big".getBytes(StandardCharsets.ISO_8859_1);
    SortedSetValue there = new SortedSetValue(
        bench.replica, bench.replica.open(KeyRef.of(0, 7, Arrays.hashCode(key), key, 0, key.length)));
    for (int i = 0; i < LARGE; i += 7) {
      Reply here = bench.run("ZRANK", "big", "m" + i);
      long rank = there.rank(("m" + i).getBytes(StandardCharsets.ISO_8859_1), false);
      assertEquals(here, rank < 0 ? new Reply.Null(false) : new Reply.Int(rank));
    }
  }

  /** What is written can stand against a concurrent remove; what a condition forbids is no write. */
  @Test
  void anAddOfWhatIsThereIsAWriteUnlessForbidden() {
    CommandBench bench = new CommandBench(1);
    Families.registerAll(bench.binder());
    bench.run("ZADD", "z", "1", "a");
    bench.run("SADD", "s", "a");
    for (String line : List.of("SADD s a", "SADD s a a", "ZADD z 1 a", "ZADD z XX CH 1 a", "ZINCRBY z 0 a")) {
      bench.run(line.split(" "));
      assertTrue(bench.primary.stamp() != 0, line);
    }
    for (String line : List.of("ZADD z NX 1 a", "ZADD z NX 2 a", "ZADD z GT 1 a", "ZADD z LT 1 a", "ZADD z XX 1 b",
        "SISMEMBER s a", "SREM s b")) {
      bench.run(line.split(" "));
      assertEquals(0, bench.primary.stamp(), line);
    }
  }
}
