package dev.henge.chaos.simulation;

import dev.henge.chaos.check.History;
import java.util.ArrayList;
import java.util.List;

/**
 * Commands by chance, in families: what a key of a family is asked is known to the checker that judges it. A key's
 * first letter names its family.
 *
 * <pre>
 * r register    SET, GETSET, GET                  each value once
 * c counter     INCR, INCRBY, GET
 * b floors      INCR, SET to a multiple, GET      what a SET had seen must not count again
 * h hash        HSET, HGET of fields, each value once; HINCRBY of others
 * s set         SADD, SREM, SPOP, SMEMBERS        each member once
 * z sorted set  ZADD, ZREM, ZPOPMIN, ZRANGE       each member once; ZINCRBY of others
 * x deleted     SADD, SMEMBERS, DEL               each member once
 * d deleted     SET, GETDEL, GET                  each value once
 * e expiring    SET PXAT, GET                     each value once
 * f flushed     SET, GET in database 1, FLUSHDB   each value once
 * m mixed       everything on the same keys       agreement only
 * </pre>
 */
final class Workload {

  /** A member added to a collection is known to have been by this many of the latest. */
  private static final int RECENT_MAX = 12;

  private static final long BASE = 1_000_000;

  private final Simulation sim;
  private final List<Character> families = new ArrayList<>();
  private final List<List<String>> recent = new ArrayList<>();
  private final int keys;
  private long values;

  /** What a client is to ask. */
  record Asked(int db, List<String> args) {}

  Workload(Simulation sim) {
    this.sim = sim;
    Chance chance = new Chance(sim.plan.seed(), "workload");
    this.keys = 1 + chance.below(4);
    String all = "rcbhszxdefm";
    boolean few = chance.coin();
    for (int i = 0; i < all.length(); i++) {
      if (!few || chance.oneIn(3)) {
        families.add(all.charAt(i));
      }
    }
    if (families.isEmpty()) {
      families.add(all.charAt(chance.below(all.length())));
    }
    for (int i = 0; i < 128; i++) {
      recent.add(new ArrayList<>());
    }
  }

  private String value() {
    return "v" + ++values;
  }

  /** Sometimes one that fills memtables. */
  private String value(Chance chance) {
    return chance.oneIn(6) ? value() + "-" + "x".repeat(chance.below(chance.oneIn(4) ? 1500 : 100)) : value();
  }

  private String remember(char family, String member) {
    List<String> some = recent.get(family);
    some.add(member);
    if (some.size() > RECENT_MAX) {
      some.remove(0);
    }
    return member;
  }

  private String known(char family, Chance chance) {
    List<String> some = recent.get(family);
    return some.isEmpty() ? "none" : chance.of(some);
  }

  private static Asked ask(String... args) {
    return new Asked(0, List.of(args));
  }

  Asked next(SimulatedClient client) {
    Chance chance = client.chance;
    char family = chance.of(families);
    String key = family + Integer.toString(chance.below(keys));
    int dice = chance.below(12);
    return switch (family) {
      case 'r' -> dice < 5 ? ask("SET", key, value(chance)) : dice < 6 ? ask("GETSET", key, value()) : ask("GET", key);
      case 'c' -> dice < 6 ? ask("INCR", key) : dice < 8 ? ask("INCRBY", key, Integer.toString(1 + chance.below(9))) : ask("GET", key);
      case 'b' -> dice < 6 ? ask("INCR", key) : dice < 9 ? ask("SET", key, Long.toString(++values * BASE)) : ask("GET", key);
      case 'h' -> hash(key, dice, chance);
      case 's' -> set(key, dice, chance);
      case 'z' -> sortedSet(key, dice, chance);
      case 'x' -> dice < 6 ? ask("SADD", key, value(chance)) : dice < 9 ? ask("SMEMBERS", key) : ask("DEL", key);
      case 'd' -> dice < 5 ? ask("SET", key, value(chance)) : dice < 8 ? ask("GETDEL", key) : ask("GET", key);
      case 'e' -> dice < 6 ? ask("SET", key, value(), "PXAT", Long.toString(sim.earliestWallMillis() + chance.below(2_500)))
          : ask("GET", key);
      case 'f' -> new Asked(1, dice < 6 ? List.of("SET", key, value()) : dice < 11 ? List.of("GET", key) : List.of("FLUSHDB"));
      default -> new Mixed(chance, this::value).next();
    };
  }

  private Asked hash(String key, int dice, Chance chance) {
    String field = "f" + chance.below(2);
    return dice < 4 ? ask("HSET", key, field, value(chance)) : dice < 6 ? ask("HGET", key, field)
        : dice < 10 ? ask("HINCRBY", key, "n" + chance.below(2), "1") : ask("HGET", key, "n" + chance.below(2));
  }

  private Asked set(String key, int dice, Chance chance) {
    return dice < 5 ? ask("SADD", key, remember('s', value(chance))) : dice < 7 ? ask("SREM", key, known('s', chance))
        : dice < 9 ? ask("SPOP", key) : ask("SMEMBERS", key);
  }

  private Asked sortedSet(String key, int dice, Chance chance) {
    return dice < 5 ? ask("ZADD", key, Integer.toString(chance.below(20)), remember('z', value(chance)))
        : dice < 6 ? ask("ZREM", key, known('z', chance)) : dice < 8 ? ask("ZPOPMIN", key)
        : dice < 10 ? ask("ZINCRBY", key + "n", "1", "n" + chance.below(2))
        : dice < 11 ? ask("ZSCORE", key + "n", "n" + chance.below(2)) : ask("ZRANGE", key, "0", "-1");
  }

  /** The reads that show what became of all keys that were asked for. */
  List<Asked> lastReads(History history) {
    List<Asked> reads = new ArrayList<>();
    for (String key : history.keys()) {
      switch (key.charAt(0)) {
        case 'r', 'c', 'b', 'd', 'e' -> reads.add(ask("GET", key));
        case 'h' -> {
          for (String field : List.of("f0", "f1", "n0", "n1")) {
            reads.add(ask("HGET", key, field));
          }
        }
        case 's', 'x' -> reads.add(ask("SMEMBERS", key));
        case 'z' -> {
          if (key.endsWith("n")) {
            reads.add(ask("ZSCORE", key, "n0"));
            reads.add(ask("ZSCORE", key, "n1"));
          } else {
            reads.add(ask("ZRANGE", key, "0", "-1"));
          }
        }
        case 'f' -> reads.add(new Asked(1, List.of("GET", key)));
        default -> reads.add(ask("TYPE", key));
      }
    }
    return reads;
  }
}
