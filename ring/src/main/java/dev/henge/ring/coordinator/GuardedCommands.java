package dev.henge.ring.coordinator;

import dev.henge.gossip.wire.Transport;
import dev.henge.ring.repair.ReadRepair;
import dev.henge.ring.replica.Message;
import dev.henge.ring.replica.Outcome;
import dev.henge.ring.replica.ReadLevel;
import dev.henge.ring.replica.Replicas;
import dev.henge.ring.replica.Shard;
import dev.henge.ring.replica.Terms;
import dev.henge.storage.version.Mutant;
import dev.henge.storage.version.VersionVector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Commands that may not be executed on this node's rows before it has seen enough: what the caller's session has seen
 * ({@link Terms#floor}), or what R owners have ({@link ReadLevel#QUORUM}, {@link ReadLevel#ALL}).
 *
 * <p>What lacks is pulled meanwhile. Commands that wait for a session's floor go on in their order, a vnode at a
 * time; reads that ask owners overtake each other, since nobody can tell.
 */
final class GuardedCommands {

  /** Commands that may wait here; more are turned away. */
  static final int WAITING_MAX = 100_000;

  /** Owners that have not answered are asked again this often. */
  private static final long ASK_AGAIN_NANOS = 500_000_000;

  /** What a session has seen is looked for at one owner after the other, this often. */
  private static final long SEEK_AGAIN_NANOS = 50_000_000;

  private final Shard shard;
  private final Replicas replicas;
  private final Transport transport;
  private final CommandRunner runner;
  private final ReadRepair repair;

  /** By vnode, those that wait for a floor, in their order. */
  private final Map<Integer, ArrayDeque<Guarded>> floors = new LinkedHashMap<>();

  private final Map<Long, Guarded> reads = new LinkedHashMap<>();
  private final List<Guarded> settled = new ArrayList<>();
  private long ids;
  private int waiting;
  private long quorumReads;

  GuardedCommands(Shard shard, Transport transport, CommandRunner runner) {
    this.shard = shard;
    this.replicas = shard.own();
    this.transport = transport;
    this.runner = runner;
    this.ids = shard.firstId();
    this.repair = new ReadRepair(shard, transport);
  }

  /** Who waits for a command's moment. */
  interface Moment {
    /** DONE: it may be executed now. Anything else: it may not be, and why. */
    void come(Outcome outcome);
  }

  private static final class Guarded {
    final int vnode;
    final Terms terms;
    final long deadlineNanos;
    final Moment moment;
    long id;
    List<byte[]> keys;
    ReadQuorum quorum;
    int seeks;
    long nextAskNanos;

    /** Exchanges of rows that an owner owes an answer to before it has answered. */
    Map<String, Integer> exchanges = Map.of();

    Guarded(int vnode, Terms terms, long deadlineNanos, Moment moment) {
      this.vnode = vnode;
      this.terms = terms;
      this.deadlineNanos = deadlineNanos;
      this.moment = moment;
    }
  }

  ReadRepair repair() {
    return repair;
  }

  long quorumReads() {
    return quorumReads;
  }

  boolean busy() {
    return waiting > 0;
  }

  /** Whether a command on these terms has to wait here. */
  boolean mustWait(int vnode, Terms terms) {
    return asksOwners(terms) && !shard.config().rules().broken(Mutant.READ_QUORUM_OF_ONE)
        || !terms.floor().isEmpty() && !shard.config().rules().broken(Mutant.SESSION_FORGOTTEN)
        && (floors.containsKey(vnode) || !replicas.clock(vnode).covers(terms.floor()));
  }

  private static boolean asksOwners(Terms terms) {
    return terms.reads() == ReadLevel.QUORUM || terms.reads() == ReadLevel.ALL;
  }

  /** Has a command wait for its moment. */
  void add(int vnode, Terms terms, byte[] command, long deadlineNanos, Moment moment) {
    if (waiting >= WAITING_MAX) {
      moment.come(Outcome.NOT_SERVING);
      return;
    }
    Guarded guarded = new Guarded(vnode, terms, deadlineNanos, moment);
    if (asksOwners(terms)) {
      guarded.keys = runner.keys(command);
    }
    waiting++;
    if (floors.containsKey(vnode) || !replicas.clock(vnode).covers(terms.floor())) {
      floors.computeIfAbsent(vnode, v -> new ArrayDeque<>()).add(guarded);
      seek(guarded);
    } else {
      covered(guarded);
    }
  }

  /** The session's floor is covered. */
  private void covered(Guarded guarded) {
    if (!asksOwners(guarded.terms)) {
      end(guarded, Outcome.DONE);
      return;
    }
    List<String> owners = shard.owners(guarded.vnode);
    guarded.quorum = new ReadQuorum(guarded.terms.reads().owners(owners.size()));
    quorumReads++;
    guarded.id = ++ids;
    reads.put(guarded.id, guarded);
    ask(guarded, owners);
    look(guarded);
  }

  private void ask(Guarded guarded, List<String> owners) {
    guarded.nextAskNanos = shard.nowNanos() + ASK_AGAIN_NANOS;
    for (String owner : owners) {
      if (!owner.equals(shard.config().self()) && !guarded.quorum.hasAnswered(owner)) {
        transport.send(owner, new Message.ReadProbe(guarded.id, guarded.vnode, guarded.keys));
      }
    }
  }

  private void seek(Guarded guarded) {
    guarded.nextAskNanos = shard.nowNanos() + SEEK_AGAIN_NANOS;
    replicas.seek(guarded.vnode, guarded.terms.floor(), guarded.seeks++);
  }

  private void end(Guarded guarded, Outcome outcome) {
    waiting--;
    guarded.moment.come(outcome);
  }

  // ---------------------------------------------------------------- answers

  /** Hands in a peer's message; false if it is not for here. */
  boolean received(String from, Message message) {
    if (message instanceof Message.ReadVouch m) {
      vouched(from, m);
    } else if (message instanceof Message.ReadRows m && m.answer()) {
      repair.took(m);
      exchanged(from, m.id());
    } else {
      return repair.received(from, message);
    }
    return true;
  }

  private void vouched(String from, Message.ReadVouch vouch) {
    Guarded guarded = reads.get(vouch.id());
    if (guarded == null || !vouch.able() || guarded.exchanges.containsKey(from)) {
      return;
    }
    VersionVector own = replicas.clock(guarded.vnode);
    if (vouch.clock().equals(own)) {
      for (byte[] key : repair.different(guarded.keys, vouch.digests())) {
        if (repair.exchange(guarded.id, from, guarded.vnode, key)) {
          if (guarded.exchanges.isEmpty()) {
            guarded.exchanges = new HashMap<>();
          }
          guarded.exchanges.merge(from, 1, Integer::sum);
        }
      }
    } else if (!vouch.clock().covers(own)) {
      replicas.tell(guarded.vnode);
    }
    guarded.quorum.answered(from, vouch.clock());
    look(guarded);
  }

  private void exchanged(String from, long id) {
    Guarded guarded = reads.get(id);
    if (guarded != null && guarded.exchanges.containsKey(from)) {
      guarded.exchanges.computeIfPresent(from, (owner, left) -> left == 1 ? null : left - 1);
      look(guarded);
    }
  }

  /** Whether a read may go on; pulls what it lacks if not. */
  private void look(Guarded guarded) {
    VersionVector own = replicas.clock(guarded.vnode);
    if (guarded.exchanges.isEmpty() && guarded.quorum.enough(own)) {
      reads.remove(guarded.id);
      end(guarded, Outcome.DONE);
      return;
    }
    String ahead = guarded.quorum.ahead(own);
    if (ahead != null) {
      replicas.pull(guarded.vnode, ahead);
    }
  }

  // ---------------------------------------------------------------- time

  /** Looks at all that waits; call it every few milliseconds. */
  void tick() {
    if (waiting == 0) {
      return;
    }
    long nowNanos = shard.nowNanos();
    for (Iterator<ArrayDeque<Guarded>> i = floors.values().iterator(); i.hasNext(); ) {
      ArrayDeque<Guarded> line = i.next();
      takeReady(line, nowNanos);
      if (line.isEmpty()) {
        i.remove();
      }
    }
    List<Guarded> due = List.copyOf(settled);
    settled.clear();
    for (Guarded guarded : due) {
      if (nowNanos - guarded.deadlineNanos >= 0) {
        end(guarded, Outcome.NOT_SEEN);
      } else {
        covered(guarded);
      }
    }
    for (Guarded guarded : List.copyOf(reads.values())) {
      tick(guarded, nowNanos);
    }
  }

  /** Moves from the front of a line what waits no longer: its floor is covered, or its time is over. */
  private void takeReady(ArrayDeque<Guarded> line, long nowNanos) {
    VersionVector own = replicas.clock(line.peekFirst().vnode);
    line.removeIf(guarded -> {
      boolean late = nowNanos - guarded.deadlineNanos >= 0;
      if (late) {
        settled.add(guarded);
      }
      return late;
    });
    while (!line.isEmpty() && own.covers(line.peekFirst().terms.floor())) {
      settled.add(line.pollFirst());
    }
    if (!line.isEmpty() && nowNanos - line.peekFirst().nextAskNanos >= 0) {
      seek(line.peekFirst());
    }
  }

  private void tick(Guarded guarded, long nowNanos) {
    if (!reads.containsKey(guarded.id)) {
      return;
    }
    if (nowNanos - guarded.deadlineNanos >= 0) {
      reads.remove(guarded.id);
      end(guarded, Outcome.TOO_FEW_ANSWERS);
      return;
    }
    if (nowNanos - guarded.nextAskNanos >= 0) {
      guarded.exchanges = Map.of();
      ask(guarded, shard.owners(guarded.vnode));
    }
    look(guarded);
  }
}
