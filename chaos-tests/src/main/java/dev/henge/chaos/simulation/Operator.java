package dev.henge.chaos.simulation;

import dev.henge.resp.codec.ProtocolException;
import dev.henge.resp.codec.Reply;
import dev.henge.resp.codec.RespReader;
import dev.henge.ring.placement.Placement;
import dev.henge.ring.transfer.TransferStanding;
import dev.henge.ring.transfer.VnodeView;
import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Who changes the ring: by commands to any node that runs, one change after the other, each tried a few times.
 *
 * <p>It does what an operator may do, and nothing else: it declares only nodes gone that are lost, it lets a machine
 * be lost only where a majority of each vnode's owners is left, and it keeps two nodes at least.
 */
final class Operator implements SimulatedConnection.Caller {

  private static final long PATIENCE_MILLIS = 1_500;
  private static final long AGAIN_MILLIS_MAX = 400;
  private static final int TRIES_MAX = 6;
  private static final int SEATS_MIN = 2;
  private static final int REPLICAS_MAX = 5;
  private static final long SET_RIGHT_MILLIS = 700;

  private final Simulation sim;
  private final Chance chance;

  /** What is to be done, commit by commit. */
  private final ArrayDeque<List<List<String>>> scripts = new ArrayDeque<>();

  private List<List<String>> script;

  /** Who was declared gone since everything is to be set right. */
  private final Set<SimulatedNode> declared = new HashSet<>();

  /** Whether vnodes were ever to have one owner only. */
  private boolean oneCopy;

  private int step;
  private int tries;
  private SimulatedNode told;
  private SimulatedConnection connection;
  private RespReader reader = new RespReader();
  private long asked;
  private boolean waiting;
  private boolean over;

  Operator(Simulation sim) {
    this.sim = sim;
    this.chance = new Chance(sim.plan.seed(), "operator");
  }

  // ---------------------------------------------------------------- what is to be done

  void act(Fault fault) {
    SplittableRandom random = new SplittableRandom(fault.dice());
    Placement target = target();
    if (target == null) {
      return;
    }
    List<List<String>> commands = new ArrayList<>();
    switch (fault.kind()) {
      case PACE -> commands.add(switch (random.nextInt(4)) {
        case 0 -> List.of("PAUSE");
        case 1, 2 -> List.of("RESUME");
        default -> List.of("THROTTLE", Long.toString(random.nextBoolean() ? 0 : random.nextLong(500, 50_000)));
      });
      case CANCEL -> commands.add(List.of("CANCEL"));
      default -> {
        List<String> seats = new ArrayList<>(target.nodes());
        int count = fault.flag() ? 2 + random.nextInt(2) : 1;
        for (int i = 0; i < count; i++) {
          List<String> command = change(fault, random, seats, i);
          if (command != null) {
            commands.add(command);
          }
        }
        if (commands.isEmpty()) {
          return;
        }
        commands.add(List.of("COMMIT"));
      }
    }
    order(commands);
  }

  private List<String> change(Fault fault, SplittableRandom random, List<String> seats, int nth) {
    SimulatedNode spare = spare(seats, nth == 0 ? fault.node() : random.nextInt(sim.nodes.size()));
    int dice = random.nextInt(10);
    if (dice < 4 && spare != null) {
      seats.add(spare.id);
      return List.of("JOIN", spare.id);
    }
    String old = seats.get(random.nextInt(seats.size()));
    if (dice < 6 && spare != null && !sim.nodeOf(old).lost) {
      seats.remove(old);
      seats.add(spare.id);
      return List.of("REPLACE", old, spare.id);
    }
    if (dice < 8 && seats.size() > SEATS_MIN && !sim.nodeOf(old).lost) {
      seats.remove(old);
      return List.of("LEAVE", old);
    }
    if (dice == 8) {
      return List.of("WEIGHT", old, Integer.toString(random.nextInt(30, 300)));
    }
    int least = sim.nodes.stream().anyMatch(node -> node.lost) ? Plan.OWNERS : sim.rotten ? 2 : 1;
    int replicas = random.nextInt(least, REPLICAS_MAX + 1);
    oneCopy |= replicas == 1;
    return List.of("REPLICAS", Integer.toString(replicas));
  }

  /** A machine that could get a seat, started if need be, or null. */
  private SimulatedNode spare(List<String> seats, int from) {
    for (int i = 0; i < sim.nodes.size(); i++) {
      SimulatedNode node = sim.nodes.get((from + i) % sim.nodes.size());
      if (!node.born) {
        node.start();
      }
      if (!node.lost && node.up() && !seats.contains(node.id)) {
        return node;
      }
    }
    return null;
  }

  /** A machine was lost, a while ago. */
  void lost(Fault fault, SimulatedNode node) {
    SplittableRandom random = new SplittableRandom(fault.dice());
    Placement target = target();
    if (!node.lost || target == null) {
      return;
    }
    SimulatedNode spare = spare(target.nodes(), random.nextInt(sim.nodes.size()));
    boolean replace = fault.flag() && spare != null && target.nodes().contains(node.id);
    List<List<String>> commands = new ArrayList<>();
    if (replace) {
      commands.add(List.of("REPLACE", node.id, spare.id));
    }
    commands.add(List.of("REMOVE", node.id));
    commands.add(List.of("COMMIT"));
    order(commands);
    if (random.nextInt(3) == 0) {
      sim.time.inMillis(random.nextLong(500, 8_000), () -> {
        if (node.lost) {
          sim.note(node.name + " turns up again");
          node.lost = false;
          node.start();
        }
      });
    }
  }

  /** The newest goal that a running node has. */
  private Placement target() {
    SimulatedNode node = anybody();
    return node == null ? null : node.core.shard().target();
  }

  private SimulatedNode anybody() {
    List<SimulatedNode> some = sim.nodes.stream()
        .filter(node -> node.awake() && node.core.shard().target() != null && node.core.shard().placement() != null).toList();
    return some.isEmpty() ? null : chance.of(some);
  }

  // ---------------------------------------------------------------- what may be done

  /**
   * Whether the ring can do without a machine from now on: a majority of the owners of all its vnodes is left, now and
   * whatever it is on the way to, and all that is acknowledged is with others.
   */
  boolean mayLose(SimulatedNode lost) {
    if (!lost.up() || lost.core.shard().placement() == null || sim.nodes.stream().anyMatch(node -> node.rotten)) {
      return false;
    }
    boolean loosely = !sim.plan.strict() || !sim.plan.keepsAcknowledged() || sim.restored;
    if (loosely && !sim.agreement.othersHaveAll(lost)) {
      return false;
    }
    for (int v = 0; v < sim.plan.vnodes(); v++) {
      VnodeView view = sim.epochs.newest(v);
      long left = view.owners().stream().filter(id -> !id.equals(lost.id) && !sim.nodeOf(id).lost).count();
      if (view.has(lost.id) && left < view.majority()) {
        return false;
      }
      for (SimulatedNode node : sim.nodes) {
        if (node.core != null && node.core.shard().target() != null && node.core.shard().target().owners(v).size() < Plan.OWNERS) {
          return false;
        }
      }
    }
    return scripts.isEmpty() && script == null;
  }

  /**
   * Whether a disk may rot: what it loses must be with others not only now. Rot is found when it is read, and a node
   * that does not know of it may be made the only owner of a vnode meanwhile, whose rows are then nowhere else.
   */
  boolean mayRot() {
    return !oneCopy;
  }

  // ---------------------------------------------------------------- the end

  /** From now on the operator only sees to it that the ring can come to rest: nothing is paused, nobody who is lost is waited for. */
  void setRight() {
    over = true;
    scripts.clear();
    sim.epochs.noTraps();
    sim.time.inMillis(chance.between(1, SET_RIGHT_MILLIS), () -> {
      look();
      setRight();
    });
  }

  private void look() {
    SimulatedNode node = anybody();
    if (node == null || script != null) {
      return;
    }
    TransferStanding standing = node.core.shard().transfers().standing();
    if (standing.paused()) {
      order(List.of(List.of("RESUME")));
    }
    if (standing.bytesPerSecond() > 0) {
      order(List.of(List.of("THROTTLE", "0")));
    }
    for (SimulatedNode lost : sim.nodes) {
      if (lost.lost && needed(lost, node.core.shard().target()) && (declared.add(lost) || chance.oneIn(8))) {
        order(List.of(List.of("REMOVE", lost.id), List.of("COMMIT")));
        return;
      }
    }
  }

  private boolean needed(SimulatedNode lost, Placement target) {
    boolean needed = target.nodes().contains(lost.id);
    for (int v = 0; v < sim.plan.vnodes() && !needed; v++) {
      needed = sim.epochs.newest(v).has(lost.id);
    }
    return needed;
  }

  void startAfter(SimulatedNode node, long millis) {
    int ended = node.process;
    sim.time.inMillis(millis, () -> {
      if (!over && node.process == ended && !node.lost) {
        node.start();
      }
    });
  }

  // ---------------------------------------------------------------- commands

  void order(List<List<String>> commands) {
    scripts.add(commands);
    if (script == null) {
      next();
    }
  }

  private void next() {
    script = scripts.poll();
    step = 0;
    tries = 0;
    if (script != null) {
      ask();
    }
  }

  private void ask() {
    // mostly the same node as before: another may not know what is staged
    SimulatedNode node = step > 0 && tries == 0 && told != null && told.awake() && !chance.oneIn(8) ? told : anybody();
    if (node == null) {
      again("nobody is there");
      return;
    }
    told = node;
    hangUp();
    connection = new SimulatedConnection(sim, this, node);
    reader = new RespReader();
    List<String> words = new ArrayList<>(List.of("HENGE.CLUSTER"));
    words.addAll(script.get(step));
    sim.note("the operator tells " + node.name + ": " + String.join(" ", script.get(step).stream().map(this::word).toList()));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    SimulatedClient.encode(bytes, words);
    connection.send(bytes.toByteArray());
    waiting = true;
    long mine = ++asked;
    sim.time.inMillis(PATIENCE_MILLIS, () -> {
      if (waiting && asked == mine) {
        again("no answer");
      }
    });
  }

  private String word(String word) {
    SimulatedNode node = sim.nodeOf(word);
    return node == null ? word : node.name;
  }

  private void goOn() {
    waiting = false;
    tries = 0;
    step++;
    if (step < script.size()) {
      ask();
    } else {
      next();
    }
  }

  private void hangUp() {
    if (connection != null) {
      connection.close();
      connection = null;
    }
  }

  /** The same once more, after a while, with somebody else it may be. */
  private void again(String why) {
    again(why, false);
  }

  private void again(String why, boolean inVain) {
    sim.note("  not done: " + why);
    waiting = false;
    hangUp();
    if (inVain || ++tries >= TRIES_MAX) {
      next();
      return;
    }
    sim.time.inMillis(chance.between(1, AGAIN_MILLIS_MAX), () -> {
      if (script != null && !waiting) {
        ask();
      }
    });
  }

  @Override
  public Chance chance() {
    return chance;
  }

  @Override
  public void received(SimulatedConnection from, byte[] bytes) {
    if (from != connection || !waiting) {
      return;
    }
    try {
      reader.feed(bytes, 0, bytes.length);
      Reply reply = reader.next();
      if (reply instanceof Reply.Error error) {
        if (error.text().contains("already")) {
          goOn(); // what is so, or staged, need not be asked for again
        } else {
          again(error.text(), error.text().contains("nothing "));
        }
      } else if (reply != null) {
        goOn();
      }
    } catch (ProtocolException e) {
      throw sim.failure("the operator got what is no reply", e);
    }
  }

  @Override
  public void broken(SimulatedConnection which) {
    if (which == connection && waiting) {
      again("the connection has ended");
    }
  }
}
