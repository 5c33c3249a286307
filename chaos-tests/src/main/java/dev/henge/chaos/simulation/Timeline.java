package dev.henge.chaos.simulation;

import java.util.PriorityQueue;

/**
 * A simulation's time: it moves from event to event, and nothing happens in between. One event at one moment after
 * the other, in the order of their making.
 */
final class Timeline {

  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private long nowNanos;
  private long made;

  private record Event(long atNanos, long order, Runnable work) implements Comparable<Event> {
    @Override
    public int compareTo(Event o) {
      return atNanos != o.atNanos ? Long.compare(atNanos, o.atNanos) : Long.compare(order, o.order);
    }
  }

  long nowNanos() {
    return nowNanos;
  }

  long nowMillis() {
    return nowNanos / 1_000_000;
  }

  void in(long nanos, Runnable work) {
    events.add(new Event(nowNanos + Math.max(0, nanos), made++, work));
  }

  void inMillis(long millis, Runnable work) {
    in(millis * 1_000_000, work);
  }

  /** Lets all happen that happens up to a moment. */
  void runUntil(long untilNanos) {
    while (!events.isEmpty() && events.peek().atNanos() <= untilNanos) {
      Event next = events.poll();
      nowNanos = next.atNanos();
      next.work().run();
    }
    nowNanos = untilNanos;
  }

  void runMillis(long millis) {
    runUntil(nowNanos + millis * 1_000_000);
  }

  /** How many events have been made so far. */
  long made() {
    return made;
  }
}
