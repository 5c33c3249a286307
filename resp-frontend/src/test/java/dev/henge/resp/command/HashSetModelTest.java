package dev.henge.resp.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.resp.codec.Reply;
import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.lsm.MemoryByteStore;
import dev.henge.storage.type.Head;
import dev.henge.storage.type.KeyRef;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Random histories of hash and set commands against Java's own maps and sets; the replica's bytes must follow the
 * primary's.
 */
class HashSetModelTest {

  private static final int SEEDS = 60;
  private static final int COMMANDS = 400;

  private final Map<String, Map<String, String>> hashes = new HashMap<>();
  private final Map<String, Set<String>> sets = new HashMap<>();
  private Random random;
  private CommandBench bench;

  private void start(long seed) {
    random = new Random(seed);
    bench = new CommandBench(seed);
    Families.registerAll(bench.binder());
    hashes.clear();
    sets.clear();
  }

  private Reply run(String... words) {
    Reply reply = bench.run(words);
    if (reply instanceof Reply.Error error) {
      throw new AssertionError(String.join(" ", words) + ": " + error.text());
    }
    return reply;
  }

  private long integer(String... words) {
    return ((Reply.Int) run(words)).value();
  }

  private List<String> texts(String... words) {
    List<String> texts = new ArrayList<>();
    ((Reply.Array) run(words)).elements().forEach(e -> texts.add(e.asText()));
    return texts;
  }

  private String key() {
    return "k" + random.nextInt(3);
  }

  private String setKey() {
    return "s" + random.nextInt(4);
  }

  private String name() {
    return "m" + random.nextInt(random.nextBoolean() ? 8 : 400);
  }

  @Test
  void hashesBehaveAsMaps() {
    for (long seed = 0; seed < SEEDS; seed++) {
      start(seed);
      for (int i = 0; i < COMMANDS; i++) {
        hashStep();
        expireSomething();
      }
      for (String key : List.of("k0", "k1", "k2")) {
        checkHash(key, "seed " + seed);
      }
      checkReplica("seed " + seed);
    }
  }

  private void hashStep() {
    String key = key();
    String field = name();
    Map<String, String> model = hashes.computeIfAbsent(key, k -> new TreeMap<>());
    switch (random.nextInt(9)) {
      case 0, 1 -> {
        List<String> words = new ArrayList<>(List.of("HSET", key));
        int before = model.size();
        for (int i = random.nextInt(40); i >= 0; i--) {
          String f = name();
          String v = Integer.toString(random.nextInt(100));
          words.addAll(List.of(f, v));
          model.put(f, v);
        }
        assertEquals(model.size() - before, integer(words.toArray(String[]::new)));
      }
      case 2 -> assertEquals(model.putIfAbsent(field, "7") == null ? 1 : 0, integer("HSETNX", key, field, "7"));
      case 3 -> assertEquals(model.remove(field) != null ? 1 : 0, integer("HDEL", key, field));
      case 4 -> {
        long sum = Long.parseLong(model.getOrDefault(field, "0")) + 3;
        model.put(field, Long.toString(sum));
        assertEquals(sum, integer("HINCRBY", key, field, "3"));
      }
      case 5 -> assertEquals(model.get(field), run("HGET", key, field).asText());
      case 6 -> assertEquals(model.size(), integer("HLEN", key));
      case 7 -> {
        List<String> some = texts("HRANDFIELD", key, Integer.toString(random.nextInt(300)));
        assertEquals(some.size(), new HashSet<>(some).size());
        assertTrue(model.keySet().containsAll(some));
      }
      default -> {
        if (random.nextInt(8) == 0) {
          List<String> words = new ArrayList<>(List.of("HDEL", key));
          words.addAll(model.keySet());
          if (words.size() > 2) {
            assertEquals(model.size(), integer(words.toArray(String[]::new)));
          }
          model.clear();
        }
      }
    }
  }

  private void checkHash(String key, String where) {
    Map<String, String> model = hashes.getOrDefault(key, Map.of());
    Map<String, String> scanned = new TreeMap<>();
    String cursor = "0";
    do {
      List<Reply> page = ((Reply.Array) run("HSCAN", key, cursor, "COUNT", "7")).elements();
      List<Reply> pairs = ((Reply.Array) page.get(1)).elements();
      for (int i = 0; i < pairs.size(); i += 2) {
        assertEquals(null, scanned.put(pairs.get(i).asText(), pairs.get(i + 1).asText()), where);
      }
      cursor = page.get(0).asText();
    } while (!cursor.equals("0"));
    assertEquals(model, scanned, where);
    assertEquals(model.keySet(), new TreeSet<>(texts("HKEYS", key)), where);
    List<String> all = texts("HGETALL", key);
    assertEquals(2 * model.size(), all.size(), where);
    for (int i = 0; i < all.size(); i += 2) {
      assertEquals(model.get(all.get(i)), all.get(i + 1), where);
    }
  }

  @Test
  void setsBehaveAsSets() {
    for (long seed = 0; seed < SEEDS; seed++) {
      start(seed);
      for (int i = 0; i < COMMANDS; i++) {
        setStep("seed " + seed + " command " + i);
        expireSomething();
      }
      for (String key : List.of("s0", "s1", "s2", "s3")) {
        Set<String> model = sets.getOrDefault(key, Set.of());
        assertEquals(model, new TreeSet<>(texts("SMEMBERS", key)), "seed " + seed);
        assertEquals(model.size(), integer("SCARD", key));
      }
      checkReplica("seed " + seed);
    }
  }

  private Set<String> model(String key) {
    return sets.computeIfAbsent(key, k -> new TreeSet<>());
  }

  private void setStep(String where) {
    String key = setKey();
    String other = setKey();
    String to = setKey();
    String member = name();
    Set<String> model = model(key);
    switch (random.nextInt(11)) {
      case 0, 1, 2 -> {
        List<String> words = new ArrayList<>(List.of("SADD", key));
        int before = model.size();
        for (int i = random.nextInt(60); i >= 0; i--) {
          words.add(name());
          model.add(words.get(words.size() - 1));
        }
        assertEquals(model.size() - before, integer(words.toArray(String[]::new)), where);
      }
      case 3 -> assertEquals(model.remove(member) ? 1 : 0, integer("SREM", key, member), where);
      case 4 -> {
        String popped = run("SPOP", key).asText();
        assertEquals(popped != null, !model.isEmpty(), where);
        assertTrue(popped == null || model.remove(popped), where);
      }
      case 5 -> {
        int count = random.nextInt(random.nextInt(10) == 0 ? 500 : 20);
        List<String> popped = texts("SPOP", key, Integer.toString(count));
        assertEquals(Math.min(count, model.size()), popped.size(), where);
        popped.forEach(m -> assertTrue(model.remove(m), where));
      }
      case 6 -> {
        boolean moves = key.equals(other) ? model.contains(member) : model.remove(member);
        if (moves) {
          model(other).add(member);
        }
        assertEquals(moves ? 1 : 0, integer("SMOVE", key, other, member), where);
      }
      case 7 -> store("SUNION", key, other, to, union(model, model(other)), where);
      case 8 -> {
        Set<String> both = new TreeSet<>(model);
        both.retainAll(model(other));
        assertEquals(both.size(), integer("SINTERCARD", "2", key, other), where);
        store("SINTER", key, other, to, both, where);
      }
      case 9 -> {
        Set<String> left = new TreeSet<>(model);
        left.removeAll(model(other));
        store("SDIFF", key, other, to, left, where);
      }
      default -> assertEquals(model.contains(member) ? 1 : 0, integer("SISMEMBER", key, member), where);
    }
  }

  private static Set<String> union(Collection<String> a, Collection<String> b) {
    Set<String> union = new TreeSet<>(a);
    union.addAll(b);
    return union;
  }

  private void store(String command, String a, String b, String to, Set<String> expected, String where) {
    assertEquals(expected, new TreeSet<>(texts(command, a, b)), where);
    assertEquals(expected.size(), integer(command + "STORE", to, a, b), where);
    sets.put(to, new TreeSet<>(expected));
  }

  /** Now and then a key gets a deadline, and time goes past it. */
  private void expireSomething() {
    if (random.nextInt(40) != 0) {
      return;
    }
    String key = random.nextBoolean() ? key() : setKey();
    byte[] name = key.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    bench.run(c -> {
      KeyRef ref = c.keyspace().locate(0, name, 0, name.length);
      Head head = c.keyspace().open(ref);
      if (head.exists()) {
        c.keyspace().setDeadline(head, c.nowMillis() + 10);
      }
      c.out().ok();
    });
    bench.advance(11);
    hashes.computeIfPresent(key, (k, v) -> new TreeMap<>());
    sets.computeIfPresent(key, (k, v) -> new TreeSet<>());
  }

  private void checkReplica(String where) {
    List<byte[]> primary = bytes(bench.primaryStore);
    List<byte[]> replica = bytes(bench.replicaStore);
    assertEquals(primary.size(), replica.size(), where);
    for (int i = 0; i < primary.size(); i++) {
      assertArrayEquals(primary.get(i), replica.get(i), where + " record " + i / 2);
    }
  }

  private static List<byte[]> bytes(MemoryByteStore store) {
    List<byte[]> all = new ArrayList<>();
    try (ByteCursor cursor = store.scan(null, null, false)) {
      while (cursor.next()) {
        all.add(cursor.key().clone());
        all.add(cursor.value().clone());
      }
    }
    return all;
  }
}
