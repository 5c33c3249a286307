package dev.henge.storage.type;

import dev.henge.storage.row.Row;

/**
 * Keeps a type's derived rows (score order, ranks) in step with its shipped rows. Called for every change of a row,
 * local or from a peer, so that every replica derives the same from the same rows. Derived rows are local: never in a
 * bundle, never merged.
 */
interface DerivedRows {

  /**
   * A row changed what a reader sees of it. {@code before} and {@code after} are the live rows, null where it did not
   * or does not live.
   */
  void changed(Keyspace keyspace, Head head, Part part, byte[] sub, Row before, Row after);

  /** About what the derived rows of one live row take in the store, given the length of that row's disk key. */
  int bytes(int liveKeyBytes);

  /** Whether derived rows may be there though no row lives. */
  boolean outlive(Part part);

  /** A command or bundle is through with the key; its head is about to be stored. */
  default void settle(Keyspace keyspace, Head head, Part part) {}
}
