package dev.henge.storage.type;

import dev.henge.storage.lsm.CheckReport;
import dev.henge.storage.lsm.StoreCheck;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.FormatException;
import dev.henge.storage.row.RowDigest;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Checks what a store's rows mean to each other: every head can be read and counts as many live and dead sub-rows of
 * each kind as there are, with the digest that they have, and every row can be read. Sub-rows of a generation that no
 * head names belong to nobody and are only counted.
 */
public final class RowsCheck implements StoreCheck.Rows {

  private Head head;
  private byte[] prefix;
  private final Map<Integer, Long> found = new HashMap<>();
  private final Map<Integer, Long> digests = new HashMap<>();
  private long heads;
  private long orphans;

  @Override
  public void row(byte[] key, byte[] value, CheckReport report) {
    if (KeyRef.slotOf(key) >= Keyspace.LOCAL_PREFIX) {
      return;
    }
    try {
      if (KeyRef.isHead(key)) {
        endHead(report);
        head = new Head(KeyRef.ofDisk(key), 0, value);
        head.string();
        prefix = head.generation == 0 ? null : DiskKeys.generationPrefix(head);
        heads++;
      } else if (prefix != null && startsWith(key, prefix)) {
        int kind = new ByteReader(key, prefix.length, 1).u8();
        found.merge(kind, 1L, Long::sum);
        if (head.part(kind) != null) {
          digests.merge(kind, RowDigest.of(Cell.seed(head, kind, key, prefix.length + 1), value), (a, b) -> a ^ b);
        }
      } else {
        orphans++;
      }
    } catch (FormatException | IndexOutOfBoundsException e) {
      fault(report, key, "the row cannot be read: " + e.getMessage());
    }
  }

  private static boolean startsWith(byte[] key, byte[] start) {
    return key.length > start.length && Arrays.equals(key, 0, start.length, start, 0, start.length);
  }

  private void endHead(CheckReport report) {
    if (head != null) {
      for (Part part : head.parts) {
        compare(report, part.kind, "live", part.live);
        compare(report, part.kind | DiskKeys.DEAD, "dead", part.dead);
        if (head.digestsKnown && digests.getOrDefault(part.kind, 0L) != part.digest) {
          fault(report, head.key().disk(), "the key's rows of kind " + (char) part.kind + " are not those that its head says");
        }
      }
    }
    head = null;
    prefix = null;
    found.clear();
    digests.clear();
  }

  private void compare(CheckReport report, int area, String which, long said) {
    long there = found.getOrDefault(area, 0L);
    if (there != said) {
      fault(report, head.key().disk(), "the key has " + there + " " + which + " rows of kind " + (char) (area & ~DiskKeys.DEAD)
          + ", its head says " + said);
    }
  }

  private static void fault(CheckReport report, byte[] key, String what) {
    report.add(new CheckReport.Fault(null, -1, what, null, null, key));
  }

  @Override
  public void end(CheckReport report) {
    endHead(report);
  }

  /** Keys, those among them that only remember their deletion too. */
  public long heads() {
    return heads;
  }

  /** Sub-rows that belong to nobody any more and wait for a compaction. */
  public long orphans() {
    return orphans;
  }
}
