package dev.henge.chaos.run;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.chaos.cluster.Backends;
import dev.henge.chaos.cluster.NetnsCluster;
import dev.henge.chaos.cluster.RedisCluster;
import dev.henge.chaos.cluster.RedisReplicated;
import dev.henge.chaos.cluster.Target;
import dev.henge.chaos.load.ClientKind;
import dev.henge.chaos.load.HistoryFile;
import dev.henge.chaos.load.Workload;
import dev.henge.chaos.nemesis.Schedule;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The same clients, faults and checkers that pass Henge find what Redis loses when a master is cut off for a while.
 * Asked for is only what {@code available} promises of sets to which members are added: none that was acknowledged is
 * lost for good.
 */
@Timeout(300)
class OtherTargetsTest {

  @BeforeAll
  static void namespaces() {
    Backends.require(NetnsCluster.impossible());
    Backends.requireProgram("redis-server");
  }

  private static void assertLoses(Target target, int hosts, ClientKind client) throws Exception {
    Schedule schedule = Schedule.parse("3s cut primary of a0.0 for 10s\n", hosts);
    RunPlan plan = new RunPlan(Backend.NETNS, target, hosts, Duration.ofSeconds(16), 1, schedule,
        List.of(Workload.SET_ADD), List.of(client), 2 * hosts, 200, Map.of(HistoryFile.POLICY, "available",
        HistoryFile.GAP_SECONDS_MAX, "40"), "", Path.of("target", "chaos", "judged-" + target.name()));
    RunRecord record = ChaosRun.run(plan, View.NONE).record();
    Finding found = record.findings().stream().filter(one -> one.checker().equals(Workload.SET_ADD.word())).findFirst()
        .orElseThrow();
    System.out.println(target.name() + ": " + found);
    assertFalse(found.holds(), found.toString());
    assertTrue(found.says().contains("has lost"), found.toString());
  }

  @Test
  void redisWithSentinelsIsFoundToLose() throws Exception {
    assertLoses(new RedisReplicated(2_000, 0), 3, ClientKind.JEDIS_SENTINEL);
  }

  @Test
  void redisClusterIsFoundToLose() throws Exception {
    assertLoses(new RedisCluster(2_000, 0), 6, ClientKind.JEDIS_CLUSTER);
  }
}
