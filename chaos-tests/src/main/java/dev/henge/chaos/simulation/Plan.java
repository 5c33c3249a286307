package dev.henge.chaos.simulation;

import dev.henge.storage.version.Mutant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What a run is made of, drawn from its seed before it begins; parts of it may be left out to see whether they matter.
 *
 * @param spares machines that are no part of the ring when it forms; operators change the ring only where there are some
 * @param durability when logs are synced, and so what may be lost
 * @param strict whether the policy is strict
 * @param driftPermille how much faster or slower the nodes' clocks run, at most
 * @param skewMillis how far the nodes' wall clocks are off, at most
 * @param lastsMillis how long faults and clients go on
 * @param mutant the rule that is broken, or null
 */
record Plan(long seed, int nodes, int spares, int vnodes, Durability durability, boolean strict, int writeQuorum, long leaseMillis,
    int driftPermille, long skewMillis, int clients, long thinkMillis, long lastsMillis, List<Fault> faults, Mutant mutant) {

  static final int OWNERS = 3;

  /** When logs are synced in a run, and what its crashes lose. */
  enum Durability {
    /**
     * Every write is synced before it is acknowledged; power losses lose the rest. Nothing acknowledged may be lost.
     */
    ALWAYS,
    /** Logs are synced now and then, and only processes die. Nothing acknowledged may be lost. */
    PROCESSES_DIE,
    /** Logs are synced now and then, and machines lose their power: acknowledged writes may be lost, agreement not. */
    TAILS_LOST
  }

  static Plan drawn(long seed, Mutant mutant) {
    Chance chance = new Chance(seed, "plan");
    int nodes = chance.oneIn(3) ? 3 : (int) chance.between(3, 6);
    int dice = chance.below(12);
    Durability durability = dice < 6 ? Durability.ALWAYS : dice < 11 ? Durability.PROCESSES_DIE : Durability.TAILS_LOST;
    long lastsMillis = chance.between(3_000, 9_000);
    boolean strict = chance.oneIn(3);
    long lease = chance.coin() ? 1_500 : chance.between(400, 1_500);
    int drift = chance.oneIn(3) ? 0 : chance.below(45);
    long skew = chance.oneIn(3) ? 0 : chance.between(1, 3_000);
    List<Fault> faults = Fault.drawn(chance, nodes, lastsMillis, durability != Durability.PROCESSES_DIE);
    return new Plan(seed, nodes, 0, 8, durability, strict, chance.oneIn(4) ? 3 : 0, lease, drift, skew,
        (int) chance.between(3, 8), chance.between(5, 60), lastsMillis, faults, mutant);
  }

  /** The same kind of plan of a ring that operators change meanwhile. */
  static Plan changing(long seed, Mutant mutant) {
    Plan still = drawn(seed, mutant);
    Chance chance = new Chance(seed, "changes");
    int spares = (int) chance.between(1, 3);
    int machines = still.nodes() + spares;
    long lastsMillis = chance.between(6_000, 20_000);
    // one run in six shows what a change does that nothing disturbs
    List<Fault> faults = chance.oneIn(6) ? new ArrayList<>()
        : Fault.drawn(chance, machines, lastsMillis, still.durability() != Durability.PROCESSES_DIE);
    faults.addAll(Fault.drawnChanges(chance, machines, lastsMillis));
    faults.sort(Comparator.comparingLong(Fault::atMillis));
    return new Plan(seed, still.nodes(), spares, still.vnodes(), still.durability(), still.strict(), still.writeQuorum(),
        still.leaseMillis(), still.driftPermille(), still.skewMillis(), still.clients(), chance.between(20, 100), lastsMillis,
        faults, mutant);
  }

  /** Those of the ring and those that may come to it. */
  int machines() {
    return nodes + spares;
  }

  boolean changes() {
    return spares > 0;
  }

  Plan without(int fault) {
    List<Fault> fewer = new ArrayList<>(faults);
    fewer.remove(fault);
    return with(fewer, lastsMillis);
  }

  Plan with(List<Fault> others, long millis) {
    return new Plan(seed, nodes, spares, vnodes, durability, strict, writeQuorum, leaseMillis, driftPermille, skewMillis, clients,
        thinkMillis, millis, others, mutant);
  }

  /** Whether vnodes are compared in the background all the time; else seldom enough that no run sees it. */
  boolean compares() {
    return seed % 2 == 0;
  }

  /** Whether an acknowledged write is there for good. */
  boolean keepsAcknowledged() {
    return durability != Durability.TAILS_LOST;
  }

  @Override
  public String toString() {
    return nodes + " nodes, " + (changes() ? spares + " spares, " : "") + vnodes + " vnodes, log-sync " + durability + (strict ? ", strict" : ", available") + ", W "
        + (writeQuorum == 0 ? "majority" : writeQuorum) + ", lease " + leaseMillis + " ms, drift up to " + driftPermille
        + " permille, skew up to " + skewMillis + " ms, " + clients + " clients, " + faults.size() + " faults in "
        + lastsMillis + " ms" + (mutant == null ? "" : ", broken: " + mutant);
  }
}
