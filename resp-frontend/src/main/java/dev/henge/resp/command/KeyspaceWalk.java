package dev.henge.resp.command;

import dev.henge.storage.type.Head;
import dev.henge.storage.type.Keyspace;
import dev.henge.storage.type.ValueType;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The part of SCAN, KEYS and RANDOMKEY that one vnode has to do. A cursor is {@code slot << 32 | hash}, needs no
 * state, and goes through
 * the keys in the order of the disk; a page ends with a whole hash bucket. To be called within {@link
 * Keyspace#begin}, which sets the time
 * that deadlines are compared with.
 */
public final class KeyspaceWalk {

  /** Of a vnode with up to so many keys every one is drawn with the same chance. */
  private static final int EXACT_KEYS_MAX = 128;

  /** Of more, one of so many neighbours of a place by chance. */
  private static final int NEIGHBOURS = 32;

  private KeyspaceWalk() {}

  /**
   * Adds the keys of about {@code count} visited ones that fit to {@code into}.
   *
   * @param cursor where to begin; a vnode begins at {@code firstSlot << 32}
   * @param orNull what the keys must match
   * @param typeOrNull what their type must be
   * @return where to go on, or -1 after the last key up to {@code lastSlot}
   */
  public static long scanPage(Keyspace ks, int db, long cursor, int lastSlot, int count, GlobPattern orNull,
      ValueType typeOrNull, List<byte[]> into) {
    int[] left = {count};
    return ks.walk(db, (int) (cursor >>> 32), (int) cursor, lastSlot, head -> {
      if (typeOrNull == null || head.type() == typeOrNull) {
        addMatching(head, orNull, into);
      }
      return --left[0] > 0;
    });
  }

  /** Adds all keys of the slots that match to {@code into}. */
  public static void keys(Keyspace ks, int db, int firstSlot, int lastSlot, GlobPattern orNull, List<byte[]> into) {
    ks.walk(db, firstSlot, 0, lastSlot, head -> {
      addMatching(head, orNull, into);
      return true;
    });
  }

  private static void addMatching(Head head, GlobPattern orNull, List<byte[]> into) {
    byte[] key = head.key().key();
    if (orNull == null || orNull.matchesAll() || orNull.matches(key, 0, key.length)) {
      into.add(key);
    }
  }

  /** A key of the slots by chance, or null if there is none. {@code keyCount} is how many there are, about. */
  public static byte[] randomKey(
      Keyspace ks, int db, int firstSlot, int lastSlot, long keyCount, RandomGenerator random) {
    if (keyCount <= EXACT_KEYS_MAX) {
      return drawn(neighbours(ks, db, firstSlot, 0, lastSlot, Integer.MAX_VALUE), random);
    }
    int slot = firstSlot + random.nextInt(lastSlot - firstSlot + 1);
    List<byte[]> near = neighbours(ks, db, slot, random.nextInt(), lastSlot, NEIGHBOURS);
    return drawn(near.isEmpty() ? neighbours(ks, db, firstSlot, 0, lastSlot, NEIGHBOURS) : near, random);
  }

  private static List<byte[]> neighbours(Keyspace ks, int db, int slot, int hash, int lastSlot, int max) {
    List<byte[]> near = new ArrayList<>();
    ks.walk(db, slot, hash, lastSlot, head -> {
      near.add(head.key().key());
      return near.size() < max;
    });
    return near;
  }

  private static byte[] drawn(List<byte[]> keys, RandomGenerator random) {
    return keys.isEmpty() ? null : keys.get(random.nextInt(keys.size()));
  }
}
