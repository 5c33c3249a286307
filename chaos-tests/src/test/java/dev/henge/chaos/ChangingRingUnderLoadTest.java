package dev.henge.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.chaos.load.ClientKind;
import dev.henge.chaos.load.HistoryFile;
import dev.henge.chaos.load.Load;
import dev.henge.chaos.load.LoadPlan;
import dev.henge.chaos.load.RunJudge;
import dev.henge.chaos.load.Workload;
import dev.henge.chaos.run.Event;
import dev.henge.chaos.run.Finding;
import dev.henge.chaos.run.Second;
import dev.henge.node.RespClient;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A ring of real processes grows, shrinks, has a killed node replaced, changes N and is restarted node by node, while
 * Jedis and Lettuce, plain and as a cluster, work on all types: no command fails, nothing that was acknowledged is lost
 * or done twice.
 *
 * <p>What may happen to a command, and nothing else may:
 * <ul>
 * <li>A node that ends, planned or not, closes the connections that clients have to it, and refuses new ones until it
 *     is back. In the steps in which it is away its own clients, and those that know the slots, may meet that; the
 *     libraries' own second attempts are off here, for they would send an INCR twice. Lettuce that knows the slots and
 *     may not connect anew times out instead (see {@code Libraries}).
 * <li>Jedis that knows the slots keeps connections in a pool, and may meet one that has been closed in a later step.
 * <li>What was forwarded to a node that is killed, and had begun there, is answered INDOUBT through others.
 * </ul>
 * No server refuses anything, ever. A planned stop puts nothing in doubt but on connections to that node.
 *
 * <p>How much slower commands were meanwhile is printed, step by step, against the aim: the slowest hundredth at most
 * twice as slow while things move as it was before. It is judged only where {@code -Dhenge.changing.p99=true} says that
 * the machine is quiet and has cores to spare: seven processes that start, and compile what they had never run, on two
 * cores say nothing of the ring.
 *
 * <p>{@code -Dhenge.changing.*}: {@code vnodes}, {@code seconds} (of the steady parts), {@code stock} (keys of each of
 * six types), {@code rate}.
 */
@Timeout(900)
class ChangingRingUnderLoadTest {

  private static final long SEED = Long.getLong("henge.seed", 7);
  private static final int PER_SECOND = Integer.getInteger("henge.changing.rate", 300);
  private static final int STOCK = Integer.getInteger("henge.changing.stock", 500);
  private static final int CLIENTS = 24;
  private static final int WARM_SECONDS = 8;
  private static final int STEADY_SECONDS = Integer.getInteger("henge.changing.seconds", 6);

  /** Longer than a client waits for an answer. */
  private static final int QUIET_SECONDS = 4;

  /**
   * What Lettuce in cluster mode meets that goes on with a connection to a node that has ended: each once, when a
   * command's slot leads there, be it long after.
   */
  private static final String TIMED_OUT = "(no answer: timed out)";

  private static final Duration STEP_MAX = Duration.ofSeconds(Integer.getInteger("henge.changing.step", 120));

  /** What a change may add to the slowest hundredth of all commands. */
  private static final double FACTOR_MAX = 2;

  /** What a step is for those who measure it. */
  private enum Kind {
    STEADY,
    /** A process starts, and takes what it can get of the machine. */
    STARTS,
    CHANGES,
    /** A node ends: connections to it are closed. */
    ENDS,
    DIES
  }

  private record Step(String name, Kind kind, Set<Integer> away, double seconds, Load.Span span) {

    @Override
    public String toString() {
      return String.format(Locale.ROOT, "%-30s %6.1f s %7d ok %4d refused %4d in doubt %4d shed  p50 %7.2f p99 %7.2f "
          + "max %8.2f ms %s", name, seconds, span.ok(), span.refused(), span.inDoubt(), span.shed(), span.p50Millis(),
          span.p99Millis(), span.maxMillis(), span.errors().isEmpty() ? "" : span.errors());
    }
  }

  @TempDir
  private Path dir;

  private final List<Step> steps = new ArrayList<>();
  private final TreeSet<Integer> members = new TreeSet<>();
  private RingProcesses ring;
  private HistoryFile.Writer history;
  private Load load;

  /** A part of a step. */
  private interface Act {
    void run() throws Exception;
  }

  @Test
  void nobodyNotices() throws Exception {
    RingProcesses.Plan plan = RingProcesses.Plan.of(3).spares(4).quickStart()
        .with("vnodes", System.getProperty("henge.changing.vnodes", "256"));
    Path file = dir.resolve("history.gz");
    try (RingProcesses started = RingProcesses.start("changing", plan)) {
      ring = started;
      members.addAll(List.of(0, 1, 2));
      Stock stock = new Stock(STOCK, 200);
      try (RespClient client = ring.client(0)) {
        stock.write(client);
      }
      work(file);
      for (int node : members) {
        try (RespClient client = ring.client(node)) {
          stock.check(client);
        }
      }
    }
    judge(HistoryFile.read(file));
  }

  private void work(Path file) throws Exception {
    List<InetSocketAddress> nodes = IntStream.range(0, ring.size())
        .mapToObj(i -> new InetSocketAddress(RingProcesses.HOST, ring.port(i))).toList();
    LoadPlan plan = new LoadPlan(nodes, Workload.of("all"), ClientKind.of("all"), CLIENTS, PER_SECOND, SEED,
        Duration.ofSeconds(3), LoadPlan.KEYS);
    Map<String, String> facts = Map.of(HistoryFile.POLICY, "available", HistoryFile.TARGET, "henge");
    try (HistoryFile.Writer writer = HistoryFile.create(file, facts)) {
      history = writer;
      try (Load started = Load.start(plan, writer, members)) {
        load = started;
        pass(WARM_SECONDS);
        load.span();
        try {
          changes();
        } finally {
          steps.forEach(System.out::println);
        }
        load.stop();
        awaitEqual();
        load.readBack(Duration.ofSeconds(30));
      }
    }
  }

  private void changes() throws Exception {
    step("before", Kind.STEADY, () -> pass(STEADY_SECONDS));
    join(3);
    join(4, 5);
    leave(0);
    leave(1, 2);
    replaceKilled(3, 6);
    for (int n : List.of(2, 3)) {
      step("N = " + n, Kind.CHANGES, () -> {
        operator().replicas(n);
        awaitMoved();
      });
    }
    for (int node : List.copyOf(members)) {
      restart(node);
    }
    step("after", Kind.STEADY, () -> pass(STEADY_SECONDS));
  }

  // ---------------------------------------------------------------- steps

  private void step(String name, Kind kind, Act act, Integer... away) throws Exception {
    long start = System.nanoTime();
    try {
      act.run();
    } catch (Exception | AssertionError e) {
      System.out.println("in the step \"" + name + "\": " + e.getMessage() + "; " + load.span());
      throw e;
    }
    steps.add(new Step(name, kind, Set.of(away), (System.nanoTime() - start) / 1e9, load.span()));
  }

  private RingOperator operator() {
    return ring.operator(members.last());
  }

  private void pass(int seconds) {
    int until = load.seconds().size() + seconds;
    Await.until(STEP_MAX, "time passes", () -> load.seconds().size() >= until ? null : "not yet");
  }

  /** Waits until no client has met a closed connection for some time. */
  private void awaitQuiet() {
    pass(QUIET_SECONDS);
    Await.until(STEP_MAX, "clients have found other nodes", () -> {
      List<Second> seconds = load.seconds();
      List<Second> last = seconds.subList(Math.max(0, seconds.size() - QUIET_SECONDS), seconds.size());
      return last.stream().allMatch(second -> second.refused() + second.inDoubt() == 0) ? null : last.toString();
    });
  }

  private void awaitMoved() {
    awaitMoved(members);
  }

  private void awaitMoved(Collection<Integer> through) {
    Await.until(STEP_MAX, "all has moved", () -> {
      for (int node : through) {
        String moving = ring.operator(node).moving();
        if (moving != null) {
          return moving;
        }
      }
      return null;
    });
  }

  private void start(int node) throws Exception {
    ring.join(node, members);
    Await.until(STEP_MAX, "node " + node + " waits", () -> {
      String id = ring.operator(node).id();
      return operator().not(id, "waiting");
    });
  }

  private void join(Integer... nodes) throws Exception {
    String name = List.of(nodes).toString();
    step("start " + name, Kind.STARTS, () -> {
      for (int node : nodes) {
        start(node);
      }
      pass(1);
    });
    int before = members.size();
    step("join " + name + ": " + before + " to " + (before + nodes.length), Kind.CHANGES, () -> {
      operator().change(ids(nodes), List.of());
      members.addAll(List.of(nodes));
      awaitMoved();
    });
    load.only(members);
  }

  private List<String> ids(Integer... nodes) throws IOException {
    List<String> ids = new ArrayList<>();
    for (int node : nodes) {
      ids.add(ring.operator(node).id());
    }
    return ids;
  }

  private void leave(Integer... nodes) throws Exception {
    String name = List.of(nodes).toString();
    int before = members.size();
    List<String> ids = ids(nodes);
    Collection<Integer> all = List.copyOf(members);
    step("leave " + name + ": " + before + " to " + (before - nodes.length), Kind.CHANGES, () -> {
      operator().change(List.of(), ids);
      awaitMoved(all);
    });
    members.removeAll(List.of(nodes));
    load.only(members);
    step("stop " + name, Kind.ENDS, () -> {
      pass(2); // those who know the slots ask for them anew
      for (int node : nodes) {
        assertEquals(0, ring.stop(node), ring::tails);
      }
      awaitQuiet();
      for (String id : ids) {
        operator().forget(id);
      }
    }, nodes);
  }

  private void replaceKilled(int old, int fresh) throws Exception {
    String id = ring.operator(old).id();
    long killed = System.nanoTime();
    Event event = new Event(killed, Long.MAX_VALUE, "replace", "killed, its disk lost: node " + old, Set.of(old));
    history.event(event);
    step("kill -9 of " + old + ", disk lost", Kind.DIES, () -> {
      ring.kill(old);
      ring.wipe(old);
      members.remove(old);
      load.only(members);
      awaitQuiet();
    }, old);
    step("start [" + fresh + "]", Kind.STARTS, () -> {
      start(fresh);
      pass(1);
    });
    step("replace " + old + " by " + fresh, Kind.CHANGES, () -> {
      operator().replace(id, ids(fresh).get(0));
      members.add(fresh);
      awaitMoved();
    });
    history.event(new Event(killed, System.nanoTime(), event.kind(), event.what(), event.nodes()));
    load.only(members);
  }

  private void restart(int node) throws Exception {
    long stopped = System.nanoTime();
    Event event = new Event(stopped, Long.MAX_VALUE, "stop", "restart of node " + node, Set.of(node));
    history.event(event);
    step("drain and stop " + node, Kind.ENDS, () -> {
      ring.operator(node).drain();
      Await.until(STEP_MAX, "node " + node + " is drained", () -> ring.operator(node).drained() ? null : "not yet");
      assertEquals(0, ring.stop(node), ring::tails);
    }, node);
    step("start again " + node, Kind.STARTS, () -> {
      ring.restart(node);
      ring.awaitCaughtUp();
      history.event(new Event(stopped, System.nanoTime(), event.kind(), event.what(), event.nodes()));
      awaitQuiet();
    }, node);
  }

  // ---------------------------------------------------------------- the end

  /** Waits until no owner lacks anything that another has. */
  private void awaitEqual() {
    ring.awaitCaughtUp();
    Await.until(STEP_MAX, "all copies are equal", () -> {
      for (int node : members) {
        try (RespClient client = ring.client(node)) {
          Map<String, String> info = client.fields("INFO", "everything");
          for (String lack : List.of("henge_vnodes_degraded", "hints_held", "henge_owners_lack_writes")) {
            if (!"0".equals(info.get(lack))) {
              return "node " + node + " has " + lack + " " + info.get(lack);
            }
          }
        }
      }
      return null;
    });
  }

  private void judge(HistoryFile.Recorded run) {
    List<Finding> findings = RunJudge.judge(run);
    findings.forEach(finding -> System.out.println((finding.holds() ? "  holds " : "  FAILS ") + finding));
    assertEquals(List.of(), findings.stream().filter(finding -> !finding.holds()).toList(), () -> "seed " + SEED);
    for (Workload workload : Workload.values()) {
      assertTrue(findings.stream().anyMatch(finding -> finding.checker().equals(workload.word())
          && finding.judged() > 100),
          workload + " was not judged: " + findings);
    }
    List<String> failed = new ArrayList<>();
    boolean ended = false;
    for (Step step : steps) {
      ended |= !step.away().isEmpty();
      failed.addAll(unexplained(step, ended));
    }
    assertEquals(List.of(), failed, "failed commands");
    long ends = steps.stream().mapToLong(step -> step.away().size()).sum();
    long timedOut = steps.stream().mapToLong(step -> step.span().errors().getOrDefault(TIMED_OUT, 0L)).sum();
    assertTrue(timedOut <= ends * CLIENTS / ClientKind.of("all").size(), timedOut + " commands timed out, " + ends
        + " nodes ended");
    double before = steps.get(0).span().p99Millis();
    List<Step> changes = steps.stream().filter(step -> step.kind() == Kind.CHANGES).toList();
    List<Step> slow = changes.stream().filter(step -> step.span().p99Millis() > FACTOR_MAX * before).toList();
    System.out.println(changes.size() - slow.size() + " of " + changes.size() + " changes kept p99 within " + FACTOR_MAX
        + " times the " + before + " ms of before");
    if (Boolean.getBoolean("henge.changing.p99")) {
      assertEquals(List.of(), slow, () -> "p99 was " + before + " ms before");
    }
  }

  /**
   * What clients met in a step and must not meet in it.
   *
   * @param ended whether a node has ended so far
   */
  private static List<String> unexplained(Step step, boolean ended) {
    List<String> wrong = new ArrayList<>();
    step.span().errors().forEach((met, times) -> {
      boolean ofNode = step.away().stream().anyMatch(node -> met.startsWith("n" + node + ": ("));
      boolean ofSlots = met.startsWith("(") && !step.away().isEmpty();
      boolean pooled = ended && (met.equals("(no answer: Unexpected end of stream.)") || met.equals(TIMED_OUT));
      boolean forwarded = step.kind() == Kind.DIES && met.contains("INDOUBT ");
      if (!ofNode && !ofSlots && !pooled && !forwarded) {
        wrong.add(step.name() + ": " + times + " times " + met);
      }
    });
    if (step.span().shed() > 0) {
      wrong.add(step.name() + ": " + step.span().shed() + " commands were not sent in time");
    }
    return wrong;
  }
}
