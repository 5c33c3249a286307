package dev.henge.chaos;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.node.RespClient;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * One node is killed with SIGKILL again and again under pipelined writes, with a memtable so small that flushes and
 * compactions are under way: every acknowledged write is there after every restart, whether the log is synced before
 * the reply or a second later.
 */
@Timeout(300)
class KillManyTimesTest {

  /** For each way to sync. */
  private static final int KILLS = Integer.getInteger("henge.kills", 15);
  private static final int WRITERS = 4;
  private static final int WRITES_BETWEEN_MAX = 1_500;
  private static final Duration UP_MAX = Duration.ofSeconds(60);
  private static final Duration WRITES_MAX = Duration.ofSeconds(60);

  private final long seed = Long.getLong("henge.seed", 20261121);
  private final SplittableRandom random = new SplittableRandom(seed);
  private long flushes;
  private long compactions;

  @ParameterizedTest
  @ValueSource(strings = {"always", "everysec"})
  void everyAcknowledgedWriteIsThereAfterEachOfManyKills(String logSync) throws Exception {
    RingProcesses.Plan plan = RingProcesses.Plan.of(1).heap("128m").quickStart().with("log-sync", logSync)
        .with("memtable-bytes", "65536").with("lease-millis", "100").with("log-retain-bytes", "1mb");
    try (RingProcesses ring = RingProcesses.start("kill-many-times-" + logSync, plan)) {
      List<PipelinedWriter> writers = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        writers.add(new PipelinedWriter(ring, i, seed));
      }
      for (int kill = 1; kill <= KILLS; kill++) {
        writeAndKill(ring, writers);
        ring.restart(0);
        check(ring, writers, "seed " + seed + ", kill " + kill);
      }
      long acknowledged = writers.stream().mapToLong(PipelinedWriter::acknowledged).sum();
      System.out.println(logSync + ": killed " + KILLS + " times: " + acknowledged + " writes acknowledged, none lost; "
          + flushes + " flushes, " + compactions + " compactions");
      assertTrue(flushes > KILLS && compactions > 0, flushes + " flushes, " + compactions + " compactions");
    }
  }

  private void writeAndKill(RingProcesses ring, List<PipelinedWriter> writers)
      throws IOException, InterruptedException {
    long goal = acknowledged(writers) + 50 + random.nextInt(WRITES_BETWEEN_MAX);
    List<Thread> threads = writers.stream().map(Thread::new).toList();
    threads.forEach(Thread::start);
    Await.until(WRITES_MAX, "writes go on", () -> acknowledged(writers) >= goal ? null
        : acknowledged(writers) + " of " + goal + " acknowledged" + ring.tails());
    count(ring);
    ring.kill(0);
    for (Thread thread : threads) {
      thread.join();
    }
    for (PipelinedWriter writer : writers) {
      assertNull(writer.error());
    }
  }

  private static long acknowledged(List<PipelinedWriter> writers) {
    return writers.stream().mapToLong(PipelinedWriter::acknowledged).sum();
  }

  private static void check(RingProcesses ring, List<PipelinedWriter> writers, String when) throws IOException {
    Await.until(UP_MAX, "the node is up again", () -> {
      try (RespClient client = ring.client(0)) {
        client.call("GET", "a");
        return null;
      } catch (IOException e) {
        return e + ring.tails();
      }
    });
    try (RespClient client = ring.client(0)) {
      for (PipelinedWriter writer : writers) {
        List<String> wrong = writer.check(client);
        assertTrue(wrong.isEmpty(), () -> when + ": " + wrong.size() + " wrong: "
            + wrong.subList(0, Math.min(20, wrong.size())) + ring.tails());
      }
    }
  }

  /** How many flushes and compactions this life of the node has seen. */
  private void count(RingProcesses ring) throws IOException {
    try (RespClient client = ring.client(0)) {
      Map<String, String> store = client.fields("INFO", "storage");
      flushes += Long.parseLong(store.get("store_flushes"));
      compactions += Long.parseLong(store.get("store_compactions"));
    }
  }
}
