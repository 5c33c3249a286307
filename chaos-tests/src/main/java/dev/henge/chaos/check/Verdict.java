package dev.henge.chaos.check;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Has every key of a run judged by the checker of its family. */
public final class Verdict {

  private Verdict() {}

  public static void of(Judge judge, History history) {
    history.keys().forEach(key -> of(judge, history, key));
  }

  /** Of one key. */
  public static void of(Judge judge, History history, String key) {
    List<Op> ops = history.of(key);
    switch (key.charAt(0)) {
      case 'r' -> Registers.check(judge, key, ops, 2, last(ops, op -> true));
      case 'g' -> Swaps.check(judge, key, ops);
      case 'c' -> Counters.check(judge, key, ops, last(ops, op -> true));
      case 'u' -> UniqueNumbers.check(judge, key, ops, last(ops, op -> true));
      case 'b' -> Floors.check(judge, key, ops, last(ops, op -> true));
      case 'h' -> hash(judge, key, ops);
      case 's', 'a', 'x' -> Collections.check(judge, key, ops, last(ops, op -> op.is("SMEMBERS")));
      case 'z' -> sortedSet(judge, key, ops);
      case 'q' -> Queues.check(judge, key, ops, last(ops, op -> op.is("LRANGE")));
      case 'l' -> Locks.check(judge, key, ops);
      case 'd' -> Deleted.taken(judge, key, ops, last(ops, op -> true));
      case 'e' -> Deleted.expired(judge, key, ops);
      case 't' -> Expiries.check(judge, key, ops);
      case 'f' -> Deleted.flushed(judge, key, ops, history.of("").stream().filter(op -> op.is("FLUSHDB")).toList(),
          last(ops, op -> true));
      default -> {
        // agreement is all that is asked of mixed keys
      }
    }
  }

  private static Op last(List<Op> ops, Predicate<Op> which) {
    List<Op> some = ops.stream().filter(which).toList();
    return some.get(some.size() - 1);
  }

  private static void hash(Judge judge, String key, List<Op> ops) {
    for (String field : List.of("f0", "f1", "n0", "n1")) {
      List<Op> of = ops.stream().filter(op -> op.arg(2).equals(field)).toList();
      if (field.startsWith("f")) {
        Registers.check(judge, key, of, 3, last(of, op -> true));
      } else {
        Counters.check(judge, key + " " + field, of, last(of, op -> true));
      }
    }
  }

  private static void sortedSet(Judge judge, String key, List<Op> ops) {
    if (!key.endsWith("n")) {
      Collections.check(judge, key, ops, last(ops, op -> op.is("ZRANGE")));
      return;
    }
    for (String member : List.of("n0", "n1")) {
      List<Op> of = new ArrayList<>(ops.stream().filter(op -> op.arg(op.is("ZSCORE") ? 2 : 3).equals(member)).toList());
      Counters.check(judge, key + " " + member, of, last(of, op -> true));
    }
  }
}
