package dev.henge.storage.type;

import dev.henge.storage.lsm.CompactionFilter;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * Drops, while tables are merged, the sub-rows that a DEL or a new generation has let go of.
 *
 * <p>A head is written with every change of its sub-rows, so a key's newest head in all tables is no older than any
 * of its sub-rows there: a sub-row of another generation than that head's belongs to nobody, then and ever after. The
 * head that a merge meets need not be the newest one, and most merges in the middle of a large collection meet none:
 * sub-rows go down the levels table by table, ahead of their head or behind it. So the newest head is looked up, once
 * for all neighbouring sub-rows of a key. Where there is none they stay.
 */
public final class OrphanFilter implements CompactionFilter {

  private static final long NO_HEAD = -1;

  private final Newest tables;

  /** The head's key up to its last byte, which a sub-row's key begins with. */
  private byte[] prefix = {};

  private long generation;

  public OrphanFilter(Newest tables) {
    this.tables = tables;
  }

  @Override
  public boolean drop(byte[] key, Supplier<byte[]> value) {
    if (KeyRef.slotOf(key) >= Keyspace.LOCAL_PREFIX) {
      return false;
    }
    if (prefix.length == 0 || !isSubRowOfSameKey(key)) {
      if (KeyRef.isHead(key)) {
        return false;
      }
      lookUp(KeyRef.ofDisk(key).disk());
    }
    return generation != NO_HEAD && DiskKeys.generationIn(key, prefix.length + 1) != generation;
  }

  private boolean isSubRowOfSameKey(byte[] key) {
    return key.length > prefix.length && key[prefix.length] == KeyRef.SUB
        && Arrays.equals(prefix, 0, prefix.length, key, 0, prefix.length);
  }

  private void lookUp(byte[] headKey) {
    prefix = Arrays.copyOf(headKey, headKey.length - 1);
    generation = NO_HEAD; // should the look-up fail
    byte[] head = tables.value(headKey);
    generation = head == null ? NO_HEAD : Head.generationOf(head);
  }
}
