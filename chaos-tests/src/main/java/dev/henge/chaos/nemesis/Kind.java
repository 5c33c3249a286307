package dev.henge.chaos.nemesis;

import dev.henge.chaos.cluster.Harm;
import dev.henge.chaos.cluster.Link;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The faults. A row says where one strikes, what its number counts, what it is for a person, and what is wrong while it
 * is in force. Its undo needs no row: what is no longer wrong is put right.
 */
public enum Kind {
  CUT(Where.WAYS, Amount.NONE, "links pass nothing, both ways or one",
      now -> Trouble.harm(Harm.cutting(now.links()))),
  FLAP(Where.WAYS, Amount.EACH, "a cut that is there and gone in turns",
      now -> now.turn() % 2 == 0 ? Trouble.harm(Harm.cutting(now.links())) : Trouble.NONE),
  LOSS(Where.WAYS, Amount.PERCENT, "links lose so many of their packets",
      now -> Trouble.harm(Harm.losing(now.eachLink((int) now.amount())))),
  DELAY(Where.WAYS, Amount.MILLIS, "packets of links come later by so much",
      now -> Trouble.harm(Harm.delaying(now.eachLink((int) now.amount())))),
  BANDWIDTH(Where.HOSTS, Amount.BYTES_PER_SECOND, "a host sends no faster than that to the others",
      now -> Trouble.harm(Harm.slowing(now.hosts().stream().collect(Collectors.toMap(Function.identity(),
          host -> now.amount()))))),
  RESET(Where.HOSTS, Amount.EACH_OR_ONCE, "a host's connections with the others are reset, once or again and again",
      now -> Trouble.resets(now.hosts(), now.amount() == 0 ? 1 : 1 + (int) now.turn())),
  KILL(Where.HOSTS, Amount.NONE, "SIGKILL, and started again on its data",
      now -> Trouble.down(now.hosts(), Trouble.Down.KILLED)),
  STOP(Where.HOSTS, Amount.NONE, "SIGTERM, and started again on its data",
      now -> Trouble.down(now.hosts(), Trouble.Down.STOPPED)),
  PAUSE(Where.HOSTS, Amount.NONE, "SIGSTOP, and resumed", now -> Trouble.paused(now.hosts())),
  POWER(Where.EVERYWHERE, Amount.NONE, "all servers are killed at once, and started again",
      now -> Trouble.down(now.hosts(), Trouble.Down.KILLED)),
  CPU(Where.HOSTS, Amount.PERCENT, "a server has only so much of one core",
      now -> Trouble.cpu(now.hosts(), now.amount() / 100.0)),
  DISK(Where.HOSTS, Amount.MILLIS, "each write and sync of a file takes so much longer",
      now -> Trouble.disk(now.hosts(), (int) now.amount())),
  FULL(Where.HOSTS, Amount.NONE, "no byte is left on the disk",
      now -> Trouble.full(now.hosts(), 1 + (int) (now.elapsedMillis() / 1_000))),
  CLOCK(Where.HOSTS, Amount.SHIFT, "the wall clock jumps, and back again at the end",
      now -> Trouble.clock(now.hosts(), now.amount(), 0)),
  DRIFT(Where.HOSTS, Amount.PPM, "the wall clock goes too fast or too slow",
      now -> Trouble.clock(now.hosts(), 0, now.amount())),
  /**
   * Only a system that is whole can bear that a disk is lost: it waits until nothing else is in force and all has
   * settled, and so does what comes after it.
   */
  WIPE(Where.HOST, Amount.NONE, "killed, its disk wiped, started with nothing; alone, between two moments of rest",
      now -> Trouble.down(now.hosts(), Trouble.Down.WIPED)),
  /** As with {@link #WIPE}, but without a while in which there is nobody. */
  REPLACE(Where.HOST, Amount.NONE, "killed for good, and at once another with nothing takes its place; alone, too",
      now -> Trouble.down(now.hosts(), Trouble.Down.WIPED)),
  JOIN(Where.EVERYWHERE, Amount.NONE, "hosts beside the ring join it, and leave it again", now -> Trouble.joined()),
  LEAVE(Where.HOST, Amount.NONE, "a host leaves the ring and runs on, and joins it again",
      now -> Trouble.left(now.hosts())),
  ROLL(Where.EVERYWHERE, Amount.EACH, "one host after the other is stopped for half of that time, and started",
      now -> now.turn() >= now.size() || now.elapsedMillis() % now.amount() >= now.amount() / 2 ? Trouble.NONE
          : Trouble.down(List.of((int) now.turn()), Trouble.Down.STOPPED)),
  MEND(Where.NOWHERE, Amount.NONE, "all faults in force end", now -> Trouble.NONE);

  /** Where a fault can strike. */
  enum Where {
    WAYS("HOSTS | HOSTS from HOSTS | HOSTS to HOSTS"), HOSTS("HOSTS"), HOST("HOST"), EVERYWHERE(""), NOWHERE("");

    final String syntax;

    Where(String syntax) {
      this.syntax = syntax;
    }
  }

  /**
   * What a fault in force knows of itself.
   *
   * @param size of the cluster
   * @param elapsedMillis since it began
   */
  record Now(int size, Set<Integer> hosts, Set<Link> links, long amount, long elapsedMillis) {

    /** Which turn it is for a fault that comes in turns, from 0. */
    long turn() {
      return amount == 0 ? 0 : elapsedMillis / amount;
    }

    private <V> Map<Link, V> eachLink(V value) {
      return links.stream().collect(Collectors.toMap(Function.identity(), link -> value));
    }
  }

  final Where where;
  final Amount amount;
  private final String means;
  private final Function<Now, Trouble> trouble;

  Kind(Where where, Amount amount, String means, Function<Now, Trouble> trouble) {
    this.where = where;
    this.amount = amount;
    this.means = means;
    this.trouble = trouble;
  }

  /** Its word in a script. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What it is, in a line. */
  public String means() {
    return means;
  }

  /** How a script asks for it. */
  public String syntax() {
    String where = this == CUT || this == FLAP ? "halves | ring [HOSTS] | bridge HOST | " + this.where.syntax
        : this.where.syntax;
    String braced = where.contains("|") && amount != Amount.NONE ? "(" + where + ")" : where;
    String number = amount == Amount.EACH_OR_ONCE ? "[" + amount.syntax + "]" : amount.syntax;
    return (word() + " " + braced + " " + number).strip().replaceAll(" +", " ");
  }

  Trouble trouble(Now now) {
    return trouble.apply(now);
  }

  /** Whether it wants the cluster for itself, settled before and after. */
  boolean alone() {
    return this == WIPE || this == REPLACE;
  }

  /** How long it lasts by itself; -1 if that has to be said. */
  long lastsMillis(long number, int size) {
    return switch (this) {
      case ROLL -> number * size;
      case RESET -> number == 0 ? 0 : -1;
      case MEND, REPLACE -> 0;
      default -> -1;
    };
  }

  /** All that can befall a cluster. */
  public static Set<Kind> faults() {
    Set<Kind> all = new TreeSet<>(List.of(values()));
    all.remove(MEND);
    return all;
  }

  /** Those that every cluster is to bear, of whatever servers: none that changes which hosts it is made of. */
  public static Set<Kind> usual() {
    Set<Kind> all = faults();
    all.removeAll(Set.of(WIPE, REPLACE, JOIN, LEAVE));
    return all;
  }
}
