package dev.henge.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.ring.placement.Placement;
import dev.henge.ring.replica.Shard;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A ring grows, shrinks and changes N while clients write to it. */
class ChangingRingTest {

  private static final int KEYS = 200;

  private final MemoryRing ring = new MemoryRing(3);
  private final List<MemoryRing.Client> clients = new ArrayList<>(List.of(ring.client(0), ring.client(1), ring.client(2)));
  private long counted;

  private String ask(int node, String... words) {
    return ring.client(node).text(words);
  }

  private void fill() {
    ring.syncs();
    MemoryRing.Client client = clients.get(0);
    for (int i = 0; i < KEYS; i++) {
      assertEquals("OK", client.text("SET", "s" + i, "v" + i));
      assertEquals("1", client.text("HSET", "h" + i, "f", "v" + i));
      assertEquals("2", client.text("RPUSH", "l" + i, "a", "b" + i));
      assertEquals("2", client.text("SADD", "m" + i, "x", "y" + i));
      assertEquals("1", client.text("ZADD", "z" + i, Integer.toString(i), "m"));
    }
  }

  private void check(int node) {
    MemoryRing.Client client = ring.client(node);
    for (int i = 0; i < KEYS; i++) {
      assertEquals("v" + i, client.text("GET", "s" + i));
      assertEquals("v" + i, client.text("HGET", "h" + i, "f"));
      assertEquals("[a, b" + i + "]", client.text("LRANGE", "l" + i, "0", "-1"));
      assertEquals("2", client.text("SCARD", "m" + i));
      assertEquals(Integer.toString(i), client.text("ZSCORE", "z" + i, "m"));
    }
    assertEquals(Long.toString(counted), client.text("GET", "counter"));
  }

  /** One command of each client: none may fail, and each must count. */
  private void load() {
    for (MemoryRing.Client client : clients) {
      assertEquals(Long.toString(++counted), client.text("INCR", "counter"));
      assertEquals("OK", client.text("SET", "s" + counted % KEYS, "v" + counted % KEYS));
      assertEquals("1", client.text("DEL", "h" + counted % KEYS));
      assertEquals("1", client.text("HSET", "h" + counted % KEYS, "f", "v" + counted % KEYS));
    }
  }

  private void commit() {
    assertEquals("OK", ask(1, "HENGE.CLUSTER", "COMMIT"));
  }

  private boolean done(int... nodes) {
    for (int node : nodes) {
      if (!ring.core(node).shard().transfers().standing().isDone()) {
        return false;
      }
    }
    return true;
  }

  private void untilMoved(int... nodes) {
    for (int n = 0; !done(nodes); n++) {
      assertTrue(n < 2_000, () -> "still moving: " + ring.core(nodes[0]).shard().transfers().standing());
      load();
      ring.run(10);
    }
    agree(nodes);
  }

  /** All nodes know the same owners, who are those that should be, and nobody else has anything. */
  private void agree(int... nodes) {
    ring.untilServed();
    Shard first = ring.core(nodes[0]).shard();
    for (int node : nodes) {
      Shard shard = ring.core(node).shard();
      Placement now = shard.placement();
      for (int v = 0; v < now.vnodes(); v++) {
        assertEquals(first.target().owners(v), now.owners(v), "vnode " + v + " as node " + node + " knows it");
        boolean owner = now.isOwner(ring.core(node).id(), v);
        assertEquals(owner, shard.own().standing(v) != null, "vnode " + v + " on node " + node);
        if (!owner) {
          assertEquals(0, shard.keyspace().keyCount(v));
          assertEquals(0, shard.keyspace().rowBytes(v));
        }
      }
    }
  }

  @Test
  void grows() {
    fill();
    int fourth = ring.join();
    assertEquals("OK", ask(2, "HENGE.CLUSTER", "JOIN", ring.core(fourth).id()));
    ring.run(2_000);
    commit();
    untilMoved(0, 1, 2, fourth);
    check(fourth);
    check(0);
    assertTrue(ring.core(fourth).shard().standing().owned() >= 10, "owns " + ring.core(fourth).shard().standing().owned());
  }

  @Test
  void aRingAtRestGrowsToo() {
    fill();
    clients.clear();
    int fourth = ring.join();
    assertEquals("OK", ask(2, "HENGE.CLUSTER", "JOIN", ring.core(fourth).id()));
    commit();
    untilMoved(0, 1, 2, fourth);
    counted = Long.parseLong(ask(0, "INCR", "counter"));
    check(fourth);
  }

  @Test
  void whoIsLeftGoesOnWithoutALostMajority() {
    fill();
    counted = Long.parseLong(ask(0, "INCR", "counter"));
    ring.run(2_000);
    int fourth = ring.join();
    int fifth = ring.join();
    ring.part(0);
    ring.part(1);
    clients.clear();
    ring.run(5_000);
    String[] dead = {ring.core(0).id(), ring.core(1).id()};
    assertEquals("OK", ask(2, "HENGE.CLUSTER", "REPLACE", dead[0], ring.core(fourth).id()));
    assertEquals("OK", ask(2, "HENGE.CLUSTER", "REPLACE", dead[1], ring.core(fifth).id()));
    assertEquals("OK", ask(2, "HENGE.CLUSTER", "REMOVE", dead[0], dead[1]));
    assertEquals("OK", ask(2, "HENGE.CLUSTER", "COMMIT"));
    untilMoved(2, fourth, fifth);
    check(2);
    check(fifth);
  }

  /** Who is told cannot know whether the other is dead or only cut off: with two copies it may be the one cut off. */
  @Test
  void whoIsReplacedAndCannotBeReachedIsNotTakenForDead() {
    fill();
    assertEquals("OK", ask(1, "HENGE.CLUSTER", "REPLICAS", "2"));
    commit();
    untilMoved(0, 1, 2);
    int fourth = ring.join();
    ring.run(1_000);
    Shard shard = ring.core(1).shard();
    String away = ring.core(0).id();
    int owned = shard.placement().vnodesOf(away).cardinality();
    ring.part(0);
    ring.run(5_000);
    assertEquals("OK", ask(1, "HENGE.CLUSTER", "REPLACE", away, ring.core(fourth).id()));
    commit();
    ring.run(10_000);
    assertEquals(owned, shard.placement().vnodesOf(away).cardinality(), "one of two owners is no majority");
    ring.heal();
    untilMoved(0, 1, 2, fourth);
    check(fourth);
  }

  @Test
  void aNodeLeaves() {
    fill();
    int fourth = ring.join();
    assertEquals("OK", ask(2, "HENGE.CLUSTER", "JOIN", ring.core(fourth).id()));
    commit();
    untilMoved(0, 1, 2, fourth);
    assertEquals("OK", ask(2, "HENGE.CLUSTER", "LEAVE", ring.core(0).id()));
    commit();
    untilMoved(1, 2, fourth, 0);
    check(0);
    check(fourth);
    assertEquals(0, ring.core(0).shard().standing().owned());
  }

  @Test
  void aDeadNodeIsReplaced() {
    fill();
    int fourth = ring.join();
    ring.part(0);
    clients.remove(0);
    ring.run(5_000);
    assertEquals("OK", ask(2, "HENGE.CLUSTER", "REPLACE", ring.core(0).id(), ring.core(fourth).id()));
    assertEquals("OK", ask(2, "HENGE.CLUSTER", "REMOVE", ring.core(0).id()));
    commit();
    untilMoved(1, 2, fourth);
    check(fourth);
    assertEquals(16, ring.core(fourth).shard().standing().owned());
    ring.heal();
    ring.until(() -> ring.core(0).shard().target().fingerprint() == ring.core(1).shard().target().fingerprint(), "it knows");
    untilMoved(1, 2, fourth, 0);
    check(0);
  }

  @Test
  void moreAndFewerOwners() {
    fill();
    assertEquals("OK", ask(2, "HENGE.CLUSTER", "REPLICAS", "2"));
    commit();
    untilMoved(0, 1, 2);
    assertEquals(32, ring.core(0).shard().standing().owned() + ring.core(1).shard().standing().owned()
        + ring.core(2).shard().standing().owned());
    assertEquals("OK", ask(2, "HENGE.CLUSTER", "REPLICAS", "3"));
    commit();
    untilMoved(0, 1, 2);
    check(0);
    check(1);
  }
}
