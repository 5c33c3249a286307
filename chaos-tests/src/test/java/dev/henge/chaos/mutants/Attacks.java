package dev.henge.chaos.mutants;

import dev.henge.chaos.Await;
import dev.henge.chaos.check.Op;
import dev.henge.chaos.check.Violation;
import dev.henge.chaos.cluster.Harm;
import dev.henge.chaos.cluster.Link;
import dev.henge.storage.version.Mutant;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** The attacks, by the rule that each is after. */
final class Attacks {

  private static final Duration TAKEN_OVER_MAX = Duration.ofSeconds(20);
  private static final Predicate<Op> ALL = op -> true;
  private static final Predicate<Op> NONE = op -> false;

  private Attacks() {}

  static final List<Attack> ALL_OF_THEM = List.of(
      new Attack(Mutant.LEASE_OVERSTAYED, 3, Map.of("policy", "strict", "lease-millis", "3000"),
          Attacks::readWhereALeaseHasEnded),
      new Attack(Mutant.GRANTS_AFTER_RESTART, 3, Map.of("policy", "strict", "lease-millis", "18000"),
          Attacks::restartWhoHasGranted),
      new Attack(Mutant.STALE_PRIMARY, 3, Map.of("policy", "strict", "lease-millis", "800"),
          Attacks::takeOverFromBehind),
      new Attack(Mutant.GAP_IGNORED, 3, Map.of(), Attacks::loseConnectionsUnderLoad),
      new Attack(Mutant.ONE_OWNER_COUNTS_TWICE, 3, Map.of("write-quorum", "3"), Attacks::delayOneOwner),
      new Attack(Mutant.ACKNOWLEDGED_BEFORE_THE_LOG, 1, Map.of(), Attacks::fillTheDiskAndKill),
      new Attack(Mutant.HINT_DROPPED_WHEN_FULL, 5, Map.of("hint-max-bytes", "16kb"), Attacks::fillAFallback),
      new Attack(Mutant.BLIND_READS_NIL, 5, Map.of(), Attacks::readWhereNobodyKnows),
      new Attack(Mutant.READ_QUORUM_OF_ONE, 3, Map.of(), Attacks::readByQuorumOnTheLesserSide),
      new Attack(Mutant.SESSION_FORGOTTEN, 3, Map.of(), Attacks::goOnWithASessionOnTheLesserSide),
      new Attack(Mutant.CLOCK_BEFORE_CAUSALITY, 3, Map.of(), Attacks::countOnBothSides),
      new Attack(Mutant.CLEAR_TAKES_ALL, 3, Map.of(), Attacks::deleteOnOneSide),
      new Attack(Mutant.FLOOR_FORGOTTEN, 3, Map.of(), Attacks::countAndSetAndTakeOver),
      new Attack(Mutant.COLLECT_EAGERLY, 3, Map.of("collection-floor-seconds", "1"), Attacks::deleteWhileOneIsAway));

  // ---------------------------------------------------------------- leases

  private static void setEach(Scene scene, Asker asker, List<String> keys, int[] values) {
    for (int i = 0; i < keys.size(); i++) {
      asker.ask("SET", keys.get(i), keys.get(i) + "=" + ++values[i]);
    }
  }

  private static void readEach(Asker asker, List<String> keys) {
    keys.forEach(key -> asker.ask("GET", key));
  }

  /** Values are read at the old primary while others already write on the other side. */
  private static void readWhereALeaseHasEnded(Scene scene) throws IOException {
    List<String> keys = scene.keys('r', 3, owners -> owners.get(0) == 0);
    int[] values = new int[keys.size()];
    setEach(scene, scene.at(0), keys, values);
    scene.isolate(0);
    for (String key : keys) {
      Asker reader = scene.at(0);
      scene.meanwhile(() -> readPaced(reader, key));
    }
    Asker writer = scene.at(1);
    scene.meanwhile(() -> setEach(scene, writer, keys, values));
    Scene.during(9_000);
    scene.stopClients();
    scene.mend();
    scene.readBack(1);
    scene.judge(ALL);
  }

  private static void readPaced(Asker reader, String key) {
    reader.ask("GET", key);
    Scene.during(10);
  }

  /** An owner that had granted a lease dies and is back before that lease ends, where only another asks it for one. */
  private static void restartWhoHasGranted(Scene scene) throws IOException {
    List<String> keys = scene.keys('r', 3, 0, 2, 1);
    int[] values = new int[keys.size()];
    setEach(scene, scene.at(0), keys, values);
    scene.cut(Set.of(0), Set.of(2));
    Scene.during(21_000); // until 2 has given 0 up, and wants to serve itself
    for (String key : keys) {
      Asker reader = scene.at(0);
      scene.meanwhile(() -> readPaced(reader, key));
    }
    Asker writer = scene.at(2);
    scene.meanwhile(() -> setEach(scene, writer, keys, values));
    scene.cluster.kill(1);
    scene.isolate(0);
    scene.cluster.start(1);
    Scene.during(17_000);
    scene.stopClients();
    scene.mend();
    scene.readBack(1);
    scene.judge(ALL);
  }

  /** The primary dies; the next one has not had its writes, but another owner has. */
  private static void takeOverFromBehind(Scene scene) throws IOException {
    List<String> keys = scene.keys('r', 6, 0, 2, 1);
    int[] values = new int[keys.size()];
    Asker writer = scene.at(0);
    setEach(scene, writer, keys, values);
    scene.cluster.harm(Harm.cutting(Scene.between(Set.of(0), Set.of(2)))
        .with(Harm.delaying(Map.of(new Link(1, 2), 300))));
    Scene.during(1_500);
    for (String key : keys) {
      Asker reader = scene.at(2);
      scene.meanwhile(() -> readPaced(reader, key));
    }
    for (int i = 0; i < 100; i++) {
      setEach(scene, writer, keys, values);
    }
    scene.cluster.kill(0);
    Scene.during(5_000);
    scene.stopClients();
    scene.mend();
    scene.readBack(1);
    scene.judge(ALL);
  }

  // ---------------------------------------------------------------- logs and streams

  private static void addTo(List<String> keys, Asker asker, int[] numbers) {
    for (String key : keys) {
      asker.ask("SADD", key, asker.number() + "-" + ++numbers[0]);
    }
  }

  /** Connections between nodes break under load; then each node in turn is gone, and the others must have all. */
  private static void loseConnectionsUnderLoad(Scene scene) throws IOException {
    List<String> keys = scene.keys('s', 4, ALL_OWNERS);
    for (int i = 0; i < 4; i++) {
      Asker writer = scene.at(i % 3);
      int[] numbers = new int[1];
      scene.meanwhile(() -> addTo(keys, writer, numbers));
    }
    for (int i = 0; i < 12; i++) {
      Scene.during(250);
      scene.cluster.reset(i % 3);
    }
    scene.stopClients();
    scene.mend();
    scene.readBack(0);
    scene.judge(ALL);
    scene.agree();
  }

  private static final Predicate<List<Integer>> ALL_OWNERS = owners -> true;

  /** With W = 3 a write that is acknowledged is in every owner's own copy, also of one that hears of it late. */
  private static void delayOneOwner(Scene scene) throws IOException {
    List<String> keys = scene.keys('s', 3, owners -> owners.get(0) == 0);
    Asker writer = scene.at(0);
    Asker reader = scene.at(2, "HENGE.CONSISTENCY", "R", "one");
    int[] numbers = new int[1];
    addTo(keys, writer, numbers);
    scene.cluster.harm(Harm.delaying(Map.of(new Link(0, 2), 600)));
    Asker other = scene.at(0);
    int[] others = new int[1];
    scene.meanwhile(() -> addTo(keys, other, others));
    for (int i = 0; i < 6; i++) {
      addTo(keys, writer, numbers);
      keys.forEach(key -> reader.ask("SMEMBERS", key));
    }
    scene.stopClients();
    scene.mend();
    scene.readBack(0);
    scene.judge(ALL);
  }

  /** Whatever was acknowledged while the disk filled up is there after a kill. */
  private static void fillTheDiskAndKill(Scene scene) throws IOException {
    List<String> keys = scene.keys('s', 8, ALL_OWNERS);
    List<int[]> numbers = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Asker writer = scene.at(0);
      int[] mine = new int[1];
      String key = keys.get(i % keys.size());
      numbers.add(mine);
      scene.meanwhile(() -> writer.ask("SADD", key, writer.number() + "-" + ++mine[0] + "x".repeat(500)));
    }
    for (int round = 0; round < 4; round++) {
      Scene.during(1_000);
      scene.cluster.fillDisk(0);
      Scene.during(1_500);
      scene.cluster.kill(0);
      scene.cluster.freeDisk(0);
      scene.cluster.start(0);
      Asker probe = scene.at(0);
      Await.until(TAKEN_OVER_MAX, "the node serves", () -> probe.quietly("GET", "probe").done() ? null : "not yet");
    }
    scene.stopClients();
    scene.mend();
    scene.readBack(0);
    scene.judge(NONE);
  }

  // ---------------------------------------------------------------- sides

  /** Until a node takes writes of each key again, alone or with others. */
  private static void untilServed(Scene scene, Asker asker, List<String> keys) {
    for (String key : keys) {
      Await.until(TAKEN_OVER_MAX, key + " is served at node " + asker.node(), () -> {
        Op op = asker.quietly("EXISTS", key);
        return op.done() ? null : String.valueOf(op);
      });
    }
  }

  /** One of two fallbacks has no room left: what it lets go the other must have, when the only owner dies. */
  private static void fillAFallback(Scene scene) throws IOException {
    List<String> keys = scene.keys('s', 16, owners -> !owners.contains(3) && !owners.contains(4));
    Asker asker = scene.at(0);
    scene.cut(Set.of(0, 3), Set.of(1, 2, 4));
    untilServed(scene, asker, keys);
    for (int i = 0; i < 120; i++) {
      asker.quietly("SET", "full{" + i + "}" + keys.get(i % keys.size()).substring(1), "x".repeat(600));
    }
    for (String key : keys) {
      for (int i = 0; i < 6; i++) {
        asker.quietly("SET", "m" + key.substring(1), "x".repeat(600));
      }
    }
    scene.cut(Set.of(0, 3, 4), Set.of(1, 2));
    untilServed(scene, asker, keys);
    Scene.during(2_000);
    addTo(keys, asker, new int[1]);
    scene.cluster.kill(0);
    scene.cluster.harm(Harm.NONE);
    Asker reader = scene.at(1);
    untilServed(scene, reader, keys);
    Scene.during(3_000); // what fallbacks have is handed over
    keys.forEach(key -> scene.surely(reader, "SMEMBERS", key));
    scene.judge(NONE);
  }

  /** A node that no owner can be reached from does not answer for them. */
  private static void readWhereNobodyKnows(Scene scene) throws IOException {
    List<String> keys = scene.keys('s', 4, owners -> !owners.contains(4));
    Asker writer = scene.at(0);
    addTo(keys, writer, new int[1]);
    scene.isolate(4);
    Asker reader = scene.at(4);
    for (int i = 0; i < 4; i++) {
      keys.forEach(key -> reader.ask("SMEMBERS", key));
    }
    scene.mend();
    scene.readBack(0);
    scene.judge(ALL);
  }

  /** A side that lacks what the others have refuses reads that ask for a majority of the owners. */
  private static void readByQuorumOnTheLesserSide(Scene scene) throws IOException {
    List<String> keys = scene.keys('s', 4, ALL_OWNERS);
    int[] numbers = new int[1];
    addTo(keys, scene.at(0), numbers);
    scene.isolate(0);
    Asker there = scene.at(1);
    untilServed(scene, there, keys);
    addTo(keys, there, numbers);
    Asker reader = scene.at(0, "HENGE.CONSISTENCY", "R", "quorum");
    untilServed(scene, scene.at(0), keys);
    keys.forEach(key -> reader.ask("SMEMBERS", key));
    scene.mend();
    scene.readBack(0);
    scene.judge(ALL);
  }

  /** Who goes on with a session elsewhere sees what the session wrote, or is refused. */
  private static void goOnWithASessionOnTheLesserSide(Scene scene) throws IOException {
    List<String> keys = scene.keys('s', 4, ALL_OWNERS);
    int[] numbers = new int[1];
    addTo(keys, scene.at(0), numbers);
    scene.isolate(0);
    Asker there = scene.at(1);
    untilServed(scene, there, keys);
    there.quietly("HENGE.SESSION");
    addTo(keys, there, numbers);
    String token = there.quietly("HENGE.SESSION").text();
    untilServed(scene, scene.at(0), keys);
    Asker here = scene.at(0, "HENGE.SESSION", token);
    keys.forEach(key -> here.ask("SMEMBERS", key));
    scene.mend();
    scene.readBack(0);
    scene.judge(ALL);
  }

  /** Increments of both sides count when the sides have met. */
  private static void countOnBothSides(Scene scene) throws IOException {
    List<String> keys = scene.keys('c', 4, ALL_OWNERS);
    Asker here = scene.at(0);
    Asker there = scene.at(1);
    keys.forEach(key -> here.ask("INCR", key));
    scene.isolate(0);
    untilServed(scene, here, keys);
    untilServed(scene, there, keys);
    for (Asker side : List.of(here, there, here)) {
      keys.forEach(key -> scene.surely(side, "INCRBY", key, "10"));
    }
    scene.mend();
    scene.readBack(0);
    scene.judge(NONE);
  }

  /** What is added on one side stays, though the key was deleted on the other. */
  private static void deleteOnOneSide(Scene scene) throws IOException {
    List<String> keys = scene.keys('x', 4, ALL_OWNERS);
    Asker here = scene.at(0);
    Asker there = scene.at(1);
    int[] numbers = new int[1];
    addTo(keys, here, numbers);
    scene.isolate(0);
    untilServed(scene, here, keys);
    untilServed(scene, there, keys);
    keys.forEach(key -> scene.surely(there, "DEL", key));
    addTo(keys, here, numbers);
    scene.mend();
    scene.readBack(0);
    scene.judge(NONE);
  }

  // ---------------------------------------------------------------- rows

  /** A counter that is set does not count again what it had counted, on the next primary either. */
  private static void countAndSetAndTakeOver(Scene scene) throws IOException {
    List<String> keys = scene.keys('b', 4, owners -> owners.get(0) == 0);
    Asker asker = scene.at(0);
    for (String key : keys) {
      asker.ask("INCR", key);
      asker.ask("INCR", key);
      asker.ask("SET", key, "1000000"); // and no INCR after that: its row would bring the right count along
    }
    scene.cluster.kill(0);
    Asker next = scene.at(1);
    untilServed(scene, next, keys);
    keys.forEach(key -> scene.surely(next, "GET", key));
    scene.mend();
    scene.readBack(0);
    scene.judge(ALL);
  }

  /** What was deleted while an owner was away does not come back with it. */
  private static void deleteWhileOneIsAway(Scene scene) throws IOException {
    List<String> keys = scene.keys('c', 4, ALL_OWNERS);
    Asker here = scene.at(0);
    Asker there = scene.at(1);
    keys.forEach(key -> scene.surely(here, "INCRBY", key, "1000"));
    scene.isolate(0);
    untilServed(scene, here, keys);
    untilServed(scene, there, keys);
    keys.forEach(key -> scene.surely(there, "DEL", key));
    keys.forEach(key -> scene.surely(here, "INCR", key));
    Scene.during(4_000); // longer than what tells of deletes is kept once nobody needs it
    scene.mend();
    for (int node : Arrays.asList(0, 1, 2)) {
      Asker reader = scene.at(node);
      for (String key : keys) {
        Op read = scene.surely(reader, "GET", key);
        if (!"1".equals(read.text())) {
          throw new Violation(key, key + ": of 1000, which were deleted, and 1, which the deleter had not seen, is left: "
              + read, null);
        }
      }
    }
    scene.agree();
  }
}
