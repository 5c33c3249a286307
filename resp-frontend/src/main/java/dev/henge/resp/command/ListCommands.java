package dev.henge.resp.command;

import dev.henge.storage.type.Head;
import dev.henge.storage.type.ListValue;
import dev.henge.storage.type.ValueType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The commands on lists that do not wait. */
final class ListCommands {

  private ListCommands() {}

  static void register(CommandBinder b) {
    b.bind("LINDEX", ListCommands::lindex);
    b.bind("LINSERT", ListCommands::linsert);
    b.bind("LLEN", c -> c.out().integer(list(c, 1).size()));
    b.bind("LMOVE", c -> move(c, isLast(c, 3), isLast(c, 4)));
    b.bind("LMPOP", ListCommands::lmpop);
    b.bind("LPOP", c -> pop(c, "lpop", false));
    b.bind("LPOS", ListCommands::lpos);
    b.bind("LPUSH", c -> push(c, false, false));
    b.bind("LPUSHX", c -> push(c, false, true));
    b.bind("LRANGE", ListCommands::lrange);
    b.bind("LREM", ListCommands::lrem);
    b.bind("LSET", ListCommands::lset);
    b.bind("LTRIM", ListCommands::ltrim);
    b.bind("RPOP", c -> pop(c, "rpop", true));
    b.bind("RPOPLPUSH", c -> move(c, true, false));
    b.bind("RPUSH", c -> push(c, true, false));
    b.bind("RPUSHX", c -> push(c, true, true));
  }

  /**
   * The steps of an LMOVE between two nodes, no client's: what stands at an end, and where; a push that tells where
   * to; and the taking away of just that element.
   */
  static void registerInternal(CommandBinder b) {
    b.bind("HENGE.LPEEK", c -> {
      ListValue.Element end = list(c, 1).end(isLast(c, 2));
      if (end == null) {
        c.out().nullBulk();
      } else {
        c.out().array(2);
        c.out().bulk(end.position());
        c.out().bulk(end.bytes());
      }
    });
    b.bind("HENGE.LGIVE", c -> {
      ListValue list = list(c, 1);
      list.push(isLast(c, 2), c.arg(3));
      c.out().bulk(list.end(isLast(c, 2)).position());
    });
    b.bind("HENGE.LTAKE", c -> {
      ListValue list = new ListValue(c.keyspace(), c.head(1));
      c.out().integer(list.take(new ListValue.Element(c.arg(2), c.arg(3))) ? 1 : 0);
    });
  }

  /** The list at argument {@code i}, which may be absent. */
  private static ListValue list(CommandContext c, int i) {
    return new ListValue(c.keyspace(), c.head(i, ValueType.LIST));
  }

  /** LEFT or RIGHT: whether it is the last end. */
  private static boolean isLast(CommandContext c, int i) {
    if (!c.request().is(i, "LEFT") && !c.request().is(i, "RIGHT")) {
      throw new CommandException(RedisErrors.SYNTAX);
    }
    return c.request().is(i, "RIGHT");
  }

  private static long notNegative(CommandContext c, int i, String error) {
    if (!c.request().isLong(i) || c.request().asLong(i) < 0) {
      throw new CommandException(error);
    }
    return c.request().asLong(i);
  }

  private static void reply(CommandContext c, byte[] element) {
    if (element == null) {
      c.out().nullBulk();
    } else {
      c.out().bulk(element);
    }
  }

  // ---------------------------------------------------------------- the ends

  private static void push(CommandContext c, boolean last, boolean onlyIfThere) {
    ListValue list = list(c, 1);
    if (onlyIfThere && !list.exists()) {
      c.out().integer(0);
      return;
    }
    for (int i = 2; i < c.argCount(); i++) {
      list.push(last, c.arg(i));
    }
    c.out().integer(list.size());
  }

  private static void pop(CommandContext c, String name, boolean last) {
    if (c.argCount() > 3) {
      throw new CommandException(RedisErrors.wrongArgCount(name));
    }
    if (c.argCount() == 2) {
      if (!list(c, 1).pop(last, c.bulkReply())) {
        c.out().nullBulk();
      }
      return;
    }
    long count = notNegative(c, 2, RedisErrors.NOT_POSITIVE);
    ListValue list = list(c, 1);
    if (list.exists()) {
      popped(c, list, last, count);
    } else {
      c.out().nullArray();
    }
  }

  private static void popped(CommandContext c, ListValue list, boolean last, long count) {
    c.out().array((int) Math.min(count, list.size()));
    list.pop(last, count, c.out()::bulk);
  }

  private static void lmpop(CommandContext c) {
    long keys = c.request().isLong(1) ? c.request().asLong(1) : 0;
    if (keys < 1) {
      throw new CommandException(RedisErrors.NUMKEYS_NOT_POSITIVE);
    }
    if (keys > c.argCount() - 3) {
      throw new CommandException(RedisErrors.SYNTAX);
    }
    int side = 2 + (int) keys;
    boolean last = isLast(c, side);
    long count = 1;
    if (c.argCount() > side + 1) {
      if (c.argCount() != side + 3 || !c.request().is(side + 1, "COUNT")) {
        // Redis reads the arguments one by one: a wrong count before a superfluous word is the count's error.
        if (c.argCount() > side + 3 && c.request().is(side + 1, "COUNT")) {
          positive(c, side + 2);
        }
        throw new CommandException(RedisErrors.SYNTAX);
      }
      count = positive(c, side + 2);
    }
    for (int i = 2; i < side; i++) {
      ListValue list = list(c, i);
      if (list.exists()) {
        c.out().array(2);
        c.out().bulk(c.arg(i));
        popped(c, list, last, count);
        return;
      }
    }
    c.out().nullArray();
  }

  private static long positive(CommandContext c, int i) {
    long count = notNegative(c, i, RedisErrors.COUNT_NOT_POSITIVE);
    if (count == 0) {
      throw new CommandException(RedisErrors.COUNT_NOT_POSITIVE);
    }
    return count;
  }

  private static void move(CommandContext c, boolean fromLast, boolean toLast) {
    Head sourceHead = c.head(1, ValueType.LIST);
    if (!sourceHead.exists()) {
      c.out().nullBulk();
      return;
    }
    ListValue source = new ListValue(c.keyspace(), sourceHead);
    byte[] element = source.peek(fromLast);
    if (!c.request().same(1, 2)) {
      list(c, 2).push(toLast, element);
      source.pop(fromLast);
    } else if (fromLast != toLast && source.size() > 1) {
      source.push(toLast, element);
      source.pop(fromLast);
    }
    c.out().bulk(element);
  }

  // ---------------------------------------------------------------- by index

  private static void lindex(CommandContext c) {
    ListValue list = list(c, 1);
    reply(c, list.exists() ? list.get(c.argLong(2)) : null);
  }

  private static void lset(CommandContext c) {
    ListValue list = list(c, 1);
    if (!list.exists()) {
      throw new CommandException(RedisErrors.NO_SUCH_KEY);
    }
    if (!list.set(c.argLong(2), c.arg(3))) {
      throw new CommandException(RedisErrors.INDEX_OUT_OF_RANGE);
    }
    c.out().ok();
  }

  /** @param count 0 if nothing lies between the two indexes */
  private record Stretch(long from, long count) {

    static Stretch of(long start, long stop, long size) {
      long from = Math.max(0, start < 0 ? start + size : start);
      long to = Math.min(size - 1, stop < 0 ? stop + size : stop);
      return new Stretch(from, to < from ? 0 : to - from + 1);
    }
  }

  private static void lrange(CommandContext c) {
    long start = c.argLong(2);
    long stop = c.argLong(3);
    ListValue list = list(c, 1);
    Stretch stretch = Stretch.of(start, stop, list.size());
    if (stretch.count() == 0) {
      c.out().array(0);
      return;
    }
    byte[] kept = list.kept(stretch.from(), stretch.count());
    if (kept != null) {
      c.out().raw(kept, 0, kept.length);
      return;
    }
    int mark = c.out().mark();
    c.out().array((int) stretch.count());
    list.range(stretch.from(), stretch.count(), c.out()::bulk);
    list.keep(stretch.from(), stretch.count(), c.out().array(), mark, c.out().length() - mark);
  }

  private static void ltrim(CommandContext c) {
    long start = c.argLong(2);
    long stop = c.argLong(3);
    ListValue list = list(c, 1);
    Stretch stretch = Stretch.of(start, stop, list.size());
    list.trim(stretch.from(), stretch.count());
    c.out().ok();
  }

  // ---------------------------------------------------------------- by value

  private static void linsert(CommandContext c) {
    boolean behind = c.request().is(2, "AFTER");
    if (!behind && !c.request().is(2, "BEFORE")) {
      throw new CommandException(RedisErrors.SYNTAX);
    }
    ListValue list = list(c, 1);
    if (!list.exists()) {
      c.out().integer(0);
      return;
    }
    c.out().integer(list.insert(c.arg(3), behind, c.arg(4)) ? list.size() : -1);
  }

  private static void lrem(CommandContext c) {
    long count = c.argLong(2);
    ListValue list = list(c, 1);
    long limit = count == 0 || count == Long.MIN_VALUE ? Long.MAX_VALUE : Math.abs(count);
    c.out().integer(list.remove(c.arg(3), count < 0, limit));
  }

  /**
   * What LPOS was asked for. {@code count} -1: one index, no array; 0: all of them. {@code lengthMax} 0: all is
   * looked at.
   */
  private record Search(byte[] element, long rank, long count, long lengthMax) {

    static Search parse(CommandContext c) {
      long rank = 1;
      long count = -1;
      long lengthMax = 0;
      for (int i = 3; i < c.argCount(); i += 2) {
        boolean more = i + 1 < c.argCount();
        if (more && c.request().is(i, "RANK")) {
          rank = rank(c, i + 1);
        } else if (more && c.request().is(i, "COUNT")) {
          count = notNegative(c, i + 1, RedisErrors.COUNT_NEGATIVE);
        } else if (more && c.request().is(i, "MAXLEN")) {
          lengthMax = notNegative(c, i + 1, "ERR MAXLEN can't be negative");
        } else {
          throw new CommandException(RedisErrors.SYNTAX);
        }
      }
      return new Search(c.arg(2), rank, count, lengthMax);
    }

    private static long rank(CommandContext c, int i) {
      long rank = c.argLong(i);
      if (rank == 0) {
        throw new CommandException("ERR RANK can't be zero: use 1 to start from the first match, 2 from the second "
            + "... or use negative to start from the end of the list");
      }
      return rank;
    }

    /** A rank of {@link Long#MIN_VALUE} has no absolute value, and is -1, as in Redis. */
    List<Long> in(ListValue list) {
      List<Long> found = new ArrayList<>();
      long wanted = count < 0 ? 1 : count;
      long size = list.size();
      long[] matches = {0};
      list.walk(rank < 0, (index, bytes) -> {
        if (lengthMax > 0 && index >= lengthMax) {
          return false;
        }
        if (Arrays.equals(bytes, element) && ++matches[0] >= Math.abs(rank)) {
          found.add(rank < 0 ? size - 1 - index : index);
        }
        return wanted == 0 || found.size() < wanted;
      });
      return found;
    }
  }

  private static void lpos(CommandContext c) {
    Search search = Search.parse(c);
    List<Long> found = search.in(list(c, 1));
    if (search.count() >= 0) {
      c.out().array(found.size());
      found.forEach(c.out()::integer);
    } else if (found.isEmpty()) {
      c.out().nullBulk();
    } else {
      c.out().integer(found.get(0));
    }
  }
}
