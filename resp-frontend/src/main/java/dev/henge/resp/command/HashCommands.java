package dev.henge.resp.command;

import dev.henge.resp.codec.NumberException;
import dev.henge.resp.codec.RedisNumbers;
import dev.henge.resp.codec.Request;
import dev.henge.resp.codec.RespEncoder;
import dev.henge.storage.type.HashValue;
import dev.henge.storage.type.ValueType;
import java.math.BigDecimal;
import java.util.List;

/** The commands on hashes. */
final class HashCommands {

  private HashCommands() {}

  static void register(CommandBinder b) {
    b.bind("HDEL", HashCommands::hdel);
    b.bind("HEXISTS", c -> c.out().integer(hash(c).contains(c.arg(2)) ? 1 : 0));
    b.bind("HGET", c -> bulkOrNull(c.out(), hash(c).get(c.arg(2))));
    b.bind("HGETALL", HashCommands::hgetall);
    b.bind("HINCRBY", HashCommands::hincrby);
    b.bind("HINCRBYFLOAT", HashCommands::hincrbyfloat);
    b.bind("HKEYS", HashCommands::hkeys);
    b.bind("HLEN", c -> c.out().integer(hash(c).size()));
    b.bind("HMGET", HashCommands::hmget);
    b.bind("HMSET", HashCommands::hmset);
    b.bind("HRANDFIELD", HashCommands::hrandfield);
    b.bind("HSCAN", HashCommands::hscan);
    b.bind("HSET", c -> c.out().integer(setPairs(c, "hset")));
    b.bind("HSETNX", HashCommands::hsetnx);
    b.bind("HSTRLEN", HashCommands::hstrlen);
    b.bind("HVALS", HashCommands::hvals);
  }

  /** The hash at argument 1, which may be absent. */
  private static HashValue hash(CommandContext c) {
    return new HashValue(c.keyspace(), c.head(1, ValueType.HASH));
  }

  private static void bulkOrNull(RespEncoder out, byte[] value) {
    if (value == null) {
      out.nullBulk();
    } else {
      out.bulk(value);
    }
  }

  private static long setPairs(CommandContext c, String name) {
    if (c.argCount() % 2 != 0) {
      throw new CommandException(RedisErrors.wrongArgCount(name));
    }
    HashValue hash = hash(c);
    long added = 0;
    Request request = c.request();
    for (int i = 2; i < c.argCount(); i += 2) {
      added += hash.set(request.buffer(), request.offset(i), request.length(i),
          request.offset(i + 1), request.length(i + 1)) ? 1 : 0;
    }
    return added;
  }

  private static void hmset(CommandContext c) {
    setPairs(c, "hmset");
    c.out().ok();
  }

  private static void hsetnx(CommandContext c) {
    HashValue hash = hash(c);
    byte[] field = c.arg(2);
    boolean absent = !hash.contains(field);
    if (absent) {
      hash.set(field, c.arg(3));
    }
    c.out().integer(absent ? 1 : 0);
  }

  private static void hdel(CommandContext c) {
    HashValue hash = hash(c);
    long removed = 0;
    for (int i = 2; i < c.argCount(); i++) {
      removed += hash.remove(c.arg(i)) ? 1 : 0;
    }
    c.out().integer(removed);
  }

  private static void hmget(CommandContext c) {
    HashValue hash = hash(c);
    c.out().array(c.argCount() - 2);
    for (int i = 2; i < c.argCount(); i++) {
      bulkOrNull(c.out(), hash.get(c.arg(i)));
    }
  }

  private static void hstrlen(CommandContext c) {
    byte[] value = hash(c).get(c.arg(2));
    c.out().integer(value == null ? 0 : value.length);
  }

  // ---------------------------------------------------------------- all of it

  private static void hgetall(CommandContext c) {
    HashValue hash = hash(c);
    c.out().map((int) hash.size());
    hash.forEach((field, value) -> {
      c.out().bulk(field);
      c.out().bulk(value);
      return true;
    });
  }

  private static void hkeys(CommandContext c) {
    HashValue hash = hash(c);
    c.out().array((int) hash.size());
    hash.forEachField(field -> {
      c.out().bulk(field);
      return true;
    });
  }

  private static void hvals(CommandContext c) {
    HashValue hash = hash(c);
    c.out().array((int) hash.size());
    hash.forEach((field, value) -> {
      c.out().bulk(value);
      return true;
    });
  }

  private static void hscan(CommandContext c) {
    long cursor = ScanArguments.cursor(c, 2);
    HashValue hash = hash(c);
    if (hash.size() == 0) {
      ScanArguments.replyEmpty(c.out());
      return;
    }
    ScanArguments options = ScanArguments.options(c, 3);
    int mark = c.out().mark();
    int[] elements = {0};
    long next = hash.page(cursor, options.count(), (field, value) -> {
      if (options.wants(field)) {
        c.out().bulk(field);
        c.out().bulk(value);
        elements[0] += 2;
      }
      return true;
    });
    ScanArguments.reply(c.out(), mark, next, elements[0]);
  }

  // ---------------------------------------------------------------- numbers

  private static void hincrby(CommandContext c) {
    long by = c.argLong(3);
    HashValue hash = hash(c);
    byte[] field = c.arg(2);
    byte[] old = hash.get(field);
    if (old != null && !RedisNumbers.isLong(old, 0, old.length)) {
      throw new CommandException(RedisErrors.HASH_VALUE_NOT_AN_INTEGER);
    }
    long from = old == null ? 0 : RedisNumbers.parseLong(old);
    long to = from + by;
    if (((from ^ to) & (by ^ to)) < 0) {
      throw new CommandException(RedisErrors.INCREMENT_OVERFLOW);
    }
    hash.moveTo(field, BigDecimal.valueOf(to));
    c.out().integer(to);
  }

  private static void hincrbyfloat(CommandContext c) {
    BigDecimal by = longDouble(c.arg(3), RedisErrors.NOT_A_FLOAT);
    if (by == null) {
      throw new CommandException("ERR value is NaN or Infinity");
    }
    HashValue hash = hash(c);
    byte[] field = c.arg(2);
    byte[] old = hash.get(field);
    BigDecimal from = old == null ? BigDecimal.ZERO : longDouble(old, RedisErrors.HASH_VALUE_NOT_A_FLOAT);
    BigDecimal sum = from == null ? null : RedisNumbers.toLongDouble(from.add(by));
    if (sum == null) {
      throw new CommandException(RedisErrors.INCREMENT_NAN);
    }
    String to = RedisNumbers.formatLongDouble(sum);
    hash.moveTo(field, new BigDecimal(to));
    c.out().bulk(to);
  }

  /** A long double; null for an infinity. */
  private static BigDecimal longDouble(byte[] text, String refusal) {
    try {
      return RedisNumbers.parseLongDouble(text, 0, text.length);
    } catch (NumberException e) {
      throw new CommandException(refusal);
    }
  }

  // ---------------------------------------------------------------- by chance

  private static void hrandfield(CommandContext c) {
    if (c.argCount() == 2) {
      bulkOrNull(c.out(), hash(c).pick(c.random()));
      return;
    }
    boolean withValues = c.argCount() == 4 && c.request().is(3, "WITHVALUES");
    long count = RandomCount.parse(c, 2, withValues);
    if (c.argCount() > 3 && !withValues) {
      throw new CommandException(RedisErrors.SYNTAX);
    }
    HashValue hash = hash(c);
    List<byte[]> fields = hash.size() == 0 || count == 0
        ? List.of()
        : count > 0 ? hash.distinct(count, c.random()) : hash.repeated(RandomCount.repeated(count), c.random());
    replyPairs(c.out(), hash, fields, withValues);
  }

  private static void replyPairs(RespEncoder out, HashValue hash, List<byte[]> fields, boolean withValues) {
    boolean flat = withValues && out.version() == 2;
    out.array(flat ? 2 * fields.size() : fields.size());
    for (byte[] field : fields) {
      if (withValues && !flat) {
        out.array(2);
      }
      out.bulk(field);
      if (withValues) {
        out.bulk(hash.get(field));
      }
    }
  }
}
