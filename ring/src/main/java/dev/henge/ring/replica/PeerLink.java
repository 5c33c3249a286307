package dev.henge.ring.replica;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a shard knows of another node: whether it can be reached, what it can serve, and the two streams of bundles
 * with it.
 */
final class PeerLink {

  /** Lease rounds remembered for their answers; older ones are too old to be worth anything. */
  private static final int ROUNDS_MAX = 16;

  private static final long[] NONE = {};

  final String id;

  boolean alive;
  boolean connected;
  long heardNanos = Long.MIN_VALUE;

  /** When the last connection to it or from it began: what it said before may be the word of an earlier process. */
  long sinceNanos = Long.MIN_VALUE;

  BitSet ready = new BitSet();

  /** The vnodes of which it cannot read some rows. */
  BitSet damaged = new BitSet();

  /** Whether it was told of damage here and not yet, on the same stream, of the end. */
  boolean toldOfDamage;

  /** The vnodes whose owners it is to be told. */
  final BitSet untold = new BitSet();

  /** The outgoing stream since the last connect. */
  long stream;

  long shipped;

  /** Shipped bundles whose acknowledgement somebody waits for, in order. */
  final InFlight inFlight = new InFlight();

  /** The incoming stream. */
  long theirStream;

  long received;
  final ArrayDeque<Due> due = new ArrayDeque<>();
  private long[] refused = new long[8];
  private int refusedCount;
  long acked;

  // hints
  /** When it was reachable last; the lowest number if never. */
  long reachedNanos = Long.MIN_VALUE;

  /** It has refused a hint: until then it is asked to keep none. */
  long noHintsUntilNanos = Long.MIN_VALUE;

  // its wall clock
  /** By how much it differs from ours at the least. */
  long skewMillis;

  boolean skewed;

  private final Map<Long, Long> roundSentNanos =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Long> eldest) {
          return size() > ROUNDS_MAX;
        }
      };

  PeerLink(String id) {
    this.id = id;
  }

  /** Whether messages reach it, membership thinks that it lives, and it was heard from lately. */
  boolean reachable(long nowNanos, long leaseNanos) {
    return connected && alive && nowNanos - heardNanos < leaseNanos;
  }

  /** The incoming stream up to {@code count} may be acknowledged once the log is durable up to {@code position}. */
  record Due(long count, long position) {}

  void sentRound(long round, long nowNanos) {
    roundSentNanos.put(round, nowNanos);
  }

  /** When the round was sent, or null if it is unknown. */
  Long roundSent(long round) {
    return roundSentNanos.get(round);
  }

  void refuse(long number) {
    if (refusedCount == refused.length) {
      refused = Arrays.copyOf(refused, refusedCount * 2);
    }
    refused[refusedCount++] = number;
  }

  /** The refused numbers up to {@code count}, taken out. */
  long[] takeRefused(long count) {
    if (refusedCount == 0) {
      return NONE;
    }
    int n = 0;
    while (n < refusedCount && refused[n] <= count) {
      n++;
    }
    long[] taken = Arrays.copyOf(refused, n);
    System.arraycopy(refused, n, refused, 0, refusedCount - n);
    refusedCount -= n;
    return taken;
  }

  /** Is told of each shipped bundle whether it was refused. */
  @FunctionalInterface
  interface Acknowledged {
    void of(int holder, Hold hold, boolean refused);
  }

  void acknowledged(Message.Ack ack, Acknowledged to) {
    int next = 0;
    while (ack.stream() == stream && !inFlight.isEmpty() && inFlight.number() <= ack.count()) {
      long number = inFlight.number();
      int holder = inFlight.holder();
      Hold hold = inFlight.remove(); // first, since who is told may ship the next
      while (next < ack.refused().length && ack.refused()[next] < number) {
        next++;
      }
      to.of(holder, hold, next < ack.refused().length && ack.refused()[next] == number);
    }
  }

  /**
   * Nobody will answer for what is under way; owners may still tell by their clocks that they have it, fallbacks may
   * not.
   */
  void forgetInFlight() {
    while (!inFlight.isEmpty()) {
      int holder = inFlight.holder();
      Hold hold = inFlight.remove();
      if (holder >= Hold.FALLBACK_0) {
        hold.refused(holder);
      }
    }
    inFlight.clear();
  }

  /**
   * The peer's stream begins anew, perhaps with another process. What of its state it tells only when there is
   * something to tell goes back to nothing: the last word on it may have been lost with the old stream.
   */
  void startReceiving(long stream, long nowNanos) {
    damaged = new BitSet();
    theirStream = stream;
    sinceNanos = nowNanos;
    received = 0;
    acked = 0;
    refusedCount = 0;
    due.clear();
  }
}
