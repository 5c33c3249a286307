package dev.henge.chaos.simulation;

import dev.henge.storage.version.Mutant;

/** Runs seeds. */
public final class Simulate {

  private Simulate() {}

  /** Runs one seed. */
  public static Simulation.Outcome seed(long seed, Mutant mutant, boolean verbose) {
    return Simulation.run(Plan.drawn(seed, mutant), verbose);
  }

  public static void main(String[] args) {
    System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "off");
    long first = Long.parseLong(args[0]);
    long count = Long.parseLong(args[1]);
    Mutant mutant = args.length > 2 && !args[2].equals("-") ? Mutant.valueOf(args[2]) : null;
    boolean verbose = args.length > 3;
    long start = System.nanoTime();
    int failed = 0;
    for (long seed = first; seed < first + count; seed++) {
      Simulation.Outcome outcome = seed(seed, mutant, verbose);
      if (outcome.violation() != null) {
        failed++;
        System.out.println("seed " + seed + " " + outcome.violation().getMessage());
        if (count == 1) {
          System.out.println(Plan.drawn(seed, mutant));
          outcome.story().forEach(System.out::println);
          outcome.violation().printStackTrace(System.out);
        }
        if (mutant != null) {
          break;
        }
      } else if (count < 20) {
        System.out.println(outcome);
      }
    }
    System.out.println(failed + " failed, " + count * 1e9 / (System.nanoTime() - start) + " seeds/s");
  }
}
