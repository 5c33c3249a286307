package dev.henge.storage.type;

import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.row.Row;
import dev.henge.storage.row.RowCodec;
import dev.henge.storage.version.VersionVector;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a command changed, as it is logged and shipped; see {@code docs/formats/bundle.md}.
 *
 * <pre>
 * body : (0x01 db u8 key block | 0x02 kind u8 sub block row block | 0x03 clear vector
 *      | 0x04 first slot u16 last slot u16 db u8 vector
 *      | 0x05 clear vector, its bundles' dots vector | 0x06 as 0x04, its bundles' dots vector)…
 * </pre>
 */
final class BundleBody {

  static final int OP_KEY = 1;
  static final int OP_ROW = 2;
  static final int OP_CLEAR = 3;
  static final int OP_FLUSH = 4;

  /** A clear and a flush as rows are exported: not of the bundle that they stand in. */
  static final int OP_CLEARED = 5;

  static final int OP_FLUSHED = 6;

  /** What a flush has before its vector: two slots and a database. */
  private static final int FLUSH_FIXED_BYTES = 5;

  /** A buffer that one command made larger is let go. */
  private static final int KEEP_BYTES = 1 << 20;

  private final Bytes bytes = new Bytes(4096);
  private final Bytes scratch = new Bytes(512);

  /** Where the parts begin: one says all that the bundle says of one key in a row, or is a flush. */
  private int[] segments = new int[16];

  private int segmentCount;
  private Head lastHead;
  private boolean rewrites;

  void begin() {
    bytes.reset(KEEP_BYTES);
    segmentCount = 0;
    lastHead = null;
    rewrites = false;
  }

  /** Ends the command; returns whether it changed anything. */
  boolean finish() {
    if (rewrites) {
      dropOverwritten();
    }
    return bytes.length() > 0;
  }

  Bytes bytes() {
    return bytes;
  }

  void clear(Head head, VersionVector seen) {
    op(head, OP_CLEAR);
    bytes.vector(seen);
  }

  void flush(int firstSlot, int lastSlot, int db, VersionVector seen) {
    lastHead = null;
    segment(bytes.length());
    bytes.u8(OP_FLUSH).u16(firstSlot).u16(lastSlot).u8(db).vector(seen);
  }

  private void op(Head head, int op) {
    if (lastHead != head) {
      boolean goesOn = lastHead == null && segmentCount > 0 && isOf(segments[segmentCount - 1], head.key);
      lastHead = head;
      if (!goesOn) {
        segment(bytes.length());
        bytes.u8(OP_KEY).u8(head.key.db());
        head.key.writeKey(bytes);
      }
    }
    bytes.u8(op);
  }

  private void segment(int from) {
    if (segmentCount == segments.length) {
      segments = Arrays.copyOf(segments, 2 * segmentCount);
    }
    segments[segmentCount++] = from;
  }

  private int endOf(int segment) {
    return segment + 1 < segmentCount ? segments[segment + 1] : bytes.length();
  }

  /** The key of which a segment speaks; null for a flush. */
  private KeyRef keyOf(int segment, KeyLocator locator) {
    ByteReader in = new ByteReader(bytes.array(), segments[segment], endOf(segment) - segments[segment]);
    if (in.u8() != OP_KEY) {
      return null;
    }
    int db = in.u8();
    int length = in.length();
    return locator.locate(db, bytes.array(), in.position(), length);
  }

  /** The keys of which the body speaks so far. */
  List<KeyRef> keys(KeyLocator locator) {
    List<KeyRef> keys = new ArrayList<>();
    for (int i = 0; i < segmentCount; i++) {
      KeyRef key = keyOf(i, locator);
      if (key != null) {
        keys.add(key);
      }
    }
    return keys;
  }

  /** Takes out of the body all that it says of the key. */
  void forget(Head head) {
    Bytes left = null;
    int kept = 0;
    int end = bytes.length();
    for (int i = 0; i < segmentCount; i++) {
      int from = segments[i];
      int to = i + 1 < segmentCount ? segments[i + 1] : end;
      if (isOf(from, head.key)) {
        if (left == null) {
          left = new Bytes(end);
          left.raw(bytes.array(), 0, from);
        }
      } else {
        segments[kept++] = left == null ? from : left.length();
        if (left != null) {
          left.raw(bytes.array(), from, to - from);
        }
      }
    }
    if (left != null) {
      bytes.truncate(0);
      bytes.raw(left.array(), 0, left.length());
      segmentCount = kept;
      lastHead = null;
    }
  }

  /** Whether the segment that begins there speaks of the key. */
  private boolean isOf(int from, KeyRef key) {
    ByteReader in = new ByteReader(bytes.array(), from, bytes.length() - from);
    if (in.u8() != OP_KEY || in.u8() != key.db()) {
      return false;
    }
    int length = in.length();
    return key.isKey(bytes.array(), in.position(), length);
  }

  private boolean isOf(int from, int db, byte[] key, int offset, int length) {
    ByteReader in = new ByteReader(bytes.array(), from, bytes.length() - from);
    return in.u8() == OP_KEY && in.u8() == db && in.length() == length
        && Arrays.equals(bytes.array(), in.position(), in.position() + length, key, offset, offset + length);
  }

  /** Takes note that the bundle writes a row that it has written already. */
  void rewrites() {
    rewrites = true;
  }

  /**
   * Leaves only the last state of each row in the bytes. Two states of a row under one dot could not be told apart by
   * {@link RowMerge}: a value that follows an increment would count as seen.
   */
  private void dropOverwritten() {
    Map<String, Integer> last = new HashMap<>();
    Bytes left = new Bytes(bytes.length());
    for (boolean copying : new boolean[] {false, true}) {
      ByteReader in = new ByteReader(bytes.array(), 0, bytes.length());
      String key = "";
      while (in.remaining() > 0) {
        int from = in.position();
        int op = in.u8();
        String row = null;
        switch (op) {
          case OP_KEY -> key = in.u8() + " " + text(in.block());
          case OP_ROW -> {
            row = key.length() + " " + key + (char) in.u8() + text(in.block());
            in.skip(in.length());
          }
          case OP_CLEAR -> in.vector();
          default -> {
            in.skip(FLUSH_FIXED_BYTES);
            in.vector();
          }
        }
        if (!copying && row != null) {
          last.put(row, from);
        } else if (copying && (row == null || last.get(row) == from)) {
          left.raw(bytes.array(), from, in.position() - from);
        }
      }
    }
    bytes.truncate(0);
    bytes.raw(left.array(), 0, left.length());
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** Begins the row of a string of so many bytes; returns where it begins, which is where they must be put. */
  int row(int db, byte[] key, int offset, int length, int rowBytes) {
    lastHead = null;
    if (segmentCount == 0 || !isOf(segments[segmentCount - 1], db, key, offset, length)) {
      segment(bytes.length());
      bytes.u8(OP_KEY).u8(db).block(key, offset, length);
    }
    bytes.u8(OP_ROW).u8(Keyspace.KIND_STRING).varint(0).varint(rowBytes);
    return bytes.length();
  }

  /** Begins a sub-row of so many bytes; returns where it begins, which is where they must be put. */
  int row(Head head, int kind, byte[] sub, int rowBytes) {
    op(head, OP_ROW);
    bytes.u8(kind).block(sub).varint(rowBytes);
    return bytes.length();
  }

  void row(Head head, int kind, byte[] sub, Row row) {
    op(head, OP_ROW);
    bytes.u8(kind).block(sub);
    scratch.reset(KEEP_BYTES);
    RowCodec.encode(row, scratch);
    bytes.block(scratch.array(), 0, scratch.length());
  }
}
