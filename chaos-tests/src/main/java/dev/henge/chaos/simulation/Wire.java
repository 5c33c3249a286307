package dev.henge.chaos.simulation;

import dev.henge.gossip.wire.LoopbackNetwork;
import dev.henge.gossip.wire.MessageCodec;
import dev.henge.gossip.wire.MessageHandler;
import dev.henge.gossip.wire.Transport;
import dev.henge.gossip.wire.WireLimits;

/**
 * The network between the nodes of a simulation: connections that take time to make, delay, break, stall, and are
 * made again.
 *
 * <p>As TCP has it: on one connection frames come in order, each once. A lost packet is a delay for all that come
 * behind it, so that loss and reordering show between links only; nothing is ever delivered twice on a connection,
 * and duplicates come of what nodes send again on a new one. What was in flight when a connection broke is lost.
 */
final class Wire {

  private static final long CONNECT_TIMEOUT_MILLIS = 1_000;
  private static final long BACKOFF_MILLIS_MAX = 300;
  private static final long LATENCY_NANOS_MIN = 50_000;

  /** A connection that could not send for this long is likely to be given up. */
  private static final long STALLED_MILLIS_MAX = 1_500;

  private final Simulation sim;
  private final Chance chance;
  private final LoopbackNetwork network = new LoopbackNetwork(WireLimits.DEFAULT);
  private final Way[][] ways;
  private final long latencyNanosMax;
  private long lossyUntilMillis;

  /** From one node to another. */
  private static final class Way {
    final SimulatedNode from;
    final SimulatedNode to;
    boolean wanted;
    boolean dialling;
    boolean up;
    boolean blocked;
    long blockedSinceMillis;
    long slowNanos;

    /** Counts the connections; what was planned for an earlier one does not happen. */
    int connection;

    /** The last delivery that is planned: none may come before it. */
    long lastNanos;

    int planned;

    Way(SimulatedNode from, SimulatedNode to) {
      this.from = from;
      this.to = to;
    }
  }

  Wire(Simulation sim) {
    this.sim = sim;
    this.chance = new Chance(sim.plan.seed(), "wire");
    this.latencyNanosMax = chance.coin() ? 400_000 : chance.between(400_000, 8_000_000);
    int nodes = sim.plan.machines();
    ways = new Way[nodes][nodes];
  }

  void meet() {
    for (SimulatedNode from : sim.nodes) {
      for (SimulatedNode to : sim.nodes) {
        ways[from.index][to.index] = new Way(from, to);
      }
    }
  }

  // ---------------------------------------------------------------- ends

  /** The transport of a node that is about to start; it reaches nobody before {@link #join}. */
  Transport attach(SimulatedNode node, MessageCodec codec, MessageHandler handler) {
    network.leave(node.id);
    Transport end = network.join(node.id, codec, handler);
    return new Transport() {
      @Override
      public boolean send(String peer, Object message) {
        return end.send(peer, message);
      }

      @Override
      public void flush() {
        end.flush();
        for (Way way : ways[node.index]) {
          if (way.up) {
            plan(way);
          }
        }
      }

      @Override
      public boolean connected(String peer) {
        return end.connected(peer);
      }

      @Override
      public long queuedBytes(String peer) {
        return end.queuedBytes(peer);
      }
    };
  }

  /** A new process answers: connections with the one before are reset. */
  void join(SimulatedNode node) {
    for (SimulatedNode other : sim.nodes) {
      Way out = ways[node.index][other.index];
      out.up = false;
      out.dialling = false;
      out.wanted = false;
      out.connection++;
      Way in = ways[other.index][node.index];
      if (in.up) {
        sim.time.in(latency(in), () -> reset(in));
      }
    }
  }

  /** A process has ended; unless its host is dark, the others hear of it. */
  void died(SimulatedNode node) {
    for (SimulatedNode other : sim.nodes) {
      Way out = ways[node.index][other.index];
      out.up = false;
      out.dialling = false;
      out.wanted = false;
      out.connection++;
      Way in = ways[other.index][node.index];
      if (in.up && !node.dark && !cut(in)) {
        int mine = in.connection;
        sim.time.in(latency(in), () -> {
          if (in.connection == mine) {
            reset(in);
          }
        });
      }
    }
  }

  /** From now on the one wants a connection with the other. */
  void dial(SimulatedNode from, SimulatedNode to) {
    Way way = ways[from.index][to.index];
    if (from != to && !way.wanted) {
      way.wanted = true;
      attempt(way, 0);
    }
  }

  private void attempt(Way way, long inNanos) {
    if (way.dialling || way.up || !way.wanted) {
      return;
    }
    way.dialling = true;
    int mine = ++way.connection;
    int process = way.from.process;
    sim.time.in(inNanos + 2 * latency(way), () -> way.from.whenAwake(process, () -> {
      if (way.connection == mine && way.dialling) {
        way.dialling = false;
        answered(way);
      }
    }));
  }

  private void answered(Way way) {
    if (cut(way) || !way.to.up() && way.to.dark) {
      attempt(way, CONNECT_TIMEOUT_MILLIS * 1_000_000);
    } else if (!way.to.up()) {
      way.from.run(() -> network.refuse(way.from.id, way.to.id));
      attempt(way, chance.below(BACKOFF_MILLIS_MAX * 1_000_000));
    } else if (way.to.paused) {
      attempt(way, chance.below(BACKOFF_MILLIS_MAX * 1_000_000));
    } else {
      way.up = true;
      way.planned = 0;
      way.lastNanos = sim.time.nowNanos();
      way.from.run(() -> network.connect(way.from.id, way.to.id));
    }
  }

  private boolean cut(Way way) {
    return way.blocked || ways[way.to.index][way.from.index].blocked;
  }

  /** The connection breaks, as the sender sees it. */
  private void reset(Way way) {
    if (!way.up) {
      return;
    }
    way.up = false;
    way.connection++;
    int process = way.from.process;
    int mine = way.connection;
    way.from.whenAwake(process, () -> {
      way.from.run(() -> network.cutOneWay(way.from.id, way.to.id));
      if (way.connection == mine) {
        attempt(way, chance.below(BACKOFF_MILLIS_MAX * 1_000_000));
      }
    });
  }

  // ---------------------------------------------------------------- frames

  private long latency(Way way) {
    long latency = LATENCY_NANOS_MIN + chance.below(latencyNanosMax) + (way.slowNanos == 0 ? 0 : chance.below(way.slowNanos));
    return sim.time.nowMillis() < lossyUntilMillis && chance.oneIn(20) ? latency + chance.between(200_000_000, 900_000_000) : latency;
  }

  /** Plans the arrival of the frames that were not planned yet. */
  private void plan(Way way) {
    if (way.blocked) {
      return;
    }
    for (int left = network.inFlight(way.from.id, way.to.id) - way.planned; left > 0; left--) {
      way.lastNanos = Math.max(way.lastNanos, sim.time.nowNanos() + latency(way));
      way.planned++;
      int mine = way.connection;
      int process = way.to.process;
      sim.time.in(way.lastNanos - sim.time.nowNanos(), () -> {
        if (way.connection == mine && way.to.process == process) {
          way.to.whenAwake(process, () -> arrive(way, mine));
        }
      });
    }
  }

  private void arrive(Way way, int connection) {
    if (way.connection != connection || way.planned == 0) {
      return;
    }
    way.planned--;
    if (!way.blocked) {
      sim.mix(31L * way.from.index + way.to.index);
      way.to.run(() -> network.deliver(way.from.id, way.to.id));
    }
  }

  // ---------------------------------------------------------------- faults

  /** Frames of this direction do not arrive. */
  void block(SimulatedNode from, SimulatedNode to, boolean loud) {
    Way way = ways[from.index][to.index];
    if (!way.blocked) {
      way.blocked = true;
      way.blockedSinceMillis = sim.time.nowMillis();
    }
    if (loud) {
      reset(way);
    }
  }

  void healAll() {
    for (Way[] some : ways) {
      for (Way way : some) {
        way.slowNanos = 0;
        if (way.blocked) {
          way.blocked = false;
          boolean given = sim.time.nowMillis() - way.blockedSinceMillis > chance.below(2 * STALLED_MILLIS_MAX);
          if (way.up && (given || !way.to.up() && !way.to.dark)) {
            reset(way);
          } else if (way.up) {
            plan(way);
          }
        }
      }
    }
    lossyUntilMillis = 0;
  }

  void reset(SimulatedNode a, SimulatedNode b, boolean both) {
    reset(ways[a.index][b.index]);
    if (both) {
      reset(ways[b.index][a.index]);
    }
  }

  void lossyUntilMillis(long millis) {
    lossyUntilMillis = millis;
  }

  void slow(SimulatedNode from, SimulatedNode to, long nanos) {
    ways[from.index][to.index].slowNanos = nanos;
  }

  /** Whether frames from one to the other arrive. */
  boolean flows(SimulatedNode from, SimulatedNode to) {
    return from.awake() && to.awake() && !ways[from.index][to.index].blocked;
  }
}
