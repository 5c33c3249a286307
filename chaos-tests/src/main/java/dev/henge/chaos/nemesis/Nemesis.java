package dev.henge.chaos.nemesis;

import dev.henge.chaos.cluster.Cluster;
import dev.henge.chaos.run.Event;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What breaks a cluster: plays a schedule, tells each fault when it begins and when it has been undone, and leaves
 * everything mended, whatever becomes of it.
 *
 * <p>A fault's event begins before anything is done and ends when all is undone, so nothing of it lies outside.
 *
 * <p>A fault that wants the cluster for itself waits until nothing else is in force and the system has settled, and
 * what comes after it waits until it has settled again. Meanwhile the schedule's clock stands still.
 */
public final class Nemesis {

  /** How long a system may take to settle after what it must have settled from before worse may come. */
  static final long SETTLE_MILLIS_MAX = 120_000;

  /** How long nothing was in force before a fault that wants the cluster for itself: what a judge can tell apart. */
  static final long REST_MILLIS = 6_000;
  private static final long TICK_MILLIS = 25;
  private static final long SETTLE_TICK_MILLIS = 250;
  private static final long LIFE_TICK_MILLIS = 500;

  /** Time, and waiting for it. */
  public interface Time {
    long nanos();

    void sleep(long millis) throws InterruptedException;

    /** That of this process. */
    static Time real() {
      return new Time() {
        @Override
        public long nanos() {
          return System.nanoTime();
        }

        @Override
        public void sleep(long millis) throws InterruptedException {
          Thread.sleep(millis);
        }
      };
    }
  }

  /** Who is told. */
  public interface Listener {
    void began(Event event);

    void ended(Event event);

    /** Something that is not as it should be, and no fault of a schedule. */
    void wrong(String what);
  }

  /** A fault in force. */
  private record InForce(Step step, Event event, Fault.Struck struck, long beganMillis, long untilMillis) {}

  private final Cluster cluster;
  private final Time time;
  private final Listener listener;
  private final Place.Scene scene;
  private final Breaker breaker;
  private final List<InForce> inForce = new ArrayList<>();
  private final List<InForce> over = new ArrayList<>();
  private final Map<Integer, Long> dead = new HashMap<>();
  private long startNanos;
  private long stoodMillis;
  private long lookedMillis;
  private long restsSinceNanos;
  private int next;

  public Nemesis(Cluster cluster, Time time, Listener listener) {
    this.cluster = cluster;
    this.time = time;
    this.listener = listener;
    this.scene = Place.Scene.of(cluster);
    this.breaker = new Breaker(cluster);
  }

  /**
   * Plays a schedule until all of it is over or so much time has passed, and mends everything; so it does when it is
   * interrupted, or when something cannot be done.
   */
  public void play(Schedule schedule, long lastsMillis) throws IOException, InterruptedException {
    startNanos = time.nanos();
    restsSinceNanos = startNanos - REST_MILLIS * 1_000_000;
    IOException failure = null;
    try {
      while (time.nanos() - startNanos < lastsMillis * 1_000_000 && turn(schedule.steps())) {
        time.sleep(TICK_MILLIS);
      }
    } catch (IOException e) {
      failure = e;
      throw e;
    } finally {
      mend(failure);
    }
  }

  private void mend(IOException because) throws IOException {
    // Else no program that undoes something could be waited for.
    boolean interrupted = Thread.interrupted();
    try {
      over.addAll(inForce);
      inForce.clear();
      IOException first = breaker.mend();
      if (first != null) {
        listener.wrong("undone at the second attempt only: " + first.getMessage());
      }
    } catch (IOException e) {
      if (because == null) {
        throw e;
      }
      because.addSuppressed(e);
    } finally {
      tellOver();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** By the schedule's clock. */
  private long millis() {
    return (time.nanos() - startNanos) / 1_000_000 - stoodMillis;
  }

  // ---------------------------------------------------------------- turns

  /** What is due now; false once there is no more to come. */
  private boolean turn(List<Step> steps) throws IOException, InterruptedException {
    long now = millis();
    end(now);
    while (next < steps.size() && steps.get(next).atMillis() <= now) {
      Step step = steps.get(next++);
      if (step.fault().kind() == Kind.MEND) {
        end(Long.MAX_VALUE);
      } else if (step.fault().kind().alone()) {
        alone(step);
        return true;
      } else {
        begin(step, now);
      }
    }
    apply();
    lookForDead(now);
    return next < steps.size() || !inForce.isEmpty();
  }

  private void begin(Step step, long now) {
    Fault.Struck struck = step.fault().strike(scene);
    Event event = new Event(time.nanos(), Long.MAX_VALUE, step.fault().kind().word(), step.fault().told(struck),
        struck.hosts());
    inForce.add(new InForce(step, event, struck, now,
        step.forMillis() == Step.TO_THE_END ? Long.MAX_VALUE : now + step.forMillis()));
    listener.began(event);
  }

  private void end(long now) {
    inForce.removeIf(one -> {
      // One that is over at once is in force for a turn.
      boolean ends = one.untilMillis <= now && one.beganMillis < now || now == Long.MAX_VALUE;
      if (ends) {
        over.add(one);
      }
      return ends;
    });
  }

  private void apply() throws IOException {
    Trouble trouble = Trouble.NONE;
    for (InForce one : inForce) {
      trouble = trouble.with(one.step.fault().kind().trouble(new Kind.Now(cluster.size(), one.struck.hosts(),
          one.struck.links(), one.step.fault().amount(), millis() - one.beganMillis)));
    }
    try {
      breaker.to(trouble);
    } finally {
      tellOver();
    }
  }

  private void tellOver() {
    for (InForce one : over) {
      restsSinceNanos = time.nanos();
      listener.ended(new Event(one.event.startNanos(), time.nanos(), one.event.kind(), one.event.what(),
          one.event.nodes()));
    }
    over.clear();
  }

  // ---------------------------------------------------------------- faults that want the cluster for themselves

  private void alone(Step step) throws IOException, InterruptedException {
    long from = time.nanos();
    while (!inForce.isEmpty()) {
      // The clock of those in force goes on, and that of what is to come does not.
      end(millis());
      apply();
      if (!inForce.isEmpty() && inForce.stream().allMatch(one -> one.untilMillis == Long.MAX_VALUE)) {
        end(Long.MAX_VALUE);
        apply();
      }
      time.sleep(TICK_MILLIS);
    }
    while (time.nanos() - restsSinceNanos < REST_MILLIS * 1_000_000) {
      time.sleep(TICK_MILLIS);
      lookForDead(millis());
    }
    if (settled("before " + step.fault())) {
      long began = millis();
      begin(step, began);
      long untilMillis = began + (step.forMillis() == Step.TO_THE_END ? 0 : step.forMillis());
      do {
        apply();
        time.sleep(TICK_MILLIS);
      } while (millis() < untilMillis);
      over.addAll(inForce);
      inForce.clear();
      apply();
      settled("after " + step.fault());
    }
    stoodMillis += (time.nanos() - from) / 1_000_000;
  }

  private boolean settled(String when) throws IOException, InterruptedException {
    long until = time.nanos() + SETTLE_MILLIS_MAX * 1_000_000;
    String lacking = cluster.target().unsettledAtWork(cluster);
    while (lacking != null) {
      if (time.nanos() - until >= 0) {
        listener.wrong(when + " the system has not settled within " + Amount.time(SETTLE_MILLIS_MAX) + ": " + lacking);
        return false;
      }
      time.sleep(SETTLE_TICK_MILLIS);
      lookForDead(millis());
      lacking = cluster.target().unsettledAtWork(cluster);
    }
    return true;
  }

  // ---------------------------------------------------------------- servers that end by themselves

  /** Tells of a server that has ended by itself, and starts it as any supervisor would. */
  private void lookForDead(long now) throws IOException {
    if (now < lookedMillis + LIFE_TICK_MILLIS && now >= lookedMillis) {
      return;
    }
    lookedMillis = now;
    for (int host = 0; host < cluster.size(); host++) {
      if (cluster.isAlive(host) || breaker.now().down().containsKey(host)) {
        continue;
      }
      if (dead.putIfAbsent(host, time.nanos()) == null) {
        listener.wrong("the server of host " + host + " has ended by itself: see " + cluster.log(host).getFileName());
      }
      // On a full disk it would only end again.
      if (!breaker.now().full().containsKey(host)) {
        cluster.start(host);
        Event event = new Event(dead.remove(host), time.nanos(), "ended", "host " + host + " ended by itself",
            Set.of(host));
        listener.began(event);
        listener.ended(event);
      }
    }
  }

  /** Events in the order of their beginning. */
  public static List<Event> inOrder(List<Event> events) {
    return events.stream().sorted(Comparator.comparingLong(Event::startNanos)).toList();
  }
}
