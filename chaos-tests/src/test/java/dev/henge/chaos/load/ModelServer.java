package dev.henge.chaos.load;

import dev.henge.resp.codec.Reply;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A server in memory that executes what workloads ask, one command after the other. */
final class ModelServer {

  private static final Reply NONE = new Reply.Null(false);
  private static final Reply OK = new Reply.Simple("OK");

  /** A value, and when it ends. */
  private record Held(Object value, long endNanos) {

    Held copy() {
      Object same = value instanceof LinkedHashSet<?> set ? new LinkedHashSet<>(set) : value instanceof List<?> list
          ? new ArrayList<>(list) : value instanceof Map<?, ?> map ? new TreeMap<>(map) : value;
      return new Held(same, endNanos);
    }
  }

  private final Map<String, Held> held = new HashMap<>();

  /** What a key holds now, to be put back. */
  Object snapshot(String key) {
    Held now = held.get(key);
    return now == null ? null : now.copy();
  }

  void putBack(String key, Object snapshot) {
    if (snapshot == null) {
      held.remove(key);
    } else {
      held.put(key, ((Held) snapshot).copy());
    }
  }

  private static Reply bulk(Object text) {
    return text == null ? NONE : new Reply.Bulk(text.toString().getBytes(StandardCharsets.ISO_8859_1));
  }

  private static Reply list(Iterable<?> texts) {
    List<Reply> elements = new ArrayList<>();
    texts.forEach(text -> elements.add(bulk(text)));
    return new Reply.Array(elements);
  }

  private static Reply flag(boolean is) {
    return new Reply.Int(is ? 1 : 0);
  }

  Reply execute(List<String> words, long nowNanos) {
    String key = words.get(1);
    Held old = held.get(key);
    if (old != null && old.endNanos() <= nowNanos) {
      held.remove(key);
    }
    return switch (words.get(0)) {
      case "GET", "SET", "SETNX", "GETSET", "GETDEL", "DEL", "INCR", "INCRBY" -> string(words, key, nowNanos);
      case "SADD", "SREM", "SPOP", "SMEMBERS" -> set(words, key);
      case "RPUSH", "LPOP", "LRANGE" -> queue(words, key);
      default -> map(words, key);
    };
  }

  private Reply string(List<String> words, String key, long nowNanos) {
    boolean there = held.containsKey(key);
    Object before = there ? held.get(key).value() : null;
    switch (words.get(0)) {
      case "SET" -> {
        if (there && words.contains("NX")) {
          return NONE;
        }
        int px = words.indexOf("PX");
        put(key, words.get(2), px < 0 ? Long.MAX_VALUE : nowNanos + Long.parseLong(words.get(px + 1)) * 1_000_000);
        return OK;
      }
      case "SETNX" -> {
        if (!there) {
          put(key, words.get(2), Long.MAX_VALUE);
        }
        return flag(!there);
      }
      case "GETSET" -> put(key, words.get(2), Long.MAX_VALUE);
      case "GETDEL" -> held.remove(key);
      case "DEL" -> {
        held.remove(key);
        return flag(there);
      }
      case "INCR", "INCRBY" -> {
        long sum = (there ? Long.parseLong(before.toString()) : 0) + (words.size() > 2 ? Long.parseLong(words.get(2))
            : 1);
        put(key, Long.toString(sum), Long.MAX_VALUE);
        return new Reply.Int(sum);
      }
      default -> { }
    }
    return bulk(before);
  }

  private void put(String key, Object value, long endNanos) {
    held.put(key, new Held(value, endNanos));
  }

  @SuppressWarnings("unchecked")
  private <T> T collection(String key, T empty) {
    return (T) held.computeIfAbsent(key, k -> new Held(empty, Long.MAX_VALUE)).value();
  }

  private Reply set(List<String> words, String key) {
    LinkedHashSet<String> set = collection(key, new LinkedHashSet<>());
    switch (words.get(0)) {
      case "SADD" -> {
        return flag(set.add(words.get(2)));
      }
      case "SREM" -> {
        return flag(set.remove(words.get(2)));
      }
      case "SPOP" -> {
        String one = set.isEmpty() ? null : set.iterator().next();
        set.remove(one);
        return bulk(one);
      }
      default -> {
        return list(set);
      }
    }
  }

  private Reply queue(List<String> words, String key) {
    List<String> queue = collection(key, new ArrayList<>());
    switch (words.get(0)) {
      case "RPUSH" -> {
        queue.add(words.get(2));
        return new Reply.Int(queue.size());
      }
      case "LPOP" -> {
        return bulk(queue.isEmpty() ? null : queue.remove(0));
      }
      default -> {
        return list(queue);
      }
    }
  }

  /** A hash, or a sorted set with its scores. */
  private Reply map(List<String> words, String key) {
    TreeMap<String, String> map = collection(key, new TreeMap<>());
    switch (words.get(0)) {
      case "HSET" -> {
        return flag(map.put(words.get(2), words.get(3)) == null);
      }
      case "ZADD" -> {
        return flag(map.put(words.get(3), words.get(2)) == null);
      }
      case "ZREM" -> {
        return flag(map.remove(words.get(2)) != null);
      }
      case "HGET", "ZSCORE" -> {
        return bulk(map.get(words.get(2)));
      }
      case "HINCRBY" -> {
        String sum = map.merge(words.get(2), words.get(3),
            (a, b) -> Long.toString(Long.parseLong(a) + Long.parseLong(b)));
        return new Reply.Int(Long.parseLong(sum));
      }
      case "ZINCRBY" -> {
        return bulk(map.merge(words.get(3), words.get(2),
            (a, b) -> Long.toString(Long.parseLong(a) + Long.parseLong(b))));
      }
      case "ZPOPMIN" -> {
        var first = map.pollFirstEntry();
        return first == null ? list(List.of()) : list(List.of(first.getKey(), first.getValue()));
      }
      case "ZRANGE" -> {
        return list(map.keySet());
      }
      default -> throw new IllegalArgumentException("no workload asks for " + words);
    }
  }
}
