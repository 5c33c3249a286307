package dev.henge.chaos.check;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * A search for an order of a string's commands in which one server, executing one after the other, would have given
 * the same replies, and in which no command stands before one that had ended when it was asked.
 *
 * <p>The search is that of Wing and Gong ("Testing and Verifying Concurrent Objects", 1993): of the commands that may
 * come next one is taken that fits what the string holds, and so on; where nothing fits, the last choice is taken
 * back. As Lowe has it ("Testing for Linearizability", 2017), a set of commands that was executed once, leaving the
 * same, is not searched twice. It is done for each key alone: linearizability is local (Herlihy and Wing, 1990).
 *
 * <p>What keeps it short with a thousand commands at a time:
 * <ul>
 * <li>A command that only fits where it changes nothing is taken at once where it fits, without a choice: what could
 *     follow without it can follow with it. (A SET of what is there is none of these: it may be needed later.)
 * <li>A value that is still to be read, and that nobody is left to write again, is not overwritten.
 * <li>Of the commands that change something the one is tried first that has the least time left: until it ended, or
 *     until a read of its value had. With unique values that is mostly the right one.
 * <li>Commands in doubt are tried last, and of several that do the same only the first: any of them does as well.
 * </ul>
 * The problem is NP-complete (Gibbons and Korach, 1997), so the search has a limit, and may end undecided.
 */
final class Search {

  /** How many orders are begun, at most. */
  static final int STEPS_MAX = 200_000;

  /** What was found. */
  enum Outcome { SOUND, CONTRADICTION, UNDECIDED }

  private static final Object ANYTHING = new Object();

  /** One command, as the search sees it. */
  private final class Call {
    private final String name;
    private final String value;
    private final Object reply;
    private final long start;
    private final long end;
    private final boolean done;
    private long deadline;

    Call(Op op) {
      this.name = op.is("SET") && op.args.size() > 3 && op.args.contains("NX") ? "SETNX" : op.name();
      this.value = op.is("DEL") || op.is("GET") || op.is("GETDEL") ? null : op.arg(2);
      this.done = op.done();
      this.reply = done ? reply(op) : ANYTHING;
      this.start = op.startNanos;
      this.end = done ? op.endNanos : Op.NEVER;
      this.deadline = end;
    }

    private Object reply(Op op) {
      return switch (name) {
        case "SETNX" -> op.is("SET") ? op.text() != null : op.number() > 0;
        case "DEL" -> op.number() > 0;
        case "SET" -> ANYTHING;
        default -> op.text();
      };
    }

    /** Whether it would have answered as it did. */
    boolean fits(String held) {
      if (reply == ANYTHING) {
        return true;
      }
      return switch (name) {
        case "SETNX" -> reply.equals(held == null);
        case "DEL" -> reply.equals(held != null);
        default -> Objects.equals(reply, held);
      };
    }

    String after(String held) {
      return switch (name) {
        case "SET", "GETSET" -> value;
        case "SETNX" -> held == null ? value : held;
        case "DEL", "GETDEL" -> null;
        default -> held;
      };
    }

    boolean writes() {
      return !name.equals("GET");
    }

    /** What it can leave behind. */
    String written() {
      return after(null);
    }

    /** Whether it fits only where this is held. */
    boolean needs(String held) {
      return done && switch (name) {
        case "GET", "GETSET", "GETDEL" -> Objects.equals(reply, held);
        case "SETNX" -> held == null && reply.equals(true);
        case "DEL" -> held == null && reply.equals(false);
        default -> false;
      };
    }

    /** Whether it had a different value before it or left one behind. */
    boolean isWithout(String other) {
      boolean read = done && (reply == null || reply instanceof String) && !Objects.equals(reply, other);
      boolean wrote = (name.equals("SET") || name.equals("GETSET")) && !value.equals(other);
      return read || wrote;
    }

    /** Those in doubt that are the same here do the same. */
    String kind() {
      return (name.equals("GETSET") ? "SET" : name.equals("GETDEL") ? "DEL" : name) + " " + value;
    }
  }

  private final List<Call> calls = new ArrayList<>();

  /** Those that have no place yet, as a list in the order of their starts; the last is its own end. */
  private final int[] next;
  private final int[] previous;

  private final BitSet placed = new BitSet();
  private final Map<String, int[]> writersLeft = new HashMap<>();
  private final Map<String, int[]> readersLeft = new HashMap<>();
  private final Set<List<Object>> seen = new HashSet<>();
  private String held;
  private int doneLeft;
  private int farthest;
  private int total;

  /** A choice, and how to take it back: what was placed, what was held before, what else there is to try. */
  private record Choice(List<Integer> placed, String before, Deque<Integer> others) {}

  Search(List<Op> ops) {
    for (Op op : ops) {
      if (op.may() && (op.done() || !op.is("GET"))) {
        calls.add(new Call(op));
      }
    }
    calls.sort(Comparator.comparingLong(call -> call.start));
    int n = calls.size();
    next = new int[n + 1];
    previous = new int[n + 1];
    for (int i = 0; i <= n; i++) {
      next[i] = i == n ? 0 : i + 1;
      previous[i] = i == 0 ? n : i - 1;
    }
    // calls are numbered from 1 in the list; 0 is its head
    Map<String, Long> readBy = new HashMap<>();
    for (Call call : calls) {
      doneLeft += call.done ? 1 : 0;
      if (call.writes()) {
        count(writersLeft, call.written(), 1);
      }
      if (call.done && (call.reply == null || call.reply instanceof String)) {
        count(readersLeft, (String) call.reply, 1);
        readBy.merge(String.valueOf(call.reply), call.end, Math::min);
      } else if (call.needs(null)) {
        count(readersLeft, null, 1);
      }
    }
    for (Call call : calls) {
      if (call.writes() && call.written() != null && writersLeft.get(call.written())[0] == 1) {
        call.deadline = Math.min(call.end, readBy.getOrDefault(call.written(), Op.NEVER));
      }
    }
    total = doneLeft;
  }

  private static void count(Map<String, int[]> of, String value, int by) {
    of.computeIfAbsent(value, v -> new int[1])[0] += by;
  }

  private static int left(Map<String, int[]> of, String value) {
    int[] count = of.get(value);
    return count == null ? 0 : count[0];
  }

  /** Of the commands with replies, how many the best order has explained. */
  int farthest() {
    return farthest;
  }

  /**
   * Whether a value that was written once was there from one moment to another, and in between a command executed that
   * had, or wrote, a different one. It needs no search, and finds most of what is wrong with histories of which the
   * search would have to try too many orders to say so.
   */
  private boolean contradictsItself() {
    Map<String, long[]> zones = new HashMap<>();
    for (Call call : calls) {
      zone(zones, call, call.writes() ? call.written() : null);
      zone(zones, call, call.done && call.reply instanceof String ? (String) call.reply : null);
    }
    for (Map.Entry<String, long[]> one : zones.entrySet()) {
      long from = one.getValue()[0];
      long to = one.getValue()[1];
      if (from < to) {
        for (Call call : calls) {
          if (call.start > from && call.end < to && call.isWithout(one.getKey())) {
            return true;
          }
        }
        for (Map.Entry<String, long[]> other : zones.entrySet()) {
          if (other != one && other.getValue()[0] < other.getValue()[1]
              && Math.max(from, other.getValue()[0]) < Math.min(to, other.getValue()[1])) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private void zone(Map<String, long[]> zones, Call call, String value) {
    if (value != null && left(writersLeft, value) == 1 && call.done) {
      long[] zone = zones.computeIfAbsent(value, v -> new long[] {Op.NEVER, -1});
      zone[0] = Math.min(zone[0], call.end);
      zone[1] = Math.max(zone[1], call.start);
    }
  }

  Outcome run(int stepsMax) {
    return contradictsItself() ? Outcome.CONTRADICTION : search(stepsMax);
  }

  private Outcome search(int stepsMax) {
    Deque<Choice> choices = new ArrayDeque<>();
    List<Integer> taken = new ArrayList<>();
    String before = held;
    for (int steps = 0; steps < stepsMax; steps++) {
      takeWhatChangesNothing(taken);
      farthest = Math.max(farthest, total - doneLeft);
      if (doneLeft == 0) {
        return Outcome.SOUND;
      }
      Deque<Integer> others = firstTime() ? candidates() : new ArrayDeque<>();
      choices.push(new Choice(taken, before, others));
      // back to the last choice that has something left to try
      while (choices.peek().others().isEmpty()) {
        Choice dead = choices.pop();
        undo(dead.placed());
        held = dead.before();
        if (choices.isEmpty()) {
          return Outcome.CONTRADICTION;
        }
      }
      before = held;
      int one = choices.peek().others().poll();
      taken = new ArrayList<>();
      place(one, taken);
      held = calls.get(one - 1).after(held);
    }
    return Outcome.UNDECIDED;
  }

  private void place(int one, List<Integer> taken) {
    next[previous[one]] = next[one];
    previous[next[one]] = previous[one];
    placed.set(one);
    taken.add(one);
    account(calls.get(one - 1), -1);
  }

  private void undo(List<Integer> taken) {
    for (int i = taken.size() - 1; i >= 0; i--) {
      int one = taken.get(i);
      next[previous[one]] = one;
      previous[next[one]] = one;
      placed.clear(one);
      account(calls.get(one - 1), 1);
    }
  }

  private void account(Call call, int by) {
    doneLeft += call.done ? by : 0;
    if (call.writes()) {
      count(writersLeft, call.written(), by);
    }
    if (call.done && (call.reply == null || call.reply instanceof String)) {
      count(readersLeft, (String) call.reply, by);
    } else if (call.needs(null)) {
      count(readersLeft, null, by);
    }
  }

  /** The end of the first to end of those that have no place: what was asked later cannot be next. */
  private long firstEnd() {
    long first = Op.NEVER;
    for (int i = next[0]; i != 0 && calls.get(i - 1).start <= first; i = next[i]) {
      first = Math.min(first, calls.get(i - 1).end);
    }
    return first;
  }

  private void takeWhatChangesNothing(List<Integer> taken) {
    for (boolean again = true; again;) {
      again = false;
      long firstEnd = firstEnd();
      for (int i = next[0]; i != 0 && calls.get(i - 1).start <= firstEnd; i = next[i]) {
        Call call = calls.get(i - 1);
        if (call.done && !call.name.equals("SET") && call.fits(held) && Objects.equals(call.after(held), held)) {
          place(i, taken);
          again = true;
        }
      }
    }
  }

  /** Whether the same commands have not yet been placed with the same left. */
  private boolean firstTime() {
    int base = next[0];
    return seen.add(java.util.Arrays.asList(base, placed.get(base, Math.max(base, placed.length())), held));
  }

  private Deque<Integer> candidates() {
    long firstEnd = firstEnd();
    List<Integer> some = new ArrayList<>();
    Set<String> doubts = new HashSet<>();
    for (int i = next[0]; i != 0 && calls.get(i - 1).start <= firstEnd; i = next[i]) {
      Call call = calls.get(i - 1);
      boolean changes = !Objects.equals(call.after(held), held);
      if (call.fits(held) && (!changes || mayOverwrite(call)) && (call.done || changes && doubts.add(call.kind()))) {
        some.add(i);
      }
    }
    some.sort(Comparator.comparingLong(i -> calls.get(i - 1).deadline));
    return new ArrayDeque<>(some);
  }

  private boolean mayOverwrite(Call call) {
    int readers = left(readersLeft, held) - (call.needs(held) ? 1 : 0);
    return readers <= 0 || left(writersLeft, held) > 0;
  }
}
