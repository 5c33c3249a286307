package dev.henge.chaos.nemesis;

import dev.henge.chaos.cluster.Cluster;
import dev.henge.chaos.cluster.Link;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Where a fault strikes. As text it is what a script says. */
public sealed interface Place {

  /** What is known of a cluster when a fault begins. */
  interface Scene {
    int size();

    /** The host that decides about a key just now; -1 if none does. */
    int primaryOf(String key);

    static Scene of(Cluster cluster) {
      return new Scene() {
        @Override
        public int size() {
          return cluster.size();
        }

        @Override
        public int primaryOf(String key) {
          return cluster.target().primary(cluster, key);
        }
      };
    }
  }

  /** The hosts that a fault strikes: those named, or those at either end of the links. */
  Set<Integer> hosts(Scene scene);

  // ---------------------------------------------------------------- hosts

  /** Some hosts. */
  sealed interface Who extends Place {}

  /** Hosts by their numbers. */
  record Hosts(List<Integer> numbers) implements Who {
    public Hosts {
      numbers = List.copyOf(numbers);
    }

    static Hosts of(Integer... numbers) {
      return new Hosts(List.of(numbers));
    }

    @Override
    public Set<Integer> hosts(Scene scene) {
      return new TreeSet<>(numbers);
    }

    @Override
    public String toString() {
      return numbers.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
  }

  /** Every host. */
  record All() implements Who {
    @Override
    public Set<Integer> hosts(Scene scene) {
      return IntStream.range(0, scene.size()).boxed().collect(Collectors.toCollection(TreeSet::new));
    }

    @Override
    public String toString() {
      return "all";
    }
  }

  /** The host that is a key's primary when the fault begins; none if there is none. */
  record PrimaryOf(String key) implements Who {
    @Override
    public Set<Integer> hosts(Scene scene) {
      int primary = scene.primaryOf(key);
      return primary < 0 ? Set.of() : Set.of(primary);
    }

    @Override
    public String toString() {
      return "primary of " + key;
    }
  }

  // ---------------------------------------------------------------- links

  /** Some links between hosts. */
  sealed interface Ways extends Place {
    Set<Link> links(Scene scene);

    @Override
    default Set<Integer> hosts(Scene scene) {
      Set<Integer> ends = new TreeSet<>();
      for (Link link : links(scene)) {
        ends.add(link.from());
        ends.add(link.to());
      }
      return ends;
    }
  }

  /** The links between two sets of hosts, both ways or from the first to the second only. */
  record Between(Who first, Who second, boolean bothWays) implements Ways {
    @Override
    public Set<Link> links(Scene scene) {
      return between(first.hosts(scene), second.hosts(scene), bothWays);
    }

    @Override
    public String toString() {
      return first + (bothWays ? " from " : " to ") + second;
    }
  }

  /** All links of some hosts with the others. Those between themselves stay. */
  record Around(Who who) implements Ways {
    @Override
    public Set<Link> links(Scene scene) {
      Set<Integer> inside = who.hosts(scene);
      Set<Integer> outside = new All().hosts(scene);
      if (inside.size() < outside.size()) {
        outside.removeAll(inside);
      }
      return between(inside, outside, true);
    }

    /** The ones that are meant, not all who miss them. */
    @Override
    public Set<Integer> hosts(Scene scene) {
      return who.hosts(scene);
    }

    @Override
    public String toString() {
      return who.toString();
    }
  }

  /** The first half of all hosts, of an odd number the smaller one, and the second. */
  record Halves() implements Ways {
    @Override
    public Set<Link> links(Scene scene) {
      int size = scene.size();
      return between(range(0, size / 2), range(size / 2, size), true);
    }

    @Override
    public String toString() {
      return "halves";
    }
  }

  /** Two halves that do not see each other, and a host that sees both. */
  record Bridge(int host) implements Ways {
    @Override
    public Set<Link> links(Scene scene) {
      List<Integer> others = new ArrayList<>(range(0, scene.size()));
      others.remove(Integer.valueOf(host));
      int half = others.size() / 2;
      return between(others.subList(0, half), others.subList(half, others.size()), true);
    }

    @Override
    public String toString() {
      return "bridge " + host;
    }
  }

  /**
   * Hosts on a circle that see their nearest neighbours only: each sees a majority, and no two the same. Of three, two
   * do not see each other.
   *
   * @param order on the circle; empty for that of their numbers
   */
  record Ring(List<Integer> order) implements Ways {
    public Ring {
      order = List.copyOf(order);
    }

    @Override
    public Set<Link> links(Scene scene) {
      int size = scene.size();
      List<Integer> circle = order.isEmpty() ? new ArrayList<>(range(0, size)) : order;
      if (size == 3) {
        return between(circle.subList(0, 1), circle.subList(1, 2), true);
      }
      // Of an even number a majority is one more than half, and both neighbours at a distance come together.
      int reach = (size / 2 + 1) / 2;
      Set<Link> cut = new HashSet<>();
      for (int a = 0; a < size; a++) {
        for (int b = 0; b < size; b++) {
          int apart = Math.min(Math.floorMod(a - b, size), Math.floorMod(b - a, size));
          if (apart > reach) {
            cut.add(new Link(circle.get(a), circle.get(b)));
          }
        }
      }
      return cut;
    }

    @Override
    public String toString() {
      return order.isEmpty() ? "ring" : "ring " + new Hosts(order);
    }
  }

  private static Set<Integer> range(int from, int to) {
    return IntStream.range(from, to).boxed().collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<Link> between(Iterable<Integer> some, Iterable<Integer> others, boolean bothWays) {
    Set<Link> links = new HashSet<>();
    for (int a : some) {
      for (int b : others) {
        if (a != b) {
          links.add(new Link(a, b));
          if (bothWays) {
            links.add(new Link(b, a));
          }
        }
      }
    }
    return links;
  }
}
