package dev.henge.chaos.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Commands of every type on few keys, so that types clash, keys are renamed onto each other, expire and come again. */
final class Mixed {

  private static final int KEYS = 3;

  private final Chance chance;
  private final Supplier<String> values;

  Mixed(Chance chance, Supplier<String> values) {
    this.chance = chance;
    this.values = values;
  }

  private String key() {
    return "m{t" + chance.below(2) + "}" + chance.below(KEYS);
  }

  private String small() {
    return "a" + chance.below(6);
  }

  private String number() {
    return Integer.toString(chance.below(20) - 5);
  }

  Workload.Asked next() {
    return new Workload.Asked(chance.oneIn(6) ? 1 : 0, args());
  }

  private List<String> args() {
    return switch (chance.below(14)) {
      case 0, 1 -> string();
      case 2, 3 -> hash();
      case 4, 5 -> set();
      case 6, 7, 8 -> sortedSet();
      case 9, 10 -> life();
      case 11 -> list();
      default -> several();
    };
  }

  private List<String> string() {
    String key = key();
    return switch (chance.below(8)) {
      case 0 -> List.of("SET", key, values.get());
      case 1 -> List.of("APPEND", key, values.get());
      case 2 -> List.of("SETRANGE", key, Integer.toString(chance.below(30)), values.get());
      case 3 -> List.of("INCRBYFLOAT", key, "0.5");
      case 4 -> List.of("INCRBY", key, number());
      case 5 -> List.of("SET", key, number(), "PX", Integer.toString(1 + chance.below(2_000)));
      case 6 -> List.of("SETNX", key, values.get());
      default -> List.of("GETRANGE", key, "0", "5");
    };
  }

  private List<String> hash() {
    String key = key();
    return switch (chance.below(5)) {
      case 0 -> List.of("HSET", key, small(), values.get(), small(), values.get());
      case 1 -> List.of("HDEL", key, small(), small());
      case 2 -> List.of("HINCRBY", key, small(), number());
      case 3 -> List.of("HINCRBYFLOAT", key, small(), "0.25");
      default -> List.of("HGETALL", key);
    };
  }

  private List<String> set() {
    String key = key();
    return switch (chance.below(5)) {
      case 0 -> List.of("SADD", key, small(), small(), values.get());
      case 1 -> List.of("SREM", key, small(), small());
      case 2 -> List.of("SPOP", key, "2");
      case 3 -> List.of("SMOVE", key, key(), small());
      default -> List.of("SUNIONSTORE", key, key(), key());
    };
  }

  private List<String> sortedSet() {
    String key = key();
    return switch (chance.below(9)) {
      case 0, 1 -> List.of("ZADD", key, number(), small(), number(), values.get());
      case 2 -> List.of("ZREM", key, small());
      case 3 -> List.of("ZINCRBY", key, number(), small());
      case 4 -> List.of("ZPOPMAX", key, "2");
      case 5 -> List.of("ZRANK", key, small());
      case 6 -> List.of("ZREMRANGEBYSCORE", key, "-5", number());
      case 7 -> many(key);
      default -> List.of("ZUNIONSTORE", key, "2", key(), key());
    };
  }

  /** Enough members that ranks are worth an index. */
  private List<String> many(String key) {
    List<String> args = new ArrayList<>(List.of("ZADD", key));
    for (int i = 0; i < 40; i++) {
      args.add(Integer.toString(chance.below(100)));
      args.add("b" + chance.below(400));
    }
    return args;
  }

  private List<String> life() {
    String key = key();
    return switch (chance.below(8)) {
      case 0, 1 -> List.of("DEL", key);
      case 2 -> List.of("PEXPIRE", key, Integer.toString(1 + chance.below(2_000)));
      case 3 -> List.of("PERSIST", key);
      case 4 -> List.of("RENAME", key, key());
      case 5 -> List.of("COPY", key, key(), "REPLACE");
      case 6 -> List.of("GETDEL", key);
      default -> List.of("TYPE", key);
    };
  }

  private List<String> list() {
    String key = key();
    return switch (chance.below(6)) {
      case 0 -> List.of("RPUSH", key, values.get(), values.get());
      case 1 -> List.of("LPUSH", key, values.get());
      case 2 -> List.of("LPOP", key);
      case 3 -> List.of("LREM", key, "1", small());
      case 4 -> List.of("LSET", key, "0", values.get());
      default -> List.of("LRANGE", key, "0", "-1");
    };
  }

  private List<String> several() {
    return switch (chance.below(7)) {
      case 0 -> List.of("MSET", "m0", values.get(), "m1", values.get(), key(), values.get());
      case 1 -> List.of("MGET", "m0", "m1", "m2", key());
      case 2 -> List.of("DEL", "m0", "m1", key());
      case 3 -> List.of("RENAME", key(), "m" + chance.below(3));
      case 4 -> List.of("DBSIZE");
      case 5 -> List.of("SCAN", "0", "COUNT", "5");
      default -> List.of("SINTERSTORE", "m2", key(), key());
    };
  }
}
