package dev.henge.ring.replica;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.henge.ring.coordinator.Call;
import dev.henge.ring.coordinator.CommandRunner;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.type.DamagedRowsException;
import dev.henge.storage.type.Head;
import dev.henge.storage.type.Keyspace;
import dev.henge.storage.type.SetValue;
import dev.henge.storage.version.Mutant;
import dev.henge.storage.version.Rules;
import dev.henge.storage.version.VersionVector;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Sessions on broken rings: what a caller chose must hold, in degraded mode too.
 *
 * <p>Members are only ever added. A read on R owners must show every member that W owners had acknowledged before it
 * began, with W + R above N. A read of a session must show all that the session has read, and all of its own adds
 * that were acknowledged, on whatever node it goes on. And whatever all owners had before anything broke is in every
 * answer.
 */
class ConsistencySimulationTest {

  private static final long FIRST = Long.getLong("henge.simulation.first", 1);
  private static final long SEEDS = Long.getLong("henge.simulation.seeds", 100);
  private static final long FAULTS_FROM_MILLIS = 1_000;
  private static final long FAULTS_MILLIS = 11_000;
  private static final long MEND_MILLIS_MAX = 40_000;
  private static final long GIVEN_UP_MILLIS = 3 * Simulation.TIMEOUT_MILLIS;
  private static final int SESSIONS = 6;
  private static final long MUTANT_SEEDS_MAX = 200;

  /** Adds ("A", key, member) and reads ("M", key) of sets. */
  private static final class Sets implements CommandRunner {

    static final byte[] DAMAGED = {'!'};

    static byte[] command(char verb, String key, String member) {
      return new Bytes(32).u8(verb).block(Dump.bytes(key)).block(Dump.bytes(member)).copy();
    }

    @Override
    public byte[] run(Keyspace keyspace, byte[] command) {
      ByteReader in = new ByteReader(command);
      boolean add = in.u8() == 'A';
      byte[] key = in.block();
      Head head = keyspace.open(keyspace.locate(0, key, 0, key.length));
      SetValue set = new SetValue(keyspace, head);
      Bytes reply = new Bytes(64);
      if (add) {
        set.add(in.block());
      } else {
        set.forEach(member -> {
          reply.block(member);
          return true;
        });
      }
      return reply.copy();
    }

    @Override
    public byte[] damaged(DamagedRowsException e) {
      return DAMAGED;
    }

    @Override
    public boolean readOnly(byte[] command) {
      return command[0] == 'M';
    }

    @Override
    public boolean mayRunBlind(byte[] command) {
      return false;
    }

    @Override
    public byte[] runBlind(Keyspace keyspace, byte[] command) {
      return run(keyspace, command);
    }

    @Override
    public byte[] refusal(byte[] command) {
      return null;
    }

    @Override
    public List<byte[]> keys(byte[] command) {
      ByteReader in = new ByteReader(command);
      in.skip(1);
      return List.of(new Bytes(16).u8(0).raw(in.block()).copy());
    }

    @Override
    public byte[] runAll(BitSet vnodes, byte[] command, List<Hold> holds) {
      throw new UnsupportedOperationException();
    }
  }

  /** A caller that does one thing after another, now on this node, now on that. */
  private static final class Session {
    final Map<Integer, VersionVector> seen = new HashMap<>();
    final Map<String, Set<String>> mustSee = new HashMap<>();
    String node;
    long busySinceMillis = -1;
    int call;
  }

  private final Map<String, Long> outcomes = new HashMap<>();

  @Test
  void whatACallerChoseHolds() {
    for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
      new Run(seed, Rules.SOUND).go();
    }
    System.out.println("consistency: " + outcomes);
    for (String expected : List.of("read QUORUM DONE", "read QUORUM TOO_FEW_ANSWERS", "read ONE DONE", "session NOT_SEEN", "degraded")) {
      assertTrue(outcomes.getOrDefault(expected, 0L) > 0, "never: " + expected + " in " + outcomes);
    }
  }

  @ParameterizedTest
  @EnumSource(value = Mutant.class, names = {"READ_QUORUM_OF_ONE", "SESSION_FORGOTTEN", "BLIND_READS_NIL"})
  void aWrongRuleIsNoticed(Mutant mutant) {
    for (long seed = 1; seed <= MUTANT_SEEDS_MAX; seed++) {
      try {
        new Run(seed, Rules.breaking(mutant)).go();
      } catch (AssertionError e) {
        assertTrue(e.getMessage().contains(" lacks "), e.getMessage());
        System.out.println("consistency: " + mutant + " is noticed with seed " + seed);
        return;
      }
    }
    fail(mutant + " is not noticed within " + MUTANT_SEEDS_MAX + " seeds");
  }

  private final class Run {
    final Simulation sim;
    final Random chance;
    final List<Session> sessions = new ArrayList<>();
    final boolean split;

    /** Members that were acknowledged on a majority's terms, by key. */
    final Map<String, Set<String>> onMajority = new HashMap<>();

    /** Members that every owner had when the faults began, by key. */
    final Map<String, Set<String>> everywhere = new HashMap<>();

    long members;

    Run(long seed, Rules rules) {
      Random drawn = new Random(seed * 0x9E3779B97F4A7C15L);
      split = drawn.nextInt(3) > 0;
      boolean syncsFirst = drawn.nextBoolean();
      sim = new Simulation(seed, new Simulation.Options(
          3 + drawn.nextInt(3), 4, false, syncsFirst, syncsFirst && drawn.nextBoolean(), drawn.nextInt(3) == 0 ? 0.05 : 0,
          drawn.nextInt(3) == 0 ? 1 : 0, drawn.nextInt(4) == 0), rules);
      sim.runner = new Sets();
      chance = sim.chance;
      for (int i = 0; i < SESSIONS; i++) {
        sessions.add(new Session());
      }
    }

    void go() {
      try {
        Faults faults = new Faults(sim);
        sim.startAll(true);
        while (sim.nowMillis() < FAULTS_MILLIS) {
          sim.step();
          one();
          if (sim.nowMillis() == FAULTS_FROM_MILLIS) {
            noteWhatIsEverywhere();
          }
          if (split ? sim.nowMillis() % 5_000 == FAULTS_FROM_MILLIS : sim.nowMillis() > FAULTS_FROM_MILLIS && chance.nextInt(150) == 0) {
            fault(faults);
          }
        }
        faults.mend();
        afterwards();
      } catch (RuntimeException e) {
        AssertionError error = sim.failure(e.toString());
        error.initCause(e);
        throw error;
      }
    }

    private void noteWhatIsEverywhere() {
      for (int v = 0; v < sim.options.vnodes(); v++) {
        String key = key(v);
        Set<String> members = new HashSet<>(onMajority.getOrDefault(key, Set.of()));
        for (String owner : sim.placement.owners(v)) {
          Keyspace rows = sim.node(owner).shard.keyspace();
          rows.begin(0, 0, () -> 0);
          SetValue set = new SetValue(rows, Workload.open(rows, 0, key));
          members.removeIf(member -> !set.contains(Dump.bytes(member)));
        }
        everywhere.put(key, members);
      }
    }

    /** Everybody is answered again, and sees all that was ever acknowledged on a majority's terms. */
    void afterwards() {
      long start = sim.nowMillis();
      sim.untilServed(MEND_MILLIS_MAX);
      for (int v = 0; v < sim.options.vnodes(); v++) {
        for (ReadLevel level : ReadLevel.values()) {
          Session last = new Session();
          last.node = sim.ids().get(chance.nextInt(sim.ids().size()));
          sessions.forEach(s -> s.seen.forEach((vnode, clock) -> last.seen.merge(vnode, clock, VersionVector::join)));
          sessions.forEach(s -> s.mustSee.forEach((key, all) -> last.mustSee.computeIfAbsent(key, k -> new HashSet<>()).addAll(all)));
          String key = key(v);
          for (boolean[] done = {false}; !done[0]; ) {
            if (sim.nowMillis() - start > MEND_MILLIS_MAX) {
              throw sim.failure("no read of " + key + " with R " + level + " is answered");
            }
            read(last, v, level, () -> done[0] = true);
            for (long until = sim.nowMillis() + GIVEN_UP_MILLIS; last.busySinceMillis >= 0 && sim.nowMillis() < until; ) {
              sim.step();
            }
          }
        }
      }
    }

    /** One of many, or, where the run is one of sides, two sides for so long that the smaller serves degraded. */
    private void fault(Faults faults) {
      if (split) {
        sim.partition(sim.someIds(1 + chance.nextInt(sim.ids().size() - 1)), chance.nextBoolean());
        sim.in(4_000, sim::healNetwork);
      } else {
        faults.one();
      }
    }

    private String key(int vnode) {
      return (char) ('A' + vnode) + "s";
    }

    private void one() {
      Session session = sessions.get(chance.nextInt(SESSIONS));
      if (session.busySinceMillis >= 0 && sim.nowMillis() - session.busySinceMillis < GIVEN_UP_MILLIS) {
        return;
      }
      if (session.node == null || chance.nextInt(8) == 0) {
        session.node = sim.ids().get(chance.nextInt(sim.ids().size()));
      }
      SimulatedNode n = sim.node(session.node);
      if (!n.up || n.paused) {
        session.node = null;
        return;
      }
      int vnode = chance.nextInt(sim.options.vnodes());
      if (chance.nextBoolean()) {
        add(session, vnode);
      } else {
        read(session, vnode, ReadLevel.values()[chance.nextInt(4)], () -> { });
      }
    }

    private void add(Session session, int vnode) {
      String key = key(vnode);
      String member = "m" + ++members;
      boolean majority = chance.nextInt(3) > 0;
      Terms terms = new Terms(majority ? Terms.MAJORITY : chance.nextInt(2), ReadLevel.PRIMARY, seen(session, vnode), true);
      call(session, vnode, terms, Sets.command('A', key, member), false, (outcome, reply) -> {
        count("write " + outcome);
        if (outcome == Outcome.NOT_SEEN) {
          count("session NOT_SEEN");
        }
        if (outcome == Outcome.DONE) {
          session.mustSee.computeIfAbsent(key, k -> new HashSet<>()).add(member);
          if (majority) {
            onMajority.computeIfAbsent(key, k -> new HashSet<>()).add(member);
          }
        }
      });
    }

    private VersionVector seen(Session session, int vnode) {
      return session.seen.getOrDefault(vnode, VersionVector.EMPTY);
    }

    private void read(Session session, int vnode, ReadLevel level, Runnable done) {
      String key = key(vnode);
      boolean asSession = chance.nextBoolean();
      boolean strong = level == ReadLevel.QUORUM || level == ReadLevel.ALL;
      Set<String> expected = new TreeSet<>(everywhere.getOrDefault(key, Set.of()));
      if (strong) {
        expected.addAll(onMajority.getOrDefault(key, Set.of()));
      }
      if (asSession) {
        expected.addAll(session.mustSee.getOrDefault(key, Set.of()));
      }
      Terms terms = new Terms(0, level, asSession ? seen(session, vnode) : VersionVector.EMPTY, true);
      call(session, vnode, terms, Sets.command('M', key, ""), true, (outcome, reply) -> {
        count("read " + level + " " + outcome);
        if (outcome != Outcome.DONE) {
          return;
        }
        Set<String> found = new HashSet<>();
        for (ByteReader in = new ByteReader(reply); in.remaining() > 0; ) {
          found.add(new String(in.block(), java.nio.charset.StandardCharsets.ISO_8859_1));
        }
        expected.removeAll(found);
        if (!expected.isEmpty()) {
          throw sim.failure("a read of " + key + " with R " + level + (asSession ? " in a session" : "") + " lacks " + expected);
        }
        if (asSession) {
          session.mustSee.computeIfAbsent(key, k -> new HashSet<>()).addAll(found);
        }
        done.run();
      });
    }

    private interface Ending {
      void known(Outcome outcome, byte[] reply);
    }

    private void call(Session session, int vnode, Terms terms, byte[] command, boolean readOnly, Ending ending) {
      SimulatedNode n = sim.node(session.node);
      session.busySinceMillis = sim.nowMillis();
      int number = ++session.call;
      n.shard.beginTurn();
      VnodeReplica r = n.shard.replicas[vnode];
      if (r != null && r.service == VnodeReplica.Service.DEGRADED) {
        count("degraded");
      }
      long deadlineNanos = n.shard.nowNanos() + Simulation.TIMEOUT_MILLIS * 1_000_000;
      n.coordinator.submit(vnode, new Call(command, readOnly, deadlineNanos, terms) {
        @Override
        protected void ended(Outcome outcome, byte[] reply, BitSet missed) {
          if (session.call == number) {
            session.busySinceMillis = -1;
            if (outcome == Outcome.DONE) {
              session.seen.merge(vnode, seen(), VersionVector::join);
            }
            ending.known(java.util.Arrays.equals(reply, Sets.DAMAGED) ? Outcome.DISK_FAILED : outcome, reply);
          }
        }
      });
      n.shard.endTurn();
    }

    private void count(String what) {
      outcomes.merge(what, 1L, Long::sum);
    }
  }
}
