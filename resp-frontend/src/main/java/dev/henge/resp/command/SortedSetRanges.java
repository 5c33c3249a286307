package dev.henge.resp.command;

import dev.henge.resp.codec.NumberException;
import dev.henge.resp.codec.RedisNumbers;
import dev.henge.resp.codec.Request;
import dev.henge.storage.type.Head;
import dev.henge.storage.type.MemberRange;
import dev.henge.storage.type.MemberVisitor;
import dev.henge.storage.type.SortedSetValue;
import dev.henge.storage.type.ValueType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * ZRANGE in all its forms, ZRANGESTORE, ZREMRANGEBY…, ZCOUNT and ZLEXCOUNT: stretches of a sorted set by rank, score
 * or member.
 */
final class SortedSetRanges {

  private static final Pattern DECIMAL = Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?");

  /** What C's isspace takes. */
  private static final String BLANKS = " \t\n\u000B\f\r";

  private SortedSetRanges() {}

  /** What the arguments of a range mean. */
  enum By {
    RANK,
    SCORE,
    LEX
  }

  static void register(CommandBinder b) {
    b.bind("ZRANGE", c -> reply(c, Query.parse(c, 1, null, null, false)));
    b.bind("ZREVRANGE", c -> reply(c, Query.parse(c, 1, By.RANK, true, false)));
    b.bind("ZRANGEBYSCORE", c -> reply(c, Query.parse(c, 1, By.SCORE, false, false)));
    b.bind("ZREVRANGEBYSCORE", c -> reply(c, Query.parse(c, 1, By.SCORE, true, false)));
    b.bind("ZRANGEBYLEX", c -> reply(c, Query.parse(c, 1, By.LEX, false, false)));
    b.bind("ZREVRANGEBYLEX", c -> reply(c, Query.parse(c, 1, By.LEX, true, false)));
    b.bind("ZRANGESTORE", c -> store(c, Query.parse(c, 2, null, null, true)));
    b.bind("ZCOUNT", c -> count(c, scoreRange(c.request(), 2, 3)));
    b.bind("ZLEXCOUNT", c -> count(c, lexRange(c.request(), 2, 3)));
    b.bind("ZREMRANGEBYSCORE", c -> remove(c, scoreRange(c.request(), 2, 3)));
    b.bind("ZREMRANGEBYLEX", c -> remove(c, lexRange(c.request(), 2, 3)));
    b.bind("ZREMRANGEBYRANK", SortedSetRanges::removeByRank);
  }

  // ---------------------------------------------------------------- queries

  /**
   * The arguments of ZRANGE and its kin.
   *
   * @param keyAt where the source key stands
   * @param range null for a range by rank, from {@code start} to {@code stop}
   */
  private record Query(
      int keyAt,
      MemberRange range,
      long start,
      long stop,
      boolean reverse,
      long offset,
      long limit,
      boolean withScores) {

    /** @param fixedBy null if options may say; likewise {@code fixedReverse} */
    static Query parse(CommandContext c, int keyAt, By fixedBy, Boolean fixedReverse, boolean store) {
      Request r = c.request();
      By by = fixedBy;
      Boolean reverse = fixedReverse;
      boolean withScores = false;
      long offset = 0;
      long limit = -1;
      for (int i = keyAt + 3; i < r.argCount(); i++) {
        if (!store && r.is(i, "WITHSCORES")) {
          withScores = true;
        } else if (r.is(i, "LIMIT") && i + 2 < r.argCount()) {
          offset = c.argLong(i + 1);
          limit = c.argLong(i + 2);
          i += 2;
        } else if (reverse == null && r.is(i, "REV")) {
          reverse = true;
        } else if (by == null && r.is(i, "BYLEX")) {
          by = By.LEX;
        } else if (by == null && r.is(i, "BYSCORE")) {
          by = By.SCORE;
        } else {
          throw new CommandException(RedisErrors.SYNTAX);
        }
      }
      return of(c, keyAt, by == null ? By.RANK : by, reverse != null && reverse, offset, limit, withScores);
    }

    private static Query of(
        CommandContext c, int keyAt, By by, boolean reverse, long offset, long limit, boolean withScores) {
      if (limit != -1 && by == By.RANK) {
        throw new CommandException(
            "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX");
      }
      if (withScores && by == By.LEX) {
        throw new CommandException("ERR syntax error, WITHSCORES not supported in combination with BYLEX");
      }
      if (by == By.RANK) {
        return new Query(keyAt, null, c.argLong(keyAt + 1), c.argLong(keyAt + 2), reverse, 0, -1, withScores);
      }
      int minAt = reverse ? keyAt + 2 : keyAt + 1;
      int maxAt = reverse ? keyAt + 1 : keyAt + 2;
      MemberRange range =
          by == By.SCORE ? scoreRange(c.request(), minAt, maxAt) : lexRange(c.request(), minAt, maxAt);
      return new Query(keyAt, range, 0, 0, reverse, offset, limit, withScores);
    }

    void walk(SortedSetValue set, MemberVisitor visitor) {
      if (range != null) {
        set.range(range, reverse, offset, limit, visitor);
        return;
      }
      long size = set.size();
      long first = fromStart(start, size);
      set.byRank(first, Math.min(fromEnd(stop, size), size - 1) - first + 1, reverse, visitor);
    }
  }

  private static long fromStart(long start, long size) {
    return Math.max(0, fromEnd(start, size));
  }

  private static long fromEnd(long index, long size) {
    return index < 0 ? index + size : index;
  }

  private static void reply(CommandContext c, Query query) {
    SortedSetValue set = SortedSetCommands.sorted(c, query.keyAt);
    ScoredReply reply = new ScoredReply(c.out(), query.withScores);
    query.walk(set, reply);
    reply.end();
  }

  private static void store(CommandContext c, Query query) {
    ScoredMembers found = new ScoredMembers();
    query.walk(SortedSetCommands.sorted(c, query.keyAt), found);
    found.storeAt(c, 1);
  }

  // ---------------------------------------------------------------- counting, removing

  private static void count(CommandContext c, MemberRange range) {
    c.out().integer(SortedSetCommands.sorted(c, 1).count(range));
  }

  private static void remove(CommandContext c, MemberRange range) {
    SortedSetValue set = SortedSetCommands.sorted(c, 1);
    c.out().integer(set.exists() ? set.remove(range) : 0);
  }

  private static void removeByRank(CommandContext c) {
    long start = c.argLong(2);
    long stop = c.argLong(3);
    Head head = c.head(1, ValueType.ZSET);
    SortedSetValue set = new SortedSetValue(c.keyspace(), head);
    long size = set.size();
    long first = fromStart(start, size);
    long last = Math.min(fromEnd(stop, size), size - 1);
    c.out().integer(first > last ? 0 : set.removeByRank(first, last - first + 1));
  }

  // ---------------------------------------------------------------- ends of ranges

  static MemberRange scoreRange(Request r, int minAt, int maxAt) {
    return new MemberRange.ByScore(scoreEnd(r, minAt), open(r, minAt), scoreEnd(r, maxAt), open(r, maxAt));
  }

  private static boolean open(Request r, int i) {
    return r.length(i) > 0 && r.buffer()[r.offset(i)] == '(';
  }

  /** Read as C's strtod does: blanks in front and nothing at all are numbers, too large is infinite. */
  private static double scoreEnd(Request r, int i) {
    String text = r.string(i).substring(open(r, i) ? 1 : 0);
    int nul = text.indexOf(0);
    String number = nul < 0 ? text : text.substring(0, nul);
    if (number.isEmpty()) {
      return 0;
    }
    int from = 0;
    while (from < number.length() && BLANKS.indexOf(number.charAt(from)) >= 0) {
      from++;
    }
    byte[] bytes = number.substring(from).getBytes(StandardCharsets.ISO_8859_1);
    try {
      return RedisNumbers.parseDouble(bytes);
    } catch (NumberException e) {
      if (DECIMAL.matcher(number.substring(from)).matches()) {
        return Double.parseDouble(number.substring(from));
      }
      throw new CommandException(RedisErrors.MIN_MAX_NOT_A_FLOAT);
    }
  }

  static MemberRange lexRange(Request r, int minAt, int maxAt) {
    char minForm = lexForm(r, minAt);
    char maxForm = lexForm(r, maxAt);
    if (minForm == '+' || maxForm == '-') {
      return MemberRange.ByLex.NOTHING;
    }
    return new MemberRange.ByLex(
        minForm == '-' ? null : lexEnd(r, minAt),
        minForm == '(',
        maxForm == '+' ? null : lexEnd(r, maxAt),
        maxForm == '(');
  }

  private static char lexForm(Request r, int i) {
    char form = r.length(i) == 0 ? 0 : (char) r.buffer()[r.offset(i)];
    boolean infinite = (form == '-' || form == '+') && (r.length(i) == 1 || r.buffer()[r.offset(i) + 1] == 0);
    if (!infinite && form != '(' && form != '[') {
      throw new CommandException(RedisErrors.MIN_MAX_NOT_A_STRING_RANGE);
    }
    return form;
  }

  private static byte[] lexEnd(Request r, int i) {
    int from = r.offset(i) + 1;
    return Arrays.copyOfRange(r.buffer(), from, r.offset(i) + r.length(i));
  }
}
