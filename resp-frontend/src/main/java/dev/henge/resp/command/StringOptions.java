package dev.henge.resp.command;

import dev.henge.resp.codec.Request;

/**
 * The option words of SET and GETEX, as one number: flags below, the index of the time's argument above. Makes no
 * objects.
 */
final class StringOptions {

  static final int NX = 1;
  static final int XX = 2;
  static final int GET = 4;
  static final int KEEPTTL = 8;
  static final int PERSIST = 16;
  private static final int EX = 32;
  private static final int PX = 64;
  private static final int EXAT = 128;
  private static final int PXAT = 256;
  private static final int TIMES = EX | PX | EXAT | PXAT;
  private static final int LASTING = KEEPTTL | PERSIST;

  private static final int TIME_SHIFT = 32;
  private static final long MILLIS_A_SECOND = 1000;

  private StringOptions() {}

  static long ofSet(Request r) {
    return parse(r, 3, NX | XX | GET | KEEPTTL | TIMES);
  }

  static long ofGetex(Request r) {
    return parse(r, 2, PERSIST | TIMES);
  }

  static boolean has(long options, int flag) {
    return (options & flag) != 0;
  }

  static boolean hasTime(long options) {
    return (options & TIMES) != 0;
  }

  /** Whether the time is a point, not a span from now on. */
  static boolean isPoint(long options) {
    return (options & (EXAT | PXAT)) != 0;
  }

  private static long parse(Request r, int from, int allowed) {
    int flags = 0;
    long time = 0;
    for (int i = from; i < r.argCount(); i++) {
      int word = word(r, i) & allowed;
      if (word == 0 || (flags & excluded(word)) != 0) {
        throw new CommandException(RedisErrors.SYNTAX);
      }
      flags |= word;
      if ((word & TIMES) != 0) {
        time = ++i;
        if (i == r.argCount()) {
          throw new CommandException(RedisErrors.SYNTAX);
        }
      }
    }
    return time << TIME_SHIFT | flags;
  }

  private static int word(Request r, int i) {
    return switch (r.length(i)) {
      case 2 -> r.is(i, "EX") ? EX : r.is(i, "PX") ? PX : r.is(i, "NX") ? NX : r.is(i, "XX") ? XX : 0;
      case 3 -> r.is(i, "GET") ? GET : 0;
      case 4 -> r.is(i, "EXAT") ? EXAT : r.is(i, "PXAT") ? PXAT : 0;
      case 7 -> r.is(i, "KEEPTTL") ? KEEPTTL : r.is(i, "PERSIST") ? PERSIST : 0;
      default -> 0;
    };
  }

  /** What may not stand before the word; the same word twice may. */
  private static int excluded(int word) {
    return switch (word) {
      case NX -> XX;
      case XX -> NX;
      case GET -> 0;
      case KEEPTTL -> PERSIST | TIMES;
      case PERSIST -> KEEPTTL | TIMES;
      default -> (TIMES | LASTING) & ~word;
    };
  }

  /** The deadline that the options' time makes; throws Redis's errors if it is no time. */
  static long deadlineMillis(CommandContext c, long options, String name) {
    boolean seconds = (options & (EX | EXAT)) != 0;
    return deadlineMillis(c, (int) (options >>> TIME_SHIFT), seconds, !isPoint(options), name);
  }

  /** The deadline that the time at argument {@code i} makes, which must be positive. */
  static long deadlineMillis(CommandContext c, int i, boolean seconds, boolean fromNow, String name) {
    long time = c.argLong(i);
    if (time <= 0 || seconds && time > Long.MAX_VALUE / MILLIS_A_SECOND) {
      throw new CommandException(RedisErrors.invalidExpireTime(name));
    }
    long deadline = (seconds ? time * MILLIS_A_SECOND : time) + (fromNow ? c.nowMillis() : 0);
    if (deadline <= 0) {
      throw new CommandException(RedisErrors.invalidExpireTime(name));
    }
    return deadline;
  }
}
