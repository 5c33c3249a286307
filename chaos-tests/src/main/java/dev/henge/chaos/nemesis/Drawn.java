package dev.henge.chaos.nemesis;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Schedules by chance; the same seed is the same schedule.
 *
 * <p>Trouble comes in rounds of up to three faults that overlap, with rest between them: what goes wrong when a system
 * recovers is seen only if it may recover. Kinds are dealt from a shuffled deck, so that none is missed in a long run
 * and which of them meet changes from round to round.
 */
public final class Drawn {

  /** Before the first fault, so that there is something to compare with. */
  private static final long FIRST_MILLIS = 4_000;
  private static final long LASTS_MILLIS_MIN = 1_500;
  private static final long LASTS_MILLIS_MAX = 9_000;
  private static final long REST_MILLIS_MIN = 1_500;
  private static final long REST_MILLIS_MAX = 5_000;
  private static final int TOGETHER_MAX = 3;

  private final Random random;
  private final int hosts;
  private final List<String> keys;
  private final List<Kind> kinds;
  private final List<Kind> deck = new ArrayList<>();
  private final List<Step> steps = new ArrayList<>();

  private Drawn(long seed, int hosts, Collection<Kind> kinds, List<String> keys) {
    this.random = new Random(seed);
    this.hosts = hosts;
    this.kinds = kinds.stream().sorted().distinct().toList(); // in an order that is no chance
    this.keys = List.copyOf(keys);
  }

  /**
   * A schedule whose faults have ended when so much time is over.
   *
   * @param kinds to draw from
   * @param keys whose primaries may be struck; may be empty
   */
  public static Schedule schedule(long seed, int hosts, long lastsMillis, Collection<Kind> kinds, List<String> keys) {
    Drawn drawn = new Drawn(seed, hosts, kinds, keys);
    if (!drawn.kinds.isEmpty()) {
      drawn.draw(lastsMillis);
    }
    return new Schedule(drawn.steps);
  }

  private void draw(long lastsMillis) {
    long at = FIRST_MILLIS;
    while (at < lastsMillis - LASTS_MILLIS_MIN) {
      long end = round(at, lastsMillis);
      at = tenths(end + between(REST_MILLIS_MIN, REST_MILLIS_MAX));
    }
    steps.sort((a, b) -> Long.compare(a.atMillis(), b.atMillis()));
  }

  /** Some faults from a moment on; returns when the last of them ends. */
  private long round(long from, long lastsMillis) {
    int together = 1 + random.nextInt(TOGETHER_MAX);
    long at = from;
    long end = from;
    for (int i = 0; i < together && at < lastsMillis - LASTS_MILLIS_MIN; i++) {
      Kind kind = dealt();
      if (kind.alone() && i > 0) {
        deck.add(kind); // it comes first in the next round
        break;
      }
      Fault fault = fault(kind);
      long own = kind.lastsMillis(fault.amount(), hosts);
      long lasts = own >= 0 ? own : Math.min(tenths(between(LASTS_MILLIS_MIN, LASTS_MILLIS_MAX)), lastsMillis - at);
      steps.add(new Step(at, fault, lasts));
      end = Math.max(end, at + lasts);
      if (kind.alone()) {
        break;
      }
      at = tenths(at + between(100, 3_000));
    }
    return end;
  }

  private Kind dealt() {
    if (deck.isEmpty()) {
      deck.addAll(kinds);
      Collections.shuffle(deck, random);
    }
    return deck.remove(deck.size() - 1);
  }

  // ---------------------------------------------------------------- one fault

  private Fault fault(Kind kind) {
    Place place = switch (kind.where) {
      case WAYS -> kind == Kind.CUT || kind == Kind.FLAP ? split() : ways();
      case HOSTS -> kind == Kind.FULL ? some(2) : struck();
      case HOST -> some(1);
      case EVERYWHERE, NOWHERE -> null;
    };
    return new Fault(kind, place, amount(kind));
  }

  private long amount(Kind kind) {
    return switch (kind) {
      case FLAP -> between(2, 15) * 100;
      case LOSS -> between(5, 40);
      case DELAY -> between(2, 40) * 10;
      case BANDWIDTH -> between(2, 50) * 10_000;
      case RESET -> random.nextBoolean() ? 0 : between(2, 20) * 100;
      case CPU -> between(3, 30);
      case DISK -> between(1, 20) * 10;
      case CLOCK -> (random.nextBoolean() ? 1 : -1) * (random.nextBoolean() ? between(1, 10) : between(10, 600)) * 1_000;
      case DRIFT -> (random.nextBoolean() ? 1 : -1) * between(1, 200) * 1_000;
      case ROLL -> between(5, 8) * 1_000;
      default -> 0;
    };
  }

  /** Hosts that a fault of processes or machines strikes: mostly one, at times a primary, seldom many. */
  private Place.Who struck() {
    int dice = random.nextInt(10);
    if (dice < 2 && !keys.isEmpty()) {
      return new Place.PrimaryOf(keys.get(random.nextInt(keys.size())));
    }
    return some(dice < 7 ? 1 : dice < 9 ? 2 : hosts - 1);
  }

  private Place.Hosts some(int most) {
    List<Integer> all = shuffled();
    List<Integer> some = all.subList(0, 1 + random.nextInt(Math.max(1, Math.min(most, hosts))));
    Collections.sort(some);
    return new Place.Hosts(some);
  }

  private List<Integer> shuffled() {
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < hosts; i++) {
      all.add(i);
    }
    Collections.shuffle(all, random);
    return all;
  }

  private Place.Ways split() {
    int dice = random.nextInt(10);
    if (hosts < 3) {
      return new Place.Around(Place.Hosts.of(random.nextInt(hosts)));
    }
    return switch (dice) {
      case 0, 1, 2 -> halves(true);
      case 3 -> halves(false);
      case 4, 5 -> new Place.Ring(shuffled());
      case 6 -> new Place.Bridge(random.nextInt(hosts));
      case 7 -> new Place.Around(Place.Hosts.of(random.nextInt(hosts)));
      case 8 -> new Place.Around(keys.isEmpty() ? some(1) : new Place.PrimaryOf(keys.get(random.nextInt(keys.size()))));
      default -> new Place.Between(new Place.All(), some(1), false);
    };
  }

  private Place.Ways halves(boolean bothWays) {
    List<Integer> all = shuffled();
    List<Integer> few = new ArrayList<>(all.subList(0, 1 + random.nextInt(hosts - 1)));
    List<Integer> rest = new ArrayList<>(all.subList(few.size(), hosts));
    Collections.sort(few);
    Collections.sort(rest);
    return new Place.Between(new Place.Hosts(few), new Place.Hosts(rest), bothWays);
  }

  private Place.Ways ways() {
    return switch (random.nextInt(3)) {
      case 0 -> new Place.Around(new Place.All());
      case 1 -> new Place.Around(some(2));
      default -> hosts < 2 ? new Place.Around(new Place.All()) : halves(false);
    };
  }

  private long between(long least, long most) {
    return least + (long) (random.nextDouble() * (most - least + 1));
  }

  /** To tenths of a second, as a person would write it. */
  private static long tenths(long millis) {
    return millis / 100 * 100;
  }
}
