package dev.henge.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/**
 * What nodes do that nobody uses, counted: how often their loops are woken, and what they tell each other. In the
 * simulated time of a {@link MemoryRing} these are the same in every run.
 */
class RestTest {

  private static final int SETTLE_MILLIS = 150_000;
  private static final int SECONDS = 60;

  /** Five looks at the shard and two or three renewals of leases, and a few more where the two do not meet. */
  private static final double TICKS_A_SECOND = 8;

  /** The ticks, and what comes from two peers: requests for leases and answers, roots and verdicts, wall clocks. */
  private static final double TURNS_A_SECOND = 24;

  private static final double MESSAGES_A_SECOND = 28;

  private record Count(long ticks, long turns, long messages) {}

  @Test
  void aRingOf1024VnodesIsAllButStill() {
    MemoryRing ring = new MemoryRing(3, "vnodes", "1024", "tokens", "64");
    assertEquals("OK", ring.client(0).text("SET", "key", "value"));
    ring.run(SETTLE_MILLIS);
    for (int node = 0; node < ring.size(); node++) {
      Count before = count(ring, node);
      ring.run(SECONDS * 1_000L);
      Count after = count(ring, node);
      atMost(TICKS_A_SECOND, after.ticks() - before.ticks(), "ticks");
      atMost(TURNS_A_SECOND, after.turns() - before.turns(), "turns");
      atMost(MESSAGES_A_SECOND, after.messages() - before.messages(), "messages");
    }
    assertEquals("value", ring.client(1).text("GET", "key"));
  }

  @Test
  void aLoneNodeIsAllButStill() {
    MemoryRing ring = new MemoryRing(1, "vnodes", "1024", "tokens", "64");
    assertEquals("OK", ring.client(0).text("SET", "key", "value"));
    ring.run(SETTLE_MILLIS);
    Count before = count(ring, 0);
    ring.run(SECONDS * 1_000L);
    Count after = count(ring, 0);
    atMost(TICKS_A_SECOND, after.ticks() - before.ticks(), "ticks");
    atMost(TICKS_A_SECOND, after.turns() - before.turns(), "turns");
  }

  @Test
  void aKeyWithADeadlineEndsTheRest() {
    MemoryRing ring = new MemoryRing(1);
    ring.run(SETTLE_MILLIS);
    MemoryRing.Client client = ring.client(0);
    assertEquals("OK", client.text("SET", "key", "value", "PX", "5000"));
    ring.run(5_000 + 1_500); // a pass over the vnodes takes less than a second, and nobody asks for the key
    assertEquals("0", client.text("DBSIZE"));
  }

  private static Count count(MemoryRing ring, int node) {
    String stats = ring.client(node).text("INFO", "stats");
    long turns = Arrays.stream(stats.split("\\R")).filter(line -> line.startsWith("loop_turns:"))
        .mapToLong(line -> Long.parseLong(line.substring("loop_turns:".length()))).sum();
    return new Count(ring.ticks(node), turns, ring.sent(node));
  }

  private static void atMost(double aSecond, long counted, String what) {
    System.out.printf("at rest: %.1f %s a second%n", (double) counted / SECONDS, what);
    assertTrue(counted > 0, "nothing is counted: " + what);
    assertTrue(counted <= aSecond * SECONDS, () -> what + " in " + SECONDS + " s: " + counted);
  }
}
