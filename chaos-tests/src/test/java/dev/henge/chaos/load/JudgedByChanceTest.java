package dev.henge.chaos.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.chaos.check.History;
import dev.henge.chaos.check.Op;
import dev.henge.chaos.run.Finding;
import dev.henge.resp.codec.Reply;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every workload against a server in memory, with many clients at a time, replies that are lost, and commands that are
 * executed late: what a sound server did is found sound, what one did that forgets or tells of the past is not.
 */
@Timeout(120)
class JudgedByChanceTest {

  private static final int SEEDS = 12;
  private static final int COMMANDS = 500;
  private static final int CLIENTS = 12;

  /** Where many write the same key at a time, it does not show that one write is missing. */
  private static final int FEW_CLIENTS = 3;

  private static final long MILLI = 1_000_000;

  /** What is wrong with a server. */
  private enum Fault {
    NONE,
    /** Of ten writes it forgets one, after it has answered. */
    FORGETS,
    /** Of ten reads it answers one as it would have a while ago. */
    IS_OLD
  }

  /** A run that takes no time: commands are executed at moments, one after the other. */
  private static final class Run {

    private record Due(long momentNanos, int client, Op op, boolean answered) {}

    private final SplittableRandom random;
    private final ModelServer server = new ModelServer();
    private final Fault fault;
    private final Map<String, List<Object>> past = new HashMap<>();
    private final List<Stream> streams = new ArrayList<>();
    private final PriorityQueue<Due> due = new PriorityQueue<>(Comparator.comparingLong(Due::momentNanos));
    private final List<Op> ops = new ArrayList<>();
    private final Keys keys;
    private int asked;

    Run(Workload workload, Fault fault, long seed) {
      this.random = new SplittableRandom(seed);
      this.fault = fault;
      this.keys = new Keys(List.of(workload), 2);
      long begin = System.nanoTime();
      int clients = fault == Fault.FORGETS && workload != Workload.LOCK ? FEW_CLIENTS : CLIENTS;
      for (int client = 1; client <= clients; client++) {
        streams.add(new Stream(client, List.of(workload), keys, seed));
        ask(client, begin);
      }
    }

    private void ask(int client, long afterNanos) {
      if (asked++ >= COMMANDS) {
        return;
      }
      long start = afterNanos + 1 + random.nextLong(5 * MILLI);
      Op op = new Op(client, 0, streams.get(client - 1).next(), start, "n0");
      ops.add(op);
      due.add(new Due(start + 1 + random.nextLong(10 * MILLI), client, op, true));
    }

    HistoryFile.Recorded play() {
      long last = 0;
      while (!due.isEmpty()) {
        Due next = due.poll();
        last = Math.max(last, next.momentNanos());
        step(next);
      }
      for (String key : keys.used()) {
        for (List<String> words : ReadBack.reads(key)) {
          last += MILLI;
          Op op = new Op(Load.READER, 0, words, last, "n0");
          answer(op, server.execute(words, last), last + 1);
          ops.add(op);
        }
      }
      ops.sort(Comparator.comparingLong(op -> op.startNanos));
      History history = new History();
      ops.forEach(history::add);
      return new HistoryFile.Recorded(Map.of(), List.of(), List.of(), history, true);
    }

    private void step(Due now) {
      if (!now.answered()) {
        execute(now.op(), now.momentNanos());
        return;
      }
      long end = now.momentNanos() + 1 + random.nextLong(10 * MILLI);
      int dice = random.nextInt(30);
      if (dice == 0) {
        // never executed, and nobody knows
        end += 20 * MILLI;
      } else if (dice == 1) {
        end += 20 * MILLI;
        due.add(new Due(now.momentNanos() + random.nextLong(200 * MILLI), now.client(), now.op(), false));
      } else if (dice == 2) {
        now.op().end = Op.End.REFUSED;
        now.op().endNanos = end;
        now.op().reply = new Reply.Error("CLUSTERDOWN Hash slot not served");
      } else {
        answer(now.op(), execute(now.op(), now.momentNanos()), end);
      }
      streams.get(now.client() - 1).ended(now.op());
      ask(now.client(), end);
    }

    private static void answer(Op op, Reply reply, long end) {
      op.end = Op.End.DONE;
      op.endNanos = end;
      op.reply = reply;
    }

    private Reply execute(Op op, long now) {
      Object before = server.snapshot(op.key());
      List<Object> earlier = past.computeIfAbsent(op.key(), key -> new ArrayList<>());
      earlier.add(before);
      boolean read = List.of("GET", "HGET", "ZSCORE", "ZRANGE", "SMEMBERS", "LRANGE").contains(op.name());
      if (fault == Fault.IS_OLD && read && random.nextInt(10) == 0) {
        server.putBack(op.key(), earlier.get(Math.max(0, earlier.size() - 60)));
        Reply reply = server.execute(op.args, now);
        server.putBack(op.key(), before);
        return reply;
      }
      Reply reply = server.execute(op.args, now);
      if (fault == Fault.FORGETS && !read && random.nextInt(10) == 0) {
        server.putBack(op.key(), before);
      }
      return reply;
    }
  }

  private static Finding judged(Workload workload, Fault fault, long seed) {
    List<Finding> findings = RunJudge.judge(new Run(workload, fault, seed).play());
    return findings.stream().filter(finding -> finding.checker().equals(workload.word())).findFirst().orElseThrow();
  }

  @ParameterizedTest
  @EnumSource(Workload.class)
  void aSoundServerIsFoundSound(Workload workload) {
    for (long seed = 1; seed <= SEEDS; seed++) {
      Finding finding = judged(workload, Fault.NONE, seed);
      assertTrue(finding.holds(), "seed " + seed + ": " + finding.says());
      assertTrue(finding.judged() >= COMMANDS, "seed " + seed);
    }
  }

  private static void noticed(Workload workload, Fault fault) {
    int noticed = 0;
    for (long seed = 1; seed <= SEEDS; seed++) {
      noticed += judged(workload, fault, seed).holds() ? 0 : 1;
    }
    assertEquals(SEEDS, noticed, SEEDS / 2.0, workload + ": of " + SEEDS + " servers that are wrong");
  }

  @ParameterizedTest
  @EnumSource(Workload.class)
  void aServerThatForgetsIsFound(Workload workload) {
    noticed(workload, Fault.FORGETS);
  }

  /** Locks are not judged by their reads, numbers that are handed out have none. */
  @ParameterizedTest
  @EnumSource(value = Workload.class, mode = EnumSource.Mode.EXCLUDE, names = {"LOCK", "UNIQUE_IDS"})
  void aServerThatTellsOfThePastIsFound(Workload workload) {
    noticed(workload, Fault.IS_OLD);
  }
}
