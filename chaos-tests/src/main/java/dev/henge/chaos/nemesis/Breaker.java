package dev.henge.chaos.nemesis;

import dev.henge.chaos.cluster.Cluster;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Brings a cluster from one trouble to the next: does what is new in it, and undoes what is no longer in it. */
final class Breaker {

  /** How long it is tried to have hosts join or leave while other things are broken. */
  private static final long SEAT_MILLIS = 2_000;
  private static final long SEAT_MENDED_MILLIS = 60_000;

  private final Cluster cluster;
  private Trouble now = Trouble.NONE;
  private boolean seatsChanged;
  private IOException failure;

  /** Something that is done to a cluster. */
  @FunctionalInterface
  private interface Action {
    void act() throws IOException;
  }

  Breaker(Cluster cluster) {
    this.cluster = cluster;
  }

  Trouble now() {
    return now;
  }

  /** A failure of one thing keeps none of the others from being done; the first is thrown at the end. */
  void to(Trouble next) throws IOException {
    if (next.equals(now)) {
      return;
    }
    failure = null;
    Trouble before = now;
    now = next;
    down(before, next);
    for (int host : before.paused()) {
      if (!next.paused().contains(host)) {
        attempt(() -> cluster.resume(host));
      }
    }
    if (!before.harm().equals(next.harm())) {
      attempt(() -> cluster.harm(next.harm()));
    }
    for (int host = 0; host < cluster.size(); host++) {
      machine(before, next, host);
    }
    up(before, next);
    if (!before.seats().equals(next.seats())) {
      seatsChanged = true;
      seat(next.seats());
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** Who cannot be told while other things are broken is told when all is mended, and hears of it from others. */
  private void seat(Trouble.Seats seats) {
    try {
      cluster.target().seat(cluster, seats.spares(), seats.out(), SEAT_MILLIS);
    } catch (IOException e) {
      // it is told again by mend()
    }
  }

  private void attempt(Action action) {
    try {
      action.act();
    } catch (IOException e) {
      failed(e);
    } catch (RuntimeException e) {
      failed(new IOException(e));
    }
  }

  private void failed(IOException e) {
    if (failure == null) {
      failure = e;
    } else {
      failure.addSuppressed(e);
    }
  }

  private void down(Trouble before, Trouble next) {
    List<Integer> killed = new ArrayList<>();
    boolean others = false;
    for (int i = 0; i < cluster.size(); i++) {
      int host = i;
      Trouble.Down how = next.down().get(host);
      if (how != null && how != Trouble.Down.STOPPED && cluster.isAlive(host)) {
        killed.add(host);
      } else if (how == Trouble.Down.STOPPED && cluster.isAlive(host)) {
        attempt(() -> cluster.stop(host));
      } else {
        others |= cluster.isAlive(host);
      }
    }
    if (killed.size() > 1 && !others) {
      attempt(cluster::killAll);
    } else {
      killed.forEach(host -> attempt(() -> cluster.kill(host)));
    }
    next.down().forEach((host, how) -> {
      if (how == Trouble.Down.WIPED && before.down().get(host) != how) {
        attempt(() -> cluster.wipe(host));
      }
    });
  }

  /** Clock, CPU and disk. */
  private void machine(Trouble before, Trouble next, int host) {
    if (!Objects.equals(before.clocks().get(host), next.clocks().get(host))) {
      Trouble.Skew skew = next.clocks().getOrDefault(host, new Trouble.Skew(0, 0));
      attempt(() -> cluster.clock(host, skew.offsetMillis(), skew.driftPpm()));
    }
    if (!Objects.equals(before.cpu().get(host), next.cpu().get(host))) {
      attempt(() -> cluster.cpu(host, next.cpu().getOrDefault(host, 1.0)));
    }
    if (!Objects.equals(before.diskMillis().get(host), next.diskMillis().get(host))) {
      attempt(() -> cluster.diskDelay(host, next.diskMillis().getOrDefault(host, 0)));
    }
    if (before.full().containsKey(host) && !next.full().containsKey(host)) {
      attempt(() -> cluster.freeDisk(host));
    } else if (!Objects.equals(before.full().get(host), next.full().get(host))) {
      attempt(() -> cluster.fillDisk(host));
    }
  }

  private void up(Trouble before, Trouble next) {
    for (int host : new TreeSet<>(before.down().keySet())) {
      if (!next.down().containsKey(host) && !cluster.isAlive(host)) {
        attempt(() -> cluster.start(host));
        if (before.down().get(host) == Trouble.Down.WIPED) {
          attempt(() -> cluster.target().replaced(cluster, host));
        }
      }
    }
    for (int host : next.paused()) {
      boolean isNew = !before.paused().contains(host) || before.down().containsKey(host);
      if (isNew && cluster.isAlive(host)) {
        attempt(() -> cluster.pause(host));
      }
    }
    new TreeMap<>(next.resets()).forEach((host, times) -> {
      if (times > before.resets().getOrDefault(host, 0)) {
        attempt(() -> cluster.reset(host));
      }
    });
  }

  /**
   * Undoes everything, and starts what does not run. What could not be undone one by one is left to the cluster's own
   * mending.
   *
   * @return what that was; null if nothing
   */
  IOException mend() throws IOException {
    IOException first = null;
    try {
      to(Trouble.NONE);
    } catch (IOException e) {
      first = e;
    }
    cluster.mend();
    if (seatsChanged) {
      // While it was broken not all hosts need have heard of it.
      cluster.target().seat(cluster, false, Set.of(), SEAT_MENDED_MILLIS);
    }
    return first;
  }
}
