package dev.henge.storage.type;

import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import java.util.Arrays;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The ranks of one large sorted set: counts above the score order, so that a member's rank and the member of a rank
 * are found in O(log n).
 *
 * <pre>
 * r row   : level u8 | order key → count varint     the members from this order key up to the next entry of the level
 *         | level u8             → count varint     those before the level's first entry
 * derived : empty, or levels u8                     in the head's part of the sorted set, once the index is built
 * </pre>
 *
 * <p>It is a skip list (Pugh 1990) laid out as rows, with a count for a pointer, as FoundationDB Record Layer's
 * RankedSet does it. Level 0 is the score order itself. A member stands on level l if its {@link MemberHash} ends in
 * 4·l zero bits: one in sixteen of those on the level below. So the index of a set is a function of the set, whatever
 * its history: nothing is ever balanced, and a rebuild gives the same rows. A rank is summed up from the top: on each
 * level the counts of the entries that are passed, about eight, then one level down from the last of them. A new
 * member adds one to the entry that it falls under on each level, and splits it on the levels that it stands on. Only
 * the number of levels depends on when they were built.
 *
 * <p>It costs a row for every 15 members and a step a level for every change, so it is built when a rank deep inside
 * a large set is first asked for, by one walk over the score order, and kept from then on. Being local, it may be
 * there on one replica and not on another.
 */
final class RankIndex {

  static final int KIND = 'r';

  /** Stands for an order key where a level's count before its first entry is meant. */
  private static final byte[] FIRST = {};

  /** Above the sub-key of a level's first count, below those of its entries. */
  private static final byte[] BEFORE_ALL = {0};

  private static final int FAN_BITS = 4;
  private static final int LEVELS_MAX = 8;

  /** A new index has so many levels that the uppermost has no more entries than this, about. */
  private static final int TOP_ENTRIES_BUILT = 32;

  /** A level is added when the uppermost has more entries than this, about. */
  private static final int TOP_ENTRIES_MAX = 64;

  private final Keyspace keyspace;
  private final Head head;
  private final Part part;

  /** No member has an order key below. Walks begin here, not among the entries that a queue has left behind. */
  private final byte[] low;

  /** @param low null for unknown */
  RankIndex(Keyspace keyspace, Head head, Part part, byte[] low) {
    this.keyspace = keyspace;
    this.head = head;
    this.part = part;
    this.low = low == null ? BEFORE_ALL : low;
  }

  static boolean built(Part part) {
    return part.derived.length > 0;
  }

  private int levels() {
    return part.derived[0];
  }

  private void levels(int levels) {
    part.derived = new byte[] {(byte) levels};
    keyspace.markDirty(head);
  }

  private static int height(int hash) {
    return Math.min(LEVELS_MAX, Integer.numberOfTrailingZeros(hash) / FAN_BITS);
  }

  private static int heightOf(byte[] key) {
    return height(MemberHash.of(Arrays.copyOfRange(key, Score.BYTES, key.length)));
  }

  // ---------------------------------------------------------------- building

  /** Builds the index if it is not there. */
  RankIndex built() {
    if (!built(part)) {
      int levels = 1;
      while (part.live >>> FAN_BITS * levels > TOP_ENTRIES_BUILT && levels < LEVELS_MAX) {
        levels++;
      }
      build(levels);
    }
    return this;
  }

  void build(int levels) {
    forget();
    byte[][] entries = new byte[levels + 1][];
    Arrays.fill(entries, FIRST);
    long[] counts = new long[levels + 1];
    try (RowCursor order = keyspace.rows(head, ScoreOrder.KIND, null, null, false)) {
      while (order.next()) {
        byte[] key = order.sub();
        int height = Math.min(levels, heightOf(key));
        for (int level = 1; level <= levels; level++) {
          if (level <= height) {
            put(level, entries[level], counts[level]);
            entries[level] = key;
            counts[level] = 0;
          }
          counts[level]++;
        }
      }
    }
    for (int level = 1; level <= levels; level++) {
      put(level, entries[level], counts[level]);
    }
    levels(levels);
  }

  /** The rows of an index of so many levels above an order, by their sub-keys; the hash of each member stands with its order key. */
  static TreeMap<byte[], Long> rebuilt(SortedMap<byte[], Integer> order, int levels) {
    TreeMap<byte[], Long> rows = new TreeMap<>(Arrays::compareUnsigned);
    for (int level = 1; level <= levels; level++) {
      byte[] entry = FIRST;
      long count = 0;
      for (Map.Entry<byte[], Integer> member : order.entrySet()) {
        if (Math.min(levels, height(member.getValue())) >= level) {
          rows.put(sub(level, entry), count);
          entry = member.getKey();
          count = 0;
        }
        count++;
      }
      rows.put(sub(level, entry), count);
    }
    return rows;
  }

  /** Rows that are there though the head does not say so: it was not stored after them. */
  private void forget() {
    try (RowCursor rows = keyspace.rows(head, KIND, null, null, false)) {
      while (rows.next()) {
        keyspace.deleteLocal(head, KIND, rows.sub());
      }
    }
  }

  private void addLevel() {
    int below = levels();
    int level = below + 1;
    byte[] entry = FIRST;
    long count = 0;
    try (RowCursor rows = keyspace.rows(head, KIND, sub(below, FIRST), sub(level, FIRST), false)) {
      while (rows.next()) {
        byte[] key = rows.sub(1);
        if (key.length > 0 && heightOf(key) >= level) {
          put(level, entry, count);
          entry = key;
          count = 0;
        }
        count += count(rows);
      }
    }
    put(level, entry, count);
    levels(level);
  }

  // ---------------------------------------------------------------- changes

  /**
   * The member with this hash left {@code from} and came to {@code to}; null is not there at all. The score order
   * says so already.
   */
  void moved(byte[] from, byte[] to, int hash) {
    int height = Math.min(levels(), height(hash));
    for (int level = 1; level <= levels(); level++) {
      if (level <= height) {
        if (from != null) {
          join(level, from);
        }
        if (to != null) {
          split(level, to);
        }
        continue;
      }
      Entry left = from == null ? null : entryBefore(level, from);
      Entry right = to == null ? null : entryBefore(level, to);
      if (left != null && right != null && Arrays.equals(left.key, right.key)) {
        break;
      }
      if (left != null) {
        put(level, left.key, left.count - 1);
      }
      if (right != null) {
        put(level, right.key, right.count + 1);
      }
    }
    if (to != null && part.live >>> FAN_BITS * levels() > TOP_ENTRIES_MAX && levels() < LEVELS_MAX) {
      addLevel();
    }
  }

  /** Takes the entry at {@code key}, and its member, out of the level. */
  private void join(int level, byte[] key) {
    byte[] sub = sub(level, key);
    byte[] stored = keyspace.local(head, KIND, sub);
    if (stored == null) {
      throw new IllegalStateException("rank index without an entry on level " + level + " of " + head.key);
    }
    keyspace.deleteLocal(head, KIND, sub);
    Entry before = entryBefore(level, key);
    put(level, before.key, before.count + new ByteReader(stored).varint() - 1);
  }

  /** Makes an entry at {@code key}, for a member that the level does not count yet. */
  private void split(int level, byte[] key) {
    Entry before = entryBefore(level, key);
    long low = level == 1 ? countOrder(before.key, key) : sumBelow(level - 1, before.key, key);
    put(level, before.key, low);
    put(level, key, before.count - low + 1);
  }

  private long countOrder(byte[] from, byte[] to) {
    long count = 0;
    try (RowCursor order = order(from, to)) {
      while (order.next()) {
        count++;
      }
    }
    return count;
  }

  private long sumBelow(int level, byte[] from, byte[] to) {
    long sum = from.length == 0 ? first(level) : 0;
    try (RowCursor rows = entries(level, from, to)) {
      while (rows.next()) {
        sum += count(rows);
      }
    }
    return sum;
  }

  // ---------------------------------------------------------------- questions

  /** How many members lie before this order key. */
  long rank(byte[] key) {
    long rank = 0;
    byte[] at = FIRST;
    for (int level = levels(); level >= 1; level--) {
      long last = at.length == 0 ? first(level) : 0;
      try (RowCursor rows = entries(level, at, key)) {
        while (rows.next()) {
          rank += last;
          last = count(rows);
          at = rows.sub(1);
        }
      }
    }
    return rank + countOrder(at, key);
  }

  /** The order key that so many members lie before; the rank must be below the size. */
  byte[] select(long rank) {
    long passed = 0;
    byte[] at = FIRST;
    for (int level = levels(); level >= 1; level--) {
      long count = at.length == 0 ? first(level) : 0;
      if (passed + count > rank) {
        continue;
      }
      passed += count;
      try (RowCursor rows = entries(level, at, null)) {
        while (rows.next()) {
          at = rows.sub(1);
          count = count(rows);
          if (passed + count > rank) {
            break;
          }
          passed += count;
        }
      }
    }
    try (RowCursor order = order(at, null)) {
      while (order.next()) {
        if (passed++ == rank) {
          return order.sub();
        }
      }
    }
    throw new IllegalStateException("rank " + rank + " of " + part.live + " in " + head.key + " not found");
  }

  // ---------------------------------------------------------------- rows

  /** @param key empty for the entry before a level's first */
  private record Entry(byte[] key, long count) {}

  private Entry entryBefore(int level, byte[] key) {
    if (Arrays.compareUnsigned(low, key) < 0) {
      try (RowCursor rows = keyspace.rows(head, KIND, sub(level, low), sub(level, key), true)) {
        if (rows.next()) {
          return new Entry(rows.sub(1), count(rows));
        }
      }
    }
    return new Entry(FIRST, first(level));
  }

  /** How many members lie before the level's first entry. */
  private long first(int level) {
    byte[] stored = keyspace.local(head, KIND, sub(level, FIRST));
    if (stored == null) {
      throw new IllegalStateException("rank index without level " + level + " of " + head.key);
    }
    return new ByteReader(stored).varint();
  }

  /** The entries from {@code from}, or from the first one, to {@code to} (exclusive); null is the level's end. */
  private RowCursor entries(int level, byte[] from, byte[] to) {
    byte[] start = sub(level, from.length == 0 ? low : from);
    byte[] end = to == null ? sub(level + 1, FIRST) : sub(level, to);
    return keyspace.rows(head, KIND, start, Arrays.compareUnsigned(start, end) < 0 ? end : start, false);
  }

  private RowCursor order(byte[] from, byte[] to) {
    byte[] start = from.length == 0 ? low : from;
    boolean empty = to != null && Arrays.compareUnsigned(start, to) >= 0;
    return keyspace.rows(head, ScoreOrder.KIND, start, empty ? start : to, false);
  }

  private static long count(RowCursor rows) {
    return new ByteReader(rows.value()).varint();
  }

  private void put(int level, byte[] key, long count) {
    keyspace.putLocal(head, KIND, sub(level, key), new Bytes(5).varint(count).copy());
  }

  private static byte[] sub(int level, byte[] key) {
    byte[] sub = new byte[1 + key.length];
    sub[0] = (byte) level;
    System.arraycopy(key, 0, sub, 1, key.length);
    return sub;
  }
}
