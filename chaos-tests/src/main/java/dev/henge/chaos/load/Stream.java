package dev.henge.chaos.load;

import dev.henge.chaos.check.Op;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** The commands of one client, by chance and, where a lock is held, by what it was told. */
final class Stream {

  /** A member of a collection is known to have been added by this many of the latest. */
  private static final int RECENT_MAX = 12;

  private static final long BASE = 1_000_000;

  /** What SETs of a swap write: few, so that values repeat. */
  private static final List<String> FEW = List.of("a", "b", "c", "d");

  private final int client;
  private final List<Workload> workloads;
  private final Keys keys;
  private final SplittableRandom random;
  private final Map<Workload, List<String[]>> recent = new EnumMap<>(Workload.class);
  private final LockTurn lock;
  private long values;

  Stream(int client, List<Workload> workloads, Keys keys, long seed) {
    this.client = client;
    this.workloads = workloads;
    this.keys = keys;
    this.random = new SplittableRandom(seed * 1_000_003 + client);
    this.lock = new LockTurn(client, keys, random);
  }

  private String value() {
    return "v" + client + "-" + ++values;
  }

  /** Sometimes one that takes room. */
  private String longValue() {
    return random.nextInt(8) == 0 ? value() + "-" + "x".repeat(random.nextInt(400)) : value();
  }

  List<String> next() {
    Workload workload = workloads.get(random.nextInt(workloads.size()));
    if (workload == Workload.LOCK) {
      return lock.next();
    }
    String key = keys.any(workload, random);
    int dice = random.nextInt(12);
    return switch (workload) {
      case REGISTER -> dice < 5 ? List.of("SET", key, longValue()) : dice < 6 ? List.of("GETSET", key, value())
          : List.of("GET", key);
      case SWAP -> swap(key, dice);
      case SET_ADD -> dice < 8 ? List.of("SADD", key, value()) : List.of("SMEMBERS", key);
      case SET -> set(key, dice);
      case COUNTER -> dice < 6 ? List.of("INCR", key) : dice < 8 ? List.of("INCRBY", key, "" + (1 + random.nextInt(9)))
          : List.of("GET", key);
      case FLOORS -> dice < 6 ? List.of("INCR", key) : dice < 9 ? List.of("SET", key, "" + keys.floor() * BASE)
          : List.of("GET", key);
      case QUEUE -> dice < 6 ? List.of("RPUSH", key, value()) : dice < 11 ? List.of("LPOP", key)
          : List.of("LRANGE", key, "0", "-1");
      case UNIQUE_IDS -> List.of("INCR", key);
      case HASH -> hash(key, dice);
      case SORTED_SET -> sortedSet(key, dice);
      case TTL -> dice < 4 ? List.of("SET", key, value(), "PX", "" + (300 + random.nextInt(4_000)))
          : List.of("GET", key);
      case RECREATE -> dice < 6 ? List.of("SADD", key, value()) : dice < 10 ? List.of("SMEMBERS", key)
          : List.of("DEL", key);
      case TAKE -> dice < 5 ? List.of("SET", key, longValue()) : dice < 8 ? List.of("GETDEL", key)
          : List.of("GET", key);
      case LOCK -> throw new IllegalStateException("a lock has its own turn");
    };
  }

  private List<String> swap(String key, int dice) {
    String value = FEW.get(random.nextInt(FEW.size()));
    return switch (dice) {
      case 0, 1 -> List.of("SET", key, value);
      case 2, 3, 4 -> List.of("GETSET", key, value);
      case 5, 6 -> List.of("SETNX", key, value);
      case 7 -> List.of("DEL", key);
      case 8 -> List.of("GETDEL", key);
      default -> List.of("GET", key);
    };
  }

  private List<String> set(String key, int dice) {
    return dice < 5 ? List.of("SADD", key, remember(Workload.SET, key, value()))
        : dice < 7 ? remove(Workload.SET, key, "SREM")
        : dice < 9 ? List.of("SPOP", key) : List.of("SMEMBERS", key);
  }

  private List<String> sortedSet(String key, int dice) {
    if (dice >= 8) {
      String counts = keys.use(key + "n");
      return dice < 11 ? List.of("ZINCRBY", counts, "1", "n" + random.nextInt(2))
          : List.of("ZSCORE", counts, "n" + random.nextInt(2));
    }
    return dice < 4 ? List.of("ZADD", key, "" + random.nextInt(20), remember(Workload.SORTED_SET, key, value()))
        : dice < 5 ? remove(Workload.SORTED_SET, key, "ZREM") : dice < 6 ? List.of("ZPOPMIN", key)
        : List.of("ZRANGE", key, "0", "-1");
  }

  private List<String> hash(String key, int dice) {
    String field = "f" + random.nextInt(2);
    String number = "n" + random.nextInt(2);
    return dice < 4 ? List.of("HSET", key, field, longValue()) : dice < 6 ? List.of("HGET", key, field)
        : dice < 10 ? List.of("HINCRBY", key, number, "1") : List.of("HGET", key, number);
  }

  private String remember(Workload workload, String key, String member) {
    List<String[]> some = recent.computeIfAbsent(workload, w -> new ArrayList<>());
    some.add(new String[] {key, member});
    if (some.size() > RECENT_MAX) {
      some.remove(0);
    }
    return member;
  }

  /** Of a member that was added lately, with the key that it was added to; else of one that never was. */
  private List<String> remove(Workload workload, String key, String command) {
    List<String[]> some = recent.getOrDefault(workload, List.of());
    if (some.isEmpty()) {
      return List.of(command, key, "none");
    }
    String[] one = some.get(random.nextInt(some.size()));
    return List.of(command, one[0], one[1]);
  }

  /** What came of the command that was given last. */
  void ended(Op op) {
    if (op.key().charAt(0) == Workload.LOCK.letter()) {
      lock.ended(op);
    }
  }
}
