package dev.henge.storage.type;

/** An order of a collection's members, one row each, that a {@link RankIndex} can stand on. */
interface RankedOrder {

  /** The kind of the rows whose sub-keys are the order keys. */
  int orderKind();

  /** The kind of the ranks' rows: local. */
  int rankKind();

  /** Well mixed bits that follow from the order key alone: how many levels the member stands on. */
  int hash(byte[] orderKey);

  /** How many levels the index has; 0 while there is none. */
  int levels(Part part);

  /** Takes note of the number of levels in what the part derives. */
  void levels(Part part, int levels);
}
