package dev.henge.resp.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.storage.type.ValueType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Walks of one vnode's keys; the bench has all keys in slot 7 of vnode 0. */
class KeyspaceWalkTest {

  private static final int LAST_SLOT = 15;

  private final CommandBench bench = new CommandBench(1);
  private final TreeSet<String> keys = new TreeSet<>();

  @BeforeEach
  void fill() {
    Families.registerAll(bench.binder());
    for (int i = 0; i < 500; i++) {
      bench.run(i % 5 == 0 ? new String[] {"SADD", "set" + i, "a"} : new String[] {"SET", "key" + i, "v"});
      keys.add((i % 5 == 0 ? "set" : "key") + i);
    }
    for (int i = 0; i < 2_000; i++) {
      bench.run("SADD", "set0", "member" + i);
    }
    bench.run("SET", "expired", "v", "PX", "1");
    bench.select(1);
    bench.run("SET", "elsewhere", "v");
    bench.select(0);
    bench.advance(2);
  }

  /** Runs what must run within a command. */
  private void within(Runnable action) {
    bench.run(c -> {
      action.run();
      c.out().ok();
    });
  }

  private static List<String> texts(List<byte[]> keys) {
    return keys.stream().map(key -> new String(key, StandardCharsets.ISO_8859_1)).toList();
  }

  private List<String> scan(int count, GlobPattern pattern, ValueType type) {
    List<byte[]> all = new ArrayList<>();
    within(() -> {
      long cursor = 0;
      while (cursor >= 0) {
        int before = all.size();
        cursor = KeyspaceWalk.scanPage(bench.primary, 0, cursor, LAST_SLOT, count, pattern, type, all);
        // The bench hashes keys badly: a bucket may hold a few.
        assertTrue(all.size() - before <= count + 10, "page of " + (all.size() - before));
      }
    });
    return texts(all);
  }

  @Test
  void pagesShowEveryKeyOnce() {
    for (int count : new int[] {1, 7, 10_000}) {
      List<String> seen = scan(count, null, null);
      assertEquals(keys, new TreeSet<>(seen));
      assertEquals(keys.size(), seen.size());
    }
  }

  @Test
  void pagesShowWhatFits() {
    assertEquals(100, scan(10, null, ValueType.SET).size());
    assertEquals(0, scan(10, null, ValueType.HASH).size());
    assertEquals(List.of("key123"), scan(10, new GlobPattern("key123", false), null));
    assertEquals(0, scan(10, new GlobPattern("key123", false), ValueType.SET).size());
  }

  @Test
  void keysShowsAllThatMatch() {
    within(() -> {
      List<byte[]> found = new ArrayList<>();
      KeyspaceWalk.keys(bench.primary, 0, 0, LAST_SLOT, new GlobPattern("key1?", false), found);
      assertEquals(new TreeSet<>(List.of("key11", "key12", "key13", "key14", "key16", "key17", "key18", "key19")),
          new TreeSet<>(texts(found)));
      found.clear();
      KeyspaceWalk.keys(bench.primary, 1, 0, LAST_SLOT, null, found);
      assertEquals(List.of("elsewhere"), texts(found));
    });
  }

  @Test
  void randomKeysAreKeysAndMany() {
    Random random = new Random(5);
    within(() -> {
      Map<String, Integer> drawn = new HashMap<>();
      for (int i = 0; i < 5_000; i++) {
        byte[] key = KeyspaceWalk.randomKey(bench.primary, 0, 0, LAST_SLOT, 500, random);
        drawn.merge(new String(key, StandardCharsets.ISO_8859_1), 1, Integer::sum);
      }
      assertTrue(keys.containsAll(drawn.keySet()));
      assertTrue(drawn.size() > 20, "drawn " + drawn.size());
      assertEquals("elsewhere",
          new String(KeyspaceWalk.randomKey(bench.primary, 1, 0, LAST_SLOT, 1, random), StandardCharsets.ISO_8859_1));
      assertNull(KeyspaceWalk.randomKey(bench.primary, 2, 0, LAST_SLOT, 0, random));
      assertNull(KeyspaceWalk.randomKey(bench.primary, 2, 0, LAST_SLOT, 1000, random));
    });
  }
}
