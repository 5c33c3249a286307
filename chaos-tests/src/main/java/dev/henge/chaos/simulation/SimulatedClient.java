package dev.henge.chaos.simulation;

import dev.henge.chaos.check.Op;
import dev.henge.resp.codec.ProtocolException;
import dev.henge.resp.codec.Reply;
import dev.henge.resp.codec.RespReader;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;

/**
 * A client: sends commands to one node or another, a few at a time, waits for the replies, and gives up after a
 * while.
 */
final class SimulatedClient implements SimulatedConnection.Caller {

  private static final int TOGETHER_MAX = 3;
  private static final long REFUSED_AGAIN_MILLIS = 20;
  private static final long DARK_MILLIS = 300;

  private final Simulation sim;
  private final int number;
  final Chance chance;
  private final long patienceMillis;
  private SimulatedConnection connection;
  private int dbOfConnection;
  private RespReader reader = new RespReader();

  /** What is under way; with null the reply is of no interest. */
  private final ArrayDeque<Op> underWay = new ArrayDeque<>();

  private int awaited;
  private long sent;
  private boolean ended;

  SimulatedClient(Simulation sim, int number) {
    this.sim = sim;
    this.number = number;
    this.chance = new Chance(sim.plan.seed(), "client " + number);
    this.patienceMillis = chance.coin() ? 4_000 : chance.between(300, 4_000);
  }

  void begin() {
    think();
  }

  /** Sends nothing more of its own. */
  void end() {
    ended = true;
  }

  boolean idle() {
    return awaited == 0;
  }

  private void think() {
    if (!ended) {
      sim.time.in(chance.below(2 * sim.plan.thinkMillis() * 1_000_000), this::next);
    }
  }

  private void next() {
    if (ended) {
      return;
    }
    if (connection == null || chance.oneIn(25)) {
      SimulatedNode node = chance.of(sim.nodes);
      if (!node.up()) {
        sim.time.inMillis(node.dark ? DARK_MILLIS : REFUSED_AGAIN_MILLIS, this::next);
        return;
      }
      connect(node);
    }
    int together = chance.oneIn(4) ? 1 + chance.below(TOGETHER_MAX) : 1;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < together; i++) {
      Workload.Asked asked = sim.workload.next(this);
      write(bytes, asked.db(), asked.args());
    }
    send(bytes);
  }

  private void connect(SimulatedNode node) {
    if (connection != null) {
      connection.close();
    }
    connection = new SimulatedConnection(sim, this, node);
    dbOfConnection = 0;
    reader = new RespReader();
  }

  /** Asks one thing of a node, now. */
  Op ask(SimulatedNode node, int db, List<String> args) {
    connect(node);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Op op = write(bytes, db, args);
    send(bytes);
    return op;
  }

  private Op write(ByteArrayOutputStream bytes, int db, List<String> args) {
    if (db != dbOfConnection) {
      encode(bytes, List.of("SELECT", Integer.toString(db)));
      expect(null);
      dbOfConnection = db;
    }
    Op op = sim.asked(number, db, args, connection.node());
    encode(bytes, args);
    expect(op);
    return op;
  }

  private static final Op NOTHING = new Op(0, 0, List.of(""), 0, "");

  private void expect(Op op) {
    underWay.add(op == null ? NOTHING : op);
    awaited++;
  }

  private void send(ByteArrayOutputStream bytes) {
    connection.send(bytes.toByteArray());
    long mine = ++sent;
    sim.time.inMillis(patienceMillis, () -> {
      if (sent == mine && awaited > 0) {
        giveUp();
      }
    });
  }

  static void encode(ByteArrayOutputStream bytes, List<String> args) {
    bytes.writeBytes(("*" + args.size() + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
    for (String arg : args) {
      byte[] text = arg.getBytes(StandardCharsets.ISO_8859_1);
      bytes.writeBytes(("$" + text.length + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
      bytes.writeBytes(text);
      bytes.write('\r');
      bytes.write('\n');
    }
  }

  @Override
  public Chance chance() {
    return chance;
  }

  @Override
  public void received(SimulatedConnection from, byte[] bytes) {
    if (from != connection) {
      return;
    }
    try {
      reader.feed(bytes, 0, bytes.length);
      for (Reply reply = reader.next(); reply != null; reply = reader.next()) {
        Op op = underWay.poll();
        if (op == null) {
          throw sim.failure("client " + number + " got a reply that it did not ask for: " + reply, null);
        }
        awaited--;
        if (op != NOTHING) {
          sim.answered(op, reply);
        }
      }
    } catch (ProtocolException e) {
      throw sim.failure("client " + number + " got what is no reply", e);
    }
    if (awaited == 0) {
      think();
    }
  }

  /** What was asked on the connection is in doubt. */
  @Override
  public void broken(SimulatedConnection which) {
    if (which == connection) {
      giveUp();
    }
  }

  private void giveUp() {
    boolean waited = awaited > 0;
    connection.close();
    connection = null;
    underWay.clear();
    awaited = 0;
    if (waited) {
      think();
    }
  }
}
