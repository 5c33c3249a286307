package dev.henge.resp.session;

import dev.henge.resp.command.GlobPattern;
import dev.henge.storage.type.Keyspace;
import dev.henge.storage.type.ValueType;
import java.util.List;
import java.util.random.RandomGenerator;

/** Walks over the existing keys of a stretch of slots. */
public final class RingWalk {

  private static final int RANDOM_AMONG_MAX = 16;

  private RingWalk() {}

  /**
   * Visits keys from {@code place} ({@code slot << 32 | hash}) to the end of {@code lastSlot} until {@code count} were looked at and the hash
   * bucket is at its end; those that match go into {@code found}.
   *
   * @return where to go on, or -1 at the end
   */
  public static long page(Keyspace rows, int db, long place, int lastSlot, int count, GlobPattern pattern,
      ValueType type, List<byte[]> found) {
    int[] left = {count};
    return rows.walk(db, (int) (place >>> 32), (int) place, lastSlot, head -> {
      byte[] key = head.key().key();
      if ((pattern == null || pattern.matches(key, 0, key.length)) && (type == null || head.type() == type)) {
        found.add(key);
      }
      return --left[0] > 0;
    });
  }

  /** All keys of a stretch of slots that match. */
  static void keys(Keyspace rows, int firstSlot, int lastSlot, int db, GlobPattern pattern, List<byte[]> found) {
    page(rows, db, (long) firstSlot << 32, lastSlot, Integer.MAX_VALUE, pattern, null, found);
  }

  /** One key of a stretch of slots: of those that follow a random place, one by chance; null if there is none. */
  static byte[] randomKey(Keyspace rows, int firstSlot, int lastSlot, int db, RandomGenerator random) {
    int slot = firstSlot + random.nextInt(lastSlot - firstSlot + 1);
    List<byte[]> found = new java.util.ArrayList<>();
    page(rows, db, (long) slot << 32 | random.nextInt() & 0xFFFF_FFFFL, lastSlot, RANDOM_AMONG_MAX, null, null, found);
    if (found.isEmpty()) {
      page(rows, db, (long) firstSlot << 32, lastSlot, RANDOM_AMONG_MAX, null, null, found);
    }
    return found.isEmpty() ? null : found.get(random.nextInt(found.size()));
  }
}
