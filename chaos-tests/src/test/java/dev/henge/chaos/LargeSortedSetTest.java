package dev.henge.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;

/**
 * A sorted set of millions answers from cold files in milliseconds, is deleted at once, and gives its space back.
 *
 * <p>{@code mvn verify} makes it small; the real size is {@code -Dhenge.larger.members=5000000}. What is measured is
 * printed.
 */
@Timeout(1_200)
class LargeSortedSetTest {

  private static final long SEED = Long.getLong("henge.seed", 20261121);
  private static final int MEMBERS = Integer.getInteger("henge.larger.members", 200_000);
  private static final String SET = "board";
  private static final int MEMBERS_A_COMMAND = 500;
  private static final int COMMANDS_A_BATCH = 20;
  private static final int QUESTIONS = 60;
  private static final int RANGE = 10;
  private static final double MEDIAN_MILLIS_MAX = 20;
  private static final double DELETE_MILLIS_MAX = 50;
  private static final long MEMTABLE_BYTES = MEMBERS < 1_000_000 ? 4 << 20 : 16 << 20;
  private static final double SPACE_LEFT_MAX = 0.35;
  private static final int FILLER_VALUE_BYTES = 1_000;
  private static final double FILLER_TWICE = 1.5;
  private static final int CLIENT_TIMEOUT_MILLIS = 60_000;
  private static final Duration SPACE_WITHIN = Duration.ofSeconds(Math.max(60, MEMBERS / 10_000));

  /** A question to the set, by the number of a member. */
  private interface Question {
    void ask(Jedis jedis, int member);
  }

  private static String member(int number) {
    return String.format(Locale.ROOT, "member:%09d", number);
  }

  /** Every score once, in no order that a table likes. */
  private static double score(int number) {
    return (double) ((number * 2_654_435_761L) & 0xFFFF_FFFFL);
  }

  @Test
  void answersColdAndGoesAtOnce() throws Exception {
    RingProcesses.Plan plan = RingProcesses.Plan.of(1).heap("256m")
        .with("memtable-bytes", Long.toString(MEMTABLE_BYTES)).with("log-retain-bytes", "1mb");
    try (RingProcesses ring = RingProcesses.start("large-sorted-set", plan)) {
      long startNanos = System.nanoTime();
      add(ring);
      report("%d members in %.1f s, %d MB of tables", MEMBERS, (System.nanoTime() - startNanos) / 1e9,
          tableBytes(ring) >> 20);
      ring.kill(0);
      ProcessCosts.forgetPages(ring.dir(0));
      startNanos = System.nanoTime();
      ring.restart(0);
      ring.awaitCaughtUp();
      report("started again from cold files in %d ms", (System.nanoTime() - startNanos) / 1_000_000);
      try (Jedis jedis = Connections.open(ring, 0, CLIENT_TIMEOUT_MILLIS)) {
        ask(jedis);
        delete(jedis);
        spaceComesBack(ring, jedis);
      }
    }
  }

  private static void report(String text, Object... figures) {
    System.out.printf(Locale.ROOT, "large sorted set: " + text + "%n", figures);
  }

  private static void add(RingProcesses ring) {
    try (Jedis jedis = Connections.open(ring, 0, CLIENT_TIMEOUT_MILLIS)) {
      for (int next = 0; next < MEMBERS; ) {
        Pipeline pipeline = jedis.pipelined();
        for (int command = 0; command < COMMANDS_A_BATCH && next < MEMBERS; command++) {
          Map<String, Double> some = new HashMap<>();
          while (some.size() < MEMBERS_A_COMMAND && next < MEMBERS) {
            some.put(member(next), score(next++));
          }
          pipeline.zadd(SET, some);
        }
        pipeline.syncAndReturnAll();
      }
      assertEquals(MEMBERS, jedis.zcard(SET));
    }
  }

  private static void ask(Jedis jedis) {
    SplittableRandom random = new SplittableRandom(SEED);
    measure("ZSCORE", jedis, random, (j, n) -> assertEquals(score(n), j.zscore(SET, member(n))));
    measure("ZRANK", jedis, random, (j, n) -> {
      double rank = j.zrank(SET, member(n));
      assertEquals(score(n) / 0x1p32, rank / MEMBERS, 0.05, "the rank of " + member(n));
    });
    measure("ZRANGE of 10", jedis, random, (j, n) -> {
      List<String> range = j.zrange(SET, n, n + RANGE - 1L);
      assertEquals(Math.min(RANGE, MEMBERS - n), range.size());
      assertEquals(n, j.zrank(SET, range.get(0)));
    });
    measure("ZADD", jedis, random, (j, n) -> assertEquals(1, j.zadd(SET, score(n), "new:" + n)));
  }

  private static void measure(String what, Jedis jedis, SplittableRandom random, Question question) {
    double[] millis = new double[QUESTIONS];
    for (int n = 0; n < QUESTIONS; n++) {
      int member = n * (MEMBERS / QUESTIONS) + random.nextInt(MEMBERS / QUESTIONS);
      long startNanos = System.nanoTime();
      question.ask(jedis, member);
      millis[n] = (System.nanoTime() - startNanos) / 1e6;
    }
    Arrays.sort(millis);
    report("%s cold, in ms: median %.2f, slowest %.1f", what, millis[QUESTIONS / 2], millis[QUESTIONS - 1]);
    assertTrue(millis[QUESTIONS / 2] <= MEDIAN_MILLIS_MAX, what + " takes " + millis[QUESTIONS / 2] + " ms");
  }

  /** What the machine does to any command, the slowest of many PINGs shows. */
  private static void delete(Jedis jedis) {
    double slowestPing = 0;
    for (int n = 0; n < QUESTIONS; n++) {
      slowestPing = Math.max(slowestPing, millis(jedis::ping));
    }
    double millis = millis(() -> assertEquals(1, jedis.del(SET)));
    report("DEL in %.2f ms, the slowest of %d PINGs in %.2f ms", millis, QUESTIONS, slowestPing);
    assertTrue(millis <= DELETE_MILLIS_MAX + slowestPing, "DEL takes " + millis + " ms");
    assertEquals(0, jedis.zcard(SET));
    assertEquals(0, jedis.dbSize());
  }

  private static double millis(Runnable command) {
    long startNanos = System.nanoTime();
    command.run();
    return (System.nanoTime() - startNanos) / 1e6;
  }

  /** Compaction goes by what is written; so something is, over and over: a little more than the memtable holds. */
  private static void spaceComesBack(RingProcesses ring, Jedis jedis) {
    long before = tableBytes(ring);
    long fillerBytes = MEMTABLE_BYTES + MEMTABLE_BYTES / 4;
    double wanted = before * SPACE_LEFT_MAX + fillerBytes * FILLER_TWICE;
    String value = "x".repeat(FILLER_VALUE_BYTES);
    long startNanos = System.nanoTime();
    long[] rounds = {0};
    Await.until(SPACE_WITHIN, "the space of the sorted set comes back", () -> {
      for (int n = 0; n < fillerBytes / FILLER_VALUE_BYTES; ) {
        Pipeline pipeline = jedis.pipelined();
        for (int end = n + MEMBERS_A_COMMAND; n < end; n++) {
          pipeline.set("filler:" + n, value);
        }
        pipeline.syncAndReturnAll();
      }
      rounds[0]++;
      long now = tableBytes(ring);
      return now <= wanted ? null : now + " bytes are taken after " + rounds[0] + " rounds, and " + before + " were";
    });
    report("%d KB of tables before DEL, %d KB after, %.1f s and %d times %d KB of other writes later", before >> 10,
        tableBytes(ring) >> 10, (System.nanoTime() - startNanos) / 1e9, rounds[0], fillerBytes >> 10);
  }

  private static long tableBytes(RingProcesses ring) {
    try (Stream<Path> files = Files.walk(ring.dir(0))) {
      return files.filter(file -> file.getFileName().toString().startsWith("table-")).mapToLong(file -> {
        try {
          return Files.size(file);
        } catch (NoSuchFileException e) {
          return 0; // it went while we looked
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }).sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
