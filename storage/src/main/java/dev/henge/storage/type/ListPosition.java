package dev.henge.storage.type;

import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.row.FormatException;
import java.util.Arrays;

/**
 * Where an element stands in a list: bytes whose unsigned order is the list's order, on every replica and for ever.
 *
 * <pre>
 * position : step… | 0x80
 * step     : right  0xC000000000000000 + stamp u64 | actor u48 | number(seq) | number(index)
 *          | left   0x3FFFFFFFFFFFFFFF - stamp u64 | actor u48 | ~number(seq) | ~number(index)
 * number   : n u8 below 240 | (239 + k) u8 | n in k bytes, no more than it needs                 ~: every bit turned
 * </pre>
 *
 * <p>The elements are nodes of a tree that nobody stores, and the list is its in-order walk: what is left of a node,
 * the node, what is right of it (Fugue: Weidner and Kleppmann, "The Art of the Fugue", arXiv 2305.00583). A position
 * is the path to its node. The first two bits of a step, or the end, say which it is: 00 left, 10 the node itself, 11
 * right, so that comparing bytes walks the tree.
 *
 * <p>RPUSH puts a node on the right of the root, LPUSH one on its left, the later the farther out, by the clock: of
 * two sides that pushed without each other, every push shows, in time order, and what one command pushed stays
 * together. A list that was only pushed to and popped from is one level deep. LINSERT puts a node between two that
 * are neighbours, dead ones counted: on the right of the left one, or, if the left one has something on its right
 * already, on the left of the right one, which then has nothing there. That is Fugue's rule; it keeps what two sides
 * inserted at one place apart, each in one piece.
 *
 * <p>Going one level deeper with every insert would make long paths. So an actor that goes on from a node of its own
 * writes no new level: it takes the node's last step with its new dot in it ({@link #onward}). A later dot lies farther
 * out, so the new node stands right beside the whole of what hangs on the old one. Elements inserted one behind the
 * other, or one before the other, or again and again beside one pivot, so stay within two levels of where they began.
 *
 * <p>The last step names the dot of the bundle that made the element, and its number in it: no two are ever the same.
 */
final class ListPosition {

  /** A position no longer than this may get a level more; beyond, LINSERT gives the neighbourhood new positions. */
  static final int BYTES_MAX = 4096;

  /** Stamps have two bits less than a word: up to the year 4199. */
  static final long STAMP_MAX = (1L << 62) - 1;

  /** The path of no steps. */
  static final byte[] ROOT = {};

  private static final long RIGHT = 0xC000_0000_0000_0000L;
  private static final int END = 0x80;
  private static final int SHORT_NUMBERS = 240;

  private ListPosition() {}

  /** What names a new element: the bundle's stamp and dot, and how many elements the bundle made before it. */
  record Maker(long stamp, long actor, long seq, int index) {

    private Maker at(long otherStamp) {
      return new Maker(otherStamp, actor, seq, index);
    }
  }

  /**
   * A new right end of what hangs on a path; {@code last} is the present one, null if there is none. By the clock,
   * unless that has jumped.
   */
  static byte[] atRight(byte[] path, byte[] last, Maker maker) {
    byte[] at = child(path, path.length, true, maker);
    if (last == null || Arrays.compareUnsigned(at, last) > 0) {
      return at;
    }
    return child(path, path.length, true, maker.at(stampBehind(path, last) + 1));
  }

  /** A new left end of the list; {@code first} is the present one, null if there is none. */
  static byte[] atLeft(byte[] first, Maker maker) {
    byte[] at = child(ROOT, 0, false, maker);
    if (first == null || Arrays.compareUnsigned(at, first) < 0) {
      return at;
    }
    return child(ROOT, 0, false, maker.at(stampBehind(ROOT, first) + 1));
  }

  /**
   * A place between two neighbours, the dead ones counted.
   *
   * @param left null if {@code right} is the first
   * @param right null if {@code left} is the last
   */
  static byte[] between(byte[] left, byte[] right, Maker maker) {
    if (left != null && (right == null || !isUnder(left, right))) {
      byte[] onward = onward(left, true, maker);
      boolean fits = onward != null && (right == null || Arrays.compareUnsigned(onward, right) < 0);
      return fits ? onward : child(left, left.length - 1, true, maker);
    }
    byte[] onward = onward(right, false, maker);
    boolean fits = onward != null && (left == null || Arrays.compareUnsigned(onward, left) > 0);
    return fits ? onward : child(right, right.length - 1, false, maker);
  }

  /** Whether {@code below} hangs on {@code node}, at any depth. */
  static boolean isUnder(byte[] node, byte[] below) {
    int path = node.length - 1;
    return below.length > path && Arrays.equals(node, 0, path, below, 0, path);
  }

  /** Every position under the first step of this one, the node itself among them, begins with these bytes. */
  static byte[] firstStep(byte[] position) {
    ByteReader in = new ByteReader(position);
    skipStep(in);
    return Arrays.copyOf(position, in.position());
  }

  /** The next one of the same actor's run; null if the node is another actor's, or on the other side of its parent. */
  private static byte[] onward(byte[] node, boolean right, Maker maker) {
    ByteReader in = new ByteReader(node);
    int last = 0;
    while (in.remaining() > 1) {
      last = in.position();
      skipStep(in);
    }
    ByteReader step = new ByteReader(node, last, node.length - last);
    long word = step.i64();
    long actor = step.i48();
    return actor == maker.actor() && isRight(word) == right ? child(node, last, right, maker.at(stampOf(word))) : null;
  }

  /** The node that the first {@code path} bytes of a position and one step more lead to. */
  private static byte[] child(byte[] of, int path, boolean right, Maker maker) {
    if (maker.stamp() < 0 || maker.stamp() > STAMP_MAX) {
      throw new IllegalStateException("no position for the stamp " + maker.stamp());
    }
    Bytes out = new Bytes(path + 20);
    out.raw(of, 0, path).i64(right ? RIGHT | maker.stamp() : STAMP_MAX - maker.stamp()).i48(maker.actor());
    number(out, maker.seq(), right);
    number(out, maker.index(), right);
    return out.u8(END).copy();
  }

  private static void number(Bytes out, long n, boolean right) {
    int turn = right ? 0 : 0xFF;
    if (Long.compareUnsigned(n, SHORT_NUMBERS) < 0) {
      out.u8((int) n ^ turn);
      return;
    }
    int bytes = (Long.SIZE - Long.numberOfLeadingZeros(n) + 7) / Byte.SIZE;
    out.u8(SHORT_NUMBERS - 1 + bytes ^ turn);
    for (int i = bytes - 1; i >= 0; i--) {
      out.u8((int) (n >>> i * Byte.SIZE) ^ turn);
    }
  }

  private static void skipStep(ByteReader in) {
    long word = in.i64();
    if (!isRight(word) && !isLeft(word)) {
      throw new FormatException("list position without a step at " + (in.position() - Long.BYTES));
    }
    in.i48();
    skipNumber(in, isRight(word));
    skipNumber(in, isRight(word));
  }

  private static void skipNumber(ByteReader in, boolean right) {
    int first = in.u8() ^ (right ? 0 : 0xFF);
    if (first >= SHORT_NUMBERS) {
      in.skip(first - SHORT_NUMBERS + 1);
    }
  }

  private static boolean isRight(long word) {
    return word >>> 62 == 3;
  }

  private static boolean isLeft(long word) {
    return word >>> 62 == 0;
  }

  private static long stampOf(long word) {
    return isRight(word) ? word & STAMP_MAX : STAMP_MAX - word;
  }

  /** The stamp of the step that follows a path. */
  private static long stampBehind(byte[] path, byte[] position) {
    return stampOf(new ByteReader(position, path.length, Long.BYTES).i64());
  }
}
