package dev.henge.chaos.load;

import java.util.ArrayList;
import java.util.List;

/**
 * A family of commands on keys of its own, whose first letter tells the family: what such a key is asked is known to
 * the checker that judges it. One more (streams, transactions, scripts) is a row here, its commands in {@link Stream},
 * its reads at the end in {@link ReadBack}, and its letter with a checker in {@code Verdict}.
 */
public enum Workload {
  /** SET, GETSET, GET; each value once. */
  REGISTER("register", 'r'),
  /** SET, SETNX, GETSET, GETDEL, DEL, GET; values repeat. */
  SWAP("swap", 'g'),
  /** SADD, SMEMBERS; each member once. */
  SET_ADD("set-add", 'a'),
  /** SADD, SREM, SPOP, SMEMBERS; each member once. */
  SET("set", 's'),
  /** INCR, INCRBY, GET. */
  COUNTER("counter", 'c'),
  /** INCR, SET to multiples of a million, GET. */
  FLOORS("floors", 'b'),
  /** RPUSH, LPOP, LRANGE; each element once. */
  QUEUE("queue", 'q'),
  /** INCR, for numbers that nobody else has. */
  UNIQUE_IDS("unique-ids", 'u'),
  /** SET NX PX with a token, GET, DEL if it is still there. */
  LOCK("lock", 'l'),
  /** HSET and HGET of fields, each value once; HINCRBY of others. */
  HASH("hash", 'h'),
  /** ZADD, ZREM, ZPOPMIN, ZRANGE, each member once; ZINCRBY of others. */
  SORTED_SET("sorted-set", 'z'),
  /** SET PX, GET; each value once. */
  TTL("ttl", 't'),
  /** SADD, SMEMBERS, DEL; each member once. */
  RECREATE("recreate", 'x'),
  /** SET, GETDEL, GET; each value once. */
  TAKE("take", 'd');

  private final String word;
  private final char letter;

  Workload(String word, char letter) {
    this.word = word;
    this.letter = letter;
  }

  /** What a person calls it. */
  public String word() {
    return word;
  }

  /** With which its keys begin. */
  public char letter() {
    return letter;
  }

  /** That of a key; null for a key of none. */
  public static Workload ofKey(String key) {
    return key.isEmpty() ? null : List.of(values()).stream().filter(one -> one.letter == key.charAt(0)).findFirst()
        .orElse(null);
  }

  /** Those named, separated by commas; {@code all} for all of them. */
  public static List<Workload> of(String words) {
    if (words.equals("all")) {
      return List.of(values());
    }
    List<Workload> all = new ArrayList<>();
    for (String word : words.split(",")) {
      all.add(List.of(values()).stream().filter(one -> one.word.equals(word)).findFirst()
          .orElseThrow(() -> new IllegalArgumentException("no workload is called " + word)));
    }
    return all;
  }
}
