package dev.henge.ring.replica;

import java.util.Arrays;

/**
 * Shipped bundles whose acknowledgement somebody waits for, in order: their numbers in the stream, the holder that the
 * peer is, and who waits.
 *
 * <p>A ring of parallel arrays: one entry a bundle and peer, so it must cost no object. What a peer can have under way
 * is bounded by the bytes that the transport queues for it.
 */
final class InFlight {

  private static final int ENTRIES_INITIAL = 64;

  /** Arrays that grew beyond this are given back when all is forgotten. */
  private static final int ENTRIES_KEPT_MAX = 1 << 16;

  /** The place of who is neither an owner nor a fallback any more. */
  private static final int NOBODY = Hold.FALLBACK_0 - 1;

  private long[] numbers = new long[ENTRIES_INITIAL];
  private byte[] holders = new byte[ENTRIES_INITIAL];
  private Hold[] holds = new Hold[ENTRIES_INITIAL];
  private int first;
  private int count;

  void add(long number, int holder, Hold hold) {
    if (count == holds.length) {
      grow();
    }
    int at = first + count++ & holds.length - 1;
    numbers[at] = number;
    holders[at] = (byte) holder;
    holds[at] = hold;
  }

  private void grow() {
    int length = holds.length;
    long[] moreNumbers = Arrays.copyOf(numbers, length * 2);
    byte[] moreHolders = Arrays.copyOf(holders, length * 2);
    Hold[] moreHolds = Arrays.copyOf(holds, length * 2);
    // what stood before the first comes behind what was the end
    System.arraycopy(numbers, 0, moreNumbers, length, first);
    System.arraycopy(holders, 0, moreHolders, length, first);
    System.arraycopy(holds, 0, moreHolds, length, first);
    Arrays.fill(moreHolds, 0, first, null);
    numbers = moreNumbers;
    holders = moreHolders;
    holds = moreHolds;
  }

  boolean isEmpty() {
    return count == 0;
  }

  /** The number of the oldest; there must be one, as for the others. */
  long number() {
    return numbers[first];
  }

  int holder() {
    return holders[first];
  }

  /** The owners of a replica stand elsewhere now: see {@link VnodeReplica#reshape}. */
  void moved(VnodeReplica r, int[] to) {
    for (int i = 0; i < count; i++) {
      int at = first + i & holds.length - 1;
      if (holds[at].replica == r) {
        int place = holders[at];
        holders[at] = (byte) (place < to.length && to[place] >= 0 ? to[place] : NOBODY);
      }
    }
  }

  /** Takes the oldest out and returns who waits for it. */
  Hold remove() {
    Hold hold = holds[first];
    holds[first] = null;
    first = first + 1 & holds.length - 1;
    count--;
    return hold;
  }

  void clear() {
    if (holds.length > ENTRIES_KEPT_MAX) {
      numbers = new long[ENTRIES_INITIAL];
      holders = new byte[ENTRIES_INITIAL];
      holds = new Hold[ENTRIES_INITIAL];
    } else {
      Arrays.fill(holds, null);
    }
    first = 0;
    count = 0;
  }
}
