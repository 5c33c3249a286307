package dev.henge.storage.row;

/**
 * The usual counter as it stands in its row's bytes: one live base that is a whole number, and one actor's increments
 * above it, also whole, with nothing at rest and nothing concurrent; or the base alone. What is any other row is not
 * {@link #read}, and goes the way of {@link Row}. Reused from row to row.
 *
 * <pre>
 * 0x42 (the base's dot is the context) or 0x43 | 1 | 0 actor seq hlc, payload block | [1, actor, seq]
 *      | 1, actor, seq, lineage, scale 0, sum block
 * </pre>
 */
public final class CounterBytes {

  /** Neither base nor sum is read from so far that adding two of them to a third number could overflow. */
  private static final long FAR = 1L << 60;

  private static final int DIGITS_MAX = 18;
  private static final byte[] ZERO = {'0'};

  private final ByteReader in = new ByteReader(ZERO);
  private byte[] array;
  private int siblingAt;
  private int payloadAt;
  private int payloadLength;
  private long actor;
  private long baseSeq;
  private long lineage;
  private long seq;
  private long base;
  private long sum;
  private boolean counts;

  /** Takes in a row; false if it is not such a counter of an actor that alone has written to it. */
  public boolean read(byte[] row, int offset, int length) {
    array = row;
    in.reset(row, offset, length);
    int head = in.u8();
    counts = head != RowCodec.SIMPLE;
    if (counts && ((head & ~RowCodec.CONTEXT) != (RowCodec.GENERAL | RowCodec.SHARDS) || in.u8() != 1 || in.u8() != 0)) {
      return false;
    }
    siblingAt = in.position();
    actor = in.i48();
    baseSeq = in.varint();
    in.i64();
    payloadLength = counts ? in.length() : in.remaining();
    payloadAt = in.position();
    seq = baseSeq;
    sum = 0;
    return integer() && baseSeq > 0 && (!counts || sums((head & RowCodec.CONTEXT) != 0));
  }

  private boolean integer() {
    int at = payloadAt;
    int end = payloadAt + payloadLength;
    boolean negative = at < end && array[at] == '-';
    at += negative ? 1 : 0;
    if (at == end || end - at > DIGITS_MAX || array[at] == '0' && payloadLength > 1) {
      return false;
    }
    long value = 0;
    for (; at < end; at++) {
      int digit = array[at] - '0';
      if (digit < 0 || digit > 9) {
        return false;
      }
      value = value * 10 + digit;
    }
    base = negative ? -value : value;
    return true;
  }

  /** The context and the sum behind the base. */
  private boolean sums(boolean context) {
    in.skip(payloadLength);
    if (context) {
      if (in.u8() != 1 || in.i48() != actor) {
        return false;
      }
      seq = in.varint();
    }
    if (in.u8() != 1 || in.i48() != actor || in.varint() != seq) {
      return false;
    }
    lineage = in.varint();
    int bytes = in.u8() == 0 ? in.length() : 0;
    if (bytes == 0 || bytes > Long.BYTES || bytes != in.remaining()) {
      return false;
    }
    sum = (byte) in.u8();
    for (int i = 1; i < bytes; i++) {
      sum = sum << 8 | in.u8();
    }
    return sum > -FAR && sum < FAR && context == seq > baseSeq;
  }

  /** Who wrote all of it. */
  public long actor() {
    return actor;
  }

  /** The newest dot in it. */
  public long seq() {
    return seq;
  }

  /** The dot of the base. */
  public long baseSeq() {
    return baseSeq;
  }

  /** Whether there are increments above the base. */
  public boolean counts() {
    return counts;
  }

  /** What it shows. */
  public long value() {
    return base + sum;
  }

  /**
   * Writes the row that is left when its actor moves the counter in its write {@code next}. False, and nothing written,
   * if it goes too far.
   */
  public boolean moved(long next, long by, Bytes out) {
    long to = sum + by;
    if (by <= -FAR || by >= FAR || to <= -FAR || to >= FAR) {
      return false;
    }
    out.u8(RowCodec.GENERAL | RowCodec.CONTEXT | RowCodec.SHARDS).u8(1).u8(0);
    out.raw(array, siblingAt, (counts ? payloadAt - Bytes.varintBytes(payloadLength) : payloadAt) - siblingAt);
    out.block(array, payloadAt, payloadLength);
    out.u8(1).i48(actor).varint(next);
    shard(actor, next, counts ? lineage : next, to, out);
    return true;
  }

  /** Writes the row of a counter that is moved by its actor's write {@code seq} where nothing was. */
  public static boolean begun(long actor, long seq, long stamp, long by, Bytes out) {
    if (by <= -FAR || by >= FAR) {
      return false;
    }
    Sibling implied = Sibling.implied(actor, seq, stamp, 0, ZERO);
    out.u8(RowCodec.GENERAL | RowCodec.SHARDS).u8(1);
    out.u8(0).i48(actor).varint(seq).i64(implied.hlc()).block(ZERO);
    shard(actor, seq, seq, by, out);
    return true;
  }

  private static void shard(long actor, long seq, long lineage, long sum, Bytes out) {
    out.u8(1).i48(actor).varint(seq).varint(lineage).u8(0);
    int bytes = 1 + (Long.SIZE - Long.numberOfLeadingZeros(sum < 0 ? ~sum : sum)) / 8;
    out.u8(bytes);
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
      out.u8((int) (sum >>> shift));
    }
  }
}
