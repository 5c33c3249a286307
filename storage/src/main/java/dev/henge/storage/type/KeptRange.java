package dev.henge.storage.type;

import java.util.Arrays;

/**
 * The answer to a question for a range of a list, as its reader has written it, for as long as the list stays as it is.
 *
 * <p>A list that many look at, and few write to, is asked for the same range again and again: its beginning. The second
 * who asks, with no change since the first, leaves the answer here, and the next ones walk over no rows. Only in
 * memory, of a head that is kept decoded ({@link RecentHeads}); any change of an element forgets it.
 */
final class KeptRange {

  /** A longer answer is not kept. */
  static final int BYTES_MAX = 32 << 10;

  private long from;

  /** 0: nothing was asked since the last change. */
  private long count;

  private byte[] answer;

  /** The answer if that was the question; else null. */
  byte[] of(long first, long elements) {
    return from == first && count == elements ? answer : null;
  }

  /** A question was answered. */
  void answered(long first, long elements, byte[] array, int offset, int length) {
    if (from == first && count == elements && length <= BYTES_MAX) {
      answer = Arrays.copyOfRange(array, offset, offset + length);
      return;
    }
    from = first;
    count = elements;
    answer = null;
  }

  void forget() {
    count = 0;
    answer = null;
  }
}
