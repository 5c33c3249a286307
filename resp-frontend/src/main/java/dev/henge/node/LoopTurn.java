package dev.henge.node;

import dev.henge.resp.session.Connection;
import dev.henge.resp.session.TurnClock;
import dev.henge.ring.replica.Shard;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;

/** One pass of the event loop: at its end the log and the peers are written to once, and then each connection that has replies. */
final class LoopTurn implements TurnClock {

  private final EventLoop loop;
  private final Shard shard;
  private List<Connection> writing = new ArrayList<>();
  private List<Connection> spare = new ArrayList<>();
  private boolean begun;

  LoopTurn(EventLoop loop, Shard shard) {
    this.loop = loop;
    this.shard = shard;
  }

  @Override
  public void begin() {
    if (!begun) {
      begun = true;
      shard.beginTurn();
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
    shard.endTurn();
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
}
