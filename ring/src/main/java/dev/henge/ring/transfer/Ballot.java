package dev.henge.ring.transfer;

/** The name of an attempt to decide an epoch: higher ones win, and no two nodes make the same. */
public record Ballot(long number, String node) implements Comparable<Ballot> {

  public static final Ballot NONE = new Ballot(0, "");

  /** A higher one, of a node. */
  public Ballot above(String by) {
    return new Ballot(number + 1, by);
  }

  @Override
  public int compareTo(Ballot other) {
    int c = Long.compare(number, other.number);
    return c != 0 ? c : node.compareTo(other.node);
  }
}
