package dev.henge.storage.type;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where the score orders of sorted sets lately walked begin and end: bounds in memory, never on disk, lost without
 * harm.
 *
 * <p>{@code low} is at or below the first order key of the set, {@code high} above the last; null is unknown. A walk
 * from an end learns them, a new member moves them out again, and a removal leaves them true. They belong to a
 * generation of the key and die with it.
 */
final class OrderEnds {

  /** So many sorted sets are remembered at most, those walked last. */
  static final int SETS_MAX = 4096;

  private static final byte[] LOWEST = Score.first(Double.NEGATIVE_INFINITY);
  private static final byte[] HIGHEST = Score.firstAbove(Double.POSITIVE_INFINITY);

  private static final class Ends {
    long generation;
    byte[] low;
    byte[] high;
  }

  private final Map<KeyRef, Ends> bySet =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<KeyRef, Ends> eldest) {
          return size() > SETS_MAX;
        }
      };

  private Ends of(Head head) {
    Ends ends = bySet.isEmpty() ? null : bySet.get(head.key);
    return ends == null || ends.generation != head.generation ? null : ends;
  }

  private Ends forWrite(Head head) {
    Ends ends = of(head);
    if (ends == null) {
      ends = new Ends();
      ends.generation = head.generation;
      bySet.put(head.key, ends);
    }
    return ends;
  }

  /** A member came to be at {@code key}. */
  void added(Head head, byte[] key) {
    Ends ends = of(head);
    if (ends == null) {
      return;
    }
    if (ends.low != null && Arrays.compareUnsigned(key, ends.low) < 0) {
      ends.low = key;
    }
    if (ends.high != null && Arrays.compareUnsigned(key, ends.high) >= 0) {
      ends.high = after(key);
    }
  }

  /** No member lies below {@code key}. */
  void low(Head head, byte[] key) {
    forWrite(head).low = key;
  }

  /** No member lies at or above {@code key}. */
  void high(Head head, byte[] key) {
    forWrite(head).high = key;
  }

  byte[] clampLow(Head head, byte[] from) {
    Ends ends = of(head);
    boolean inside = ends == null || ends.low == null || from != null && Arrays.compareUnsigned(from, ends.low) >= 0;
    return inside ? from : ends.low;
  }

  byte[] clampHigh(Head head, byte[] to) {
    Ends ends = of(head);
    boolean inside = ends == null || ends.high == null || to != null && Arrays.compareUnsigned(to, ends.high) <= 0;
    return inside ? to : ends.high;
  }

  /** Whether nothing lies below {@code from}. */
  boolean atLow(Head head, byte[] from) {
    Ends ends = of(head);
    byte[] low = ends == null || ends.low == null ? LOWEST : ends.low;
    return from == null || Arrays.compareUnsigned(from, low) <= 0;
  }

  /** Whether nothing lies at or above {@code to}. */
  boolean atHigh(Head head, byte[] to) {
    Ends ends = of(head);
    byte[] high = ends == null || ends.high == null ? HIGHEST : ends.high;
    return to == null || Arrays.compareUnsigned(to, high) >= 0;
  }

  /** The first key behind {@code key}. */
  static byte[] after(byte[] key) {
    return Arrays.copyOf(key, key.length + 1);
  }
}
