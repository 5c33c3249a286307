package dev.henge.ring.coordinator;

import dev.henge.gossip.wire.Transport;
import dev.henge.ring.replica.Message;
import dev.henge.ring.replica.Outcome;
import dev.henge.ring.replica.Shard;
import dev.henge.ring.replica.Terms;
import dev.henge.storage.type.DamagedRowsException;
import dev.henge.storage.version.VersionVector;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads that any one owner may answer from its own rows, R = one: this node if it is one, else the first in the
 * preference list that can be reached.
 *
 * <p>The owner must have caught up since its start and be able to read all of its rows; what it answers may be old
 * all the same. What the caller's session has seen is waited for, as everywhere.
 */
final class AnyOwner {

  /** Reads that may wait for an owner; more are turned away. */
  static final int WAITING_MAX = 100_000;

  /** Above all ids of calls that go to primaries. */
  private static final long FORWARD_IDS = 1L << 56;

  private static final byte[] NOTHING = {};
  private static final BitSet NONE = new BitSet();

  private final Shard shard;
  private final Transport transport;
  private final CommandRunner runner;
  private final GuardedCommands guarded;
  private final Map<Long, Call> underWay = new HashMap<>();
  private List<Call> waiting = new ArrayList<>();

  private long ids;

  AnyOwner(Shard shard, Transport transport, CommandRunner runner, GuardedCommands guarded) {
    this.shard = shard;
    this.transport = transport;
    this.runner = runner;
    this.guarded = guarded;
    this.ids = shard.firstId();
  }

  void submit(int vnode, Call call) {
    call.vnode = vnode;
    if (!start(call)) {
      waitForOwner(call);
    }
  }

  private void waitForOwner(Call call) {
    if (waiting.size() >= WAITING_MAX) {
      call.end(Outcome.NOT_SERVING, NOTHING, NONE);
    } else {
      waiting.add(call);
    }
  }

  private boolean start(Call call) {
    if (shard.own().readable(call.vnode)) {
      when(call.vnode, call.terms, call.command, call.deadlineNanos, (outcome, reply, seen) -> {
        call.seen = seen;
        again(call, outcome, reply);
      });
      return true;
    }
    for (String owner : shard.owners(call.vnode)) {
      if (shard.own().readableAt(owner, call.vnode)) {
        call.id = FORWARD_IDS + ++ids;
        call.target = owner;
        if (transport.send(owner, new Message.Forward(call.id, call.vnode, false, call.terms, call.command))) {
          underWay.put(call.id, call);
          return true;
        }
      }
    }
    return false;
  }

  private void again(Call call, Outcome outcome, byte[] reply) {
    if (outcome == Outcome.NOT_SERVING && shard.nowNanos() - call.deadlineNanos < 0) {
      waitForOwner(call);
    } else {
      call.end(outcome, reply, NONE);
    }
  }

  // ---------------------------------------------------------------- as the owner

  private interface Ending {
    void known(Outcome outcome, byte[] reply, VersionVector seen);
  }

  /** Reads here, once the session's floor is covered. */
  private void when(int vnode, Terms terms, byte[] command, long deadlineNanos, Ending ending) {
    if (guarded.mustWait(vnode, terms)) {
      guarded.add(vnode, terms, command, deadlineNanos, outcome -> {
        if (outcome == Outcome.DONE) {
          read(vnode, command, ending);
        } else {
          ending.known(outcome, NOTHING, VersionVector.EMPTY);
        }
      });
    } else {
      read(vnode, command, ending);
    }
  }

  private void read(int vnode, byte[] command, Ending ending) {
    if (!shard.own().readable(vnode) || !runner.readOnly(command)) {
      ending.known(Outcome.NOT_SERVING, NOTHING, VersionVector.EMPTY);
      return;
    }
    byte[][] reply = new byte[1][];
    try {
      shard.own().read(vnode, rows -> reply[0] = runner.run(rows, command));
    } catch (DamagedRowsException e) {
      ending.known(Outcome.NOT_SERVING, NOTHING, VersionVector.EMPTY);
      return;
    }
    ending.known(Outcome.DONE, reply[0], shard.clock(vnode));
  }

  void asked(String from, Message.Forward forward) {
    long deadlineNanos = shard.nowNanos() + shard.config().commandTimeoutMillis() * 750_000;
    boolean known = forward.vnode() < shard.placement().vnodes();
    if (!known) {
      transport.send(from, new Message.Answer(forward.id(), Outcome.NOT_SERVING, NOTHING, NONE, VersionVector.EMPTY));
      return;
    }
    when(forward.vnode(), forward.terms(), forward.command(), deadlineNanos, (outcome, reply, seen) -> transport.send(
        from, new Message.Answer(forward.id(), outcome, reply, NONE, forward.terms().tell() ? seen : VersionVector.EMPTY)));
  }

  // ---------------------------------------------------------------- answers and time

  /** Hands in an answer; false if it is to another call. */
  boolean answered(Message.Answer answer) {
    if (answer.id() < FORWARD_IDS) {
      return false;
    }
    Call call = underWay.remove(answer.id());
    if (call == null) {
      return true;
    }
    call.seen = answer.seen();
    again(call, answer.outcome(), answer.reply());
    return true;
  }

  void lost(String peer) {
    for (Call call : List.copyOf(underWay.values())) {
      if (peer.equals(call.target)) {
        underWay.remove(call.id);
        waitForOwner(call);
      }
    }
  }

  boolean busy() {
    return !waiting.isEmpty() || !underWay.isEmpty();
  }

  void tick() {
    if (!busy()) {
      return;
    }
    List<Call> before = waiting;
    waiting = new ArrayList<>();
    for (Call call : before) {
      if (shard.nowNanos() - call.deadlineNanos >= 0) {
        call.end(Outcome.NOT_SERVING, NOTHING, NONE);
      } else if (!start(call)) {
        waiting.add(call);
      }
    }
    for (Call call : List.copyOf(underWay.values())) {
      if (shard.nowNanos() - call.deadlineNanos >= 0) {
        underWay.remove(call.id);
        call.end(Outcome.NOT_SERVING, NOTHING, NONE);
      } else if (!shard.reachable(call.target)) {
        lost(call.target);
      }
    }
  }
}
