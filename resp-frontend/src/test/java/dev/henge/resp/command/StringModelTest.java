package dev.henge.resp.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.henge.resp.codec.Reply;
import dev.henge.resp.codec.Request;
import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.lsm.MemoryByteStore;
import dev.henge.storage.type.KeyRef;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Random histories of commands on strings, keys and deadlines against a map; the replica's bytes must follow the
 * primary's.
 */
class StringModelTest {

  private static final int SEEDS = 150;
  private static final int COMMANDS = 300;
  private static final int KEYS = 5;

  /** @param deadlineMillis 0 for never */
  private record Entry(String text, long deadlineMillis) {}

  private final Map<String, Entry> model = new HashMap<>();
  private Random random;
  private CommandBench bench;

  @BeforeEach
  void begin() {
    start(0);
  }

  private void start(long seed) {
    random = new Random(seed);
    bench = new CommandBench(seed);
    Families.registerAll(bench.binder(), () -> 1000);
    Families.registerInternal(bench.binder());
    model.clear();
  }

  private String key() {
    return "k" + random.nextInt(KEYS);
  }

  private Entry live(String key) {
    Entry entry = model.get(key);
    return entry == null || entry.deadlineMillis != 0 && entry.deadlineMillis <= bench.nowMillis() ? null : entry;
  }

  private String text(String key) {
    Entry entry = live(key);
    return entry == null ? null : entry.text;
  }

  private long deadline(String key) {
    Entry entry = live(key);
    return entry == null ? 0 : entry.deadlineMillis;
  }

  private String run(String... words) {
    Reply reply = bench.run(words);
    return reply instanceof Reply.Int number ? Long.toString(number.value())
        : reply instanceof Reply.Error error ? error.text() : reply.asText();
  }

  @Test
  void behavesAsAMap() {
    for (long seed = 0; seed < SEEDS; seed++) {
      start(seed);
      for (int i = 0; i < COMMANDS; i++) {
        String where = "seed " + seed + " command " + i;
        if (random.nextBoolean()) {
          set(key(), where);
        } else {
          step(key(), key(), where);
        }
        bench.advance(random.nextInt(4));
        String key = key();
        assertEquals(text(key), run("GET", key), where);
        assertEquals(deadline(key), Math.max(0, Long.parseLong(run("PEXPIRETIME", key))), where);
      }
      assertSameStores("seed " + seed);
      expireAll("seed " + seed);
    }
  }

  private void set(String key, String where) {
    String value = Integer.toString(random.nextInt(1000));
    long deadline = bench.nowMillis() + 1 + random.nextInt(20);
    Entry old = live(key);
    switch (random.nextInt(5)) {
      case 0 -> {
        run("SET", key, value);
        model.put(key, new Entry(value, 0));
      }
      case 1 -> {
        run("SET", key, value, "PXAT", Long.toString(deadline));
        model.put(key, new Entry(value, deadline));
      }
      case 2 -> {
        assertEquals(old == null ? null : old.text, run("SET", key, value, "KEEPTTL", "GET"), where);
        model.put(key, new Entry(value, deadline(key)));
      }
      case 3 -> {
        boolean absent = random.nextBoolean();
        boolean sets = absent == (old == null);
        assertEquals(sets ? "OK" : null, run("SET", key, value, absent ? "NX" : "XX"), where);
        if (sets) {
          model.put(key, new Entry(value, 0));
        }
      }
      default -> {
        assertEquals(old == null ? "0" : "1", run("PEXPIREAT", key, Long.toString(deadline)), where);
        if (old != null) {
          model.put(key, new Entry(old.text, deadline));
        }
      }
    }
  }

  private void step(String key, String other, String where) {
    Entry old = live(key);
    String was = text(key);
    switch (random.nextInt(9)) {
      case 0 -> {
        assertEquals(old == null ? "0" : "1", run("DEL", key), where);
        model.remove(key);
      }
      case 1, 2 -> {
        long by = random.nextInt(100) - 50;
        String sum = was == null ? Long.toString(by) : was.length() > 15 ? null
            : Long.toString(Long.parseLong(was) + by);
        if (sum != null) {
          assertEquals(sum, run("INCRBY", key, Long.toString(by)), where);
          model.put(key, new Entry(sum, deadline(key)));
        }
      }
      case 3 -> {
        if (was == null || was.charAt(0) != '-' && was.charAt(0) != '0' && was.length() < 15) {
          String all = was == null ? "7" : was + "7";
          assertEquals(Integer.toString(all.length()), run("APPEND", key, "7"), where);
          model.put(key, new Entry(all, deadline(key)));
        }
      }
      case 4 -> {
        assertEquals(old == null ? "ERR no such key" : "OK", run("RENAME", key, other), where);
        if (old != null) {
          model.remove(key);
          model.put(other, old);
        }
      }
      case 5 -> {
        boolean copies = old != null && !key.equals(other);
        String expected = key.equals(other) ? RedisErrors.SAME_OBJECT : copies ? "1" : "0";
        assertEquals(expected, run("COPY", key, other, "REPLACE"), where);
        if (copies) {
          model.put(other, old);
        }
      }
      case 6 -> {
        boolean had = deadline(key) != 0;
        assertEquals(had ? "1" : "0", run("PERSIST", key), where);
        if (had) {
          model.put(key, new Entry(old.text, 0));
        }
      }
      case 7 -> {
        assertEquals(was, run("GETDEL", key), where);
        model.remove(key);
      }
      default -> {
        byte[] dump = ((Reply.Bulk) bench.run("HENGE.DUMP", key)).bytes();
        byte[] name = other.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
        bench.run(Request.of("HENGE.RESTORE".getBytes(java.nio.charset.StandardCharsets.ISO_8859_1), name, dump));
        model.remove(other);
        if (old != null) {
          model.put(other, old);
        }
      }
    }
  }

  /** As the node does it: by the index of deadlines, key by key, until none is due. */
  private void expireAll(String where) {
    bench.advance(1000);
    KeyRef due = bench.primary.due(0, bench.nowMillis());
    while (due != null) {
      KeyRef key = due;
      bench.run(c -> {
        assertEquals(true, c.keyspace().expire(c.keyspace().open(key)), where);
        c.out().ok();
      });
      due = bench.primary.due(0, bench.nowMillis());
    }
    long lasting = model.keySet().stream().filter(key -> live(key) != null).count();
    assertEquals(lasting, bench.primary.keyCount(0, 0), where);
    assertEquals(lasting, bench.replica.keyCount(0, 0), where);
    assertNull(bench.replica.due(0, bench.nowMillis()), where);
    assertSameStores(where);
  }

  private void assertSameStores(String where) {
    List<byte[]> primary = records(bench.primaryStore);
    List<byte[]> replica = records(bench.replicaStore);
    assertEquals(primary.size(), replica.size(), where);
    for (int i = 0; i < primary.size(); i++) {
      assertArrayEquals(primary.get(i), replica.get(i), where + " record " + i / 2);
    }
  }

  private static List<byte[]> records(MemoryByteStore store) {
    List<byte[]> all = new ArrayList<>();
    try (ByteCursor cursor = store.scan(null, null, false)) {
      while (cursor.next()) {
        all.add(cursor.key().clone());
        all.add(cursor.value().clone());
      }
    }
    return all;
  }

  /** The bound is the setting's, at the moment of the command; what goes beyond changes nothing. */
  @Test
  void stringsKeepToTheLimit() {
    String most = "x".repeat(1000);
    assertEquals("1000", run("SETRANGE", "s", "0", most));
    assertEquals(RedisErrors.STRING_TOO_LONG, run("APPEND", "s", "y"));
    assertEquals(RedisErrors.STRING_TOO_LONG, run("SETRANGE", "s", "1000", "y"));
    assertEquals("1000", run("SETRANGE", "s", "999", "y"));
    assertEquals("1000", run("STRLEN", "s"));
    assertEquals(RedisErrors.STRING_TOO_LONG, run("SETRANGE", "t", "1000", "y"));
    assertEquals("0", run("EXISTS", "t"));
  }

  @Test
  void refusesDamagedDumps() {
    run("SET", "s", "kept");
    assertEquals("ERR Bad data format", run("HENGE.RESTORE", "s", "nonsense"));
    assertEquals("kept", run("GET", "s"));
    assertEquals("OK", run("HENGE.RESTORE", "s", ""));
    assertEquals("0", run("EXISTS", "s"));
  }
}
