package dev.henge.storage.type;

import dev.henge.storage.row.Row;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How often, since the start, a row and an arriving copy of it were found to be concurrent: each has what the other
 * had not seen. By the row's type.
 *
 * <p>Counted on every replica where they meet. A copy that arrives twice is no conflict, nor is one that only
 * continues what is stored.
 */
public final class MergedConflicts {

  private final long[] byKind = new long[128];

  /** Notes what became of a stored row and an arriving one; either may be null, that is: nothing. */
  void met(int kind, Row stored, Row arriving, Row met) {
    if (stored != null && met != null && met.concurrent() > stored.concurrent() && met.concurrent() > arriving.concurrent()) {
      byKind[kind & 0x7F]++;
    }
  }

  /** The counts by type name, in Redis's words; {@code deadline} for the deadlines of collections. */
  public Map<String, Long> byType() {
    Map<String, Long> counts = new LinkedHashMap<>();
    for (ValueType type : ValueType.values()) {
      if (type != ValueType.NONE) {
        counts.put(type.redisName(), byKind[type.kind()]);
      }
    }
    counts.merge(ValueType.STRING.redisName(), byKind[Chunks.KIND], Long::sum);
    counts.put("deadline", byKind[Keyspace.KIND_DEADLINE]);
    return counts;
  }
}
