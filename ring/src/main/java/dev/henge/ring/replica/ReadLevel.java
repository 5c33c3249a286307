package dev.henge.ring.replica;

import java.util.Locale;

/** Whose word a read takes: R. */
public enum ReadLevel {
  /** The acting primary's. */
  PRIMARY,
  /**
   * The acting primary's, once a majority of the owners, itself included, has shown that it lacks nothing of theirs.
   */
  QUORUM,
  /** The same of all owners. */
  ALL,
  /** That of any owner that has caught up: it may be old. */
  ONE;

  private final String word = name().toLowerCase(Locale.ROOT);

  /** As settings and commands write it. */
  public String word() {
    return word;
  }

  /** How many owners must have answered, of so many. */
  public int owners(int owners) {
    return switch (this) {
      case QUORUM -> owners / 2 + 1;
      case ALL -> owners;
      case PRIMARY, ONE -> 1;
    };
  }
}
