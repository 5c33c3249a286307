package dev.henge.chaos.nemesis;

import dev.henge.chaos.cluster.Harm;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * All that is wrong with a cluster at one moment. Faults that are in force together make one trouble, and what is to
 * be done or undone follows from the trouble before and the one after; so a fault that ends takes away nothing that
 * another still asks for.
 *
 * @param down hosts whose server does not run, and how it came to that
 * @param cpu hosts whose server has only so large a share of a core
 * @param full hosts whose disk is full, and how often it was to be filled so far: what is freed is taken again
 * @param resets hosts whose connections are reset, and how often so far: one more is one more reset
 */
public record Trouble(Harm harm, Map<Integer, Down> down, Set<Integer> paused, Map<Integer, Double> cpu,
    Map<Integer, Integer> diskMillis, Map<Integer, Integer> full, Map<Integer, Skew> clocks,
    Map<Integer, Integer> resets, Seats seats) {

  /**
   * Which hosts the system is made of.
   *
   * @param spares whether those are part of it that were beside it at first
   * @param out those that have left it
   */
  public record Seats(boolean spares, Set<Integer> out) {

    static final Seats AT_FIRST = new Seats(false, Set.of());

    public Seats {
      out = Set.copyOf(out);
    }

    private Seats with(Seats other) {
      Set<Integer> all = new TreeSet<>(out);
      all.addAll(other.out);
      return new Seats(spares || other.spares, all);
    }
  }

  /** How a server came to be down. */
  public enum Down { STOPPED, KILLED, WIPED }

  /** How a wall clock is wrong. */
  public record Skew(long offsetMillis, long driftPpm) {
    private Skew with(Skew other) {
      return new Skew(other.offsetMillis != 0 ? other.offsetMillis : offsetMillis,
          other.driftPpm != 0 ? other.driftPpm : driftPpm);
    }
  }

  public static final Trouble NONE = new Trouble(Harm.NONE, Map.of(), Set.of(), Map.of(), Map.of(), Map.of(),
      Map.of(), Map.of(), Seats.AT_FIRST);

  public Trouble {
    down = Map.copyOf(down);
    paused = Set.copyOf(paused);
    cpu = Map.copyOf(cpu);
    diskMillis = Map.copyOf(diskMillis);
    full = Map.copyOf(full);
    clocks = Map.copyOf(clocks);
    resets = Map.copyOf(resets);
  }

  /** Both at once. Where both say a number, the worse counts; of clocks and links the second one's. */
  public Trouble with(Trouble other) {
    Set<Integer> still = new TreeSet<>(paused);
    still.addAll(other.paused);
    return new Trouble(harm.with(other.harm), united(down, other.down, (a, b) -> a.compareTo(b) < 0 ? b : a), still,
        united(cpu, other.cpu, Math::min), united(diskMillis, other.diskMillis, Math::max),
        united(full, other.full, Math::max), united(clocks, other.clocks, Skew::with),
        united(resets, other.resets, Integer::sum), seats.with(other.seats));
  }

  private static <K, V> Map<K, V> united(Map<K, V> first, Map<K, V> second, BinaryOperator<V> both) {
    Map<K, V> all = new HashMap<>(first);
    second.forEach((key, value) -> all.merge(key, value, both));
    return all;
  }

  private static <V> Map<Integer, V> each(Collection<Integer> hosts, V value) {
    return hosts.stream().collect(Collectors.toMap(Function.identity(), host -> value));
  }

  static Trouble harm(Harm harm) {
    return new Trouble(harm, Map.of(), Set.of(), Map.of(), Map.of(), Map.of(), Map.of(), Map.of(), Seats.AT_FIRST);
  }

  static Trouble down(Collection<Integer> hosts, Down how) {
    return new Trouble(Harm.NONE, each(hosts, how), Set.of(), Map.of(), Map.of(), Map.of(), Map.of(),
        Map.of(), Seats.AT_FIRST);
  }

  static Trouble paused(Set<Integer> hosts) {
    return new Trouble(Harm.NONE, Map.of(), hosts, Map.of(), Map.of(), Map.of(), Map.of(), Map.of(), Seats.AT_FIRST);
  }

  static Trouble cpu(Set<Integer> hosts, double share) {
    return new Trouble(Harm.NONE, Map.of(), Set.of(), each(hosts, share), Map.of(), Map.of(), Map.of(),
        Map.of(), Seats.AT_FIRST);
  }

  static Trouble disk(Set<Integer> hosts, int millis) {
    return new Trouble(Harm.NONE, Map.of(), Set.of(), Map.of(), each(hosts, millis), Map.of(), Map.of(),
        Map.of(), Seats.AT_FIRST);
  }

  static Trouble full(Set<Integer> hosts, int times) {
    return new Trouble(Harm.NONE, Map.of(), Set.of(), Map.of(), Map.of(), each(hosts, times), Map.of(), Map.of(),
        Seats.AT_FIRST);
  }

  static Trouble clock(Set<Integer> hosts, long offsetMillis, long driftPpm) {
    return new Trouble(Harm.NONE, Map.of(), Set.of(), Map.of(), Map.of(), Map.of(),
        each(hosts, new Skew(offsetMillis, driftPpm)), Map.of(), Seats.AT_FIRST);
  }

  static Trouble resets(Set<Integer> hosts, int times) {
    return new Trouble(Harm.NONE, Map.of(), Set.of(), Map.of(), Map.of(), Map.of(), Map.of(),
        each(hosts, times), Seats.AT_FIRST);
  }

  private static Trouble seats(Seats seats) {
    return new Trouble(Harm.NONE, Map.of(), Set.of(), Map.of(), Map.of(), Map.of(), Map.of(), Map.of(), seats);
  }

  static Trouble joined() {
    return seats(new Seats(true, Set.of()));
  }

  static Trouble left(Set<Integer> hosts) {
    return seats(new Seats(false, hosts));
  }
}
