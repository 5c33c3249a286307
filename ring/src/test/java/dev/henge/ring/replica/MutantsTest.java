package dev.henge.ring.replica;

import static org.junit.jupiter.api.Assertions.fail;

import dev.henge.storage.version.Mutant;
import dev.henge.storage.version.Rules;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Puts wrong rules of collection and of takeovers in the place of right ones, and asks whether a simulation notices.
 *
 * <p>The other wrong rules have their tests with what shows them: {@link ConsistencySimulationTest}, {@link
 * HintsTest}, {@link AntiEntropyTest}, and the simulation of whole nodes. All searches begin with the first seed.
 */
class MutantsTest {

  private static final long FIRST = Long.getLong("henge.simulation.first", 1);
  private static final long SEEDS = Long.getLong("henge.simulation.seeds", 20);
  private static final long SEEDS_MAX = 2_000;

  /** What breaks a ring in a way that shows some of the wrong rules. */
  private enum Schedule {
    ABSENCES, FORGETFUL_ABSENCES, HALF_BACK, TAKEOVERS, USUAL, LOST_TAILS;

    Workload run(long seed, Rules rules) {
      return switch (this) {
        case ABSENCES -> Absences.run(seed, false, rules);
        case FORGETFUL_ABSENCES -> Absences.run(seed, true, rules);
        case HALF_BACK -> Absences.halfBack(seed, rules);
        case TAKEOVERS -> Takeovers.run(seed, rules);
        case LOST_TAILS -> ShardSimulationTest.run(new Simulation(seed,
            new Simulation.Options(3, 2, seed % 2 == 0, true, true, 0, 0, false), rules));
        case USUAL -> ShardSimulationTest.run(new Simulation(seed, ShardSimulationTest.options(seed), rules));
      };
    }

    static Schedule showing(Mutant mutant) {
      return switch (mutant) {
        case COLLECT_EAGERLY, STRIP_WHEN_OVERWRITTEN_IS_STABLE -> ABSENCES;
        case TOO_LATE_IS_WELCOME -> FORGETFUL_ABSENCES;
        case STABLE_BY_ACKNOWLEDGEMENT -> HALF_BACK;
        case NO_BARRIER, ONE_OWNER_COUNTS_TWICE -> TAKEOVERS;
        case ACKNOWLEDGED_BEFORE_THE_LOG -> LOST_TAILS;
        case ACTOR_REUSED, GRANTS_AFTER_RESTART, STALE_PRIMARY, GAP_IGNORED, LEASE_OVERSTAYED,
            CLOCK_BEFORE_CAUSALITY, CLEAR_TAKES_ALL -> USUAL;
        default -> throw new IllegalArgumentException(mutant + " shows elsewhere");
      };
    }
  }

  @ParameterizedTest
  @EnumSource(value = Mutant.class, names = {"COLLECT_EAGERLY", "STRIP_WHEN_OVERWRITTEN_IS_STABLE", "TOO_LATE_IS_WELCOME",
      "STABLE_BY_ACKNOWLEDGEMENT", "NO_BARRIER", "ONE_OWNER_COUNTS_TWICE", "ACTOR_REUSED", "ACKNOWLEDGED_BEFORE_THE_LOG",
      "GRANTS_AFTER_RESTART", "STALE_PRIMARY", "GAP_IGNORED", "LEASE_OVERSTAYED", "CLOCK_BEFORE_CAUSALITY", "CLEAR_TAKES_ALL"})
  void aWrongRuleIsNoticed(Mutant mutant) {
    Schedule schedule = Schedule.showing(mutant);
    for (long seed = 1; seed <= SEEDS_MAX; seed++) {
      try {
        schedule.run(seed, Rules.breaking(mutant));
      } catch (AssertionError e) {
        System.out.println("mutants: " + mutant + " is noticed with seed " + seed + " of " + schedule + ": "
            + e.getMessage().lines().findFirst().orElse("").replaceFirst(".* at (\\d+) ms: ", ""));
        return;
      }
    }
    fail(mutant + " is not noticed within " + SEEDS_MAX + " seeds");
  }

  /** Or the tests above would notice nothing but their own schedules. */
  @ParameterizedTest
  @EnumSource(Schedule.class)
  void theRightRulesPass(Schedule schedule) {
    for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
      schedule.run(seed, Rules.SOUND);
    }
  }
}
