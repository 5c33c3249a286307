package dev.henge.storage.type;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.row.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Keys of a vnode by chance, of all databases and types: runs of neighbours from a random place on.
 *
 * <p>Keys stand in the order of their slot and hash, which has nothing to do with their use, so neighbours are as
 * good a sample as
 * keys from many places, for one seek more. Slots may be filled unevenly (hash tags): a place is in a slot that has
 * keys, and in the midst
 * of them, so that the same first keys of a slot are not taken every time.
 */
public final class KeySampler {

  /**
   * Heads looked at for each that is wanted, dead ones and those without a deadline among them; then few are
   * enough.
   */
  private static final int LOOKED_PER_WANTED = 8;

  /** A sample ends when it has read so many bytes of values: heads carry their strings. */
  private static final int READ_BYTES_MAX = 256 << 10;

  /** So many slots taken by chance may be empty; then the next one that is not will do. */
  private static final int EMPTY_SLOTS_MAX = 8;

  /** A walk steps over so many sub-rows of a key; from there it jumps behind the key. */
  private static final int STEP_ROWS_MAX = 16;

  /** If fewer of a vnode's keys than one in so many have a deadline, those are looked up by their deadlines. */
  private static final int VOLATILE_SHARE_MIN = 8;

  private final Keyspace rows;
  private final int slotsPerVnode;
  private final RandomGenerator random;
  private List<KeyRef> found;
  private int wanted;
  private boolean onlyVolatile;
  private int expected;
  private int looked;
  private long read;

  public KeySampler(Keyspace rows, int slotsPerVnode, RandomGenerator random) {
    this.rows = rows;
    this.slotsPerVnode = slotsPerVnode;
    this.random = random;
  }

  /** Up to about {@code wanted} keys that exist; fewer if the vnode has fewer, or they lie far apart. */
  public List<KeyRef> some(int vnode, int wanted, boolean onlyVolatile) {
    long volatiles = onlyVolatile ? rows.deadlineCount(vnode) : 0;
    if (onlyVolatile && volatiles * VOLATILE_SHARE_MIN < rows.keyCount(vnode)) {
      return rows.deadlines().some(vnode, volatiles, wanted, random);
    }
    this.found = new ArrayList<>(wanted);
    this.wanted = wanted;
    this.onlyVolatile = onlyVolatile;
    looked = 0;
    read = 0;
    int first = vnode * slotsPerVnode;
    int behind = first + slotsPerVnode;
    int hash = random.nextInt();
    int slot = first + random.nextInt(slotsPerVnode);
    if (!walkFrom(slot, hash, slot, first, behind)) {
      slot = inhabited(first, behind);
      if (slot >= 0) {
        walkFrom(slot, hash, -1, first, behind);
      }
    }
    return found;
  }

  /** Walks around the vnode once; false if the first record met was to be of a slot and is not. */
  private boolean walkFrom(int slot, int hash, int expectedSlot, int first, int behind) {
    byte[] place = place(slot, hash);
    expected = expectedSlot;
    walk(place, place(behind, 0));
    if (expected >= 0) {
      return false;
    }
    walk(place(first, 0), place);
    return true;
  }

  private static byte[] place(int slot, int hash) {
    return new Bytes(6).u16(slot).i32(hash).copy();
  }

  /** A slot of the vnode that has records; -1 if none has. */
  private int inhabited(int first, int behind) {
    for (int n = 0; n < EMPTY_SLOTS_MAX; n++) {
      int slot = first + random.nextInt(slotsPerVnode);
      if (slotOfFirst(place(slot, 0), place(slot + 1, 0)) >= 0) {
        return slot;
      }
    }
    int any = slotOfFirst(place(first + random.nextInt(slotsPerVnode), 0), place(behind, 0));
    return any >= 0 ? any : slotOfFirst(place(first, 0), place(behind, 0));
  }

  private int slotOfFirst(byte[] from, byte[] to) {
    try (ByteCursor cursor = rows.scan(from, to)) {
      return cursor.next() ? KeyRef.slotOf(cursor.key()) : -1;
    }
  }

  private boolean enough() {
    return found.size() >= wanted || looked >= wanted * LOOKED_PER_WANTED || read >= READ_BYTES_MAX;
  }

  private void walk(byte[] from, byte[] to) {
    byte[] place = from;
    while (place != null && !enough()) {
      place = step(place, to);
    }
  }

  /** Walks on to where a jump is worth it, and returns where to; null at the end. */
  private byte[] step(byte[] from, byte[] to) {
    int subRows = 0;
    try (ByteCursor cursor = rows.scan(from, to)) {
      while (!enough() && cursor.next()) {
        byte[] disk = cursor.key();
        if (expected >= 0 && KeyRef.slotOf(disk) != expected) {
          return null;
        }
        expected = -1;
        if (KeyRef.isHead(disk)) {
          subRows = 0;
          look(KeyRef.ofDisk(disk), cursor.value());
        } else if (++subRows > STEP_ROWS_MAX) {
          return KeyRef.ofDisk(disk).behind();
        }
      }
    }
    return null;
  }

  private void look(KeyRef key, byte[] stored) {
    looked++;
    read += stored.length;
    Head head = new Head(key, rows.nowMillis(), stored);
    if (head.exists() && (!onlyVolatile || head.deadlineMillis() != 0)) {
      found.add(key);
    }
  }
}
