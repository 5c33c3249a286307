package dev.henge.resp.command;

import dev.henge.resp.codec.Request;
import dev.henge.resp.codec.RespEncoder;
import dev.henge.storage.type.Head;
import dev.henge.storage.type.SortedSetValue;
import dev.henge.storage.type.ValueType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/**
 * The sorted-set commands: members, scores, ranks, pops, random picks, ZSCAN; ranges are in {@link SortedSetRanges},
 * unions and their kin in {@link SortedSetAlgebra}.
 */
public final class SortedSetCommands {

  private SortedSetCommands() {}

  public static void register(CommandBinder b) {
    b.bind("ZADD", c -> add(c, false));
    b.bind("ZINCRBY", c -> add(c, true));
    b.bind("ZCARD", c -> c.out().integer(sorted(c, 1).size()));
    b.bind("ZSCORE", SortedSetCommands::score);
    b.bind("ZMSCORE", SortedSetCommands::scores);
    b.bind("ZREM", SortedSetCommands::remove);
    b.bind("ZRANK", c -> rank(c, false));
    b.bind("ZREVRANK", c -> rank(c, true));
    b.bind("ZPOPMIN", c -> pop(c, false));
    b.bind("ZPOPMAX", c -> pop(c, true));
    b.bind("ZMPOP", SortedSetCommands::popOfMany);
    b.bind("ZRANDMEMBER", SortedSetCommands::random);
    b.bind("ZSCAN", SortedSetCommands::scan);
    SortedSetRanges.register(b);
    SortedSetAlgebra.register(b);
  }

  /** The sorted set at argument {@code i}, which may be absent. */
  static SortedSetValue sorted(CommandContext c, int i) {
    return new SortedSetValue(c.keyspace(), c.head(i, ValueType.ZSET));
  }

  // ---------------------------------------------------------------- ZADD, ZINCRBY

  private record AddOptions(int scoresAt, boolean nx, boolean xx, boolean gt, boolean lt, boolean ch, boolean incr) {

    static AddOptions parse(Request r, boolean incrBy) {
      boolean nx = false;
      boolean xx = false;
      boolean gt = false;
      boolean lt = false;
      boolean ch = false;
      boolean incr = incrBy;
      int at = 2;
      for (; at < r.argCount(); at++) {
        if (r.is(at, "NX")) {
          nx = true;
        } else if (r.is(at, "XX")) {
          xx = true;
        } else if (r.is(at, "GT")) {
          gt = true;
        } else if (r.is(at, "LT")) {
          lt = true;
        } else if (r.is(at, "CH")) {
          ch = true;
        } else if (r.is(at, "INCR")) {
          incr = true;
        } else {
          break;
        }
      }
      AddOptions options = new AddOptions(at, nx, xx, gt, lt, ch, incr);
      options.check(r.argCount() - at);
      return options;
    }

    private void check(int pairArgs) {
      if (pairArgs == 0 || pairArgs % 2 != 0) {
        throw new CommandException(RedisErrors.SYNTAX);
      }
      if (nx && xx) {
        throw new CommandException(RedisErrors.XX_AND_NX);
      }
      if (gt && nx || lt && nx || gt && lt) {
        throw new CommandException(RedisErrors.GT_LT_NX);
      }
      if (incr && pairArgs > 2) {
        throw new CommandException("ERR INCR option supports a single increment-element pair");
      }
    }
  }

  private static void add(CommandContext c, boolean incrBy) {
    AddOptions options = AddOptions.parse(c.request(), incrBy);
    int pairs = (c.argCount() - options.scoresAt) / 2;
    double[] scores = new double[pairs];
    for (int i = 0; i < pairs; i++) {
      scores[i] = c.argDouble(options.scoresAt + 2 * i);
    }
    SortedSetValue set = sorted(c, 1);
    if (options.incr) {
      double score = increment(set, c.arg(options.scoresAt + 1), scores[0], options);
      if (Double.isNaN(score)) {
        c.out().nullBulk();
      } else {
        c.out().doubleValue(score);
      }
      return;
    }
    int added = 0;
    int updated = 0;
    if (!options.xx || set.exists()) {
      for (int i = 0; i < pairs; i++) {
        SortedSetValue.Member member = set.member(c.arg(options.scoresAt + 2 * i + 1));
        double before = member.score();
        if (put(member, before, scores[i], options)) {
          added += Double.isNaN(before) ? 1 : 0;
          updated += Double.isNaN(before) ? 0 : 1;
        }
      }
    }
    c.out().integer(options.ch ? added + updated : added);
  }

  /** Returns whether something was written. */
  private static boolean put(SortedSetValue.Member member, double before, double score, AddOptions options) {
    boolean absent = Double.isNaN(before);
    boolean write = absent ? !options.xx : !options.nx && allowed(before, score, options);
    if (write && before == score) {
      member.renew();
    } else if (write) {
      member.put(score);
    }
    return write && before != score;
  }

  private static boolean allowed(double before, double score, AddOptions options) {
    return (!options.gt || score > before) && (!options.lt || score < before);
  }

  /** Returns the score shown after, or NaN if an option forbade it. */
  private static double increment(SortedSetValue set, byte[] name, double delta, AddOptions options) {
    double before = set.score(name);
    if (Double.isNaN(before)) {
      if (options.xx) {
        return Double.NaN;
      }
      set.member(name).incrementTo(delta);
      return delta;
    }
    if (options.nx) {
      return Double.NaN;
    }
    double score = before + delta;
    if (Double.isNaN(score)) {
      throw new CommandException(RedisErrors.SCORE_NAN);
    }
    if (!allowed(before, score, options)) {
      return Double.NaN;
    }
    set.member(name).incrementTo(score);
    return score;
  }

  // ---------------------------------------------------------------- one member

  private static void score(CommandContext c) {
    reply(c.out(), sorted(c, 1).score(c.arg(2)));
  }

  private static void scores(CommandContext c) {
    SortedSetValue set = sorted(c, 1);
    c.out().array(c.argCount() - 2);
    for (int i = 2; i < c.argCount(); i++) {
      reply(c.out(), set.score(c.arg(i)));
    }
  }

  private static void reply(RespEncoder out, double score) {
    if (Double.isNaN(score)) {
      out.nullBulk();
    } else {
      out.doubleValue(score);
    }
  }

  private static void rank(CommandContext c, boolean reverse) {
    long rank = sorted(c, 1).rank(c.arg(2), reverse);
    if (rank < 0) {
      c.out().nullBulk();
    } else {
      c.out().integer(rank);
    }
  }

  private static void remove(CommandContext c) {
    SortedSetValue set = sorted(c, 1);
    int removed = 0;
    for (int i = 2; i < c.argCount() && set.exists(); i++) {
      removed += set.member(c.arg(i)).remove() ? 1 : 0;
    }
    c.out().integer(removed);
  }

  // ---------------------------------------------------------------- pops

  private static void pop(CommandContext c, boolean highest) {
    if (c.argCount() > 3) {
      throw new CommandException(RedisErrors.SYNTAX);
    }
    boolean counted = c.argCount() == 3;
    long count = counted ? positive(c, 2) : 1;
    popTo(c.out(), sorted(c, 1), highest, count, counted && c.out().version() == 3);
  }

  private static long positive(CommandContext c, int i) {
    if (!c.request().isLong(i) || c.request().asLong(i) < 0) {
      throw new CommandException(RedisErrors.NOT_POSITIVE);
    }
    return c.request().asLong(i);
  }

  private static void popTo(RespEncoder out, SortedSetValue set, boolean highest, long count, boolean nested) {
    int popped = (int) Math.min(count, set.size());
    out.array(nested ? popped : 2 * popped);
    set.pop(highest, popped, (bytes, offset, length, score) -> {
      if (nested) {
        out.array(2);
      }
      out.bulk(bytes, offset, length);
      out.doubleValue(score);
      return true;
    });
  }

  private static void popOfMany(CommandContext c) {
    Request r = c.request();
    long keys = inRange(c, 1, RedisErrors.NUMKEYS_NOT_POSITIVE);
    int whereAt = (int) Math.min(2 + keys, r.argCount());
    if (whereAt >= r.argCount() || !r.is(whereAt, "MIN") && !r.is(whereAt, "MAX")) {
      throw new CommandException(RedisErrors.SYNTAX);
    }
    long count = -1;
    for (int i = whereAt + 1; i < r.argCount(); i += 2) {
      if (count != -1 || !r.is(i, "COUNT") || i + 1 >= r.argCount()) {
        throw new CommandException(RedisErrors.SYNTAX);
      }
      count = inRange(c, i + 1, RedisErrors.COUNT_NOT_POSITIVE);
    }
    for (int i = 2; i < whereAt; i++) {
      SortedSetValue set = sorted(c, i);
      if (set.exists()) {
        c.out().array(2);
        c.out().bulk(c.arg(i));
        popTo(c.out(), set, r.is(whereAt, "MAX"), count == -1 ? 1 : count, true);
        return;
      }
    }
    c.out().nullArray();
  }

  /** An argument of at least 1; anything else is answered with this text. */
  static long inRange(CommandContext c, int i, String error) {
    if (!c.request().isLong(i) || c.request().asLong(i) < 1) {
      throw new CommandException(error);
    }
    return c.request().asLong(i);
  }

  // ---------------------------------------------------------------- ZRANDMEMBER

  private static void random(CommandContext c) {
    if (c.argCount() == 2) {
      SortedSetValue set = sorted(c, 1);
      if (!set.exists()) {
        c.out().nullBulk();
        return;
      }
      long rank = c.random().nextLong(set.size());
      set.byRank(rank, 1, false, (bytes, offset, length, score) -> {
        c.out().bulk(bytes, offset, length);
        return false;
      });
      return;
    }
    long count = c.argLong(2);
    if (count == Long.MIN_VALUE) {
      throw new CommandException(
          "ERR value is out of range, value must between " + -Long.MAX_VALUE + " and " + Long.MAX_VALUE);
    }
    boolean withScores = c.argCount() == 4 && c.request().is(3, "WITHSCORES");
    if (c.argCount() > 4 || c.argCount() == 4 && !withScores) {
      throw new CommandException(RedisErrors.SYNTAX);
    }
    if (withScores && (count < -(Long.MAX_VALUE / 2) || count > Long.MAX_VALUE / 2)) {
      throw new CommandException(RedisErrors.OUT_OF_RANGE);
    }
    SortedSetValue set = sorted(c, 1);
    ScoredReply reply = new ScoredReply(c.out(), withScores);
    if (set.exists() && count < 0) {
      randomWithRepeats(c, set, -count, reply);
    } else if (set.exists() && count > 0) {
      randomDistinct(c, set, count, reply);
    }
    reply.end();
  }

  private static void randomWithRepeats(CommandContext c, SortedSetValue set, long count, ScoredReply reply) {
    long size = set.size();
    for (long i = 0; i < count; i++) {
      set.byRank(c.random().nextLong(size), 1, false, reply);
    }
  }

  /** Robert Floyd's sample: of {@code count} ranks each is as likely as any other; shown in the order drawn. */
  private static void randomDistinct(CommandContext c, SortedSetValue set, long count, ScoredReply reply) {
    long size = set.size();
    if (count >= size) {
      set.byRank(0, size, false, reply);
      return;
    }
    Set<Long> ranks = new HashSet<>();
    List<Long> drawn = new ArrayList<>();
    for (long last = size - count; last < size; last++) {
      long rank = c.random().nextLong(last + 1);
      long picked = ranks.add(rank) ? rank : last;
      ranks.add(picked);
      drawn.add(picked);
    }
    if (count > size / 8) {
      walkTo(set, drawn, reply);
      return;
    }
    for (long rank : drawn) {
      set.byRank(rank, 1, false, reply);
    }
  }

  /** So many ranks that one walk over the set is cheaper than looking each up. */
  private static void walkTo(SortedSetValue set, List<Long> ranks, ScoredReply reply) {
    TreeMap<Long, Boolean> wanted = new TreeMap<>();
    ranks.forEach(rank -> wanted.put(rank, true));
    long[] at = {0};
    set.byRank(0, set.size(), false, (bytes, offset, length, score) -> {
      if (wanted.containsKey(at[0]++)) {
        reply.visit(bytes, offset, length, score);
      }
      return true;
    });
  }

  // ---------------------------------------------------------------- ZSCAN

  private static void scan(CommandContext c) {
    long cursor = ScanArguments.cursor(c, 2);
    Head head = c.head(1, ValueType.ZSET);
    if (!head.exists()) {
      ScanArguments.replyEmpty(c.out());
      return;
    }
    ScanArguments options = ScanArguments.options(c, 3);
    int mark = c.out().mark();
    int[] elements = {0};
    long next = new SortedSetValue(c.keyspace(), head)
        .scan(cursor, options.count(), (bytes, offset, length, score) -> {
          if (options.wants(Arrays.copyOfRange(bytes, offset, offset + length))) {
            c.out().bulk(bytes, offset, length);
            c.out().bulkDouble(score);
            elements[0] += 2;
          }
          return true;
        });
    ScanArguments.reply(c.out(), mark, next, elements[0]);
  }
}
