package dev.henge.storage.version;

import java.util.Arrays;
import java.util.function.LongBinaryOperator;

/**
 * An immutable map from actor to the highest sequence seen of it; an absent actor stands at 0.
 *
 * <p>Vectors are small (an entry an actor that ever wrote here), so they are a sorted array of pairs, searched
 * linearly.
 */
public final class VersionVector {

  public static final VersionVector EMPTY = new VersionVector(new long[0]);

  /** actor, seq, actor, seq, … by rising actor; every seq is above 0. */
  private final long[] pairs;

  private VersionVector(long[] pairs) {
    this.pairs = pairs;
  }

  public static VersionVector of(long actor, long seq) {
    return seq <= 0 ? EMPTY : new VersionVector(new long[] {actor, seq});
  }

  public int size() {
    return pairs.length / 2;
  }

  public boolean isEmpty() {
    return pairs.length == 0;
  }

  public long actor(int index) {
    return pairs[2 * index];
  }

  public long seq(int index) {
    return pairs[2 * index + 1];
  }

  /** The highest sequence seen of an actor, or 0. */
  public long get(long actor) {
    for (int i = 0; i < pairs.length; i += 2) {
      if (pairs[i] == actor) {
        return pairs[i + 1];
      }
    }
    return 0;
  }

  public boolean covers(long actor, long seq) {
    return get(actor) >= seq;
  }

  /** Whether it is {@link #of} this dot: nothing else has been seen. */
  public boolean isOnly(long actor, long seq) {
    return seq <= 0 ? isEmpty() : pairs.length == 2 && pairs[0] == actor && pairs[1] == seq;
  }

  public boolean covers(Dot dot) {
    return covers(dot.actor(), dot.seq());
  }

  /** Whether all that {@code other} has seen has been seen here. */
  public boolean covers(VersionVector other) {
    if (other == this) {
      return true;
    }
    for (int i = 0; i < other.pairs.length; i += 2) {
      if (get(other.pairs[i]) < other.pairs[i + 1]) {
        return false;
      }
    }
    return true;
  }

  /** This vector with at least {@code seq} for the actor. */
  public VersionVector with(long actor, long seq) {
    int at = 0;
    while (at < pairs.length && pairs[at] < actor) {
      at += 2;
    }
    if (at < pairs.length && pairs[at] == actor) {
      if (pairs[at + 1] >= seq) {
        return this;
      }
      long[] raised = pairs.clone();
      raised[at + 1] = seq;
      return new VersionVector(raised);
    }
    if (seq <= 0) {
      return this;
    }
    long[] grown = new long[pairs.length + 2];
    System.arraycopy(pairs, 0, grown, 0, at);
    grown[at] = actor;
    grown[at + 1] = seq;
    System.arraycopy(pairs, at, grown, at + 2, pairs.length - at);
    return new VersionVector(grown);
  }

  /** This vector without an actor's entry. */
  public VersionVector without(long actor) {
    for (int i = 0; i < pairs.length; i += 2) {
      if (pairs[i] == actor && pairs.length == 2) {
        return EMPTY;
      }
      if (pairs[i] == actor) {
        long[] left = new long[pairs.length - 2];
        System.arraycopy(pairs, 0, left, 0, i);
        System.arraycopy(pairs, i + 2, left, i, left.length - i);
        return new VersionVector(left);
      }
    }
    return this;
  }

  /** The entries that say more than {@code other} does. */
  public VersionVector beyond(VersionVector other) {
    VersionVector left = this;
    for (int i = 0; i < pairs.length; i += 2) {
      if (other.get(pairs[i]) >= pairs[i + 1]) {
        left = left.without(pairs[i]);
      }
    }
    return left;
  }

  /** What either has seen. */
  public VersionVector join(VersionVector other) {
    if (other.pairs.length == 0) {
      return this;
    }
    if (covers(other)) {
      return this;
    }
    if (other.covers(this)) {
      return other;
    }
    return combine(other, Math::max);
  }

  /** What both have seen. */
  public VersionVector meet(VersionVector other) {
    return combine(other, Math::min);
  }

  private VersionVector combine(VersionVector other, LongBinaryOperator pick) {
    long[] out = new long[pairs.length + other.pairs.length];
    int n = 0;
    int i = 0;
    int j = 0;
    while (i < pairs.length || j < other.pairs.length) {
      boolean mine = j >= other.pairs.length || i < pairs.length && pairs[i] <= other.pairs[j];
      boolean theirs = i >= pairs.length || j < other.pairs.length && other.pairs[j] <= pairs[i];
      long seq = pick.applyAsLong(mine ? pairs[i + 1] : 0, theirs ? other.pairs[j + 1] : 0);
      if (seq > 0) {
        out[n++] = mine ? pairs[i] : other.pairs[j];
        out[n++] = seq;
      }
      i += mine ? 2 : 0;
      j += theirs ? 2 : 0;
    }
    return new VersionVector(n == out.length ? out : Arrays.copyOf(out, n));
  }

  /** How many writes this vector has seen that {@code other} has not. */
  public long ahead(VersionVector other) {
    long writes = 0;
    for (int i = 0; i < pairs.length; i += 2) {
      writes += Math.max(0, pairs[i + 1] - other.get(pairs[i]));
    }
    return writes;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof VersionVector v && Arrays.equals(pairs, v.pairs);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(pairs);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("{");
    for (int i = 0; i < pairs.length; i += 2) {
      text.append(i == 0 ? "" : ", ").append(Long.toHexString(pairs[i])).append(':').append(pairs[i + 1]);
    }
    return text.append('}').toString();
  }
}
