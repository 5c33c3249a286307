package dev.henge.storage.type;

import dev.henge.storage.lsm.ByteStore;
import java.util.Arrays;

/**
 * The elements next to one end of a list as a search for that end has read them, the end itself first: the list's
 * outermost elements, without a gap. Who pops one after the other finds the next end here, and the element, and need
 * not search the list each time.
 *
 * <p>Only in memory, of a head that is kept decoded. What is pushed beyond the end comes in front; any other change
 * among these elements forgets them. The more are taken the more are read the next time. Their rows will be looked up
 * to be removed: what that takes is brought near the processor for many of them together.
 */
final class ReadAhead {

  /** So many elements are read at most; in bytes their rows may be somewhat larger than the bound. */
  static final int ELEMENTS_MAX = 128;

  static final int BYTES_MAX = 32 << 10;

  private final boolean last;
  private byte[][] positions = {};

  /** The disk key of each whose row was read. */
  private byte[][] keys = {};

  /** The stored row of each; null where that was not read. */
  private byte[][] rows = {};

  private int at;
  private int end;
  private int wanted = 1;

  ReadAhead(boolean last) {
    this.last = last;
  }

  void forget() {
    while (at < end) {
      drop();
    }
    wanted = 1;
  }

  private void drop() {
    positions[at] = null;
    keys[at] = null;
    rows[at] = null;
    at++;
  }

  /** Reads the first rows of a walk from this end. Returns the end's position; null if there is nothing. */
  byte[] read(ListCursor walk) {
    forgetRows();
    if (positions.length < wanted) {
      positions = new byte[wanted][];
      keys = new byte[wanted][];
      rows = new byte[wanted][];
    }
    int bytes = 0;
    long[] hashes = new long[Math.min(wanted, ByteStore.WARM_MAX)];
    while (end < wanted && bytes < BYTES_MAX && walk.next()) {
      positions[end] = walk.position();
      keys[end] = walk.key();
      rows[end] = walk.stored();
      bytes += positions[end].length + rows[end].length;
      hashes[end++ % hashes.length] = walk.keyHash();
      if (end % hashes.length == 0 && end > 1) {
        walk.warm(hashes);
      }
    }
    wanted = Math.min(2 * wanted, ELEMENTS_MAX);
    return end == 0 ? null : positions[0];
  }

  private void forgetRows() {
    while (at < end) {
      drop();
    }
    at = 0;
    end = 0;
  }

  /** The stored row of the outermost element if it is this one and was read; else null. */
  byte[] row(byte[] position) {
    return at < end && Arrays.equals(positions[at], position) ? rows[at] : null;
  }

  /** The disk key of the outermost element, whose {@link #row} is known. */
  byte[] key() {
    return keys[at];
  }

  /** An element came to be here. */
  void added(byte[] position) {
    if (at == end || !isBeyond(position, positions[at])) {
      touched(position);
      return;
    }
    if (end - at == ELEMENTS_MAX) {
      end--;
      positions[end] = null;
      keys[end] = null;
      rows[end] = null;
    }
    if (at == 0) {
      makeRoom();
    }
    at--;
    positions[at] = position;
  }

  private void makeRoom() {
    int room = end + 1;
    byte[][] morePositions = new byte[room + end][];
    byte[][] moreKeys = new byte[room + end][];
    byte[][] moreRows = new byte[room + end][];
    System.arraycopy(positions, 0, morePositions, room, end);
    System.arraycopy(keys, 0, moreKeys, room, end);
    System.arraycopy(rows, 0, moreRows, room, end);
    positions = morePositions;
    keys = moreKeys;
    rows = moreRows;
    at += room;
    end += room;
  }

  /** Whether a position is farther out than another. */
  private boolean isBeyond(byte[] position, byte[] other) {
    int order = Arrays.compareUnsigned(position, other);
    return last ? order > 0 : order < 0;
  }

  /** An element was written. */
  void touched(byte[] position) {
    if (at < end && !isBeyond(positions[end - 1], position)) {
      forget();
    }
  }

  /** An element went. Returns what the list ends with then, if it was the outermost of these; null if unknown. */
  byte[] removed(byte[] position) {
    if (at == end || !Arrays.equals(positions[at], position)) {
      touched(position);
      return null;
    }
    drop();
    return at < end ? positions[at] : null;
  }
}
