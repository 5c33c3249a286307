package dev.henge.chaos.simulation;

import dev.henge.resp.session.ClientState;
import dev.henge.resp.session.Connection;
import dev.henge.resp.session.Frontend;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;

/** A client's connection with a node: bytes one way and the other, after a while, in order. */
final class SimulatedConnection {

  private static final long LATENCY_NANOS_MAX = 400_000;
  private static final long BULK_BYTES_MAX = 1 << 20;

  /** Who made a connection. */
  interface Caller {

    Chance chance();

    void received(SimulatedConnection from, byte[] bytes);

    /** The connection has ended. */
    void broken(SimulatedConnection which);
  }

  private final Simulation sim;
  private final Caller client;
  private final SimulatedNode node;
  private final int process;
  private EmbeddedChannel channel;
  private Connection connection;
  private long id;
  private long lastThere;
  private long lastBack;
  private boolean ended;

  SimulatedConnection(Simulation sim, Caller client, SimulatedNode node) {
    this.sim = sim;
    this.client = client;
    this.node = node;
    this.process = node.process;
    there(() -> node.accept(this));
  }

  SimulatedNode node() {
    return node;
  }

  long id() {
    return id;
  }

  private void there(Runnable work) {
    lastThere = Math.max(lastThere, sim.time.nowNanos() + client.chance().below(LATENCY_NANOS_MAX));
    sim.time.in(lastThere - sim.time.nowNanos(), () -> {
      if (!ended) {
        if (node.process == process && node.up()) {
          node.run(work);
        } else if (!node.dark) {
          back(() -> client.broken(this));
        }
      }
    });
  }

  private void back(Runnable work) {
    lastBack = Math.max(lastBack, sim.time.nowNanos() + client.chance().below(LATENCY_NANOS_MAX));
    sim.time.in(lastBack - sim.time.nowNanos(), () -> {
      if (!ended) {
        work.run();
      }
    });
  }

  // ---------------------------------------------------------------- the client's end

  void send(byte[] bytes) {
    there(() -> {
      if (channel != null && channel.isOpen()) {
        try {
          connection.channelRead(channel.pipeline().context(connection), Unpooled.wrappedBuffer(bytes));
        } catch (RuntimeException e) {
          throw sim.failure("a connection of " + node.name + " failed", e);
        }
      }
    });
  }

  /** The client gives it up. What it has sent may still be executed. */
  void close() {
    if (ended) {
      return;
    }
    there(() -> {
      ended = true;
      if (channel != null) {
        channel.close();
      }
      node.forget(this);
    });
  }

  // ---------------------------------------------------------------- the node's end

  void accepted(SimulatedNode by, Frontend frontend, ClientState state) {
    id = state.id;
    state.authenticated = true;
    connection = new Connection(frontend, state, by.buffers, BULK_BYTES_MAX, by.wallMillis(), gone -> { });
    channel = new EmbeddedChannel(connection);
  }

  /** Takes what the node has written. */
  void collect() {
    if (channel == null) {
      return;
    }
    for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
      byte[] bytes = new byte[out.readableBytes()];
      out.readBytes(bytes);
      out.release();
      if (bytes.length > 0) {
        back(() -> client.received(this, bytes));
      }
    }
    if (!channel.isOpen()) {
      node.forget(this);
      back(() -> client.broken(this));
    }
  }

  /** The process has ended. {@code silently}: nobody says so. */
  void dropped(boolean silently) {
    if (channel != null) {
      channel.releaseOutbound();
    }
    if (!silently) {
      reset();
    }
  }

  private void reset() {
    back(() -> client.broken(this));
  }
}
