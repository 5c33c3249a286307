package dev.henge.chaos.cluster;

/** The way of packets from one host to another; the way back is another link. Hosts are numbered from 0. */
public record Link(int from, int to) {

  public Link {
    if (from == to) {
      throw new IllegalArgumentException("a link from " + from + " to itself");
    }
  }

  public Link back() {
    return new Link(to, from);
  }
}
