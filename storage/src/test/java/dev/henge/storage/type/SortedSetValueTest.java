package dev.henge.storage.type;

import static dev.henge.storage.type.SortedSetBench.bytes;
import static dev.henge.storage.type.SortedSetBench.collect;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.storage.lsm.MemoryByteStore;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random histories of one sorted set against a map that is sorted for every question; a replica follows by bundles. */
class SortedSetValueTest {

  private static final double[] ODD_SCORES = {
    0.0, -0.0, 1, -1, 0.1, 0.2, 1e300, -1e300, 5e-324, Double.MAX_VALUE, Double.POSITIVE_INFINITY,
    Double.NEGATIVE_INFINITY, 3
  };

  private final long[] stamps = {0};
  private final SortedSetBench primary = new SortedSetBench(new MemoryByteStore(), 0xA, stamps);
  private final SortedSetBench replica = new SortedSetBench(new MemoryByteStore(), 0xB, stamps);
  private final Map<String, Double> model = new HashMap<>();
  private Random random;
  private int names;
  private boolean oneScore;
  private boolean everRanked;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void behavesAsTheModel(long seed) {
    random = new Random(seed);
    names = seed % 3 == 0 ? 12 : seed % 3 == 1 ? 300 : 1500;
    oneScore = seed % 4 == 0;
    for (int step = 0; step < 1500; step++) {
      String at = "seed " + seed + ", step " + step;
      change(at);
      if (step % 3 == 0) {
        question(at);
      }
      ship();
      if (step % 100 == 99) {
        compareReplica(at);
        checkRanks(at);
      }
    }
    assertTrue(names < 1500 || everRanked, "the history never got to ranks: seed " + seed);
  }

  private void ship() {
    for (SortedSetBench.Bundle bundle : primary.bundles) {
      replica.apply(bundle);
    }
    primary.bundles.clear();
    if (random.nextInt(50) == 0) {
      replica.call(set -> set.rank(bytes(name()), false));
      replica.call(set -> collect(v -> set.byRank(0, 2, random.nextBoolean(), v)));
    }
  }

  private void compareReplica(String at) {
    assertEquals(primary.records(), replica.records(), at);
    assertEquals(sorted(false), replica.members(), at);
    assertEquals(sorted(false), primary.members(), at);
  }

  private void checkRanks(String at) {
    for (SortedSetBench bench : List.of(primary, replica)) {
      if (bench.ranked()) {
        everRanked = true;
        Map<String, Long> kept = bench.rankRows();
        bench.rebuildRanks();
        assertEquals(bench.rankRows(), kept, at);
      }
    }
  }

  private String name() {
    return "m" + random.nextInt(names);
  }

  private double anyScore() {
    if (oneScore) {
      return 7;
    }
    return random.nextInt(3) == 0 ? ODD_SCORES[random.nextInt(ODD_SCORES.length)] : random.nextInt(200) / 4.0 - 10;
  }

  private void change(String at) {
    int what = random.nextInt(100);
    if (what < 60) {
      String name = name();
      double score = anyScore();
      primary.put(name, score);
      model.put(name, score + 0.0);
    } else if (what < 75) {
      increment(name(), oneScore ? 0 : anyScore());
    } else if (what < 90) {
      String name = name();
      assertEquals(model.remove(name) != null, primary.call(set -> set.member(bytes(name)).remove()), at);
    } else if (what < 94) {
      boolean highest = random.nextBoolean();
      int count = 1 + random.nextInt(4);
      List<String> expected = sorted(highest).subList(0, Math.min(count, model.size()));
      assertEquals(expected, primary.call(set -> collect(v -> set.pop(highest, count, v))), at);
      forget(expected);
    } else if (what < 96) {
      MemberRange range = anyRange();
      List<String> expected = in(range);
      if (expected.size() < 50) {
        assertEquals((long) expected.size(), (long) primary.call(set -> set.remove(range)), at);
        forget(expected);
      }
    } else if (what < 99) {
      int start = random.nextInt(model.size() + 1);
      int count = random.nextInt(8);
      List<String> all = sorted(false);
      List<String> expected = all.subList(start, Math.min(start + count, all.size()));
      assertEquals((long) expected.size(), (long) primary.call(set -> set.removeByRank(start, count)), at);
      forget(expected);
    } else if (random.nextInt(20) == 0) {
      primary.delete();
      model.clear();
    }
  }

  private void increment(String name, double delta) {
    Double before = model.get(name);
    double score = before == null ? delta : before + delta;
    if (!Double.isNaN(score) && (before == null ? !oneScore : score != before)) {
      primary.increment(name, delta);
      model.put(name, score + 0.0);
    }
  }

  private void forget(List<String> entries) {
    new ArrayList<>(entries).forEach(e -> model.remove(e.substring(0, e.indexOf('='))));
  }

  private MemberRange anyRange() {
    if (oneScore) {
      byte[] min = random.nextInt(5) == 0 ? null : bytes(name());
      byte[] max = random.nextInt(5) == 0 ? null : bytes(name());
      return new MemberRange.ByLex(min, random.nextBoolean(), max, random.nextBoolean());
    }
    return new MemberRange.ByScore(anyScore(), random.nextBoolean(), anyScore(), random.nextBoolean());
  }

  private void question(String at) {
    String name = name();
    Double score = model.get(name);
    assertEquals(score == null ? Double.NaN : score, primary.score(name), at);
    boolean reverse = random.nextBoolean();
    List<String> all = sorted(reverse);
    int rank = score == null ? -1 : all.indexOf(name + "=" + score);
    assertEquals((long) rank, (long) primary.call(set -> set.rank(bytes(name), reverse)), at);
    int start = random.nextInt(all.size() + 1);
    int count = random.nextInt(12);
    assertEquals(
        all.subList(start, Math.min(start + count, all.size())),
        primary.call(set -> collect(v -> set.byRank(start, count, reverse, v))),
        at);
    assertEquals((long) all.size(), (long) primary.call(SortedSetValue::size), at);
    askRange(at, reverse);
    assertEquals(model, scanned(1 + random.nextInt(20)), at);
  }

  private void askRange(String at, boolean reverse) {
    MemberRange range = anyRange();
    List<String> in = in(range);
    assertEquals((long) in.size(), (long) primary.call(set -> set.count(range)), at + " " + range);
    if (reverse) {
      Collections.reverse(in);
    }
    int offset = random.nextInt(4) == 0 ? random.nextInt(in.size() + 2) : random.nextInt(5);
    int limit = random.nextInt(30) - 1;
    int end = limit < 0 ? in.size() : Math.min(in.size(), offset + limit);
    assertEquals(
        offset >= end ? List.of() : in.subList(offset, end),
        primary.call(set -> collect(v -> set.range(range, reverse, offset, limit, v))),
        at + " " + range);
  }

  private Map<String, Double> scanned(int count) {
    Map<String, Double> seen = new HashMap<>();
    long cursor = 0;
    do {
      long from = cursor;
      cursor = primary.call(set -> set.scan(from, count, (bytes, offset, length, score) -> {
        seen.put(new String(bytes, offset, length, java.nio.charset.StandardCharsets.ISO_8859_1), score);
        return true;
      }));
    } while (cursor != 0);
    return seen;
  }

  private List<String> sorted(boolean reverse) {
    List<Map.Entry<String, Double>> entries = new ArrayList<>(model.entrySet());
    entries.sort((a, b) -> {
      double x = a.getValue();
      double y = b.getValue();
      return x != y ? Double.compare(x, y) : a.getKey().compareTo(b.getKey());
    });
    List<String> all = new ArrayList<>();
    entries.forEach(e -> all.add(e.getKey() + "=" + e.getValue()));
    if (reverse) {
      Collections.reverse(all);
    }
    return all;
  }

  private List<String> in(MemberRange range) {
    List<String> in = new ArrayList<>();
    for (String entry : sorted(false)) {
      String name = entry.substring(0, entry.indexOf('='));
      if (contains(range, name, model.get(name))) {
        in.add(entry);
      }
    }
    return in;
  }

  private static boolean contains(MemberRange range, String name, double score) {
    if (range instanceof MemberRange.ByScore s) {
      return (s.minOpen() ? score > s.min() : score >= s.min()) && (s.maxOpen() ? score < s.max() : score <= s.max());
    }
    MemberRange.ByLex lex = (MemberRange.ByLex) range;
    int low = lex.min() == null ? 1 : java.util.Arrays.compareUnsigned(bytes(name), lex.min());
    int high = lex.max() == null ? -1 : java.util.Arrays.compareUnsigned(bytes(name), lex.max());
    return (lex.minOpen() ? low > 0 : low >= 0) && (lex.maxOpen() ? high < 0 : high <= 0);
  }
}
