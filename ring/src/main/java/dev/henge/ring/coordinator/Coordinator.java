package dev.henge.ring.coordinator;

import dev.henge.gossip.wire.Transport;
import dev.henge.ring.replica.Hints;
import dev.henge.ring.replica.Hold;
import dev.henge.ring.replica.Message;
import dev.henge.ring.replica.Outcome;
import dev.henge.ring.replica.ReadLevel;
import dev.henge.ring.replica.Shard;
import dev.henge.ring.replica.Terms;
import dev.henge.ring.repair.ReadRepair;
import dev.henge.storage.type.DamagedRowsException;
import dev.henge.storage.version.Mutant;
import dev.henge.storage.version.VersionVector;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Takes commands for any vnode and brings them to whoever executes them, here or elsewhere, in the order in which
 * they came.
 *
 * <p>Every vnode has a lane. While its commands are under way to one node, more may follow them; when that node turns
 * one away, it turns away all that follow, they line up again in their order, and once nothing is under way any more
 * they are sent to the candidate of that moment. A command that was sent to a node which then was lost is sent again
 * only if it changes nothing; otherwise its end is in doubt, and says so.
 *
 * <p>A command whose {@link Terms} ask for more than the acting primary's word waits in {@link GuardedCommands} of
 * the node that will execute it, outside of the lane. A read for any one owner goes by {@link AnyOwner}, past lanes
 * and primaries.
 */
public final class Coordinator {

  /** Commands that may wait in one vnode's lane; more are turned away. */
  static final int LANE_MAX = 100_000;

  private static final byte[] NOTHING = {};
  private static final BitSet NONE = new BitSet();

  private final Shard shard;
  private final Transport transport;
  private final CommandRunner runner;
  private final Lane[] lanes;
  private final List<Lane> waiting = new ArrayList<>();
  private final UnderWay underWay = new UnderWay();
  private final Map<String, BitSet> turnedAway = new HashMap<>();
  private final GuardedCommands guarded;
  private final OwnerCount ownerCount;
  private final AnyOwner anyOwner;
  private long ids;
  private long forwarded;
  private long retried;

  public Coordinator(Shard shard, Transport transport, CommandRunner runner, int vnodes) {
    this.shard = shard;
    this.transport = transport;
    this.runner = runner;
    this.lanes = new Lane[vnodes];
    this.ids = shard.firstId();
    this.guarded = new GuardedCommands(shard, transport, runner);
    this.ownerCount = new OwnerCount(shard, transport);
    this.anyOwner = new AnyOwner(shard, transport, runner, guarded);
  }

  /** A vnode's commands that are not done. */
  private static final class Lane {
    final int vnode;
    final ArrayDeque<Call> queue = new ArrayDeque<>();
    int underWay;
    String target;
    boolean restart = true;
    boolean listed;

    Lane(int vnode) {
      this.vnode = vnode;
    }
  }

  /** Whether a command for the vnode can be executed here at once, without overtaking another. */
  public boolean servesNow(int vnode) {
    Lane lane = lanes[vnode];
    return (lane == null || lane.underWay == 0 && lane.queue.isEmpty()) && shard.serves(vnode);
  }

  /** Brings a command to the acting primary of a vnode. */
  public void submit(int vnode, Call call) {
    if (call.terms.reads() == ReadLevel.ONE && call.readOnly) {
      anyOwner.submit(vnode, call);
      return;
    }
    Lane lane = lanes[vnode];
    if (lane == null) {
      lane = new Lane(vnode);
      lanes[vnode] = lane;
    }
    call.vnode = vnode;
    if (lane.queue.size() >= LANE_MAX) {
      call.end(Outcome.NOT_SERVING, NOTHING, NONE);
      return;
    }
    if (!lane.queue.isEmpty() || !start(lane, call)) {
      lane.queue.add(call);
      list(lane);
    }
  }

  private void list(Lane lane) {
    if (!lane.listed) {
      lane.listed = true;
      waiting.add(lane);
    }
  }

  /** Sends or runs a call if the lane allows it now. */
  private boolean start(Lane lane, Call call) {
    if (shard.serves(lane.vnode)) {
      if (lane.underWay > 0) {
        return false;
      }
      lane.restart = true;
      if (runHere(lane.vnode, call)) {
        return true;
      }
    }
    String candidate = shard.candidate(lane.vnode);
    if (candidate == null && lane.underWay == 0 && shard.hints().blind(lane.vnode)) {
      runBlind(lane.vnode, call);
      return true;
    }
    if (candidate == null || candidate.equals(shard.config().self())
        || lane.underWay > 0 && (!candidate.equals(lane.target) || lane.restart)
        || shard.hints().comeFirst(lane.vnode, candidate)) {
      return false;
    }
    boolean restart = lane.restart || !candidate.equals(lane.target);
    long id = ++ids;
    if (!transport.send(candidate, new Message.Forward(id, lane.vnode, restart, call.terms, call.command))) {
      return false;
    }
    lane.target = candidate;
    lane.restart = false;
    lane.underWay++;
    forwarded++;
    call.id = id;
    call.target = candidate;
    underWay.add(call);
    return true;
  }

  /** Returns false if it has damaged rows in its way, has changed nothing, and another owner is to be asked. */
  private boolean runHere(int vnode, Call call) {
    if (!call.terms.unguarded() && guarded.mustWait(vnode, call.terms)) {
      guarded.add(vnode, call.terms, call.command, patience(call.deadlineNanos), outcome -> guardedHere(vnode, call, outcome));
      return true;
    }
    return runNow(vnode, call);
  }

  /** What waits here for another node's caller ends before the caller's own time does, so that it is told why. */
  private long patience(long deadlineNanos) {
    long longest = shard.nowNanos() + shard.config().commandTimeoutMillis() * 750_000;
    return deadlineNanos - longest < 0 ? deadlineNanos : longest;
  }

  private void guardedHere(int vnode, Call call, Outcome outcome) {
    if (outcome != Outcome.DONE) {
      call.end(outcome, NOTHING, NONE);
    } else if (!shard.serves(vnode) || !runNow(vnode, call)) {
      submit(vnode, call); // by now another node serves it
    }
  }

  private boolean runNow(int vnode, Call call) {
    if (!call.readOnly && !shard.writable()) {
      call.end(Outcome.DISK_FAILED, refusal(), NONE);
      return true;
    }
    if (!call.readOnly && !shard.own().enoughOwners(vnode, call.terms.writeOwners())) {
      call.end(Outcome.TOO_FEW_OWNERS, NOTHING, NONE);
      return true;
    }
    byte[] refusal = runner.refusal(vnode, call.command);
    if (refusal != null) {
      call.end(Outcome.DONE, refusal, NONE);
      return true;
    }
    byte[][] reply = new byte[1][];
    Hold hold;
    try {
      hold = shard.execute(vnode, rows -> reply[0] = runner.run(rows, call.command), call.terms.writeOwners());
    } catch (DamagedRowsException e) {
      if (elsewhere(vnode, e)) {
        return false;
      }
      call.end(Outcome.DONE, runner.damaged(e), NONE);
      return true;
    }
    call.seen = shard.clock(vnode);
    when(hold, outcome -> call.end(outcome, reply[0], NONE));
    return true;
  }

  /** No owner can be reached: what means the same whatever the key holds is kept for them, all else is refused. */
  private void runBlind(int vnode, Call call) {
    boolean anything = shard.config().rules().broken(Mutant.BLIND_READS_NIL);
    if (!call.readOnly && call.terms.writeOwners() != Terms.AS_CONFIGURED || !call.terms.floor().isEmpty()) {
      // none of the owners that were asked for would have it; what a session has seen it would not stand behind
      call.end(call.terms.floor().isEmpty() ? Outcome.TOO_FEW_OWNERS : Outcome.NOT_SEEN, NOTHING, NONE);
      return;
    }
    if (!anything && !runner.mayRunBlind(call.command)) {
      call.end(Outcome.NO_OWNER, NOTHING, NONE);
      return;
    }
    if (!shard.writable()) {
      call.end(Outcome.DISK_FAILED, refusal(), NONE);
      return;
    }
    byte[] refusal = runner.refusal(call.command);
    if (refusal != null) {
      call.end(Outcome.DONE, refusal, NONE);
      return;
    }
    byte[][] reply = new byte[1][];
    Hints.Blind result = shard.hints().execute(vnode, rows -> reply[0] = runner.runBlind(rows, call.command));
    if (result.wrote()) {
      call.seen = result.seen();
      when(result.hold(), outcome -> call.end(outcome, reply[0], NONE));
    } else {
      boolean said = anything || reply[0].length > 0 && reply[0][0] == '-'; // what is wrong with it in any case
      call.end(said ? Outcome.DONE : Outcome.NO_OWNER, said ? reply[0] : NOTHING, NONE);
    }
  }

  /** Whether a command that met damaged rows may, and can, be executed by another owner. */
  private boolean elsewhere(int vnode, DamagedRowsException e) {
    return !e.changed() && !shard.serves(vnode);
  }

  /** Why the disk takes no writes, as the reply that goes with {@link Outcome#DISK_FAILED}. */
  private byte[] refusal() {
    return String.valueOf(shard.refusal()).getBytes(StandardCharsets.UTF_8);
  }

  /** What follows a hold. */
  private interface Ending {
    void known(Outcome outcome);
  }

  private static void when(Hold hold, Ending ending) {
    if (hold == null) {
      ending.known(Outcome.DONE);
      return;
    }
    hold.await(new Hold.Waiter() {
      @Override
      protected void released(Outcome outcome) {
        ending.known(outcome);
      }
    });
  }

  // ---------------------------------------------------------------- several vnodes at once

  /** Sends a command to one node for several vnodes, here or elsewhere. */
  public void submitAll(String node, BitSet vnodes, Call call) {
    if (node.equals(shard.config().self())) {
      runAllHere(vnodes, call.command, call::end);
      return;
    }
    long id = ++ids;
    if (!transport.send(node, new Message.ForwardAll(id, vnodes, call.command))) {
      call.end(Outcome.NOT_SERVING, NOTHING, vnodes);
      return;
    }
    call.id = id;
    call.target = node;
    underWay.add(call);
  }

  /** The end of a command on several vnodes. */
  private interface EndingAll {
    void known(Outcome outcome, byte[] reply, BitSet missed);
  }

  private void runAllHere(BitSet vnodes, byte[] command, EndingAll ending) {
    if (!shard.writable() && !runner.readOnly(command)) {
      ending.known(Outcome.DISK_FAILED, refusal(), NONE);
      return;
    }
    BitSet mine = (BitSet) vnodes.clone();
    mine.and(shard.served());
    BitSet missed = (BitSet) vnodes.clone();
    missed.andNot(mine);
    List<Hold> holds = new ArrayList<>();
    byte[] reply;
    try {
      reply = shard.held(() -> runner.runAll(mine, command, holds));
    } catch (DamagedRowsException e) {
      mine.andNot(shard.served());
      boolean again = !mine.isEmpty(); // reads, and emptying, may be done twice
      ending.known(again ? Outcome.NOT_SERVING : Outcome.DONE, again ? NOTHING : runner.damaged(e), NONE);
      return;
    }
    holds.removeIf(hold -> hold == null);
    if (holds.isEmpty()) {
      ending.known(Outcome.DONE, reply, missed);
      return;
    }
    int[] left = {holds.size()};
    Outcome[] worst = {Outcome.DONE};
    for (Hold hold : holds) {
      when(hold, outcome -> {
        worst[0] = outcome == Outcome.DONE ? worst[0] : outcome;
        if (--left[0] == 0) {
          ending.known(worst[0], reply, missed);
        }
      });
    }
  }

  // ---------------------------------------------------------------- messages

  /** These have come and will be {@link #received} soon, here or by the shard: brings near what they need. */
  public void coming(Object[] messages, int count) {
    for (int i = 0; i < count; i++) {
      shard.coming((Message) messages[i]);
      if (messages[i] instanceof Message.Forward forward) {
        runner.coming(shard.keyspace(), forward.command());
      }
    }
    shard.lookAhead();
  }

  /** Hands in a peer's message; false if it is not the coordinator's. */
  public boolean received(String from, Message message) {
    if (message instanceof Message.Forward m) {
      if (m.terms().reads() == ReadLevel.ONE) {
        anyOwner.asked(from, m);
      } else {
        forwardedHere(from, m);
      }
    } else if (message instanceof Message.ForwardAll m) {
      runAllHere(m.vnodes(), m.command(), (outcome, reply, missed) ->
          transport.send(from, new Message.Answer(m.id(), outcome, reply, missed, VersionVector.EMPTY)));
    } else if (message instanceof Message.Answer m) {
      if (!anyOwner.answered(m)) {
        answered(m);
      }
    } else {
      return guarded.received(from, message) || ownerCount.received(from, message);
    }
    return true;
  }

  private void forwardedHere(String from, Message.Forward forward) {
    BitSet away = turnedAway.computeIfAbsent(from, id -> new BitSet());
    int vnode = forward.vnode();
    if (vnode >= lanes.length || !shard.serves(vnode) || away.get(vnode) && !forward.restart()) {
      away.set(vnode);
      answer(from, forward, Outcome.NOT_SERVING, NOTHING, VersionVector.EMPTY);
      return;
    }
    away.clear(vnode);
    if (!forward.terms().unguarded() && guarded.mustWait(vnode, forward.terms())) {
      guarded.add(vnode, forward.terms(), forward.command(), patience(shard.nowNanos() + Long.MAX_VALUE / 2), outcome -> {
        if (outcome != Outcome.DONE) {
          answer(from, forward, outcome, NOTHING, VersionVector.EMPTY);
        } else {
          runForwarded(from, forward, away);
        }
      });
      return;
    }
    runForwarded(from, forward, away);
  }

  private void runForwarded(String from, Message.Forward forward, BitSet away) {
    int vnode = forward.vnode();
    if (!shard.serves(vnode)) {
      away.set(vnode);
      answer(from, forward, Outcome.NOT_SERVING, NOTHING, VersionVector.EMPTY);
      return;
    }
    if (!shard.writable() && !runner.readOnly(forward.command())) {
      answer(from, forward, Outcome.DISK_FAILED, refusal(), VersionVector.EMPTY);
      return;
    }
    if (!shard.own().enoughOwners(vnode, forward.terms().writeOwners()) && !runner.readOnly(forward.command())) {
      answer(from, forward, Outcome.TOO_FEW_OWNERS, NOTHING, VersionVector.EMPTY);
      return;
    }
    byte[] refusal = runner.refusal(vnode, forward.command());
    if (refusal != null) {
      answer(from, forward, Outcome.DONE, refusal, VersionVector.EMPTY);
      return;
    }
    byte[][] reply = new byte[1][];
    Hold hold;
    VersionVector before = shard.clock(vnode);
    try {
      hold = shard.held(() -> shard.execute(
          vnode, rows -> reply[0] = runner.run(rows, forward.command()), forward.terms().writeOwners()));
    } catch (DamagedRowsException e) {
      boolean another = elsewhere(vnode, e);
      away.set(vnode, another);
      answer(from, forward, another ? Outcome.NOT_SERVING : Outcome.DONE, another ? NOTHING : runner.damaged(e), VersionVector.EMPTY);
      return;
    }
    VersionVector after = shard.clock(vnode);
    VersionVector seen = forward.terms().tell() ? after : after == before ? VersionVector.EMPTY : lastWrite(after);
    if (hold == null) {
      answer(from, forward, Outcome.DONE, reply[0], seen);
    } else {
      hold.await(new HeldAnswer(from, forward.id(), reply[0], seen));
    }
  }

  /** The answer to a forwarded command, once its hold is settled. */
  private final class HeldAnswer extends Hold.Waiter {
    private final String to;
    private final long id;
    private final byte[] reply;
    private final VersionVector seen;

    HeldAnswer(String to, long id, byte[] reply, VersionVector seen) {
      this.to = to;
      this.id = id;
      this.reply = reply;
      this.seen = seen;
    }

    @Override
    protected void released(Outcome outcome) {
      transport.send(to, new Message.Answer(id, outcome, outcome == Outcome.DONE ? reply : NOTHING, NONE, seen));
    }
  }

  private VersionVector lastWrite(VersionVector clock) {
    return VersionVector.of(shard.config().actor(), clock.get(shard.config().actor()));
  }

  private void answer(String to, Message.Forward forward, Outcome outcome, byte[] reply, VersionVector seen) {
    transport.send(to, new Message.Answer(forward.id(), outcome, reply, NONE, seen));
  }

  private void answered(Message.Answer answer) {
    Call call = underWay.remove(answer.id());
    if (call == null) {
      return;
    }
    if (call.vnode < 0) {
      call.end(answer.outcome(), answer.reply(), answer.missed());
      return;
    }
    call.seen = answer.seen();
    Lane lane = lanes[call.vnode];
    lane.underWay--;
    if (answer.outcome() == Outcome.NOT_SERVING) {
      lane.restart = true;
      requeue(lane, call);
      if (call.target.equals(shard.candidate(call.vnode))) {
        return; // it will serve the vnode, or another will, but not at once: the next tick asks again
      }
    } else {
      call.end(answer.outcome(), answer.reply(), answer.missed());
    }
    drain(lane);
  }

  /** Back into the line at its place: calls keep the order of their ids, those never sent come last. */
  private void requeue(Lane lane, Call call) {
    retried++;
    ArrayDeque<Call> behind = new ArrayDeque<>();
    while (!lane.queue.isEmpty() && lane.queue.peekFirst().id != 0 && lane.queue.peekFirst().id < call.id) {
      behind.addLast(lane.queue.pollFirst());
    }
    lane.queue.addFirst(call);
    while (!behind.isEmpty()) {
      lane.queue.addFirst(behind.pollLast());
    }
    list(lane);
  }

  private void drain(Lane lane) {
    while (!lane.queue.isEmpty() && start(lane, lane.queue.peekFirst())) {
      lane.queue.pollFirst();
    }
  }

  /** A peer is gone: what was under way to it is sent again if that can do no harm, else it is in doubt. */
  public void lost(String peer) {
    anyOwner.lost(peer);
    List<Call> calls = underWay.all();
    calls.removeIf(call -> !peer.equals(call.target));
    calls.forEach(call -> underWay.remove(call.id));
    for (Call call : calls) {
      if (call.vnode < 0) {
        call.end(Outcome.IN_DOUBT, NOTHING, NONE);
        continue;
      }
      Lane lane = lanes[call.vnode];
      lane.underWay--;
      lane.restart = true;
      if (call.readOnly) {
        requeue(lane, call);
      } else {
        call.end(Outcome.IN_DOUBT, NOTHING, NONE);
      }
    }
  }

  /** Tries again what waits, and ends what has waited too long; call it every few milliseconds. */
  public void tick() {
    long nowNanos = shard.nowNanos();
    guarded.tick();
    ownerCount.tick();
    anyOwner.tick();
    if (!waiting.isEmpty()) {
      List<Lane> lines = new ArrayList<>(waiting);
      waiting.clear();
      for (Lane lane : lines) {
        lane.listed = false;
        drain(lane);
        while (!lane.queue.isEmpty() && nowNanos - lane.queue.peekFirst().deadlineNanos >= 0) {
          Call late = lane.queue.pollFirst();
          late.end(notServed(late), NOTHING, NONE);
        }
        if (!lane.queue.isEmpty()) {
          list(lane);
        }
      }
    }
    endOverdue(nowNanos);
  }

  private void endOverdue(long nowNanos) {
    if (underWay.isEmpty()) {
      return;
    }
    List<String> gone = new ArrayList<>();
    List<Call> overdue = new ArrayList<>();
    for (Call call : underWay.all()) {
      if (!shard.reachable(call.target) && !gone.contains(call.target)) {
        gone.add(call.target);
      } else if (nowNanos - call.deadlineNanos >= 0) {
        overdue.add(call);
      }
    }
    gone.forEach(this::lost);
    for (Call call : overdue) {
      if (underWay.remove(call.id) != null) {
        if (call.vnode >= 0) {
          lanes[call.vnode].underWay--;
          lanes[call.vnode].restart = true;
        }
        call.end(call.readOnly ? Outcome.NOT_SERVING : Outcome.IN_DOUBT, NOTHING, NONE);
      }
    }
  }

  /** Under the strict policy what keeps a write from being served is that too few owners are there. */
  private Outcome notServed(Call call) {
    return shard.config().strict() && !call.readOnly ? Outcome.TOO_FEW_OWNERS : Outcome.NOT_SERVING;
  }

  /** Whether somebody waits for a node or an answer. */
  public boolean busy() {
    return !waiting.isEmpty() || !underWay.isEmpty() || guarded.busy() || ownerCount.busy() || anyOwner.busy();
  }

  /** Who holds which writes. */
  public OwnerCount ownerCount() {
    return ownerCount;
  }

  public ReadRepair readRepair() {
    return guarded.repair();
  }

  /** Reads that asked several owners, since the start. */
  public long quorumReads() {
    return guarded.quorumReads();
  }

  public long forwarded() {
    return forwarded;
  }

  public long retried() {
    return retried;
  }
}
