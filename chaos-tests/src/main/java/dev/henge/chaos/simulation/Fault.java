package dev.henge.chaos.simulation;

import java.util.ArrayList;
import java.util.List;

/**
 * One thing that goes wrong in a run, drawn before the run begins.
 *
 * @param atMillis when, after the ring has formed
 * @param node whom it befalls
 * @param other a second node, where there is one
 * @param mask a set of nodes, a bit each
 * @param forMillis how long it lasts
 * @param flag a variant of it
 * @param dice chance of its own
 */
record Fault(long atMillis, Kind kind, int node, int other, int mask, long forMillis, boolean flag, long dice) {

  /** What can go wrong. */
  enum Kind {
    /** Frames between {@code mask} and the others wait; with {@code flag} the connections break at once. */
    PARTITION,
    /** Two sides that cannot hear each other, and {@code node} that hears both. */
    BRIDGE,
    /** Frames from {@code node} to {@code other} wait; with {@code flag} the connection breaks. */
    ONE_WAY,
    /** All partitions end. */
    HEAL,
    /** The connections between two nodes break, and may be made again at once. */
    RESET,
    /** Frames from a node to another take long. */
    SLOW,
    /** Frames of all links are lost and sent again: now and then one takes long, and those behind it. */
    LOSSY,
    /** A process ends, and is started again; with {@code flag} its host is silent and refuses nothing. */
    CRASH,
    /** The machine loses its power, and with it what was not synced. */
    POWER_LOSS,
    /** Every machine loses its power. */
    POWER_LOSS_OF_ALL,
    /** A process stands still. */
    PAUSE,
    /** The wall clock of a node jumps. */
    CLOCK_JUMP,
    /** A disk takes nothing more. */
    FULL_DISK,
    /** A part of a table is rotten; with {@code flag} all of it. */
    ROT,
    /** The disk is copied: what {@link #RESTORE} puts in place. */
    BACKUP,
    /** A node is killed and started from its backup, as a new actor. */
    RESTORE,
    /** An operator stops a node, and starts it again. */
    PLANNED_STOP,
    /** A node takes another for dead, wrongly. */
    SUSPICION,
    /** An operator changes the ring: one thing, or with {@code flag} several in one commit. */
    CHANGE,
    /** A machine is lost for good; an operator removes it, or with {@code flag} replaces it by another. */
    LOST,
    /** An operator slows the transfers down, pauses them, or has them go on. */
    PACE,
    /** An operator takes the last commit back. */
    CANCEL,
    /** A node is killed the moment that something of the ring changes at it; with {@code flag} all others are. */
    TRAP;

    /** Whether it has to do with operators who change the ring. */
    boolean ofChanges() {
      return ordinal() >= CHANGE.ordinal();
    }
  }

  /** Faults by chance for a run of so many nodes. */
  static List<Fault> drawn(Chance chance, int nodes, long lastsMillis, boolean powerLosses) {
    List<Kind> kinds = new ArrayList<>(List.of(Kind.values()));
    kinds.removeIf(Kind::ofChanges);
    kinds.addAll(List.of(Kind.CRASH, Kind.HEAL, Kind.HEAL, Kind.PARTITION, Kind.BACKUP, Kind.PAUSE));
    if (!powerLosses) {
      kinds.remove(Kind.POWER_LOSS);
      kinds.remove(Kind.POWER_LOSS_OF_ALL);
    } else {
      kinds.addAll(List.of(Kind.POWER_LOSS, Kind.POWER_LOSS));
    }
    // Some runs meet few kinds of trouble, often: what comes of two of a kind is seldom seen when all kinds come.
    if (chance.coin()) {
      for (int left = kinds.size() / 2; left > 0; left--) {
        kinds.remove(chance.below(kinds.size()));
      }
    }
    List<Fault> faults = new ArrayList<>();
    long gapMillis = chance.between(150, 900);
    for (long at = chance.between(50, gapMillis); at < lastsMillis; at += chance.between(20, 2 * gapMillis)) {
      Kind kind = chance.of(kinds);
      int node = chance.below(nodes);
      int other = (node + 1 + chance.below(nodes - 1)) % nodes;
      int mask = 1 + chance.below((1 << nodes) - 2);
      faults.add(new Fault(at, kind, node, other, mask, lasts(kind, chance), chance.coin(), chance.random().nextLong()));
    }
    return faults;
  }

  /** What operators do in a run of so many machines, and what befalls machines meanwhile. */
  static List<Fault> drawnChanges(Chance chance, int machines, long lastsMillis) {
    List<Kind> kinds = List.of(Kind.CHANGE, Kind.CHANGE, Kind.CHANGE, Kind.CHANGE, Kind.LOST, Kind.LOST, Kind.PACE, Kind.CANCEL,
        Kind.TRAP, Kind.TRAP);
    List<Fault> faults = new ArrayList<>();
    long gapMillis = chance.between(400, 3_000);
    for (long at = chance.between(50, gapMillis); at < lastsMillis; at += chance.between(20, 2 * gapMillis)) {
      int node = chance.below(machines);
      int other = (node + 1 + chance.below(machines - 1)) % machines;
      Kind kind = faults.isEmpty() ? Kind.CHANGE : chance.of(kinds);
      faults.add(new Fault(at, kind, node, other, 0, chance.between(20, 3_000), chance.oneIn(3), chance.random().nextLong()));
    }
    return faults;
  }

  private static long lasts(Kind kind, Chance chance) {
    return switch (kind) {
      case RESET -> chance.between(1, 500);
      case PAUSE -> chance.coin() ? chance.between(1, 400) : chance.between(400, 5_000);
      case SUSPICION, SLOW, LOSSY -> chance.between(100, 3_000);
      case PARTITION, BRIDGE, ONE_WAY -> chance.between(200, 5_000);
      default -> chance.between(20, 3_000);
    };
  }

  @Override
  public String toString() {
    return atMillis + " ms " + kind + " n" + (node + 1) + (kind == Kind.ONE_WAY || kind == Kind.RESET || kind == Kind.SLOW
        || kind == Kind.SUSPICION ? " n" + (other + 1) : "") + (kind == Kind.PARTITION || kind == Kind.BRIDGE ? " mask "
        + Integer.toBinaryString(mask) : "") + " for " + forMillis + " ms" + (flag ? " (variant)" : "");
  }
}
