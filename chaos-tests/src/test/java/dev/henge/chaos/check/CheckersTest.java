package dev.henge.chaos.check;

import static dev.henge.chaos.check.Told.EXCLUSIVE;
import static dev.henge.chaos.check.Told.TWO_SIDES;
import static dev.henge.chaos.check.Told.bulk;
import static dev.henge.chaos.check.Told.doubt;
import static dev.henge.chaos.check.Told.list;
import static dev.henge.chaos.check.Told.ok;
import static dev.henge.chaos.check.Told.refused;
import static dev.henge.chaos.check.Told.wrong;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Each checker with histories that are sound, and such as show one fault each. */
class CheckersTest {

  private static final long MILLI = 1_000_000;

  private static void sound(Judge judge, Op... ops) {
    assertNull(wrong(judge, ops));
  }

  private static void unsound(String because, Judge judge, Op... ops) {
    String wrong = wrong(judge, ops);
    assertNotNull(wrong, "nothing was noticed");
    assertTrue(wrong.contains(because), wrong);
  }

  // ---------------------------------------------------------------- registers

  @Test
  void registers() {
    Op a = ok(0, 2, "OK", "SET", "r", "a");
    Op b = ok(10, 12, "OK", "SET", "r", "b");
    sound(EXCLUSIVE, a, b, ok(1, 3, "a", "GET", "r"), ok(20, 21, "b", "GET", "r"));
    sound(EXCLUSIVE, a, b, ok(11, 13, "a", "GET", "r"), ok(20, 21, "b", "GET", "r"));
    unsound("not linearizable", EXCLUSIVE, a, b, ok(14, 15, "a", "GET", "r"), ok(20, 21, "b", "GET", "r"));
    unsound("not linearizable", EXCLUSIVE, a, ok(5, 6, (String) null, "GET", "r"), b, ok(20, 21, "b", "GET", "r"));
    unsound("nobody had written", EXCLUSIVE, a, ok(5, 6, "c", "GET", "r"), ok(20, 21, "a", "GET", "r"));
    unsound("nobody had written", EXCLUSIVE, a, ok(5, 6, "b", "GET", "r"), b, ok(20, 21, "b", "GET", "r"));
    unsound("is lost", TWO_SIDES, a, ok(20, 21, (String) null, "GET", "r"));
    sound(TWO_SIDES, a, b, ok(20, 21, "a", "GET", "r"));
  }

  @Test
  void aWriteInDoubtMayShowLateButNotBeforeItWasAsked() {
    Op a = ok(0, 2, "OK", "SET", "r", "a");
    Op b = doubt(10, "SET", "r", "b");
    sound(EXCLUSIVE, a, b, ok(30, 31, "a", "GET", "r"), ok(40, 41, "b", "GET", "r"));
    unsound("not linearizable", EXCLUSIVE, a, b, ok(5, 30, "b", "GET", "r"), ok(6, 20, "b", "GET", "r"),
        ok(25, 26, "a", "GET", "r"));
    unsound("not linearizable", EXCLUSIVE, doubt(5, "SET", "r", "b"), ok(0, 20, "b", "GET", "r"),
        ok(21, 22, "OK", "SET", "r", "a"),
        ok(30, 31, "b", "GET", "r"));
  }

  // ---------------------------------------------------------------- strings whose values repeat

  @Test
  void swaps() {
    sound(EXCLUSIVE, ok(0, 1, 1, "SETNX", "g", "a"), ok(2, 3, 0, "SETNX", "g", "b"), ok(4, 5, "a", "GETSET", "g", "c"),
        ok(6, 7, "c", "GETDEL", "g"), ok(8, 9, 0, "DEL", "g"), ok(10, 11, (String) null, "GET", "g"));
    unsound("not linearizable", EXCLUSIVE, ok(0, 1, 1, "SETNX", "g", "a"), ok(2, 3, 1, "SETNX", "g", "b"));
    unsound("not linearizable", EXCLUSIVE, ok(0, 1, "OK", "SET", "g", "a"), ok(2, 9, "a", "GETSET", "g", "b"),
        ok(3, 8, "a", "GETSET", "g", "c"));
    sound(EXCLUSIVE, ok(0, 1, "OK", "SET", "g", "a"), ok(2, 9, "a", "GETSET", "g", "b"),
        ok(3, 8, "b", "GETSET", "g", "c"));
    sound(EXCLUSIVE, doubt(0, "DEL", "g"), ok(1, 2, 1, "SETNX", "g", "a"), ok(3, 4, 1, "SETNX", "g", "b"));
    unsound("nobody had written", TWO_SIDES, ok(1, 2, 1, "SETNX", "g", "a"), ok(3, 4, "b", "GET", "g"));
  }

  // ---------------------------------------------------------------- counters and numbers

  @Test
  void counters() {
    sound(EXCLUSIVE, ok(0, 1, 1, "INCR", "c"), doubt(2, "INCR", "c"), ok(5, 6, 5, "INCRBY", "c", "4"),
        ok(9, 10, "6", "GET", "c"));
    unsound("acknowledged 5", TWO_SIDES, ok(0, 1, 1, "INCR", "c"), ok(5, 6, 5, "INCRBY", "c", "4"),
        ok(9, 10, "4", "GET", "c"));
    unsound("tried 2", TWO_SIDES, ok(0, 1, 1, "INCR", "c"), doubt(5, "INCR", "c"), refused(7, 8, "INCR", "c"),
        ok(9, 10, "3", "GET", "c"));
    unsound("given the same", EXCLUSIVE, ok(0, 3, 1, "INCR", "c"), ok(1, 2, 1, "INCR", "c"),
        ok(9, 10, "2", "GET", "c"));
    unsound("not from", EXCLUSIVE, ok(0, 3, 1, "INCR", "c"), ok(5, 6, "0", "GET", "c"), ok(9, 10, "1", "GET", "c"));
  }

  @Test
  void numbersAreGivenOnce() {
    sound(EXCLUSIVE, ok(0, 5, 2, "INCR", "u"), ok(1, 4, 1, "INCR", "u"), doubt(2, "INCR", "u"),
        ok(9, 10, "3", "GET", "u"));
    unsound("given the same", EXCLUSIVE, ok(0, 5, 1, "INCR", "u"), ok(1, 4, 1, "INCR", "u"),
        ok(9, 10, "2", "GET", "u"));
    Judge onlyUnique = new UniqueOnly();
    unsound("given twice", onlyUnique, ok(0, 5, 1, "INCR", "u"), ok(1, 4, 1, "INCR", "u"), ok(9, 10, "2", "GET", "u"));
    unsound("lower number", onlyUnique, ok(0, 1, 2, "INCR", "u"), ok(2, 4, 1, "INCR", "u"), ok(9, 10, "2", "GET", "u"));
    sound(TWO_SIDES, ok(0, 5, 1, "INCR", "u"), ok(1, 4, 1, "INCR", "u"), ok(9, 10, "2", "GET", "u"));
  }

  /** As with policy unique-safe after a split. */
  private static final class UniqueOnly implements Judge {
    @Override
    public boolean lasts() {
      return true;
    }

    @Override
    public List<Op> exclusive(String key, List<Op> ops) {
      return List.of();
    }

    @Override
    public List<Op> exclusiveEverywhere(List<Op> ops) {
      return List.of();
    }

    @Override
    public List<Op> unique(String key, List<Op> ops) {
      return ops;
    }
  }

  @Test
  void floors() {
    Op set = ok(2, 3, "OK", "SET", "b", "1000000");
    sound(EXCLUSIVE, ok(0, 1, 1, "INCR", "b"), set, ok(4, 5, 1_000_001, "INCR", "b"), ok(9, 10, "1000001", "GET", "b"));
    unsound("increments, not from", EXCLUSIVE, ok(0, 1, 1, "INCR", "b"), set, ok(4, 5, 1_000_002, "INCR", "b"),
        ok(9, 10, "1000002", "GET", "b"));
    unsound("was never set to that", TWO_SIDES, set, ok(9, 10, "2000000", "GET", "b"));
  }

  // ---------------------------------------------------------------- collections

  @Test
  void sets() {
    Op one = ok(0, 1, 1, "SADD", "s", "one");
    Op two = ok(2, 3, 1, "SADD", "s", "two");
    sound(EXCLUSIVE, one, two, ok(4, 5, 1, "SREM", "s", "one"), ok(9, 10, list("two"), "SMEMBERS", "s"));
    sound(EXCLUSIVE, one, two, doubt(4, "SPOP", "s"), ok(9, 10, list("two"), "SMEMBERS", "s"));
    unsound("has lost one", TWO_SIDES, one, two, ok(9, 10, list("two"), "SMEMBERS", "s"));
    unsound("has one again", TWO_SIDES, one, two, ok(4, 5, 1, "SREM", "s", "one"),
        ok(9, 10, list("one", "two"), "SMEMBERS", "s"));
    unsound("has one again", TWO_SIDES, one, ok(4, 5, "one", "SPOP", "s"), ok(9, 10, list("one"), "SMEMBERS", "s"));
    unsound("popped twice", EXCLUSIVE, one, ok(4, 5, "one", "SPOP", "s"), ok(6, 7, "one", "SPOP", "s"),
        ok(9, 10, list(), "SMEMBERS", "s"));
    unsound("nobody had added", TWO_SIDES, one, ok(9, 10, list("one", "three"), "SMEMBERS", "s"));
    unsound("has lost one", EXCLUSIVE, ok(0, 1, 1, "SADD", "a", "one"), ok(2, 3, list(), "SMEMBERS", "a"),
        ok(9, 10, list("one"), "SMEMBERS", "a"));
    unsound("deleted by", EXCLUSIVE, ok(0, 1, 1, "SADD", "x", "one"), ok(2, 3, 1, "DEL", "x"),
        ok(9, 10, list("one"), "SMEMBERS", "x"));
  }

  @Test
  void hashesAndSortedSets() {
    Op n0 = ok(90, 91, "1", "HGET", "h", "n0");
    Op n1 = ok(90, 91, (String) null, "HGET", "h", "n1");
    Op f1 = ok(90, 91, (String) null, "HGET", "h", "f1");
    Op set = ok(0, 1, 1, "HSET", "h", "f0", "a");
    Op add = ok(2, 3, 1, "HINCRBY", "h", "n0", "1");
    sound(EXCLUSIVE, set, add, ok(90, 91, "a", "HGET", "h", "f0"), f1, n0, n1);
    unsound("is lost", TWO_SIDES, set, add, ok(90, 91, (String) null, "HGET", "h", "f0"), f1, n0, n1);
    unsound("acknowledged 2", TWO_SIDES, set, add, ok(5, 6, 2, "HINCRBY", "h", "n0", "1"),
        ok(90, 91, "a", "HGET", "h", "f0"), f1,
        n0, n1);
    Op zadd = ok(0, 1, 1, "ZADD", "z", "5", "one");
    sound(EXCLUSIVE, zadd, ok(2, 3, list("one", "5"), "ZPOPMIN", "z"), ok(9, 10, list(), "ZRANGE", "z", "0", "-1"));
    unsound("has lost one", TWO_SIDES, zadd, ok(9, 10, list(), "ZRANGE", "z", "0", "-1"));
    unsound("acknowledged 1", TWO_SIDES, ok(0, 1, "1", "ZINCRBY", "zn", "1", "n0"),
        ok(9, 10, (String) null, "ZSCORE", "zn", "n0"),
        ok(9, 10, (String) null, "ZSCORE", "zn", "n1"));
  }

  @Test
  void whatWasTakenStaysAway() {
    Op set = ok(0, 1, "OK", "SET", "d", "a");
    sound(EXCLUSIVE, set, ok(2, 3, "a", "GETDEL", "d"), ok(9, 10, (String) null, "GET", "d"));
    unsound("is back", TWO_SIDES, set, ok(2, 3, "a", "GETDEL", "d"), ok(9, 10, "a", "GET", "d"));
    unsound("is back", EXCLUSIVE, set, ok(2, 3, "a", "GETDEL", "d"), ok(4, 5, "a", "GETDEL", "d"),
        ok(9, 10, (String) null, "GET", "d"));
    unsound("is lost", TWO_SIDES, set, ok(9, 10, (String) null, "GET", "d"));
  }

  // ---------------------------------------------------------------- queues

  @Test
  void queues() {
    Op a = ok(0, 1, 1, "RPUSH", "q", "a");
    Op b = ok(2, 3, 2, "RPUSH", "q", "b");
    Op none = ok(90, 91, list(), "LRANGE", "q", "0", "-1");
    sound(EXCLUSIVE, a, b, ok(4, 5, "a", "LPOP", "q"), ok(6, 7, "b", "LPOP", "q"),
        ok(8, 9, (String) null, "LPOP", "q"), none);
    sound(EXCLUSIVE, a, b, ok(4, 7, "b", "LPOP", "q"), ok(5, 8, "a", "LPOP", "q"), none);
    sound(EXCLUSIVE, a, b, doubt(4, "LPOP", "q"), ok(6, 7, "b", "LPOP", "q"), none);
    sound(EXCLUSIVE, a, doubt(2, "RPUSH", "q", "b"), ok(6, 7, "a", "LPOP", "q"), ok(8, 9, (String) null, "LPOP", "q"),
        ok(90, 91, list("b"), "LRANGE", "q", "0", "-1"));
    unsound("popped twice", EXCLUSIVE, a, b, ok(4, 5, "a", "LPOP", "q"), ok(6, 7, "a", "LPOP", "q"),
        ok(90, 91, list("b"), "LRANGE", "q", "0", "-1"));
    unsound("has lost b", TWO_SIDES, a, b, ok(4, 5, "a", "LPOP", "q"), none);
    unsound("has lost", TWO_SIDES, a, b, doubt(4, "LPOP", "q"), none);
    unsound("has a again", TWO_SIDES, a, b, ok(4, 5, "a", "LPOP", "q"),
        ok(90, 91, list("a", "b"), "LRANGE", "q", "0", "-1"));
    unsound("has an element twice", TWO_SIDES, a, ok(90, 91, list("a", "a"), "LRANGE", "q", "0", "-1"));
    unsound("nobody had pushed", TWO_SIDES, a, ok(90, 91, list("a", "c"), "LRANGE", "q", "0", "-1"));
    unsound("nobody had pushed", TWO_SIDES, a, ok(4, 5, "c", "LPOP", "q"),
        ok(90, 91, list("a"), "LRANGE", "q", "0", "-1"));
    unsound("not in order", EXCLUSIVE, a, b, ok(4, 5, "b", "LPOP", "q"), ok(6, 7, "a", "LPOP", "q"), none);
    unsound("not in the order", EXCLUSIVE, a, b, ok(90, 91, list("b", "a"), "LRANGE", "q", "0", "-1"));
    unsound("was found empty", EXCLUSIVE, a, ok(4, 5, (String) null, "LPOP", "q"),
        ok(90, 91, list("a"), "LRANGE", "q", "0", "-1"));
    sound(TWO_SIDES, a, b, ok(4, 5, "b", "LPOP", "q"), ok(6, 7, "b", "LPOP", "q"), ok(8, 9, "a", "LPOP", "q"), none);
  }

  // ---------------------------------------------------------------- locks and deadlines

  private static Op take(int client, long startMillis, long endMillis, String reply) {
    return ok(client, startMillis * MILLI, endMillis * MILLI, bulk(reply), "SET", "l", "t" + client, "NX", "PX",
        "10000");
  }

  private static Op give(int client, long startMillis, long endMillis) {
    return ok(client, startMillis * MILLI, endMillis * MILLI, new dev.henge.resp.codec.Reply.Int(1), "DEL", "l");
  }

  @Test
  void locks() {
    sound(EXCLUSIVE, take(1, 0, 1, "OK"), take(2, 2, 3, null), give(1, 5, 9), take(2, 6, 8, "OK"));
    sound(EXCLUSIVE, take(1, 0, 1, "OK"), take(2, 9_990, 9_999, "OK"));
    unsound("two holders", EXCLUSIVE, take(1, 0, 1, "OK"), take(2, 2, 3, "OK"));
    unsound("two holders", EXCLUSIVE, take(1, 0, 1, "OK"), take(2, 3, 4, "OK"), give(1, 5, 6));
    unsound("two holders", EXCLUSIVE, take(1, 0, 1, "OK"), take(2, 9_000, 9_600, "OK"));
    sound(EXCLUSIVE, doubt(0, "DEL", "l"), take(1, 1, 2, "OK"), take(2, 3, 4, "OK"));
    sound(TWO_SIDES, take(1, 0, 1, "OK"), take(2, 2, 3, "OK"));
  }

  private static Op setPx(long startMillis, long endMillis, String value, String lives) {
    return ok(startMillis * MILLI, endMillis * MILLI, "OK", "SET", "t", value, "PX", lives);
  }

  private static Op getT(long startMillis, long endMillis, String value) {
    return ok(startMillis * MILLI, endMillis * MILLI, value, "GET", "t");
  }

  @Test
  void deadlines() {
    sound(EXCLUSIVE, setPx(0, 10, "a", "1000"), getT(500, 501, "a"), getT(1_005, 1_006, "a"), getT(1_100, 1_101, null));
    unsound("past its end", TWO_SIDES, setPx(0, 10, "a", "1000"), getT(1_400, 1_401, "a"));
    unsound("gone before its end", EXCLUSIVE, setPx(0, 10, "a", "1000"), getT(500, 501, null));
    sound(EXCLUSIVE, setPx(0, 10, "a", "1000"), setPx(11, 12, "b", "20"), getT(500, 501, null));
    unsound("gone before its end", EXCLUSIVE, setPx(0, 10, "a", "1000"), setPx(11, 12, "b", "1000"),
        getT(500, 501, null));
    unsound("overwritten", EXCLUSIVE, setPx(0, 10, "a", "1000"), setPx(11, 12, "b", "1000"), getT(500, 501, "a"));
    unsound("nobody had written", TWO_SIDES, setPx(0, 10, "a", "1000"), getT(500, 501, "c"));
  }

  // ---------------------------------------------------------------- what a judge cuts off

  @Test
  void whatHadNotEndedWhenExclusivityDidIsInDoubt() {
    Op late = ok(5, 20, 2, "INCR", "c");
    List<Op> then = Judge.until(10, List.of(ok(0, 1, 1, "INCR", "c"), late, ok(11, 12, 1, "INCR", "c")));
    assertEquals(2, then.size());
    assertEquals(Op.End.IN_DOUBT, then.get(1).end);
  }
}
