package dev.henge.storage.row;

import dev.henge.storage.version.VersionVector;
import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * A row as bytes, the same on disk, in the log and on the wire; see {@code docs/formats/row.md}.
 *
 * <pre>
 * row     : 0x20|flags sibling payload…                       one sibling, context = its dot, no shards: the usual case
 *         | 0x40|parts n×(flags sibling length payload) [context] [shards] [floor]
 * flags   : 1 tombstone, 2 deadline, 4 chunked
 * sibling : actor u48 | seq varint | hlc u64 | [deadline varint]
 * parts   : 1 context, 2 shards, 4 floor; the number of siblings follows as varint
 * shards  : count varint, each: actor u48 | seq varint | lineage varint | scale zigzag varint | unscaled: length, two's complement
 * </pre>
 */
public final class RowCodec {

  /** What a live row in the simple form without deadline begins with. */
  public static final int SIMPLE = 0x20;

  static final int GENERAL = 0x40;
  static final int FORM = 0xF0;
  static final int TOMBSTONE = 1;
  static final int DEADLINE = 2;
  static final int CHUNKED = 4;
  static final int CONTEXT = 1;
  static final int SHARDS = 2;
  static final int FLOOR = 4;

  /** What stands before the seq of a simple row: form and actor. */
  private static final int SIMPLE_SEQ_AT = 7;

  private RowCodec() {}

  public static byte[] encode(Row row) {
    Sibling winner = row.winner();
    Bytes out = new Bytes(winner == null ? 64 : 40 + winner.payload().length);
    encode(row, out);
    return out.copy();
  }

  public static void encode(Row row, Bytes out) {
    Sibling[] siblings = row.siblingArray();
    boolean ownContext = siblings.length == 1
        ? row.context().isOnly(siblings[0].actor(), siblings[0].seq()) : row.context().equals(ownDots(siblings));
    if (siblings.length == 1 && ownContext && row.shardArray().length == 0 && row.floorArray().length == 0) {
      Sibling s = siblings[0];
      sibling(s, SIMPLE, out);
      out.raw(s.payload());
      return;
    }
    out.u8(GENERAL
        | (ownContext ? 0 : CONTEXT)
        | (row.shardArray().length == 0 ? 0 : SHARDS)
        | (row.floorArray().length == 0 ? 0 : FLOOR));
    out.varint(siblings.length);
    for (Sibling s : siblings) {
      sibling(s, 0, out);
      out.block(s.payload());
    }
    if (!ownContext) {
      out.vector(row.context());
    }
    if (row.shardArray().length > 0) {
      shards(row.shardArray(), out);
    }
    if (row.floorArray().length > 0) {
      shards(row.floorArray(), out);
    }
  }

  public static Row decode(byte[] bytes) {
    return decode(new ByteReader(bytes));
  }

  /** Reads a row that fills the rest of {@code in}. */
  public static Row decode(ByteReader in) {
    int head = in.u8();
    if ((head & FORM) == SIMPLE) {
      Sibling s = sibling(head & ~FORM, in, true);
      return new Row(new Sibling[] {s}, VersionVector.of(s.actor(), s.seq()), Row.NO_SHARDS, Row.NO_SHARDS);
    }
    if ((head & FORM) != GENERAL) {
      throw new FormatException("row of unknown form " + head);
    }
    Sibling[] siblings = new Sibling[in.length()];
    for (int i = 0; i < siblings.length; i++) {
      siblings[i] = sibling(in.u8(), in, false);
    }
    VersionVector context = (head & CONTEXT) != 0 ? in.vector() : ownDots(siblings);
    Shard[] shards = (head & SHARDS) != 0 ? shards(in) : Row.NO_SHARDS;
    Shard[] floor = (head & FLOOR) != 0 ? shards(in) : Row.NO_SHARDS;
    return new Row(siblings, context, shards, floor);
  }

  /**
   * Where the payload of a plain live row begins: one sibling, no tombstone, no deadline, no shards. Negative if the
   * row is anything else. The way of a GET that makes no object but the reply.
   */
  public static int plainPayloadAt(byte[] bytes, int offset) {
    if (bytes[offset] != SIMPLE) {
      return -1;
    }
    int at = offset + SIMPLE_SEQ_AT;
    while (bytes[at++] < 0) {
      // the varint of the seq goes on
    }
    return at + Long.BYTES;
  }

  /** The context of a row for which {@link #plainPayloadAt} found a payload, without decoding the rest. */
  public static VersionVector plainContext(byte[] bytes, int offset) {
    ByteReader in = new ByteReader(bytes, offset + 1, bytes.length - offset - 1);
    return VersionVector.of(in.i48(), in.varint());
  }

  /** Who wrote the plain row for which {@link #plainPayloadAt} found a payload. */
  public static long plainActor(byte[] bytes, int offset) {
    return (long) Bytes.LONGS.get(bytes, offset + 1) >>> 16;
  }

  /** Its writer's seq. */
  public static long plainSeq(byte[] bytes, int offset) {
    int at = offset + SIMPLE_SEQ_AT;
    long seq = bytes[at] & 0x7F;
    for (int shift = 7; bytes[at++] < 0; shift += 7) {
      seq |= (bytes[at] & 0x7FL) << shift;
    }
    return seq;
  }

  /** Whether a row that begins with this byte may be one of {@link CounterBytes}. */
  public static boolean mayCount(byte first) {
    return first == SIMPLE || (first & ~CONTEXT) == (GENERAL | SHARDS);
  }

  /** How long the row of a plain value is. */
  public static int plainBytes(long seq, int payloadLength) {
    return SIMPLE_SEQ_AT + Bytes.varintBytes(seq) + Long.BYTES + payloadLength;
  }

  /** Writes the row of a plain value whose writer had seen nothing of the row but what itself wrote before. */
  public static void plain(long actor, long seq, long hlc, byte[] payload, int offset, int length, Bytes out) {
    out.u8(SIMPLE).i48(actor).varint(seq).i64(hlc).raw(payload, offset, length);
  }

  /** Writes the tombstone over a plain row, whose writer is the same. */
  public static void plainTombstone(long actor, long seq, long hlc, Bytes out) {
    out.u8(SIMPLE | TOMBSTONE).i48(actor).varint(seq).i64(hlc);
  }

  private static void sibling(Sibling s, int form, Bytes out) {
    out.u8(form | (s.tombstone() ? TOMBSTONE : 0) | (s.deadlineMillis() == 0 ? 0 : DEADLINE)
        | (s.chunked() ? CHUNKED : 0));
    out.i48(s.actor()).varint(s.seq()).i64(s.hlc());
    if (s.deadlineMillis() != 0) {
      out.varint(s.deadlineMillis());
    }
  }

  private static Sibling sibling(int flags, ByteReader in, boolean toEnd) {
    if ((flags & ~(TOMBSTONE | DEADLINE | CHUNKED)) != 0) {
      throw new FormatException("sibling with unknown flags " + flags);
    }
    long actor = in.i48();
    long seq = in.varint();
    long hlc = in.i64();
    long deadline = (flags & DEADLINE) != 0 ? in.varint() : 0;
    byte[] payload = toEnd ? in.rest() : in.block();
    if ((flags & CHUNKED) == 0) {
      return new Sibling(actor, seq, hlc, (flags & TOMBSTONE) != 0, deadline, payload);
    }
    Sibling chunked = new Sibling(actor, seq, hlc, (flags & TOMBSTONE) != 0, deadline, payload, true);
    ChunkRoot.of(chunked);
    return chunked;
  }

  private static VersionVector ownDots(Sibling[] siblings) {
    VersionVector own = VersionVector.EMPTY;
    for (Sibling s : siblings) {
      own = own.with(s.actor(), s.seq());
    }
    return own;
  }

  private static void shards(Shard[] shards, Bytes out) {
    out.varint(shards.length);
    for (Shard s : shards) {
      int scale = s.sum().scale();
      out.i48(s.actor()).varint(s.seq()).varint(s.lineage()).varint(scale << 1 ^ scale >> 31);
      out.block(s.sum().unscaledValue().toByteArray());
    }
  }

  private static Shard[] shards(ByteReader in) {
    Shard[] shards = new Shard[in.length()];
    for (int i = 0; i < shards.length; i++) {
      long actor = in.i48();
      long seq = in.varint();
      long lineage = in.varint();
      int zigzag = (int) in.varint();
      int scale = zigzag >>> 1 ^ -(zigzag & 1);
      byte[] unscaled = in.block();
      if (unscaled.length == 0) {
        throw new FormatException("shard without a sum");
      }
      shards[i] = new Shard(actor, seq, lineage, new BigDecimal(new BigInteger(unscaled), scale));
    }
    return shards;
  }
}
