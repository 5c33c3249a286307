package dev.henge.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Writers that keep account of what was acknowledged to them: new keys by SET, counters by INCR, sets by SADD; and
 * who read some of it back. Each has one plain connection, to a node that it changes whenever a write fails; a write
 * that failed may have happened or not.
 */
final class Workload implements AutoCloseable {

  private static final int COUNTERS = 20;
  private static final int SETS = 10;
  private static final int CLIENT_TIMEOUT_MILLIS = 8_000;
  private static final long RECONNECT_PAUSE_NANOS = 20_000_000;

  private final RingProcesses ring;
  private final Map<String, String> keys = new ConcurrentHashMap<>();
  private final Map<String, String> keysInDoubt = new ConcurrentHashMap<>();
  private final Map<String, AtomicLong> countersAcknowledged = new ConcurrentHashMap<>();
  private final Map<String, AtomicLong> countersAttempted = new ConcurrentHashMap<>();
  private final Map<String, List<String>> members = new TreeMap<>();
  private final AtomicLong acknowledged = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();
  private final Map<String, Set<Long>> countersShown = new ConcurrentHashMap<>();
  private final Queue<String> violations = new ConcurrentLinkedQueue<>();
  private final Map<String, AtomicLong> errors = new ConcurrentHashMap<>();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean stopping;

  Workload(RingProcesses ring, int writers, long seed) {
    this.ring = ring;
    for (int i = 0; i < COUNTERS; i++) {
      countersAcknowledged.put("counter:" + i, new AtomicLong());
      countersAttempted.put("counter:" + i, new AtomicLong());
      countersShown.put("counter:" + i, ConcurrentHashMap.newKeySet());
    }
    for (int i = 0; i < SETS; i++) {
      members.put("set:" + i, new ArrayList<>());
    }
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < writers; i++) {
      int writer = i;
      SplittableRandom own = random.split();
      threads.add(new Thread(() -> write(writer, own), "writer-" + i));
    }
    threads.forEach(Thread::start);
  }

  long acknowledged() {
    return acknowledged.get();
  }

  /** Waits until so many more writes were acknowledged. */
  void awaitProgress(int writes) {
    long goal = acknowledged.get() + writes;
    Await.until(java.time.Duration.ofSeconds(20), "writes go on", () ->
        acknowledged.get() >= goal ? null : acknowledged.get() + " of " + goal + " acknowledged, errors " + errors);
  }

  private void write(int writer, SplittableRandom random) {
    int node = writer % ring.size();
    Jedis jedis = null;
    List<String> own = new ArrayList<>();
    for (long n = 0; !stopping; n++) {
      Runnable inDoubt = () -> { };
      try {
        if (jedis == null) {
          jedis = Connections.open(ring, node, CLIENT_TIMEOUT_MILLIS);
        }
        switch (random.nextInt(4)) {
          case 0 -> {
            String key = "key:" + writer + ":" + n;
            String value = "value:" + random.nextLong();
            inDoubt = () -> keysInDoubt.put(key, value);
            jedis.set(key, value);
            keys.put(key, value);
            own.add(key);
          }
          case 1 -> {
            String counter = "counter:" + random.nextInt(COUNTERS);
            countersAttempted.get(counter).incrementAndGet();
            increment(jedis, counter);
          }
          case 2 -> readBack(jedis, own, random);
          default -> {
            String set = "set:" + random.nextInt(SETS);
            String member = writer + ":" + n;
            jedis.sadd(set, member);
            synchronized (members) {
              members.get(set).add(member);
            }
          }
        }
        acknowledged.incrementAndGet();
      } catch (JedisException e) {
        inDoubt.run();
        failed.incrementAndGet();
        String text = String.valueOf(e.getMessage());
        errors.computeIfAbsent(text.replaceAll("\\d+", "N"), t -> new AtomicLong()).incrementAndGet();
        close(jedis);
        jedis = null;
        node = (node + 1) % ring.size();
        LockSupport.parkNanos(RECONNECT_PAUSE_NANOS);
      }
    }
    close(jedis);
  }

  private void increment(Jedis jedis, String counter) {
    long shown = jedis.incr(counter);
    countersAcknowledged.get(counter).incrementAndGet();
    if (!countersShown.get(counter).add(shown)) {
      violations.add("two INCR of " + counter + " were answered " + shown);
    }
  }

  /** Through whatever node: what was acknowledged is seen at once. */
  private void readBack(Jedis jedis, List<String> own, SplittableRandom random) {
    if (!own.isEmpty()) {
      String key = own.get(random.nextBoolean() ? own.size() - 1 : random.nextInt(own.size()));
      String is = jedis.get(key);
      if (!keys.get(key).equals(is)) {
        violations.add(key + ", acknowledged as " + keys.get(key) + ", was read as " + is);
      }
    }
  }

  /** What clients saw that one Redis would never have shown. Holds while a majority of the owners lives. */
  List<String> violations() {
    return List.copyOf(violations);
  }

  private static void close(Jedis jedis) {
    if (jedis != null) {
      try {
        jedis.close();
      } catch (JedisException e) {
        // it is broken already
      }
    }
  }

  /** Ends the writers. */
  void stop() throws InterruptedException {
    stopping = true;
    for (Thread thread : threads) {
      thread.join();
    }
  }

  @Override
  public void close() throws InterruptedException {
    stop();
  }

  @Override
  public String toString() {
    return acknowledged + " writes acknowledged, " + failed + " in doubt or refused: " + errors;
  }

  /** What a node answers of what was acknowledged and is not so; empty if all is well. Only after {@link #stop}. */
  List<String> wrongThrough(int node) {
    List<String> wrong = new ArrayList<>();
    try (Jedis jedis = Connections.open(ring, node, CLIENT_TIMEOUT_MILLIS)) {
      checkKeys(jedis, wrong);
      checkCounters(jedis, wrong);
      members.forEach((set, acked) -> {
        var present = jedis.smembers(set);
        acked.stream().filter(member -> !present.contains(member))
            .forEach(member -> wrong.add(member + " is not in " + set));
      });
    }
    return wrong;
  }

  private void checkKeys(Jedis jedis, List<String> wrong) {
    List<Map.Entry<String, String>> all = new ArrayList<>(keys.entrySet());
    for (int from = 0; from < all.size(); from += 500) {
      List<Map.Entry<String, String>> page = all.subList(from, Math.min(all.size(), from + 500));
      var pipeline = jedis.pipelined();
      var replies = page.stream().map(entry -> pipeline.get(entry.getKey())).toList();
      pipeline.sync();
      for (int i = 0; i < page.size(); i++) {
        String is = replies.get(i).get();
        if (!page.get(i).getValue().equals(is)) {
          wrong.add(page.get(i) + " is " + is);
        }
      }
    }
    keysInDoubt.forEach((key, value) -> {
      String is = jedis.get(key);
      if (is != null && !is.equals(value)) {
        wrong.add(key + "=" + value + " (in doubt) is " + is);
      }
    });
  }

  private void checkCounters(Jedis jedis, List<String> wrong) {
    countersAcknowledged.forEach((counter, acked) -> {
      String is = jedis.get(counter);
      long value = is == null ? 0 : Long.parseLong(is);
      long attempted = countersAttempted.get(counter).get();
      if (value < acked.get() || value > attempted) {
        wrong.add(counter + " is " + value + ", acknowledged " + acked + ", attempted " + attempted);
      }
    });
  }

  /** All that a node shows of the keys written, the doubtful ones too: to be the same through every node. */
  Map<String, Object> seenThrough(int node) {
    Map<String, Object> seen = new TreeMap<>();
    try (Jedis jedis = Connections.open(ring, node, CLIENT_TIMEOUT_MILLIS)) {
      seen.put("DBSIZE", jedis.dbSize());
      keysInDoubt.keySet().forEach(key -> seen.put(key, String.valueOf(jedis.get(key))));
      countersAcknowledged.keySet().forEach(counter -> seen.put(counter, String.valueOf(jedis.get(counter))));
      members.keySet().forEach(set -> seen.put(set, new java.util.TreeSet<>(jedis.smembers(set))));
    }
    return seen;
  }
}
