package dev.henge.resp.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.resp.codec.Reply;
import dev.henge.resp.codec.Request;
import dev.henge.ring.placement.HashSlot;
import dev.henge.ring.placement.Vnode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What CLUSTER tells of rings of one, three and five nodes. */
class ClusterCommandsTest {

  private static List<Reply> elements(Reply reply) {
    return ((Reply.Array) reply).elements();
  }

  private static long number(Reply reply) {
    return ((Reply.Int) reply).value();
  }

  /** Slot to the ports behind it, in order, as CLUSTER SLOTS tells. */
  private static Map<Integer, List<Long>> told(ServerBench bench) {
    Map<Integer, List<Long>> ports = new HashMap<>();
    for (Reply range : elements(bench.run("CLUSTER", "SLOTS"))) {
      List<Reply> parts = elements(range);
      List<Long> nodes = parts.subList(2, parts.size()).stream().map(node -> number(elements(node).get(1))).toList();
      for (long slot = number(parts.get(0)); slot <= number(parts.get(1)); slot++) {
        assertEquals(null, ports.put((int) slot, nodes), "slot " + slot + " twice");
      }
    }
    return ports;
  }

  private static long port(String node) {
    return FakeNodeView.PORT_FIRST + Integer.parseInt(node.substring("node-".length()));
  }

  @Test
  void tellsTheActingPrimaryAndThenTheOtherOwners() {
    FakeNodeView view = FakeNodeView.of(5);
    String fallback = view.placement().preferenceList(7).fallbacks().get(0);
    view.serving.put(7, fallback);
    view.serving.put(8, view.placement().owners(8).get(2));
    view.serving.put(9, view.placement().owners(9).get(0));
    Map<Integer, List<Long>> told = told(new ServerBench(view));
    assertEquals(HashSlot.COUNT, told.size());
    for (int slot = 0; slot < HashSlot.COUNT; slot++) {
      int vnode = Vnode.ofSlot(slot, view.placement().vnodes());
      List<String> expected = new ArrayList<>(view.placement().owners(vnode));
      String serving = view.serving.getOrDefault(vnode, expected.get(0));
      expected.remove(serving);
      expected.add(0, serving);
      assertEquals(expected.stream().map(ClusterCommandsTest::port).toList(), told.get(slot), "slot " + slot);
    }
    assertEquals(4, told.get(7 * 16).size());
  }

  @Test
  void joinsNeighboursWithTheSameNodes() {
    FakeNodeView view = FakeNodeView.of(3);
    List<Reply> ranges = elements(new ServerBench(view).run("CLUSTER", "SLOTS"));
    for (int i = 1; i < ranges.size(); i++) {
      List<Reply> before = elements(ranges.get(i - 1));
      List<Reply> range = elements(ranges.get(i));
      assertEquals(number(before.get(1)) + 1, number(range.get(0)));
      assertNotEquals(before.subList(2, 5), range.subList(2, 5));
    }
    assertEquals(1, elements(new ServerBench(FakeNodeView.of(1)).run("CLUSTER", "SLOTS")).size());
  }

  @Test
  void leavesOutReplicasThatCannotBeReached() {
    FakeNodeView view = FakeNodeView.of(3);
    view.unreachable.add("node-2");
    told(new ServerBench(view)).forEach((slot, ports) -> assertEquals(
        view.placement().owners(slot / 16).get(0).equals("node-2") ? 0 : -1, ports.indexOf(port("node-2"))));
    view.unreachable.clear();
    told(new ServerBench(view)).forEach((slot, ports) -> assertEquals(3, ports.size()));
  }

  @Test
  void slotsOfOneNodeByteForByte() {
    ServerBench bench = new ServerBench(FakeNodeView.of(1));
    String id = bench.text("CLUSTER", "MYID");
    String node = ":7001\r\n$40\r\n" + id + "\r\n";
    assertEquals("*1\r\n*3\r\n:0\r\n:16383\r\n*4\r\n$9\r\n127.0.0.1\r\n" + node + "*0\r\n",
        bench.wire("CLUSTER", "SLOTS"));
    bench.run("HELLO", "3");
    assertEquals("*1\r\n*3\r\n:0\r\n:16383\r\n*4\r\n$9\r\n127.0.0.1\r\n" + node + "%0\r\n",
        bench.wire("CLUSTER", "SLOTS"));
    assertEquals("*1\r\n%2\r\n$5\r\nslots\r\n*2\r\n:0\r\n:16383\r\n$5\r\nnodes\r\n*1\r\n%7\r\n$2\r\nid\r\n$40\r\n" + id
        + "\r\n$4\r\nport\r\n:7001\r\n$2\r\nip\r\n$9\r\n127.0.0.1\r\n$8\r\nendpoint\r\n$9\r\n127.0.0.1\r\n"
        + "$4\r\nrole\r\n$6\r\nmaster\r\n$18\r\nreplication-offset\r\n:0\r\n$6\r\nhealth\r\n$6\r\nonline\r\n",
        bench.wire("CLUSTER", "SHARDS"));
    assertEquals(id + " 127.0.0.1:7001@17001 myself,master - 0 0 3 connected 0-16383\n",
        bench.text("CLUSTER", "NODES"));
  }

  @Test
  void nodesAreMastersOfWhatTheyServe() {
    FakeNodeView view = FakeNodeView.of(4);
    view.unreachable.add("node-3");
    for (int v = 0; v < view.placement().vnodes(); v++) {
      view.serving.put(v, v == 5 ? "node-2" : "node-1");
    }
    view.nowMillis += 5;
    String[] lines = new ServerBench(view).text("CLUSTER", "NODES").split("\n");
    assertEquals(4, lines.length);
    long now = FakeNodeView.START_MILLIS + 5;
    assertEquals(ClusterMap.redisId("node-0") + " 127.0.0.1:7001@17001 myself,master - 0 0 3 connected", lines[0]);
    assertEquals(ClusterMap.redisId("node-1") + " 127.0.0.1:7002@17002 master - 0 " + now
        + " 4 connected 0-79 96-16383", lines[1]);
    assertEquals(ClusterMap.redisId("node-2") + " 127.0.0.1:7003@17003 master - 0 " + now + " 5 connected 80-95",
        lines[2]);
    assertEquals(ClusterMap.redisId("node-3") + " 127.0.0.1:7004@17004 master,fail? - 0 0 6 disconnected", lines[3]);
  }

  @Test
  void shardsCoverEverySlotOnceAndEveryNode() {
    FakeNodeView view = FakeNodeView.of(5);
    for (int v = 0; v < view.placement().vnodes(); v++) {
      List<String> owners = view.placement().owners(v);
      view.serving.put(v, owners.get(owners.get(0).equals("node-4") ? 1 : 0));
    }
    Set<Long> slots = new HashSet<>();
    Set<String> masters = new HashSet<>();
    ServerBench bench = new ServerBench(view);
    bench.run("HELLO", "3");
    for (Reply shard : elements(bench.run("CLUSTER", "SHARDS"))) {
      List<Reply> bounds = elements(((Reply.Map) shard).get("slots"));
      for (int i = 0; i < bounds.size(); i += 2) {
        for (long slot = number(bounds.get(i)); slot <= number(bounds.get(i + 1)); slot++) {
          assertTrue(slots.add(slot), "slot " + slot + " twice");
        }
      }
      List<Reply> nodes = elements(((Reply.Map) shard).get("nodes"));
      assertEquals(bounds.isEmpty() ? 1 : 3, nodes.size());
      for (int i = 0; i < nodes.size(); i++) {
        Reply.Map node = (Reply.Map) nodes.get(i);
        assertEquals(i == 0 ? "master" : "replica", node.get("role").asText());
        if (i == 0) {
          masters.add(node.get("id").asText());
        }
      }
    }
    assertEquals(HashSlot.COUNT, slots.size());
    assertEquals(5, masters.size());
  }

  @Test
  void stateIsOkOnlyWhenEveryVnodeIsServed() {
    FakeNodeView view = FakeNodeView.of(3);
    ServerBench bench = new ServerBench(view);
    Map<String, String> info = ServerCommandsTest.fields(bench.text("CLUSTER", "INFO"));
    assertEquals("ok", info.get("cluster_state"));
    assertEquals("16384", info.get("cluster_slots_assigned"));
    assertEquals("16384", info.get("cluster_slots_ok"));
    assertEquals("3", info.get("cluster_known_nodes"));
    assertEquals("3", info.get("cluster_size"));
    assertEquals("5", info.get("cluster_current_epoch"));
    assertEquals("3", info.get("cluster_my_epoch"));
    assertEquals(String.format("%016x", view.ringFingerprint()), info.get("henge_ring_fingerprint"));
    assertEquals("1024", info.get("henge_vnodes_served"));
    assertEquals("1024", info.get("henge_vnodes_ready"));
    view.unreachable.add(view.placement().owners(0).get(0));
    info = ServerCommandsTest.fields(bench.text("CLUSTER", "INFO"));
    assertEquals("fail", info.get("cluster_state"));
    assertEquals(Integer.toString(16 * view.vnodesServed()), info.get("cluster_slots_ok"));
    assertTrue(Integer.parseInt(info.get("cluster_slots_pfail")) > 0);
    view.formed = false;
    info = ServerCommandsTest.fields(bench.text("CLUSTER", "INFO"));
    assertEquals("fail", info.get("cluster_state"));
    assertEquals("0", info.get("cluster_slots_assigned"));
    assertEquals("0", info.get("cluster_slots_ok"));
    assertEquals("3", info.get("cluster_known_nodes"));
    assertEquals("", info.get("henge_ring_fingerprint"));
    assertEquals(0, elements(bench.run("CLUSTER", "SLOTS")).size());
    assertEquals(3, bench.text("CLUSTER", "NODES").split("\n").length);
  }

  @Test
  void idsAreFortyHexadecimalDigits() {
    String already = "0123456789abcdef0123456789abcdef01234567";
    assertEquals(already, ClusterMap.redisId(already));
    assertNotEquals(already.toUpperCase(java.util.Locale.ROOT),
        ClusterMap.redisId(already.toUpperCase(java.util.Locale.ROOT)));
    assertTrue(ClusterMap.redisId("node-0").matches("[0-9a-f]{40}"));
    assertFalse(ClusterMap.redisId("node-0").equals(ClusterMap.redisId("node-1")));
  }

  @Test
  void tellsOfSlots() {
    ServerBench bench = ServerBench.alone();
    assertEquals(new Reply.Int(15495), bench.run("CLUSTER", "KEYSLOT", "x{a}y"));
    assertEquals(new Reply.Int(6), bench.run("CLUSTER", "COUNTKEYSINSLOT", "6"));
    assertEquals(new Reply.Int(0), bench.run("CLUSTER", "COUNTKEYSINSLOT", "7"));
    assertEquals("ERR Invalid slot", bench.text("CLUSTER", "COUNTKEYSINSLOT", "16384"));
    assertEquals("ERR Invalid slot", bench.text("CLUSTER", "COUNTKEYSINSLOT", "-1"));
    assertEquals("ERR value is not an integer or out of range", bench.text("CLUSTER", "COUNTKEYSINSLOT", "x"));
    assertEquals(1, elements(bench.run("CLUSTER", "GETKEYSINSLOT", "6", "1")).size());
    assertEquals(2, elements(bench.run("CLUSTER", "GETKEYSINSLOT", "6", "99999999999")).size());
    assertEquals("ERR Invalid slot or number of keys", bench.text("CLUSTER", "GETKEYSINSLOT", "6", "-1"));
    assertEquals("ERR Invalid slot or number of keys", bench.text("CLUSTER", "GETKEYSINSLOT", "16384", "1"));
    assertEquals("ERR unknown subcommand 'foo'. Try CLUSTER HELP.", bench.text("CLUSTER", "foo"));
    assertEquals("OK", bench.text("READONLY"));
    assertEquals("OK", bench.text("READWRITE"));
    assertArrayEquals("+OK\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII),
        bench.bytes(Request.of("ASKING")));
  }
}
