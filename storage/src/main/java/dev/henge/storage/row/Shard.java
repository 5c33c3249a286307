package dev.henge.storage.row;

import java.math.BigDecimal;

/**
 * One actor's part of a counter: the sum of all its increments since the lineage began.
 *
 * @param actor who incremented
 * @param seq the dot of its last increment
 * @param lineage the {@code seq} of the first increment of this sum; a sum that started anew has another lineage
 * @param sum the increments added up, exactly
 */
public record Shard(long actor, long seq, long lineage, BigDecimal sum) {

  @Override
  public boolean equals(Object o) {
    return o instanceof Shard s
        && actor == s.actor
        && seq == s.seq
        && lineage == s.lineage
        && sum.compareTo(s.sum) == 0;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(actor * 31 + seq);
  }
}
