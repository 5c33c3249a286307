package dev.henge.storage.type;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * The live members of one collection, in the order of their {@link MemberHash}: what hashes, sets and sorted sets
 * have in common. A view of an open head, for one command.
 *
 * <p><b>Scanning</b> keeps nothing between pages. A cursor is the first hash that was not visited yet, so that it is
 * never 0 once the walk has begun and fits 32 bits; a page ends with a whole bucket of members that share a hash.
 * Members that stay from the first page to the last lie behind the cursor until they are returned, whatever else
 * comes and goes: each is returned exactly once.
 *
 * <p><b>Picking at random</b> costs the same however large the collection is. The hashes are seen as a circle. A
 * window of it, of such a width that it holds {@link #WINDOW_ROWS_MEAN} members on average, is laid down at random,
 * and a number below {@link #WINDOW_ROWS_MAX} is drawn: if the window has a member of that number it is the pick,
 * else both are drawn anew. Every member lies in as many windows as any other, and in each it is picked with the same
 * chance, 1 in WINDOW_ROWS_MAX: so the picks are uniform, however the hashes lie (rejection sampling, von Neumann
 * 1951). With well mixed hashes a window holds more members than that once in ten million draws. Members whose hashes
 * somebody made collide can crowd into few windows; then, after {@link #WINDOWS_MAX} draws, the member behind a
 * random hash is taken: cheap still, but not fair.
 */
final class Members {

  /**
   * Collections up to this size are scanned in one page and picked from by counting. Redis's listpacks end here too.
   */
  static final int SMALL_ROWS_MAX = 128;

  static final int WINDOW_ROWS_MEAN = 16;
  static final int WINDOW_ROWS_MAX = 40;
  static final int WINDOWS_MAX = 32;

  /** Whoever asks for at least one member in so many is better served by one walk than by single picks. */
  static final int WALK_ROWS_PER_PICK = 40;

  private static final long HASHES = 1L << 32;
  private static final long HASH_MASK = HASHES - 1;

  private final Keyspace keyspace;
  private final Head head;
  private final ValueType type;

  Members(Keyspace keyspace, Head head, ValueType type) {
    this.keyspace = keyspace;
    this.head = head;
    this.type = type;
  }

  /** How many members live; 0 if the key does not show as this type. */
  long size() {
    if (head.type() != type) {
      return 0;
    }
    return head.part(type.kind()).live;
  }

  /** The stored bytes of a member's live row, or null. */
  byte[] live(byte[] member) {
    return size() == 0 ? null : keyspace.cells.live(head, type.kind(), MemberHash.subKey(member));
  }

  /** A member's cell, to write to: what has expired is cleared first. */
  Cell cell(byte[] member) {
    keyspace.touch(head);
    return keyspace.cells.cell(head, type.kind(), MemberHash.subKey(member));
  }

  /** Puts a member in the short way, if it goes that way. */
  PlainMembers.Put put(byte[] member, int memberAt, int memberLength,
      byte[] payload, int payloadAt, int payloadLength, boolean renews) {
    return keyspace.members.put(
        head, type, member, memberAt, memberLength, payload, payloadAt, payloadLength, renews);
  }

  /** Writes a tombstone over a member. Returns false if it does not live. */
  boolean remove(byte[] member) {
    if (size() == 0) {
      return false;
    }
    Cell cell = cell(member);
    if (!cell.live()) {
      return false;
    }
    keyspace.cells.remove(cell);
    return true;
  }

  /** Sees one live row; the cursor moves on afterwards. */
  @FunctionalInterface
  interface RowVisitor {
    /** Returns false when the walk should end. */
    boolean row(RowCursor at);
  }

  static byte[] member(RowCursor at) {
    return at.sub(MemberHash.BYTES);
  }

  void walk(RowVisitor visitor) {
    if (size() == 0) {
      return;
    }
    try (RowCursor rows = keyspace.cells.rows(head, type.kind(), null, null, false)) {
      boolean more = true;
      while (more && rows.next()) {
        more = visitor.row(rows);
      }
    }
  }

  /**
   * Visits the members from {@code cursor} on until at least {@code count} are visited and a bucket ends; a small
   * collection to its end.
   *
   * @param cursor 0 to begin, else what the last page returned, unsigned
   * @return the cursor of the next page, or 0 if this was the last
   */
  long page(long cursor, long count, RowVisitor visitor) {
    if (size() == 0 || Long.compareUnsigned(cursor, HASH_MASK) > 0) {
      return 0;
    }
    long budget = size() <= SMALL_ROWS_MAX ? Long.MAX_VALUE : count;
    long visited = 0;
    long lastHash = -1;
    try (RowCursor rows = keyspace.cells.rows(head, type.kind(), MemberHash.bucket((int) cursor), null, false)) {
      while (rows.next()) {
        long hash = rows.hash() & HASH_MASK;
        if (visited >= budget && hash != lastHash) {
          return lastHash + 1;
        }
        visitor.row(rows);
        visited++;
        lastHash = hash;
      }
    }
    return 0;
  }

  /** One member, each with the same chance. There must be one. */
  byte[] pick(RandomGenerator random) {
    long n = size();
    if (n <= SMALL_ROWS_MAX) {
      return new Window(0, HASHES).member(random.nextInt((int) n));
    }
    long width = Math.max(1, HASHES * WINDOW_ROWS_MEAN / n);
    for (int i = 0; i < WINDOWS_MAX; i++) {
      long from = random.nextInt() & HASH_MASK;
      byte[] member = new Window(from, width).member(random.nextInt(WINDOW_ROWS_MAX));
      if (member != null) {
        return member;
      }
    }
    return new Window(random.nextInt() & HASH_MASK, HASHES).member(0);
  }

  /** An arc of the circle of hashes. */
  private final class Window {

    private final long from;
    private final long width;
    private int left;

    Window(long from, long width) {
      this.from = from;
      this.width = width;
    }

    /** The member with this number, counted from the arc's begin; null if there are not so many. */
    byte[] member(int number) {
      left = number;
      long to = from + width;
      byte[] found = between(from, Math.min(to, HASHES));
      return found != null || to <= HASHES ? found : between(0, to - HASHES);
    }

    private byte[] between(long low, long high) {
      byte[] to = high == HASHES ? null : MemberHash.bucket((int) high);
      try (RowCursor rows = keyspace.cells.rows(head, type.kind(), MemberHash.bucket((int) low), to, false)) {
        while (rows.next()) {
          if (left-- == 0) {
            return Members.member(rows);
          }
        }
        return null;
      }
    }
  }

  /** {@code count} different members, or all if there are fewer; every choice has the same chance. */
  List<byte[]> distinct(long count, RandomGenerator random) {
    long n = size();
    if (count >= n || count >= n / WALK_ROWS_PER_PICK) {
      return sampled(Math.min(count, n), random);
    }
    Set<ByteBuffer> picked = new LinkedHashSet<>();
    for (long draws = 0; picked.size() < count && draws < 4 * count + WINDOWS_MAX; draws++) {
      picked.add(ByteBuffer.wrap(pick(random)));
    }
    if (picked.size() < count) {
      return sampled(count, random);
    }
    List<byte[]> members = new ArrayList<>(picked.size());
    for (ByteBuffer member : picked) {
      members.add(member.array());
    }
    return members;
  }

  /**
   * Selection sampling in one walk (Knuth, volume 2, 3.4.2, algorithm S): the next row is taken with chance wanted /
   * left.
   */
  private List<byte[]> sampled(long count, RandomGenerator random) {
    List<byte[]> members = new ArrayList<>((int) count);
    long[] left = {size()};
    walk(at -> {
      long wanted = count - members.size();
      if (wanted > 0 && (wanted == left[0] || random.nextLong(left[0]) < wanted)) {
        members.add(member(at));
      }
      left[0]--;
      return members.size() < count;
    });
    return members;
  }

  /** {@code count} members, each drawn from all: they may repeat. */
  List<byte[]> repeated(int count, RandomGenerator random) {
    List<byte[]> drawn = new ArrayList<>(count);
    long n = size();
    if (n == 0 || count == 0) {
      return drawn;
    }
    if (count < n / WALK_ROWS_PER_PICK) {
      for (int i = 0; i < count; i++) {
        drawn.add(pick(random));
      }
      return drawn;
    }
    List<byte[]> all = sampled(n, random);
    for (int i = 0; i < count; i++) {
      drawn.add(all.get(random.nextInt(all.size())));
    }
    return drawn;
  }
}
