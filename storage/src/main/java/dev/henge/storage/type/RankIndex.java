package dev.henge.storage.type;

import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import java.util.Arrays;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The ranks of one large collection that has an order: counts above the order's rows, so that a member's rank and the
 * member of a rank are found in O(log n). Sorted sets have them above their score order, lists above their elements;
 * {@link RankedOrder} tells the two apart.
 *
 * <pre>
 * rank row: level u8 | order key → count varint     the members from this order key up to the next entry of the level
 *         | level u8             → count varint     those before the level's first entry
 * derived : how many levels there are               in the head's part, once the index is built
 * </pre>
 *
 * <p>It is a skip list (Pugh 1990) laid out as rows, with a count for a pointer, as FoundationDB Record Layer's
 * RankedSet does it. Level 0 is the order itself. A member stands on level l if its {@link MemberHash} ends in
 * 4·l zero bits: one in sixteen of those on the level below. So the index of a set is a function of the set, whatever
 * its history: nothing is ever balanced, and a rebuild gives the same rows. A rank is summed up from the top: on each
 * level the counts of the entries that are passed, about eight, then one level down from the last of them. A new
 * member adds one to the entry that it falls under on each level, and splits it on the levels that it stands on. Only
 * the number of levels depends on when they were built.
 *
 * <p>It costs a row for every 15 members and a step a level for every change, so it is built when a rank deep inside
 * a large set is first asked for, by one walk over the order, and kept from then on. Being local, it may be
 * there on one replica and not on another.
 */
final class RankIndex {

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
  private final RankedOrder order;

  /** No member has an order key below. Walks begin here, not among the entries that a queue has left behind. */
  private final byte[] low;

  /** @param low null for unknown */
  RankIndex(RankedOrder order, Keyspace keyspace, Head head, Part part, byte[] low) {
    this.order = order;
    this.keyspace = keyspace;
    this.head = head;
    this.part = part;
    this.low = low == null ? BEFORE_ALL : low;
  }

  private int levels() {
    return order.levels(part);
  }

  private void levels(int levels) {
    order.levels(part, levels);
    keyspace.markDirty(head);
  }

  private static int height(int hash) {
    return Math.min(LEVELS_MAX, Integer.numberOfTrailingZeros(hash) / FAN_BITS);
  }

  private int heightOf(byte[] key) {
    return height(order.hash(key));
  }

  // ---------------------------------------------------------------- building

  /** Builds the index if it is not there. */
  RankIndex built() {
    if (levels() == 0) {
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
    try (RowCursor members = keyspace.cells.rows(head, order.orderKind(), low, null, false)) {
      while (members.next()) {
        byte[] key = members.sub();
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

  /**
   * The rows of an index of so many levels above an order, by their sub-keys; the hash of each member stands with its
   * order key.
   */
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
    try (RowCursor rows = keyspace.cells.rows(head, order.rankKind(), null, null, false)) {
      while (rows.next()) {
        keyspace.cells.deleteLocal(head, order.rankKind(), rows.sub());
      }
    }
  }

  private void addLevel() {
    int below = levels();
    int level = below + 1;
    byte[] entry = FIRST;
    long count = 0;
    try (RowCursor rows = keyspace.cells.rows(head, order.rankKind(), sub(below, FIRST), sub(level, FIRST), false)) {
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
   * The member with this hash left {@code from} and came to {@code to}; null is not there at all. The order
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
    byte[] stored = keyspace.cells.local(head, order.rankKind(), sub);
    if (stored == null) {
      throw new IllegalStateException("rank index without an entry on level " + level + " of " + head.key);
    }
    keyspace.cells.deleteLocal(head, order.rankKind(), sub);
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
    try (RowCursor members = members(from, to)) {
      while (members.next()) {
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
    try (RowCursor members = members(at, null)) {
      while (members.next()) {
        if (passed++ == rank) {
          return members.sub();
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
      try (RowCursor rows = keyspace.cells.rows(head, order.rankKind(), sub(level, low), sub(level, key), true)) {
        if (rows.next()) {
          return new Entry(rows.sub(1), count(rows));
        }
      }
    }
    return new Entry(FIRST, first(level));
  }

  /** How many members lie before the level's first entry. */
  private long first(int level) {
    byte[] stored = keyspace.cells.local(head, order.rankKind(), sub(level, FIRST));
    if (stored == null) {
      throw new IllegalStateException("rank index without level " + level + " of " + head.key);
    }
    return new ByteReader(stored).varint();
  }

  /** The entries from {@code from}, or from the first one, to {@code to} (exclusive); null is the level's end. */
  private RowCursor entries(int level, byte[] from, byte[] to) {
    byte[] start = sub(level, from.length == 0 ? low : from);
    byte[] end = to == null ? sub(level + 1, FIRST) : sub(level, to);
    boolean any = Arrays.compareUnsigned(start, end) < 0;
    return keyspace.cells.rows(head, order.rankKind(), start, any ? end : start, false);
  }

  private RowCursor members(byte[] from, byte[] to) {
    byte[] start = from.length == 0 ? low : from;
    boolean empty = to != null && Arrays.compareUnsigned(start, to) >= 0;
    return keyspace.cells.rows(head, order.orderKind(), start, empty ? start : to, false);
  }

  private static long count(RowCursor rows) {
    return new ByteReader(rows.value()).varint();
  }

  private void put(int level, byte[] key, long count) {
    keyspace.cells.putLocal(head, order.rankKind(), sub(level, key), new Bytes(5).varint(count).copy());
  }

  private static byte[] sub(int level, byte[] key) {
    byte[] sub = new byte[1 + key.length];
    sub[0] = (byte) level;
    System.arraycopy(key, 0, sub, 1, key.length);
    return sub;
  }
}
