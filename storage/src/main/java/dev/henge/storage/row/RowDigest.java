package dev.henge.storage.row;

import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * The digest of what lives in a row, taken from its stored bytes without making it: 0 where nothing does.
 *
 * <p>In it are the siblings that are no tombstones, each with dot, stamp, deadline and payload, and the counter's shards, each with actor, seq, lineage and
 * its sum above the floor. Left out are tombstones, the context, and floors by themselves: replicas may let go of those at different moments, and must be
 * equal before and after. A row has the same digest in the simple form and in the general one.
 *
 * <p>The layout is {@link RowCodec}'s; {@code docs/formats/merkle.md} says what is hashed.
 */
public final class RowDigest {

  private static final int ACTOR_BYTES = 6;

  /** More decimal digits than this may not fit a long. */
  private static final int LONG_DIGITS = 18;

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
    return general(seed, head, new ByteReader(row, offset + 1, length - 1));
  }

  public static long of(long seed, byte[] row) {
    return of(seed, row, 0, row.length);
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

  private static long general(long seed, int head, ByteReader in) {
    if ((head & RowCodec.FORM) != RowCodec.GENERAL) {
      throw new FormatException("row of unknown form " + head);
    }
    long digest = 0;
    boolean live = false;
    for (int n = in.length(); n > 0; n--) {
      int flags = in.u8();
      int headerAt = in.position();
      in.skip(headerEnd(in.array(), headerAt, flags) - headerAt);
      int payload = in.length();
      if ((flags & RowCodec.TOMBSTONE) == 0) {
        long s = sibling(seed, in.array(), headerAt, flags, in.position(), payload);
        digest = live ? Hash64.mix(digest, s) : s;
        live = true;
      }
      in.skip(payload);
    }
    if ((head & RowCodec.CONTEXT) != 0) {
      skipVector(in);
    }
    if ((head & RowCodec.SHARDS) != 0) {
      digest = shards(Hash64.mix(digest, seed), in, (head & RowCodec.FLOOR) != 0);
      live = true;
    }
    return live ? alive(digest) : 0;
  }

  private static void skipVector(ByteReader in) {
    for (int n = in.length(); n > 0; n--) {
      in.skip(ACTOR_BYTES);
      in.varint();
    }
  }

  private static void skipShard(ByteReader in) {
    in.skip(ACTOR_BYTES);
    in.varint();
    in.varint();
    in.varint();
    in.skip(in.length());
  }

  private static long shards(long digest, ByteReader in, boolean floored) {
    int count = in.length();
    ByteReader floors = null;
    if (floored) {
      floors = new ByteReader(in.array(), in.position(), in.remaining());
      for (int n = count; n > 0; n--) {
        skipShard(floors);
      }
    }
    long h = digest;
    for (int n = count; n > 0; n--) {
      long actor = in.i48();
      long seq = in.varint();
      long lineage = in.varint();
      int scale = unzigzag(in.varint());
      int length = in.length();
      int at = in.position();
      in.skip(length);
      long sum = floors == null && scale == 0 && length > 0 && length < Long.BYTES
          ? whole(integer(in.array(), at, length)) : sum(in.array(), at, length, scale, floors, actor, lineage);
      h = Hash64.mix(h ^ sum, Hash64.mix(actor << 16 ^ seq, lineage));
    }
    return h;
  }

  private static int unzigzag(long coded) {
    int zigzag = (int) coded;
    return zigzag >>> 1 ^ -(zigzag & 1);
  }

  /** A number that is equal where the shard's sum less its floor's is, however these are written. */
  private static long sum(byte[] row, int at, int length, int scale, ByteReader floors, long actor, long lineage) {
    if (floors != null) {
      ByteReader in = new ByteReader(row, floors.position(), floors.remaining());
      for (int n = in.length(); n > 0; n--) {
        boolean same = in.i48() == actor;
        in.varint();
        same &= in.varint() == lineage;
        int floorScale = unzigzag(in.varint());
        int floorLength = in.length();
        int floorAt = in.position();
        in.skip(floorLength);
        if (same) {
          return hash(decimal(row, at, length, scale).subtract(decimal(row, floorAt, floorLength, floorScale)));
        }
      }
    }
    return hash(decimal(row, at, length, scale));
  }

  private static BigDecimal decimal(byte[] row, int at, int length, int scale) {
    return new BigDecimal(new BigInteger(row, at, length), scale);
  }

  private static long integer(byte[] row, int at, int length) {
    long value = row[at];
    for (int i = 1; i < length; i++) {
      value = value << Byte.SIZE | row[at + i] & 0xFF;
    }
    return value;
  }

  private static long whole(long value) {
    return Hash64.mix(value, 0);
  }

  private static long hash(BigDecimal sum) {
    BigDecimal bare = sum.signum() == 0 ? BigDecimal.ZERO : sum.stripTrailingZeros();
    if (bare.scale() <= 0 && (long) bare.precision() - bare.scale() <= LONG_DIGITS) {
      return whole(bare.longValueExact());
    }
    return Hash64.of(bare.scale(), bare.unscaledValue().toByteArray());
  }
}
