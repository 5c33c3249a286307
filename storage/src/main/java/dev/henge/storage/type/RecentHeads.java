package dev.henge.storage.type;

import java.util.Arrays;

/**
 * The heads of collections used lately, decoded: commands on one hash, list or set come in rows, and each would decode
 * what the one before has encoded.
 *
 * <p>What is kept says exactly what is stored: a head comes here when it has been stored, or has only been read, and
 * whoever loads it takes it away. So a command that fails in the midst leaves none behind. A reader's head comes back
 * only if nothing at all was stored since it was loaded.
 */
final class RecentHeads {

  /** So many are kept; each has a place of its own, by the key's hash. */
  static final int HEADS_MAX = 64;

  private final Head[] heads = new Head[HEADS_MAX];

  /** Counts what is stored. */
  private long stored;

  private static int placeOf(KeyRef key) {
    return key.hash() & HEADS_MAX - 1;
  }

  /** The key's head, which stays here and is not to be changed; null if it is not here. */
  Head look(int hash, byte[] disk, int length) {
    Head head = heads[hash & HEADS_MAX - 1];
    return head != null && Arrays.equals(head.key.disk(), 0, head.key.diskLength(), disk, 0, length) ? head : null;
  }

  /** Takes the key's head out; null if it is not here. */
  Head take(KeyRef key) {
    int place = placeOf(key);
    Head head = heads[place];
    if (head == null || !head.key.equals(key)) {
      return null;
    }
    heads[place] = null;
    return head;
  }

  /** A head was loaded, whether taken from here or decoded. */
  Head loaded(Head head) {
    head.loadedAt = stored;
    return head;
  }

  /** A head was stored as it is. */
  void stored(Head head) {
    stored++;
    int place = placeOf(head.key);
    if (!head.parts.isEmpty()) {
      heads[place] = head;
    } else if (heads[place] != null && heads[place].key.equals(head.key)) {
      heads[place] = null;
    }
  }

  /** A head that was loaded was only read. */
  void read(Head head) {
    if (head.loadedAt == stored && !head.parts.isEmpty()) {
      heads[placeOf(head.key)] = head;
    }
  }

  /** What is stored may have changed by other ways. */
  void clear() {
    Arrays.fill(heads, null);
    stored++;
  }
}
