package dev.henge.resp.command;

import dev.henge.resp.codec.RespEncoder;
import java.util.Arrays;

/** What HSCAN, SSCAN, ZSCAN and SCAN are asked for beside the cursor: {@code [MATCH pattern] [COUNT count]}. */
final class ScanArguments {

  private static final long COUNT_DEFAULT = 10;

  private final GlobPattern match;
  private final long count;

  private ScanArguments(GlobPattern match, long count) {
    this.match = match;
    this.count = count;
  }

  /** The cursor at argument {@code i}, unsigned: what C's strtoul takes, without blanks before it. */
  static long cursor(CommandContext c, int i) {
    String text = c.request().string(i);
    if (text.isEmpty()) {
      return 0;
    }
    boolean signed = text.charAt(0) == '-' || text.charAt(0) == '+';
    if (signed && text.length() > 1 && text.charAt(1) == '+') {
      throw new CommandException(RedisErrors.INVALID_CURSOR);
    }
    try {
      long cursor = Long.parseUnsignedLong(signed ? text.substring(1) : text);
      return text.charAt(0) == '-' ? -cursor : cursor;
    } catch (NumberFormatException e) {
      throw new CommandException(RedisErrors.INVALID_CURSOR);
    }
  }

  /** The options from argument {@code from} on. */
  static ScanArguments options(CommandContext c, int from) {
    GlobPattern match = null;
    long count = COUNT_DEFAULT;
    for (int i = from; i < c.argCount(); i += 2) {
      boolean hasValue = i + 1 < c.argCount();
      if (hasValue && c.request().is(i, "COUNT")) {
        count = c.argLong(i + 1);
        if (count < 1) {
          throw new CommandException(RedisErrors.SYNTAX);
        }
      } else if (hasValue && c.request().is(i, "MATCH")) {
        GlobPattern pattern = new GlobPattern(c.arg(i + 1), false);
        match = pattern.matchesAll() ? null : pattern;
      } else {
        throw new CommandException(RedisErrors.SYNTAX);
      }
    }
    return new ScanArguments(match, count);
  }

  long count() {
    return count;
  }

  boolean wants(byte[] name) {
    return match == null || match.matches(name, 0, name.length);
  }

  /** Puts cursor and header in front of the page's elements, which stand behind {@code mark}. */
  static void reply(RespEncoder out, int mark, long cursor, int elements) {
    byte[] page = Arrays.copyOfRange(out.array(), mark, out.length());
    out.truncate(mark);
    out.array(2);
    out.bulk(Long.toUnsignedString(cursor));
    out.array(elements);
    out.raw(page, 0, page.length);
  }

  /** The reply to the scan of an absent key. */
  static void replyEmpty(RespEncoder out) {
    out.array(2);
    out.bulk("0");
    out.array(0);
  }
}
