package dev.henge.storage.type;

import java.util.List;

/**
 * A walk over the live rows of a list, in either direction, by stretches: what lies between them is known to be
 * empty.
 */
final class ListCursor implements AutoCloseable {

  /** From a position (inclusive) to another (exclusive); null is an open end. */
  record Stretch(byte[] from, byte[] to) {}

  private final Keyspace keyspace;
  private final Head head;
  private final List<Stretch> stretches;
  private final boolean reverse;
  private int opened;
  private RowCursor rows;

  /** @param stretches in the list's order */
  ListCursor(Keyspace keyspace, Head head, List<Stretch> stretches, boolean reverse) {
    this.keyspace = keyspace;
    this.head = head;
    this.stretches = stretches;
    this.reverse = reverse;
  }

  boolean next() {
    while (rows == null || !rows.next()) {
      close();
      if (opened == stretches.size()) {
        return false;
      }
      Stretch stretch = stretches.get(reverse ? stretches.size() - 1 - opened : opened);
      opened++;
      rows = keyspace.cells.rows(head, ValueType.LIST.kind(), stretch.from(), stretch.to(), reverse);
    }
    return true;
  }

  byte[] position() {
    return rows.sub();
  }

  /** The row's disk key; not to be changed. */
  byte[] key() {
    return rows.key();
  }

  /** The row as it is stored. */
  byte[] stored() {
    return rows.value();
  }

  /** The hash of the row's disk key. */
  long keyHash() {
    return rows.keyHash();
  }

  /** Prepares look-ups of rows with these {@link #keyHash}es. */
  void warm(long[] hashes) {
    keyspace.cells.warm(hashes);
  }

  /** Shows the element where it stands. */
  void element(StringValue.BytesSink sink) {
    rows.payload(sink);
  }

  byte[] element() {
    return rows.payload();
  }

  /** The row that the walk stands on, to write to. */
  Cell cell() {
    return SubRows.cell(head, head.part(ValueType.LIST.kind()), rows);
  }

  @Override
  public void close() {
    if (rows != null) {
      rows.close();
      rows = null;
    }
  }
}
