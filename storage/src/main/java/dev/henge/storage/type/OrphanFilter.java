package dev.henge.storage.type;

import dev.henge.storage.lsm.CompactionFilter;
import java.util.Arrays;

/**
 * Drops, while tables are merged, the sub-rows that a DEL or a new generation has let go of.
 *
 * <p>A head stands right before its sub-rows and is written with every change of them, so the newest head among the tables being merged is no older
 * than any sub-row among them: one of another generation than the head's belongs to nobody, then and ever after. Where
 * the merge has no head of the key, its sub-rows stay.
 */
public final class OrphanFilter implements CompactionFilter {

  private byte[] headKey = {};
  private long generation;

  @Override
  public boolean drop(byte[] key, byte[] value) {
    if (KeyRef.slotOf(key) >= Keyspace.LOCAL_PREFIX) {
      return false;
    }
    if (KeyRef.isHead(key)) {
      headKey = key.clone();
      generation = Head.generationOf(value);
      return false;
    }
    int prefix = headKey.length - 1;
    boolean ofHead = prefix > 0 && key.length > prefix && key[prefix] == KeyRef.SUB
        && Arrays.equals(headKey, 0, prefix, key, 0, prefix);
    return ofHead && DiskKeys.generationIn(key, prefix + 1) != generation;
  }
}
