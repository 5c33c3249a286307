package dev.henge.storage.type;

import dev.henge.storage.lsm.FoundBytes;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.row.FormatException;
import dev.henge.storage.row.Hash64;
import dev.henge.storage.row.Row;
import dev.henge.storage.row.RowCodec;
import dev.henge.storage.row.RowDigest;
import dev.henge.storage.row.Sibling;
import dev.henge.storage.version.VersionVector;
import java.util.ArrayList;
import java.util.List;

/**
 * All that is known of a key without looking at its sub-rows; one local record a key, see
 * {@code docs/formats/keys.md}.
 *
 * <pre>
 * head  : 0x01 row                                                             a string and nothing else
 *       | 0x02 mask generation varint [string block] [deadline block] [clear] [dots] parts…
 * mask  : 1 string, 2 deadline, 4 clear, 8 dots, 16 parts have bytes, 32 orphans, 64 parts have digests,
 *         128 a second mask follows
 * mask 2: 1 the dots of the clears (behind the clear), 2 parts have counts of rows with a past
 * parts : count varint, each: kind u8 | live varint | dead varint | [bytes varint] | [digest u64] | [past varint]
 *         | newest stamp u64
 *         | derived block
 * </pre>
 *
 * <p>A head belongs to the command that opened it. A plain string is kept as bytes until somebody asks for the row.
 */
public final class Head {

  /** Stands before the row of a key that is a string and nothing else. */
  static final byte PLAIN = 1;

  private static final int GENERAL = 2;
  private static final int STRING = 1;
  private static final int DEADLINE = 2;
  private static final int CLEAR = 4;
  private static final int DOTS = 8;
  private static final int BYTES = 16;
  private static final int ORPHANS = 32;
  private static final int DIGESTS = 64;
  private static final int MORE = 128;
  private static final int CLEARED_BY = 1;
  private static final int PAST = 2;

  final KeyRef key;
  private long nowMillis;

  /** The stored bytes while the key is a plain string, nothing else, whose row is not decoded yet; else null. */
  private byte[] plain;

  private Row string;
  Row deadline;
  VersionVector clear = VersionVector.EMPTY;

  /** The dots of the bundles that the clear is made of. */
  VersionVector clearedBy = VersionVector.EMPTY;

  /** The join of the dots of all sub-rows since the last clear. */
  VersionVector dots = VersionVector.EMPTY;

  /** Names the key's present set of sub-rows on this disk; 0 while it has none. */
  long generation;

  List<Part> parts = List.of();

  /** What the store holds now: whether the key counts, and under which deadline it is indexed. */
  boolean counted;

  long indexedDeadline;

  /** Whether the store has it among the keys with a past. */
  boolean indexedPast;

  boolean dirty;

  /** While it is dirty: whether nothing has changed but what is counted of its rows ({@link Keyspace#markCounted}). */
  boolean waits;

  /** Where the head of a collection was stored; null as long as it was not since it was loaded. */
  FoundBytes place;

  /** How much had been stored when it was loaded: see {@link RecentHeads}. */
  long loadedAt;

  /**
   * Whether sub-rows that nobody owns may be left in the store: while the head is there compaction knows them
   * for that.
   */
  boolean orphans;

  /** What the key takes in the store, all its rows included; 0 while nothing is stored. */
  long storedBytes;

  /** Whether the parts have the digests of their rows: heads of an earlier version do not. */
  boolean digestsKnown = true;

  /**
   * The digest of what is stored of the key: that of the stored parts, with that of the rows in {@link #stored} until
   * it is asked for.
   */
  private long storedDigest;

  /** The stored head, until the digests of its rows are asked for. */
  private byte[] stored;

  private long keyDigest;

  /** A head that nothing is stored of. */
  Head(KeyRef key, long nowMillis) {
    this.key = key;
    this.nowMillis = nowMillis;
  }

  Head(KeyRef key, long nowMillis, byte[] stored) {
    this(key, nowMillis);
    parse(stored);
    storedBytes = bytes(stored.length);
    this.stored = stored;
    storedDigest = partsDigest();
  }

  // ---------------------------------------------------------------- digests

  /** The hash of database and key. */
  long keyDigest() {
    if (keyDigest == 0) {
      keyDigest = key.digest();
    }
    return keyDigest;
  }

  private long rowDigest(int kind, byte[] row, int offset, int length) {
    return RowDigest.of(Hash64.mix(keyDigest(), kind), row, offset, length);
  }

  private long partsDigest() {
    long digest = 0;
    for (int i = digestsKnown ? parts.size() - 1 : -1; i >= 0; i--) {
      digest ^= parts.get(i).digest;
    }
    return digest;
  }

  /** The XOR of the digests of all that is stored of the key: its string, its deadline, its sub-rows. */
  long storedDigest() {
    if (stored != null) {
      storedDigest ^= rowsDigest(stored, 0, stored.length);
      stored = null;
    }
    return storedDigest;
  }

  void storedDigest(long now) {
    storedDigest = now;
    stored = null;
  }

  /** The digest of all that an encoded head, this one's, stands for. */
  long digest(byte[] encoded, int length) {
    return partsDigest() ^ rowsDigest(encoded, 0, length);
  }

  /** That of the rows inside an encoded head. */
  private long rowsDigest(byte[] encoded, int offset, int length) {
    if (encoded[offset] == PLAIN) {
      return rowDigest(Keyspace.KIND_STRING, encoded, offset + 1, length - 1);
    }
    if ((encoded[offset + 1] & (STRING | DEADLINE)) == 0) {
      return 0;
    }
    ByteReader in = new ByteReader(encoded, offset + 1, length - 1);
    int mask = in.u8();
    in.skip((mask & MORE) == 0 ? 0 : 1);
    in.varint();
    long digest = 0;
    if ((mask & STRING) != 0) {
      int bytes = in.length();
      digest ^= rowDigest(Keyspace.KIND_STRING, encoded, in.position(), bytes);
      in.skip(bytes);
    }
    if ((mask & DEADLINE) != 0) {
      int bytes = in.length();
      digest ^= rowDigest(Keyspace.KIND_DEADLINE, encoded, in.position(), bytes);
    }
    return digest;
  }

  private void parse(byte[] stored) {
    if (stored[0] == PLAIN) {
      plain = stored;
      counted = true;
      if (RowCodec.plainPayloadAt(stored, 1) < 0) {
        string();
        counted = string.live();
        indexedDeadline = storedDeadline();
        indexedPast = hasPast();
      }
      return;
    }
    decode(new ByteReader(stored));
    counted = anyLive();
    indexedDeadline = storedDeadline();
    indexedPast = hasPast();
  }

  // ---------------------------------------------------------------- the stored form

  /** What the key takes in the store when its head's value has so many bytes. */
  long bytes(int headValueBytes) {
    long bytes = key.disk().length + headValueBytes + Cells.ROW_OVERHEAD_BYTES;
    if (indexedDeadline != 0) {
      bytes += DeadlineIndex.KEY_BYTES + key.disk().length + Cells.ROW_OVERHEAD_BYTES;
    }
    if (indexedPast) {
      bytes += PastIndex.KEY_BYTES + key.disk().length + Cells.ROW_OVERHEAD_BYTES;
    }
    for (Part part : parts) {
      bytes += part.bytes;
    }
    return bytes;
  }

  /** What the key took in the store when it was read: its head, its sub-rows, its place among the deadlines. */
  public long storedBytes() {
    return storedBytes;
  }

  /** The generation in a stored head; 0 if it has no sub-rows. */
  static long generationOf(byte[] stored) {
    if (stored[0] == PLAIN) {
      return 0;
    }
    ByteReader in = new ByteReader(stored);
    in.skip((stored[1] & MORE) == 0 ? 2 : 3);
    return in.varint();
  }

  private void decode(ByteReader in) {
    if (in.u8() != GENERAL) {
      throw new FormatException("head of unknown form for " + key);
    }
    int mask = in.u8();
    int more = (mask & MORE) != 0 ? in.u8() : 0;
    orphans = (mask & ORPHANS) != 0;
    generation = in.varint();
    string = (mask & STRING) != 0 ? RowCodec.decode(in.block()) : null;
    deadline = (mask & DEADLINE) != 0 ? RowCodec.decode(in.block()) : null;
    clear = (mask & CLEAR) != 0 ? in.vector() : VersionVector.EMPTY;
    clearedBy = (more & CLEARED_BY) != 0 ? in.vector() : VersionVector.EMPTY;
    dots = (mask & DOTS) != 0 ? in.vector() : VersionVector.EMPTY;
    int count = in.length();
    digestsKnown = count == 0 || (mask & DIGESTS) != 0;
    if (count > 0) {
      parts = new ArrayList<>(count);
    }
    for (; count > 0; count--) {
      Part part = new Part(in.u8());
      part.live = in.varint();
      part.dead = in.varint();
      part.bytes = (mask & BYTES) != 0 ? in.varint() : 0;
      part.digest = (mask & DIGESTS) != 0 ? in.i64() : 0;
      part.withPast = (more & PAST) != 0 ? in.varint() : 0;
      part.newestStamp = in.i64();
      part.derived = in.block();
      parts.add(part);
    }
  }

  void encode(Bytes out) {
    Row s = string();
    if (s != null && deadline == null && clear.isEmpty() && dots.isEmpty() && parts.isEmpty() && !orphans) {
      out.u8(PLAIN);
      RowCodec.encode(s, out);
      return;
    }
    out.u8(GENERAL);
    int more = (clearedBy.isEmpty() ? 0 : CLEARED_BY) | (rowsWithPast() ? PAST : 0);
    out.u8((s == null ? 0 : STRING) | (deadline == null ? 0 : DEADLINE) | (clear.isEmpty() ? 0 : CLEAR)
        | (dots.isEmpty() ? 0 : DOTS) | (parts.isEmpty() ? 0 : BYTES)
        | (orphans ? ORPHANS : 0) | (parts.isEmpty() || !digestsKnown ? 0 : DIGESTS) | (more == 0 ? 0 : MORE));
    if (more != 0) {
      out.u8(more);
    }
    out.varint(generation);
    if (s != null) {
      out.block(RowCodec.encode(s));
    }
    if (deadline != null) {
      out.block(RowCodec.encode(deadline));
    }
    if (!clear.isEmpty()) {
      out.vector(clear);
    }
    if (!clearedBy.isEmpty()) {
      out.vector(clearedBy);
    }
    if (!dots.isEmpty()) {
      out.vector(dots);
    }
    out.varint(parts.size());
    for (Part part : parts) {
      if (part.ends != null) {
        part.ends.store();
      }
      out.u8(part.kind).varint(part.live).varint(part.dead).varint(part.bytes);
      if (digestsKnown) {
        out.i64(part.digest);
      }
      if ((more & PAST) != 0) {
        out.varint(part.withPast);
      }
      out.i64(part.newestStamp).block(part.derived);
    }
  }

  public KeyRef key() {
    return key;
  }

  /** The row of the string, live or a tombstone, or null. */
  Row string() {
    if (plain != null) {
      string = RowCodec.decode(new ByteReader(plain, 1, plain.length - 1));
      plain = null;
    }
    return string;
  }

  void string(Row row) {
    plain = null;
    string = row;
  }

  /** The stored bytes if the key is a plain string without deadline: the payload begins at {@link #plainPayloadAt}. */
  byte[] plain() {
    return plain;
  }

  static int plainPayloadAt(byte[] plain) {
    return RowCodec.plainPayloadAt(plain, 1);
  }

  /**
   * The type that shows: of all types with something live, the one written last. NONE if the key is absent or
   * expired.
   */
  public ValueType type() {
    if (plain != null) {
      return ValueType.STRING;
    }
    ValueType type = liveType();
    return type != ValueType.NONE && expired() ? ValueType.NONE : type;
  }

  private ValueType liveType() {
    if (string == null && plain == null && parts.size() == 1) {
      Part only = parts.get(0);
      return only.live > 0 && only.kind != Chunks.KIND ? ValueType.ofKind(only.kind) : ValueType.NONE;
    }
    ValueType type = ValueType.NONE;
    long newest = -1;
    Row s = string();
    if (s != null && s.live() && (!s.chunked() || anyChunk())) {
      type = ValueType.STRING;
      newest = s.newestStamp();
    }
    for (int i = 0; i < parts.size(); i++) { // asked several times a command: without an iterator
      Part part = parts.get(i);
      if (part.live > 0 && part.newestStamp >= newest && part.kind != Chunks.KIND) {
        ValueType other = ValueType.ofKind(part.kind);
        if (part.newestStamp > newest || other.compareTo(type) < 0) { // never by the order in which they arrived
          newest = part.newestStamp;
          type = other;
        }
      }
    }
    return type;
  }

  public boolean exists() {
    return type() != ValueType.NONE;
  }

  /** When the key expires, in milliseconds since 1970, or 0 for never. */
  public long deadlineMillis() {
    return plain != null ? 0 : storedDeadline();
  }

  private long storedDeadline() {
    if (deadline == null && string() == null) {
      return 0;
    }
    ValueType type = liveType();
    if (type == ValueType.STRING) {
      return string().deadlineMillis();
    }
    if (type == ValueType.NONE || deadline == null) {
      return 0;
    }
    long latest = 0;
    for (Sibling s : deadline.siblings()) {
      latest = s.tombstone() ? latest : Math.max(latest, s.deadlineMillis());
    }
    return latest;
  }

  /** Whether the key's deadline has passed: then it reads as absent, and the next write clears it first. */
  boolean expired() {
    if (plain != null) {
      return false;
    }
    long at = storedDeadline();
    return at != 0 && at <= nowMillis;
  }

  long nowMillis() {
    return nowMillis;
  }

  /** Another command opens it, at this moment. */
  Head reopened(long now) {
    nowMillis = now;
    return this;
  }

  /** Whether the key is one collection, without a deadline. */
  boolean counts() {
    return plain == null && string == null && deadline == null && parts.size() == 1 && parts.get(0).live > 0;
  }

  boolean anyLive() {
    return plain != null || liveType() != ValueType.NONE;
  }

  /** Whether a large string has any bytes: where a DEL took them all, an EXPIRE that it had not seen leaves none. */
  private boolean anyChunk() {
    Part chunks = part(Chunks.KIND);
    return chunks != null && chunks.live > 0;
  }

  Part part(int kind) {
    for (int i = 0; i < parts.size(); i++) {
      if (parts.get(i).kind == kind) {
        return parts.get(i);
      }
    }
    return null;
  }

  Part partForWrite(int kind) {
    string(); // no plain string any more
    Part part = part(kind);
    if (part == null) {
      part = new Part(kind);
      if (parts.isEmpty()) {
        parts = new ArrayList<>(1);
      }
      parts.add(part);
    }
    return part;
  }

  /** Has the types bring what they derive to rest. */
  void settle(Keyspace keyspace) {
    for (Part part : parts) {
      DerivedRows derived = keyspace.cells.derived(part.kind);
      if (derived != null) {
        derived.settle(keyspace, this, part);
      }
    }
  }

  /** The dots of all writes to this key that are known here. */
  VersionVector seen() {
    VersionVector seen = clear.join(dots);
    if (string() != null) {
      seen = seen.join(string.context());
    }
    return deadline == null ? seen : seen.join(deadline.context());
  }

  private boolean rowsWithPast() {
    for (Part part : parts) {
      if (part.withPast > 0) {
        return true;
      }
    }
    return false;
  }

  /** Whether something of the key is kept for other replicas' sake only, and can go when it is stable. */
  boolean hasPast() {
    if (plain != null) {
      return false;
    }
    if (!clear.isEmpty() || hasPast(string()) || hasPast(deadline)) {
      return true;
    }
    for (Part part : parts) {
      if (part.dead > 0 || part.withPast > 0) {
        return true;
      }
    }
    return false;
  }

  private static boolean hasPast(Row row) {
    return row != null && row.hasPast();
  }

  /** Whether there is nothing to remember of the key. */
  boolean blank() {
    return string() == null && deadline == null && clear.isEmpty() && parts.isEmpty() && !orphans;
  }
}
