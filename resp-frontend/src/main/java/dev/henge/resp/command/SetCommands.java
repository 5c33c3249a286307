package dev.henge.resp.command;

import dev.henge.resp.codec.NumberException;
import dev.henge.resp.codec.Request;
import dev.henge.resp.codec.RespEncoder;
import dev.henge.storage.type.Head;
import dev.henge.storage.type.SetValue;
import dev.henge.storage.type.ValueType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** The commands on sets. */
final class SetCommands {

  /** SINTERCARD's way of saying that all are counted. */
  private static final long LIMIT_NONE = 0;

  private SetCommands() {}

  static void register(CommandBinder b) {
    b.bind("SADD", SetCommands::sadd);
    b.bind("SCARD", c -> c.out().integer(set(c, 1).size()));
    b.bind("SDIFF", c -> reply(c.out(), difference(sets(c, 1, c.argCount()))));
    b.bind("SDIFFSTORE", c -> store(c, difference(sets(c, 2, c.argCount()))));
    b.bind("SINTER", c -> reply(c.out(), intersection(sets(c, 1, c.argCount()))));
    b.bind("SINTERCARD", SetCommands::sintercard);
    b.bind("SINTERSTORE", c -> store(c, intersection(sets(c, 2, c.argCount()))));
    b.bind("SISMEMBER", c -> c.out().integer(set(c, 1).contains(c.arg(2)) ? 1 : 0));
    b.bind("SMEMBERS", SetCommands::smembers);
    b.bind("SMISMEMBER", SetCommands::smismember);
    b.bind("SMOVE", SetCommands::smove);
    b.bind("SPOP", SetCommands::spop);
    b.bind("SRANDMEMBER", SetCommands::srandmember);
    b.bind("SREM", SetCommands::srem);
    b.bind("SSCAN", SetCommands::sscan);
    b.bind("SUNION", c -> reply(c.out(), union(sets(c, 1, c.argCount()))));
    b.bind("SUNIONSTORE", c -> store(c, union(sets(c, 2, c.argCount()))));
  }

  /** The set at argument {@code i}, which may be absent. */
  private static SetValue set(CommandContext c, int i) {
    return new SetValue(c.keyspace(), c.head(i, ValueType.SET));
  }

  private static List<SetValue> sets(CommandContext c, int from, int to) {
    List<SetValue> sets = new ArrayList<>(to - from);
    for (int i = from; i < to; i++) {
      sets.add(set(c, i));
    }
    return sets;
  }

  // ---------------------------------------------------------------- one member at a time

  private static void sadd(CommandContext c) {
    SetValue set = set(c, 1);
    Request request = c.request();
    long added = 0;
    for (int i = 2; i < c.argCount(); i++) {
      added += set.add(request.buffer(), request.offset(i), request.length(i)) ? 1 : 0;
    }
    c.out().integer(added);
  }

  private static void srem(CommandContext c) {
    SetValue set = set(c, 1);
    long removed = 0;
    for (int i = 2; i < c.argCount(); i++) {
      removed += set.remove(c.arg(i)) ? 1 : 0;
    }
    c.out().integer(removed);
  }

  private static void smismember(CommandContext c) {
    SetValue set = set(c, 1);
    c.out().array(c.argCount() - 2);
    for (int i = 2; i < c.argCount(); i++) {
      c.out().integer(set.contains(c.arg(i)) ? 1 : 0);
    }
  }

  private static void smove(CommandContext c) {
    Head sourceHead = c.head(1);
    if (!sourceHead.exists()) {
      c.out().integer(0);
      return;
    }
    SetValue source = new SetValue(c.keyspace(), CommandContext.expect(sourceHead, ValueType.SET));
    byte[] member = c.arg(3);
    if (c.request().same(1, 2)) {
      c.out().integer(source.contains(member) ? 1 : 0);
      return;
    }
    SetValue destination = set(c, 2);
    boolean moved = source.remove(member);
    if (moved) {
      destination.add(member);
    }
    c.out().integer(moved ? 1 : 0);
  }

  // ---------------------------------------------------------------- all of it

  private static void smembers(CommandContext c) {
    SetValue set = set(c, 1);
    c.out().set((int) set.size());
    set.forEach(member -> {
      c.out().bulk(member);
      return true;
    });
  }

  private static void sscan(CommandContext c) {
    long cursor = ScanArguments.cursor(c, 2);
    SetValue set = set(c, 1);
    if (set.size() == 0) {
      ScanArguments.replyEmpty(c.out());
      return;
    }
    ScanArguments options = ScanArguments.options(c, 3);
    int mark = c.out().mark();
    int[] elements = {0};
    long next = set.page(cursor, options.count(), member -> {
      if (options.wants(member)) {
        c.out().bulk(member);
        elements[0]++;
      }
      return true;
    });
    ScanArguments.reply(c.out(), mark, next, elements[0]);
  }

  // ---------------------------------------------------------------- by chance

  private static void srandmember(CommandContext c) {
    if (c.argCount() == 2) {
      one(c.out(), set(c, 1).pick(c.random()));
      return;
    }
    if (c.argCount() > 3) {
      throw new CommandException(RedisErrors.SYNTAX);
    }
    long count = RandomCount.parse(c, 2, false);
    SetValue set = set(c, 1);
    if (set.size() == 0 || count == 0) {
      c.out().array(0);
    } else if (count < 0) {
      array(c.out(), set.repeated(RandomCount.repeated(count), c.random()));
    } else {
      array(c.out(), set.distinct(count, c.random()));
    }
  }

  private static void spop(CommandContext c) {
    if (c.argCount() > 3) {
      throw new CommandException(RedisErrors.SYNTAX);
    }
    if (c.argCount() == 3) {
      spopCount(c);
      return;
    }
    SetValue set = set(c, 1);
    byte[] member = set.pick(c.random());
    if (member != null) {
      set.remove(member);
    }
    one(c.out(), member);
  }

  private static void spopCount(CommandContext c) {
    long count = positive(c, 2);
    Head head = c.head(1, ValueType.SET);
    SetValue set = new SetValue(c.keyspace(), head);
    if (set.size() == 0 || count == 0) {
      c.out().set(0);
      return;
    }
    if (count >= set.size()) {
      smembers(c);
      c.keyspace().delete(head);
      return;
    }
    List<byte[]> popped = set.distinct(count, c.random());
    popped.forEach(set::remove);
    c.out().set(popped.size());
    popped.forEach(c.out()::bulk);
  }

  private static long positive(CommandContext c, int i) {
    if (!c.request().isLong(i) || c.request().asLong(i) < 0) {
      throw new CommandException(RedisErrors.NOT_POSITIVE);
    }
    return c.request().asLong(i);
  }

  private static void one(RespEncoder out, byte[] member) {
    if (member == null) {
      out.nullBulk();
    } else {
      out.bulk(member);
    }
  }

  private static void array(RespEncoder out, List<byte[]> members) {
    out.array(members.size());
    members.forEach(out::bulk);
  }

  // ---------------------------------------------------------------- several sets

  private static void sintercard(CommandContext c) {
    long keys = c.request().isLong(1) ? c.request().asLong(1) : 0;
    if (keys < 1) {
      throw new CommandException(RedisErrors.NUMKEYS_NOT_POSITIVE);
    }
    if (keys > c.argCount() - 2) {
      throw new CommandException("ERR Number of keys can't be greater than number of args");
    }
    int options = 2 + (int) keys;
    long limit = LIMIT_NONE;
    for (int i = options; i < c.argCount(); i += 2) {
      if (!c.request().is(i, "LIMIT") || i + 1 == c.argCount()) {
        throw new CommandException(RedisErrors.SYNTAX);
      }
      limit = limit(c, i + 1);
    }
    long stopAt = limit == LIMIT_NONE ? Long.MAX_VALUE : limit;
    long[] count = {0};
    intersect(sets(c, 2, options), member -> ++count[0] < stopAt);
    c.out().integer(count[0]);
  }

  private static long limit(CommandContext c, int i) {
    try {
      long limit = c.request().asLong(i);
      if (limit >= 0) {
        return limit;
      }
    } catch (NumberException e) {
      // Redis has one text for both
    }
    throw new CommandException(RedisErrors.LIMIT_NEGATIVE);
  }

  /** Walks the smallest set and looks its members up in the others, the next smallest first. */
  private static void intersect(List<SetValue> sets, Predicate<byte[]> visitor) {
    List<SetValue> bySize = new ArrayList<>(sets);
    bySize.sort(Comparator.comparingLong(SetValue::size));
    List<SetValue> others = bySize.subList(1, bySize.size());
    bySize.get(0).forEach(member -> {
      for (SetValue other : others) {
        if (!other.contains(member)) {
          return true;
        }
      }
      return visitor.test(member);
    });
  }

  private static Collection<ByteBuffer> intersection(List<SetValue> sets) {
    List<ByteBuffer> members = new ArrayList<>();
    intersect(sets, member -> members.add(ByteBuffer.wrap(member)));
    return members;
  }

  private static Collection<ByteBuffer> union(List<SetValue> sets) {
    Set<ByteBuffer> members = new LinkedHashSet<>();
    for (SetValue set : sets) {
      set.forEach(member -> {
        members.add(ByteBuffer.wrap(member));
        return true;
      });
    }
    return members;
  }

  /** What only the first set has: by look-ups in the others, or by walking them where that is the lesser work. */
  private static Collection<ByteBuffer> difference(List<SetValue> sets) {
    SetValue first = sets.get(0);
    List<SetValue> others = sets.subList(1, sets.size());
    long toWalk = 0;
    for (SetValue other : others) {
      toWalk += other.size();
    }
    // Half of the look-ups are expected to end early, as in Redis.
    boolean byLookUp = first.size() * others.size() / 2 <= first.size() + toWalk;
    Set<ByteBuffer> left = new LinkedHashSet<>();
    first.forEach(member -> {
      if (!byLookUp || !inAny(others, member)) {
        left.add(ByteBuffer.wrap(member));
      }
      return true;
    });
    for (SetValue other : byLookUp ? List.<SetValue>of() : others) {
      other.forEach(member -> {
        left.remove(ByteBuffer.wrap(member));
        return !left.isEmpty();
      });
    }
    return left;
  }

  private static boolean inAny(List<SetValue> sets, byte[] member) {
    for (SetValue set : sets) {
      if (set.contains(member)) {
        return true;
      }
    }
    return false;
  }

  private static void reply(RespEncoder out, Collection<ByteBuffer> members) {
    out.set(members.size());
    for (ByteBuffer member : members) {
      out.bulk(member.array());
    }
  }

  /** Puts the members, which stand in memory by now, in place of whatever the key at argument 1 held. */
  private static void store(CommandContext c, Collection<ByteBuffer> members) {
    Head head = c.head(1);
    c.keyspace().delete(head);
    SetValue destination = new SetValue(c.keyspace(), head);
    for (ByteBuffer member : members) {
      destination.add(member.array());
    }
    c.out().integer(members.size());
  }
}
