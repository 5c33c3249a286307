package dev.henge.chaos.load;

import dev.henge.chaos.check.Op;
import dev.henge.chaos.run.Event;
import dev.henge.chaos.run.Finding;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Judges which side answered when. A gap is a time in which a node was asked and executed nothing.
 *
 * <ul>
 * <li>With {@code available} and {@code unique-safe} every node goes on executing, whatever it is cut off from, unless
 *     it is itself taken away or made slow: no gap is longer than the bound.
 * <li>With {@code strict} some node does, as long as a majority is there.
 * </ul>
 */
final class Availability {

  /** Faults under which the node that they befall need not answer. */
  private static final Set<String> AWAY = Set.of("kill", "stop", "pause", "power", "wipe", "roll", "ended",
      "replace", "cpu", "disk", "bandwidth", "loss", "delay");

  private static final double NANOS = 1e9;
  private static final int TOLD_MAX = 5;

  /** How long a server may take to be started again. */
  private static final long START_NANOS_MAX = 60_000_000_000L;

  private final HistoryFile.Recorded run;
  private final Answered answered;
  private final int nodes;
  private final long gapNanosMax;
  private final long fromNanos;
  private final long untilNanos;

  private record Gap(long from, long to) {

    double seconds() {
      return (to - from) / NANOS;
    }

    String told(String who) {
      return String.format(Locale.ROOT, "%s executed nothing for %.1f s from %.1f s on", who, seconds(), from / NANOS);
    }
  }

  private Availability(HistoryFile.Recorded run) {
    this.run = run;
    this.answered = new Answered(run);
    this.nodes = nodes(run);
    this.gapNanosMax = (long) (Double.parseDouble(run.facts().getOrDefault(HistoryFile.GAP_SECONDS_MAX, "10")) * NANOS);
    List<Op> load = run.history().all().stream().filter(op -> op.client != Load.READER).toList();
    this.fromNanos = load.isEmpty() ? 0 : load.get(0).startNanos;
    this.untilNanos = load.isEmpty() ? 0 : load.get(load.size() - 1).startNanos;
  }

  private static int nodes(HistoryFile.Recorded run) {
    return 1 + run.history().all().stream().filter(op -> op.node.startsWith("n"))
        .mapToInt(op -> Integer.parseInt(op.node.substring(1))).max().orElse(-1);
  }

  static Finding of(HistoryFile.Recorded run, String policy) {
    Availability availability = new Availability(run);
    return policy.equals("strict") ? availability.some() : availability.every();
  }

  /** No node is without an answer for long. */
  private Finding every() {
    List<String> wrong = new ArrayList<>();
    StringBuilder longest = new StringBuilder();
    for (int node = 0; node < nodes; node++) {
      List<Gap> gaps = gaps("n" + node, away(node));
      String name = "n" + node;
      gaps.stream().filter(gap -> gap.to() - gap.from() > gapNanosMax).forEach(gap -> wrong.add(gap.told(name)));
      longest.append(node == 0 ? "" : ", ").append(String.format(Locale.ROOT, "%s %.1f s", name, gap(gaps)));
    }
    return finding(wrong, "every node went on executing; the longest gaps, faults of the node aside: " + longest);
  }

  private static double gap(List<Gap> gaps) {
    return gaps.stream().mapToDouble(Gap::seconds).max().orElse(0);
  }

  /** There is always somebody who answers, while a majority is there. */
  private Finding some() {
    List<Gap> gaps = gaps(null, halfAway());
    List<String> wrong = gaps.stream().filter(gap -> gap.to() - gap.from() > gapNanosMax)
        .map(gap -> gap.told("the cluster"))
        .toList();
    StringBuilder each = new StringBuilder();
    for (int node = 0; node < nodes; node++) {
      each.append(node == 0 ? "" : ", ").append(String.format(Locale.ROOT, "n%d %.1f s", node,
          gap(gaps("n" + node, List.of()))));
    }
    return finding(wrong, String.format(Locale.ROOT,
        "some node was executing but for %.1f s; the longest gap of each: %s",
        gap(gaps), each));
  }

  private Finding finding(List<String> wrong, String right) {
    long asked = run.history().all().stream().filter(op -> op.client != Load.READER).count();
    return new Finding("availability", wrong.isEmpty(), asked, wrong.isEmpty() ? right
        : wrong.size() + " gaps are longer than promised: " + String.join("; ",
            wrong.subList(0, Math.min(TOLD_MAX, wrong.size()))));
  }

  /** When a node need not answer. */
  private List<Gap> away(int node) {
    return run.events().stream().filter(event -> AWAY.contains(event.kind()) && event.nodes().contains(node))
        .map(event -> around(event.kind().equals("roll") ? turn(event, node) : event, node)).toList();
  }

  /** A node's part of a rolling restart: all have as long, one after the other, and are stopped for half of it. */
  private static Event turn(Event roll, int node) {
    if (roll.endNanos() == Op.NEVER) {
      return roll;
    }
    long each = (roll.endNanos() - roll.startNanos()) / roll.nodes().size();
    long from = roll.startNanos() + each * roll.nodes().stream().filter(other -> other < node).count();
    return new Event(from, from + each / 2, roll.kind(), roll.what(), Set.of(node));
  }

  /** When at least half of the nodes need not answer. */
  private List<Gap> halfAway() {
    TreeMap<Long, Integer> changes = new TreeMap<>();
    for (int node = 0; node < nodes; node++) {
      for (Gap one : union(away(node))) {
        changes.merge(one.from(), 1, Integer::sum);
        changes.merge(one.to(), -1, Integer::sum);
      }
    }
    List<Gap> spans = new ArrayList<>();
    int count = 0;
    long from = 0;
    for (Map.Entry<Long, Integer> change : changes.entrySet()) {
      if (2 * count >= nodes) {
        spans.add(new Gap(from, change.getKey()));
      }
      count += change.getValue();
      from = change.getKey();
    }
    return spans;
  }

  private static List<Gap> union(List<Gap> gaps) {
    List<Gap> united = new ArrayList<>();
    for (Gap gap : gaps.stream().sorted(Comparator.comparingLong(Gap::from)).toList()) {
      Gap last = united.isEmpty() ? null : united.get(united.size() - 1);
      if (last != null && gap.from() <= last.to()) {
        united.set(united.size() - 1, new Gap(last.from(), Math.max(last.to(), gap.to())));
      } else {
        united.add(gap);
      }
    }
    return united;
  }

  /** A fault, and what it takes a node to get over it. */
  private Gap around(Event event, int node) {
    if (event.endNanos() == Op.NEVER) {
      return new Gap(event.startNanos(), Op.NEVER);
    }
    long back = Math.min(answered.back(node, event), event.endNanos() + START_NANOS_MAX);
    return new Gap(event.startNanos(), Math.max(back, event.endNanos() + gapNanosMax));
  }

  /**
   * The times between two executed commands in which the node (or, if it is null, anyone) was asked, without those that
   * are excused. What was asked tells nothing before its client would have given it up: so a gap ends with the last.
   */
  private List<Gap> gaps(String node, List<Gap> excused) {
    List<Op> asked = run.history().all().stream()
        .filter(op -> op.client != Load.READER && (node == null || op.node.equals(node))).toList();
    long[] starts = asked.stream().mapToLong(op -> op.startNanos).toArray();
    long[] done = asked.stream().filter(Op::done).mapToLong(op -> op.endNanos).sorted().toArray();
    List<Gap> gaps = new ArrayList<>();
    long last = fromNanos;
    for (int i = 0; i <= done.length; i++) {
      long to = i < done.length ? done[i] : untilNanos;
      long from = last;
      last = to;
      for (Gap part : without(new Gap(from, to), excused)) {
        Gap asking = new Gap(firstAsked(starts, part), part.to());
        if (asking.to() - asking.from() > NANOS) {
          gaps.add(asking);
        }
      }
    }
    return gaps;
  }

  /** When something was asked within the gap for the first time; its end if nothing was. */
  private static long firstAsked(long[] starts, Gap gap) {
    int at = Arrays.binarySearch(starts, gap.from());
    int first = at < 0 ? -at - 1 : at;
    return first < starts.length ? Math.min(starts[first], gap.to()) : gap.to();
  }

  private static List<Gap> without(Gap gap, List<Gap> excused) {
    List<Gap> parts = List.of(gap);
    for (Gap excuse : excused) {
      List<Gap> left = new ArrayList<>();
      for (Gap part : parts) {
        if (excuse.to() <= part.from() || excuse.from() >= part.to()) {
          left.add(part);
          continue;
        }
        if (excuse.from() > part.from()) {
          left.add(new Gap(part.from(), excuse.from()));
        }
        if (excuse.to() < part.to()) {
          left.add(new Gap(excuse.to(), part.to()));
        }
      }
      parts = left;
    }
    return parts;
  }
}
