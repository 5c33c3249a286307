package dev.henge.ring.coordinator;

import dev.henge.gossip.wire.Transport;
import dev.henge.ring.replica.Message;
import dev.henge.ring.replica.Replicas;
import dev.henge.ring.replica.Shard;
import dev.henge.storage.version.VersionVector;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/**
 * How many owners hold some writes in their logs, asked of the owners themselves: what WAIT and WAITAOF tell.
 *
 * <p>Every owner of a vnode is asked by whoever wants to know, and answers once its log, or what is synced of it,
 * covers the clock in the question; the answer for several vnodes is the least. So it does not matter who executed
 * the writes, or whether that node still lives.
 */
public final class OwnerCount {

  /** Questions of other nodes that may wait here; the oldest is dropped for a newer: it is asked again. */
  static final int QUESTIONS_MAX = 10_000;

  private static final long ASK_AGAIN_NANOS = 500_000_000;
  private static final long FORGET_NANOS = 2_000_000_000;

  private final Shard shard;
  private final Replicas replicas;
  private final Transport transport;
  private final Map<Long, Count> counts = new HashMap<>();
  private final Map<String, Question> questions = new LinkedHashMap<>();
  private long ids;

  OwnerCount(Shard shard, Transport transport) {
    this.shard = shard;
    this.replicas = shard.own();
    this.transport = transport;
    this.ids = shard.firstId();
    replicas.whenDurable(this::durable);
  }

  // ---------------------------------------------------------------- who asks

  /** One question of this node, and what was answered so far. */
  private static final class Count {
    final long id;
    final Map<Integer, VersionVector> clocks;
    final boolean synced;
    final int enough;
    final long deadlineNanos;
    final IntConsumer told;
    final Map<String, BitSet> held = new HashMap<>();
    long nextAskNanos;

    Count(long id, Map<Integer, VersionVector> clocks, boolean synced, int enough, long deadlineNanos, IntConsumer told) {
      this.id = id;
      this.clocks = clocks;
      this.synced = synced;
      this.enough = enough;
      this.deadlineNanos = deadlineNanos;
      this.told = told;
    }

    /** The least number of owners of any of the vnodes that hold what is asked. */
    int owners() {
      int least = Integer.MAX_VALUE;
      for (int vnode : clocks.keySet()) {
        int owners = 0;
        for (BitSet theirs : held.values()) {
          owners += theirs.get(vnode) ? 1 : 0;
        }
        least = Math.min(least, owners);
      }
      return least;
    }
  }

  /**
   * Counts the owners that hold all that these clocks say, each of its vnode, until there are enough or the time is
   * over.
   *
   * @param clocks by vnode, one at least
   * @param synced whether only what is synced counts
   * @param told is given the number, once
   */
  public void count(Map<Integer, VersionVector> clocks, boolean synced, int enough, long deadlineNanos, IntConsumer told) {
    Count count = new Count(++ids, new LinkedHashMap<>(clocks), synced, enough, deadlineNanos, told);
    counts.put(count.id, count);
    ask(count);
    look(count);
  }

  private void ask(Count count) {
    count.nextAskNanos = shard.nowNanos() + ASK_AGAIN_NANOS;
    Map<String, List<Integer>> byOwner = new LinkedHashMap<>();
    count.clocks.keySet().stream().sorted().forEach(vnode -> {
      for (String owner : shard.owners(vnode)) {
        if (!count.held.containsKey(owner) || !count.held.get(owner).get(vnode)) {
          byOwner.computeIfAbsent(owner, o -> new ArrayList<>()).add(vnode);
        }
      }
    });
    byOwner.forEach((owner, vnodes) -> {
      int[] asked = vnodes.stream().mapToInt(v -> v).toArray();
      VersionVector[] clocks = vnodes.stream().map(count.clocks::get).toArray(VersionVector[]::new);
      Message.WaitFor question = new Message.WaitFor(count.id, count.synced, asked, clocks);
      if (owner.equals(shard.config().self())) {
        asked(owner, question);
      } else {
        transport.send(owner, question);
      }
    });
  }

  private void answered(String from, Message.Waited answer) {
    Count count = counts.get(answer.id());
    if (count != null) {
      count.held.computeIfAbsent(from, owner -> new BitSet()).or(answer.vnodes());
      look(count);
    }
  }

  private void look(Count count) {
    int owners = count.owners();
    if (counts.containsKey(count.id) && (owners >= count.enough || shard.nowNanos() - count.deadlineNanos >= 0)) {
      counts.remove(count.id);
      count.told.accept(owners);
    }
  }

  // ---------------------------------------------------------------- who is asked

  /** What an owner is asked, and from where on in its log the answer is yes. */
  private static final class Question {
    final String from;
    final Message.WaitFor asked;
    final long sinceNanos;

    /**
     * By the vnode's place in the question: the log's end when its clock was covered; -1 before, -2 once that was
     * told.
     */
    final long[] coveredAt;

    Question(String from, Message.WaitFor asked, long sinceNanos) {
      this.from = from;
      this.asked = asked;
      this.sinceNanos = sinceNanos;
      this.coveredAt = new long[asked.vnodes().length];
      java.util.Arrays.fill(coveredAt, -1);
    }
  }

  private void asked(String from, Message.WaitFor question) {
    if (questions.size() >= QUESTIONS_MAX) {
      Iterator<Question> oldest = questions.values().iterator();
      oldest.next();
      oldest.remove();
    }
    Question asked = new Question(from, question, shard.nowNanos());
    if (!answer(asked)) {
      questions.put(from + ' ' + question.id(), asked);
    }
  }

  /** Tells what is held by now; returns whether that was the last of it. */
  private boolean answer(Question question) {
    BitSet held = new BitSet();
    boolean all = true;
    long durable = question.asked.synced() ? replicas.synced() : shard.durablePosition();
    for (int i = 0; i < question.coveredAt.length; i++) {
      int vnode = question.asked.vnodes()[i];
      if (question.coveredAt[i] == -1 && replicas.ready(vnode) && replicas.clock(vnode).covers(question.asked.clocks()[i])) {
        question.coveredAt[i] = shard.appended();
      }
      if (question.coveredAt[i] >= 0 && question.coveredAt[i] <= durable) {
        question.coveredAt[i] = -2;
        held.set(vnode);
      }
      all &= question.coveredAt[i] == -2;
    }
    if (!held.isEmpty()) {
      Message.Waited answer = new Message.Waited(question.asked.id(), held);
      if (question.from.equals(shard.config().self())) {
        answered(question.from, answer);
      } else {
        transport.send(question.from, answer);
      }
    }
    return all;
  }

  private void durable() {
    if (!questions.isEmpty()) {
      for (Question question : List.copyOf(questions.values())) {
        if (answer(question)) {
          questions.remove(question.from + ' ' + question.asked.id(), question);
        }
      }
    }
  }

  // ---------------------------------------------------------------- messages and time

  boolean received(String from, Message message) {
    if (message instanceof Message.WaitFor m) {
      asked(from, m);
    } else if (message instanceof Message.Waited m) {
      answered(from, m);
    } else {
      return false;
    }
    return true;
  }

  boolean busy() {
    return !counts.isEmpty() || !questions.isEmpty();
  }

  void tick() {
    if (!busy()) {
      return;
    }
    durable();
    long nowNanos = shard.nowNanos();
    questions.values().removeIf(question -> nowNanos - question.sinceNanos > FORGET_NANOS);
    for (Count count : List.copyOf(counts.values())) {
      if (nowNanos - count.nextAskNanos >= 0) {
        ask(count);
      }
      look(count);
    }
  }
}
