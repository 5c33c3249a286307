package dev.henge.resp.command;

/** The count of SRANDMEMBER, HRANDFIELD and ZRANDMEMBER: positive for so many different members, negative for so many that may repeat. */
final class RandomCount {

  /** More repeated members than this are refused: Redis would write its reply until it runs out of memory. */
  static final int REPEATED_MAX = 1 << 24;

  private RandomCount() {}

  /** The count at argument {@code i}; {@code paired} if each member is answered with its value or score. */
  static long parse(CommandContext c, int i, boolean paired) {
    long count = c.argLong(i);
    if (count == Long.MIN_VALUE) {
      throw new CommandException(
          RedisErrors.OUT_OF_RANGE + ", value must between " + -Long.MAX_VALUE + " and " + Long.MAX_VALUE);
    }
    if (paired && (count < -Long.MAX_VALUE / 2 || count > Long.MAX_VALUE / 2)) {
      throw new CommandException(RedisErrors.OUT_OF_RANGE);
    }
    return count;
  }

  /** How many members may repeat, of a collection that is there. */
  static int repeated(long count) {
    if (-count > REPEATED_MAX) {
      throw new CommandException(RedisErrors.OUT_OF_RANGE);
    }
    return (int) -count;
  }
}
