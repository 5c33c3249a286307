package dev.henge.ring.transfer;

/**
 * The name of an attempt to decide an epoch: higher ones win, and no two attempts have the same.
 *
 * @param by who makes it, and in which incarnation of its disk: who has lost what it knew of its earlier attempts must
 *           not give their names to others
 */
public record Ballot(long number, String by) implements Comparable<Ballot> {

  public static final Ballot NONE = new Ballot(0, "");

  /** Above every attempt: who has promised this takes part in none. */
  public static final Ballot NEVER = new Ballot(Long.MAX_VALUE, "");

  @Override
  public int compareTo(Ballot other) {
    int c = Long.compare(number, other.number);
    return c != 0 ? c : by.compareTo(other.by);
  }
}
