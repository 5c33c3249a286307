package dev.henge.storage.type;

import dev.henge.storage.row.Sibling;

/** What a head knows of one kind of its key's sub-rows: how many live, how many are tombstones, their bytes, the newest
 * stamp. Derived, never shipped. */
final class Part {

  final int kind;
  long live;
  long dead;
  long newestStamp;

  /**
   * How many rows, live ones, have a past that can go when it is stable ({@link dev.henge.storage.row.Row#hasPast}).
   */
  long withPast;

  /** What its rows take in the store, derived rows included; see {@link Keyspace#rowBytes}. */
  long bytes;

  /** The XOR of its live rows' digests; means nothing unless {@link Head#digestsKnown}. */
  long digest;

  /** The type's own derived state (index built, hints); kept in the head, meaning known to the type only. */
  byte[] derived = Sibling.NOTHING;

  /** Where a list begins and ends, once somebody has asked; comes into {@link #derived} when the head is stored. */
  ListEnds ends;

  Part(int kind) {
    this.kind = kind;
  }
}
