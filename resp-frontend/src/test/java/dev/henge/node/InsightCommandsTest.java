package dev.henge.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.resp.codec.Reply;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a person is shown of merges, keys and vnodes, and INFO's figures of it, on whole nodes in memory. */
class InsightCommandsTest {

  private static String[] words(String line) {
    return line.split(" ");
  }

  /** Names and values of a map, or of an array of both by turns. */
  private static Map<String, Reply> map(Reply reply) {
    Map<String, Reply> map = new HashMap<>();
    List<Reply> elements = ((Reply.Array) reply).elements();
    for (int i = 0; i < elements.size(); i += 2) {
      map.put(elements.get(i).asText(), elements.get(i + 1));
    }
    return map;
  }

  private static String text(Reply reply) {
    return MemoryRing.Client.text(reply);
  }

  private static Map<String, String> info(MemoryRing.Client client) {
    Map<String, String> fields = new HashMap<>();
    client.text("INFO", "replication").lines().filter(line -> line.contains(":")).forEach(
        line -> fields.put(line.substring(0, line.indexOf(':')), line.substring(line.indexOf(':') + 1)));
    return fields;
  }

  /** Two sides that both wrote, and have met again. */
  private static MemoryRing met() {
    MemoryRing ring = new MemoryRing(3);
    MemoryRing.Client before = ring.client(0);
    for (String command : List.of("SADD s a b", "HSET h f 0", "ZADD z 1 m", "SET n 10", "SET plain x")) {
      before.call(words(command));
    }
    ring.part(2);
    ring.run(6_000);
    MemoryRing.Client minority = ring.client(2);
    for (String command : List.of("SET k lost", "HSET h f lost", "ZADD z 7 m", "INCRBY n 5", "SREM s a", "SADD clash m")) {
      minority.call(words(command));
    }
    ring.run(1_000);
    MemoryRing.Client majority = ring.client(0);
    for (String command : List.of("SET k shown", "HSET h f shown", "ZADD z 9 m", "INCRBY n 7", "SREM s a", "SADD s a", "SET clash y")) {
      majority.call(words(command));
    }
    ring.heal();
    ring.untilServed();
    ring.run(3_000);
    return ring;
  }

  @Test
  void siblingsAreWhatLostAndIsKept() {
    MemoryRing ring = met();
    MemoryRing.Client client = ring.client(1);
    assertEquals("shown", client.text("GET", "k"));
    Map<String, Reply> string = map(client.call("HENGE.SIBLINGS", "k"));
    assertEquals("string", text(string.get("type")));
    assertEquals("1", text(string.get("complete")));
    List<Reply> lost = ((Reply.Array) string.get("siblings")).elements();
    assertEquals(1, lost.size());
    Map<String, Reply> sibling = map(lost.get(0));
    assertEquals("lost", text(sibling.get("value")));
    assertEquals("(nil)", text(sibling.get("member")));
    assertEquals("0", text(sibling.get("removal")));
    assertTrue(text(sibling.get("time")).startsWith("2027-01-15T"), text(sibling.get("time")));
    assertTrue(text(sibling.get("dot")).matches("[0-9a-f]+:\\d+"), text(sibling.get("dot")));

    assertEquals("lost in f", only(client, "h"));
    assertEquals("7 in m", only(client, "z"));
    assertEquals("removed a", only(client, "s"));
    assertEquals("y", client.text("GET", "clash"));
    Map<String, Reply> hidden = map(((Reply.Array) map(client.call("HENGE.SIBLINGS", "clash")).get("siblings")).elements().get(0));
    assertEquals("set m", text(hidden.get("type")) + " " + text(hidden.get("member")));

    assertEquals("[type, none, siblings, [], complete, 1]", client.text("HENGE.SIBLINGS", "nothing"));
    assertEquals("[type, string, siblings, [], complete, 1]", client.text("HENGE.SIBLINGS", "plain"));
    assertEquals("[type, hash, siblings, [], complete, 0]", client.text("HENGE.SIBLINGS", "h", "COUNT", "0"));
    assertEquals("ERR syntax error", client.text("HENGE.SIBLINGS", "k", "COUNT"));
    client.text("SET", "k", "later");
    assertEquals("[type, string, siblings, [], complete, 1]", client.text("HENGE.SIBLINGS", "k"), "overwritten");
  }

  private static String only(MemoryRing.Client client, String key) {
    List<Reply> lost = ((Reply.Array) map(client.call("HENGE.SIBLINGS", key)).get("siblings")).elements();
    assertEquals(1, lost.size(), key);
    Map<String, Reply> sibling = map(lost.get(0));
    return text(sibling.get("removal")).equals("1") ? "removed " + text(sibling.get("member"))
        : text(sibling.get("value")) + " in " + text(sibling.get("member"));
  }

  @Test
  void mergedConflictsAreCountedByType() {
    MemoryRing ring = met();
    Map<String, Long> counts = new HashMap<>();
    for (int node = 0; node < ring.size(); node++) {
      info(ring.client(node)).forEach((name, value) -> {
        if (name.startsWith("conflicts_merged_")) {
          counts.merge(name.substring("conflicts_merged_".length()), Long.parseLong(value), Long::sum);
        }
      });
    }
    assertTrue(counts.get("string") >= 2, "k and n: " + counts);
    for (String type : List.of("hash", "zset", "set")) {
      assertTrue(counts.get(type) >= 1, type + ": " + counts);
    }
    assertEquals(0, counts.get("list"));
    MemoryRing quiet = new MemoryRing(3);
    for (int i = 0; i < 50; i++) {
      quiet.client(i % 3).call("INCR", "n");
      quiet.client(i % 3).call("SADD", "s", "m" + i);
    }
    quiet.run(2_000);
    for (int node = 0; node < 3; node++) {
      info(quiet.client(node)).forEach((name, value) ->
          assertTrue(!name.startsWith("conflicts_merged_") || value.equals("0"), name + " " + value));
    }
  }

  @Test
  void infoReplicationTellsOwnersAndLags() {
    MemoryRing ring = new MemoryRing(3);
    MemoryRing.Client client = ring.client(0);
    for (int i = 0; i < 30; i++) {
      client.text("SET", "k" + i, "v");
    }
    ring.run(2_000);
    Map<String, String> whole = info(client);
    assertEquals("master", whole.get("role"));
    assertEquals("2", whole.get("connected_slaves"));
    assertEquals("30", whole.get("master_repl_offset"));
    assertTrue(whole.get("slave0").matches("ip=127\\.0\\.0\\.1,port=600\\d,state=online,offset=30,lag=0"), whole.get("slave0"));
    assertEquals("16", whole.get("henge_vnodes_owned"));
    ring.part(2);
    ring.run(4_000);
    for (int i = 0; i < 10; i++) {
      client.text("SET", "k" + i, "w");
    }
    ring.run(2_000);
    Map<String, String> parted = info(client);
    assertEquals("1", parted.get("connected_slaves"));
    assertEquals("10", parted.get("henge_owners_lack_writes"));
    Map<String, String> alone = info(ring.client(2));
    assertEquals("0", alone.get("connected_slaves"));
    assertTrue(Integer.parseInt(alone.get("henge_vnodes_degraded")) == 16, alone.toString());
  }

  @Test
  void aKeyIsToldWithOwnersModeAndVersions() {
    MemoryRing ring = met();
    MemoryRing.Client client = ring.client(2);
    Map<String, Reply> told = map(client.call("HENGE.KEY", "k"));
    assertEquals("7629", text(told.get("slot")));
    assertEquals("7", text(told.get("vnode")));
    assertEquals("exclusive", text(told.get("mode")));
    assertEquals(3, ((Reply.Array) told.get("owners")).elements().size());
    assertTrue(text(told.get("owners")).contains("(this node), ready"), text(told.get("owners")));
    assertEquals(text(told.get("acting-primary")), text(told.get("told-by")));
    String versions = text(told.get("versions"));
    assertTrue(versions.startsWith("[string: \"shown\" by "), versions);
    assertTrue(versions.contains(", shown, string: \"lost\" by "), versions);
    assertTrue(text(map(client.call("HENGE.KEY", "n")).get("versions")).contains("increments stand above"));
    assertTrue(text(map(client.call("HENGE.KEY", "h")).get("versions")).startsWith("[hash: 1 rows stand, 0 removals"));
    assertEquals("none", text(map(client.call("HENGE.KEY", "nothing")).get("type")));
    client.text("SET", "large", "x".repeat(100_000));
    String large = text(map(client.call("HENGE.KEY", "large")).get("versions"));
    assertTrue(large.startsWith("[string: \"100000 bytes in chunks\" by "), large);
    assertEquals("[type, string, siblings, [], complete, 1]", client.text("HENGE.SIBLINGS", "large"));
    client.text("SET", "k", "v", "EX", "100");
    assertTrue(text(map(client.call("HENGE.KEY", "k")).get("deadline")).startsWith("2027-01-15T"));
  }

  /** Where nobody serves, any owner tells what it has. */
  @Test
  void aKeyWithoutAPrimaryIsTold() {
    MemoryRing ring = new MemoryRing(3, "policy", "strict");
    MemoryRing.Client client = ring.client(2);
    client.text("SET", "k", "v");
    ring.part(2);
    ring.run(6_000);
    Map<String, Reply> told = map(client.call("HENGE.KEY", "k"));
    assertTrue(text(told.get("versions")).startsWith("[string: \"v\""), told.toString());
    assertTrue(List.of("idle", "seeking").contains(text(told.get("mode"))), text(told.get("mode")));
    assertTrue(text(told.get("owners")).contains("unreachable, not ready"), text(told.get("owners")));
  }

  @Test
  void aVnodeIsToldWithWhatOwnersLack() {
    MemoryRing ring = new MemoryRing(3);
    MemoryRing.Client client = ring.client(0);
    ring.core(0).shard().own().detail((vnode, figure) -> figure.accept("more", vnode * 2));
    ring.part(2);
    ring.run(4_000);
    for (int i = 0; i < 5; i++) {
      client.text("SET", "k", "v" + i);
    }
    ring.run(1_500);
    Map<String, Reply> told = map(client.call("HENGE.VNODE", "7"));
    assertEquals("7168-8191", text(told.get("slots")));
    assertEquals("exclusive", text(told.get("mode")));
    long lacking = 0;
    for (Reply owner : ((Reply.Array) told.get("owners")).elements()) {
      Map<String, Reply> fields = map(owner);
      long lacks = ((Reply.Int) fields.get("lacks")).value();
      lacking += lacks;
      assertTrue(lacks == 0 || text(fields.get("reachable")).equals("0"), fields.toString());
    }
    assertEquals(5, lacking);
    assertTrue(((Reply.Int) told.get("oldest-unstable-millis")).value() >= 0, told.toString());
    assertEquals(0, ((Reply.Int) told.get("hints-held")).value());
    assertTrue(((Reply.Int) told.get("compared-seconds-ago")).value() >= -1 && text(told.get("tree-root")).matches("[0-9a-f]+"), told.toString());
    assertEquals("degraded", text(map(eventually(ring, ring.client(2))).get("mode")));
    for (int v = 0; v < 16; v++) {
      Map<String, Reply> each = map(client.call("HENGE.VNODE", Integer.toString(v)));
      if (text(each.get("told-by")).equals(ring.core(0).id())) {
        assertEquals(Integer.toString(2 * v), text(each.get("more")));
      }
    }
    assertEquals("ERR vnodes are numbered from 0 to 15", client.text("HENGE.VNODE", "16"));
    assertEquals("ERR vnodes are numbered from 0 to 15", client.text("HENGE.VNODE", "x"));
    assertTrue(client.text("HENGE.HELP").startsWith("[HENGE.<command>"));
  }

  private static Reply eventually(MemoryRing ring, MemoryRing.Client alone) {
    ring.run(4_000);
    return alone.call("HENGE.VNODE", "7");
  }
}
