package dev.henge.chaos.simulation;

import dev.henge.chaos.check.History;
import dev.henge.chaos.check.Op;
import dev.henge.chaos.check.Verdict;
import dev.henge.chaos.check.Violation;
import dev.henge.resp.codec.Reply;
import dev.henge.ring.placement.HashSlot;
import dev.henge.ring.repair.HintStore;
import dev.henge.ring.replica.Shard;
import dev.henge.storage.version.Rules;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Whole nodes on one thread, with a time, a wire, disks and clocks that only move as the seed says: the same seed,
 * the same run, to the byte.
 *
 * <p>A run has three parts. The ring forms. Then clients send commands to any node while {@link Faults} befall it.
 * Then everything is mended, and within a bound all vnodes must be served again, all owners must have the same rows,
 * every key must be read, and the {@link Verdict} on what clients were told must be good.
 */
public final class Simulation {

  private static final long FORM_MILLIS_MAX = 20_000;
  private static final long SETTLE_MILLIS_MAX = 60_000;
  private static final long CHANGED_MILLIS_MAX = 120_000;
  private static final long LAST_READS_MILLIS_MAX = 30_000;
  private static final long MEND_MILLIS_MAX = 15_000;
  private static final long LOOK_MILLIS = 50;
  private static final int TRACE_LINES_MAX = 400;

  final Plan plan;
  final Rules rules;
  final Timeline time = new Timeline();
  final List<SimulatedNode> nodes = new ArrayList<>();
  final Wire wire;
  final Gossip gossip;
  final Workload workload;
  final History history = new History();
  final Agreement agreement = new Agreement(this);
  final Epochs epochs;
  final Operator operator;
  int clockJumps;
  boolean rotten;

  /** Whether a node was started from its backup. */
  boolean restored;
  private final List<SimulatedClient> clients = new ArrayList<>();
  private final long[] degradedSinceNanos;
  private final List<String> trace = new ArrayList<>();
  private final boolean verbose;
  private long hash = 0xcbf29ce484222325L;
  private long begunNanos;

  /**
   * What a run came to.
   *
   * @param traceHash the same where everything that happened was the same
   */
  public record Outcome(long seed, Violation violation, long traceHash, int commands, int acknowledged, int refused, int inDoubt,
      boolean degraded, long simulatedMillis, List<String> story) {}

  Simulation(Plan plan, boolean verbose) {
    this.plan = plan;
    this.rules = plan.mutant() == null ? Rules.SOUND : Rules.breaking(plan.mutant());
    this.verbose = verbose;
    this.wire = new Wire(this);
    this.gossip = new Gossip(this);
    this.workload = new Workload(this);
    this.epochs = new Epochs(this);
    this.operator = new Operator(this);
    this.degradedSinceNanos = new long[plan.vnodes()];
    Arrays.fill(degradedSinceNanos, Op.NEVER);
    for (int i = 0; i < plan.machines(); i++) {
      nodes.add(new SimulatedNode(i, this));
    }
    wire.meet();
  }

  static Outcome run(Plan plan, boolean verbose) {
    Simulation sim = new Simulation(plan, verbose);
    Violation violation = null;
    try {
      sim.run();
    } catch (Violation e) {
      violation = e;
    } catch (RuntimeException | AssertionError | StackOverflowError e) {
      violation = sim.failure("an error of ours: " + e, e);
    }
    int done = (int) sim.history.all().stream().filter(Op::done).count();
    int refused = (int) sim.history.all().stream().filter(op -> op.end == Op.End.REFUSED).count();
    return new Outcome(plan.seed(), violation, sim.hash, sim.history.all().size(), done, refused,
        sim.history.all().size() - done - refused, sim.exclusiveEverywhereUntilNanos() != Op.NEVER, sim.time.nowMillis(),
        violation == null ? List.of() : sim.story(violation.key()));
  }

  private void run() {
    nodes.subList(0, plan.nodes()).forEach(SimulatedNode::start);
    gossip.begin();
    await(FORM_MILLIS_MAX, "the ring does not form", agreement::unsettled);
    begunNanos = time.nowNanos();
    for (int i = 1; i <= plan.clients(); i++) {
      SimulatedClient client = new SimulatedClient(this, i);
      clients.add(client);
      client.begin();
    }
    Faults faults = new Faults(this);
    faults.plan();
    time.runMillis(plan.lastsMillis());
    clients.forEach(SimulatedClient::end);
    note("everything is mended");
    faults.mend();
    if (plan.changes()) {
      operator.setRight();
    }
    settle();
    lastReads();
    note("judged");
    // where a disk was rotten, what is derived is mended step by step too; else it is never wrong
    machines().forEach(agreement::nothingWasMended);
    await(rotten ? MEND_MILLIS_MAX : 0, "derived rows are wrong", agreement::derivedWrongly);
    Verdict.of(new SimulatedJudge(this), history);
  }

  /** Looks again and again, until nothing is said to be missing. */
  private void await(long millisMax, String what, java.util.function.Supplier<String> missing) {
    long end = time.nowMillis() + millisMax;
    for (String lacks = missing.get(); lacks != null; lacks = missing.get()) {
      if (time.nowMillis() >= end) {
        throw failure(what + " within " + millisMax + " ms: " + lacks, null);
      }
      time.runMillis(LOOK_MILLIS);
    }
  }

  private void settle() {
    await(plan.changes() ? CHANGED_MILLIS_MAX : SETTLE_MILLIS_MAX, "the ring does not settle", () -> {
      String lacks = agreement.unsettled();
      if (lacks == null && !clients.stream().allMatch(SimulatedClient::idle)) {
        lacks = "clients wait";
      }
      return lacks != null ? lacks : agreement.difference();
    });
  }

  /** Every key is read, by somebody, anywhere, until it is answered. */
  private void lastReads() {
    List<Workload.Asked> left = workload.lastReads(history);
    SimulatedClient reader = new SimulatedClient(this, 0);
    reader.end();
    long end = time.nowMillis() + LAST_READS_MILLIS_MAX;
    int next = 0;
    while (next < left.size()) {
      Workload.Asked asked = left.get(next);
      Op op = reader.ask(reader.chance.of(machines()), asked.db(), asked.args());
      while (!reader.idle()) {
        time.runMillis(1);
      }
      if (op.done()) {
        next++;
      } else if (time.nowMillis() > end) {
        throw new Violation(op.key(), "a read is not answered: " + op, null);
      }
    }
  }

  // ---------------------------------------------------------------- what clients see

  Op asked(int client, int db, List<String> args, SimulatedNode node) {
    Op op = new Op(client, db, args, time.nowNanos(), node.name);
    op.earliestWallMillis = earliestWallMillis();
    op.jumpsBefore = clockJumps;
    op.originNanos = begunNanos;
    history.add(op);
    say("client " + client + " asks " + node.name + " " + String.join(" ", args));
    return op;
  }

  void answered(Op op, Reply reply) {
    op.reply = reply;
    op.endNanos = time.nowNanos();
    op.jumped = clockJumps != op.jumpsBefore;
    op.end = Op.End.DONE;
    if (reply instanceof Reply.Error error) {
      if (error.text().contains("internal error")) {
        throw new Violation(op.key(), "an error of ours: " + op, null);
      }
      // of a command on several vnodes the error is one part's: the others may be executed
      boolean doubt = error.code().equals("INDOUBT") || op.is("FLUSHDB");
      op.end = doubt ? Op.End.IN_DOUBT : Op.End.REFUSED;
      op.endNanos = doubt ? Op.NEVER : op.endNanos;
    }
    mix(time.nowNanos());
    mix(reply.toString().hashCode());
    say("  answered " + op);
  }

  long earliestWallMillis() {
    long earliest = Long.MAX_VALUE;
    for (SimulatedNode node : nodes) {
      earliest = Math.min(earliest, node.wallMillis().getAsLong());
    }
    return earliest;
  }

  // ---------------------------------------------------------------- what is known of nodes

  /** Those that are there. */
  List<SimulatedNode> machines() {
    return plan.changes() ? nodes.stream().filter(node -> node.born && !node.lost).toList() : nodes;
  }

  SimulatedNode node(String name) {
    return nodes.get(Integer.parseInt(name.substring(1)) - 1);
  }

  SimulatedNode nodeOf(String id) {
    for (SimulatedNode node : nodes) {
      if (id.equals(node.id)) {
        return node;
      }
    }
    return null;
  }

  /**
   * A node has done something: whether it serves a vnode without a majority now, or keeps a blind write of it, is
   * noted. A blind write tells nothing of other vnodes: it has one, and a hand-over takes more than one turn.
   */
  void looked(SimulatedNode node) {
    Shard shard = node.core.shard();
    epochs.looked(node);
    if (shard.hints().blindWrites() > node.blindWrites) {
      node.blindWrites = shard.hints().blindWrites();
      note(node.name + " has taken a write blind");
    }
    for (int v = 0; v < degradedSinceNanos.length; v++) {
      if (degradedSinceNanos[v] == Op.NEVER) {
        HintStore.Standing hints = shard.hints().of(v);
        boolean blind = hints != null && hints.blind() > 0;
        if (blind || shard.degraded(v)) {
          degradedSinceNanos[v] = time.nowNanos();
          note("vnode " + v + " is " + (blind ? "written blind" : "degraded") + ", at " + node.name);
        }
      }
    }
  }

  private int vnodeOf(String key) {
    byte[] bytes = key.getBytes(StandardCharsets.ISO_8859_1);
    return HashSlot.of(bytes, 0, bytes.length) / (HashSlot.COUNT / plan.vnodes());
  }

  /** Until when the key's vnode was never served by two at once, nor written blind. */
  long exclusiveUntilNanos(String key) {
    return degradedSinceNanos[vnodeOf(key)];
  }

  long exclusiveEverywhereUntilNanos() {
    return Arrays.stream(degradedSinceNanos).min().orElse(Op.NEVER);
  }

  // ---------------------------------------------------------------- the record of a run

  /** Something of weight has happened. */
  void note(String line) {
    mix(line.hashCode());
    mix(time.nowNanos());
    if (trace.size() < TRACE_LINES_MAX) {
      trace.add(timed(line));
    }
    say(line);
  }

  private void say(String line) {
    if (verbose) {
      System.out.println(timed(line));
    }
  }

  private String timed(String line) {
    return String.format(Locale.ROOT, "%.3f ms %s", (time.nowNanos() - begunNanos) / 1e6, line);
  }

  void mix(long value) {
    hash = (hash ^ value) * 0x100000001b3L;
    hash ^= hash >>> 29;
  }

  Violation failure(String what, Throwable cause) {
    return cause instanceof Violation violation ? violation : new Violation("", what, cause);
  }

  /** What befell the ring, and what clients did with the key. */
  private List<String> story(String key) {
    List<String> story = new ArrayList<>(trace);
    if (!key.isEmpty()) {
      story.add("vnode " + vnodeOf(key) + " of " + key + " is owned by " + epochs.newest(vnodeOf(key)).owners().stream().map(id -> nodeOf(id).name).toList());
      history.all().stream().filter(op -> op.key().equals(key) || op.is("FLUSHDB") && key.startsWith("f")
          || key.startsWith("m") && op.args.contains(key))
          .forEach(op -> story.add(op.toString()));
    }
    return story;
  }
}
