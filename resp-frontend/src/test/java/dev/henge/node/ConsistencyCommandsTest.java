package dev.henge.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.resp.RealRedis;
import org.junit.jupiter.api.Test;

/** HENGE.CONSISTENCY, HENGE.SESSION, WAIT, and policy unique-safe, on whole nodes in memory. */
class ConsistencyCommandsTest {

  private static final int KEYS = 24;

  // ---------------------------------------------------------------- choosing

  @Test
  void aConnectionChoosesForItself() {
    MemoryRing ring = new MemoryRing(3);
    MemoryRing.Client client = ring.client(0);
    assertEquals("[w, majority, w-from, server, r, primary, r-from, server, session, off]", client.text("HENGE.CONSISTENCY"));
    assertEquals("OK", client.text("HENGE.CONSISTENCY", "W", "2", "R", "quorum"));
    assertEquals("[w, 2, w-from, connection, r, quorum, r-from, connection, session, off]", client.text("HENGE.CONSISTENCY"));
    assertEquals("[w, majority, w-from, server, r, primary, r-from, server, session, off]", ring.client(0).text("henge.consistency"));
    assertEquals("OK", client.text("HENGE.CONSISTENCY", "r", "default", "w", "all"));
    assertEquals("[w, all, w-from, connection, r, primary, r-from, server, session, off]", client.text("HENGE.CONSISTENCY"));
    assertEquals("RESET", client.text("RESET"));
    assertEquals("[w, majority, w-from, server, r, primary, r-from, server, session, off]", client.text("HENGE.CONSISTENCY"));
    assertEquals("ERR syntax error", client.text("HENGE.CONSISTENCY", "W"));
    assertEquals("ERR syntax error", client.text("HENGE.CONSISTENCY", "Q", "1"));
    assertTrue(client.text("HENGE.CONSISTENCY", "W", "0").startsWith("ERR W is"));
    assertTrue(client.text("HENGE.CONSISTENCY", "R", "two").startsWith("ERR R is"));
    assertEquals("OK", client.text("CONFIG", "SET", "read-quorum", "one"));
    assertEquals("[w, majority, w-from, server, r, one, r-from, server, session, off]", client.text("HENGE.CONSISTENCY"));
  }

  @Test
  void everyChoiceReadsWhatWasWritten() {
    MemoryRing ring = new MemoryRing(3);
    MemoryRing.Client client = ring.client(1);
    for (String w : new String[] {"one", "quorum", "all", "3"}) {
      for (String r : new String[] {"primary", "quorum", "all"}) {
        assertEquals("OK", client.text("HENGE.CONSISTENCY", "W", w, "R", r));
        for (int i = 0; i < KEYS; i++) {
          assertEquals("OK", client.text("SET", "k" + i, w + r + i));
          assertEquals(w + r + i, client.text("GET", "k" + i));
        }
        assertEquals("[" + w + r + "0, " + w + r + "1, (nil)]", client.text("MGET", "k0", "k1", "nothing"));
      }
    }
    ring.run(1_000);
    assertEquals("OK", client.text("HENGE.CONSISTENCY", "R", "one"));
    for (int i = 0; i < KEYS; i++) {
      assertEquals("3all" + i, client.text("GET", "k" + i));
    }
  }

  /** Reads that ask owners may linger; a write behind one on the same connection must not overtake it. */
  @Test
  void aPipelineKeepsItsOrder() {
    MemoryRing ring = new MemoryRing(3);
    MemoryRing.Client client = ring.client(0);
    client.text("HENGE.CONSISTENCY", "R", "quorum");
    for (int i = 0; i < 50; i++) {
      client.send("GET", "k");
      client.send("GET", "k");
      client.send("SET", "k", "v" + i);
    }
    for (int i = 0; i < 50; i++) {
      String before = i == 0 ? "(nil)" : "v" + (i - 1);
      assertEquals(before, MemoryRing.Client.text(client.receive()));
      assertEquals(before, MemoryRing.Client.text(client.receive()));
      assertEquals("OK", MemoryRing.Client.text(client.receive()));
    }
  }

  @Test
  void aChosenWIsKeptThoughOwnersAreAway() {
    MemoryRing ring = new MemoryRing(3);
    ring.part(2);
    ring.run(4_000);
    MemoryRing.Client client = ring.client(0);
    assertEquals("OK", client.text("SET", "k", "by default"));
    assertEquals("OK", client.text("HENGE.CONSISTENCY", "W", "quorum"));
    assertEquals("OK", client.text("SET", "k", "two"));
    assertEquals("OK", client.text("HENGE.CONSISTENCY", "W", "all"));
    assertEquals("NOREPLICAS Not enough good replicas to write.", client.text("SET", "k", "three"));
    assertEquals("two", client.text("GET", "k"));
    ring.heal();
    ring.untilServed();
    assertEquals("OK", client.text("SET", "k", "three"));
    int primary = ring.servedBy("k");
    MemoryRing.Client there = ring.client(primary);
    assertEquals("OK", there.text("HENGE.CONSISTENCY", "W", "all"));
    ring.stall((primary + 1) % 3);
    there.send("SET", "k", "four");
    ring.run(1_000);
    assertEquals("four", ring.client((primary + 2) % 3).text("GET", "k"), "others do not wait for what one has chosen");
    assertTrue(MemoryRing.Client.text(there.receive()).startsWith("INDOUBT"));
  }

  @Test
  void aMinorityCannotReadForAQuorum() {
    MemoryRing ring = new MemoryRing(3);
    MemoryRing.Client before = ring.client(2);
    assertEquals("OK", before.text("SET", "k", "v"));
    ring.part(2);
    ring.run(6_000);
    assertEquals("v", before.text("GET", "k"), "degraded");
    assertEquals("OK", before.text("HENGE.CONSISTENCY", "R", "quorum"));
    assertEquals("NOREPLICAS Not enough owners have answered for a read of this R", before.text("GET", "k"));
    assertEquals("OK", before.text("HENGE.CONSISTENCY", "R", "one"));
    assertEquals("v", before.text("GET", "k"));
    MemoryRing.Client majority = ring.client(0);
    assertEquals("OK", majority.text("HENGE.CONSISTENCY", "R", "quorum"));
    assertEquals("v", majority.text("GET", "k"));
    assertEquals("OK", majority.text("HENGE.CONSISTENCY", "R", "all"));
    assertTrue(majority.text("GET", "k").startsWith("NOREPLICAS"));
    ring.heal();
    ring.untilServed();
    assertEquals("v", majority.text("GET", "k"));
  }

  // ---------------------------------------------------------------- redirection

  @Test
  void whoAsksForItIsSentToWhereItsCommandIsExecuted() {
    MemoryRing ring = new MemoryRing(3);
    ring.untilServed();
    MemoryRing.Client client = ring.client(0);
    assertEquals("off", client.text("HENGE.REDIRECT"));
    assertEquals("OK", client.text("HENGE.REDIRECT", "on"));
    assertEquals("on", client.text("HENGE.REDIRECT"));
    int moved = 0;
    for (int i = 0; i < KEYS; i++) {
      String reply = client.text("SET", "k" + i, "v" + i);
      if (!reply.equals("OK")) {
        String[] words = reply.split(" ");
        assertEquals("MOVED " + client.text("CLUSTER", "KEYSLOT", "k" + i), words[0] + " " + words[1]);
        assertTrue(words[2].startsWith("127.0.0.1:600"), reply);
        MemoryRing.Client there = ring.client(Integer.parseInt(words[2].substring("127.0.0.1:600".length())));
        assertEquals("OK", there.text("HENGE.REDIRECT", "ON"));
        assertEquals("(nil)", there.text("GET", "k" + i), "nothing was executed");
        assertEquals("OK", there.text("SET", "k" + i, "v" + i), "and there it is not sent on");
        assertEquals(reply, client.text("GET", "k" + i));
        moved++;
      }
    }
    assertTrue(moved > 0 && moved < KEYS, moved + " of " + KEYS + " are executed elsewhere");
    assertEquals("[v0, v1, v2]", client.text("MGET", "k0", "k1", "k2"), "of several vnodes: by way of all");
    assertEquals("OK", client.text("HENGE.CONSISTENCY", "R", "one"));
    ring.run(1_000);
    for (int i = 0; i < KEYS; i++) {
      assertEquals("v" + i, client.text("GET", "k" + i), "any owner's word will do");
    }
    assertEquals("OK", client.text("HENGE.CONSISTENCY", "R", "default"));
    assertEquals("ERR syntax error", client.text("HENGE.REDIRECT", "maybe"));
    assertEquals("ERR syntax error", client.text("HENGE.REDIRECT", "ON", "OFF"));
    assertEquals("RESET", client.text("RESET"));
    for (int i = 0; i < KEYS; i++) {
      assertEquals("v" + i, client.text("GET", "k" + i), "forwarded again");
    }
  }

  // ---------------------------------------------------------------- sessions

  @Test
  void aTokenTakesASessionToAnotherNode() {
    MemoryRing ring = new MemoryRing(3);
    MemoryRing.Client client = ring.client(2);
    String empty = client.text("HENGE.SESSION");
    assertTrue(empty.startsWith("h1."), empty);
    ring.part(2);
    ring.run(6_000);
    for (int i = 0; i < KEYS; i++) {
      assertEquals("1", client.text("INCR", "c" + i), "degraded");
    }
    String token = client.text("HENGE.SESSION");
    assertNotEquals(empty, token);

    MemoryRing.Client stranger = ring.client(0);
    assertEquals("(nil)", stranger.text("GET", "c0"), "the other side has not seen it");
    MemoryRing.Client same = ring.client(0);
    assertEquals("OK", same.text("HENGE.SESSION", token));
    assertEquals("TRYAGAIN The node that can be asked has not seen what this session has", same.text("GET", "c0"));
    assertTrue(same.text("INCR", "c0").startsWith("TRYAGAIN"));
    same.text("HENGE.CONSISTENCY", "R", "one");
    assertTrue(same.text("GET", "c0").startsWith("TRYAGAIN"));
    same.text("HENGE.CONSISTENCY", "R", "default");
    same.send("GET", "c1");
    ring.heal();
    assertEquals("1", MemoryRing.Client.text(same.receive()), "as soon as it has");
    for (int i = 0; i < KEYS; i++) {
      assertEquals("1", same.text("GET", "c" + i));
      assertEquals("2", same.text("INCR", "c" + i));
    }
    MemoryRing.Client third = ring.client(1);
    assertEquals("OK", third.text("HENGE.SESSION", same.text("HENGE.SESSION")));
    third.text("HENGE.CONSISTENCY", "R", "one");
    for (int i = 0; i < KEYS; i++) {
      assertEquals("2", third.text("GET", "c" + i), "any owner, but none that is behind");
    }
  }

  @Test
  void whatIsNoTokenIsRefused() {
    MemoryRing.Client client = new MemoryRing(1).client(0);
    String token = client.text("HENGE.SESSION");
    assertEquals("OK", client.text("HENGE.SESSION", token));
    for (String bad : new String[] {"", "h1.", "h1.!", "h2." + token.substring(3), token.substring(0, token.length() - 1), token + "A"}) {
      assertEquals("ERR that is no token of a session of this ring", client.text("HENGE.SESSION", bad), bad);
    }
    assertEquals("ERR syntax error", client.text("HENGE.SESSION", token, token));
  }

  // ---------------------------------------------------------------- WAIT

  @Test
  void waitCountsTheOtherOwners() {
    MemoryRing ring = new MemoryRing(3);
    MemoryRing.Client client = ring.client(0);
    assertEquals("2", client.text("WAIT", "0", "0"), "nothing written");
    for (int i = 0; i < KEYS; i++) {
      client.text("SET", "k" + i, "v");
    }
    assertEquals("2", client.text("WAIT", "2", "0"));
    ring.part(2);
    ring.run(4_000);
    assertEquals("1", client.text("WAIT", "0", "100"), "an owner that cannot be asked does not count");
    for (int i = 0; i < KEYS; i++) {
      client.text("SET", "k" + i, "w");
    }
    MemoryRing.Client other = ring.client(0);
    client.send("WAIT", "2", "1500");
    assertEquals("w", other.text("GET", "k0"), "one that waits holds nobody up");
    assertEquals("1", MemoryRing.Client.text(client.receive()));
    client.send("WAIT", "2", "0");
    ring.run(3_000);
    ring.heal();
    assertEquals("2", MemoryRing.Client.text(client.receive()));
  }

  @Test
  void waitaofCountsWhatIsSynced() {
    MemoryRing ring = new MemoryRing(3, "log-sync", "always");
    MemoryRing.Client client = ring.client(0);
    for (int i = 0; i < KEYS; i++) {
      client.text("SET", "k" + i, "v");
    }
    assertEquals("[1, 2]", client.text("WAITAOF", "1", "2", "5000"));
    ring.part(2);
    ring.run(4_000);
    client.text("SET", "k0", "w");
    assertEquals("[1, 1]", client.text("WAITAOF", "0", "2", "500"));
    assertEquals("[1, 1]", client.text("WAITAOF", "1", "1", "0"));
  }

  @Test
  void waitIsWordedAsRedisDoes() {
    MemoryRing.Client client = new MemoryRing(1).client(0);
    assertEquals("0", client.text("WAIT", "0", "0"));
    client.text("SET", "k", "v");
    assertEquals("0", client.text("WAIT", "0", "0"));
    assertEquals("0", client.text("WAIT", "1", "50"));
    assertEquals("ERR value is not an integer or out of range", client.text("WAIT", "x", "1"));
    assertEquals("ERR timeout is not an integer or out of range", client.text("WAIT", "1", "x"));
    assertEquals("ERR timeout is negative", client.text("WAIT", "1", "-1"));
    assertEquals("ERR wrong number of arguments for 'wait' command", client.text("WAIT", "1"));
    assertEquals("[0, 0]", client.text("WAITAOF", "1", "0", "50"), "the disk of this test is not synced by the clock");
    assertEquals("ERR value is out of range, value must between 0 and 1", client.text("WAITAOF", "2", "0", "0"));
    assertEquals("ERR value is out of range, must be positive", client.text("WAITAOF", "1", "-1", "0"));
  }

  @Test
  void waitOnOneNodeIsRedisWithoutReplicas() throws Exception {
    MemoryRing.Client client = new MemoryRing(1).client(0);
    try (RealRedis redis = RealRedis.start()) {
      for (String line : new String[] {"WAIT 0 0", "SET k v", "WAIT 0 0", "WAIT 1 30", "WAIT 0 10", "WAIT -1 0", "WAIT x 1", "WAIT 1 x",
          "WAIT 1 1.5", "WAIT 1 -1", "WAIT 1 99999999999999999999", "WAIT", "WAIT 1", "WAIT 1 2 3", "wait 0 0"}) {
        assertEquals(MemoryRing.Client.text(redis.call(line.split(" "))), client.text(line.split(" ")), line);
      }
    }
  }

  // ---------------------------------------------------------------- unique-safe

  @Test
  void uniqueSafeRefusesWhatMustBeUniqueOutsideExclusiveMode() {
    MemoryRing ring = new MemoryRing(3, "policy", "unique-safe");
    MemoryRing.Client client = ring.client(2);
    assertEquals("1", client.text("INCR", "n"));
    assertEquals("OK", client.text("SET", "lock", "a", "NX"));
    assertEquals("1", client.text("MSETNX", "a", "1", "b", "2", "c", "3"));
    assertEquals("3", client.text("SADD", "s", "x", "y", "z"));
    ring.part(2);
    ring.run(6_000);
    String refused = "NOREPLICAS The slot is not served exclusively, so that the reply might not be unique";
    for (String command : new String[] {"INCR n", "SETNX l 1", "SET l 1 NX", "SET l 1 PX 100 NX", "SET l 1 GET", "GETDEL n", "SPOP s",
        "HINCRBY h f 1", "HSETNX h f 1", "GETSET n 1", "MSETNX x 1 y 2 z 3", "SMOVE s t x", "RENAMENX n m", "ZPOPMIN z", "INCRBYFLOAT n 1"}) {
      assertEquals(refused, client.text(command.split(" ")), command);
    }
    for (String command : new String[] {"SET l 1", "GET n", "SADD s w", "APPEND n 1", "DEL n", "HSET h f 1", "ZADD z 1 a", "MSET x 1 y 2 z 3"}) {
      assertTrue(!client.text(command.split(" ")).startsWith("NOREPLICAS"), command);
    }
    assertEquals("2", ring.client(0).text("INCR", "n"), "the majority goes on");
    ring.heal();
    ring.untilServed();
    ring.run(2_000);
    assertEquals("OK", client.text("SET", "l2", "1", "NX"));
  }
}
