package dev.henge.chaos.simulation;

import dev.henge.storage.version.Mutant;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Runs seeds, as many as wanted: {@code henge simulate}. Each seed is a run of its own, so threads share nothing but
 * the count.
 *
 * <p>A failure is told with its seed, with the faults that it needs (those that it does not need are left out, one
 * after the other, as long as the run still fails), and with what was done with the key that it is about.
 */
public final class Simulate {

  private static final String USAGE = """
      usage: henge simulate [--seeds N] [--first S] [--seed S] [--changes] [--mutant NAME]
                             [--threads T] [--verbose]
        --seeds N      how many seeds to run; 500
        --first S      the first of them; 1
        --seed S       this one only, with its whole story if it fails (also -Dseed=S)
        --changes      operators change the ring meanwhile: nodes join, leave, are lost and replaced, N changes
        --mutant NAME  break a rule, and stop at the first seed that notices
        --threads T    how many run at a time; one a processor
        --verbose      tell everything that happens""";

  private static final long PROGRESS_NANOS = 5_000_000_000L;

  /** Failures that are told in full; of more only the first line. */
  private static final int TOLD_MAX = 5;

  /**
   * What to run.
   *
   * @param mutant the rule to break, or null; then the first failure is the last
   * @param changes whether operators change the ring
   */
  public record Order(long first, long seeds, int threads, Mutant mutant, boolean verbose, boolean changes) {

    Order(long first, long seeds, int threads, Mutant mutant, boolean verbose) {
      this(first, seeds, threads, mutant, verbose, false);
    }
  }

  /**
   * What came of it.
   *
   * @param failures by seed; of a mutant the failure of the lowest seed that was run
   */
  public record Result(long seeds, long commands, long acknowledged, long refused, long inDoubt, long degraded, double seconds,
      TreeMap<Long, Simulation.Outcome> failures) {

    double seedsPerSecond() {
      return seeds / seconds;
    }
  }

  private final Order order;
  private final PrintStream progress;
  private final AtomicLong next;
  private final TreeMap<Long, Simulation.Outcome> failures = new TreeMap<>();
  private final long startNanos = System.nanoTime();
  private long toldNanos = startNanos;
  private long done;
  private long commands;
  private long acknowledged;
  private long refused;
  private long inDoubt;
  private long degraded;
  private Throwable broken;

  private Simulate(Order order, PrintStream progress) {
    this.order = order;
    this.progress = progress;
    this.next = new AtomicLong(order.first());
  }

  /** Runs one seed. */
  public static Simulation.Outcome seed(long seed, Mutant mutant, boolean verbose) {
    return Simulation.run(Plan.drawn(seed, mutant), verbose);
  }

  /** Runs one seed of a ring that operators change. */
  public static Simulation.Outcome changing(long seed, Mutant mutant, boolean verbose) {
    return Simulation.run(Plan.changing(seed, mutant), verbose);
  }

  /** Runs what is ordered; progress may be null. */
  public static Result run(Order order, PrintStream progress) throws InterruptedException {
    Simulate simulate = new Simulate(order, progress);
    ExecutorService threads = Executors.newFixedThreadPool(order.threads());
    for (int i = 0; i < order.threads(); i++) {
      threads.execute(simulate::work);
    }
    threads.shutdown();
    threads.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
    if (simulate.broken != null) {
      throw new IllegalStateException("the simulator itself failed", simulate.broken);
    }
    return simulate.result();
  }

  private void work() {
    try {
      for (long seed = next.getAndIncrement(); seed < order.first() + order.seeds() && !decided(seed); seed = next.getAndIncrement()) {
        ended(order.changes() ? changing(seed, order.mutant(), order.verbose()) : seed(seed, order.mutant(), order.verbose()));
      }
    } catch (Throwable e) { // else the run would end as if all were well
      synchronized (this) {
        broken = e;
      }
    }
  }

  /** Whether a lower seed has caught the mutant already. */
  private synchronized boolean decided(long seed) {
    return order.mutant() != null && !failures.isEmpty() && failures.firstKey() < seed;
  }

  private synchronized void ended(Simulation.Outcome outcome) {
    done++;
    commands += outcome.commands();
    acknowledged += outcome.acknowledged();
    refused += outcome.refused();
    inDoubt += outcome.inDoubt();
    degraded += outcome.degraded() ? 1 : 0;
    if (outcome.violation() != null) {
      failures.put(outcome.seed(), outcome);
    }
    long now = System.nanoTime();
    if (progress != null && now - toldNanos > PROGRESS_NANOS) {
      toldNanos = now;
      Result so = result();
      progress.printf(Locale.ROOT, "%d of %d seeds, %d failed, %.1f seeds a second%n", done, order.seeds(), failures.size(),
          so.seedsPerSecond());
    }
  }

  private Result result() {
    double seconds = (System.nanoTime() - startNanos) / 1e9;
    return new Result(done, commands, acknowledged, refused, inDoubt, degraded, seconds, new TreeMap<>(failures));
  }

  // ---------------------------------------------------------------- telling

  /** A failure as a person wants it: what, the plan, the faults that matter, and what was done with the key. */
  public static List<String> story(Simulation.Outcome outcome, Mutant mutant) {
    return story(outcome, mutant, false);
  }

  static List<String> story(Simulation.Outcome outcome, Mutant mutant, boolean changes) {
    Plan plan = changes ? Plan.changing(outcome.seed(), mutant) : Plan.drawn(outcome.seed(), mutant);
    Shrinker shrinker = new Shrinker(plan, outcome);
    Simulation.Outcome least = shrinker.shrink();
    List<String> story = new ArrayList<>();
    story.add("seed " + outcome.seed() + ": " + outcome.violation().getMessage());
    story.add("  " + plan);
    story.add("  " + shrinker.faultsLeft() + " of " + plan.faults().size() + " faults are enough; the shortest run found:");
    story.add("  " + least.violation().getMessage());
    least.story().forEach(line -> story.add("    " + line));
    for (Throwable cause = least.violation().getCause(); cause != null; cause = cause.getCause()) {
      story.add("  because of " + cause);
      for (StackTraceElement frame : cause.getStackTrace()) {
        if (frame.getClassName().startsWith("dev.henge") && !frame.getClassName().contains(".simulation.")) {
          story.add("    at " + frame);
        }
      }
    }
    return story;
  }

  public static void main(String[] args) throws InterruptedException {
    if (System.getProperty("org.slf4j.simpleLogger.defaultLogLevel") == null) {
      System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "off");
    }
    Order order;
    try {
      order = parse(args);
    } catch (IllegalArgumentException e) {
      System.err.println("simulate: " + e.getMessage() + "\n" + USAGE);
      System.exit(2);
      return;
    }
    if (order == null) {
      System.out.println(USAGE);
      return;
    }
    Result result = run(order, System.err);
    int told = 0;
    for (Simulation.Outcome failure : result.failures().values()) {
      if (told++ < TOLD_MAX) {
        story(failure, order.mutant(), order.changes()).forEach(System.out::println);
      } else {
        System.out.println("seed " + failure.seed() + ": " + failure.violation().getMessage().lines().findFirst().orElse(""));
      }
    }
    System.out.printf(Locale.ROOT, "%d seeds, %d failed, %.1f seeds a second; %d commands: %d acknowledged, %d refused, %d in doubt; "
        + "%d runs met degraded vnodes%n", result.seeds(), result.failures().size(), result.seedsPerSecond(), result.commands(),
        result.acknowledged(), result.refused(), result.inDoubt(), result.degraded());
    System.exit(result.failures().isEmpty() ? 0 : 1);
  }

  /** Null for a cry for help. */
  private static Order parse(String[] args) {
    long first = Long.getLong("seed", 1);
    long seeds = System.getProperty("seed") == null ? 500 : 1;
    int threads = Runtime.getRuntime().availableProcessors();
    Mutant mutant = null;
    boolean verbose = false;
    boolean changes = false;
    for (int i = 0; i < args.length; i++) {
      switch (args[i]) {
        case "--seeds" -> seeds = whole(args, ++i);
        case "--first" -> first = whole(args, ++i);
        case "--seed" -> {
          first = whole(args, ++i);
          seeds = 1;
        }
        case "--mutant" -> mutant = mutant(value(args, ++i));
        case "--threads" -> threads = (int) Math.max(1, whole(args, ++i));
        case "--changes" -> changes = true;
        case "--verbose" -> verbose = true;
        case "--help", "-h" -> {
          return null;
        }
        default -> throw new IllegalArgumentException("unknown option " + args[i]);
      }
    }
    return new Order(first, seeds, verbose ? 1 : threads, mutant, verbose, changes);
  }

  private static String value(String[] args, int at) {
    if (at >= args.length) {
      throw new IllegalArgumentException(args[at - 1] + " needs a value");
    }
    return args[at];
  }

  private static long whole(String[] args, int at) {
    try {
      return Long.parseLong(value(args, at));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(args[at - 1] + " takes a number, not " + args[at], e);
    }
  }

  private static Mutant mutant(String name) {
    try {
      return Mutant.valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_'));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("there is no mutant " + name + "; there are " + List.of(Mutant.values()), e);
    }
  }
}
