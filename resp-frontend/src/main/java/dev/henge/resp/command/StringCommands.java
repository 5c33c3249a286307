package dev.henge.resp.command;

import dev.henge.resp.codec.NumberException;
import dev.henge.resp.codec.RedisNumbers;
import dev.henge.resp.codec.Request;
import dev.henge.storage.type.Head;
import dev.henge.storage.type.StringValue;
import dev.henge.storage.type.ValueType;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.function.LongSupplier;

/** The commands on strings, which are counters too. GET, SET and INCR are the hot path: they copy a value once. */
final class StringCommands {

  /** The greatest length of a string, in bytes, unless a setting says otherwise: Redis's proto-max-bulk-len. */
  static final long STRING_BYTES_MAX = 512L << 20;

  /** However the setting stands, a Java array holds no more. */
  private static final long ARRAY_BYTES_MAX = Integer.MAX_VALUE - 64;

  /** No longer text is a number to Redis: it need not be read to know. */
  private static final int NUMBER_BYTES_MAX = 5 * 1024;

  private final LongSupplier stringBytesMax;

  private StringCommands(LongSupplier stringBytesMax) {
    this.stringBytesMax = stringBytesMax;
  }

  /** @param stringBytesMax the setting proto-max-bulk-len, asked at each command that makes a string longer */
  static void register(CommandBinder b, LongSupplier stringBytesMax) {
    StringCommands limited = new StringCommands(stringBytesMax);
    b.bind("APPEND", limited::append);
    b.bind("DECR", c -> count(c, -1));
    b.bind("DECRBY", StringCommands::decrby);
    b.bind("GET", StringCommands::get);
    b.bind("GETDEL", StringCommands::getdel);
    b.bind("GETEX", StringCommands::getex);
    b.bind("GETRANGE", StringCommands::getrange);
    b.bind("GETSET", StringCommands::getset);
    b.bind("INCR", c -> count(c, 1));
    b.bind("INCRBY", c -> count(c, c.argLong(2)));
    b.bind("INCRBYFLOAT", StringCommands::incrbyfloat);
    b.bind("LCS", CommonSubsequence::lcs);
    b.bind("MGET", StringCommands::mget);
    b.bind("MSET", StringCommands::mset);
    b.bind("MSETNX", StringCommands::msetnx);
    b.bind("PSETEX", c -> setex(c, false, "psetex"));
    b.bind("SET", StringCommands::set);
    b.bind("SETEX", c -> setex(c, true, "setex"));
    b.bind("SETNX", StringCommands::setnx);
    b.bind("SETRANGE", limited::setrange);
    b.bind("STRLEN", c -> c.out().integer(c.string(1).length()));
    b.bind("SUBSTR", StringCommands::getrange);
  }

  // ---------------------------------------------------------------- SET and its kin

  private static StringValue value(CommandContext c, Head head) {
    return new StringValue(c.keyspace(), head);
  }

  private static void get(CommandContext c) {
    if (!c.replyPlain(1)) {
      c.reply(c.string(1));
    }
  }

  private static void set(CommandContext c) {
    if (c.argCount() > 3) {
      setWithOptions(c);
      return;
    }
    c.setString(1, 2);
    c.out().ok();
  }

  private static void setWithOptions(CommandContext c) {
    long options = StringOptions.ofSet(c.request());
    long deadline = StringOptions.hasTime(options) ? StringOptions.deadlineMillis(c, options, "set") : 0;
    Head head = c.head(1);
    StringValue value = value(c, head);
    boolean answersOld = StringOptions.has(options, StringOptions.GET);
    if (answersOld) {
      CommandContext.expect(head, ValueType.STRING);
      c.reply(value);
    }
    boolean exists = head.exists();
    if (StringOptions.has(options, exists ? StringOptions.NX : StringOptions.XX)) {
      if (!answersOld) {
        c.out().nullBulk();
      }
      return;
    }
    if (StringOptions.has(options, StringOptions.KEEPTTL)) {
      deadline = exists ? head.deadlineMillis() : 0;
    }
    value.set(c.arg(2), deadline);
    if (!answersOld) {
      c.out().ok();
    }
  }

  private static void setex(CommandContext c, boolean seconds, String name) {
    long deadline = StringOptions.deadlineMillis(c, 2, seconds, true, name);
    value(c, c.head(1)).set(c.arg(3), deadline);
    c.out().ok();
  }

  private static void setnx(CommandContext c) {
    Head head = c.head(1);
    boolean isNew = !head.exists();
    if (isNew) {
      value(c, head).set(c.arg(2), 0);
    }
    c.out().integer(isNew ? 1 : 0);
  }

  private static void getset(CommandContext c) {
    StringValue value = c.string(1);
    c.reply(value);
    value.set(c.arg(2), 0);
  }

  private static void getdel(CommandContext c) {
    Head head = c.head(1, ValueType.STRING);
    c.reply(value(c, head));
    c.keyspace().delete(head);
  }

  private static void getex(CommandContext c) {
    long options = StringOptions.ofGetex(c.request());
    Head head = c.head(1, ValueType.STRING);
    boolean exists = head.exists();
    long deadline =
        exists && StringOptions.hasTime(options) ? StringOptions.deadlineMillis(c, options, "getex") : 0;
    c.reply(value(c, head));
    if (!exists) {
      return;
    }
    if (StringOptions.isPoint(options) && deadline <= c.nowMillis()) {
      c.keyspace().delete(head);
    } else if (deadline != 0) {
      c.keyspace().setDeadline(head, deadline);
    } else if (StringOptions.has(options, StringOptions.PERSIST) && head.deadlineMillis() != 0) {
      c.keyspace().setDeadline(head, 0);
    }
  }

  // ---------------------------------------------------------------- several keys

  private static void mget(CommandContext c) {
    c.out().array(c.argCount() - 1);
    for (int i = 1; i < c.argCount(); i++) {
      if (!c.replyPlain(i)) {
        c.reply(value(c, c.head(i)));
      }
    }
  }

  private static void mset(CommandContext c) {
    requirePairs(c, "mset");
    setAll(c);
    c.out().ok();
  }

  private static void msetnx(CommandContext c) {
    requirePairs(c, "msetnx");
    for (int i = 1; i < c.argCount(); i += 2) {
      if (c.head(i).exists()) {
        c.out().integer(0);
        return;
      }
    }
    setAll(c);
    c.out().integer(1);
  }

  private static void requirePairs(CommandContext c, String name) {
    if (c.argCount() % 2 == 0) {
      throw new CommandException(RedisErrors.wrongArgCount(name));
    }
  }

  private static void setAll(CommandContext c) {
    for (int i = 1; i < c.argCount(); i += 2) {
      c.setString(i, i + 1);
    }
  }

  // ---------------------------------------------------------------- parts of strings

  private void append(CommandContext c) {
    StringValue value = c.string(1);
    int more = c.request().length(2);
    if (!value.exists()) {
      value.set(c.arg(2), 0);
      c.out().integer(more);
      return;
    }
    int length = value.length();
    checkLength((long) length + more);
    c.out().integer(value.write(length, c.request().buffer(), c.request().offset(2), more));
  }

  private void setrange(CommandContext c) {
    long offset = c.argLong(2);
    if (offset < 0) {
      throw new CommandException(RedisErrors.OFFSET_OUT_OF_RANGE);
    }
    StringValue value = c.string(1);
    int count = c.request().length(3);
    if (count == 0) {
      c.out().integer(value.length());
      return;
    }
    checkLength(offset > ARRAY_BYTES_MAX ? Long.MAX_VALUE : offset + count);
    c.out().integer(value.write((int) offset, c.request().buffer(), c.request().offset(3), count));
  }

  private void checkLength(long length) {
    if (length > Math.min(stringBytesMax.getAsLong(), ARRAY_BYTES_MAX)) {
      throw new CommandException(RedisErrors.STRING_TOO_LONG);
    }
  }

  private static void getrange(CommandContext c) {
    long start = c.argLong(2);
    long end = c.argLong(3);
    StringValue value = c.string(1);
    int length = value.length();
    long from = Math.max(0, start < 0 ? start + length : start);
    long to = Math.min(length - 1L, Math.max(0, end < 0 ? end + length : end));
    if (length == 0 || from > to || start < 0 && end < 0 && start > end) {
      c.out().bulk("");
    } else {
      value.range((int) from, (int) (to - from + 1), c.bulkReply());
    }
  }

  // ---------------------------------------------------------------- counters

  private static void decrby(CommandContext c) {
    long by = c.argLong(2);
    if (by == Long.MIN_VALUE) {
      throw new CommandException(RedisErrors.DECREMENT_OVERFLOW);
    }
    count(c, -by);
  }

  private static void count(CommandContext c, long by) {
    if (c.moveNumber(1, by)) {
      return;
    }
    StringValue value = c.string(1);
    if (value.length() > NUMBER_BYTES_MAX) {
      throw new CommandException(RedisErrors.NOT_AN_INTEGER);
    }
    byte[] shown = value.get();
    long from;
    try {
      from = shown == null ? 0 : RedisNumbers.parseLong(shown);
    } catch (NumberException e) {
      throw new CommandException(RedisErrors.NOT_AN_INTEGER);
    }
    long sum = from + by;
    if (((from ^ sum) & (by ^ sum)) < 0) {
      throw new CommandException(RedisErrors.INCREMENT_OVERFLOW);
    }
    value.move(from, by);
    c.out().integer(sum);
  }

  private static void incrbyfloat(CommandContext c) {
    StringValue value = c.string(1);
    if (value.length() > NUMBER_BYTES_MAX) {
      throw new CommandException(RedisErrors.NOT_A_FLOAT);
    }
    byte[] shown = value.get();
    BigDecimal from = shown == null ? BigDecimal.ZERO : longDouble(shown, 0, shown.length);
    Request r = c.request();
    BigDecimal by = longDouble(r.buffer(), r.offset(2), r.length(2));
    BigDecimal sum = from == null || by == null ? null : RedisNumbers.toLongDouble(from.add(by));
    if (sum == null) {
      throw new CommandException(RedisErrors.INCREMENT_NAN);
    }
    String text = RedisNumbers.formatLongDouble(sum);
    value.moveTo(new BigDecimal(text));
    c.out().bulk(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Null for an infinity. */
  private static BigDecimal longDouble(byte[] bytes, int offset, int length) {
    try {
      return RedisNumbers.parseLongDouble(bytes, offset, length);
    } catch (NumberException e) {
      throw new CommandException(RedisErrors.NOT_A_FLOAT);
    }
  }
}
