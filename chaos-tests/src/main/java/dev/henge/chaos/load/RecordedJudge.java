package dev.henge.chaos.load;

import dev.henge.chaos.check.Judge;
import dev.henge.chaos.check.Op;
import dev.henge.chaos.run.Event;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a recorded run was promised, by its policy and its faults.
 *
 * <ul>
 * <li>{@code strict}, or a single server: one executor a key, always.
 * <li>{@code available}: one executor a key until the first fault that can make two sides.
 * <li>{@code unique-safe}: the same; but what hands out or excludes has one executor always.
 * </ul>
 * Acknowledged writes last, as long as fewer disks are wiped at a time than have each write.
 */
final class RecordedJudge implements Judge {

  /**
   * What leaves the servers on speaking terms: a key that moves has one executor after the other, leases are not by wall
   * clocks, a full disk does not stop them.
   */
  private static final Set<String> HARMLESS = Set.of("full", "clock", "drift", "join", "leave");

  /** Faults after which what a server had on its disk is gone. */
  private static final Set<String> DISK_LOST = Set.of("wipe", "replace");

  private static final Set<String> CLOCKS = Set.of("clock", "drift");

  /** How long after the end of a fault something of it may still be to see. */
  private static final long AFTER_NANOS = 5_000_000_000L;

  private final String policy;
  private final int replicas;
  private final int writeQuorum;
  private final List<Event> events;
  private final Answered answered;
  private final long twoSidesNanos;
  private final long lossNanos;
  private final Set<String> undecided = new TreeSet<>();

  RecordedJudge(HistoryFile.Recorded run) {
    Map<String, String> facts = run.facts();
    this.policy = facts.getOrDefault(HistoryFile.POLICY, "strict");
    this.replicas = Integer.parseInt(facts.getOrDefault(HistoryFile.REPLICAS, "3"));
    this.writeQuorum = writeQuorum(facts.getOrDefault(HistoryFile.WRITE_QUORUM, "majority"));
    this.events = run.events();
    this.answered = new Answered(run);
    this.twoSidesNanos = twoSidesNanos();
    this.lossNanos = lossNanos();
  }

  private int writeQuorum(String said) {
    return said.equals("majority") ? replicas / 2 + 1 : said.equals("all") ? replicas : Integer.parseInt(said);
  }

  String policy() {
    return policy;
  }

  List<Event> events() {
    return events;
  }

  Set<String> undecided() {
    return undecided;
  }

  /** When a key may have had two executors for the first time; {@link Op#NEVER} if it cannot. */
  long exclusiveUntilNanos() {
    return Math.min(policy.equals("strict") ? Op.NEVER : twoSidesNanos, lossNanos);
  }

  private long twoSidesNanos() {
    long first = Op.NEVER;
    for (Event event : events) {
      boolean down = Answered.DOWN.contains(event.kind());
      int minority = replicas - (replicas / 2 + 1);
      if (down ? down(event.startNanos()) > minority : !HARMLESS.contains(event.kind())) {
        first = Math.min(first, event.startNanos());
      }
    }
    return first;
  }

  /** How many are away at a moment, or have been just before. A rolling restart takes one at a time. */
  private int down(long nanos) {
    Set<Integer> nodes = new TreeSet<>();
    boolean rolling = false;
    for (Event event : events) {
      if (Answered.DOWN.contains(event.kind()) && event.startNanos() <= nanos) {
        if (event.kind().equals("roll")) {
          rolling |= after(event) >= nanos;
        } else {
          event.nodes().stream().filter(node -> Math.max(after(event), answered.back(node, event)) >= nanos)
              .forEach(nodes::add);
        }
      }
    }
    return nodes.size() + (rolling ? 1 : 0);
  }

  private static long after(Event event) {
    return event.endNanos() == Op.NEVER ? Op.NEVER : event.endNanos() + AFTER_NANOS;
  }

  /** When acknowledged writes may have been lost for the first time. */
  private long lossNanos() {
    List<Event> wipes = events.stream().filter(event -> DISK_LOST.contains(event.kind())).toList();
    long first = Op.NEVER;
    for (Event wipe : wipes) {
      Set<Integer> wiped = new TreeSet<>();
      wipes.stream().filter(other -> other.startNanos() <= wipe.startNanos() && after(other) >= wipe.startNanos())
          .forEach(other -> wiped.addAll(other.nodes()));
      // a side of its own has its writes in fewer places
      boolean alone = !policy.equals("strict") && events.stream().anyMatch(other -> other != wipe
          && !HARMLESS.contains(other.kind()) && other.startNanos() <= wipe.endNanos()
          && after(other) >= wipe.startNanos());
      if (wiped.size() >= writeQuorum || alone) {
        first = Math.min(first, wipe.startNanos());
      }
    }
    return first;
  }

  // ---------------------------------------------------------------- what checkers ask

  @Override
  public boolean lasts() {
    return lossNanos == Op.NEVER;
  }

  @Override
  public List<Op> exclusive(String key, List<Op> ops) {
    long until = exclusiveUntilNanos();
    return until == Op.NEVER ? ops : Judge.until(until, ops);
  }

  @Override
  public List<Op> exclusiveEverywhere(List<Op> ops) {
    return exclusive("", ops);
  }

  @Override
  public List<Op> unique(String key, List<Op> ops) {
    return !policy.equals("unique-safe") ? exclusive(key, ops) : lasts() ? ops : Judge.until(lossNanos, ops);
  }

  @Override
  public boolean clocksSteady(long fromNanos, long toNanos) {
    return events.stream().noneMatch(event -> CLOCKS.contains(event.kind()) && event.startNanos() <= toNanos
        && after(event) >= fromNanos);
  }

  @Override
  public void undecided(String key) {
    undecided.add(key);
  }

  /** The commands that had an executor of their own, and so had to look as if one server had executed them. */
  long exclusiveOf(List<Op> ops) {
    long until = exclusiveUntilNanos();
    return ops.stream().filter(op -> op.startNanos < until).count();
  }
}
