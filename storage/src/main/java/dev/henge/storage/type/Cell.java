package dev.henge.storage.type;

import dev.henge.storage.row.Row;
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

  Cell(Head head, Part part, byte[] sub, byte[] liveKey, Row row) {
    this.head = head;
    this.part = part;
    this.sub = sub;
    this.liveKey = liveKey;
    this.row = row;
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
