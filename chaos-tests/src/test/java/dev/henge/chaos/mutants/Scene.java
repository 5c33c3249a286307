package dev.henge.chaos.mutants;

import dev.henge.chaos.Await;
import dev.henge.chaos.check.History;
import dev.henge.chaos.check.Judge;
import dev.henge.chaos.check.Op;
import dev.henge.chaos.check.Verdict;
import dev.henge.chaos.check.Violation;
import dev.henge.chaos.cluster.Cluster;
import dev.henge.chaos.cluster.Harm;
import dev.henge.chaos.cluster.Link;
import dev.henge.chaos.cluster.Target;
import dev.henge.node.RespClient;
import dev.henge.ring.placement.HashSlot;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/** A cluster in the hands of a script, the clients of the script, and what they have seen. */
final class Scene implements AutoCloseable {

  private static final Duration SETTLED_MAX = Duration.ofSeconds(60);
  private static final Duration AGREED_MAX = Duration.ofSeconds(8);

  final Cluster cluster;
  final History history = new History();
  private final AtomicInteger askers = new AtomicInteger();
  private final List<Asker> open = new ArrayList<>();
  private final List<Thread> running = new ArrayList<>();
  private volatile boolean over;

  Scene(Cluster cluster) {
    this.cluster = cluster;
  }

  // ---------------------------------------------------------------- clients

  /** A client at a node, which says this on every connection before all else. */
  Asker at(int node, String... first) {
    Asker asker = new Asker(askers.incrementAndGet(), node, cluster.address(node),
        first.length == 0 ? List.of() : List.of(List.of(first)), history);
    synchronized (open) {
      open.add(asker);
    }
    return asker;
  }

  /** What a client does again and again, until the clients are stopped. */
  void meanwhile(Runnable again) {
    Thread thread = new Thread(() -> {
      while (!over) {
        again.run();
      }
    }, "client-" + running.size());
    running.add(thread);
    thread.start();
  }

  void stopClients() {
    over = true;
    for (Thread thread : running) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
    running.clear();
  }

  /** Asks until it is answered. */
  Op surely(Asker asker, String... words) {
    Op[] last = new Op[1];
    Await.until(Duration.ofSeconds(30), String.join(" ", words) + " at node " + asker.node(), () -> {
      last[0] = asker.ask(words);
      return last[0].done() ? null : String.valueOf(last[0]);
    });
    return last[0];
  }

  // ---------------------------------------------------------------- keys

  /** Keys of a family, each in another vnode, whose owners are these nodes, in this order. */
  List<String> keys(char family, int count, int... owners) throws IOException {
    List<Integer> wanted = new ArrayList<>();
    for (int owner : owners) {
      wanted.add(owner);
    }
    return keys(family, count, found -> found.equals(wanted));
  }

  /** The same for owners, the acting primary first, of which something is so. */
  List<String> keys(char family, int count, Predicate<List<Integer>> owners) throws IOException {
    List<String> keys = new ArrayList<>();
    Set<Object> taken = new HashSet<>();
    try (RespClient client = new RespClient(cluster.address(0).getHostString(), Target.CLIENT_PORT, 5_000)) {
      List<?> ranges = (List<?>) client.call("CLUSTER", "SLOTS");
      for (int i = 0; i < 10_000 && keys.size() < count; i++) {
        String key = family + "{" + i + "}";
        for (Object range : ranges) {
          List<?> parts = (List<?>) range;
          long slot = HashSlot.of(key.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
          if ((Long) parts.get(0) <= slot && slot <= (Long) parts.get(1) && owners.test(hosts(parts)) && taken.add(range)) {
            keys.add(key);
          }
        }
      }
    }
    if (keys.isEmpty()) {
      throw new AssertionError("there is no key with such owners");
    }
    return keys;
  }

  private List<Integer> hosts(List<?> range) {
    List<Integer> hosts = new ArrayList<>();
    for (Object owner : range.subList(2, range.size())) {
      String address = String.valueOf(((List<?>) owner).get(0));
      for (int i = 0; i < cluster.size(); i++) {
        if (cluster.address(i).getHostString().equals(address)) {
          hosts.add(i);
        }
      }
    }
    return hosts;
  }

  // ---------------------------------------------------------------- faults

  static Set<Link> between(Set<Integer> some, Set<Integer> others) {
    Set<Link> links = new HashSet<>();
    for (int a : some) {
      for (int b : others) {
        links.add(new Link(a, b));
        links.add(new Link(b, a));
      }
    }
    return links;
  }

  void cut(Set<Integer> some, Set<Integer> others) throws IOException {
    cluster.harm(Harm.cutting(between(some, others)));
  }

  void isolate(int node) throws IOException {
    Set<Integer> others = new TreeSet<>();
    for (int i = 0; i < cluster.size(); i++) {
      if (i != node) {
        others.add(i);
      }
    }
    cut(Set.of(node), others);
  }

  /** Lets what is in force be so for a while. */
  static void during(long millis) {
    LockSupport.parkNanos(millis * 1_000_000);
  }

  /** Mends all and waits until the ring has settled. */
  void mend() throws IOException {
    cluster.mend();
    Await.until(SETTLED_MAX, "the ring has settled", () -> cluster.target().unsettled(cluster));
  }

  // ---------------------------------------------------------------- judging

  private static String[] read(String key) {
    return new String[] {switch (key.charAt(0)) {
      case 's', 'x' -> "SMEMBERS";
      default -> "GET";
    }, key};
  }

  /** Has the last word on each key through a node. */
  void readBack(int through) {
    Asker asker = at(through);
    for (String key : history.keys()) {
      surely(asker, read(key));
    }
  }

  /** Has the checkers look at it: what was acknowledged must be there, and reads are as they were promised. */
  void judge(Predicate<Op> promised) {
    Verdict.of(new Outside(promised), history);
  }

  private record Outside(Predicate<Op> promised) implements Judge {
    @Override
    public boolean lasts() {
      return true;
    }

    @Override
    public List<Op> exclusive(String key, List<Op> ops) {
      return ops.stream().filter(promised).toList();
    }

    @Override
    public List<Op> exclusiveEverywhere(List<Op> ops) {
      return exclusive("", ops);
    }
  }

  static boolean writes(Op op) {
    return !op.is("GET") && !op.is("SMEMBERS");
  }

  /** Asks every node for its own copy of each key: sooner or later they must be the same. */
  void agree() {
    List<Asker> each = new ArrayList<>();
    for (int i = 0; i < cluster.size(); i++) {
      each.add(at(i, "HENGE.CONSISTENCY", "R", "one"));
    }
    try {
      Await.until(AGREED_MAX, "all copies are the same", () -> {
        for (String key : history.keys()) {
          TreeMap<Integer, String> told = new TreeMap<>();
          Set<String> different = new HashSet<>();
          for (Asker asker : each) {
            Op op = asker.quietly(read(key));
            String shown = op.done() ? String.valueOf(op.text() != null ? op.text() : new TreeSet<>(op.texts())) : op.toString();
            told.put(asker.node(), shown);
            different.add(shown);
          }
          if (different.size() > 1) {
            return key + " by nodes: " + told;
          }
        }
        return null;
      });
    } catch (AssertionError e) {
      throw new Violation("", "copies differ: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    stopClients();
    synchronized (open) {
      open.forEach(Asker::close);
    }
  }
}
