package dev.henge.chaos.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.chaos.check.History;
import dev.henge.chaos.check.Op;
import dev.henge.chaos.run.Event;
import dev.henge.chaos.run.Finding;
import dev.henge.resp.codec.Reply;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is promised under which policy and faults, and what is found where it is not kept. */
class RunJudgeTest {

  private static final long SECOND = 1_000_000_000L;

  /** A run that is told by hand; times are seconds. */
  private static final class Run {

    private final Map<String, String> facts;
    private final List<Event> events = new ArrayList<>();
    private final List<Op> ops = new ArrayList<>();
    private boolean complete = true;

    Run(String policy) {
      facts = Map.of(HistoryFile.POLICY, policy);
    }

    Run event(String kind, double from, double to, Integer... nodes) {
      events.add(new Event((long) (from * SECOND), (long) (to * SECOND), kind, kind, Set.of(nodes)));
      return this;
    }

    Run ok(int client, int node, double from, double to, Reply reply, String... words) {
      Op op = new Op(client, 0, List.of(words), (long) (from * SECOND), "n" + node);
      op.end = Op.End.DONE;
      op.endNanos = (long) (to * SECOND);
      op.reply = reply;
      ops.add(op);
      return this;
    }

    Run failed(int client, int node, double from, double to, String error, String... words) {
      ok(client, node, from, to, new Reply.Error(error), words);
      ops.get(ops.size() - 1).end = Op.End.REFUSED;
      return this;
    }

    /** Through all three nodes, at the end. */
    Run last(Reply reply, String... words) {
      for (int node = 0; node < 3; node++) {
        ok(Load.READER, node, 900 + node, 900.5 + node, reply, words);
      }
      return this;
    }

    List<Finding> judged() {
      ops.sort(Comparator.comparingLong(op -> op.startNanos));
      History history = new History();
      ops.forEach(history::add);
      return RunJudge.judge(new HistoryFile.Recorded(facts, events, List.of(), history, complete));
    }

    Finding of(String checker) {
      return judged().stream().filter(finding -> finding.checker().equals(checker)).findFirst().orElseThrow();
    }

    boolean holds(String checker) {
      return of(checker).holds();
    }
  }

  private static Reply bulk(String text) {
    return text == null ? new Reply.Null(false) : new Reply.Bulk(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static Reply n(long n) {
    return new Reply.Int(n);
  }

  // ---------------------------------------------------------------- what policies promise

  /** Two increments are given the same number, at 20 s. */
  private static Run twice(String policy) {
    return new Run(policy).ok(1, 0, 20, 21, n(1), "INCR", "u0.0").ok(2, 1, 20, 21, n(1), "INCR", "u0.0")
        .last(bulk("2"), "GET", "u0.0");
  }

  @Test
  void exclusiveIsWhatThePolicySays() {
    assertFalse(twice("strict").event("cut", 10, 15, 0).holds("unique-ids"));
    assertFalse(twice("available").holds("unique-ids"));
    assertFalse(twice("available").event("cut", 30, 40, 0).holds("unique-ids"), "the cut came later");
    assertTrue(twice("available").event("cut", 10, 15, 0).holds("unique-ids"));
    assertFalse(twice("unique-safe").event("cut", 10, 15, 0).holds("unique-ids"));
    for (String two : List.of("pause", "loss", "flap", "delay", "cpu", "power-of-others", "bandwidth", "disk",
        "reset")) {
      assertTrue(twice("available").event(two, 10, 15, 0).holds("unique-ids"), two);
    }
    for (String one : List.of("kill", "stop", "roll", "wipe", "full", "clock", "drift")) {
      assertFalse(twice("available").event(one, 10, 15, 0).holds("unique-ids"), one);
    }
    assertTrue(twice("available").event("kill", 10, 15, 0).event("kill", 12, 14, 1).holds("unique-ids"),
        "two are away");
    assertTrue(twice("available").event("kill", 10, 15, 0).event("roll", 12, 14, 0, 1, 2).holds("unique-ids"));
    assertTrue(twice("available").event("kill", 2, 3, 2).event("kill", 12, 14, 1).holds("unique-ids"),
        "one is not back");
    assertFalse(twice("available").ok(9, 2, 5, 6, n(1), "SADD", "a0.0", "x").event("kill", 2, 3, 2)
        .event("kill", 12, 14, 1).holds("unique-ids"), "it is back");
    assertTrue(twice("available").event("power", 10, 15, 0, 1, 2).holds("unique-ids"), "all are away");
  }

  private static Run register(String policy) {
    return new Run(policy).ok(1, 0, 20, 21, bulk("OK"), "SET", "r0.0", "a")
        .ok(1, 0, 22, 23, bulk("OK"), "SET", "r0.0", "b")
        .ok(2, 1, 25, 26, bulk("a"), "GET", "r0.0").last(bulk("b"), "GET", "r0.0");
  }

  @Test
  void anOldReadIsFoundWhereItMustNotBe() {
    assertFalse(register("strict").event("cut", 10, 15, 0).holds("register"));
    assertTrue(register("unique-safe").event("cut", 10, 15, 0).holds("register"));
    assertTrue(register("available").event("cut", 10, 15, 0).holds("register"));
    assertFalse(register("available").holds("register"));
  }

  private static Run lost(String policy) {
    return new Run(policy).ok(1, 0, 20, 21, n(1), "SADD", "a0.0", "one")
        .last(new Reply.Array(List.of()), "SMEMBERS", "a0.0");
  }

  @Test
  void whatWasAcknowledgedLasts() {
    for (String policy : List.of("strict", "available", "unique-safe")) {
      assertFalse(lost(policy).holds("set-add"));
      assertFalse(lost(policy).event("cut", 10, 15, 0).event("power", 30, 40, 0, 1, 2).holds("set-add"), policy);
      assertFalse(lost(policy).event("wipe", 10, 15, 0).holds("set-add"), "one disk alone");
      assertTrue(lost(policy).event("wipe", 10, 15, 0).event("wipe", 12, 16, 1).holds("set-add"), "two at a time");
      assertFalse(lost(policy).event("wipe", 10, 15, 0).event("wipe", 60, 65, 1).holds("set-add"),
          "one after the other");
    }
    assertTrue(lost("available").event("cut", 8, 12, 0).event("wipe", 11, 15, 0).holds("set-add"), "the only copy");
    assertFalse(lost("strict").event("cut", 8, 12, 0).event("wipe", 11, 15, 0).holds("set-add"));
  }

  @Test
  void deadlinesAreJudgedWhereClocksWereRight() {
    Run run = new Run("strict").ok(1, 0, 20, 21, bulk("OK"), "SET", "t0.0", "a", "PX", "1000")
        .ok(1, 0, 40, 41, bulk("a"), "GET", "t0.0").last(bulk(null), "GET", "t0.0");
    assertFalse(run.holds("ttl"));
    assertTrue(run.event("clock", 25, 26, 0).holds("ttl"));
  }

  // ---------------------------------------------------------------- the record, replies, reads at the end

  @Test
  void whatWasNotReadAtTheEndIsNotJudged() {
    Run run = new Run("strict").ok(1, 0, 20, 21, n(1), "INCR", "c0.0");
    assertFalse(run.holds("counter"));
    assertFalse(run.holds("convergence"));
    run.last(bulk("1"), "GET", "c0.0");
    assertTrue(run.holds("counter"));
    assertTrue(run.holds("convergence"));
    run.failed(Load.READER, 1, 950, 951, "CLUSTERDOWN Hash slot not served", "GET", "c0.0");
    assertFalse(run.holds("counter"));
    assertFalse(run.holds("convergence"));
  }

  @Test
  void nodesThatDifferAreNamed() {
    Run run = new Run("available").ok(1, 0, 20, 21, n(1), "SADD", "a0.0", "one")
        .ok(1, 0, 22, 23, n(1), "SADD", "a0.0", "two")
        .last(new Reply.Array(List.of(bulk("one"), bulk("two"))), "SMEMBERS", "a0.0");
    run.ok(Load.READER, 1, 950, 951, new Reply.Array(List.of(bulk("two"), bulk("one"))), "SMEMBERS", "a0.0");
    assertTrue(run.holds("convergence"), "a set has no order");
    run.ok(Load.READER, 2, 960, 961, new Reply.Array(List.of(bulk("two"))), "SMEMBERS", "a0.0");
    Finding finding = run.of("convergence");
    assertFalse(finding.holds());
    assertTrue(finding.says().contains("[n2]"), finding.says());
  }

  @Test
  void errorsThatMustNotBe() {
    assertTrue(new Run("strict").failed(1, 0, 1, 2, "CLUSTERDOWN Hash slot not served", "INCR", "c0.0")
        .holds("replies"));
    assertTrue(new Run("strict").failed(1, 0, 1, 2, "(not sent: refused)", "INCR", "c0.0").holds("replies"));
    assertFalse(new Run("strict").failed(1, 0, 1, 2, "ERR internal error", "INCR", "c0.0").holds("replies"));
    assertFalse(new Run("strict").failed(1, 0, 1, 2, "WRONGTYPE Operation against", "INCR", "c0.0").holds("replies"));
  }

  @Test
  void aRunThatWasKilledIsNotGreen() {
    Run run = new Run("strict");
    assertTrue(run.holds("record"));
    run.complete = false;
    assertFalse(run.holds("record"));
  }

  // ---------------------------------------------------------------- availability

  /** Each of three nodes is asked every half second for two minutes, and answers but for a time. */
  private static Run answering(String policy, Set<Integer> silent, double from, double to) {
    Run run = new Run(policy);
    for (double at = 1; at < 120; at += 0.5) {
      for (int node = 0; node < 3; node++) {
        if (silent.contains(node) && at >= from && at < to) {
          run.failed(node + 1, node, at, at + 0.1, "CLUSTERDOWN Hash slot not served", "INCR", "c0.0");
        } else {
          run.ok(node + 1, node, at, at + 0.1, n(1), "INCR", "c0.0");
        }
      }
    }
    return run;
  }

  @Test
  void aRollingRestartExcusesEachNodeInItsTurn() {
    // Node 1 is stopped from 50 to 60, and may take ten seconds more.
    assertTrue(answering("available", Set.of(1), 50, 69).event("roll", 30, 90, 0, 1, 2).holds("availability"));
    assertFalse(answering("available", Set.of(1), 35, 48).event("roll", 30, 90, 0, 1, 2).holds("availability"));
    assertFalse(answering("strict", Set.of(0, 1, 2), 30, 45).event("roll", 30, 90, 0, 1, 2).holds("availability"),
        "two were there");
    assertTrue(answering("strict", Set.of(0, 1, 2), 45, 69).event("roll", 30, 90, 0, 1, 2).event("kill", 44, 46, 0)
        .holds("availability"), "neither node 0 nor node 1 had come back");
    assertFalse(answering("strict", Set.of(0, 1, 2), 45, 69).event("kill", 44, 46, 0).holds("availability"));
  }

  @Test
  void everyNodeOrSomeNode() {
    assertTrue(answering("available", Set.of(), 0, 0).holds("availability"));
    assertFalse(answering("available", Set.of(1), 30, 45).holds("availability"));
    assertTrue(answering("available", Set.of(1), 30, 39).holds("availability"), "that is soon enough");
    assertFalse(answering("available", Set.of(1), 30, 45).event("cut", 30, 45, 1).holds("availability"),
        "a cut is no excuse");
    assertTrue(answering("available", Set.of(1), 30, 45).event("kill", 30, 40, 1).holds("availability"));
    assertTrue(answering("available", Set.of(1), 30, 70).event("kill", 30, 40, 1).holds("availability"),
        "it takes long");
    assertFalse(answering("available", Set.of(1), 30, 118).event("kill", 30, 40, 1).holds("availability"), "too long");
    assertFalse(answering("available", Set.of(1), 30, 70).event("pause", 30, 40, 1).holds("availability"));
    assertFalse(answering("available", Set.of(1), 30, 45).event("kill", 30, 40, 2).holds("availability"),
        "that was another");
    assertTrue(answering("strict", Set.of(1), 30, 100).holds("availability"), "the others answered");
    assertFalse(answering("strict", Set.of(0, 1, 2), 30, 45).event("cut", 30, 45, 1).holds("availability"));
    assertTrue(answering("strict", Set.of(0, 1, 2), 30, 45).event("power", 30, 40, 0, 1, 2).holds("availability"));
    assertFalse(answering("strict", Set.of(0, 1, 2), 30, 45).event("kill", 30, 40, 0).holds("availability"),
        "a minority");
    assertTrue(answering("strict", Set.of(0, 1, 2), 30, 70).event("kill", 30, 32, 0).event("kill", 30, 32, 1)
        .holds("availability"), "two of three did not come back before");
    assertFalse(answering("strict", Set.of(0, 1, 2), 30, 70).event("kill", 30, 32, 0).event("kill", 82, 84, 1)
        .holds("availability"), "one of them went later");
    assertEquals(717, answering("strict", Set.of(), 0, 0).of("availability").judged(), 3);
  }
}
