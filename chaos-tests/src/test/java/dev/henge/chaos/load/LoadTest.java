package dev.henge.chaos.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.chaos.Await;
import dev.henge.chaos.RingProcesses;
import dev.henge.chaos.check.Op;
import dev.henge.chaos.run.Finding;
import dev.henge.chaos.run.Second;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** All workloads, with all clients, against servers that nobody breaks: everything must be found in order. */
@Timeout(150)
class LoadTest {

  private static final long SEED = 6;
  private static final int PER_SECOND = 200;
  private static final int SECONDS = 8;
  private static final int ENOUGH = 1_500;

  @TempDir
  private Path dir;

  private HistoryFile.Recorded run(LoadPlan plan, Map<String, String> facts) throws Exception {
    Path file = dir.resolve("history.gz");
    try (HistoryFile.Writer history = HistoryFile.create(file, facts)) {
      try (Load load = Load.start(plan, history)) {
        Await.until(Duration.ofSeconds(100), "work is done", () ->
            load.seconds().size() >= SECONDS && load.totals().ok() >= ENOUGH ? null : load.totals().toString());
        load.stop();
        load.readBack(Duration.ofSeconds(30));
        System.out.println(load.totals());
      }
    }
    return HistoryFile.read(file);
  }

  private static void allHold(HistoryFile.Recorded run) {
    List<Finding> findings = RunJudge.judge(run);
    assertEquals(List.of(), findings.stream().filter(finding -> !finding.holds()).toList());
    for (Workload workload : Workload.values()) {
      assertTrue(findings.stream().anyMatch(finding -> finding.checker().equals(workload.word())
          && finding.judged() > 20),
          workload + " was not judged: " + findings);
      // what never happens is not judged, however green
      assertTrue(run.history().all().stream().anyMatch(op -> op.done() && Workload.ofKey(op.key()) == workload));
    }
  }

  @Test
  void aRedisServer() throws Exception {
    try (LoneRedis redis = LoneRedis.start(dir)) {
      LoadPlan plan = LoadPlan.of(List.of(redis.address()), 8, PER_SECOND, SEED)
          .by(List.of(ClientKind.JEDIS, ClientKind.LETTUCE));
      HistoryFile.Recorded run = run(plan, Map.of(HistoryFile.POLICY, "strict", HistoryFile.TARGET, "redis"));
      allHold(run);
      List<Op> ops = run.history().all();
      assertTrue(ops.stream().filter(op -> op.is("LPOP") && op.done() && op.text() != null).count() > 20,
          "elements are popped");
      assertTrue(ops.stream().filter(op -> op.is("SET") && op.args.contains("NX") && op.done() && op.text() != null)
          .count() > 3,
          "locks are taken");
      assertTrue(ops.stream().anyMatch(op -> op.is("DEL") && op.key().startsWith("l")), "locks are given back");
      assertFalse(run.seconds().isEmpty());
      Second busy = run.seconds().get(run.seconds().size() / 2);
      assertTrue(busy.ok() > 0 && busy.p50Millis() > 0 && busy.maxMillis() >= busy.p99Millis(), busy.toString());
      assertEquals(busy.ok(), busy.okOfNode().get(0), "all were of the one node");
    }
  }

  @Test
  void aRing() throws Exception {
    try (RingProcesses ring = RingProcesses.start("load", RingProcesses.Plan.of(3).quickStart()
        .with("policy", "strict"))) {
      List<InetSocketAddress> nodes = IntStream.range(0, ring.size())
          .mapToObj(i -> new InetSocketAddress(RingProcesses.HOST, ring.port(i))).toList();
      HistoryFile.Recorded run = run(LoadPlan.of(nodes, 12, PER_SECOND, SEED), Map.of(HistoryFile.POLICY, "strict",
          HistoryFile.TARGET, "henge"));
      allHold(run);
      for (int i = 0; i < ring.size(); i++) {
        String node = "n" + i;
        assertTrue(run.history().all().stream().anyMatch(op -> op.node.equals(node) && op.client != Load.READER
            && op.done()),
            node + " was asked");
      }
      List<ClientKind> kinds = ClientKind.of("all");
      for (int i = 0; i < kinds.size(); i++) {
        int kind = i;
        assertTrue(run.history().all().stream().anyMatch(op -> op.client != Load.READER && op.done()
            && (op.client - 1) % kinds.size() == kind), kinds.get(i) + " worked");
      }
    }
  }

  /** A loop that waited for the reply would have asked nothing meanwhile, and have nothing to shed. */
  @Test
  void commandsComeDueWhileTheServerStandsStill() throws Exception {
    try (LoneRedis redis = LoneRedis.start(dir); HistoryFile.Writer history = HistoryFile.create(dir.resolve("h"),
        Map.of())) {
      LoadPlan plan = new LoadPlan(List.of(redis.address()), List.of(Workload.COUNTER), List.of(ClientKind.JEDIS), 2,
          100, SEED,
          Duration.ofSeconds(20), 1);
      try (Load load = Load.start(plan, history)) {
        Await.until(Duration.ofSeconds(60), "work is done", () -> load.totals().ok() > 50 ? null : load.totals()
            .toString());
        long shed = load.totals().shed();
        redis.call("CLIENT", "PAUSE", "3000", "ALL");
        Await.until(Duration.ofSeconds(60), "commands are shed", () ->
            load.totals().shed() > shed + 100 ? null : load.totals().toString());
        long ok = load.totals().ok();
        Await.until(Duration.ofSeconds(60), "it goes on", () -> load.totals().ok() > ok + 100 ? null : load.totals()
            .toString());
        load.stop();
        assertEquals(0, load.totals().inDoubt());
        assertTrue(load.seconds().stream().anyMatch(second -> second.maxMillis() > 1_000), load.seconds().toString());
      }
    }
  }
}
