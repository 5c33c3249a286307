package dev.henge.storage.row;

import java.util.Arrays;

/**
 * The digest of what lives in a row, taken from its stored bytes without making it: 0 where nothing does.
 *
 * <p>In it are the siblings that are no tombstones, each with dot, stamp, deadline and payload, and the counter's
 * shards, each with actor, seq, lineage and sum, and the floor of its lineage. Left out are tombstones, the context,
 * and floors by themselves: replicas may let go of those at different moments, and must be equal before and after. A
 * row has the same digest in the simple form and in the general one.
 *
 * <p>The layout is {@link RowCodec}'s; {@code docs/formats/merkle.md} says what is hashed.
 */
public final class RowDigest {

  private static final int ACTOR_BYTES = 6;

  private RowDigest() {}

  /** The digest of a whole row. {@code seed} names the row: its key, kind, sub-key. */
  public static long of(long seed, byte[] row, int offset, int length) {
    int head = row[offset];
    if ((head & RowCodec.FORM) == RowCodec.SIMPLE) {
      if ((head & RowCodec.TOMBSTONE) != 0) {
        return 0;
      }
      int payloadAt = headerEnd(row, offset + 1, head);
      return alive(sibling(seed, row, offset + 1, head, payloadAt, offset + length - payloadAt));
    }
    return general(seed, row, offset, offset + length);
  }

  public static long of(long seed, byte[] row) {
    return of(seed, row, 0, row.length);
  }

  /** The digest of the row that {@link RowCodec#plain} writes of the same. */
  public static long ofPlain(long seed, long actor, long seq, long hlc, byte[] payload, int offset, int length) {
    return alive(Hash64.of(Hash64.mix(seed ^ hlc, actor << 16 ^ seq), payload, offset, length));
  }

  private static long alive(long digest) {
    return digest == 0 ? 1 : digest;
  }

  /** Where a sibling's actor, seq, stamp and deadline end. */
  private static int headerEnd(byte[] row, int from, int flags) {
    int at = afterVarint(row, from + ACTOR_BYTES) + Long.BYTES;
    return (flags & RowCodec.DEADLINE) != 0 ? afterVarint(row, at) : at;
  }

  private static int afterVarint(byte[] row, int from) {
    int at = from;
    while (row[at++] < 0) {
      // it goes on
    }
    return at;
  }

  /** The number whose varint ends before {@code to}. */
  private static long varint(byte[] row, int from, int to) {
    long value = 0;
    for (int at = to - 1; at >= from; at--) {
      value = value << 7 | row[at] & 0x7F;
    }
    return value;
  }

  private static long sibling(long seed, byte[] row, int headerAt, int flags, int payloadAt, int payloadLength) {
    int seqAt = headerAt + ACTOR_BYTES;
    int stampAt = afterVarint(row, seqAt);
    // the two bytes behind the actor are cut off again; a row is never so short that they are not there
    long actor = (long) Bytes.LONGS.get(row, headerAt) >>> 16;
    long stamp = (long) Bytes.LONGS.get(row, stampAt);
    long named = Hash64.mix(seed ^ stamp, actor << 16 ^ varint(row, seqAt, stampAt));
    if ((flags & RowCodec.DEADLINE) != 0) {
      int deadlineAt = stampAt + Long.BYTES;
      named = Hash64.mix(named, varint(row, deadlineAt, afterVarint(row, deadlineAt)));
    }
    return Hash64.of(named, row, payloadAt, payloadLength);
  }

  private static long general(long seed, byte[] row, int offset, int end) {
    int head = row[offset];
    if ((head & RowCodec.FORM) != RowCodec.GENERAL) {
      throw new FormatException("row of unknown form " + head);
    }
    long digest = 0;
    boolean live = false;
    int at = afterVarint(row, offset + 1);
    for (int n = length(row, offset + 1, at); n > 0; n--) {
      int flags = row[at++];
      int lengthAt = headerEnd(row, at, flags);
      int payloadAt = afterVarint(row, lengthAt);
      int payload = length(row, lengthAt, payloadAt);
      if ((flags & RowCodec.TOMBSTONE) == 0) {
        long s = sibling(seed, row, at, flags, payloadAt, payload);
        digest = live ? Hash64.mix(digest, s) : s;
        live = true;
      }
      at = payloadAt + payload;
    }
    if ((head & RowCodec.SHARDS) != 0) {
      at = (head & RowCodec.CONTEXT) != 0 ? afterVector(row, at) : at;
      boolean floored = (head & RowCodec.FLOOR) != 0;
      int shardsEnd = floored ? afterShards(row, at) : end;
      digest = Hash64.of(digest ^ seed, row, at, shardsEnd - at);
      digest = floored ? floors(digest, row, at, shardsEnd) : digest;
      live = true;
    }
    return live ? alive(digest) : 0;
  }

  private static int length(byte[] row, int from, int to) {
    long length = varint(row, from, to);
    if (length < 0 || length > row.length - to) {
      throw new FormatException("length " + length + " at " + from + ", has " + (row.length - to));
    }
    return (int) length;
  }

  private static int afterVector(byte[] row, int from) {
    int at = afterVarint(row, from);
    for (int n = length(row, from, at); n > 0; n--) {
      at = afterVarint(row, at + ACTOR_BYTES);
    }
    return at;
  }

  private static int afterShards(byte[] row, int from) {
    int at = afterVarint(row, from);
    for (int n = length(row, from, at); n > 0; n--) {
      at = afterShard(row, at);
    }
    return at;
  }

  private static int afterShard(byte[] row, int from) {
    int scaleAt = afterVarint(row, afterVarint(row, from + ACTOR_BYTES));
    int lengthAt = afterVarint(row, scaleAt);
    int sumAt = afterVarint(row, lengthAt);
    return sumAt + length(row, lengthAt, sumAt);
  }

  /** Adds the floors that lie under a shard: those of its lineage. */
  private static long floors(long digest, byte[] row, int shardsAt, int floorsAt) {
    long h = digest;
    int at = afterVarint(row, floorsAt);
    for (int n = length(row, floorsAt, at); n > 0; n--) {
      int next = afterShard(row, at);
      if (under(row, at, shardsAt)) {
        h = Hash64.mix(h, Hash64.of(0, row, at, next - at));
      }
      at = next;
    }
    return h;
  }

  private static boolean under(byte[] row, int floorAt, int shardsAt) {
    int at = afterVarint(row, shardsAt);
    for (int n = length(row, shardsAt, at); n > 0; n--) {
      if (Arrays.equals(row, floorAt, floorAt + ACTOR_BYTES, row, at, at + ACTOR_BYTES) && lineage(row, floorAt) == lineage(row, at)) {
        return true;
      }
      at = afterShard(row, at);
    }
    return false;
  }

  private static long lineage(byte[] row, int shardAt) {
    int lineageAt = afterVarint(row, shardAt + ACTOR_BYTES);
    return varint(row, lineageAt, afterVarint(row, lineageAt));
  }
}
