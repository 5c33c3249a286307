package dev.henge.storage.type;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.lsm.ByteStore;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.row.Sibling;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The keys that have a deadline, by vnode and time: local rows {@code 0x8000+vnode u16 | deadline u64 | a head's disk
 * key → empty}.
 *
 * <p>In memory it keeps a bound for each vnode that none of its deadlines lies before. A new deadline lowers it, a
 * look at the
 * vnode's first row makes it exact: so the soonest deadline of many vnodes is found with a look at one or two of them.
 */
public final class DeadlineIndex {

  /** A row's key has so many bytes before the head's disk key. */
  static final int KEY_BYTES = 10;

  /** A run of keys begins behind so many that are passed over, at most, or else at a moment by chance. */
  private static final int PASSED_MAX = 256;

  private static final int PREFIX = Keyspace.LOCAL_PREFIX;

  private final ByteStore store;
  private final DamagedRanges damaged;
  private final long[] notBefore;

  DeadlineIndex(ByteStore store, int vnodes, DamagedRanges damaged) {
    this.store = store;
    this.damaged = damaged;
    this.notBefore = new long[vnodes];
  }

  /** A key and when it expires, in milliseconds since 1970. */
  public record Entry(KeyRef key, long deadlineMillis) {}

  private static byte[] rowKey(int vnode, long deadlineMillis, KeyRef key) {
    Bytes out = new Bytes(KEY_BYTES + (key == null ? 0 : key.disk().length));
    out.u16(PREFIX + vnode).i64(deadlineMillis);
    return key == null ? out.copy() : out.raw(key.disk()).copy();
  }

  /** A key's deadline changed; 0 is none. */
  void moved(int vnode, KeyRef key, long fromMillis, long toMillis) {
    if (fromMillis != 0) {
      store.delete(rowKey(vnode, fromMillis, key));
    }
    if (toMillis != 0) {
      store.put(rowKey(vnode, toMillis, key), Sibling.NOTHING);
      notBefore[vnode] = Math.min(notBefore[vnode], toMillis);
    }
  }

  private static Entry entry(byte[] row) {
    long deadlineMillis = new ByteReader(row, 2, row.length - 2).i64();
    return new Entry(KeyRef.ofDisk(Arrays.copyOfRange(row, KEY_BYTES, row.length)), deadlineMillis);
  }

  private ByteCursor scan(int vnode, long fromMillis, long untilMillis, boolean reverse) {
    return store.scan(rowKey(vnode, fromMillis, null), rowKey(vnode, untilMillis, null), reverse);
  }

  /** The next key of the vnode whose deadline has passed by {@code nowMillis}, or null. */
  KeyRef due(int vnode, long nowMillis) {
    try (ByteCursor cursor = scan(vnode, 0, nowMillis + 1, false)) {
      Entry first = next(cursor);
      return first == null ? null : first.key();
    }
  }

  /** The key among those of these vnodes that expires first, or null. */
  public Entry soonest(BitSet vnodes) {
    while (true) {
      int first = -1;
      for (int v = vnodes.nextSetBit(0); v >= 0; v = vnodes.nextSetBit(v + 1)) {
        first = first < 0 || notBefore[v] < notBefore[first] ? v : first;
      }
      if (first < 0 || notBefore[first] == Long.MAX_VALUE) {
        return null;
      }
      Entry entry = firstOf(first);
      long exact = entry == null ? Long.MAX_VALUE : entry.deadlineMillis();
      boolean wasExact = exact <= notBefore[first];
      notBefore[first] = exact;
      if (wasExact) {
        return entry;
      }
    }
  }

  private Entry firstOf(int vnode) {
    try (ByteCursor cursor = scan(vnode, 0, Long.MAX_VALUE, false)) {
      return next(cursor);
    }
  }

  /** The next entry whose key can be read, or null. */
  private Entry next(ByteCursor cursor) {
    while (cursor.next()) {
      Entry entry = entry(cursor.key());
      if (damaged.isEmpty() || !damaged.hides(entry.key())) {
        return entry;
      }
    }
    return null;
  }

  private Entry lastOf(int vnode) {
    try (ByteCursor cursor = scan(vnode, 0, Long.MAX_VALUE, true)) {
      return cursor.next() ? entry(cursor.key()) : null;
    }
  }

  /**
   * Up to {@code wanted} keys that follow each other from a place by chance on. {@code count}: how many the
   * vnode has.
   */
  List<KeyRef> some(int vnode, long count, int wanted, RandomGenerator random) {
    List<KeyRef> found = new ArrayList<>(wanted);
    long fromMillis = 0;
    long pass = Math.max(0, count - wanted);
    if (pass > PASSED_MAX) {
      Entry first = firstOf(vnode);
      Entry last = lastOf(vnode);
      fromMillis = first == null || first.deadlineMillis() == last.deadlineMillis()
          ? 0 : random.nextLong(first.deadlineMillis(), last.deadlineMillis());
      pass = 0;
    }
    long left = pass == 0 ? 0 : random.nextLong(pass + 1);
    try (ByteCursor cursor = scan(vnode, fromMillis, Long.MAX_VALUE, false)) {
      while (found.size() < wanted && cursor.next()) {
        if (left-- <= 0) {
          found.add(entry(cursor.key()).key());
        }
      }
    }
    return found;
  }
}
