package dev.henge.chaos;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;

/** Data is on disk: a node takes more than twice its heap, answers from it, and starts again with it. */
@Timeout(150)
class LargerThanHeapTest {

  private static final long SEED = 20261121;
  private static final long BYTES = 300L << 20;
  private static final int BATCH = 64;
  private static final int READS = 4_000;

  private static byte[] key(int i) {
    return ("key:" + i).getBytes(StandardCharsets.US_ASCII);
  }

  /** Incompressible, and known again from its number. */
  private static byte[] value(int i) {
    SplittableRandom random = new SplittableRandom(SEED + i);
    byte[] value = new byte[1_000 + random.nextInt(9_000)];
    random.nextBytes(value);
    return value;
  }

  @Test
  void takesMoreThanItsHeap() throws Exception {
    RingProcesses.Plan plan = RingProcesses.Plan.of(1).heap("128m").with("memtable-bytes", "16mb");
    try (RingProcesses ring = RingProcesses.start("larger-than-heap", plan)) {
      long startNanos = System.nanoTime();
      int keys = fill(ring);
      System.out.println("larger than heap: " + keys + " values, " + (BYTES >> 20) + " MB into a heap of 128 MB in "
          + (System.nanoTime() - startNanos) / 1_000_000 + " ms");
      check(ring, keys);
      ring.kill(0);
      ring.restart(0);
      ring.awaitCaughtUp();
      check(ring, keys);
      assertTrue(ring.isAlive(0), ring.tails());
    }
  }

  private static int fill(RingProcesses ring) {
    int keys = 0;
    try (Jedis jedis = Connections.open(ring, 0, 30_000)) {
      for (long bytes = 0; bytes < BYTES; ) {
        Pipeline pipeline = jedis.pipelined();
        List<Response<String>> replies = new ArrayList<>();
        for (int i = 0; i < BATCH; i++) {
          byte[] value = value(keys);
          bytes += value.length;
          replies.add(pipeline.set(key(keys++), value));
        }
        pipeline.sync();
        replies.forEach(reply -> assertEquals("OK", reply.get()));
      }
    }
    return keys;
  }

  private static void check(RingProcesses ring, int keys) {
    SplittableRandom random = new SplittableRandom(SEED);
    try (Jedis jedis = Connections.open(ring, 0, 30_000)) {
      assertEquals(keys, jedis.dbSize());
      for (int n = 0; n < READS; n++) {
        int i = random.nextInt(keys);
        assertArrayEquals(value(i), jedis.get(key(i)), "key:" + i);
      }
    }
  }
}
