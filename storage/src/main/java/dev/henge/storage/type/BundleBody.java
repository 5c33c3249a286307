package dev.henge.storage.type;

import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.row.Row;
import dev.henge.storage.row.RowCodec;
import dev.henge.storage.version.VersionVector;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
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
  private final List<Segment> segments = new ArrayList<>();
  private Head lastHead;
  private boolean rewrites;

  void begin() {
    bytes.reset(KEEP_BYTES);
    segments.clear();
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
    segments.add(new Segment(null, bytes.length()));
    bytes.u8(OP_FLUSH).u16(firstSlot).u16(lastSlot).u8(db).vector(seen);
  }

  private void op(Head head, int op) {
    if (lastHead != head) {
      lastHead = head;
      segments.add(new Segment(head.key, bytes.length()));
      bytes.u8(OP_KEY).u8(head.key.db());
      head.key.writeKey(bytes);
    }
    bytes.u8(op);
  }

  /** What a bundle says of one key in a row, from here to the next segment; the key is null for a flush. */
  private record Segment(KeyRef key, int from) {}

  /** Takes out of the body all that it says of the key. */
  void forget(Head head) {
    Bytes left = null;
    List<Segment> kept = new ArrayList<>();
    for (int i = 0; i < segments.size(); i++) {
      Segment s = segments.get(i);
      if (head.key.equals(s.key())) {
        if (left == null) {
          left = new Bytes(bytes.length());
          left.raw(bytes.array(), 0, s.from());
        }
      } else {
        kept.add(left == null ? s : new Segment(s.key(), left.length()));
        if (left != null) {
          int to = i + 1 < segments.size() ? segments.get(i + 1).from() : bytes.length();
          left.raw(bytes.array(), s.from(), to - s.from());
        }
      }
    }
    if (left != null) {
      bytes.truncate(0);
      bytes.raw(left.array(), 0, left.length());
      segments.clear();
      segments.addAll(kept);
      lastHead = null;
    }
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

  void row(Head head, int kind, byte[] sub, Row row) {
    op(head, OP_ROW);
    bytes.u8(kind).block(sub);
    scratch.reset(KEEP_BYTES);
    RowCodec.encode(row, scratch);
    bytes.block(scratch.array(), 0, scratch.length());
  }
}
