package dev.henge.chaos;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;

/**
 * Data is on disk: a node takes many times its heap at steady speed, is killed, starts again, and answers from cold
 * files.
 *
 * <p>{@code mvn verify} makes it small; the real size is {@code -Dhenge.larger.bytes=5g}. What is measured is printed.
 */
@Timeout(1_200)
class LargerThanHeapTest {

  private static final long SEED = Long.getLong("henge.seed", 20261121);
  private static final String HEAP = "256m";
  private static final long BYTES = bytes(System.getProperty("henge.larger.bytes", "512m"));
  /** Before what is measured: the JIT of the node and of the client have their say, and the first flush has begun. */
  private static final long WARM_UP_BYTES = Math.max(256L << 20, BYTES / 10);
  private static final int PARTS = 10;
  /** What is compared: so many parts of the beginning with as many of the end. */
  private static final int COMPARED_PARTS = 3;
  private static final int WINDOWS_A_PART = 8;
  private static final double END_OF_BEGINNING_MIN = 0.7;
  /** Below this no foreign load is an excuse. */
  private static final double END_OF_BEGINNING_LEAST = 0.3;
  private static final int BATCH_BYTES = 512 << 10;
  private static final int COLD_READS = 1_500;
  private static final int READS_A_GET_MAX = 2;
  private static final int CHECKS = 4_000;
  private static final int CLIENT_TIMEOUT_MILLIS = 60_000;

  private final Values values = new Values(SEED);
  private long keys;

  /** Of a part of the load: bytes a second in each window, the node's CPU. */
  private record Speed(double[] windows, double bytes, double cpuSeconds, double slowestBatchMillis) {

    double bytesASecond() {
      return median(windows);
    }

    double bytesACpuSecond() {
      return bytes / cpuSeconds;
    }

    /** Of several parts as of one. */
    static Speed of(List<Speed> parts) {
      return new Speed(parts.stream().flatMapToDouble(part -> Arrays.stream(part.windows)).toArray(),
          parts.stream().mapToDouble(Speed::bytes).sum(), parts.stream().mapToDouble(Speed::cpuSeconds).sum(),
          parts.stream().mapToDouble(Speed::slowestBatchMillis).max().orElseThrow());
    }
  }

  private static long bytes(String size) {
    int unit = "kmg".indexOf(Character.toLowerCase(size.charAt(size.length() - 1)));
    return unit < 0 ? Long.parseLong(size) : Long.parseLong(size.substring(0, size.length() - 1)) << 10 * (unit + 1);
  }

  @Test
  void takesManyTimesItsHeapAtSteadySpeed() throws Exception {
    try (RingProcesses ring = RingProcesses.start("larger-than-heap", RingProcesses.Plan.of(1).heap(HEAP))) {
      load(ring, WARM_UP_BYTES);
      List<Speed> speeds = new ArrayList<>();
      for (int part = 0; part < PARTS; part++) {
        speeds.add(load(ring, BYTES / PARTS));
      }
      report("%d values, %d MB into a heap of %s; MB a second: %s; of the node's CPU: %s; slowest batch in ms: %s",
          keys,
          (BYTES + WARM_UP_BYTES) >> 20, HEAP, join(speeds.stream().mapToDouble(s -> s.bytesASecond() / 1e6).toArray()),
          join(speeds.stream().mapToDouble(s -> s.bytesACpuSecond() / 1e6).toArray()),
          join(speeds.stream().mapToDouble(Speed::slowestBatchMillis).toArray()));
      assertSteady(Speed.of(speeds.subList(0, COMPARED_PARTS)), Speed.of(speeds.subList(PARTS - COMPARED_PARTS, PARTS)));

      ring.kill(0);
      ProcessCosts.forgetPages(ring.dir(0));
      long startNanos = System.nanoTime();
      ring.restart(0);
      ring.awaitCaughtUp();
      report("started again from cold files in %d ms", (System.nanoTime() - startNanos) / 1_000_000);
      readCold(ring);
      check(ring);
      assertTrue(ring.isAlive(0), ring.tails());
    }
  }

  private static void report(String text, Object... figures) {
    System.out.printf(Locale.ROOT, "larger than heap: " + text + "%n", figures);
  }

  private static String join(double[] figures) {
    return String.join(" ", Arrays.stream(figures).mapToObj(f -> String.format(Locale.ROOT, "%.0f", f)).toList());
  }

  /** Sets new keys, so many bytes of values, in windows. */
  private Speed load(RingProcesses ring, long bytes) throws IOException {
    double[] windows = new double[WINDOWS_A_PART];
    double slowest = 0;
    ProcessCosts before = ProcessCosts.canBeRead() ? ProcessCosts.of(ring.pid(0)) : null;
    long loaded = 0;
    try (Jedis jedis = Connections.open(ring, 0, CLIENT_TIMEOUT_MILLIS)) {
      for (int window = 0; window < WINDOWS_A_PART; window++) {
        long startNanos = System.nanoTime();
        long inWindow = 0;
        while (inWindow < bytes / WINDOWS_A_PART) {
          long batchNanos = System.nanoTime();
          inWindow += batch(jedis);
          slowest = Math.max(slowest, (System.nanoTime() - batchNanos) / 1e6);
        }
        windows[window] = inWindow / ((System.nanoTime() - startNanos) / 1e9);
        loaded += inWindow;
      }
    }
    double cpu = before == null ? Double.NaN : ProcessCosts.of(ring.pid(0)).since(before).cpuSeconds();
    return new Speed(windows, loaded, cpu, slowest);
  }

  private long batch(Jedis jedis) {
    Pipeline pipeline = jedis.pipelined();
    List<Response<String>> replies = new ArrayList<>();
    long bytes = 0;
    while (bytes < BATCH_BYTES) {
      byte[] value = values.value(keys);
      replies.add(pipeline.set(Values.key(keys++), value));
      bytes += value.length;
    }
    pipeline.sync();
    replies.forEach(reply -> assertEquals("OK", reply.get()));
    return bytes;
  }

  private static double median(double[] figures) {
    double[] sorted = figures.clone();
    Arrays.sort(sorted);
    return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }

  /**
   * The end is about as fast as the beginning. What else the machine does may begin between the two: then it is enough
   * that the node needs no more CPU for it, unless it is several times slower.
   */
  private static void assertSteady(Speed first, Speed last) {
    double time = last.bytesASecond() / first.bytesASecond();
    double cpu = last.bytesACpuSecond() / first.bytesACpuSecond();
    report("last %d parts to the first %d: %.2f by the clock, %.2f by CPU", COMPARED_PARTS, COMPARED_PARTS, time, cpu);
    assertTrue(time >= END_OF_BEGINNING_MIN || cpu >= END_OF_BEGINNING_MIN && time >= END_OF_BEGINNING_LEAST,
        "the end has " + time + " of the beginning's speed, " + cpu + " by CPU");
  }

  /** How many reads of the disk a random GET takes of a node that has read nothing yet. */
  private void readCold(RingProcesses ring) throws IOException {
    DeviceReads device = ProcessCosts.canBeRead() ? DeviceReads.of(ring.dir(0)) : null;
    if (device == null) {
      report("reads of the disk cannot be counted here");
      return;
    }
    SplittableRandom random = new SplittableRandom(SEED + 1);
    double[] reads = new double[COLD_READS];
    double[] faults = new double[COLD_READS];
    double[] kib = new double[COLD_READS];
    double[] micros = new double[COLD_READS];
    try (Jedis jedis = Connections.open(ring, 0, CLIENT_TIMEOUT_MILLIS)) {
      for (int n = 0; n < COLD_READS; n++) {
        long number = random.nextLong(keys);
        ProcessCosts before = ProcessCosts.of(ring.pid(0));
        long readsBefore = device.count();
        long startNanos = System.nanoTime();
        byte[] found = jedis.get(Values.key(number));
        micros[n] = (System.nanoTime() - startNanos) / 1e3;
        reads[n] = device.count() - readsBefore;
        ProcessCosts costs = ProcessCosts.of(ring.pid(0)).since(before);
        faults[n] = costs.majorFaults();
        kib[n] = costs.readBytes() / 1024.0;
        assertArrayEquals(values.value(number), found, () -> "key:" + number);
      }
    }
    report("a random GET of cold files, median and mean: reads of the device (anybody's) %.0f, %.2f; major faults"
        + " %.0f, %.2f; KiB read %.0f, %.1f; µs %.0f, %.0f", median(reads), mean(reads), median(faults), mean(faults),
        median(kib), mean(kib), median(micros), mean(micros));
    assertTrue(median(reads) <= READS_A_GET_MAX, "a GET takes " + median(reads) + " reads of the disk in the median");
    assertTrue(median(faults) <= READS_A_GET_MAX, "a GET takes " + median(faults) + " major faults in the median");
  }

  private static double mean(double[] figures) {
    return Arrays.stream(figures).average().orElseThrow();
  }

  private void check(RingProcesses ring) {
    SplittableRandom random = new SplittableRandom(SEED + 2);
    try (Jedis jedis = Connections.open(ring, 0, CLIENT_TIMEOUT_MILLIS)) {
      assertEquals(keys, jedis.dbSize());
      for (int n = 0; n < CHECKS; n++) {
        long number = random.nextLong(keys);
        assertArrayEquals(values.value(number), jedis.get(Values.key(number)), () -> "key:" + number);
      }
    }
  }
}
