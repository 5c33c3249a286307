package dev.henge.chaos.cluster;

import dev.henge.chaos.Await;
import dev.henge.chaos.RingOperator;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntPredicate;
import java.util.stream.Stream;

/** Which hosts of a cluster are in its ring of Henge, and how an operator changes that through whoever answers. */
final class Seats {

  private static final Duration REPLACED_MAX = Duration.ofSeconds(60);
  private static final long LOOK_NANOS = 100_000_000L;
  private static final int ANSWER_MILLIS_MAX = 1_000;

  private final Cluster cluster;
  private final Set<String> past;

  /**
   * @param past the nodes whose disk is gone: another has begun anew on their host, and is who is meant by it; those
   * that are replaced are added
   */
  Seats(Cluster cluster, Set<String> past) {
    this.cluster = cluster;
    this.past = past;
  }

  private RingOperator operator(int host) {
    return new RingOperator(cluster.address(host), ANSWER_MILLIS_MAX);
  }

  /**
   * Tells every host's node which hosts are to be in the ring, until all that answer know. Two sides of a cut are told
   * the same, so it does not matter whose word counts once they meet.
   *
   * @throws IOException if there is a host after so long that does not know or does not answer
   */
  void become(IntPredicate wanted, long patienceMillis) throws IOException {
    long end = System.nanoTime() + patienceMillis * 1_000_000;
    while (true) {
      String lacking = null;
      for (int host = 0; host < cluster.size(); host++) {
        String lacks = cluster.isAlive(host) ? tell(host, wanted) : "host " + host + " is down";
        lacking = lacking == null ? lacks : lacking;
      }
      if (lacking == null) {
        return;
      }
      if (System.nanoTime() - end >= 0) {
        throw new IOException("not all know who is in the ring: " + lacking);
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  /** Null if the host knows it already. */
  private String tell(int host, IntPredicate wanted) {
    try {
      List<RingOperator.Known> nodes = operator(host).nodes();
      List<String> join = new ArrayList<>();
      List<String> leave = new ArrayList<>();
      for (int other = 0; other < cluster.size(); other++) {
        Optional<RingOperator.Known> known = of(nodes, other, true);
        if (known.isEmpty()) {
          return "host " + host + " hears of no node on host " + other;
        }
        if (seated(known.get()) != wanted.test(other)) {
          (wanted.test(other) ? join : leave).add(known.get().id());
        }
      }
      if (join.isEmpty() && leave.isEmpty()) {
        return null;
      }
      operator(host).change(join, leave);
      return "host " + host + " has just been told";
    } catch (IOException e) {
      return "host " + host + ": " + e.getMessage();
    }
  }

  private static boolean seated(RingOperator.Known node) {
    return node.standing().equals("up") || node.standing().equals("joining");
  }

  /** The node on a host, or the one that was there before, which everybody takes for dead. */
  private Optional<RingOperator.Known> of(List<RingOperator.Known> nodes, int host, boolean now) {
    return at(host, nodes).filter(node -> now ? !past.contains(node.id()) : !node.alive())
        .max(Comparator.comparing(RingOperator.Known::alive).thenComparing(Seats::seated));
  }

  private Stream<RingOperator.Known> at(int host, List<RingOperator.Known> nodes) {
    String address = cluster.address(host).getHostString();
    return nodes.stream().filter(node -> node.address().getHostString().equals(address));
  }

  /** Has the node that began anew on a host take the place of the one that was there. */
  void replace(int host) {
    Await.until(REPLACED_MAX, "the node of host " + host + " is replaced", () -> {
      String lacking = "no other host answers";
      for (int other = 0; other < cluster.size(); other++) {
        if (other != host && cluster.isAlive(other)) {
          lacking = replace(host, operator(other));
          if (lacking == null) {
            return null;
          }
        }
      }
      return lacking;
    });
  }

  private String replace(int host, RingOperator through) throws IOException {
    List<RingOperator.Known> nodes = through.nodes();
    Optional<RingOperator.Known> old = of(nodes, host, false);
    Optional<RingOperator.Known> fresh = of(nodes, host, true).filter(node -> node.alive());
    if (fresh.isEmpty()) {
      return "nothing is heard of the new node: " + nodes;
    }
    at(host, nodes).map(RingOperator.Known::id).filter(id -> !id.equals(fresh.get().id())).forEach(past::add);
    if (!fresh.get().standing().equals("waiting")) {
      return null;
    }
    if (old.isEmpty()) {
      return "the node before is not known to be down: " + nodes;
    }
    if (!seated(old.get())) {
      return null; // it was out of the ring, and so is its successor
    }
    through.replace(old.get().id(), fresh.get().id());
    return null;
  }
}
