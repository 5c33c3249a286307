package dev.henge.ring.replica;

import dev.henge.storage.type.DamagedRowsException;
import dev.henge.storage.type.HashValue;
import dev.henge.storage.type.Head;
import dev.henge.storage.type.Keyspace;
import dev.henge.storage.type.SetValue;
import dev.henge.storage.type.StringValue;
import dev.henge.storage.version.VersionVector;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/** Commands by chance on whoever serves, what became of them, and what must be true of that. */
final class Workload {

  private final Simulation sim;
  private final Random chance;
  private final ListWorkload lists;
  private long events;
  private long values;
  private final Map<String, long[]> counters = new TreeMap<>();
  private final Map<String, List<Op>> registers = new TreeMap<>();

  /** Members by key and member: bit 1 add acknowledged, 2 remove tried, 4 remove acknowledged after having seen it. */
  private final Map<String, Integer> members = new TreeMap<>();

  /** Values that an acknowledged delete had seen. */
  private final Map<String, Set<String>> deleted = new HashMap<>();

  /** Keys whose value was written again with another deadline, and how often without an acknowledgement. */
  private final Map<String, Integer> rewritesInDoubt = new HashMap<>();

  /** Vnodes that were ever served by a side alone. */
  private final Set<Integer> degradedVnodes = new HashSet<>();
  long acknowledged;
  long inDoubt;
  long refused;
  long refetched;
  long blindWrites;
  long handedOver;
  long stops;
  long stopsHandedOver;
  long incomplete;
  long compared;
  boolean degraded;

  Workload(Simulation sim) {
    this.sim = sim;
    this.chance = sim.chance;
    this.lists = new ListWorkload(sim, this);
  }

  /** A write or read of a register. */
  private static final class Op {
    final boolean write;
    String value;
    final long start;
    long end = Long.MAX_VALUE;

    Op(boolean write, String value, long start) {
      this.write = write;
      this.value = value;
      this.start = start;
    }
  }

  /** Runs one command on some node that serves a vnode; nothing if there is none. */
  void one() {
    int vnode = chance.nextInt(sim.options.vnodes());
    List<SimulatedNode> serving = new ArrayList<>();
    for (String owner : sim.placement.owners(vnode)) {
      SimulatedNode n = sim.node(owner);
      if (n.up && !n.paused) {
        n.shard.beginTurn();
        if (n.shard.serves(vnode)) {
          serving.add(n);
        }
      }
    }
    for (int n = serving.isEmpty() ? 3 : chance.nextInt(2); n > 0; n--) {
      blind(vnode);
    }
    if (!serving.isEmpty()) {
      SimulatedNode n = serving.get(chance.nextInt(serving.size()));
      if (n.shard.replicas[vnode].service == VnodeReplica.Service.DEGRADED) {
        degraded = true;
        degradedVnodes.add(vnode);
      }
      command(n, vnode);
    }
  }

  private void command(SimulatedNode n, int vnode) {
    String prefix = (char) ('A' + vnode) + "";
    switch (chance.nextInt(16)) {
      case 0, 1 -> increment(n, vnode, prefix + "c" + chance.nextInt(2), null);
      case 2 -> increment(n, vnode, prefix + "h" + chance.nextInt(2), "f" + chance.nextInt(2));
      case 3, 4, 5 -> write(n, vnode, prefix + "r" + chance.nextInt(2));
      case 6, 7 -> read(n, vnode, prefix + "r" + chance.nextInt(2));
      case 8 -> add(n, vnode, prefix + "s" + chance.nextInt(2));
      case 9 -> remove(n, vnode, prefix + "s" + chance.nextInt(2));
      case 10 -> setThenDelete(n, vnode, prefix + "d" + chance.nextInt(2));
      case 11 -> expiring(n, vnode, prefix + "e" + chance.nextInt(3));
      case 12, 13, 14 -> lists.one(n, vnode, prefix + "l" + chance.nextInt(2));
      default -> {
        if (chance.nextInt(4) == 0) {
          flush(n, vnode, prefix);
        } else {
          mixed(n, vnode, prefix + "m" + chance.nextInt(3), chance.nextInt(2));
        }
      }
    }
  }

  /** A write on a node that can reach no owner of the vnode, if there is one. */
  private void blind(int vnode) {
    String id = sim.someIds(1).get(0);
    SimulatedNode n = sim.node(id);
    if (!n.up || n.paused || sim.placement.isOwner(id, vnode)) {
      return;
    }
    n.shard.beginTurn();
    if (!n.shard.hints.blind(vnode) || !n.shard.writable()) {
      return;
    }
    String prefix = (char) ('A' + vnode) + "";
    degraded = true;
    if (chance.nextBoolean()) {
      write(n, vnode, prefix + "r" + chance.nextInt(2));
    } else {
      add(n, vnode, prefix + "s" + chance.nextInt(2));
    }
  }

  void execute(SimulatedNode n, int vnode, Shard.Executable command, Runnable done) {
    if (!sim.placement.isOwner(n.id, vnode)) {
      n.shard.beginTurn();
      Hints.Blind result = n.shard.hints.execute(vnode, command);
      if (result.wrote()) {
        blindWrites++;
        follow(n, vnode, n.shard.config.blindActor(), result.hold(), done);
      }
      n.shard.endTurn();
      return;
    }
    n.shard.beginTurn();
    Hold hold;
    try {
      hold = n.shard.execute(vnode, command);
    } catch (DamagedRowsException e) {
      refused++;
      n.shard.endTurn();
      return;
    }
    follow(n, vnode, n.shard.config.actor(), hold, done);
  }

  private void follow(SimulatedNode n, int vnode, long actor, Hold hold, Runnable done) {
    if (hold != null) {
      hold.await(new Hold.Waiter() {
        @Override
        protected void released(Outcome outcome) {
          if (outcome == Outcome.DONE) {
            sim.copiesAreThere(vnode, actor, hold);
            acknowledged++;
            done.run();
          } else {
            inDoubt++;
          }
        }
      });
    }
    n.shard.endTurn();
    if (hold == null) {
      acknowledged++;
      done.run();
    }
  }

  static Head open(Keyspace keyspace, int db, String key) {
    byte[] bytes = Dump.bytes(key);
    return keyspace.open(keyspace.locate(db, bytes, 0, bytes.length));
  }

  static String get(Keyspace keyspace, int db, String key) {
    byte[] value = new StringValue(keyspace, open(keyspace, db, key)).get();
    return value == null ? null : new String(value, StandardCharsets.ISO_8859_1);
  }

  private void increment(SimulatedNode n, int vnode, String key, String field) {
    long[] count = counters.computeIfAbsent(field == null ? key : key + " " + field, k -> new long[2]);
    count[1]++;
    execute(n, vnode, rows -> {
      if (field == null) {
        new StringValue(rows, open(rows, 0, key)).increment(BigDecimal.ONE);
      } else {
        HashValue hash = new HashValue(rows, open(rows, 0, key));
        byte[] now = hash.get(Dump.bytes(field));
        BigDecimal from = now == null ? BigDecimal.ZERO : new BigDecimal(new String(now, StandardCharsets.ISO_8859_1));
        hash.moveTo(Dump.bytes(field), from.add(BigDecimal.ONE));
      }
    }, () -> count[0]++);
  }

  /** With {@code -Dhenge.simulation.chunks=true} all strings but counters are kept in chunks of two bytes. */
  private void set(Keyspace rows, String key, String value, long deadlineMillis) {
    if (Boolean.getBoolean("henge.simulation.chunks")) {
      rows.chunks(1, 2);
    }
    new StringValue(rows, open(rows, 0, key)).set(Dump.bytes(value), deadlineMillis);
  }

  /** A write that is not followed up. */
  static void put(Keyspace rows, String key, String value) {
    new StringValue(rows, open(rows, 0, key)).set(Dump.bytes(value), 0);
  }

  void write(SimulatedNode n, int vnode, String key) {
    Op op = new Op(true, "v" + ++values, ++events);
    registers.computeIfAbsent(key, k -> new ArrayList<>()).add(op);
    execute(n, vnode, rows -> set(rows, key, op.value, 0), () -> op.end = ++events);
  }

  void read(SimulatedNode n, int vnode, String key) {
    Op op = new Op(false, null, ++events);
    execute(n, vnode, rows -> op.value = get(rows, 0, key), () -> {
      op.end = ++events;
      registers.computeIfAbsent(key, k -> new ArrayList<>()).add(op);
    });
  }

  private void add(SimulatedNode n, int vnode, String key) {
    String member = "m" + ++values;
    members.put(key + " " + member, 0);
    execute(n, vnode, rows -> new SetValue(rows, open(rows, 0, key)).add(Dump.bytes(member)),
        () -> members.merge(key + " " + member, 1, (a, b) -> a | b));
  }

  private void remove(SimulatedNode n, int vnode, String key) {
    String[] removed = {null};
    execute(n, vnode, rows -> {
      SetValue set = new SetValue(rows, open(rows, 0, key));
      byte[] member = set.pick(chance);
      if (member != null) {
        set.remove(member);
        removed[0] = new String(member, StandardCharsets.ISO_8859_1);
        members.merge(key + " " + removed[0], 2, (a, b) -> a | b);
      }
    }, () -> {
      if (removed[0] != null) {
        members.merge(key + " " + removed[0], 4, (a, b) -> a | b);
      }
    });
  }

  private void setThenDelete(SimulatedNode n, int vnode, String key) {
    if (chance.nextBoolean()) {
      String value = "v" + ++values;
      execute(n, vnode, rows -> set(rows, key, value, 0), () -> { });
      return;
    }
    String[] seen = {null};
    execute(n, vnode, rows -> {
      seen[0] = get(rows, 0, key);
      rows.delete(open(rows, 0, key));
    }, () -> {
      if (seen[0] != null) {
        deleted.computeIfAbsent("0 " + key, k -> new HashSet<>()).add(seen[0]);
      }
    });
  }

  /**
   * Counts on some node that serves a vnode, or deletes the counter: what one side writes again carries what the
   * other had deleted.
   */
  void countOrDelete() {
    int vnode = chance.nextInt(sim.options.vnodes());
    String key = (char) ('A' + vnode) + "k" + chance.nextInt(8);
    boolean delete = chance.nextInt(12) == 0;
    for (String owner : sim.someIds(sim.ids().size())) {
      SimulatedNode n = sim.node(owner);
      if (n.up && !n.paused && n.shard.replicas[vnode] != null) {
        n.shard.beginTurn();
        if (n.shard.serves(vnode)) {
          execute(n, vnode, rows -> {
            Head head = open(rows, 0, key);
            if (delete) {
              rows.delete(head);
            } else {
              new StringValue(rows, head).increment(BigDecimal.ONE);
            }
          }, () -> { });
          return;
        }
      }
    }
  }

  private void expiring(SimulatedNode n, int vnode, String key) {
    execute(n, vnode, rows -> set(rows, key, "v" + ++values, rows.nowMillis() + 100 + chance.nextInt(3000)), () -> { });
  }

  private void flush(SimulatedNode n, int vnode, String prefix) {
    Map<String, String> seen = new HashMap<>();
    VersionVector clock = n.shard.replicas[vnode].clock;
    execute(n, vnode, rows -> {
      for (int i = 0; i < 3; i++) {
        seen.put("1 " + prefix + "m" + i, get(rows, 1, prefix + "m" + i));
      }
      rows.flush(vnode, 1, clock);
    }, () -> seen.forEach((key, value) -> {
      if (value != null && value.startsWith("v")) {
        deleted.computeIfAbsent(key, k -> new HashSet<>()).add(value);
      }
    }));
  }

  /** All that one bundle may do to one key, several times over: what a transaction or a script makes. */
  private void mixed(SimulatedNode n, int vnode, String key, int db) {
    int times = 1 + chance.nextInt(4);
    int[] begun = {0};
    execute(n, vnode, rows -> {
      for (int i = 0; i < times; i++) {
        Head head = open(rows, db, key);
        switch (chance.nextInt(9)) {
          case 0, 1 -> new StringValue(rows, head).set(Dump.bytes("v" + ++values), 0);
          case 2, 3 -> {
            if (!head.exists()) {
              new StringValue(rows, head).increment(BigDecimal.TEN);
            }
          }
          case 4 -> rows.delete(head);
          case 5 -> {
            if (head.exists()) {
              rewritesInDoubt.merge(db + " " + key, 1, Integer::sum);
              begun[0]++;
              rows.setDeadline(head, chance.nextBoolean() ? 0 : rows.nowMillis() + 2_000);
            }
          }
          case 6 -> {
            StringValue string = new StringValue(rows, head);
            if (string.exists() && string.get()[0] != 'v') {
              string.increment(BigDecimal.ONE);
            }
          }
          case 7 -> {
            rows.delete(head);
            new HashValue(rows, open(rows, db, key)).set(Dump.bytes("f" + chance.nextInt(3)), Dump.bytes("x" + ++values));
          }
          default -> {
            rows.delete(head);
            new SetValue(rows, open(rows, db, key)).add(Dump.bytes("f" + chance.nextInt(3)));
          }
        }
      }
    }, () -> rewritesInDoubt.computeIfPresent(db + " " + key, (place, doubtful) -> doubtful - begun[0]));
  }

  /**
   * A deadline on a string writes its value again. Concurrent to a delete, on the other side of a split, or in doubt
   * when another took over, that value stays.
   */
  private boolean mayBeWrittenAgain(String place) {
    int vnode = place.charAt(2) - 'A';
    return rewritesInDoubt.getOrDefault(place, 0) > 0 || rewritesInDoubt.containsKey(place) && degradedVnodes.contains(vnode);
  }

  // ---------------------------------------------------------------- what must be true in the end

  /** Where an answer does not wait for the disk, what several disks lost together is lost. */
  boolean keepsPromises() {
    return !sim.options.tailsLost() || sim.options.syncsFirst();
  }

  void check() {
    if (!keepsPromises()) {
      return;
    }
    for (Map.Entry<String, long[]> counter : counters.entrySet()) {
      String[] key = counter.getKey().split(" ");
      Keyspace rows = rowsOf(key[0]);
      String shown = key.length == 1 ? get(rows, 0, key[0]) : field(rows, key[0], key[1]);
      long value = shown == null ? 0 : Long.parseLong(shown);
      if (value < counter.getValue()[0] || value > counter.getValue()[1]) {
        throw sim.failure("counter " + counter.getKey() + " is " + value + ", acknowledged " + counter.getValue()[0]
            + ", tried " + counter.getValue()[1]);
      }
    }
    for (Map.Entry<String, Integer> member : members.entrySet()) {
      String[] key = member.getKey().split(" ");
      boolean there = new SetValue(rowsOf(key[0]), open(rowsOf(key[0]), 0, key[0])).contains(Dump.bytes(key[1]));
      if (!there && (member.getValue() & 3) == 1) {
        throw sim.failure("member " + member.getKey() + " was added and is lost");
      }
      if (there && (member.getValue() & 4) != 0) {
        throw sim.failure("member " + member.getKey() + " was removed and is back");
      }
    }
    deleted.forEach((place, gone) -> {
      String[] key = place.split(" ");
      String value = get(rowsOf(key[1]), Integer.parseInt(key[0]), key[1]);
      if (gone.contains(value) && !mayBeWrittenAgain(place)) {
        throw sim.failure(place + " was deleted and is back as " + value);
      }
    });
    lists.check();
    if (!degraded) {
      registers.forEach(this::linearizable);
    }
  }

  private static String field(Keyspace rows, String key, String field) {
    byte[] value = new HashValue(rows, open(rows, 0, key)).get(Dump.bytes(field));
    return value == null ? null : new String(value, StandardCharsets.ISO_8859_1);
  }

  private Keyspace rowsOf(String key) {
    Keyspace rows = sim.node(sim.placement.owners(key.charAt(0) - 'A').get(0)).shard.keyspace();
    rows.begin(0, 0, () -> 0);
    return rows;
  }

  /**
   * Gibbons and Korach, "Testing Shared Memories", 1997: with unique values it is enough to look at each value's
   * zone.
   */
  private void linearizable(String key, List<Op> ops) {
    Map<String, long[]> zones = new TreeMap<>();
    zones.put("", new long[] {0, 0});
    for (Op op : ops) {
      if (op.write && op.end < Long.MAX_VALUE || !op.write) {
        long[] zone = zones.computeIfAbsent(op.value == null ? "" : op.value, k -> new long[] {Long.MAX_VALUE, 0});
        zone[0] = Math.min(zone[0], op.end);
        zone[1] = Math.max(zone[1], op.start);
      }
    }
    List<Map.Entry<String, long[]>> all = new ArrayList<>(zones.entrySet());
    for (int i = 0; i < all.size(); i++) {
      for (int j = i + 1; j < all.size(); j++) {
        long[] a = all.get(i).getValue();
        long[] b = all.get(j).getValue();
        boolean aForward = a[0] < a[1];
        boolean bForward = b[0] < b[1];
        long low = Math.max(Math.min(a[0], a[1]), Math.min(b[0], b[1]));
        long high = Math.min(Math.max(a[0], a[1]), Math.max(b[0], b[1]));
        boolean wrong = aForward && bForward ? low < high
            : aForward && !bForward ? a[0] < b[1] && b[0] < a[1]
            : bForward && !aForward && b[0] < a[1] && a[0] < b[1];
        if (wrong) {
          throw sim.failure("register " + key + " is not linearizable: values " + all.get(i).getKey() + " "
              + a[0] + ".." + a[1] + " and " + all.get(j).getKey() + " " + b[0] + ".." + b[1]);
        }
      }
    }
  }
}
