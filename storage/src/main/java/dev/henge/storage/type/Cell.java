package dev.henge.storage.type;

import dev.henge.storage.row.Hash64;
import dev.henge.storage.row.Row;
import dev.henge.storage.row.RowDigest;
import dev.henge.storage.row.Sibling;

/** One sub-row of an open head: what is stored of it, and where. Belongs to the command that looked it up. */
final class Cell {

  final Head head;
  final Part part;
  final byte[] sub;

  /** The disk key of the row while it lives. */
  final byte[] liveKey;

  /** What is stored: live, a tombstone, or null. */
  Row row;

  /** How many bytes the row's stored value has; 0 if nothing is stored. */
  int storedBytes;

  /** What was stored when the row was looked up, until its digest is asked for. */
  private byte[] stored;

  private long digest;

  /** A hash of the row's key, kind and sub-key; 0: not made yet. */
  private long seed;

  Cell(Head head, Part part, byte[] sub, byte[] liveKey, Row row) {
    this.head = head;
    this.part = part;
    this.sub = sub;
    this.liveKey = liveKey;
    this.row = row;
  }

  /** Notes the bytes that are stored of the row; null for none. */
  void stored(byte[] value) {
    stored = value;
    storedBytes = value == null ? 0 : value.length;
  }

  /** The same where the bytes are somebody else's. */
  void stored(byte[] array, int offset, int length) {
    digest = RowDigest.of(seed(), array, offset, length);
    storedBytes = length;
  }

  /** The same row, looked up under the same head. */
  void storedAs(Cell other) {
    storedBytes = other.storedBytes;
    stored = other.stored;
    digest = other.digest;
    seed = other.seed;
  }

  /** The digest of what is stored. */
  long digest() {
    if (stored != null) {
      digest = RowDigest.of(seed(), stored);
      stored = null;
    }
    return digest;
  }

  void digest(long now) {
    digest = now;
    stored = null;
  }

  /** What the digests of the row, whatever it holds, begin with: a hash of its key, kind and sub-key. */
  long seed() {
    if (seed == 0) {
      seed = seed(head, part.kind, sub, 0);
    }
    return seed;
  }

  /** The same where the sub-key is the end of some bytes. */
  static long seed(Head head, int kind, byte[] bytes, int subAt) {
    return Hash64.of(Hash64.mix(head.keyDigest(), kind), bytes, subAt, bytes.length - subAt);
  }

  boolean live() {
    return row != null && row.live();
  }

  /** The winning payload; null if the row does not live. */
  byte[] payload() {
    return live() ? row.payload() : null;
  }

  Sibling winner() {
    return row.winner();
  }
}
