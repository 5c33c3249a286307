package dev.henge.node;

import dev.henge.resp.session.Connection;
import dev.henge.resp.session.TurnClock;
import dev.henge.ring.replica.Shard;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * One pass of the event loop: at its end the log and the peers are written to once, and then each connection that has
 * replies.
 *
 * <p>If the log took nothing of a turn, the replies of that turn wait for it: on a full disk until it is written
 * after all, but no longer than a command may take; then, or when the disk has failed, their connections are closed,
 * which leaves their writes in doubt.
 */
final class LoopTurn implements TurnClock {

  private final Executor loop;
  private final Shard shard;
  private final long patienceNanos;
  private final TurnMoment moment;
  private final TurnLengths lengths;
  private final Runnable ended;
  private List<Connection> writing = new ArrayList<>();
  private List<Connection> spare = new ArrayList<>();
  private final List<Connection> heldBack = new ArrayList<>();
  private long heldBackUntilNanos;
  private long heldBackFor;
  private boolean begun;

  /**
   * @param loop runs a task behind what the loop does now
   * @param patienceNanos how long replies may wait for the disk
   * @param moment stands still while a turn goes on
   * @param lengths is told how long turns take
   * @param ended is told that one has ended
   */
  LoopTurn(Executor loop, Shard shard, long patienceNanos, TurnMoment moment, TurnLengths lengths, Runnable ended) {
    this.loop = loop;
    this.shard = shard;
    this.patienceNanos = patienceNanos;
    this.moment = moment;
    this.lengths = lengths;
    this.ended = ended;
  }

  @Override
  public void begin() {
    if (!begun) {
      begun = true;
      moment.begin();
      shard.beginTurn();
      lengths.begun(shard.nowNanos());
      loop.execute(this::end);
    }
  }

  @Override
  public void writes(Connection connection) {
    begin();
    writing.add(connection);
  }

  private void end() {
    begun = false;
    moment.end();
    try {
      answer();
    } finally {
      lengths.ended();
      ended.run();
    }
  }

  private void answer() {
    shard.endTurn();
    if (shard.unwritten()) {
      holdBack();
    }
    if (!heldBack.isEmpty()) {
      letGo();
    }
    if (writing.isEmpty()) {
      return;
    }
    List<Connection> now = writing;
    writing = spare;
    spare = now;
    for (int i = 0; i < now.size(); i++) {
      now.get(i).endTurn();
    }
    now.clear();
  }

  private void holdBack() {
    if (heldBack.isEmpty()) {
      heldBackUntilNanos = shard.nowNanos() + patienceNanos;
    }
    heldBackFor = shard.appended();
    heldBack.addAll(writing);
    writing.clear();
  }

  private void letGo() {
    boolean written = shard.durablePosition() >= heldBackFor;
    if (!written && !shard.failed() && shard.nowNanos() - heldBackUntilNanos < 0) {
      return;
    }
    List<Connection> now = List.copyOf(heldBack);
    heldBack.clear();
    for (Connection connection : now) {
      if (written) {
        connection.endTurn();
      } else {
        connection.closeInDoubt();
      }
    }
  }
}
