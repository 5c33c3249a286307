package dev.henge.resp.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.resp.codec.Reply;
import dev.henge.ring.placement.NodeAddress;
import dev.henge.ring.transfer.RingPlan;
import dev.henge.ring.transfer.TransferStanding;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** HENGE.CLUSTER, CLUSTER MEET and CLUSTER FORGET, in front of a ring that notes what is asked of it. */
class ClusterAdminCommandsTest {

  private final ServerBench bench = new ServerBench(FakeNodeView.of(3));
  private final FakeRingAdmin admin = bench.admin;

  private String text(String line) {
    return bench.text(line.split(" "));
  }

  @ParameterizedTest
  @CsvSource({
    "HENGE.CLUSTER JOIN a, join a",
    "henge.cluster join a b a, join a b",
    "HENGE.CLUSTER LEAVE 127.0.0.1:7002 b, leave 127.0.0.1:7002 b",
    "HENGE.CLUSTER REMOVE a, remove a",
    "HENGE.CLUSTER REPLACE a b, replace a b",
    "HENGE.CLUSTER REPLICAS 2, replicas 2",
    "HENGE.CLUSTER WEIGHT a 150, weight a 150",
    "HENGE.CLUSTER UNSTAGE, unstage",
    "HENGE.CLUSTER COMMIT, commit",
    "HENGE.CLUSTER CANCEL, cancel",
    "HENGE.CLUSTER THROTTLE 1000000, throttle 1000000",
    "HENGE.CLUSTER THROTTLE 10mb, throttle 10485760",
    "HENGE.CLUSTER THROTTLE 0, throttle 0",
    "HENGE.CLUSTER PAUSE, pause",
    "HENGE.CLUSTER RESUME, resume",
    "HENGE.CLUSTER DRAIN, drain",
    "HENGE.CLUSTER UNDRAIN, undrain",
    "CLUSTER MEET 10.0.0.7 6379, meet 10.0.0.7 6379",
    "CLUSTER MEET 10.0.0.7 6379 16379, meet 10.0.0.7 6379",
    "CLUSTER FORGET a, forget a",
  })
  void aChangeIsAskedOfTheRingOrRefusedInItsWords(String line, String call) {
    assertEquals("OK", text(line));
    assertEquals(List.of(call), admin.calls);
    admin.refusal = "node a is not known";
    assertEquals("ERR node a is not known", text(line));
  }

  @ParameterizedTest
  @ValueSource(strings = {"JOIN", "LEAVE", "REMOVE", "REPLACE", "REPLACE a", "REPLACE a b c", "REPLICAS", "REPLICAS 1 2",
      "WEIGHT a", "WEIGHT a 1 2", "UNSTAGE a", "PLAN a", "COMMIT a", "CANCEL a", "TRANSFERS a", "THROTTLE", "THROTTLE 1 2",
      "PAUSE a", "RESUME a", "DRAIN a", "UNDRAIN a", "DRAINED a", "NODES a", "HELP a"})
  void theNumberOfArgumentsIsChecked(String line) {
    String name = "henge.cluster|" + line.split(" ")[0].toLowerCase(Locale.ROOT);
    assertEquals("ERR wrong number of arguments for '" + name + "' command", text("HENGE.CLUSTER " + line));
    assertEquals(List.of(), admin.calls);
  }

  @ParameterizedTest
  @CsvSource(delimiter = ';', value = {
    "HENGE.CLUSTER REPLICAS x;ERR value is not an integer or out of range",
    "HENGE.CLUSTER REPLICAS 0;ERR value is out of range, must be positive",
    "HENGE.CLUSTER WEIGHT a 1.5;ERR value is not an integer or out of range",
    "HENGE.CLUSTER WEIGHT a 3000000000;ERR value is out of range, must be positive",
    "HENGE.CLUSTER THROTTLE fast;ERR a rate is bytes a second, such as 1000000 or 10mb, or 0 for no limit",
    "HENGE.CLUSTER THROTTLE -1;ERR a rate is bytes a second, such as 1000000 or 10mb, or 0 for no limit",
    "HENGE.CLUSTER GROW;ERR unknown subcommand 'GROW'. Try HENGE.CLUSTER HELP.",
    "CLUSTER MEET 10.0.0.7 x;ERR Invalid base port specified: x",
    "CLUSTER MEET 10.0.0.7 6379 x;ERR Invalid bus port specified: x",
    "CLUSTER MEET 10.0.0.7 70000;ERR Invalid node address specified: 10.0.0.7:70000",
    "CLUSTER MEET 10.0.0.7 0;ERR Invalid node address specified: 10.0.0.7:0",
    "CLUSTER MEET 10.0.0.7;ERR wrong number of arguments for 'cluster|meet' command",
    "CLUSTER MEET a 1 2 3;ERR wrong number of arguments for 'cluster|meet' command",
    "CLUSTER FORGET;ERR wrong number of arguments for 'cluster|forget' command",
  })
  void whatCannotBeIsSaidAndNothingIsAsked(String line, String error) {
    assertEquals(error, text(line));
    assertEquals(List.of(), admin.calls);
  }

  @Test
  void theIdsOfClusterNodesNameNodes() {
    admin.nodes.add(FakeRingAdmin.known("node-0", 7001, "up", 768, 768));
    admin.nodes.add(FakeRingAdmin.known("node-1", 7002, "up", 768, 768));
    String[] lines = text("CLUSTER NODES").split("\n");
    text("CLUSTER FORGET " + lines[1].split(" ")[0]);
    text("HENGE.CLUSTER LEAVE " + lines[1].split(" ")[0] + " node-1");
    text("HENGE.CLUSTER REPLACE " + lines[1].split(" ")[0] + " node-0");
    assertEquals(List.of("forget node-1", "leave node-1", "replace node-1 node-0"), admin.calls);
    assertEquals("ERR I tried hard but I can't forget myself...", text("CLUSTER FORGET " + bench.text("CLUSTER", "MYID")));
    assertEquals(3, admin.calls.size());
  }

  @Test
  void drainedIsANumber() {
    assertEquals(":0\r\n", bench.wire("HENGE.CLUSTER", "DRAINED"));
    admin.drained = true;
    assertEquals(":1\r\n", bench.wire("HENGE.CLUSTER", "DRAINED"));
  }

  @Test
  void nodesByteForByte() {
    admin.nodes.add(new RingAdmin.KnownNode("node-0", new NodeAddress("10.0.0.7", 7001, 17001, 18001), "b", 150, "joining",
        true, 3, 768));
    String fields = "$2\r\nid\r\n$6\r\nnode-0\r\n$4\r\nhost\r\n$8\r\n10.0.0.7\r\n$4\r\nport\r\n:7001\r\n"
        + "$13\r\ninternal-port\r\n:17001\r\n$11\r\ngossip-port\r\n:18001\r\n$4\r\nzone\r\n$1\r\nb\r\n"
        + "$6\r\nweight\r\n:150\r\n$8\r\nstanding\r\n$7\r\njoining\r\n$5\r\nalive\r\n:1\r\n$5\r\nowned\r\n:3\r\n"
        + "$3\r\ndue\r\n:768\r\n$6\r\nmyself\r\n:1\r\n";
    assertEquals("*1\r\n*24\r\n" + fields, bench.wire("HENGE.CLUSTER", "NODES"));
    bench.run("HELLO", "3");
    assertEquals("*1\r\n%12\r\n" + fields, bench.wire("HENGE.CLUSTER", "NODES"));
  }

  @Test
  void aPlanIsAMapThatIsComplete() {
    admin.plan = new RingPlan(List.of("node d joins"), List.of(
        new RingPlan.NodeLoad("a", "z1", 100, 1024, 768, 342, 256, 4_000, 3_000, 0, 1_000),
        new RingPlan.NodeLoad("d", "", 200, 0, 768, 0, 256, 0, 3_000, 3_000, 0)), 768, 3_000, 5, 12, List.of("mind the gap"));
    bench.run("HELLO", "3");
    Reply.Map plan = (Reply.Map) bench.run("HENGE.CLUSTER", "PLAN");
    assertEquals("node d joins", ((Reply.Array) plan.get("changes")).elements().get(0).asText());
    assertEquals("mind the gap", ((Reply.Array) plan.get("warnings")).elements().get(0).asText());
    assertEquals(List.of(768L, 3_000L, 5L, 12L),
        List.of(number(plan, "vnodes-moved"), number(plan, "bytes-moved"), number(plan, "vnodes-unsized"), number(plan, "seconds")));
    Reply.Map load = (Reply.Map) ((Reply.Array) plan.get("nodes")).elements().get(0);
    assertEquals("a z1", load.get("node").asText() + " " + load.get("zone").asText());
    assertEquals(List.of(100L, 1024L, 768L, 342L, 256L, 4_000L, 3_000L, 0L, 1_000L),
        List.of("weight", "vnodes-before", "vnodes-after", "primaries-before", "primaries-after", "bytes-before",
            "bytes-after", "bytes-in", "bytes-out").stream().map(name -> number(load, name)).toList());
    bench.run("HELLO", "2");
    assertTrue(bench.wire("HENGE.CLUSTER", "PLAN").startsWith("*14\r\n$7\r\nchanges\r\n*1\r\n$12\r\nnode d joins\r\n"));
    admin.plan = new RingPlan(List.of(), List.of(), 0, 0, 0, 0, List.of());
    assertEquals("*14\r\n$7\r\nchanges\r\n*0\r\n$8\r\nwarnings\r\n*0\r\n$12\r\nvnodes-moved\r\n:0\r\n$11\r\nbytes-moved\r\n:0\r\n"
        + "$14\r\nvnodes-unsized\r\n:0\r\n$7\r\nseconds\r\n:0\r\n$5\r\nnodes\r\n*0\r\n", bench.wire("HENGE.CLUSTER", "PLAN"));
  }

  private static long number(Reply.Map map, String name) {
    return ((Reply.Int) map.get(name)).value();
  }

  @Test
  void transfersByteForByte() {
    admin.transfers = new TransferStanding(false, 1_000, 7, 500, -1,
        List.of(new TransferStanding.NodeTransfer("d", 6, 2, 1, 250, 500)));
    String told = "$16\r\nbytes-per-second\r\n:1000\r\n$11\r\nvnodes-left\r\n:7\r\n$10\r\nbytes-left\r\n:500\r\n"
        + "$12\r\nseconds-left\r\n:-1\r\n$5\r\nnodes\r\n*1\r\n";
    String node = "$4\r\nnode\r\n$1\r\nd\r\n$7\r\nto-take\r\n:6\r\n$6\r\ntaking\r\n:2\r\n$9\r\nto-let-go\r\n:1\r\n"
        + "$10\r\nbytes-done\r\n:250\r\n$10\r\nbytes-left\r\n:500\r\n";
    assertEquals("*12\r\n$5\r\nstate\r\n$6\r\nmoving\r\n" + told + "*12\r\n" + node, bench.wire("HENGE.CLUSTER", "TRANSFERS"));
    bench.run("HELLO", "3");
    assertEquals("%6\r\n$5\r\nstate\r\n$6\r\nmoving\r\n" + told + "%6\r\n" + node, bench.wire("HENGE.CLUSTER", "TRANSFERS"));
    admin.transfers = new TransferStanding(true, 0, 7, 500, -1, List.of());
    assertTrue(bench.wire("HENGE.CLUSTER", "TRANSFERS").startsWith("%6\r\n$5\r\nstate\r\n$6\r\npaused\r\n"));
    admin.transfers = new TransferStanding(true, 0, 0, 0, -1, List.of());
    assertTrue(bench.wire("HENGE.CLUSTER", "TRANSFERS").startsWith("%6\r\n$5\r\nstate\r\n$4\r\ndone\r\n"));
  }

  @Test
  void helpNamesEverySubcommand() {
    String help = bench.wire("HENGE.CLUSTER", "HELP");
    ServerBench.table().lookup("HENGE.CLUSTER").subcommands().forEach(spec -> {
      String name = spec.name().substring("henge.cluster|".length()).toUpperCase(Locale.ROOT);
      assertTrue(help.contains("+" + name), name + " is not in " + help);
    });
    String redis = bench.wire("CLUSTER", "HELP");
    assertTrue(redis.contains("+FORGET <node-id>") && redis.contains("+MEET <ip> <port>"), redis);
  }
}
