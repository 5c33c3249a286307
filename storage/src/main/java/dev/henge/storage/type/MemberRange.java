package dev.henge.storage.type;

/** A stretch of a sorted set: by score, or by member where all scores are equal. */
public sealed interface MemberRange {

  /**
   * The members with a score from {@code min} to {@code max}, each end with or without itself.
   *
   * @param minOpen whether a score equal to {@code min} is outside
   * @param maxOpen whether a score equal to {@code max} is outside
   */
  record ByScore(double min, boolean minOpen, double max, boolean maxOpen) implements MemberRange {}

  /**
   * The members from {@code min} to {@code max} in the order of their bytes; what it means for members of unequal
   * scores is not defined.
   *
   * @param min null for no lower end
   * @param max null for no upper end
   */
  record ByLex(byte[] min, boolean minOpen, byte[] max, boolean maxOpen) implements MemberRange {

    /** A range that nothing lies in. */
    public static final ByLex NOTHING = new ByLex(new byte[0], true, new byte[0], true);
  }
}
