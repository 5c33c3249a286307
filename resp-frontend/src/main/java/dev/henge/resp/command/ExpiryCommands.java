package dev.henge.resp.command;

import dev.henge.resp.codec.Request;
import dev.henge.storage.type.Head;

/** The commands on deadlines: absolute points in time that belong to a key, whatever its type. */
final class ExpiryCommands {

  private static final long NO_KEY = -2;
  private static final long NO_DEADLINE = -1;
  private static final long MILLIS_A_SECOND = 1000;

  private static final int NX = 1;
  private static final int XX = 2;
  private static final int GT = 4;
  private static final int LT = 8;

  private ExpiryCommands() {}

  static void register(CommandBinder b) {
    b.bind("EXPIRE", c -> expire(c, true, c.nowMillis(), "expire"));
    b.bind("EXPIREAT", c -> expire(c, true, 0, "expireat"));
    b.bind("EXPIRETIME", c -> c.out().integer(seconds(deadline(c))));
    b.bind("PERSIST", ExpiryCommands::persist);
    b.bind("PEXPIRE", c -> expire(c, false, c.nowMillis(), "pexpire"));
    b.bind("PEXPIREAT", c -> expire(c, false, 0, "pexpireat"));
    b.bind("PEXPIRETIME", c -> c.out().integer(deadline(c)));
    b.bind("PTTL", c -> c.out().integer(left(c)));
    b.bind("TTL", c -> c.out().integer(seconds(left(c))));
  }

  private static void expire(CommandContext c, boolean inSeconds, long baseMillis, String name) {
    int conditions = conditions(c.request());
    long when = c.argLong(2);
    if (inSeconds) {
      if (when > Long.MAX_VALUE / MILLIS_A_SECOND || when < Long.MIN_VALUE / MILLIS_A_SECOND) {
        throw new CommandException(RedisErrors.invalidExpireTime(name));
      }
      when *= MILLIS_A_SECOND;
    }
    if (when > Long.MAX_VALUE - baseMillis) {
      throw new CommandException(RedisErrors.invalidExpireTime(name));
    }
    long deadline = when + baseMillis;
    Head head = c.head(1);
    if (!head.exists() || !allowed(conditions, head.deadlineMillis(), deadline)) {
      c.out().integer(0);
      return;
    }
    if (deadline <= c.nowMillis()) {
      c.keyspace().delete(head);
    } else {
      c.keyspace().setDeadline(head, deadline);
    }
    c.out().integer(1);
  }

  private static int conditions(Request r) {
    int conditions = 0;
    for (int i = 3; i < r.argCount(); i++) {
      if (r.is(i, "NX")) {
        conditions |= NX;
      } else if (r.is(i, "XX")) {
        conditions |= XX;
      } else if (r.is(i, "GT")) {
        conditions |= GT;
      } else if (r.is(i, "LT")) {
        conditions |= LT;
      } else {
        throw new CommandException("ERR Unsupported option " + r.string(i));
      }
    }
    if ((conditions & NX) != 0 && conditions != NX) {
      throw new CommandException(RedisErrors.NX_AND_OTHERS);
    }
    if ((conditions & (GT | LT)) == (GT | LT)) {
      throw new CommandException(RedisErrors.GT_AND_LT);
    }
    return conditions;
  }

  /** A key without a deadline (0) lives for ever: no deadline is greater than its, and any is less. */
  private static boolean allowed(int conditions, long present, long wanted) {
    if ((conditions & NX) != 0 && present != 0 || (conditions & XX) != 0 && present == 0) {
      return false;
    }
    if ((conditions & GT) != 0 && (present == 0 || wanted <= present)) {
      return false;
    }
    return (conditions & LT) == 0 || present == 0 || wanted < present;
  }

  private static void persist(CommandContext c) {
    Head head = c.head(1);
    boolean had = head.exists() && head.deadlineMillis() != 0;
    if (had) {
      c.keyspace().setDeadline(head, 0);
    }
    c.out().integer(had ? 1 : 0);
  }

  private static long deadline(CommandContext c) {
    Head head = c.peek(1);
    if (!head.exists()) {
      return NO_KEY;
    }
    long deadline = head.deadlineMillis();
    return deadline == 0 ? NO_DEADLINE : deadline;
  }

  private static long left(CommandContext c) {
    long deadline = deadline(c);
    return deadline < 0 ? deadline : Math.max(0, deadline - c.nowMillis());
  }

  /** Rounded, as Redis does, to the end of time too. */
  private static long seconds(long millis) {
    return millis < 0 ? millis : millis / MILLIS_A_SECOND + (millis % MILLIS_A_SECOND * 2 / MILLIS_A_SECOND);
  }
}
